package tiles_test

import (
	"context"
	"errors"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/files/filestest"
	"github.com/torideproject/toride/internal/event/store/tiles"
)

// Every byte of every file matters.
func TestCheck_EveryByte(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 5, 258} {
		d := filestest.New()
		cfg := config(t, d)
		grown(t, cfg, n)
		step := int64(1)
		if n > 100 {
			step = 97
		}
		for name, size := range d.Files() {
			for at := int64(0); at < size; at += step {
				if err := d.Flip(name, at); err != nil {
					t.Fatal(err)
				}
				if _, found, _ := problems(t, cfg); len(found) == 0 {
					t.Errorf("%d entries: byte %d of %s was changed and nobody noticed", n, at, name)
				}
				if err := d.Flip(name, at); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, found, _ := problems(t, cfg); len(found) > 0 {
			t.Errorf("after putting all back: %+v", found)
		}
	}
}

// Partial tiles of earlier checkpoints may go (the format says so), all else
// may not.
func TestCheck_EveryFileRemoved(t *testing.T) {
	t.Parallel()
	const n = 259
	base := filestest.New()
	grown(t, config(t, base), n)
	for name := range base.Files() {
		d := base.Reboot(filestest.Kept)
		if err := d.Remove(name); err != nil {
			t.Fatal(err)
		}
		_, found, _ := problems(t, config(t, d))
		old := strings.Contains(name, ".p/") && path.Base(name) != "3" && !strings.HasPrefix(name, "_log/1/tile/1/")
		if old != (len(found) == 0) {
			t.Errorf("%s removed: %+v", name, found)
		}
	}
}

func TestCheck_CheckpointsOfOthers(t *testing.T) {
	t.Parallel()
	d := filestest.New()
	cfg := config(t, d)
	l := grown(t, cfg, 5)
	five := l.Head()
	for i := 5; i < 9; i++ {
		if _, err := l.Append(entry(i)); err != nil {
			t.Fatal(err)
		}
	}
	nine := l.Head()
	if _, found, _ := problems(t, cfg, five, nine); len(found) > 0 {
		t.Fatalf("%+v", found)
	}

	// An older checkpoint is put back, the rest stays.
	if err := files.Replace(d, "_log/1/checkpoint", five.Text); err != nil {
		t.Fatal(err)
	}
	_, found, _ := problems(t, cfg)
	has(t, found, tiles.Beyond)
	_, found, _ = problems(t, cfg, nine)
	has(t, found, tiles.Shortened)

	// The log is cut back without a trace: only a known checkpoint tells.
	short := config(t, filestest.New())
	grown(t, short, 5)
	if _, found, _ = problems(t, short); len(found) > 0 {
		t.Fatalf("%+v", found)
	}
	_, found, _ = problems(t, short, nine)
	has(t, found, tiles.Shortened)

	// Another log of the same name and key, as somebody with the key could make.
	forged := config(t, filestest.New())
	f, err := tiles.Create(forged)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		if _, err := f.Append([]byte("other " + strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	_, found, _ = problems(t, forged, nine)
	has(t, found, tiles.Disowned)

	// Another key.
	stranger := config(t, filestest.New())
	stranger.Signer, stranger.Known = key(t, "b")
	grown(t, stranger, 9)
	_, stranger.Known = key(t, "a")
	_, found, sound := problems(t, stranger)
	has(t, found, tiles.Unsigned)
	if len(sound) != 9 {
		t.Errorf("without a signature %d entries were read", len(sound))
	}
	if _, err := tiles.Open(stranger); err == nil {
		t.Error("opened a log that another key signed")
	}
	cfg.Origin = "toride.example/log/2"
	if _, err := tiles.Open(cfg); err == nil {
		t.Error("opened a log of another origin")
	}
}

func has(t *testing.T, found []tiles.Problem, want tiles.ProblemKind) {
	t.Helper()
	for _, p := range found {
		if p.Kind == want {
			return
		}
	}
	t.Errorf("%s was not found: %+v", want, found)
}

func TestCheck_ForeignFiles(t *testing.T) {
	t.Parallel()
	d := filestest.New()
	cfg := config(t, d)
	grown(t, cfg, 3)
	for _, name := range []string{"_log/1/tile/entries/000.p/x", "_log/1/tile/notes.txt", "_log/1/readme"} {
		if err := files.WriteSynced(d, name, []byte("x")); err != nil {
			t.Fatal(err)
		}
		_, found, _ := problems(t, cfg)
		has(t, found, tiles.Foreign)
		if err := d.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheck_StopsWithItsContext(t *testing.T) {
	t.Parallel()
	cfg := config(t, filestest.New())
	grown(t, cfg, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := tiles.Check(ctx, cfg, nil, func(int64, []byte, bool) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func FuzzParseHead(f *testing.F) {
	cfg := config(f, filestest.New())
	l := grown(f, cfg, 3)
	f.Add(l.Head().Text)
	f.Add([]byte("a\n-1\nx\n\n— a b\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if h, err := tiles.ParseHead(text, cfg.Known); err == nil && (h.Size < 0 || h.Origin == "") {
			t.Errorf("%+v", h)
		}
	})
}
