package copy_test

import (
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

func TestChoose_NewestThatMayBeOpened(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site(t).As(it())
	h.ceremony(t, c, "")
	h.setUp(t, c)
	h.next(t)
	h.attack(t)
	h.next(t)
	v, err := vault.Open(filepath.Join(h.dir, "usb"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := v.Generations()
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	choose := func(want string, by func([]vault.Generation) (string, error)) {
		t.Helper()
		if got, err := by(all); got != want {
			t.Errorf("chose %q, want %q (%v)", got, want, err)
		}
	}
	plain := func(all []vault.Generation) (string, error) { return copy.ChooseClean(all, nil) }
	here := func(all []vault.Generation) (string, error) { return h.Choose("", all) }
	choose("000001", plain)
	choose("000001", here)
	choose("", func(all []vault.Generation) (string, error) { return copy.ChooseClean(all, []string{"other"}) })
	if _, err := copy.ChooseClean(all[1:], nil); fault.Of(err).Msg.Key != "copy.choose.none" {
		t.Error(err)
	}
	newest, err := h.Generations(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	signs := [2]copy.Sign{{Person: h.people["dr"], Why: "ほかに読めるものがない"}, {Person: it(), Why: "検査を済ませた"}}
	if err := h.Decide(t.Context(), ledgertest.Actor(), newest[0], copy.ToOpen, 2, signs); err != nil {
		t.Fatal(err)
	}
	choose("000002", here)
	choose("000001", plain)
	for id, want := range map[string]string{"000001": "", "000002": "copy.choose.suspect", "000009": "copy.choose.unknown"} {
		got, err := copy.ChooseNamed(all, nil, id)
		if want == "" && (err != nil || got != id) || want != "" && (got != "" || fault.Of(err).Msg.Key != want) {
			t.Errorf("%s: %q, %v", id, got, err)
		}
	}

	// Another Toride that knows nothing of the medium goes by what was signed.
	other := newHouse(t)
	choose("000001", func(all []vault.Generation) (string, error) { return other.Choose("", all) })
}
