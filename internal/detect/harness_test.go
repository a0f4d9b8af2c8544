package detect_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/access"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/text"
)

// register is a register that a test writes.
type register struct {
	lines   []asset.Line
	assets  []asset.Asset
	systems []asset.System

	mu      sync.Mutex
	windows []access.Request
}

// allow adds a window, while others look.
func (r *register) allow(w access.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.windows = append(slices.Clip(r.windows), w)
}

func (r *register) Lines(context.Context) ([]asset.Line, error) { return r.lines, nil }
func (r *register) Assets(context.Context, asset.Filter) ([]asset.Asset, int, error) {
	return r.assets, len(r.assets), nil
}
func (r *register) Systems(context.Context) ([]asset.System, error) { return r.systems, nil }
func (r *register) Vendors(context.Context) ([]asset.Vendor, error) {
	return []asset.Vendor{{ID: "v1", Name: "架空給食サービス"}, {ID: "v2", Name: "架空カルテ"}}, nil
}
func (r *register) Windows(context.Context, time.Time, time.Time) ([]access.Request, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.windows, nil
}

func hospital() *register {
	return &register{
		systems: []asset.System{{ID: "s1", Name: "電子カルテ", Class: "ehr", Priority: 1, Impact: "外来・入院とも記録と参照ができない"}, {ID: "s2", Name: "給食", Class: "meals", Priority: 3}},
		assets: []asset.Asset{
			{ID: "m", Name: "給食サーバ (KYUSHOKU-0001)", Kind: asset.Server, SystemID: "s2", VendorID: "v1", Address: "10.20.40.11"},
			{ID: "k", Name: "電子カルテDBサーバ (KARTE-DB1)", Kind: asset.Server, SystemID: "s1", VendorID: "v2", Address: "10.10.1.5", Priority: 1},
		},
		lines: []asset.Line{{ID: "l1", Name: "給食事業者VPN", Kind: asset.VPN, VendorID: "v1", Sources: "192.0.2.0/28", Destinations: "給食サーバ 10.20.40.11"}},
	}
}

// incidents remembers what it was told.
type incidents struct {
	declared []incident.Declaration
	objects  []incident.Object
	evidence []incident.Evidence
}

func (x *incidents) Declare(_ context.Context, _ ledger.Actor, d incident.Declaration) (string, error) {
	x.declared = append(x.declared, d)
	return fmt.Sprint("i", len(x.declared)), nil
}
func (x *incidents) AddObject(_ context.Context, _ ledger.Actor, _ string, o incident.Object) (string, error) {
	x.objects = append(x.objects, o)
	return "o", nil
}
func (x *incidents) AddEvidence(_ context.Context, _ ledger.Actor, _ string, e incident.Evidence, _ time.Time) (string, error) {
	x.evidence = append(x.evidence, e)
	return "e", nil
}

// raiser remembers what it was told, if the transaction stood.
type raiser struct {
	told   []detect.Notice
	nudges int
	fail   error
}

func (r *raiser) Story(_ context.Context, _ *ledger.Tx, n detect.Notice) error {
	if r.fail != nil {
		return r.fail
	}
	r.told = append(r.told, n)
	return nil
}
func (r *raiser) Nudge() { r.nudges++ }

// history is stored events.
type history struct{ events []event.Event }

