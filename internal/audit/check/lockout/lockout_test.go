package lockout_test

import (
	"testing"

	"github.com/torideproject/toride/internal/audit/check/checktest"
	"github.com/torideproject/toride/internal/audit/check/lockout"
)

func TestConformance(t *testing.T) { checktest.Run(t, lockout.New()) }
