package logging_test

import (
	"testing"

	"github.com/torideproject/toride/internal/audit/check/checktest"
	"github.com/torideproject/toride/internal/audit/check/logging"
)

func TestConformance(t *testing.T) { checktest.Run(t, logging.New()) }