func (h *history) Replay(_ context.Context, from, until time.Time, do func([]event.Event) error) error {
	var batch []event.Event
	for _, e := range h.events {
		if !e.Received.Before(from) && e.Received.Before(until) {
			batch = append(batch, e)
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return do(batch)
}
func (h *history) Extent(_ context.Context, from, until time.Time) (time.Time, int64, error) {
	if len(h.events) == 0 {
		return time.Time{}, 0, nil
	}
	return h.events[0].Received, int64(len(h.events)), nil
}

// house is a Desk with its surroundings.
type house struct {
	*detect.Desk
	t         testing.TB
	book      *ledger.Book
	clock     *ledgertest.Clock
	reg       *register
	incidents *incidents
	raiser    *raiser
	history   *history
	pack      fs.FS
	packs     string
	seq       uint64
}

func newHouse(t testing.TB) *house {
	t.Helper()
	clock := ledgertest.NewClock()
	h := &house{t: t, clock: clock, book: ledgertest.BookAt(t, clock), reg: hospital(), incidents: &incidents{}, raiser: &raiser{}, history: &history{}, pack: builtIn()}
	h.open()
	return h
}

// open opens the desk, anew after a stop.
func (h *house) open() {
	h.t.Helper()
	var err error
	h.Desk, err = detect.New(h.t.Context(), detect.Config{Book: h.book, Clock: h.clock.Now, Zone: time.FixedZone("JST", 9*3600), Log: slog.New(slog.DiscardHandler), Register: h.reg, Access: h.reg,
		BuiltIn: h.pack, Packs: h.packs, Self: []string{"toride", "10.10.9.9"}, Incidents: h.incidents, History: h.history, Raiser: h.raiser})
	if err != nil {
		h.t.Fatal(err)
	}
}

// take gives one batch, and a second passes.
func (h *house) take(events ...event.Event) {
	h.t.Helper()
	h.seq++
	h.put(h.seq, events...)
}

// stamp gives the events their place and, where they have none, the time of now.
func (h *house) stamp(seq uint64, events ...event.Event) []event.Event {
	for i := range events {
		events[i].At = event.Position{Epoch: 1, Seq: seq, Index: uint32(i)}
		if events[i].Received.IsZero() {
			events[i].Received = h.clock.Now()
		}
		if events[i].Time.IsZero() {
			events[i].Time = events[i].Received
		}
	}
	return events
}

func (h *house) put(seq uint64, events ...event.Event) {
	h.t.Helper()
	if err := h.Take(h.t.Context(), 1, seq, h.stamp(seq, events...)); err != nil {
		h.t.Fatal(err)
	}
	h.clock.Add(time.Second)
	if err := h.Flush(h.t.Context(), false); err != nil {
		h.t.Fatal(err)
	}
}

// catalogue has the domain's texts.
func (h *house) voice(lang text.Lang) detect.Voice {
	h.t.Helper()
	cat := text.NewCatalog(time.FixedZone("JST", 9*3600))
	if err := cat.Add(h.Module().Files); err != nil {
		h.t.Fatal(err)
	}
	return detect.Voice{Lang: lang, Say: func(m text.Msg) string { return cat.Say(lang, m) }}
}

// stories lists stories as "S-1 new critical 3 [A3 A4]: headline".
func (h *house) stories() []string {
	h.t.Helper()
	rows, err := h.book.DB().Read().QueryContext(h.t.Context(), "SELECT id FROM detect_story ORDER BY no")
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	v := h.voice(text.JA)
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			h.t.Fatal(err)
		}
		s, err := h.Story(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("S-%d %s %s %d %v: %s", s.No, s.State, s.Level, s.Size, s.Steps, v.Say(s.Title())))
	}
	return out
}

// storyID gives the ID of a story by its number.
func (h *house) storyID(no int) string {
	h.t.Helper()
	return h.one("SELECT id FROM detect_story WHERE no = ?", no)
}

func (h *house) alertID(no int) string {
	h.t.Helper()
	return h.one("SELECT id FROM detect_alert WHERE no = ?", no)
}

func (h *house) one(query string, args ...any) string {
	h.t.Helper()
	var v string
	if err := h.book.DB().Read().QueryRowContext(h.t.Context(), query, args...).Scan(&v); err != nil {
		h.t.Fatalf("%s %v: %v", query, args, err)
	}
	return v
}

