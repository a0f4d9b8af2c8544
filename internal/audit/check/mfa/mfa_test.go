package mfa_test

import (
	"testing"

	"github.com/torideproject/toride/internal/audit/check/checktest"
	"github.com/torideproject/toride/internal/audit/check/mfa"
)

func TestConformance(t *testing.T) { checktest.Run(t, mfa.New()) }
