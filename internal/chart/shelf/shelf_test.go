package shelf

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/ssmix2/synth"
)

// checkAll reads every patient and compares who he is and how many items he has
// with what is expected.
func checkAll(t *testing.T, s *Shelf) {
	t.Helper()
	ctx := context.Background()
	for i := range hospital().Patients() {
		e := hospital().Expect(i)
		found, err := s.Find(ctx, strings.TrimLeft(e.ID, "0"))
		if err != nil || len(found) != 1 || found[0].ID != e.ID || found[0].Person.Birth != e.Birth || oneBlank(found[0].Person.Kana) != e.Kana {
			t.Fatalf("%s: %+v %v, want %+v", e.ID, found, err, e.Identity)
		}
		c, err := s.Read(ctx, e.ID, want())
		if err != nil {
			t.Fatal(err)
		}
		if c.ID != e.ID || oneBlank(c.Person.Kanji.Show) != e.Kanji || len(c.Items) == 0 || len(c.Stores) != 1 || c.Stores[0].Failed {
			t.Errorf("%s: %q, %d items, stores %+v", c.ID, c.Person.Kanji.Show, len(c.Items), c.Stores)
		}
	}
}

func oneBlank(s string) string { return strings.ReplaceAll(s, "　", " ") }

func TestOpen_Folder(t *testing.T) {
	t.Parallel()
	s := open(t, Config{Roots: []string{store(t)}})
	checkAll(t, s)
	if st := s.State(); len(st) != 1 || st[0].State != StateOpen || len(st[0].Sources) != 1 || st[0].Sources[0].Name != "s1" || !s.AsOf().IsZero() {
		t.Errorf("%+v", st)
	}
	if _, by := s.Until(); by != ByNothing {
		t.Error(by)
	}
}

func TestOpen_ZipAndTar(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"copy.zip", "copy.tar"} {
		path := filepath.Join(t.TempDir(), name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		sink := synth.Zip(f)
		if strings.HasSuffix(name, "tar") {
			sink = synth.Tar(f)
		}
		if err := errors.Join(hospital().Write(context.Background(), sink, synth.WriteOptions{}), f.Close()); err != nil {
			t.Fatal(err)
		}
		checkAll(t, open(t, Config{Roots: []string{path}}))
	}
}

// Names that lead out of an archive are not read, and that is said; the rest is.
func TestOpen_ZipWithNamesThatLeadOut(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"../../out/x", "/root/x"} {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.AddFS(hospital().FS()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.zip")
	if err := errors.Join(z.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	s := open(t, Config{Roots: []string{path}})
	st := s.State()[0]
	if st.State != StateOpen || len(st.Notices) != 1 || st.Notices[0].Code != "container.refused" || !slices.Equal(st.Notices[0].Args, []string{path, "2", "../../out/x"}) {
		t.Errorf("%+v", st)
	}
	if found, err := s.Find(context.Background(), hospital().ID(0)); err != nil || len(found) != 1 {
		t.Errorf("%+v %v", found, err)
	}
}

func TestOpen_TarThatIsCutOffIsReadAndSaid(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "copy.tar")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(hospital().Write(context.Background(), synth.Tar(f), synth.WriteOptions{}), f.Close()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()/2+100); err != nil {
		t.Fatal(err)
	}
	s := open(t, Config{Roots: []string{path}})
	if st := s.State()[0]; st.State != StateOpen || !isKey(st.Fault, "shelf.cut") {
		t.Errorf("%+v", st)
	}
	if found, err := s.Find(context.Background(), hospital().ID(0)); err != nil || len(found) != 1 {
		t.Errorf("%+v %v", found, err)
	}
}

func TestOpen_Vault(t *testing.T) {
	t.Parallel()
	dir, key, m := sealedStore(t)
	asked := 0
	give := func(ids []string) (*vault.Key, error) {
		if asked++; len(ids) != 1 || ids[0] != key.ID() {
			t.Errorf("asked for %q", ids)
		}
		return key, nil
	}
	s := open(t, Config{Roots: []string{dir}, Key: give, Trust: []string{m.Fingerprint()}})
	checkAll(t, s)
	st := s.State()[0]
	if st.State != StateOpen || st.Generation != "000001" || !s.AsOf().Equal(time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC)) || st.Sources[0].Counts["ADT-00"] == 0 || asked != 1 {
		t.Errorf("%+v, asked %d times", st, asked)
	}
	if at, by := s.Until(); by != ByManifest || !at.Equal(s.AsOf()) {
		t.Error(at, by)
	}
	if stored, known := s.Index().Stored("s1", "OMP-01"); !stored || !known {
		t.Error("the manifest says that OMP-01 is stored")
	}
	if stored, known := s.Index().Stored("s1", "OMG-13"); stored && known && st.Sources[0].Counts["OMG-13"] == 0 {
		t.Error("not counted and yet stored")
	}
}

