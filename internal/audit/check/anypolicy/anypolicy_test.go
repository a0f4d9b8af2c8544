package anypolicy_test

import (
	"testing"

	"github.com/torideproject/toride/internal/audit/check/anypolicy"
	"github.com/torideproject/toride/internal/audit/check/checktest"
)

func TestConformance(t *testing.T) { checktest.Run(t, anypolicy.New()) }
