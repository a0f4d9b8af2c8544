package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/ssmix2"
)

func day(n int) time.Time { return time.Date(2026, 11, n, 3, 0, 0, 0, time.UTC) }

// store makes a made-up store: patients with files in dates and types.
func store(patients, perPatient int) map[string]string {
	rng := rand.New(rand.NewPCG(1, 2))
	files := map[string]string{}
	for p := range patients {
		id := fmt.Sprintf("%010d", p*7919%1_000_000_000)
		dir := path.Join("2212345678", id[:3], id[3:6], id)
		for n := range perPatient {
			kind, date := "OML-11", fmt.Sprintf("202611%02d", 1+n%28)
			if n == 0 {
				kind, date = "ADT-00", "-"
			}
			name := fmt.Sprintf("%s_%s_%s_%015d_2026110112000%04d_-_1", id, date, kind, n, n)
			files[path.Join(dir, date, kind, name)] = fmt.Sprintf("MSH|^~\\&|\rPID|1||%s||蜂須賀^千尋 %d %x\r", id, n, rng.Uint64())
		}
	}
	return files
}

func sortedPaths(files map[string]string) []string {
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(keyFor(a), keyFor(b)) })
	return names
}

type fixture struct {
	d *memDisk
	v *Vault
	k *Key
	m *Machine
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{d: newMemDisk()}
	var err error
	if f.k, err = NewKey(); err != nil {
		t.Fatal(err)
	}
	if f.m, err = NewMachine(f.k.Recipient()); err != nil {
		t.Fatal(err)
	}
	if f.v, err = create(f.d, "砦病院(架空)", f.m, day(1)); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) options(previous string, made time.Time) Options {
	return Options{Previous: previous, AsOf: made, By: "test", Now: func() time.Time { return made }, PackBytes: 4 << 10}
}

// write writes a generation of files; what prev holds with the same content is
// kept.
func write(v *Vault, m *Machine, files map[string]string, opt Options) (*Manifest, error) {
	ctx := context.Background()
	w, err := v.Begin(ctx, m, opt)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	for _, name := range sortedPaths(files) {
		content := files[name]
		before, ok, err := w.Previous(name)
		if err != nil {
			return nil, err
		}
		if ok && before.SHA256 == sha256.Sum256([]byte(content)) {
			kept, err := w.Keep(name)
			if err != nil {
				return nil, err
			}
			if kept {
				continue
			}
		}
		f := strings.Split(name, "/")
		meta := Meta{ModTime: day(1), Kind: f[max(0, len(f)-2)], Day: 20261101, Group: f[max(0, len(f)-4)]}
		if _, err := w.Add(name, meta, strings.NewReader(content)); err != nil {
			return nil, err
		}
	}
	return w.Commit(ctx)
}

