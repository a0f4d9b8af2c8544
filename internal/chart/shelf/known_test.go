package shelf

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
)

// An index that was made of more roots forgets those that are not given any
// more: neither their patients nor their newest record speak for the rest.
func TestIndex_ForgetsRootsThatWereNotGivenAgain(t *testing.T) {
	t.Parallel()
	store := index.Plain{Path: filepath.Join(t.TempDir(), "index")}
	first, second := t.TempDir(), t.TempDir()
	put(t, first, "0000000001/20250101_note_a.txt")
	put(t, second, "0000000002/20260101_note_b.txt")
	run := func(roots ...string) (patients int, asOf time.Time) {
		s := open(t, Config{Roots: roots, Store: store, Zone: time.UTC})
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		waitFor(t, func() bool {
			p := s.Index().Progress()
			return p.Phase == index.PhaseReady && !p.Whole.IsZero()
		})
		patients, asOf = s.Index().Progress().Patients, s.Index().AsOf()
		stop()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Error(err)
		}
		return patients, asOf
	}
	if n, at := run(first, second); n != 2 || at.Year() != 2026 {
		t.Fatalf("two roots have %d patients, the newest of %s", n, at)
	}
	if n, at := run(first); n != 1 || at.Year() != 2025 {
		t.Errorf("one root has %d patients, the newest of %s", n, at)
	}
	if n, at := run(first, second); n != 2 || at.Year() != 2026 {
		t.Errorf("both again have %d patients, the newest of %s", n, at)
	}
}

// put writes a document of an archive whose paths say everything.
func put(t *testing.T, root, name string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string]string{path: "note", filepath.Join(root, "toride-archive.toml"): "pattern = \"{id}/{date}_{kind}_{title}.{ext}\"\n"} {
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
