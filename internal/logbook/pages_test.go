package logbook_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/logbook"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
)

// idle is a kind of source that listens nowhere and takes nothing.
type idle struct{}

func (idle) Run(ctx context.Context, _ source.Sink) error { <-ctx.Done(); return nil }
func (idle) Addr() string                                 { return "tcp 127.0.0.1:9" }

// room is a desk over a real journal and a real store.
type room struct {
	*logbook.Desk
	log   *logbook.Logbook
	store *store.Store
	clock *ledgertest.Clock
	book  *ledger.Book
	site  *webtest.Site
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{clock: ledgertest.NewClock()}
	book, dir := ledgertest.BookAt(t, r.clock), t.TempDir()
	tokyo := time.FixedZone("JST", 9*3600)
	private, public, err := note.GenerateKey(rand.Reader, "toride/test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "events"), 0o700); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	keeping, err := logbook.OpenKeeping(t.Context(), book)
	if err != nil {
		t.Fatal(err)
	}
	r.book = book
	r.store, err = store.Open(t.Context(), store.Config{Folder: filepath.Join(dir, "events"), Catalogue: filepath.Join(dir, "events.db"), Facility: book.Facility(), Signer: signer, Known: []note.Verifier{verifier}, Clock: r.clock.Now, Log: logger,
		Settings: func() store.Settings { return keeping.Settings(tokyo) }, Free: func() (uint64, uint64, error) { return 100 << 30, 400 << 30, nil }})
	if err != nil {
		t.Fatal(err)
	}
	r.log, err = logbook.New(t.Context(), logbook.Config{Dir: dir, Book: book, Clock: r.clock.Now, Log: logger, Zone: tokyo,
		Kinds:   []source.Kind{{Name: "bulk", Networks: []string{"tcp"}, Port: 9200, Token: true, New: func(source.Config, source.Settings) (source.Source, error) { return idle{}, nil }}},
		Formats: func(zone func(string) *time.Location) []event.Format { return all.All(zone) },
		Takers: []logbook.Taker{{Name: "store", Take: r.store.TakeNew, Done: func() event.Position {
			epoch, seq := r.store.Done()
			return event.Position{Epoch: epoch, Seq: seq}
		}}}})
	if err != nil {
		t.Fatal(err)
	}
	r.Desk = logbook.NewDesk(logbook.DeskConfig{Logbook: r.log, Store: r.store, Keeping: keeping, Book: book, Clock: r.clock.Now, Zone: tokyo, Log: logger, Public: []string{public}})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.log.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		r.Close()
		if err := r.log.Close(); err != nil {
			t.Error(err)
		}
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	})
	r.site = webtest.New(t, r.clock.Now, r.Module())
	for _, texts := range []fs.FS{query.Texts, store.Texts()} {
		if err := r.site.Catalog.Add(texts); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// take hands lines in and waits until they can be found.
func (r *room) take(t *testing.T, lines ...string) {
	t.Helper()
	var records []event.Record
	for _, l := range lines {
		records = append(records, event.Record{Source: "test", Format: "syslog", Peer: "10.50.0.1", Received: r.clock.Now(), Data: []byte(l)})
	}
	if err := r.log.Sink("test").Take(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	if err := r.log.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func sshd(user string, n int) string {
	return fmt.Sprintf("<86>1 2026-11-02T00:00:%02d+00:00 ehr-gw sshd 77 - - Failed password for %s from 192.0.2.%d port 50000 ssh2", n, user, n+1)
}

func TestPages_SearchToOneRecordWhole(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	webtest.CheckTemplates(t, r.Module())
	for n := range 5 {
		r.take(t, sshd("kyushoku", n))
	}
	r.take(t, `<134>1 2026-11-02T00:01:00+00:00 ehr-gw app - - - 電子カルテの監査: <b>参照</b>`, sshd("＝cmd()", 40))
	person := r.site.As(webtest.Person("log.read"))
	person.Get("/log").Want(t, 200, "7 件見つかりました", "kyushoku", "電子カルテの監査: &lt;b&gt;参照&lt;/b&gt;", "棒を押す").Lacks(t, "<b>参照")
	person.Get("/log?q="+url.QueryEscape("電子カルテ")).Want(t, 200, "1 件見つかりました")
	person.Get("/log?q="+url.QueryEscape("user.name: kyushoku and not source.ip: 192.0.2.1")).Want(t, 200, "4 件見つかりました")
	person.Get("/log?q="+url.QueryEscape("user.name: (")).Want(t, 422, "aria-invalid")
	person.Get("/log?range=own&from=2026-11-01T00:00&to=2026-11-01T01:00").Want(t, 200, "見つかりませんでした")
	person.Get("/log?range=own&from=yesterday").Want(t, 422, "日時として読み取れません")
	list := person.Get("/log?q="+url.QueryEscape("192.0.2.3")).Want(t, 200, "1 件見つかりました")
	_, rest, _ := strings.Cut(list.Body, `<a href="/log/event/`)
	at, _, _ := strings.Cut(rest, `"`)
	person.Get("/log/event/"+at).Want(t, 200, "Failed password for kyushoku from 192.0.2.3", "source.ip", "同じ機器の前後10分", "受信")
	person.Get("/log/event/"+at+"/original").Want(t, 200, "<86>1 2026-11-02")
	person.Get("/log/event/9-9-9").Want(t, 404)
	person.Get("/log/event/x").Want(t, 404)
	if n := strings.Count(person.Get("/log/export?format=jsonl").Want(t, 200).Body, "\n"); n != 7 {
		t.Errorf("%d lines were exported", n)
	}
	person.Get("/log/export?format=csv").Want(t, 200, "'＝cmd()", "@timestamp,event.ingested")
	person.Get("/log/export?format=original").Want(t, 200, "電子カルテの監査: <b>参照</b>\n")
	person.Get("/log/export?format=xls").Want(t, 422)
	person.In(text.EN).Get("/log").Want(t, 200, "7 found").Lacks(t, "さがす", "件")
	person.In(text.EN).Get("/log/event/"+at).Want(t, 200).Lacks(t, "受信", "原本")
	r.site.As(webtest.Person()).Get("/log").Want(t, 403)
}

func TestPages_Sources(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	boss := r.site.As(webtest.Person("log.read", "log.write"))
	boss.Get("/log/sources").Want(t, 200, "受け口がまだありません", "/log/sources/new-bulk")
	boss.Get("/log/sources/new-pigeon").Want(t, 404)
	boss.Get("/log/sources/new-bulk").Want(t, 200, ":9200")
	form := url.Values{"name": {"サーバの記録"}, "network": {"tcp"}, "address": {"x"}, "expect": {"1h"}, "on": {"yes"}}
	boss.Post("/log/sources/new-bulk", form).Want(t, 422)
	form.Set("address", "127.0.0.1:0")
	token := boss.Post("/log/sources/new-bulk", form).Want(t, 200, "二度と表示できません", "api_key")
	_, rest, _ := strings.Cut(token.Body, `<pre id="token" tabindex="0">`)
	secret, _, _ := strings.Cut(rest, "</pre>")
	if len(secret) < 20 {
		t.Fatalf("token %q", secret)
	}
	list := boss.Get("/log/sources").Want(t, 200, "サーバの記録", "1 時間").Lacks(t, secret)
	_, rest, _ = strings.Cut(list.Body, `<a href="/log/sources/0`)
	id, _, _ := strings.Cut(rest, `"`)
	id = "0" + id
	form.Set("name", "別の名前")
	boss.Post("/log/sources/"+id, form).Want(t, 303)
	boss.Post("/log/sources/"+id+"/token", nil).Want(t, 200).Lacks(t, secret)
	reader := r.site.As(webtest.Person("log.read"))
	reader.Get("/log/sources").Want(t, 200, "別の名前").Lacks(t, "トークンを作り直す")
	reader.Get("/log/sources/"+id).Want(t, 403)
	reader.Post("/log/sources/"+id+"/remove", nil).Want(t, 403)
	boss.Post("/log/sources/"+id+"/remove", nil).Want(t, 303)
	boss.Get("/log/sources/"+id).Want(t, 404)
	boss.In(text.EN).Get("/log/sources").Want(t, 200).Lacks(t, "受け口")
}

func TestPages_KeptAndProof(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for n := range 5 {
		r.take(t, sshd("kyushoku", n))
	}
	if err := r.store.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.clock.Add(3 * time.Hour)
	boss := r.site.As(webtest.Person("log.read", "log.write"))
	boss.Get("/log/kept").Want(t, 200, "5 件", "まだ検証していない", "400 日保存", "toride/test")
	boss.Post("/log/verify", nil).Want(t, 303)
	for { // it ends: each look is a request, no time is waited
		if page := boss.Get("/log/kept"); strings.Contains(page.Body, "封印したときと同じ") {
			break
		} else if strings.Contains(page.Body, "note-danger") {
			t.Fatal(page.Body)
		}
	}
	boss.Get("/log/proof?source=test&from=2026-11-02&to=2026-11-02").Want(t, 200, "5 件", "■", "チェックポイント", "test")
	boss.Get("/log/proof?source=none&from=2026-11-02&to=2026-11-02").Want(t, 200, "この期間の記録は保存されていません")
	boss.Get("/log/proof?source=test&from=x&to=2026-11-02").Want(t, 422)
	boss.In(text.EN).Get("/log/proof?source=test&from=2026-11-02&to=2026-11-02").Want(t, 200).Lacks(t, "記録", "件")
	boss.In(text.EN).Get("/log/kept").Want(t, 200).Lacks(t, "記録", "保存")
	reader := r.site.As(webtest.Person("log.read"))
	reader.Post("/log/verify", nil).Want(t, 403)
	reader.Post("/log/delete", nil).Want(t, 403)
}
