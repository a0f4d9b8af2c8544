package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/audit"
	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/web"
)

// house is an Audit over the real register.
type house struct {
	*audit.Audit
	reg      *asset.Register
	book     *ledger.Book
	clock    *ledgertest.Clock
	line     string // "line/ID" of the meal supplier
	other    string // "asset/ID" of a switch
	readings []reading.Reading
	versions []audit.VersionRead
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{clock: ledgertest.NewClock()}
	h.book = ledgertest.BookAt(t, h.clock)
	var err error
	h.reg, err = asset.New(t.Context(), asset.Config{Book: h.book, Clock: h.clock.Now, Zone: time.UTC})
	must(t, err)
	id, err := h.reg.SaveLine(t.Context(), ledgertest.Actor(), asset.Line{Name: "給食業者VPN", Kind: asset.VPN, Maker: "Fortinet", Model: "FortiGate-60E", OS: "FortiOS", Version: "5.4"}, asset.Declared, "")
	must(t, err)
	h.line = "line/" + id
	id, err = h.reg.SaveAsset(t.Context(), ledgertest.Actor(), asset.Asset{Name: "基幹スイッチ", Kind: asset.Network, Maker: "架空電機", Model: "SW-9000"}, asset.Declared, "")
	must(t, err)
	h.other = "asset/" + id
	h.Audit, err = audit.New(t.Context(), audit.Config{Book: h.book, Clock: h.clock.Now, Log: slog.New(slog.DiscardHandler), Register: h.reg,
		OnVersion: func(_ context.Context, _ ledger.Actor, v audit.VersionRead) error {
			h.versions = append(h.versions, v)
			return nil
		},
		Readings: func(ctx context.Context) ([]reading.Reading, error) {
			own, err := h.Audit.Readings(ctx)
			return append(own, h.readings...), err
		}})
	must(t, err)
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) take(t testing.TB, data []byte, target string) audit.File {
	t.Helper()
	h.clock.Add(time.Minute)
	f, err := h.Take(t.Context(), ledgertest.Actor(), audit.DemoConfigName, target, bytes.NewReader(data))
	must(t, err)
	return f
}

func (h *house) set(t testing.TB) reading.Set {
	t.Helper()
	list, err := h.Readings(t.Context())
	must(t, err)
	set := reading.Set{}
	for _, r := range list {
		set[r.ID] = r
	}
	return set
}

func TestTake_ReadsChecksAndHandsTheVersionOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	f := h.take(t, audit.DemoConfig(), h.line)
	got, err := h.File(t.Context(), f.ID)
	must(t, err)
	if got.Count(check.Fail) != 8 || got.Version != "5.4.8" || got.Hostname != "KYUSHOKU-FW01" || got.Target != h.line || got.Size != int64(len(audit.DemoConfig())) {
		t.Errorf("%d findings, %+v", got.Count(check.Fail), got)
	}
	for i, r := range got.Results {
		if len(r.Evidence) == 0 || r.Evidence[0].Line == 0 || r.Evidence[0].Say.Zero() || r.Check != f.Results[i].Check {
			t.Errorf("%s came back as %+v", r.Check, r)
		}
	}
	want := audit.VersionRead{Target: h.line, Maker: "Fortinet", Model: "FortiGate 60E", OS: "FortiOS", Version: "5.4.8", File: audit.DemoConfigName}
	if len(h.versions) != 1 || h.versions[0] != want {
		t.Errorf("versions %+v", h.versions)
	}
}

func TestTake_NothingSecretIsStored(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(t, audit.DemoConfig(), h.line)
	var dump strings.Builder
	for _, q := range []string{"SELECT body FROM audit_result", "SELECT detail FROM ledger_entry", "SELECT name || missing || addresses FROM audit_file"} {
		rows, err := h.book.DB().Read().QueryContext(t.Context(), q)
		must(t, err)
		for rows.Next() {
			var s string
			must(t, rows.Scan(&s))
			dump.WriteString(s)
		}
		must(t, rows.Err())
		must(t, rows.Close())
	}
	for _, secret := range []string{"exampleOnly", "kyushoku1"} {
		if strings.Contains(dump.String(), secret) {
			t.Errorf("%q is stored", secret)
		}
	}
}

