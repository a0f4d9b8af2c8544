package witness_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/witness"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

// desk is a witness on a disk of its own.
type desk struct {
	*witness.Witness
	t     *testing.T
	db    *sqlite.DB
	book  *ledger.Book
	clock *ledgertest.Clock
	cfg   witness.Config
	late  string
	log   *lines
}

// lines collects a log.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func open(t *testing.T, change func(*witness.Config)) *desk {
	t.Helper()
	d := &desk{t: t, clock: ledgertest.NewClock(), log: &lines{}, late: filepath.Join(t.TempDir(), "elsewhere", "late.jsonl")}
	var err error
	if d.db, err = sqlite.Open(filepath.Join(t.TempDir(), "state.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.db.Close() }) // some tests close it earlier
	if d.book, err = ledger.Open(t.Context(), d.db, d.clock.Now); err != nil {
		t.Fatal(err)
	}
	d.cfg = witness.Config{Book: d.book, Clock: d.clock.Now, Log: slog.New(slog.NewTextHandler(d.log, nil)), Late: []string{d.late},
		Retry: time.Millisecond, Patience: 20 * time.Second}
	if change != nil {
		change(&d.cfg)
	}
	d.start()
	return d
}

func (d *desk) start() {
	d.t.Helper()
	var err error
	if d.Witness, err = witness.New(d.t.Context(), d.cfg); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = d.Close() })
}

func (d *desk) view(id string) {
	d.t.Helper()
	if err := d.Note(d.t.Context(), ledgertest.Actor(), "chart.open", witness.Patient(id), map[string]string{"typed": "架空 花子"}); err != nil {
		d.t.Fatal(err)
	}
}

// until waits for a condition.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("it never came")
		}
	}
}