func TestOpen_VaultStates(t *testing.T) {
	t.Parallel()
	dir, key, _ := sealedStore(t)
	other, err := vault.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	right := func([]string) (*vault.Key, error) { return key, nil }
	for name, c := range map[string]struct {
		cfg   Config
		state string
		fault string
	}{
		"no key":      {Config{}, StateSealed, "shelf.sealed"},
		"no key yet":  {Config{Key: func([]string) (*vault.Key, error) { return nil, errIO }}, StateSealed, "shelf.sealed"},
		"wrong key":   {Config{Key: func([]string) (*vault.Key, error) { return other, nil }}, StateSealed, "vault.key.wrong"},
		"held back":   {Config{Key: right, Choose: func(string, []vault.Generation) (string, error) { return "", nil }}, StateSuspect, "shelf.suspect"},
		"not trusted": {Config{Key: right, Trust: []string{"0000"}}, StateSuspect, "shelf.suspect"},
		"none such":   {Config{Key: right, Choose: func(string, []vault.Generation) (string, error) { return "000009", nil }}, StateFailed, "vault.generation.none"},
	} {
		c.cfg.Roots = []string{dir}
		s := open(t, c.cfg)
		if st := s.State()[0]; st.State != c.state || !isKey(st.Fault, c.fault) {
			t.Errorf("%s: %s %v", name, st.State, st.Fault)
		}
		if _, err := s.Find(context.Background(), hospital().ID(0)); err == nil {
			t.Errorf("%s: found somebody", name)
		}
		if _, err := s.Read(context.Background(), hospital().ID(0), want()); err == nil {
			t.Errorf("%s: read somebody", name)
		}
	}
}

// A key that comes later opens the vault with the next look, a newer generation
// is taken up.
func TestLook_TakesUpKeysAndNewerGenerations(t *testing.T) {
	t.Parallel()
	dir, key, m := sealedStore(t)
	now := time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)
	var have *vault.Key
	s := open(t, Config{Roots: []string{dir}, Clock: func() time.Time { return now }, Key: func([]string) (*vault.Key, error) { return have, nil }})
	if st := s.State()[0]; st.State != StateSealed {
		t.Fatal(st)
	}
	have = key
	s.Look(context.Background())
	if st := s.State()[0]; st.State != StateOpen || st.Generation != "000001" {
		t.Fatal(st)
	}
	v, err := vault.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	made := seal(t, v, m, now)
	s.Look(context.Background())
	if st := s.State()[0]; st.Generation != "000001" {
		t.Error("asked again at once")
	}
	now = now.Add(2 * generationsAfter)
	s.Look(context.Background())
	if st := s.State()[0]; st.Generation != made.Generation || !st.AsOf.Equal(made.AsOf) {
		t.Errorf("%+v", st)
	}
	checkAll(t, s)
}

// A copy of tonight of a source that stood still since three weeks is as old as
// the newest record in it.
func TestUntil_SourceThatStoodStill(t *testing.T) {
	t.Parallel()
	dir, key, m := sealedStore(t)
	v, err := vault.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	late := time.Date(2026, 4, 22, 2, 0, 0, 0, time.UTC)
	seal(t, v, m, late)
	cfg := Config{Roots: []string{dir}, Clock: func() time.Time { return late }, Key: func([]string) (*vault.Key, error) { return key, nil }}
	if at, by := open(t, cfg).Until(); by != ByManifest || !at.Equal(late) {
		t.Errorf("before the index: %s by %q", at, by)
	}
	end := hospital().Options().AsOf
	if at, by := indexed(t, cfg).Until(); by != ByNewest || at.After(end) || end.Sub(at) > 48*time.Hour {
		t.Errorf("%s by %q, the store ends at %s", at, by, end)
	}
}

// A suspect generation that two persons opened for some hours is closed after
// them, cached charts with it, and opens when they decide again. That nobody can
// be asked closes nothing.
func TestLook_ClosesWhatMayNotBeReadAnyMore(t *testing.T) {
	t.Parallel()
	dir, key, _ := sealedStore(t)
	now := time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)
	until, broken := now.Add(time.Hour), error(nil)
	choose := func(string, []vault.Generation) (string, error) {
		switch {
		case broken != nil:
			return "", broken
		case now.Before(until):
			return "000001", nil
		}
		return "", fault.New(fault.Denied, "copy.choose.none")
	}
	s := open(t, Config{Roots: []string{dir}, Clock: func() time.Time { return now }, Choose: choose, Key: func([]string) (*vault.Key, error) { return key, nil }})
	ctx, id := context.Background(), hospital().ID(0)
	read := func() error {
		_, err := s.Read(ctx, id, want())
		return err
	}
	state := func(want string) {
		t.Helper()
		s.Look(ctx)
		if st := s.State()[0]; st.State != want {
			t.Fatalf("%s (%v), want %s", st.State, st.Fault, want)
		}
	}
	state(StateOpen)
	if err := read(); err != nil {
		t.Fatal(err)
	}
	now, broken = until.Add(time.Second), errIO
	state(StateOpen)
	now, broken = now.Add(2*generationsAfter), nil
	state(StateSuspect)
	for range 2 { // also after it was tried again
		if err := read(); !isKey(err, "shelf.withdrawn") {
			t.Errorf("read: %v", err)
		}
		if _, err := s.Find(ctx, id); !isKey(err, "shelf.withdrawn") {
			t.Errorf("found: %v", err)
		}
		now = now.Add(time.Minute)
		state(StateSuspect)
	}
	until = now.Add(time.Hour)
	state(StateOpen)
	if err := read(); err != nil {
		t.Error(err)
	}
}

