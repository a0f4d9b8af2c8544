package exposure_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/exposure"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/web"
)

// register is a register that a test writes.
type register struct {
	book   *ledger.Book
	lines  []asset.Line
	assets []asset.Asset
}

func (r *register) Lines(context.Context) ([]asset.Line, error) { return r.lines, nil }

func (r *register) Assets(context.Context, asset.Filter) ([]asset.Asset, int, error) {
	return r.assets, len(r.assets), nil
}

func (r *register) Vendor(_ context.Context, id string) (asset.Vendor, error) {
	if id != "v1" {
		return asset.Vendor{}, fault.New(fault.NotFound, "asset.not_found")
	}
	return asset.Vendor{ID: "v1", Name: "架空保守サービス"}, nil
}

// setVersion changes the line's version as the register would: with a line in
// the ledger.
func (r *register) setVersion(t testing.TB, version string) {
	t.Helper()
	r.lines[0].Version = version
	if err := r.book.Note(t.Context(), ledgertest.Actor(), "asset.line.update", "asset/line/l1", nil); err != nil {
		t.Fatal(err)
	}
}

// house is an Exposure with its surroundings.
type house struct {
	*exposure.Exposure
	reg   *register
	clock *ledgertest.Clock
}

func newHouse(t testing.TB) *house {
	t.Helper()
	clock := ledgertest.NewClock()
	book := ledgertest.BookAt(t, clock)
	h := &house{clock: clock, reg: &register{book: book, lines: []asset.Line{
		{ID: "l1", Name: "給食業者VPN", Maker: "Fortinet", Model: "FortiGate 60E", OS: "FortiOS", Version: "5.4.8,build1183", VendorID: "v1"},
		{ID: "l2", Name: "CT保守回線", Maker: "シスコ", Model: "ASA5506-X"},
		{ID: "l3", Name: "オンライン資格確認"},
	}}}
	var err error
	h.Exposure, err = exposure.New(t.Context(), exposure.Config{Book: book, Clock: clock.Now, Log: slog.New(slog.DiscardHandler), Register: h.reg})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// catalogue makes a catalogue of entries "CVE|vendor|product|added|ransomware".
func catalogue(released string, entries ...string) []byte {
	var list []string
	for _, e := range entries {
		f := strings.Split(e, "|")
		list = append(list, fmt.Sprintf(`{"cveID":%q,"vendorProject":%q,"product":%q,"vulnerabilityName":"A Hole","dateAdded":%q,"shortDescription":"s","knownRansomwareCampaignUse":%q}`,
			f[0], f[1], f[2], f[3], f[4]))
	}
	return fmt.Appendf(nil, `{"catalogVersion":%q,"dateReleased":%q,"count":%d,"vulnerabilities":[%s]}`, released[:10], released, len(list), strings.Join(list, ","))
}

func small() []byte {
	return catalogue("2026-10-20T00:00:00Z",
		"CVE-2024-21762|Fortinet|FortiOS|2024-02-09|Known",
		"CVE-2018-13382|Fortinet|FortiOS and FortiProxy|2022-01-10|Known",
		"CVE-2018-13379|Fortinet|FortiOS|2021-11-03|Known",
		"CVE-2025-32756|Fortinet|Multiple Products|2025-05-14|Unknown",
		"CVE-2020-3259|Cisco|Adaptive Security Appliance (ASA) and Firepower Threat Defense (FTD)|2024-02-15|Known",
		"CVE-2023-36884|Microsoft|Windows|2023-07-17|Known",
		"CVE-2021-44228|Apache|Log4j2|2021-12-10|Known")
}

func load(t testing.TB, h *house, data []byte) {
	t.Helper()
	if _, err := h.ImportKEV(t.Context(), ledgertest.Actor(), "kev.json", bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
}

// open gives the open cases by "target CVE".
func open(t testing.TB, h *house) map[string]exposure.Case {
	t.Helper()
	all, err := h.Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]exposure.Case{}
	for _, c := range all {
		if c.Open() {
			out[c.Target+" "+c.CVE] = c
		}
	}
	return out
}

func readings(t testing.TB, h *house) reading.Set {
	t.Helper()
	set, err := reading.Collect(t.Context(), []reading.Source{h.Readings})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestImport_OpensCases(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for id, want := range map[string]reading.State{"exposure.feed": reading.Unknown, "exposure.kev": reading.Unknown, "exposure.outside": reading.Unknown, "exposure.threesteps": reading.Unknown} {
		if r := readings(t, h).Get(id); r.State != want || r.Say.Zero() {
			t.Errorf("before: %s is %s", id, r.State)
		}
	}
	load(t, h, small())
	got := open(t, h)
	for _, want := range []string{"line/l1 CVE-2018-13379", "line/l1 CVE-2018-13382", "line/l1 CVE-2024-21762", "line/l2 CVE-2020-3259"} {
		if _, ok := got[want]; !ok {
			t.Errorf("no case %s", want)
		}
	}
	if len(got) != 4 {
		t.Errorf("cases %v", got)
	}
	if c := got["line/l1 CVE-2018-13379"]; !c.Matched || c.Version != "5.4.8,build1183" {
		t.Errorf("%+v", c)
	}
	if got["line/l1 CVE-2024-21762"].Matched || got["line/l2 CVE-2020-3259"].Matched {
		t.Error("what only may apply is taken for a match")
	}
	set := readings(t, h)
	if r := set.Get("exposure.outside"); r.State != reading.Bad || r.Count != 1 || r.Total != 3 || len(r.Items) != 1 {
		t.Errorf("%+v", r)
	}
	if r := set.Get("exposure.kev"); r.State != reading.Bad || r.Count != 2 {
		t.Errorf("%+v", r)
	}
	if n, err := h.Sync(t.Context()); n != 0 || err != nil {
		t.Errorf("a second look changes %d: %v", n, err)
	}
}

func step(s exposure.Step) exposure.Done {
	return exposure.Done{Step: s, On: "2026-11-02", Who: "情報 花子", Evidence: "作業報告書 12"}
}

func TestCase_ThreeStepsAndBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	load(t, h, small())
	id := open(t, h)["line/l1 CVE-2018-13379"].ID
	do := func(s exposure.Step, wantClosed int, key string) {
		t.Helper()
		h.clock.Add(time.Minute)
		n, err := h.Close(t.Context(), ledgertest.Actor(), []string{id}, step(s))
		var f *fault.Error
		if errors.As(err, &f); n != wantClosed || (key == "") != (err == nil) || (f != nil && f.Msg.Key != key) {
			t.Fatalf("%s: closed %d, %v", s, n, err)
		}
	}
	do(exposure.Patched, 0, "exposure.step.still")
	do(exposure.NotHere, 0, "exposure.step.matches")
	do(exposure.Logs, 0, "")
	do(exposure.Passwords, 0, "")
	h.reg.setVersion(t, "7.4.9")
	if _, still := open(t, h)["line/l1 CVE-2018-13379"]; !still {
		t.Fatal("the case is gone with the update")
	}
	if r := readings(t, h).Get("exposure.threesteps"); r.State != reading.Bad {
		t.Errorf("%+v", r)
	}
	do(exposure.Patched, 1, "")
	do(exposure.Logs, 0, "exposure.case.closed")
	h.clock.Add(time.Hour)
	h.reg.setVersion(t, "5.4.9")
	if _, err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, again := open(t, h)["line/l1 CVE-2018-13379"]
	if !again || c.Times != 2 || len(c.Lacking()) != 3 || len(c.Done) != 3 {
		t.Fatalf("after falling back: %v %+v", again, c)
	}
}

func TestCase_WithoutAMatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	load(t, h, small())
	before := open(t, h)
	cisco, forti := before["line/l2 CVE-2020-3259"].ID, before["line/l1 CVE-2024-21762"].ID
	if n, err := h.Close(t.Context(), ledgertest.Actor(), []string{cisco}, step(exposure.NotHere)); n != 1 || err != nil {
		t.Errorf("answer: %d %v", n, err)
	}
	h.reg.setVersion(t, "7.4.9")
	if _, err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := h.Case(t.Context(), forti)
	if err != nil || c.Open() || c.Why != "beyond" {
		t.Errorf("a version that was read does not settle it: %+v %v", c, err)
	}
	if _, still := open(t, h)["line/l1 CVE-2018-13379"]; !still {
		t.Error("a case that matched closed by itself")
	}
	h.reg.setVersion(t, "7.4.1")
	if _, err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := open(t, h)["line/l1 CVE-2024-21762"]; c.ID != forti || !c.Matched {
		t.Errorf("%+v", c)
	}
}

