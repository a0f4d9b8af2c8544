package rdp_test

import (
	"testing"

	"github.com/torideproject/toride/internal/audit/check/checktest"
	"github.com/torideproject/toride/internal/audit/check/rdp"
)

func TestConformance(t *testing.T) { checktest.Run(t, rdp.New()) }
