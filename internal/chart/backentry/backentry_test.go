package backentry_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/backentry"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func now() time.Time { return time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC) }

func desk(t *testing.T) (*backentry.Desk, *ledger.Book) {
	t.Helper()
	box, err := seal.Open(seal.Config{KeyFile: filepath.Join(t.TempDir(), "key"), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	book := ledgertest.Book(t)
	d, err := backentry.New(t.Context(), backentry.Config{Book: book, Seal: box, Clock: now,
		Find: func(_ context.Context, number string) ([]source.Found, error) {
			if strings.TrimLeft(number, "0") == "12" {
				return []source.Found{{ID: "0000000012", Person: source.Brief{Kanji: "架空 花子", Kana: "カクウ ハナコ"}}}, nil
			}
			if number == "away" {
				return nil, source.ErrGone
			}
			return nil, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	return d, book
}

// A number is kept as the hospital writes it, however it was typed; one that the
// copies do not know, or cannot be asked about, as it stands on the paper.
func TestAdd_NumberOfTheHospital(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	for i, typed := range []string{"12", "00012", "13", "away"} {
		e := entry(fmt.Sprint("e", i))
		e.Patient = typed
		if err := d.Add(t.Context(), ledgertest.Actor(), e); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"12": "0000000012", "00012": "0000000012"}[typed]
		if want == "" {
			want = typed
		}
		if got, err := d.Entry(t.Context(), e.ID); err != nil || got.Patient != want {
			t.Errorf("%s became %q, want %q (%v)", typed, got.Patient, want, err)
		}
	}
}

func entry(id string) backentry.Entry {
	return backentry.Entry{ID: id, Patient: "0000000012", Kind: "injection", At: now().Add(-time.Hour),
		Body: backentry.Body{Name: "架空 花子", By: "看護師 試験", Text: "=ソリタT3 500mL 60mL/h", Sheet: "3階東 12枚目"}}
}

func TestDesk_FromPaperToTheSystemAndBack(t *testing.T) {
	t.Parallel()
	d, book := desk(t)
	ctx := t.Context()
	with := entry("e1")
	with.Scan = []byte("%PDF-1.7 made up")
	for _, e := range []backentry.Entry{with, entry("e2"), with} { // the last one is sent twice
		if err := d.Add(ctx, ledgertest.Actor(), e); err != nil {
			t.Fatal(err)
		}
	}
	list, total, err := d.Entries(ctx, backentry.Filter{State: backentry.Open, Patient: "12"})
	if err != nil || total != 2 || list[0].Body != with.Body || list[0].ScanType != "application/pdf" || list[0].Scan != nil {
		t.Fatalf("%d entries, %+v, %v", total, list, err)
	}
	if e, err := d.Entry(ctx, "e1"); err != nil || !bytes.Equal(e.Scan, with.Scan) {
		t.Errorf("the scan came back as %q, %v", e.Scan, err)
	}
	if err := d.Settle(ctx, ledgertest.Actor(), "e1", backentry.Entered, "No. 7"); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"twice":        d.Settle(ctx, ledgertest.Actor(), "e1", backentry.Dropped, "x"),
		"no reason":    d.Settle(ctx, ledgertest.Actor(), "e2", backentry.Dropped, " "),
		"no state":     d.Settle(ctx, ledgertest.Actor(), "e2", "gone", "x"),
		"no entry":     d.Settle(ctx, ledgertest.Actor(), "e9", backentry.Entered, ""),
		"reopen open":  d.Reopen(ctx, ledgertest.Actor(), "e2"),
		"nobody known": d.Add(ctx, ledgertest.Actor(), backentry.Entry{ID: "e3", Kind: "note"}),
	} {
		if err == nil {
			t.Errorf("%s was not refused", name)
		}
	}
	r, err := d.Readings(ctx)
	if err != nil || r[0].State != "bad" || r[0].Count != 1 || r[0].Total != 2 {
		t.Errorf("reading %+v, %v", r, err)
	}
	if err := d.Reopen(ctx, ledgertest.Actor(), "e1"); err != nil {
		t.Error(err)
	}
	if _, err := book.Verify(ctx, ledger.Checkpoint{}); err != nil {
		t.Error(err)
	}
}

// Nothing of what an entry says stands in clear in the database.
func TestDesk_SealsWhatItSays(t *testing.T) {
	t.Parallel()
	d, book := desk(t)
	if err := d.Add(t.Context(), ledgertest.Actor(), entry("e1")); err != nil {
		t.Fatal(err)
	}
	var body []byte
	if err := book.DB().Read().QueryRowContext(t.Context(), "SELECT body FROM backentry_entry").Scan(&body); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"架空", "ソリタ", "看護師"} {
		if bytes.Contains(body, []byte(word)) {
			t.Errorf("%s stands in clear", word)
		}
	}
}

func TestExport_TableAndScans(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	e := entry("e1")
	e.Scan = []byte("\x89PNG\r\n\x1a\n made up")
	if err := d.Add(t.Context(), ledgertest.Actor(), e); err != nil {
		t.Fatal(err)
	}
	data, n, err := d.Export(t.Context(), backentry.Filter{}, func(m text.Msg) string { return m.Key }, time.FixedZone("JST", 9*3600))
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(b)
	}
	if files["scans/e1.png"] != string(e.Scan) {
		t.Error("the scan is not in the archive")
	}
	for _, want := range []string{"\ufeff", "2026-11-02 11:00", "'=ソリタT3", "scans/e1.png", "backentry.state.open"} {
		if !strings.Contains(files["backentry.csv"], want) {
			t.Errorf("the table lacks %q: %s", want, files["backentry.csv"])
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	d, book := desk(t)
	s := webtest.New(t, now, d.Module())
	c := s.As(webtest.Person(right.Entry))
	c.Get("/backentry/new?patient=12").Want(t, 200, "架空 花子")
	values := url.Values{"id": {"e1"}, "patient": {"12"}, "name": {"別人 太郎"}, "kind": {"drug"}, "at": {"2026-11-02T11:00"}, "by": {"試験"}, "text": {"<b>服用</b>"}}
	c.Post("/backentry/new", values).Want(t, 422, "架空 花子")
	values.Set("name", "架空花子")
	values.Set("at", "2027-01-01T00:00")
	c.Post("/backentry/new", values).Want(t, 422, "先の時刻")
	values.Set("at", "2026-11-02T11:00")
	values.Set("text", "")
	c.Post("/backentry/new", values).Want(t, 422, "どちらかが要ります")
	c.Upload("/backentry/new", values, "scan", "x.svg", []byte("<svg/>")).Want(t, 422, "ではありません")
	values.Set("text", "<b>服用</b>")
	c.Post("/backentry/new", values).Want(t, 303)
	c.Get("/backentry").Want(t, 200, "&lt;b&gt;服用", "架空花子", "未入力")
	c.Get("/backentry/e/e1").Want(t, 200, "&lt;b&gt;服用")
	c.Get("/backentry/e/e1/scan").Want(t, 404)
	c.Post("/backentry/e/e1/settle", url.Values{"to": {"entered"}}).Want(t, 303)
	c.In(text.EN).Get("/backentry?state=entered").Want(t, 200, "Entered", "Drug given")
	c.Post("/backentry/e/e1/reopen", nil).Want(t, 303)
	c.Post("/backentry/export", url.Values{"state": {""}}).Want(t, 200, "PK")
	s.As(webtest.Person("chart.read")).Get("/backentry").Want(t, 403)
	entries, _, err := book.Entries(t.Context(), ledger.Filter{Action: "backentry.", Subject: "patient/12", Limit: 20})
	if err != nil || len(entries) != 4 { // add, view, entered, reopen
		t.Errorf("%d ledger lines of the patient, %v", len(entries), err)
	}
	todos, err := d.Todos(t.Context(), web.Person{ID: "person/1", Perms: map[web.Perm]bool{right.Entry: true}})
	if err != nil || len(todos) != 1 {
		t.Errorf("todos %v, %v", todos, err)
	}
}

func TestModule_TemplatesFitTheirData(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	webtest.CheckTemplates(t, d.Module())
}
