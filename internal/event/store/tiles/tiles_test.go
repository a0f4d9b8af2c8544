package tiles_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/files/filestest"
	"github.com/torideproject/toride/internal/event/store/tiles"
)

const origin = "toride.example/log/1"

// key makes a signing key that is the same for the same seed.
func key(t testing.TB, seed string) (note.Signer, note.Verifiers) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(strings.NewReader(strings.Repeat(seed, ed25519.SeedSize)[:ed25519.SeedSize]), "toride.example/log")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return s, note.VerifierList(v)
}

func config(t testing.TB, f files.FS) tiles.Config {
	t.Helper()
	s, v := key(t, "a")
	return tiles.Config{FS: f, Dir: "_log/1", Origin: origin, Signer: s, Known: v}
}

func entry(i int) []byte { return []byte("entry " + strconv.Itoa(i)) }

// grown makes a log of n entries.
func grown(t testing.TB, cfg tiles.Config, n int) *tiles.Log {
	t.Helper()
	l, err := tiles.Create(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if at, err := l.Append(entry(i)); err != nil || at != int64(i) {
			t.Fatal(at, err)
		}
	}
	return l
}

// reference computes roots with x/mod alone.
type reference struct {
	hashes []tlog.Hash
	roots  []tlog.Hash
}

func (r *reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, r.hashes[i])
	}
	return out, nil
}

func newReference(t testing.TB, n int) *reference {
	t.Helper()
	r := &reference{}
	for i := range n + 1 {
		root, err := tlog.TreeHash(int64(i), r)
		if err != nil {
			t.Fatal(err)
		}
		r.roots = append(r.roots, root)
		h, err := tlog.StoredHashes(int64(i), entry(i), r)
		if err != nil {
			t.Fatal(err)
		}
		r.hashes = append(r.hashes, h...)
	}
	return r
}