func TestTake_RefusedFilesLeaveOneLedgerLine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before, err := h.book.Head(t.Context())
	must(t, err)
	_, err = h.Take(t.Context(), ledgertest.Actor(), "rtx.conf", "", strings.NewReader("# RTX1210 Rev.14.01.42\nip route default gateway pp 1\n"))
	var f *fault.Error
	if !errors.As(err, &f) || f.Msg.Key != "audit.file.foreign" {
		t.Fatalf("%v", err)
	}
	after, err := h.book.Head(t.Context())
	must(t, err)
	all, err := h.Files(t.Context())
	must(t, err)
	if after.Seq != before.Seq+1 || len(all) != 0 {
		t.Errorf("%d lines, %d files", after.Seq-before.Seq, len(all))
	}
}

func TestAttach_OnlyTheNewestWritesTheVersion(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	old := h.take(t, audit.DemoConfig(), "")
	h.take(t, audit.DemoConfigRepaired(), h.line)
	h.clock.Add(time.Minute)
	_, err := h.Attach(t.Context(), ledgertest.Actor(), old.ID, h.line)
	must(t, err)
	if len(h.versions) != 1 || h.versions[0].Version != "7.4.9" {
		t.Errorf("an old file overwrites the version: %+v", h.versions)
	}
	if _, err := h.Attach(t.Context(), ledgertest.Actor(), old.ID, "line/none"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	branch := bytes.Replace(audit.DemoConfig(), []byte("FGT60E-5.4.8-"), []byte("FGT60E-5.04-"), 1)
	h.take(t, branch, h.line)
	if len(h.versions) != 1 {
		t.Error("a version without its patch level must not overwrite the register")
	}
}

func TestReadings_BeforeAndAfterRepair(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := []string{"version", "adminwan", "sslvpn", "mfa", "anypolicy", "rdp", "lockout", "logging"}
	want := func(when string, states ...reading.State) {
		t.Helper()
		set := h.set(t)
		for i, id := range ids {
			s := states[0]
			if len(states) > 1 {
				s = states[i]
			}
			if r := set.Get("audit.fortios." + id); r.State != s || r.Say.Zero() || (s == reading.Unknown) != r.At.IsZero() {
				t.Errorf("%s: %s is %s at %v", when, id, r.State, r.At)
			}
		}
	}
	want("nothing read", reading.Unknown)
	if r := h.set(t).Get("audit.files"); r.State != reading.Unknown {
		t.Errorf("%+v", r)
	}
	h.take(t, audit.DemoConfig(), h.line)
	want("as found", reading.Bad)
	if r := h.set(t).Get("audit.fortios.rdp"); r.Count != 1 || r.Total != 1 || len(r.Items) != 1 || r.By != audit.DemoConfigName {
		t.Errorf("%+v", r)
	}
	h.take(t, audit.DemoConfigRepaired(), h.line)
	want("repaired", reading.Good, reading.Good, reading.Good, reading.Good, reading.None, reading.Good, reading.Good, reading.Good)
	h.take(t, audit.DemoConfigRepaired()[:3000], h.line)
	set := h.set(t)
	if r := set.Get("audit.fortios.rdp"); r.State != reading.Unknown {
		t.Errorf("half a file answers: %+v", r)
	}
}

func TestTodos(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := web.Person{ID: "p", Perms: map[web.Perm]bool{"audit.write": true}}
	keys := func() string {
		t.Helper()
		list, err := h.Todos(t.Context(), p)
		must(t, err)
		var out []string
		for _, todo := range list {
			out = append(out, strings.TrimPrefix(todo.Say.Key, "audit.todo.")+"/"+string(todo.Level))
		}
		return strings.Join(out, " ")
	}
	if got := keys(); got != "first/amber" {
		t.Error(got)
	}
	f := h.take(t, audit.DemoConfig(), "")
	if got := keys(); got != "attach/amber critical/red" {
		t.Error(got)
	}
	h.take(t, audit.DemoConfigRepaired(), h.line)
	_, err := h.Attach(t.Context(), ledgertest.Actor(), f.ID, h.line)
	must(t, err)
	if got := keys(); got != "" {
		t.Error(got)
	}
	if list, _ := h.Todos(t.Context(), web.Person{ID: "q"}); len(list) != 0 {
		t.Error("todos for somebody who may do nothing")
	}
}

func answers(t testing.TB, h *house) map[string]audit.Answer {
	t.Helper()
	list, err := h.Answers(t.Context())
	must(t, err)
	out := map[string]audit.Answer{}
	for _, a := range list {
		out[a.Question.ID] = a
	}
	return out
}

func TestAnswers_ReadingThenDeclarationThenUnknown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	declare := func(q string, s reading.State) {
		t.Helper()
		h.clock.Add(time.Minute)
		must(t, h.Declare(t.Context(), ledgertest.Actor(), audit.Declared{Question: q, Answer: s, Who: "情報 花子", On: "2026-11-02", Note: "画面で確認"}))
	}
	is := func(q string, s reading.State, b reading.Basis) {
		t.Helper()
		if a := answers(t, h)[q]; a.State != s || a.Basis != b {
			t.Errorf("%s: %s by %q, want %s by %q", q, a.State, a.Basis, s, b)
		}
	}
	is("password", reading.Unknown, "")
	declare("password", reading.Bad)
	is("password", reading.Bad, reading.Declared)
	declare("password", reading.Unknown)
	is("password", reading.Unknown, "")
	declare("adminui", reading.Good)
	is("adminui", reading.Good, reading.Declared)
	h.take(t, audit.DemoConfig(), h.line)
	is("adminui", reading.Bad, reading.Read)
	if !answers(t, h)["adminui"].Against {
		t.Error("a declaration against a reading is not marked")
	}
	h.readings = []reading.Reading{{ID: "asset.lines.source", State: reading.Good, Basis: reading.Register, At: h.clock.Now()}}
	is("source", reading.Bad, reading.Read) // SSL-VPN is open to everyone
	h.take(t, audit.DemoConfigRepaired(), h.line)
	is("source", reading.Good, reading.Read)
	h.readings = nil
	is("source", reading.Unknown, "") // one of two was not read: nobody may call it good
	is("bounds", reading.None, reading.Read)
	declare("lead", reading.Good)
	h.clock.Add(400 * 24 * time.Hour)
	if a := answers(t, h)["lead"]; !a.Stale {
		t.Error("an old declaration is not marked")
	}
	if err := h.Declare(t.Context(), ledgertest.Actor(), audit.Declared{Question: "none"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
}

func TestObserve_WritesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	count := func() (n int) {
		t.Helper()
		must(t, h.book.DB().Read().QueryRowContext(t.Context(), "SELECT count(*) FROM audit_snapshot").Scan(&n))
		return n
	}
	must(t, h.Observe(t.Context()))
	first := count()
	if first != len(answers(t, h)) {
		t.Errorf("%d rows at first", first)
	}
	must(t, h.Observe(t.Context()))
	if count() != first {
		t.Error("a second look writes")
	}
	h.take(t, audit.DemoConfig(), h.line)
	must(t, h.Observe(t.Context()))
	if n := count() - first; n != 7 {
		t.Errorf("%d answers changed, want 7: firmware, adminui, secondfactor, source, rdp, bounds, logs", n)
	}
}

func TestQuestions_HaveReadingsThatExist(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	own := h.set(t)
	for id, a := range answers(t, h) {
		for _, r := range a.Question.Readings {
			if _, mine := own[r]; strings.HasPrefix(r, "audit.") && !mine {
				t.Errorf("%s asks for %s, which nobody publishes", id, r)
			}
		}
	}
}

// BenchmarkTake reads, checks and stores a file of 1.3 MB.
func BenchmarkTake(b *testing.B) {
	h := newHouse(b)
	var text bytes.Buffer
	demo := audit.DemoConfig()
	text.Write(demo[:bytes.IndexByte(demo, '\n')+1])
	for range 200 {
		text.Write(demo[bytes.IndexByte(demo, '\n')+1:])
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Take(b.Context(), ledgertest.Actor(), "x.conf", "", bytes.NewReader(text.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadings has 40 devices with their files.
func BenchmarkReadings(b *testing.B) {
	h := newHouse(b)
	for i := range 40 {
		data := bytes.ReplaceAll(audit.DemoConfig(), []byte("KYUSHOKU-FW01"), fmt.Appendf(nil, "FW%02d", i))
		h.take(b, data, "")
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Readings(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
