package chart_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

// A list of wards that cannot be read is said on every page, with what is shown
// meanwhile.
func TestBanners_ListOfWardsCannotBeRead(t *testing.T) {
	t.Parallel()
	h, path := newHouse(t), filepath.Join(t.TempDir(), index.WardList)
	wards := index.OpenWards(t.Context(), filepath.Dir(path), slog.New(slog.DiscardHandler))
	desk, err := chart.New(t.Context(), chart.Config{Book: ledgertest.BookAt(t, h.clock), Clock: h.clock.Now, Log: slog.New(slog.DiscardHandler),
		Shelf: h.shelf, Index: h.lists, Witness: h.witness, Wards: wards})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ data, banner string }{
		{"", "chart.banner.wards.none"},
		{"3W,架空病棟\n", ""},
		{"3W without a name\n", "chart.banner.wards"},
		{"3W,架空の病棟\n", ""},
	} {
		if err := os.WriteFile(path, []byte(step.data), 0o600); err != nil {
			t.Fatal(err)
		}
		wards.Look(t.Context())
		got := ""
		for _, b := range desk.Banners(t.Context()) {
			got = b.Say.Key
		}
		if got != step.banner {
			t.Errorf("%q: banner %q, want %q", step.data, got, step.banner)
		}
	}
}
