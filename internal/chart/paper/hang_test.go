package paper

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/web/webtest"
)

// bound is how long a test waits for what must come at once.
const bound = 20 * time.Second

// dead is a share that stops to answer in the middle of a write.
type dead struct {
	blocked chan struct{} // told when a write waits
	back    chan struct{} // closed when it answers again
	mu      sync.Mutex
	opened  int // files of it
}

type deadFile struct {
	file
	share *dead
}

func (f deadFile) Write(p []byte) (int, error) {
	select {
	case <-f.share.back:
	default:
		select {
		case f.share.blocked <- struct{}{}:
		default:
		}
		<-f.share.back
	}
	return f.file.Write(p)
}

func (s *dead) files() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// twoPlaces is a station with two places, the first of which is on a share that
// hangs. What waits for an answer in vain goes on when ticks say so.
func twoPlaces(t *testing.T) (s *station, share *dead, alive string, ticks chan time.Time) {
	t.Helper()
	s, share, alive, ticks = newStation(t), &dead{blocked: make(chan struct{}, 1), back: make(chan struct{})}, t.TempDir(), make(chan time.Time)
	s.save(t, func(p *Place) { p.Name, p.Forms = "1 共有フォルダ", []string{"beds"} })
	s.save(t, func(p *Place) { p.Name, p.Folder, p.Forms = "2 救急外来", alive, []string{"beds"} })
	if err := os.Chmod(alive, 0o700); err != nil {
		t.Fatal(err)
	}
	s.after = func(d time.Duration) <-chan time.Time {
		if d == answerTime {
			return ticks
		}
		return time.After(d)
	}
	s.create = func(path string) (file, error) {
		f, err := createFile(path)
		if err != nil || !strings.HasPrefix(path, s.folder) {
			return f, err
		}
		share.mu.Lock()
		defer share.mu.Unlock()
		share.opened++
		return deadFile{f, share}, nil
	}
	return s, share, alive, ticks
}

// await runs something that ends although a folder hangs; blocked is told when
// one does, and then the time passes, in so many pieces, in which it should have
// answered.
func await(t *testing.T, do func() error, blocked <-chan struct{}, ticks chan<- time.Time, waits int) {
	t.Helper()
	done, end := make(chan error, 1), time.After(bound)
	go func() { done <- do() }()
	var pass chan<- time.Time
	for left := waits + 1; ; { // the first one sees where it is
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		case <-blocked:
			pass = ticks
		case pass <- time.Time{}:
			if left--; left == 0 {
				pass = nil
			}
		case <-end:
			t.Fatal("a folder that hangs holds the others up")
		}
	}
}

func rounds(folder string) int {
	found, _ := filepath.Glob(filepath.Join(folder, "2026*"))
	return len(found)
}

// A place whose folder hangs in the middle of a write holds no other up, is said
// to hang, and goes on when it is back. Nothing piles up meanwhile.
func TestAhead_HangingFolderHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s, share, alive, ticks := twoPlaces(t)
	due := func() {
		t.Helper()
		await(t, func() error { return s.Due(t.Context()) }, share.blocked, ticks, timerWaits)
	}
	since := s.clock.Now()
	due()
	if rounds(alive) != 1 || rounds(s.folder) != 0 {
		t.Fatalf("%d and %d rounds", rounds(alive), rounds(s.folder))
	}
	hanging := func() Place {
		t.Helper()
		all, err := s.Places(t.Context())
		if err != nil || len(all) != 2 || !all[1].Hangs.IsZero() || all[1].Last == nil || !all[1].Last.Good {
			t.Fatalf("%+v %v", all, err)
		}
		return all[0]
	}
	if p := hanging(); !p.Hangs.IsZero() || len(s.alarms) != 0 {
		t.Errorf("it is said to hang at once: %+v %v", p, s.alarms)
	}
	for range 5 {
		s.clock.Add(time.Hour)
		due()
	}
	if rounds(alive) != 6 || share.files() != 1 {
		t.Errorf("%d rounds of the other place, %d writes wait", rounds(alive), share.files())
	}
	p := hanging()
	if !p.Hangs.Equal(since) || p.Last == nil || p.Last.Fault != hangsKey || !slices.Equal(s.alarms, []string{"paper.alarm.failed"}) {
		t.Errorf("%+v %+v %v", p.Hangs, p.Last, s.alarms)
	}
	if r, err := s.Make(t.Context(), ledgertest.Actor(), p.ID); err != nil || r.Fault != hangsKey || share.files() != 1 {
		t.Errorf("somebody asks for it: %+v %v", r, err)
	}
	site := webtest.New(t, s.clock.Now, s.Module())
	site.As(webtest.Person(right.Setup)).Get("/paper/ahead").Want(t, 200, "フォルダの返事待ち", "2026年11月2日(月) 09:00 から待っています")
	if rs, err := s.Readings(t.Context()); err != nil || rs[0].State != reading.Bad || rs[0].Count != 1 || rs[0].Items[0].Say.Key != "paper.reading.hangs" {
		t.Errorf("%+v %v", rs, err)
	}
	if todos, err := s.Todos(t.Context(), webtest.Person(right.Setup)); err != nil || len(todos) != 1 || todos[0].Say.Key != "paper.todo.hangs" {
		t.Errorf("%+v %v", todos, err)
	}
	s.comesBack(t, share)
	p = hanging()
	if !p.Hangs.IsZero() || p.Last == nil || !p.Last.Good || !p.Last.At.Equal(since) || rounds(s.folder) != 1 {
		t.Errorf("after it came back: %+v, %d rounds", p.Last, rounds(s.folder))
	}
	if !slices.Equal(s.alarms, []string{"paper.alarm.failed", "paper.alarm.works"}) {
		t.Errorf("%v", s.alarms)
	}
	due() // the sheets it went on with are hours old
	if p = hanging(); rounds(s.folder) != 2 || !p.Last.At.Equal(s.clock.Now()) {
		t.Errorf("no fresh sheets: %d rounds, %+v", rounds(s.folder), p.Last)
	}
	if parts, _ := filepath.Glob(filepath.Join(s.folder, "part-*")); len(parts) != 0 {
		t.Errorf("left behind: %v", parts)
	}
}

