package copy_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/ssmix2/synth"
)

// night is when tests copy.
func night() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.FixedZone("JST", 9*3600)) }

// store is a synthetic hospital's store, made once; each test takes a copy of
// the map.
var store = sync.OnceValue(func() fstest.MapFS {
	opt := synth.Small(1)
	opt.Patients = 8 // a MapFS looks at all its names to list one folder
	opt.AsOf = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	h, err := synth.New(opt)
	if err != nil {
		panic(err)
	}
	out := fstest.MapFS{}
	for f, err := range h.Files(context.Background()) {
		if err != nil {
			panic(err)
		}
		if !f.Dir {
			out[f.Path] = &fstest.MapFile{Data: bytes.Clone(f.Data), ModTime: f.Time, Mode: 0o444}
		}
	}
	return out
})

func newStore() fstest.MapFS {
	out := fstest.MapFS{}
	for name, f := range store() {
		g := *f
		out[name] = &g
	}
	return out
}

// bench is a vault with its keys, and a plan.
type bench struct {
	plan copy.Plan
	key  *vault.Key
	dir  string
	now  time.Time
}

func newBench(t *testing.T, source fs.FS) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: night()}
	var err error
	if b.key, err = vault.NewKey(); err != nil {
		t.Fatal(err)
	}
	m, err := vault.NewMachine(b.key.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(b.dir, "架空総合病院", m, b.now)
	if err != nil {
		t.Fatal(err)
	}
	b.plan = copy.Plan{Source: source, Vault: v, Machine: m, By: "test", Zone: night().Location(), Now: func() time.Time {
		b.now = b.now.Add(time.Millisecond)
		return b.now
	}}
	return b
}

func (b *bench) run(t *testing.T) *copy.Report {
	t.Helper()
	rep, err := copy.Run(t.Context(), b.plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(24 * time.Hour)
	return rep
}

// same compares a generation with what the source holds now.
func (b *bench) same(t *testing.T, id string, want fstest.MapFS) {
	t.Helper()
	r, err := b.plan.Vault.Read(id, vault.ReadOptions{}, b.key)
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
		data, err := r.ReadFile(e.Path)
		if err != nil {
			t.Fatal(err)
		}
		f := want[e.Path]
		if f == nil || !bytes.Equal(data, f.Data) || !e.ModTime.Equal(f.ModTime) {
			t.Errorf("%s is not what the source holds", e.Path)
		}
	}
	if n != len(want) {
		t.Errorf("generation %s has %d files, the source %d", id, n, len(want))
	}
}

func names(m fstest.MapFS, words string) (out []string) {
	for name := range m {
		if strings.Contains(name, words) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func TestRun_FullThenIncremental(t *testing.T) {
	t.Parallel()
	src := newStore()
	b := newBench(t, src)
	first := b.run(t)
	b.same(t, first.Generation, src)
	if first.Judgement.Verdict != copy.Clean || !first.ReadBack || first.Counts.New != int64(len(src)) {
		t.Errorf("first run: %+v", first)
	}
	labs := names(src, "/OML-11/")
	delete(src, labs[0])
	src[labs[1]].Data, src[labs[1]].ModTime = append(bytes.Clone(src[labs[1]].Data), "\rNTE|1\r"...), b.now
	src[strings.TrimSuffix(labs[2], "1")+"2"] = src[labs[2]]
	delete(src, labs[2])
	src["archive/検査 報告書.pdf"] = &fstest.MapFile{Data: append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("x"), 2<<20)...), ModTime: b.now}
	second := b.run(t)
	b.same(t, second.Generation, src)
	c := second.Counts
	if c.New != 2 || c.Changed != 1 || c.Removed != 2 || c.Kept != int64(len(src))-3 || c.Read != 3 {
		t.Errorf("second run: %+v", c)
	}
	if second.Previous != first.Generation || second.Judgement.Verdict != copy.Clean {
		t.Errorf("second run: %+v", second)
	}
	third := b.run(t)
	b.same(t, third.Generation, src)
	if third.Counts.Read != 0 || third.Counts.Kept != int64(len(src)) {
		t.Errorf("third run: %+v", third.Counts)
	}
}

