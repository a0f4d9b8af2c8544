package adminwan_test

import (
	"testing"

	"github.com/torideproject/toride/internal/audit/check/adminwan"
	"github.com/torideproject/toride/internal/audit/check/checktest"
)

func TestConformance(t *testing.T) { checktest.Run(t, adminwan.New()) }
