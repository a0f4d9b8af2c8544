// Package watchtest is the conformance suite of the family of watches. Run goes
// through the cases of a member (testdata/<case>.json: what the register says,
// entries, signals, and the sentences that must come of it) and checks what
// every member must keep: a case for each rule and one without any finding,
// texts in both languages, entries looked at only where it wants them.
package watchtest

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect/tell"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
)

// Case is one file of testdata.
type Case struct {
	House   House          `json:"house"`
	Entries []event.Event  `json:"entries"`
	Signals []watch.Signal `json:"signals"`
	Want    []string       `json:"want"` // "rule: sentence in Japanese"
}

// House is a register of a test, written as it answers.
type House struct {
	Places   map[string]watch.Place  `json:"places"`  // by name of the computer and by address
	Lines    map[string]watch.Line   `json:"lines"`   // by source address
	Windows  map[string]watch.Window `json:"windows"` // by ID of the line or the vendor
	Accounts map[string]watch.Vendor `json:"accounts"`
	Self     []string                `json:"self"`
	// Met are pairs "space key" that are known; spaces that learn end in "?".
	Met []string `json:"met"`
}

var _ watch.House = House{}

// Place answers from Places.
func (h House) Place(host string, addr netip.Addr) (watch.Place, bool) {
	p, ok := h.Places[host]
	if !ok && addr.IsValid() {
		p, ok = h.Places[addr.String()]
	}
	return p, ok
}

// Line answers from Lines.
func (h House) Line(source, _ netip.Addr, _ string) (watch.Line, bool) {
	l, ok := h.Lines[source.String()]
	return l, ok
}

// Window answers from Windows.
func (h House) Window(id string, at time.Time) (watch.Window, bool) {
	w, ok := h.Windows[id]
	return w, ok && !at.Before(w.From) && at.Before(w.Until)
}

// VendorWindow answers from Windows.
func (h House) VendorWindow(id string, at time.Time) (watch.Window, bool) { return h.Window(id, at) }

// Account answers from Accounts.
func (h House) Account(name string) (watch.Vendor, bool) {
	v, ok := h.Accounts[name]
	return v, ok
}

// Own answers from Self.
func (h House) Own(host string, addr netip.Addr) bool {
	return slices.Contains(h.Self, host) || addr.IsValid() && slices.Contains(h.Self, addr.String())
}

// memory remembers pairs.
type memory struct{ met map[string]bool }

func (m memory) Meet(space, key string, _ time.Time) watch.Meeting {
	id := space + " " + key
	known := m.met[id]
	m.met[id] = true
	return watch.Meeting{New: !known, Learning: m.met[space+"?"]}
}

// Run runs the suite for one member. It is the only line of a member's test.
func Run(t *testing.T, make func() (watch.Watch, error)) {
	t.Helper()
	w, err := make()
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) < 2 {
		t.Fatalf("a watch needs at least two cases, has %d: %v", len(names), err)
	}
	hit, silent := map[string]bool{}, false
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
			got := runCase(t, w, name)
			silent = silent || len(got) == 0
			for _, line := range got {
				rule, _, _ := strings.Cut(line, ": ")
				hit[rule] = true
			}
		})
	}
	if !silent {
		t.Error("no case without a finding")
	}
	for _, r := range w.Rules {
		if !hit[r.ID] {
			t.Errorf("no case in which %s is found", r.ID)
		}
		if r.Family == "" || r.Tell.Zero() {
			t.Errorf("%s has no family or no sentence", r.ID)
		}
	}
}

func runCase(t *testing.T, w watch.Watch, name string) []string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var c Case
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	m := memory{map[string]bool{}}
	for _, id := range c.House.Met {
		m.met[id] = true
	}
	var got []string
	scene := watch.Scene{House: c.House, Memory: m, Found: func(h watch.Hit) { got = append(got, sentence(t, w, c.House, h)) }}
	for i := range c.Entries {
		e := &c.Entries[i]
		before := len(got)
		if w.Look != nil {
			w.Look(e, scene)
		}
		if len(got) > before && !w.Wants(e) {
			t.Errorf("entry %d is a finding of an entry that is not wanted", i)
		}
	}
	for _, sig := range c.Signals {
		if w.Hear != nil {
			w.Hear(sig, scene)
		}
	}
	if !slices.Equal(got, c.Want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.Want, "\n"))
	}
	return got
}

// sentence says a hit, in both languages, and gives the Japanese one.
func sentence(t *testing.T, w watch.Watch, house House, h watch.Hit) string {
	t.Helper()
	i := slices.IndexFunc(w.Rules, func(r watch.Rule) bool { return r.ID == h.Rule })
	if i < 0 {
		t.Fatalf("a finding of the rule %q, which is not in rules.json", h.Rule)
	}
	v := tell.Values{"host": h.Host, "account": h.Account, "line": h.Line.Name, "vendor": h.Vendor.Name}
	if p, ok := house.Place(h.Host, netip.Addr{}); ok {
		v["host"] = p.Name
	}
	if h.Source.IsValid() {
		v["source"] = h.Source.String()
		if p, ok := house.Place("", h.Source); ok {
			v["source"] = p.Name
		}
	}
	for name, value := range h.Values {
		v[name] = value
	}
	if en := tell.Fill(w.Rules[i].Tell.EN, v, "?"); strings.Contains(en, "?") || strings.Contains(en, "{") {
		t.Errorf("%s says %q", h.Rule, en)
	}
	return h.Rule + ": " + tell.Fill(w.Rules[i].Tell.JA, v, "？")
}