// block makes every write to the ledger fail as a full disk does.
func (d *desk) block(on bool) {
	d.t.Helper()
	err := d.db.Write(d.t.Context(), func(tx *sql.Tx) error {
		pages := 1 << 30
		if on {
			pages = 1
		}
		return tx.QueryRowContext(d.t.Context(), fmt.Sprintf("PRAGMA max_page_count(%d)", pages)).Scan(&pages)
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// fill grows a line until the ledger needs a new page, which it cannot get.
func (d *desk) fail() {
	d.t.Helper()
	d.block(true)
	err := d.Note(d.t.Context(), ledgertest.Actor(), "chart.search", "", map[string]string{"words": strings.Repeat("あ", 10_000)})
	if err != nil {
		d.t.Fatal(err)
	}
	if d.State().Since.IsZero() {
		d.t.Fatal("the ledger was written although its disk is full")
	}
}

func (d *desk) count(q ledger.Query) (n int, last ledger.Entry) {
	d.t.Helper()
	err := d.book.Each(context.Background(), q, func(e ledger.Entry) error {
		if n == 0 {
			last = e
		}
		n++
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return n, last
}

func TestNote_IsInTheLedgerWhenItReturns(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			id := fmt.Sprintf("%010d", i)
			d.view(id)
			if n, _ := d.count(ledger.Query{Subject: witness.Patient(id)}); n != 1 {
				t.Errorf("%s: %d lines after Note", id, n)
			}
		})
	}
	all.Wait()
	if _, err := d.book.Verify(t.Context(), ledger.Checkpoint{}); err != nil {
		t.Error(err)
	}
	if r, err := d.Readings(t.Context()); err != nil || r[0].State != "good" {
		t.Errorf("%+v %v", r, err)
	}
}

func TestNote_FullDiskLetsTheReaderGoOnAndIsCaughtUp(t *testing.T) {
	t.Parallel()
	back := make(chan struct{}, 9)
	d := open(t, func(c *witness.Config) { c.Back = func() { back <- struct{}{} } })
	d.view("1")
	d.fail()
	happened := d.clock.Now()
	for i := range 50 {
		d.view(fmt.Sprint(i))
	}
	if s := d.State(); s.Late != 51 || s.Dropped != 0 || len(d.Banners()) != 1 {
		t.Errorf("%+v %v", s, d.Banners())
	}
	if todos, err := d.Todos(t.Context(), webtest.Person("chart.seen")); err != nil || len(todos) != 1 || todos[0].Level != "red" {
		t.Errorf("%v %v", todos, err)
	}
	data, err := os.ReadFile(d.late)
	if err != nil || strings.Count(string(data), `"id"`) < 51 {
		t.Errorf("the late file: %v %d", err, strings.Count(string(data), `"id"`))
	}
	d.clock.Add(time.Hour)
	d.block(false)
	<-back
	if !d.State().Since.IsZero() || len(d.Banners()) != 0 {
		t.Error("the outage did not end")
	}
	n, last := d.count(ledger.Query{Subject: witness.Patient("49")})
	if n != 1 || !strings.Contains(string(last.Detail), `"late":true`) || !last.At.After(happened) {
		t.Errorf("%d %s", n, last.Detail)
	}
	all, more, err := d.Find(t.Context(), witness.Search{Patient: "00049", To: happened.Add(time.Minute)})
	if err != nil || more || len(all) != 1 || !all[0].Late || !all[0].At.Equal(happened) {
		t.Errorf("%+v %v", all, err)
	}
	if _, err := os.Stat(d.late); !os.IsNotExist(err) {
		until(t, func() bool { _, err := os.Stat(d.late); return os.IsNotExist(err) })
	}
	if r, err := d.book.Verify(t.Context(), ledger.Checkpoint{}); err != nil || r.Lines != 53 || r.Backwards != 0 {
		t.Errorf("%+v %v", r, err)
	}
	if todos, err := d.Todos(t.Context(), webtest.Person("chart.seen")); err != nil || len(todos) != 1 || todos[0].Level != "amber" {
		t.Errorf("the paper is forgotten: %v %v", todos, err)
	}
	if strings.Contains(d.log.String(), "花子") || strings.Contains(d.log.String(), "ああ") {
		t.Error("the log holds what was searched")
	}
}

func TestNote_NoRoomAnywhereIsCounted(t *testing.T) {
	t.Parallel()
	d := open(t, func(c *witness.Config) { c.Room = 5; c.Late = nil })
	d.fail()
	for i := range 20 {
		d.view(fmt.Sprint(i))
	}
	if s := d.State(); s.Late != 5 || s.Dropped != 16 {
		t.Fatalf("%+v", s)
	}
	d.block(false)
	until(t, func() bool { return d.State().Since.IsZero() })
	n, last := d.count(ledger.Query{Action: "witness.recovered"})
	if n != 1 || !strings.Contains(string(last.Detail), `"dropped":16`) {
		t.Errorf("%d %s", n, last.Detail)
	}
	if r, _ := d.Readings(t.Context()); r[0].State != "bad" || r[0].Count != 16 {
		t.Errorf("%+v", r)
	}
}

func TestNote_MoreThanMemoryHoldsComesFromTheFile(t *testing.T) {
	t.Parallel()
	d := open(t, func(c *witness.Config) { c.Room = 5 })
	d.fail()
	for i := range 40 {
		d.view(fmt.Sprint(i))
	}
	if s := d.State(); s.Late != 41 || s.Dropped != 0 || s.Spilled != 36 {
		t.Fatalf("%+v", s)
	}
	d.block(false)
	until(t, func() bool { return d.State().Since.IsZero() })
	for i := range 40 {
		if n, _ := d.count(ledger.Query{Subject: witness.Patient(fmt.Sprint(i))}); n != 1 {
			t.Errorf("patient %d: %d lines", i, n)
		}
	}
}

func TestNew_TakesOverWhatAKilledRunLeft(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	d.fail()
	d.view("7")
	left, err := os.ReadFile(d.late) // as it was when the process was killed
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.block(false)
	for range 2 { // the second time all of it is in the ledger already
		if err := os.WriteFile(d.late, append(left, `{"id":"half a li`...), 0o600); err != nil {
			t.Fatal(err)
		}
		d.start()
		until(t, func() bool { _, err := os.Stat(d.late); return os.IsNotExist(err) && d.State().Since.IsZero() })
		if n, _ := d.count(ledger.Query{Subject: witness.Patient("7")}); n != 1 {
			t.Errorf("%d lines", n)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Note(t.Context(), ledgertest.Actor(), "x", "", nil); err == nil {
		t.Error("a closed witness took a note")
	}
}

func TestNote_DatabaseClosedUnderneath(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "is-a-file")
	if err := os.WriteFile(bad, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := open(t, func(c *witness.Config) { c.Late = append([]string{filepath.Join(bad, "late.jsonl")}, c.Late...) })
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
	d.view("1")
	d.view("2")
	if s := d.State(); s.Late != 2 {
		t.Errorf("%+v", s)
	}
	if data, err := os.ReadFile(d.late); err != nil || !strings.Contains(string(data), "patient/2") {
		t.Errorf("the second file was not used: %v", err)
	}
}

func TestNote_SlowLedgerDoesNotHoldTheReader(t *testing.T) {
	t.Parallel()
	d := open(t, func(c *witness.Config) { c.Patience = time.Millisecond })
	busy, release := make(chan struct{}), make(chan struct{})
	go func() {
		_ = d.db.Write(context.Background(), func(*sql.Tx) error { close(busy); <-release; return nil })
	}()
	<-busy
	d.view("1")
	if d.State().Since.IsZero() {
		t.Error("nobody was told that the ledger stands still")
	}
	close(release)
	until(t, func() bool { return d.State().Since.IsZero() })
	if n, _ := d.count(ledger.Query{Subject: witness.Patient("1")}); n != 1 {
		t.Errorf("%d lines", n)
	}
}

func TestPrinted_OneLineForEachPatient(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	if err := d.Printed(t.Context(), ledgertest.Actor(), "drugs", []string{"0001", "0002"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Printed(t.Context(), ledgertest.Actor(), "blank", nil); err != nil {
		t.Fatal(err)
	}
	if n, last := d.count(ledger.Query{Subject: witness.Patient("2")}); n != 1 || string(last.Detail) != `{"form":"drugs","patients":2}` {
		t.Errorf("%d %s", n, last.Detail)
	}
	if n, _ := d.count(ledger.Query{Action: "chart.print"}); n != 3 {
		t.Errorf("%d lines", n)
	}
	d.fail()
	if err := d.Printed(t.Context(), ledgertest.Actor(), "drugs", []string{"3", "4", "5"}); err != nil || d.State().Late != 4 {
		t.Errorf("%v %+v", err, d.State())
	}
}

func TestFind_HoweverTheNumberIsWritten(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	if err := d.Note(t.Context(), ledgertest.Actor(), "chart.open", "chart/p/00042a", nil); err != nil {
		t.Fatal(err)
	}
	if err := d.book.Note(t.Context(), ledgertest.Actor(), "backentry.entry.view", "patient/00042A", nil); err != nil {
		t.Fatal(err)
	}
	if all, _, err := d.Find(t.Context(), witness.Search{Patient: "00042A"}); err != nil || len(all) != 2 {
		t.Errorf("%+v %v", all, err)
	}
}

type staff struct{}

func (staff) Actor(number string) (string, bool) { return ledgertest.Actor().ID, number == "123" }
func (staff) Number(actor string) (string, string) {
	if actor == ledgertest.Actor().ID {
		return "123", "3階東"
	}
	return "", ""
}

// A line is told in words: no member's name, no code of a format, no reference
// to a store. A file says besides where the item stands.
func TestPages_DetailsInWords(t *testing.T) {
	t.Parallel()
	d := open(t, func(c *witness.Config) { c.Staff = staff{} })
	ref := model.Ref{Source: "s1", Item: "標準化ストレージ/000/OMP-01"}
	for _, n := range []struct {
		action string
		detail map[string]any
	}{
		{"chart.confirm", map[string]any{"how": "typed"}},
		{"chart.view", map[string]any{"page": "original"}},
		{"chart.open.original", map[string]any{"item": ref.String(), "kind": "OMP-01", "confidential": false}},
		{"chart.open.document", map[string]any{"item": ref.String(), "kind": "^経過記録^^11506-3^経過記録^LN", "confidential": true}},
		{"chart.search", map[string]any{"kind": "kana", "hits": 2, "patients": []string{"42", "43"}}},
		{"staff.signin", map[string]any{"role": "unheard of"}},
	} {
		if err := d.Note(t.Context(), ledgertest.Actor(), n.action, witness.Patient("42"), n.detail); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Printed(t.Context(), ledgertest.Actor(), "drugs/pdf/confidential", []string{"42", "43"}); err != nil {
		t.Fatal(err)
	}
	site := webtest.New(t, d.clock.Now, d.Module(), d.book.Module())
	c := site.As(webtest.Person("chart.seen")).In(text.JA)
	words := []string{"生年月日を入力して照合した", "処方オーダ", "経過記録、閲覧注意", "探し方: カナ、見つかった人数: 2、患者 2 人", "職種: unheard of", "PDF、閲覧注意の記録を含む、患者 2 人", ">原文<"}
	c.Get("/seen?patient=42").Want(t, 200, words...).Lacks(t, ref.String(), "confidential", "kind:", "OMP-01")
	c.Get("/seen/export?patient=42").Want(t, 200, append(words[:6:6], "写しの中の場所: s1 標準化ストレージ/000/OMP-01", "患者 2 人 42 43")...)
	site.As(webtest.Person("chart.seen")).In(text.EN).Get("/seen?staff=123").Want(t, 200, "day of birth typed and compared", "looked for by kana", "PDF; with confidential records; 2 patients").Lacks(t, "person looked up: person/")
}

func TestPages_WhoSaw(t *testing.T) {
	t.Parallel()
	d := open(t, func(c *witness.Config) { c.Staff = staff{} })
	d.view("0000000042")
	if err := d.Note(t.Context(), ledger.Actor{ID: "glass/1", Name: "応援 一郎"}, "chart.open", witness.Patient("42"), nil); err != nil {
		t.Fatal(err)
	}
	site := webtest.New(t, d.clock.Now, d.Module(), d.book.Module())
	c := site.As(webtest.Person(right.Seen))
	c.Get("/seen").Want(t, 200, "だれが見たか").Lacks(t, "全0件")
	c.Get("/seen?patient=42").Want(t, 200, "試験 太郎", "応援 一郎", "全3件", "3階東")
	c.Get("/seen?patient=42&kind=glass").Want(t, 200, "応援 一郎", "全1件").Lacks(t, "3階東")
	c.Get("/seen?staff=123&from=2026-11-02&to=2026-11-02").Want(t, 200, "架空 花子")
	c.Get("/seen?staff=123&to=2026-11-01").Want(t, 200, "この条件に当たる記録は")
	c.Get("/seen?staff=9").Want(t, 404, "名簿にありません")
	c.Get("/seen?patient=42&from=x").Want(t, 422, "日付として読めません")
	csv := c.Get("/seen/export?patient=42").Want(t, 200, "応援 一郎", "患者番号")
	if !strings.HasPrefix(csv.Body, "\uFEFF") {
		t.Error("the file lacks the mark that Excel needs")
	}
	if n, _ := d.count(ledger.Query{Action: "chart.seen.export"}); n != 1 {
		t.Errorf("the export left %d lines", n)
	}
	c.Post("/seen/outage", nil).Want(t, 409)
	site.As(webtest.Person("chart.read")).Get("/seen").Want(t, 403)
	site.As(web.Person{}).Get("/seen/form").Want(t, 200, "紙の閲覧記録", "職員番号・氏名")
	webtest.CheckTemplates(t, d.Module())
}

func TestPages_AcknowledgeThePaper(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	d.fail()
	site := webtest.New(t, d.clock.Now, d.Module(), d.book.Module())
	c := site.As(webtest.Person(right.Seen))
	c.Get("/seen").Want(t, 200, "操作記録に書けません")
	d.block(false)
	until(t, func() bool { return d.State().Since.IsZero() })
	c.Get("/seen").Want(t, 200, "紙の記録を確認した")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.start() // it is remembered
	site = webtest.New(t, d.clock.Now, d.Module(), d.book.Module())
	c = site.As(webtest.Person(right.Seen))
	c.Post("/seen/outage", url.Values{}).Want(t, 303)
	c.Get("/seen").Want(t, 200).Lacks(t, "紙の記録を確認した")
}

// FuzzLate puts anything into a late file: what is no note is passed over.
func FuzzLate(f *testing.F) {
	f.Add([]byte(`{"id":"a","at":"2026-11-02T00:00:00Z","actor":{"ID":"staff/1"},"action":"chart.open","subject":"patient/1"}` + "\n" + `{"done":"a"}`))
	f.Add([]byte("\n\n{}[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "late.jsonl")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, n := range witness.ReadLate(path) {
			if _, err := json.Marshal(n); err != nil {
				t.Error(err)
			}
		}
	})
}