// alerts lists alerts as "1 new high 3x host account".
func (h *house) alerts() []string {
	h.t.Helper()
	var out []string
	n := 0
	if err := h.book.DB().Read().QueryRowContext(h.t.Context(), "SELECT coalesce(max(no), 0) FROM detect_alert").Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	for no := 1; no <= n; no++ {
		var id string
		if h.book.DB().Read().QueryRowContext(h.t.Context(), "SELECT id FROM detect_alert WHERE no = ?", no).Scan(&id) != nil {
			continue
		}
		a, err := h.Alert(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		source := ""
		if len(a.Sources) > 0 {
			source = "<" + a.Sources[0].Key
		}
		out = append(out, fmt.Sprintf("%d %s %s %dx %s%s%v %s", a.No, a.State, a.Level, a.Count, a.Host.Key, source, a.Accounts, a.Rules[0].Rule))
	}
	return out
}

const (
	auditing = "Microsoft-Windows-Security-Auditing"
	defender = "Microsoft-Windows-Windows Defender"
)

// windows makes a Windows event of a computer.
func windows(host, code, channel, provider string, fields ...string) event.Event {
	service := map[string]string{"Security": "security", defender + "/Operational": "windefend"}[channel]
	e := event.Event{Dataset: "windows." + service, Product: "windows", Service: service, Core: event.Core{Host: host, Code: code, Provider: provider}}
	all := append([]string{"EventID", code, "Channel", channel, "Provider_Name", provider, "Computer", host}, fields...)
	for i := 0; i < len(all); i += 2 {
		e.Fields = append(e.Fields, event.Field{Name: all[i], Value: all[i+1]})
		switch all[i] {
		case "TargetUserName":
			e.Core.User = all[i+1]
		case "IpAddress":
			e.Core.SourceIP, _ = netip.ParseAddr(all[i+1])
		case "CommandLine":
			e.Core.CommandLine = all[i+1]
		}
	}
	return e
}

func rdp(host, user, source string) event.Event {
	return windows(host, "4624", "Security", auditing, "LogonType", "10", "TargetUserName", user, "IpAddress", source)
}

func failed(host, user, source string) event.Event {
	return windows(host, "4625", "Security", auditing, "LogonType", "3", "TargetUserName", user, "IpAddress", source)
}

func process(host, user, command string) event.Event {
	e := windows(host, "4688", "Security", auditing, "NewProcessName", `C:\Windows\System32\`+strings.Fields(command)[0], "CommandLine", command, "SubjectUserName", user)
	e.Core.User = user
	return e
}

func avOff(host string) event.Event {
	return windows(host, "5001", defender+"/Operational", defender)
}

func cleared(host string) event.Event {
	return windows(host, "1102", "Security", "Microsoft-Windows-Eventlog")
}

func builtIn() fstest.MapFS {
	about := func(family, steps, by, needs, title, tell string) string {
		return fmt.Sprintf(`toride:
  family: %s
  steps: [%s]
  by: %s
  needs: [%s]
  title: {ja: %s, en: %s (en)}
  why: {ja: 意味, en: Meaning}
  do: [{ja: 電話する, en: Telephone}]
  tell: {ja: "%s", en: "%s (en)"}
`, family, steps, by, needs, title, title, tell, tell)
	}
	rule := func(id, level, source, detection, more string) string {
		return "title: rule " + id + "\nid: " + id + "\nlevel: " + level + "\nlogsource: {product: windows, " + source + "}\ndetection: {s: {" + detection + "}, condition: s}\n" + more
	}
	files := map[string]string{
		"rules/failed.yml":  rule("00000000-0000-4000-8000-000000000001", "informational", "service: security", "EventID: 4625", ""),
		"rules/avoff.yml":   rule("00000000-0000-4000-8000-000000000002", "high", "service: windefend", "EventID: 5001", about("antivirus", "A4", "host", "windows.defender", "ウイルス対策ソフトの停止", "{host}でウイルス対策ソフトが止められました")),
		"rules/vss.yml":     rule("00000000-0000-4000-8000-000000000003", "high", "category: process_creation", `CommandLine|contains: "delete shadows"`, about("backup-destroyed", "A9", "host", "windows.process, windows.commandline", "復元用データの削除", "{host}で復元用のデータが削除されました[(利用者 {account})]")),
		"rules/cleared.yml": rule("00000000-0000-4000-8000-000000000004", "high", "service: security", "EventID: 1102", about("log-cleared", "A12", "host", "windows.logclear", "ログの消去", "{host}のログが消されました")),
		"rules/whoami.yml":  rule("00000000-0000-4000-8000-000000000005", "low", "category: process_creation", `Image|endswith: '\whoami.exe'`, ""),
		"rules/spray.yml": "title: spray\nid: 00000000-0000-4000-8000-000000000006\nlevel: high\ncorrelation:\n  type: value_count\n  rules: [00000000-0000-4000-8000-000000000001]\n  group-by: [IpAddress]\n  timespan: 5m\n  condition: {field: TargetUserName, gte: 5}\n" +
			about("spray", "A2, A8", "source", "windows.logonfail", "パスワードの使い回し試行", "{source}から{count}個のIDが試されました({value})"),
	}
	out := fstest.MapFS{"pack.json": {Data: fmt.Appendf(nil, `{"format":1,"name":"toride","version":"1","date":"2026-11-01","title":{"ja":"砦","en":"Toride"},"publisher":"架空","licence":"Apache-2.0","rules":%d}`, len(files))}}
	for name, data := range files {
		out[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return out
}