func problems(t testing.TB, cfg tiles.Config, known ...tiles.Head) (tiles.Head, []tiles.Problem, map[int64]bool) {
	t.Helper()
	sound := map[int64]bool{}
	head, found, err := tiles.Check(t.Context(), cfg, known, func(i int64, e []byte, ok bool) error {
		sound[i] = ok && string(e) == string(entry(int(i)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return head, found, sound
}

func TestLog_RootsAreThoseOfTheReference(t *testing.T) {
	t.Parallel()
	const n = 700 // over two full tiles and into a third
	ref := newReference(t, n)
	cfg := config(t, filestest.New())
	l := grown(t, cfg, 0)
	for i := range n {
		if l.Head().Root != ref.roots[i] || l.Head().Size != int64(i) {
			t.Fatalf("root at %d", i)
		}
		if i%50 == 0 || i%256 < 2 || i%256 == 255 {
			var err error
			if l, err = tiles.Open(cfg); err != nil {
				t.Fatalf("open at %d: %v", i, err)
			}
		}
		if _, err := l.Append(entry(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		if h, err := l.RootAt(int64(i)); err != nil || h != ref.roots[i] {
			t.Fatalf("root at %d: %v", i, err)
		}
	}
	if _, err := l.RootAt(n + 1); err == nil {
		t.Error("a root of entries that are not there")
	}
	head, found, sound := problems(t, cfg)
	if len(found) > 0 || head.Root != ref.roots[n] || len(sound) != n {
		t.Errorf("%+v, %d entries", found, len(sound))
	}
	for _, from := range []int64{0, 1, 255, 256, 699} {
		next := from
		err := l.Entries(t.Context(), from, func(i int64, e []byte) error {
			if i != next || string(e) != string(entry(int(i))) {
				return fmt.Errorf("entry %d is %q", i, e)
			}
			next++
			return nil
		})
		if err != nil || next != n {
			t.Errorf("entries from %d: %v, up to %d", from, err, next)
		}
	}
}

// laid writes a log of n entries at once, from the tiles that x/mod computes.
func laid(t testing.TB, cfg tiles.Config, ref *reference, n int) {
	t.Helper()
	put := func(name string, data []byte) {
		name = path.Join(cfg.Dir, name)
		if err := files.MakeAll(cfg.FS, path.Dir(name)); err != nil {
			t.Fatal(err)
		}
		if err := files.WriteSynced(cfg.FS, name, data); err != nil {
			t.Fatal(err)
		}
	}
	for _, tile := range tlog.NewTiles(8, 0, int64(n)) {
		data, err := tlog.ReadTileData(tile, ref)
		if err != nil {
			t.Fatal(err)
		}
		put(strings.Replace(tile.Path(), "tile/8/", "tile/", 1), data)
		if tile.L > 0 {
			continue
		}
		var bundle []byte
		for i := range tile.W {
			e := entry(int(tile.N)*256 + i)
			bundle = append(append(bundle, 0, byte(len(e))), e...)
		}
		put(strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1), bundle)
	}
	text, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", cfg.Origin, n, ref.roots[n])}, cfg.Signer)
	if err != nil {
		t.Fatal(err)
	}
	put("checkpoint", text)
}

// The third level of tiles begins at 65,536 entries.
func TestLog_ThirdLevel(t *testing.T) {
	t.Parallel()
	const from, n = 65_500, 65_800
	ref := newReference(t, n)
	d := filestest.New()
	cfg := config(t, d)
	laid(t, cfg, ref, from)
	l, err := tiles.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i < n; i++ {
		if _, err := l.Append(entry(i)); err != nil || l.Head().Root != ref.roots[i+1] {
			t.Fatal(i, err)
		}
	}
	if _, err := tiles.Open(cfg); err != nil {
		t.Fatal(err)
	}
	if _, found, _ := problems(t, cfg); len(found) > 0 {
		t.Fatalf("%+v", found)
	}
	for _, name := range []string{"tile/1/000", "tile/2/000.p/1", "tile/0/256", "tile/1/001.p/1", "tile/entries/017"} {
		if err := d.Flip(path.Join("_log/1", name), 3); err != nil {
			t.Fatal(err)
		}
		if _, found, _ := problems(t, cfg); len(found) == 0 {
			t.Errorf("%s was changed and nobody noticed", name)
		}
		if err := d.Flip(path.Join("_log/1", name), 3); err != nil {
			t.Fatal(err)
		}
	}
}

// The checkpoint and a proof made from the tiles hold for x/mod's own client.
func TestLog_TilesServeTheClientOfXMod(t *testing.T) {
	t.Parallel()
	const n = 300
	cfg := config(t, filestest.New())
	l := grown(t, cfg, n)
	tree := tlog.Tree{N: l.Head().Size, Hash: l.Head().Root}
	hashes := tlog.TileHashReader(tree, tileReader{cfg})
	for _, i := range []int64{0, 17, 255, 256, 299} {
		proof, err := tlog.ProveRecord(n, i, hashes)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(proof, n, tree.Hash, i, tlog.RecordHash(entry(int(i)))); err != nil {
			t.Errorf("proof of %d: %v", i, err)
		}
	}
}

type tileReader struct{ cfg tiles.Config }

func (r tileReader) Height() int { return 8 }

func (r tileReader) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, w := range want {
		name := strings.Replace(w.Path(), "tile/8/", "tile/", 1)
		data, err := files.Read(r.cfg.FS, path.Join(r.cfg.Dir, name), 1<<20)
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

// Whenever the power is cut, the log opens with the entries whose append was
// reported, and at most the one that was under way.
func TestAppend_EveryCut(t *testing.T) {
	t.Parallel()
	for _, before := range []int{0, 3, 255, 256, 257} {
		cuts := 0
		for cut := 0; ; cut++ {
			d := filestest.New()
			cfg := config(t, d)
			l := grown(t, cfg, before)
			d.Cut(cut)
			_, aerr := l.Append(entry(before))
			for _, m := range filestest.Modes() {
				after := cfg
				after.FS = d.Reboot(m)
				l, err := tiles.Open(after)
				if err != nil {
					t.Fatalf("%d entries, cut %d, %s: %v", before, cut, m, err)
				}
				size := int(l.Head().Size)
				if size != before && size != before+1 || aerr == nil && size != before+1 {
					t.Errorf("%d entries, cut %d, %s: append gave %v, found %d", before, cut, m, aerr, size)
				}
				for i := size; i < before+3; i++ { // and goes on
					if _, err := l.Append(entry(i)); err != nil {
						t.Fatal(err)
					}
				}
				if _, found, sound := problems(t, after); len(found) > 0 || len(sound) != before+3 {
					t.Errorf("%d entries, cut %d, %s: %+v", before, cut, m, found)
				}
			}
			if aerr == nil {
				break
			}
			cuts++
		}
		if cuts < 9 {
			t.Errorf("only %d cuts at %d entries", cuts, before)
		}
	}
}

func TestAppend_RefusesAndStaysUsable(t *testing.T) {
	t.Parallel()
	d := filestest.New()
	cfg := config(t, d)
	l := grown(t, cfg, 255)
	for _, bad := range [][]byte{nil, make([]byte, tiles.MaxEntry+1)} {
		if _, err := l.Append(bad); err == nil {
			t.Errorf("took an entry of %d bytes", len(bad))
		}
	}
	d.Full(true)
	if _, err := l.Append(entry(255)); err == nil {
		t.Fatal("wrote to a full disk")
	}
	d.Full(false)
	for i := 255; i < 260; i++ {
		if at, err := l.Append(entry(i)); err != nil || at != int64(i) {
			t.Fatal(at, err)
		}
	}
	if _, found, _ := problems(t, cfg); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	if _, err := tiles.Create(cfg); err == nil {
		t.Error("made a log over another")
	}
}

// Nothing is appended to a log of which nobody knows where it ends.
func TestAppend_UnknownOutcomeNeedsOpen(t *testing.T) {
	t.Parallel()
	d := filestest.New()
	cfg := config(t, d)
	l := grown(t, cfg, 2)
	d.Cut(1 << 30)
	if _, err := l.Append(entry(2)); err != nil {
		t.Fatal(err)
	}
	d.Cut(len(d.Ops()) - 1) // the sync of the folder after the rename
	if _, err := l.Append(entry(3)); !errors.Is(err, filestest.ErrCut) {
		t.Fatal(err)
	}
	d.Cut(-1)
	if _, err := l.Append(entry(3)); err == nil {
		t.Error("went on without opening the log again")
	}
	again, err := tiles.Open(cfg)
	if err != nil || again.Head().Size != 4 {
		t.Errorf("%v %v", again, err)
	}
}

func BenchmarkAppend(b *testing.B) {
	cfg := config(b, files.Disk(b.TempDir()))
	l, err := tiles.Create(cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	data := []byte(strings.Repeat("x", 400))
	for b.Loop() {
		if _, err := l.Append(data); err != nil {
			b.Fatal(err)
		}
	}
}