func TestCase_DeviceLeavesTheRegister(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	load(t, h, small())
	ids := []string{open(t, h)["line/l1 CVE-2018-13379"].ID, open(t, h)["line/l1 CVE-2018-13382"].ID}
	h.reg.lines = h.reg.lines[1:]
	h.reg.setVersion(t, "")
	if len(open(t, h)) != 4 {
		t.Errorf("cases vanish with the device: %v", open(t, h))
	}
	for i, s := range exposure.Steps() {
		h.clock.Add(time.Minute)
		n, err := h.Close(t.Context(), ledgertest.Actor(), ids, step(s))
		if err != nil || (n == 2) != (i == 2) {
			t.Errorf("%s: %d %v", s, n, err)
		}
	}
}

func TestImport_KeepsTheOldOneOnBadInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	load(t, h, small())
	f := func(data []byte, key string) {
		t.Helper()
		_, err := h.ImportKEV(t.Context(), ledgertest.Actor(), "kev.json", bytes.NewReader(data))
		var fe *fault.Error
		if !errors.As(err, &fe) || fe.Msg.Key != key {
			t.Errorf("%v, want %s", err, key)
		}
		feed, err := h.Feed(t.Context())
		if err != nil || feed.Version != "2026-10-20" || len(open(t, h)) != 4 {
			t.Errorf("the catalogue in use changed: %+v %v", feed, err)
		}
	}
	f(small()[:400], "exposure.kev.truncated")
	f(bytes.Replace(small(), []byte(`"count":7`), []byte(`"count":9`), 1), "exposure.kev.count")
	f(catalogue("2025-01-01T00:00:00Z"), "exposure.kev.older")
	f(bytes.Replace(small(), []byte("2026-10-20T"), []byte("2099-10-20T"), 1), "exposure.kev.future")
	f(catalogue("2026-10-21T00:00:00Z"), "exposure.kev.shrunk")
}

