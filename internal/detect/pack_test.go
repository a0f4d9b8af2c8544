package detect_test

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/internal/ledger"
)

func TestPacks_FromTheFolder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	dir := t.TempDir()
	put := func(name, data string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("carried/rules/a.yml", sigmaRule(foreign1, "net user", "medium", "CommandLine|contains: 'net user'"))
	put("broken/a.yml", "title: [")
	if err := os.Symlink("/etc", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	h.packs = dir
	h.open()
	c := h.site().As(analyst())
	c.Get("/alerts/packs").Want(t, 200, "carried", "broken").Lacks(t, `value="link"`)
	c.Post("/alerts/packs/folder", url.Values{"folder": {"../x"}}).Want(t, 404)
	c.Post("/alerts/packs/folder", url.Values{"folder": {"broken"}}).Want(t, 422, "a.yml", "閉じないまま").Lacks(t, `lang="en"`)
	staged := c.Post("/alerts/packs/folder", url.Values{"folder": {"carried"}}).Want(t, 303)
	c.Get(staged.Location()).Want(t, 200, "net user")
	if _, n, err := h.book.Entries(t.Context(), ledger.Filter{Action: "detect.pack.refuse", Limit: 10}); err != nil || n != 1 {
		t.Errorf("%d lines of refusals: %v", n, err)
	}
}

// TestPacks_BrokenInTheDatabase damages what is stored: the others go on, and
// the page says so.
func TestPacks_BrokenInTheDatabase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	install(t, h.site().As(analyst()), "1", "a.yml", sigmaRule(foreign1, "net user", "medium", "CommandLine|contains: 'net user'"))
	if err := h.book.Record(t.Context(), func(tx *ledger.Tx) error {
		_, err := tx.ExecContext(t.Context(), "UPDATE detect_pack SET bundle = x'00' WHERE name = 'others'")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	h.open()
	if h.Rule("others/"+foreign1) != nil || h.Rule(vss) == nil {
		t.Error("rules of a pack that cannot be read")
	}
	h.site().As(analyst()).Get("/alerts/packs").Want(t, 200, "読めないため使っていません")
}

// TestPacks_CorrelationThatCannotBeCounted is refused when it comes in, not at
// night.
func TestPacks_CorrelationThatCannotBeCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site().As(analyst())
	base := sigmaRule(foreign1, "net user", "medium", "CommandLine|contains: 'net user'")
	c.Upload("/alerts/packs/add", url.Values{"name": {"others"}, "version": {"1"}}, "file", "x.zip", zipped(t, "a.yml", base, "b.yml",
		"title: many\nid: "+foreign2+"\nlevel: high\ncorrelation:\n  type: event_count\n  rules: ["+foreign1+"]\n  group-by: [Computer]\n  timespan: 1h\n  condition: {gte: 2000000}\n")).Want(t, 422, "b.yml")
}
