package ssmix2_test

import (
	"testing"

	"github.com/torideproject/toride/internal/chart/source/sourcetest"
	"github.com/torideproject/toride/internal/chart/source/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
)

func TestMember_PassesWhatEverySourceMust(t *testing.T) {
	t.Parallel()
	o := synth.Small(5)
	o.Defects, o.Patients, o.Beds = 0.5, 20, 8
	h, err := synth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{h.ID(h.Census()[0]), h.ID(0), h.ID(7), h.ID(19)}
	sourcetest.Member(t, ssmix2.Member(), h.FS(), ids)
}
