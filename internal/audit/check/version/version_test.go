package version_test

import (
	"testing"

	"github.com/torideproject/toride/internal/audit/check/checktest"
	"github.com/torideproject/toride/internal/audit/check/version"
	"github.com/torideproject/toride/internal/exposure/pack"
)

func TestConformance(t *testing.T) {
	ranges, err := pack.FortiOS()
	if err != nil {
		t.Fatal(err)
	}
	checktest.Run(t, version.New(ranges))
}
