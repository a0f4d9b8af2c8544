package station_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/ssmix2/synth"
)

// TestBrowser_Journeys takes people of a hospital through the emergency chart
// as they would go, with the clicks that each way may take. Enter counts as a
// click where it leads to another page; typing does not.
func TestBrowser_Journeys(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	t.Parallel()
	b := browsertest.Start(t)
	t.Run("from set-up to unplugging", func(t *testing.T) {
		t.Parallel()
		firstDay(t, b)
	})
	t.Run("killed during indexing", func(t *testing.T) {
		t.Parallel()
		killed(t, b)
	})
}

// write makes a made-up hospital and its store in a folder of its own.
func write(t *testing.T, o synth.Options) (*synth.Hospital, string) {
	t.Helper()
	o.AsOf = ledgertest.Start().Add(-2 * time.Hour)
	h, err := synth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "写し")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := h.Write(context.Background(), &synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile, Chtimes: root.Chtimes}, synth.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return h, dir
}

// until waits for a condition of the page: it is loaded again and again, as a
// reader would.
func until(t *testing.T, p *browsertest.Page, path string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		p.Open(path)
		if ok() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: what was waited for never came: %.1500s", path, p.Shot("late").HTML())
		}
	}
}

// focused waits until the page has put the focus where a reader types without
// having clicked there.
func focused(t *testing.T, p *browsertest.Page, label string) *browsertest.Page {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !strings.HasPrefix(p.Focused(), label); {
		if time.Now().After(end) {
			t.Fatalf("%s: %q has the focus, want %q", p.Path(), p.Focused(), label)
		}
	}
	return p
}

// signIn types number and PIN; Enter is one click.
func signIn(t *testing.T, p *browsertest.Page, number string) {
	t.Helper()
	focused(t, p.Open("/signin"), "職員番号").Type(number).Press("Tab").Type(pin).Follow("Enter")
}

// shows reports whether the words can be seen.
func shows(p *browsertest.Page, words string) bool {
	var text string
	p.Eval("document.body.innerText", &text)
	return contains(text, words)
}