// comesBack lets a share answer and waits until the round that hung is over.
func (s *station) comesBack(t *testing.T, share *dead) {
	t.Helper()
	select { // what was said when places were saved
	case <-s.woken:
	default:
	}
	close(share.back)
	select {
	case <-s.woken:
	case <-time.After(bound):
		t.Fatal("it does not go on")
	}
}

// The one who asks is told after a while; when he is gone the round ends, and the
// timer begins another soon.
func TestMake_HangingFolderIsSaid(t *testing.T) {
	t.Parallel()
	s, share, _, ticks := twoPlaces(t)
	all, err := s.Places(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, gone := context.WithCancel(t.Context())
	var r Round
	await(t, func() (err error) { r, err = s.Make(ctx, ledgertest.Actor(), all[0].ID); return err }, share.blocked, ticks, personWaits)
	if r.Good || r.Fault != hangsKey {
		t.Errorf("%+v", r)
	}
	gone()
	s.comesBack(t, share)
	if rounds(s.folder) != 0 {
		t.Error("a round that nobody waits for was finished")
	}
	s.clock.Add(againAfter)
	if err := s.Due(t.Context()); err != nil || rounds(s.folder) != 1 {
		t.Errorf("%d rounds: %v", rounds(s.folder), err)
	}
}

// Run ends while a folder hangs.
func TestAhead_RunEndsThoughAFolderHangs(t *testing.T) {
	t.Parallel()
	s, share, _, ticks := twoPlaces(t)
	defer close(share.back)
	ctx, stop := context.WithCancel(t.Context())
	blocked := make(chan struct{}, 1)
	go func() {
		<-share.blocked
		stop()
		blocked <- struct{}{}
	}()
	await(t, func() error { return s.Run(ctx) }, blocked, ticks, timerWaits)
}

// A page waits for no folder, and asks a silent one no second time.
func TestAheadPages_AskASilentFolderOnce(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	s.save(t, nil)
	asked, back := make(chan struct{}, 10), make(chan struct{})
	defer close(back)
	s.open = func(string) Openness {
		asked <- struct{}{}
		<-back
		return OpenToAll
	}
	late := make(chan time.Time)
	close(late)
	s.after = func(time.Duration) <-chan time.Time { return late }
	site := webtest.New(t, s.clock.Now, s.Module())
	for range 3 {
		site.As(webtest.Person(right.Setup)).Get("/paper/ahead").Want(t, 200, s.folder)
	}
	if _, err := s.Todos(t.Context(), webtest.Person(right.Setup)); err != nil {
		t.Error(err)
	}
	<-asked
	if len(asked) != 0 {
		t.Errorf("it was asked %d times more", len(asked))
	}
	// Nor does somebody who enters a folder wait for ever, or ask without end.
	if !s.lookBeside("save", s.folder, func() { <-back }) {
		t.Fatal("nobody may look")
	}
	p := newPlace()
	p.Name, p.Folder = "x", s.folder
	if _, err := s.Save(t.Context(), ledgertest.Actor(), p); fault.KindOf(err) != fault.Busy {
		t.Errorf("%v", err)
	}
	for i := range maxLooks {
		s.lookBeside("save", filepath.Join(s.folder, string(rune('a'+i))), func() { <-back })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.looks) != maxLooks {
		t.Errorf("%d looks wait", len(s.looks))
	}
}

// A file that is there already is not written over.
func TestCreateFile_IsNew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := createFile(path); err == nil {
		t.Error("it was opened")
	}
}