func TestRun_ReadsAgainInTurn(t *testing.T) {
	t.Parallel()
	src := newStore()
	b := newBench(t, src)
	b.run(t)
	sick := names(src, "/OMP-01/")[:6]
	for _, name := range sick { // as time and size say, nothing happened
		data := bytes.Clone(src[name].Data)
		copyNoise(t, data)
		src[name].Data = data
	}
	b.plan.Rereads = 3
	var silent, reread int64
	for turn := range 3 {
		b.plan.Turn = turn
		rep := b.run(t)
		reread += rep.Counts.Reread
		for _, f := range rep.Judgement.Findings {
			if f.Code == copy.CodeSilent {
				silent += f.Count
			}
		}
	}
	if silent != 6 || reread != int64(len(src)) {
		t.Errorf("%d of 6 found by reading %d of %d again", silent, reread, len(src))
	}
}

func copyNoise(t *testing.T, into []byte) {
	t.Helper()
	if _, err := rand.Read(into); err != nil {
		t.Fatal(err)
	}
}

func codes(j copy.Judgement) (out []copy.Code) {
	for _, f := range j.Findings {
		if f.Weight == copy.Suspects {
			out = append(out, f.Code)
		}
	}
	return out
}

func TestRun_EncryptedStoreIsSuspectAndRemovesNothing(t *testing.T) {
	t.Parallel()
	src := newStore()
	b := newBench(t, src)
	b.plan.Rule = vault.Rule{Least: 1}
	b.run(t)
	for i, name := range names(src, "_1") {
		if i%10 == 0 {
			f := *src[name]
			f.Data, f.ModTime = make([]byte, len(f.Data)), b.now
			copyNoise(t, f.Data)
			delete(src, name)
			src[name+".id[1A2B3C4D-2803].elbie"] = &f
		}
	}
	src["info/How_to_decrypt.hta"] = &fstest.MapFile{Data: []byte("<html>pay</html>"), ModTime: b.now}
	rep := b.run(t)
	got := codes(rep.Judgement)
	for _, want := range []copy.Code{copy.CodeNote, copy.CodeEncrypted, copy.CodeEnding} {
		if !slices.Contains(got, want) {
			t.Errorf("%s was not found: %v", want, got)
		}
	}
	if rep.Judgement.Verdict != copy.Suspect || !rep.RuleHeld || len(rep.Removed) > 0 || got[0] != copy.CodeNote {
		t.Errorf("%+v", rep)
	}
	all, err := b.plan.Vault.Generations()
	if err != nil || len(all) != 2 {
		t.Fatalf("%d generations, %v", len(all), err)
	}
	if note := string(all[1].Manifest.Note); !strings.Contains(note, `"suspect"`) || strings.Contains(note, "elbie") || strings.Contains(note, "_1") {
		t.Errorf("the manifest says %s", note)
	}
}

func TestRun_ShrunkStoreIsSuspect(t *testing.T) {
	t.Parallel()
	src := newStore()
	b := newBench(t, src)
	b.run(t)
	for _, name := range names(src, "/OML-11/") {
		delete(src, name)
	}
	rep := b.run(t)
	if got := codes(rep.Judgement); !slices.Contains(got, copy.CodeShrunk) || !slices.Contains(got, copy.CodeKindLess) {
		t.Errorf("found %v", got)
	}
}

func TestRun_RuleRemovesOldGenerations(t *testing.T) {
	t.Parallel()
	src := fstest.MapFS{}
	for _, name := range names(store(), "/ADT-00/")[:8] {
		src[name] = store()[name]
	}
	b := newBench(t, src)
	b.plan.Rule = vault.Rule{Least: 2}
	for range 3 {
		b.run(t)
	}
	rep := b.run(t)
	if !slices.Equal(rep.Removed, []string{"000002"}) || rep.RuleHeld {
		t.Errorf("removed %v", rep.Removed)
	}
}

func wantFault(t *testing.T, err error, key string) {
	t.Helper()
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Msg.Key != key {
		t.Errorf("error %v, want %s", err, key)
	}
}