func (f *fixture) write(t testing.TB, files map[string]string, opt Options) *Manifest {
	t.Helper()
	m, err := write(f.v, f.m, files, opt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (f *fixture) read(t testing.TB, id string) *Reader {
	t.Helper()
	r, err := f.v.Read(id, ReadOptions{Trust: []string{f.m.Fingerprint()}}, f.k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// same checks that a generation holds exactly these files.
func same(t testing.TB, r *Reader, files map[string]string) {
	t.Helper()
	n := 0
	for e, err := range r.Entries("") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		want, ok := files[e.Path]
		if !ok {
			t.Fatalf("%s is too many", e.Path)
		}
		got, err := r.ReadFile(e.Path)
		if err != nil || string(got) != want {
			t.Fatalf("%s: %d bytes instead of %d, %v", e.Path, len(got), len(want), err)
		}
	}
	if n != len(files) {
		t.Fatalf("%d files instead of %d", n, len(files))
	}
}

func isFault(t testing.TB, err error, key string) {
	t.Helper()
	if err == nil || fault.Of(err).Msg.Key != key {
		t.Fatalf("the fault is %v, not %s", err, key)
	}
}

func TestVault_RoundTrip(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(300, 12)
	files["拡張/^経過記録^^11506-3^経過記録^LN/文書:1?.pdf"] = strings.Repeat("0123456789abcdef", 200_000) // 3.2 MB
	files["拡張/exact"] = strings.Repeat("x", maxFrame)
	files["拡張/almost"] = strings.Repeat("y", maxFrame-1)
	files["拡張/empty"] = ""
	m := f.write(t, files, f.options("", day(2)))
	if m.Files != int64(len(files)) || m.Added != m.Files || m.Kept != 0 || len(m.Packs) < 2 || m.Root.Level < 1 {
		t.Fatalf("the manifest is %+v", m)
	}
	r := f.read(t, m.Generation)
	same(t, r, files)
	c, err := f.v.Counts(m.Generation)
	if err != nil || c["ADT-00"][20261101] != 300 || c["OML-11"][20261101] != 300*11 {
		t.Fatalf("counts are %v, %v", c["ADT-00"], err)
	}
	e, err := r.Lookup("拡張/exact")
	if err != nil || e.Size != maxFrame || !e.ModTime.Equal(day(1)) {
		t.Fatalf("%+v, %v", e, err)
	}
	for _, name := range []string{"2212345678/000/000", "nothing", "拡張/exac", "2212345678/zzz"} {
		if _, err := r.Lookup(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReader_IsAFileSystem(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(20, 4)
	files["a-b/x"], files["a/x"], files["a/y/z"], files["ab"] = "1", "2", "3", strings.Repeat("large", 500_000)
	r := f.read(t, f.write(t, files, f.options("", day(2))).Generation)
	if err := fstest.TestFS(r, sortedPaths(files)...); err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadDir(r, "."); err != nil || strings.Join([]string{got[1].Name(), got[2].Name(), got[3].Name()}, " ") != "a a-b ab" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := r.ReadDir("a/x"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was listed: %v", err)
	}
	file, err := r.Open("ab")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.(io.Seeker).Seek(2_000_001, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(file)
	if err != nil || string(rest) != files["ab"][2_000_001:] {
		t.Errorf("%d bytes behind the seek, %v", len(rest), err)
	}
}

func TestReader_SSMIX2ReadsItAsAFolder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.read(t, f.write(t, store(50, 5), f.options("", day(2))).Generation)
	ctx := context.Background()
	roots, _, err := ssmix2.Detect(ctx, r)
	if err != nil || len(roots) != 1 {
		t.Fatalf("roots %v, %v", roots, err)
	}
	s, err := ssmix2.Open(ctx, r, roots, ssmix2.Options{})
	if err != nil {
		t.Fatal(err)
	}
	patients, _, err := s.Find(ctx, fmt.Sprintf("%010d", 7919*3))
	if err != nil || len(patients) != 1 {
		t.Fatalf("patients %v, %v", patients, err)
	}
	if l, err := s.List(ctx, patients[0]); err != nil || len(l.Records) != 5 {
		t.Fatalf("records %+v, %v", l, err)
	}
}

func TestWriter_IncrementalWritesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(200, 10)
	first := f.write(t, files, f.options("", day(2)))
	before := f.read(t, first.Generation)
	older := map[string]string{}
	for n, c := range files {
		older[n] = c
	}
	names := sortedPaths(files)
	delete(files, names[0])
	delete(files, names[len(names)-1])
	files[names[500]] = "changed"
	files[names[700]+"x"] = "new"
	files["zz/last"] = "new"
	second := f.write(t, files, f.options(first.Generation, day(3)))
	var fresh int64
	for _, p := range second.Packs {
		if strings.HasPrefix(path.Base(p.Name), second.Generation) {
			fresh += p.Bytes
		}
	}
	if second.Added != 3 || second.Kept != int64(len(files))-3 || fresh == 0 || fresh > 1000 {
		t.Fatalf("%+v", second)
	}
	if second.Previous == nil || second.Previous.SHA256 != first.Digest {
		t.Error("the chain is broken")
	}
	same(t, f.read(t, second.Generation), files)
	same(t, before, older)

	empty := f.write(t, map[string]string{}, f.options(second.Generation, day(4)))
	same(t, f.read(t, empty.Generation), map[string]string{})
	third := f.write(t, files, f.options(empty.Generation, day(5)))
	if third.Kept != 0 {
		t.Error("files were kept of nothing")
	}
}

func TestVault_NothingOfAPatientStandsInClear(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.write(t, store(30, 5), f.options("", day(2)))
	id := fmt.Sprintf("%010d", 7919)
	for name, file := range f.d.files {
		for _, secret := range []string{id, "蜂須賀", "千尋", "PID|", string(f.k.secret[:]), strings.ToUpper(bech32("age-secret-key-", f.k.secret[:]))} {
			if bytes.Contains(file.data, []byte(secret)) || strings.Contains(name, secret) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
}

// What the copying machine keeps, together with the medium, shows paths but no
// content.
func TestMachine_CannotRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(20, 5)
	m := f.write(t, files, f.options("", day(2)))
	again, err := ParseMachine(f.m.Bytes())
	if err != nil || again.Fingerprint() != f.m.Fingerprint() || again.recipient != f.k.Recipient() {
		t.Fatalf("%v", err)
	}
	if bytes.Contains(f.m.Bytes(), f.k.secret[:]) || strings.Contains(string(f.m.Bytes()), "SECRET") {
		t.Error("the machine's file holds the key")
	}
	r, err := f.v.Read(m.Generation, ReadOptions{}, again.list)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for e, err := range r.Entries("") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if _, err := r.ReadFile(e.Path); err == nil {
			t.Fatalf("%s was read", e.Path)
		} else {
			isFault(t, err, "vault.key.wrong")
		}
	}
	if n != len(files) {
		t.Errorf("%d entries", n)
	}
	for _, bad := range []string{"", "x", machineHead + " a b c"} {
		_, err := ParseMachine([]byte(bad))
		isFault(t, err, "vault.machine.bad")
	}
}

func TestVault_OnARealFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFixture(t)
	v, err := Create(dir, "砦病院(架空)", f.m, day(1))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Create(dir, "x", f.m, day(1))
	isFault(t, err, "vault.exists")
	files := store(30, 5)
	m, err := write(v, f.m, files, f.options("", day(2)))
	if err != nil {
		t.Fatal(err)
	}
	if v, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	r, err := v.Read(m.Generation, ReadOptions{}, f.k)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	same(t, r, files)
	if m, err = write(v, f.m, files, f.options(m.Generation, day(3))); err != nil || m.Added != 0 {
		t.Fatalf("%+v, %v", m, err)
	}
	// A second writer waits outside, readers do not.
	w, err := v.Begin(t.Context(), f.m, f.options("", day(3)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Begin(t.Context(), f.m, f.options("", day(3)))
	isFault(t, err, "vault.locked")
	same(t, r, files)
	w.Abort()
	if gone, err := v.sweep(t.Context(), false); err != nil || len(gone) != 2 {
		t.Errorf("swept %v, %v", gone, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "generations", "000003")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the unfinished generation is there: %v", err)
	}
	_, err = Open(t.TempDir())
	isFault(t, err, "vault.none")
	_, err = Open(filepath.Join(dir, "none"))
	isFault(t, err, "vault.none")
}

func faultArgs(err error) []any { return fault.Of(err).Msg.Args }
