package paper

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web/webtest"
)

// station is a desk with a clock, a folder and what it was told.
type station struct {
	*Desk
	clock  *ledgertest.Clock
	folder string
	seen   *witnessed
	alarms []string
	book   *ledger.Book
	store  *store
	root   string
}

func newStation(t *testing.T) *station {
	t.Helper()
	s := &station{clock: ledgertest.NewClock(), folder: t.TempDir(), seen: &witnessed{}, store: hospital(t), root: t.TempDir()}
	s.book = ledgertest.BookAt(t, s.clock)
	if err := os.Chmod(s.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	job := sampleJob(t, s.store, "drugs")
	job.Data.AsOf = func() time.Time { return ledgertest.Start().Add(-7 * time.Hour) }
	var err error
	s.Desk, err = New(t.Context(), Config{Book: s.book, Data: job.Data, Witness: s.seen, Catalog: job.Catalog, Clock: s.clock.Now, Zone: jst(), Roots: []string{s.root},
		Hospital: func(context.Context) string { return "架空総合病院" }, Alarm: func(_ context.Context, m text.Msg) { s.alarms = append(s.alarms, m.Key) }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *station) save(t *testing.T, change func(*Place)) string {
	t.Helper()
	p := newPlace()
	p.Name, p.Folder = "3階東 ナースステーション PC", s.folder
	if change != nil {
		change(&p)
	}
	id, err := s.Save(t.Context(), ledgertest.Actor(), p)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *station) make(t *testing.T, id string) Round {
	t.Helper()
	r, err := s.Make(t.Context(), ledgertest.Actor(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestAhead_MakesSheetsForAWard(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	id := s.save(t, func(p *Place) { p.Wards = []string{"3E"} })
	r := s.make(t, id)
	if !r.Good || r.Files != len(DefaultForms()) || r.Patients != 2 || r.Unread != 1 || r.Pages < len(DefaultForms()) {
		t.Fatalf("%+v", r)
	}
	const round = "20261102-0900_asof-20261102-0200"
	if got := names(t, s.folder); !slices.Equal(got, []string{round, "READ ME.txt", "index.html"}) {
		t.Errorf("the folder holds %v", got)
	}
	if got := names(t, filepath.Join(s.folder, round)); len(got) != len(DefaultForms())+1 || got[0] != "01_病棟患者一覧.pdf" || got[1] != "02_薬剤一覧.pdf" || !slices.Contains(got, "manifest.json") {
		t.Errorf("the round holds %v", got)
	}
	index, err := os.ReadFile(filepath.Join(s.folder, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3階東 ナースステーション PC", "【最新】 作成 2026/11/02 09:00", "写しの時点 2026/11/02 02:00", `href="` + round + `/02_`, "読めない患者 1人"} {
		if !strings.Contains(string(index), want) {
			t.Errorf("index.html lacks %q", want)
		}
	}
	if strings.Contains(string(index), "<script") || strings.Contains(string(index), "http") {
		t.Error("index.html is not alone")
	}
	readme, _ := os.ReadFile(filepath.Join(s.folder, "READ ME.txt"))
	if !strings.Contains(string(readme), "参照用の写し") || !strings.Contains(string(readme), "Copies for reference") {
		t.Errorf("READ ME: %s", readme)
	}
	var m manifest
	data, _ := os.ReadFile(filepath.Join(s.folder, round, manifestName))
	if err := json.Unmarshal(data, &m); err != nil || len(m.Files) != len(DefaultForms()) || m.Files[1].SHA256 == "" || m.Files[1].Patients != 2 {
		t.Errorf("%v, %+v", err, m)
	}
	if lines := s.seen.seen(); len(lines) != len(DefaultForms()) || lines[1] != "tester drugs 00099999,00012345" || lines[5] != "tester blank_course " {
		t.Errorf("recorded: %q", lines)
	}
}

func TestAhead_KeepsTheLastAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	id := s.save(t, func(p *Place) { p.Keep, p.Forms = 3, []string{"beds"} })
	for _, stranger := range []string{"notes.txt", "20200101-0000_asof-unknown/mine.txt", "other/x"} {
		path := filepath.Join(s.folder, stranger)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 6 {
		s.make(t, id)
		s.clock.Add(time.Hour)
	}
	s.make(t, id)
	s.make(t, id) // again within the minute
	got := names(t, s.folder)
	want := []string{"20200101-0000_asof-unknown", "20261102-1400_asof-20261102-0200", "20261102-1500_asof-20261102-0200", "20261102-150000_asof-20261102-0200", "READ ME.txt", "index.html", "notes.txt", "other"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the folder holds %v", got)
	}
}

func TestAhead_FailsLoudlyAndRecovers(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	id := s.save(t, func(p *Place) { p.Forms = []string{"beds"} })
	if rs, err := s.Readings(t.Context()); err != nil || rs[0].State != reading.Unknown {
		t.Errorf("before the first round: %+v, %v", rs, err)
	}
	s.make(t, id)
	away := s.folder + ".away"
	if err := os.Rename(s.folder, away); err != nil {
		t.Fatal(err)
	}
	s.clock.Add(time.Hour)
	for range 2 {
		if r := s.make(t, id); r.Good || r.Fault != "paper.ahead.gone" {
			t.Errorf("%+v", r)
		}
		s.clock.Add(time.Minute)
	}
	rs, err := s.Readings(t.Context())
	if err != nil || rs[0].ID != "chart.paper.ahead" || rs[0].State != reading.Bad || rs[0].Count != 1 {
		t.Errorf("%+v, %v", rs, err)
	}
	todos, err := s.Todos(t.Context(), webtest.Person(right.Setup))
	if err != nil || len(todos) != 1 || todos[0].Level != today.Red || todos[0].Say.Key != "paper.todo.failed" {
		t.Errorf("%+v, %v", todos, err)
	}
	if todos, _ := s.Todos(t.Context(), webtest.Person(right.Print)); len(todos) != 0 {
		t.Errorf("somebody without the right is told: %+v", todos)
	}
	if err := os.Rename(away, s.folder); err != nil {
		t.Fatal(err)
	}
	s.make(t, id)
	if rs, _ := s.Readings(t.Context()); rs[0].State != reading.Good {
		t.Errorf("%+v", rs)
	}
	if want := []string{"paper.alarm.failed", "paper.alarm.works"}; !slices.Equal(s.alarms, want) {
		t.Errorf("alarms %v, want %v", s.alarms, want)
	}
	s.clock.Add(24 * time.Hour)
	if todos, _ := s.Todos(t.Context(), webtest.Person(right.Setup)); len(todos) != 1 || todos[0].Say.Key != "paper.todo.late" {
		t.Errorf("a day later: %+v", todos)
	}
}

// A round that breaks off leaves the paper of the last one as it was.
func TestAhead_BrokenRoundLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	id := s.save(t, func(p *Place) { p.Forms = []string{"beds", "drugs"} })
	s.make(t, id)
	before := names(t, s.folder)
	s.seen.err = errors.New("no book")
	s.clock.Add(time.Hour)
	if r := s.make(t, id); r.Good {
		t.Errorf("%+v", r)
	}
	s.seen.err = nil
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Make(ctx, ledgertest.Actor(), id); err == nil {
		t.Error("a round without time was good")
	}
	if got := names(t, s.folder); !slices.Equal(got, before) {
		t.Errorf("the folder holds %v, before %v", got, before)
	}
}

func TestAhead_DueOnlyWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	s.save(t, func(p *Place) { p.Every, p.Forms = 60, []string{"beds"} })
	rounds := func() int { return len(s.seen.seen()) }
	for i, step := range []struct {
		wait time.Duration
		want int
	}{{0, 1}, {30 * time.Minute, 1}, {30 * time.Minute, 2}, {10 * time.Minute, 2}, {-2 * time.Hour, 3}} {
		s.clock.Add(step.wait)
		if err := s.Due(t.Context()); err != nil || rounds() != step.want {
			t.Errorf("step %d: %d rounds, want %d, %v", i, rounds(), step.want, err)
		}
	}
	if line := s.seen.seen()[0]; !strings.Contains(line, "beds") {
		t.Error(line)
	}
}

// While the index is being made sheets wait, but not for ever, and say so.
func TestAhead_WaitsForTheCensusNotForEver(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	s.cfg.Data.Complete = func() bool { return false }
	s.save(t, func(p *Place) { p.Forms = []string{"beds"} })
	if err := s.Due(t.Context()); err != nil || len(s.seen.seen()) != 0 {
		t.Errorf("it did not wait: %v", err)
	}
	s.clock.Add(patience)
	if err := s.Due(t.Context()); err != nil || len(s.seen.seen()) != 1 {
		t.Errorf("it waits for ever: %v", err)
	}
	page, err := os.ReadFile(filepath.Join(s.folder, "index.html"))
	if err != nil || !strings.Contains(string(page), "載っていない入院患者がいることがあります") {
		t.Errorf("%v: the page does not say that somebody may be missing", err)
	}
	job := s.job(t.Context(), &Place{Wards: []string{"3E"}}, "beds", s.clock.Now())
	if got := plain(t, job); !strings.Contains(got, "!! ▲ 患者の索引を作成中です") {
		t.Error("the list of the ward does not say so")
	}
}

func TestAhead_RunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	s.save(t, func(p *Place) { p.Forms = []string{"blank_rx"} })
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	for len(s.seen.seen()) == 0 {
		select {
		case err := <-done:
			t.Fatalf("it ended: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestSave_Refuses(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	s.save(t, nil)
	inside := filepath.Join(s.root, "a")
	if err := os.MkdirAll(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(inside, linked); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		folder, key string
		kind        fault.Kind
	}{
		"relative":  {"sheets", "paper.fault.folder_relative", fault.Invalid},
		"missing":   {filepath.Join(s.folder, "none"), "paper.fault.folder_missing", fault.Invalid},
		"copy":      {s.root, "paper.fault.folder_in_copy", fault.Invalid},
		"in copy":   {inside, "paper.fault.folder_in_copy", fault.Invalid},
		"link":      {linked, "paper.fault.folder_in_copy", fault.Invalid},
		"over copy": {filepath.Dir(s.root), "paper.fault.folder_in_copy", fault.Invalid},
		"taken":     {s.folder, "paper.fault.folder_taken", fault.Conflict},
	} {
		p := newPlace()
		p.Name, p.Folder = "x", c.folder
		_, err := s.Save(t.Context(), ledgertest.Actor(), p)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Kind != c.kind || f.Msg.Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, _ := s.Places(t.Context()); len(list) != 1 {
		t.Errorf("%d places", len(list))
	}
}

func TestAheadPages_SetUpMakeAndRemove(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	site := webtest.New(t, s.clock.Now, s.Module())
	c := site.As(webtest.Person(right.Setup))
	c.Get("/paper/ahead").Want(t, 200, "場所がまだありません", "暗号化されずに")
	c.Get("/paper/ahead/place").Want(t, 200, "3階東 (3E)", "薬剤一覧", `value="60"`)
	c.Post("/paper/ahead/place", url.Values{"name": {""}, "folder": {""}}).Want(t, 422)
	form := url.Values{"name": {"3階東 PC"}, "folder": {s.folder}, "wards": {"3E"}, "forms": {"beds", "drugs"}, "every": {"60"}, "keep": {"5"}, "blanks": {"2"}, "lang": {"en"}}
	c.Post("/paper/ahead/place", form).Want(t, 303)
	list, err := s.Places(t.Context())
	if err != nil || len(list) != 1 || list[0].Lang != text.EN || !slices.Equal(list[0].Forms, []string{"beds", "drugs"}) || list[0].Keep != 5 {
		t.Fatalf("%+v, %v", list, err)
	}
	id := list[0].ID
	c.Get("/paper/ahead").Want(t, 200, "まだ作っていない", s.folder)
	c.Post("/paper/ahead/"+id+"/make", nil).Want(t, 303)
	c.Get("/paper/ahead").Want(t, 200, "作成済み(読めない患者 1人)", "2ファイル")
	if got := names(t, filepath.Join(s.folder, "20261102-0900_asof-20261102-0200")); !slices.Contains(got, "02_Medication-list.pdf") {
		t.Errorf("%v", got)
	}
	form.Set("id", id)
	form.Set("name", "別の名前")
	c.Post("/paper/ahead/place", form).Want(t, 303)
	c.Get("/paper/ahead/"+id+"/delete").Want(t, 200, "別の名前", "消えません")
	c.Post("/paper/ahead/"+id+"/delete", nil).Want(t, 303)
	c.Post("/paper/ahead/"+id+"/delete", nil).Want(t, 404)
	if got := names(t, s.folder); len(got) != 3 {
		t.Errorf("the files went with the place: %v", got)
	}
	entries, _, err := s.book.Entries(t.Context(), ledger.Filter{Action: "paper.", Limit: 10})
	if err != nil || len(entries) != 3 || entries[0].Action != "paper.place.delete" || entries[2].Action != "paper.place.create" {
		t.Errorf("%+v, %v", entries, err)
	}
	site.As(webtest.Person(right.Print)).Post("/paper/ahead/place", form).Want(t, 403)
}

func TestOpen_SaysWhoMayRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for mode, want := range map[os.FileMode]Openness{0o700: OpenToOwner, 0o750: OpenToGroup, 0o755: OpenToAll} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if got := Open(dir); got != want {
			t.Errorf("%o: %s", mode, got)
		}
	}
	if got := Open(filepath.Join(dir, "none")); got != OpenUnknown {
		t.Error(got)
	}
}