func TestRun_EmptySourceMakesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, fstest.MapFS{})
	_, err := copy.Run(t.Context(), b.plan, nil)
	wantFault(t, err, "copy.source.empty")
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := copy.OpenSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b.plan.Source = s
	_, err = copy.Run(t.Context(), b.plan, nil)
	wantFault(t, err, "copy.source.empty")
	if all, err := b.plan.Vault.Generations(); err != nil || slices.ContainsFunc(all, func(g vault.Generation) bool { return g.Finished }) {
		t.Errorf("%v %v", all, err)
	}
}

func TestRun_OtherMediumIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, newStore())
	b.plan.VaultID = "0011223344556677"
	_, err := copy.Run(t.Context(), b.plan, nil)
	wantFault(t, err, "copy.medium.changed")
}

// shaky is a source that goes away, is locked in places, or changes.
type shaky struct {
	fstest.MapFS
	mu     sync.Mutex
	left   int // opens until it is gone; below 0: never
	locked string
	moving map[string]int // file → how many reads see it change
}

func (s *shaky) Open(name string) (fs.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EIO}
	}
	s.left--
	if s.locked != "" && strings.HasPrefix(name, s.locked) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EACCES}
	}
	f, err := s.MapFS.Open(name)
	if s.moving[name] > 0 {
		s.moving[name]--
		return &movingFile{File: f}, err
	}
	return f, err
}

type movingFile struct {
	fs.File
	looks int
}

type movedInfo struct {
	fs.FileInfo
	by int
}

func (i movedInfo) ModTime() time.Time {
	return i.FileInfo.ModTime().Add(time.Duration(i.by) * time.Second)
}

func (f *movingFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	f.looks++
	return movedInfo{info, f.looks}, err
}

func TestRun_SourceGoneInTheMiddle(t *testing.T) {
	t.Parallel()
	src := &shaky{MapFS: newStore(), left: -1}
	b := newBench(t, src)
	first := b.run(t)
	src.left = 300
	_, err := copy.Run(t.Context(), b.plan, nil)
	wantFault(t, err, "copy.source.gone")
	src.left = -1
	b.same(t, first.Generation, src.MapFS)
	b.same(t, b.run(t).Generation, src.MapFS)
}

func TestRun_WhatCannotBeReadIsCarriedOver(t *testing.T) {
	t.Parallel()
	src := &shaky{MapFS: newStore(), left: -1}
	b := newBench(t, src)
	b.run(t)
	adt := names(src.MapFS, "/ADT-00/")
	src.locked, _, _ = strings.Cut(adt[3], "/-/")
	rep := b.run(t)
	b.same(t, rep.Generation, src.MapFS)
	if rep.Counts.Carried == 0 || rep.Counts.Removed != 0 {
		t.Errorf("%+v", rep.Counts)
	}
	if !slices.ContainsFunc(rep.Judgement.Findings, func(f copy.Finding) bool { return f.Code == copy.CodeCarried && f.Examples[0] == src.locked }) {
		t.Errorf("%+v", rep.Judgement.Findings)
	}
}

func TestRun_FileThatChangesIsReadAgain(t *testing.T) {
	t.Parallel()
	big := &fstest.MapFile{Data: append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("long"), 400<<10)...), ModTime: night()}
	src := &shaky{MapFS: fstest.MapFS{"a.txt": {Data: []byte("small"), ModTime: night()}, "b.pdf": big, "c.pdf": big, "d.txt": {Data: []byte("other"), ModTime: night()}},
		left: -1, moving: map[string]int{"a.txt": 1, "b.pdf": 2, "c.pdf": 99, "d.txt": 99}}
	b := newBench(t, src)
	rep := b.run(t)
	i := slices.IndexFunc(rep.Judgement.Findings, func(f copy.Finding) bool { return f.Code == copy.CodeUnstable })
	if i < 0 || !slices.Equal(rep.Judgement.Findings[i].Examples, []string{"c.pdf", "d.txt"}) || rep.Counts.Files != 4 {
		t.Errorf("%+v", rep)
	}
}

func TestRun_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := newBench(t, newStore())
	ctx, stop := context.WithCancel(t.Context())
	_, err := copy.Run(ctx, b.plan, func(p copy.Progress) {
		if p.Files > 100 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	b.same(t, b.run(t).Generation, store())
}
