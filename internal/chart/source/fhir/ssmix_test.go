package fhir_test

import (
	"context"
	"testing"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/fhir"
	"github.com/torideproject/toride/internal/chart/source/sourcetest"
	"github.com/torideproject/toride/ssmix2/synth"
)

// A store of SS-MIX2 holds no FHIR, and to see that takes few looks: on a disk
// of which nothing is cached each costs a hundredth of a second.
func TestOpen_PassesOverSSMIX2(t *testing.T) {
	t.Parallel()
	h, err := synth.New(synth.Small(1))
	if err != nil {
		t.Fatal(err)
	}
	w := sourcetest.NewWatch(h.FS())
	list, notes, err := fhir.Member().Open(context.Background(), w, source.Options{Name: "s1"})
	if err != nil || len(list) > 0 || len(notes) > 0 || w.Left() != 0 {
		t.Errorf("%d sources, %+v, %v, %d left open", len(list), notes, err, w.Left())
	}
	if n := w.Opened(); n > 40 {
		t.Errorf("%d files and folders were opened", n)
	} else {
		t.Log(n)
	}
}