func TestOpen_WhatIsNoCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "readme.txt")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, c := range map[string][2]string{
		filepath.Join(dir, "none"): {StateGone, "shelf.gone"},
		text:                       {StateFailed, "shelf.kind"},
		t.TempDir():                {StateFailed, "shelf.empty"},
	} {
		s := open(t, Config{Roots: []string{path}})
		if st := s.State()[0]; st.State != c[0] || !isKey(st.Fault, c[1]) {
			t.Errorf("%s: %s %v", path, st.State, st.Fault)
		}
	}
	if _, err := Open(context.Background(), Config{}); !isKey(err, "shelf.none") {
		t.Error(err)
	}
	if _, err := Open(context.Background(), Config{Roots: []string{dir}, Store: index.Plain{Path: filepath.Join(dir, "index")}}); !isKey(err, "index.file.inside") {
		t.Error(err)
	}
}

// The folder keeps its paths to itself: links and names do not lead out.
func TestFolder_NothingLeadsOut(t *testing.T) {
	t.Parallel()
	dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	m, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, name := range []string{"link", "../secret", "/etc/passwd"} {
		if f, err := m.fsys.Open(name); err == nil {
			_ = f.Close()
			t.Errorf("%s was opened", name)
		}
	}
}

func TestDocument_OpensAndSaysWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := open(t, Config{Roots: []string{store(t)}})
	ctx := context.Background()
	c, err := s.Read(ctx, hospital().ID(0), want())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := s.Document(ctx, c.Items[0].Ref)
	if err != nil || len(doc.Files) == 0 {
		t.Fatal(doc, err)
	}
	f, err := doc.Files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(f); err != nil || len(data) == 0 {
		t.Error(len(data), err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	for _, ref := range []model.Ref{{}, {Source: "s9", Item: "x"}, {Source: "s1", Item: "../../etc/passwd"}, {Source: "s1", Item: "none"}} {
		if _, err := s.Document(ctx, ref); !isKey(err, "shelf.item") {
			t.Errorf("%v: %v", ref, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Files[0].Open(); !errors.Is(err, source.ErrGone) {
		t.Error("a file was opened after the shelf was closed:", err)
	}
	if _, err := s.Read(ctx, hospital().ID(1), want()); !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
}

// After the hours of an override the older, clean generation is to be read. That
// it is sealed to a key that nobody has at hand keeps the suspect one open no
// longer.
func TestLook_ClosesWhatWasPassedOverThoughTheOlderOneIsSealed(t *testing.T) {
	t.Parallel()
	dir, first, old := sealedStore(t)
	now := time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)
	key, err := vault.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	m, err := old.For(key.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(dir)
	if err == nil {
		err = v.Rotate(m, now)
	}
	if err != nil {
		t.Fatal(err)
	}
	suspect := seal(t, v, m, now).Generation
	pick, have := suspect, key
	s := open(t, Config{Roots: []string{dir}, Clock: func() time.Time { return now },
		Choose: func(string, []vault.Generation) (string, error) { return pick, nil }, Key: func([]string) (*vault.Key, error) { return have, nil }})
	ctx, id := t.Context(), hospital().ID(0)
	if _, err := s.Read(ctx, id, want()); err != nil || s.State()[0].Generation != suspect {
		t.Fatal(s.State()[0].State, err)
	}
	pick, now = "000001", now.Add(2*generationsAfter)
	s.Look(ctx)
	if _, err := s.Read(ctx, id, want()); err == nil || s.State()[0].State == StateOpen {
		t.Errorf("%s: %v", s.State()[0].State, err)
	}
	have, now = first, now.Add(2*generationsAfter) // the older sheets of paper were found
	s.Look(ctx)
	if _, err := s.Read(ctx, id, want()); err != nil || s.State()[0].Generation != "000001" {
		t.Errorf("%s of %s: %v", s.State()[0].State, s.State()[0].Generation, err)
	}
}
