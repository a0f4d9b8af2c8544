package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/notify"
	"github.com/torideproject/toride/internal/notify/channel/webhook"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
)

// house is a Desk with a receiver that plays pager, lamp and chat server.
type house struct {
	*notify.Desk
	t     *testing.T
	book  *ledger.Book
	clock *ledgertest.Clock
	site  *webtest.Site
	url   string

	mu    sync.Mutex
	got   []webhook.Body
	down  bool
	alive error
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, clock: ledgertest.NewClock()}
	h.clock.Set(at(0, 9, 0))
	h.book = ledgertest.BookAt(t, h.clock)
	srv := httptest.NewServer(http.HandlerFunc(h.receive))
	t.Cleanup(srv.Close)
	h.url = srv.URL
	dir := t.TempDir()
	box, err := seal.Open(seal.Config{KeyFile: filepath.Join(dir, "key"), RecoveryFile: filepath.Join(dir, "recovery"), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	cfg := notify.Config{Book: h.book, Seal: box, Clock: h.clock.Now, Zone: tokyo(), Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Say:      func(l text.Lang, m text.Msg) string { return h.site.Catalog.Say(l, m) },
		Hospital: func(context.Context) (string, error) { return "架空総合病院", nil },
		Site:     func() string { return "https://toride.example:8443" },
		Alive:    func(context.Context) error { h.mu.Lock(); defer h.mu.Unlock(); return h.alive },
	}
	if h.Desk, err = notify.New(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	h.site = webtest.New(t, h.clock.Now, h.Module())
	return h
}

func (h *house) receive(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		http.Error(w, "down", http.StatusBadGateway)
		return
	}
	var b webhook.Body
	data, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(data, &b)
	}
	if err != nil {
		h.t.Errorf("receiver: %v in %q", err, data)
	}
	h.got = append(h.got, b)
}

// taken gives what arrived since the last time, as "purpose: names".
func (h *house) taken() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, b := range h.got {
		if b.Kind != "heartbeat" {
			out = append(out, b.Kind+": "+strings.Join(b.Names, ","))
		}
	}
	h.got = nil
	return out
}

func (h *house) setDown(down bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = down
}

// staff writes the plan of roster_test and a webhook.
func (h *house) staff() {
	h.t.Helper()
	ids := map[string]string{}
	for _, m := range plan().Members {
		old := m.ID
		m.ID, m.Phone = "", "090-0000-0000"
		id, err := h.SaveMember(h.t.Context(), ledgertest.Actor(), m)
		if err != nil {
			h.t.Fatal(err)
		}
		ids[old] = id
	}
	for _, s := range plan().Shifts {
		s.ID, s.MemberID = "", ids[s.MemberID]
		if _, err := h.SaveShift(h.t.Context(), ledgertest.Actor(), s); err != nil {
			h.t.Fatal(err)
		}
	}
	h.way("webhook", map[string]string{"url": h.url}, notify.Info)
}

