package sslvpn_test

import (
	"testing"

	"github.com/torideproject/toride/internal/audit/check/checktest"
	"github.com/torideproject/toride/internal/audit/check/sslvpn"
)

func TestConformance(t *testing.T) { checktest.Run(t, sslvpn.New()) }