func TestTodos(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	writer := web.Person{ID: "p", Perms: map[web.Perm]bool{"exposure.write": true}}
	if todos, err := h.Todos(t.Context(), writer); err != nil || len(todos) != 1 || todos[0].URL != "/exposure/import" {
		t.Errorf("%+v %v", todos, err)
	}
	load(t, h, small())
	todos, err := h.Todos(t.Context(), writer)
	if err != nil || len(todos) != 2 || !strings.HasPrefix(todos[0].URL, "/exposure/cases/") || fmt.Sprint(todos[0].Say.Args) != "[給食業者VPN CVE-2018-13379 2]" {
		t.Errorf("%+v %v", todos, err)
	}
	if todos, _ := h.Todos(t.Context(), web.Person{ID: "p"}); len(todos) != 0 {
		t.Error("todos for somebody who may do nothing")
	}
}

// big is a register of the size of the issue: 3,000 assets and 40 lines.
func big(t testing.TB, h *house) {
	t.Helper()
	h.reg.lines, h.reg.assets = nil, nil
	for i := range 40 {
		h.reg.lines = append(h.reg.lines, asset.Line{ID: fmt.Sprint("l", i), Name: fmt.Sprint("外接点", i), Maker: "Fortinet", Model: "FortiGate 60E", OS: "FortiOS", Version: fmt.Sprintf("5.4.%d", i%14)})
	}
	for i := range 3000 {
		h.reg.assets = append(h.reg.assets, asset.Asset{ID: fmt.Sprint("a", i), Name: fmt.Sprint("PC", i), Kind: asset.PC, Maker: "架空電機", OS: "Windows 10", Version: "22H2"})
	}
	if err := h.reg.book.Note(t.Context(), ledgertest.Actor(), "asset.import", "asset", nil); err != nil {
		t.Fatal(err)
	}
}

// TestPublished is the oracle: the catalogue of 2025-08-25 on the register of a
// hospital whose meal supplier runs FortiOS 5.4.8.
func TestPublished(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	load(t, h, published(t))
	todos, err := h.Todos(t.Context(), web.Person{ID: "p", Perms: map[web.Perm]bool{"exposure.write": true}})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, todo := range todos {
		if args := fmt.Sprint(todo.Say.Args...); strings.Contains(args, "給食業者VPN") {
			found = strings.Contains(args, "CVE-2018-13379")
		}
	}
	if !found {
		t.Errorf("CVE-2018-13379 is not the first of 5.4.8: %+v", todos)
	}
	matched := 0
	for key, c := range open(t, h) {
		if strings.HasPrefix(key, "line/l1") && c.Matched {
			matched++
		}
	}
	if matched != 8 {
		t.Errorf("%d entries match 5.4.8, want 8: 13379, 13382, 13383, 13374, 5591, 6693, 12812, 42475", matched)
	}
}

func published(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "kev", "known_exploited_vulnerabilities.json"))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no catalogue beside the project: ", err)
	}
	return data
}

// BenchmarkReadings is the cost of the first page after the register changed.
func BenchmarkReadings(b *testing.B) {
	h := newHouse(b)
	load(b, h, published(b))
	big(b, h)
	b.ReportAllocs()
	for b.Loop() {
		if err := h.reg.book.Note(b.Context(), ledgertest.Actor(), "asset.line.update", "x", nil); err != nil {
			b.Fatal(err)
		}
		if _, err := h.Readings(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