func (h *house) way(kind string, values map[string]string, least notify.Level) string {
	h.t.Helper()
	id, err := h.SaveChannel(h.t.Context(), ledgertest.Actor(), notify.Channel{Kind: kind, Name: kind, On: true, Least: least, Values: values}, values)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *house) raise(key string, level notify.Level) {
	h.t.Helper()
	err := h.book.Record(h.t.Context(), func(tx *ledger.Tx) error {
		return h.Raise(h.t.Context(), tx, notify.Raise{Key: key, Level: level, Title: text.Raw("給食の回線から電子カルテへ遠隔接続"), Body: text.Raw("承認時間外です。"), URL: "/alerts/1"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// round runs one round and checks what arrived.
func (h *house) round(what string, want ...string) time.Time {
	h.t.Helper()
	next, err := h.Round(h.t.Context())
	if err != nil {
		h.t.Fatalf("%s: %v", what, err)
	}
	if got := h.taken(); strings.Join(got, "|") != strings.Join(want, "|") {
		h.t.Errorf("%s: arrived %q, want %q", what, got, want)
	}
	return next
}

func (h *house) open() notify.Call {
	h.t.Helper()
	var id string
	if err := h.book.DB().Read().QueryRow("SELECT id FROM notify_call ORDER BY raised_at DESC, id DESC LIMIT 1").Scan(&id); err != nil {
		h.t.Fatal(err)
	}
	c, err := h.Call(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func TestRound_ClimbsUntilSomebodyTakesItOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.staff()
	h.raise("story/1", notify.Critical)
	if next := h.round("at once", "call: 佐藤"); !next.Equal(at(0, 9, 10)) {
		t.Errorf("the next step is at %v", next)
	}
	h.round("not yet")
	h.clock.Add(10 * time.Minute)
	h.round("the second", "call: 佐藤,田中")
	h.clock.Add(10 * time.Minute)
	h.round("everybody", "call: 佐藤,田中,鈴木")
	h.clock.Add(15 * time.Minute)
	h.round("everybody again", "call: 佐藤,田中,鈴木")
	h.raise("story/1", notify.Critical)
	h.round("the same reason is one call")
	c := h.open()
	if err := h.Acknowledge(t.Context(), ledgertest.Actor(), c.ID, "電話で"); err != nil {
		t.Fatal(err)
	}
	h.round("taken on", "clear: ")
	h.clock.Add(5 * time.Hour)
	h.round("silence after it")
	if err := h.Acknowledge(t.Context(), ledgertest.Actor(), c.ID, ""); err == nil {
		t.Error("a second acknowledgement was taken")
	}
	if c = h.open(); c.AckNote != "電話で" || c.AckedBy == "" {
		t.Errorf("%+v", c)
	}
}

func TestRound_QuietHours(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.staff()
	h.clock.Set(at(0, 23, 0))
	h.raise("a", notify.Info)
	if next := h.round("info waits"); !next.Equal(at(1, 7, 0)) {
		t.Errorf("it waits until %v", next)
	}
	h.raise("b", notify.High)
	h.round("high wakes by default", "call: 鈴木")
	h.raise("c", notify.Critical)
	h.round("critical wakes", "call: 鈴木")
	h.raise("a", notify.Critical)
	h.round("what became critical waits no longer", "call: 鈴木")
}

func TestRound_InfoIsSentOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.staff()
	h.raise("a", notify.Info)
	if next := h.round("once", "call: 佐藤"); !next.IsZero() {
		t.Errorf("there is a next step at %v", next)
	}
	h.clock.Add(3 * time.Hour)
	h.round("not again")
}

func TestRound_FailedWayIsSeenAndTriedAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.staff()
	h.setDown(true)
	h.raise("a", notify.Critical)
	if next := h.round("nothing arrives"); !next.Equal(at(0, 9, 1)) {
		t.Errorf("tried again at %v, want a minute later", next)
	}
	set := readings(t, h)
	if r := set["notify.channels"]; r.State != reading.Bad || r.Count != 1 {
		t.Errorf("the reading of ways is %+v", r)
	}
	todos, err := h.Todos(t.Context(), webtest.Person("notify.write", "notify.entry"))
	if err != nil || len(todos) != 2 {
		t.Errorf("todos %v %v", todos, err)
	}
	h.setDown(false)
	h.clock.Add(time.Minute)
	h.round("it works again", "call: 佐藤,田中")
	if r := readings(t, h)["notify.channels"]; r.State != reading.Good {
		t.Errorf("the reading of ways is %+v", r)
	}
}

func readings(t *testing.T, h *house) reading.Set {
	t.Helper()
	set, err := reading.Collect(t.Context(), []reading.Source{h.Readings})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestRound_NothingIsLostWithoutWays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.raise("a", notify.Critical)
	h.round("nobody, no way")
	if c := h.open(); !c.Open() || c.NextAt.IsZero() {
		t.Errorf("the call does not climb: %+v", c)
	}
	h.staff()
	h.clock.Add(20 * time.Minute)
	h.round("as soon as there is a way", "call: 佐藤,田中")
}

func TestRound_HeartbeatStopsWhenTorideDoesNotWork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.staff()
	h.round("first")
	beats := func() int {
		h.mu.Lock()
		defer h.mu.Unlock()
		n := 0
		for _, b := range h.got {
			if b.Kind == "heartbeat" {
				n++
			}
		}
		return n
	}
	h.site.As(webtest.Person()).Get("/alive").Want(t, 200, "true")
	h.mu.Lock()
	h.alive = errors.New("the journal is full")
	h.mu.Unlock()
	h.clock.Add(time.Hour)
	if _, err := h.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := beats(); n != 0 {
		t.Errorf("%d heartbeats of a Toride that does not work", n)
	}
	h.site.As(webtest.Person()).Get("/alive").Want(t, 503, "false").Lacks(t, "journal")
	h.mu.Lock()
	h.alive = nil
	h.mu.Unlock()
	h.clock.Add(time.Hour)
	if _, err := h.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := beats(); n != 1 {
		t.Errorf("%d heartbeats after it works again", n)
	}
}

func TestSettle_EndsWhatNobodyTookOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.staff()
	h.raise("a", notify.Critical)
	h.round("wakes", "call: 佐藤")
	if err := h.book.Record(t.Context(), func(tx *ledger.Tx) error {
		return h.Settle(t.Context(), tx, "a", text.Raw("警報を閉じました"))
	}); err != nil {
		t.Fatal(err)
	}
	h.round("ended", "clear: ")
	h.clock.Add(time.Hour)
	h.round("and silent")
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	webtest.CheckTemplates(t, h.Module())
	boss := h.site.As(webtest.Person("notify.read", "notify.entry", "notify.write"))
	boss.Get("/notify").Want(t, 200, "まだ登録されていません", "画面を開いている人しか")
	boss.Post("/notify/members/new", url.Values{"name": {"佐藤"}, "lang": {"ja"}}).Want(t, 422, "どちらかは必要")
	boss.Post("/notify/members/new", url.Values{"name": {"佐藤"}, "mail": {"さとう"}, "lang": {"ja"}}).Want(t, 422, "形になっていません")
	boss.Post("/notify/members/new", url.Values{"name": {"佐藤"}, "phone": {"090-0000-0000"}, "mail": {"sato@example.jp"}, "lang": {"ja"}}).Want(t, 303)
	roster, err := h.Roster(t.Context())
	if err != nil || len(roster.Members) != 1 {
		t.Fatalf("%v %v", roster, err)
	}
	shift := url.Values{"member": {roster.Members[0].ID}, "days": {"1", "2"}, "from": {"17:15"}, "to": {"8:3"}, "rank": {"1"}}
	boss.Post("/notify/shifts/new", shift).Want(t, 422, "8:30 のように")
	shift.Set("to", "08:30")
	boss.Post("/notify/shifts/new", shift).Want(t, 303)
	boss.Get("/notify").Want(t, 200, "17:15–08:30", "月", "当番のいない時間")
	boss.Get("/notify/phones").Want(t, 200, "090-0000-0000", "電話した時刻")
	boss.Get("/notify/channels/new").Want(t, 200, "/notify/channels/new-mail")
	for _, kind := range []string{"mail", "lamp", "trap", "webhook", "syslog"} {
		boss.Get("/notify/channels/new-"+kind).Want(t, 200)
		boss.In(text.EN).Get("/notify/channels/new-"+kind).Want(t, 200).Lacks(t, "サーバ")
		boss.Post("/notify/channels/new-"+kind, url.Values{"name": {"x"}, "least": {"high"}}).Want(t, 422)
	}
	boss.Get("/notify/channels/new-pigeon").Want(t, 404)
	hook := url.Values{"name": {"院内チャット"}, "least": {"high"}, "on": {"yes"}, "s-url": {"chat"}, "s-key": {"top-secret"}}
	boss.Post("/notify/channels/new-webhook", hook).Want(t, 422, "アドレスとして読めません")
	hook.Set("s-url", h.url)
	boss.Post("/notify/channels/new-webhook", hook).Want(t, 303)
	all, err := h.Channels(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%v %v", all, err)
	}
	boss.Get("/notify/channels/"+all[0].ID).Want(t, 200, "登録済みです").Lacks(t, "top-secret")
	boss.Post("/notify/channels/"+all[0].ID+"/test", url.Values{}).Want(t, 303)
	h.setDown(true)
	boss.Post("/notify/channels/"+all[0].ID+"/test", url.Values{}).Want(t, 409, "届きませんでした", "502")
	h.setDown(false)
	boss.Get("/notify").Want(t, 200, "に失敗", "院内チャット")
	boss.Post("/notify/policy", url.Values{"step": {"0"}, "repeat": {"15"}, "quiet_from": {"21:00"}, "quiet_to": {"7:00"}, "beat": {"60"}}).Want(t, 422)
	boss.Post("/notify/policy", url.Values{"step": {"5"}, "repeat": {"15"}, "quiet_from": {"22:00"}, "quiet_to": {"6:00"}, "beat": {"0"}}).Want(t, 303)
	boss.Get("/notify").Want(t, 200, "22:00–06:00", "5 分")

	h.raise("a", notify.Critical)
	page := "/notify/calls/" + h.open().ID
	reader := h.site.As(webtest.Person("notify.read"))
	reader.Get(page).Want(t, 200, "給食の回線から").Lacks(t, "引き受ける</button>")
	reader.Post(page+"/ack", url.Values{}).Want(t, 403)
	reader.Get("/notify/policy").Want(t, 403)
	h.site.As(webtest.Person()).Get(page).Want(t, 403)
	boss.Get(page).Want(t, 200, "引き受ける</button>")
	boss.Post(page+"/ack", url.Values{"note": {"田中が電話で"}}).Want(t, 303)
	boss.Get(page).Want(t, 200, "田中が電話で", "に引き受けました").Lacks(t, "引き受ける</button>")
	boss.Post(page+"/ack", url.Values{}).Want(t, 409, "もう引き受けられています")
	boss.Post("/notify/channels/"+all[0].ID+"/remove", nil).Want(t, 303)
	boss.Post("/notify/members/"+roster.Members[0].ID+"/remove", nil).Want(t, 303)
	boss.Post("/notify/members/"+roster.Members[0].ID+"/remove", nil).Want(t, 404)
	boss.In(text.EN).Get("/notify").Want(t, 200).Lacks(t, "当番", "知らせる")
}
