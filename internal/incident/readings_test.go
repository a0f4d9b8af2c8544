package incident_test

import (
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web/webtest"
)

func (h house) readings(t testing.TB) reading.Set {
	t.Helper()
	set, err := reading.Collect(t.Context(), []reading.Source{h.Readings})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestReadings_FromNothing(t *testing.T) {
	t.Parallel()
	set := newHouse(t).readings(t)
	for id, want := range map[string]reading.State{"incident.contacts": reading.Unknown, "incident.folder": reading.Unknown,
		"incident.holidays": reading.Good, "incident.open": reading.None} {
		if got := set.Get(id).State; got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	if !set.Get("incident.contacts").At.IsZero() {
		t.Error("nothing was read, so there is no time of reading")
	}
}

func TestReadings_FilledAndOld(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, actor := t.Context(), ledgertest.Actor()
	contacts, err := h.Contacts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contacts {
		if !c.Must {
			continue
		}
		c.Phone = "03-0000-0000"
		if _, err := h.SaveContact(ctx, actor, c); err != nil {
			t.Fatal(err)
		}
		if got := h.readings(t).Get("incident.contacts").State; got != reading.Bad {
			t.Fatalf("half filled: %s", got)
		}
		if err := h.CheckContact(ctx, actor, c.Key); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Printed(ctx, actor, "folder", "防災センター"); err != nil {
		t.Fatal(err)
	}
	h.declare(t, incident.Cyber)
	set := h.readings(t)
	for id, want := range map[string]reading.State{"incident.contacts": reading.Good, "incident.folder": reading.Good, "incident.open": reading.Bad} {
		if r := set.Get(id); r.State != want {
			t.Errorf("%s: %s, want %s (%+v)", id, r.State, want, r.Items)
		}
	}
	h.clock.Add(400 * 24 * time.Hour)
	set = h.readings(t)
	for _, id := range []string{"incident.contacts", "incident.folder"} {
		if got := set.Get(id).State; got != reading.Bad {
			t.Errorf("%s after 400 days: %s", id, got)
		}
	}
	h.clock.Add(2 * 365 * 24 * time.Hour)
	if r := h.readings(t).Get("incident.holidays"); r.State != reading.Bad || r.Count == 0 {
		t.Errorf("2029 has no holidays: %+v", r)
	}
}

func TestReadings_DrillIsNoIncident(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.Declare(t.Context(), ledgertest.Actor(), incident.Declaration{Kind: incident.Cyber, Drill: true, Title: "訓練", Noticed: "x", Commander: "x"}); err != nil {
		t.Fatal(err)
	}
	if got := h.readings(t).Get("incident.open").State; got != reading.None {
		t.Errorf("a drill counts as an incident: %s", got)
	}
}

func (h house) todos(t testing.TB) []today.Todo {
	t.Helper()
	todos, err := h.Todos(t.Context(), webtest.Person(all()...))
	if err != nil {
		t.Fatal(err)
	}
	return todos
}

func TestTodos_PreparednessAndIncident(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	urls := func() string {
		var out []string
		for _, td := range h.todos(t) {
			out = append(out, string(td.Level)+":"+td.URL)
		}
		return strings.Join(out, " ")
	}
	if got := urls(); got != "amber:/incident/contacts amber:/incident/folder" {
		t.Errorf("before any incident: %s", got)
	}
	id := h.declare(t, incident.Cyber)
	if got := urls(); !strings.Contains(got, "red:/incident/"+id+"/fact") {
		t.Errorf("no fact yet: %s", got)
	}
	ctx, actor := t.Context(), ledgertest.Actor()
	if err := h.AddFact(ctx, actor, id, incident.FactRecord{KnownAt: h.clock.Now(), KnownBy: "甲", Basis: "x", Answers: map[string]clock.Answer{"malicious": clock.May}}); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(3 * 24 * time.Hour)
	if got := urls(); !strings.Contains(got, "red:/incident/"+id+"/clocks") || !strings.Contains(got, "red:/incident/"+id+"/tasks") {
		t.Errorf("day 4: %s", got)
	}
	if todos, err := h.Todos(ctx, webtest.Person()); err != nil || len(todos) != 0 {
		t.Errorf("somebody without rights: %v, %v", todos, err)
	}
}

func BenchmarkIncident(b *testing.B) {
	h := newHouse(b)
	ctx, actor, id := b.Context(), ledgertest.Actor(), h.declare(b, incident.Cyber)
	for range 500 {
		if err := h.Record(ctx, actor, id, incident.Event{Kind: incident.KindEntry, Body: &incident.Entry{Text: "病棟からの連絡を記録した"}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Incident(ctx, id); err != nil {
			b.Fatal(err)
		}
	}
}

// Blockers name clocks in the reader's language.
func TestBlockers_Language(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, actor, id := t.Context(), ledgertest.Actor(), h.declare(t, incident.Cyber)
	if err := h.AddFact(ctx, actor, id, incident.FactRecord{KnownAt: h.clock.Now(), KnownBy: "甲", Basis: "x", Answers: map[string]clock.Answer{"malicious": clock.May}}); err != nil {
		t.Fatal(err)
	}
	object, err := h.AddObject(ctx, actor, id, incident.Object{Name: "装置", State: incident.Suspected})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.AddTask(ctx, actor, id, incident.NewTask{Title: "復元", Act: plan.Restore, Object: object}); err != nil {
		t.Fatal(err)
	}
	cal, err := h.Calendar(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[text.Lang]string{text.JA: "確報(60日)", text.EN: "Final report (60 days)"} {
		found, dangerous := false, false
		for _, b := range h.Blockers(h.load(t, id), cal, lang) {
			for _, a := range b.Say.Args {
				found = found || a == want
			}
			dangerous = dangerous || b.Say.Key == "incident.block.dangerous"
		}
		if !found || !dangerous {
			t.Errorf("%s: clock named %v, dangerous task named %v", lang, found, dangerous)
		}
	}
}

// Readings name slots by text keys, because a reading has no language yet; the
// words must be those of the shipped tree.
func TestSlots_NamedAsInTheTree(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	contacts, err := s.Contacts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contacts {
		if strings.HasPrefix(c.Key, "vendor/") {
			continue
		}
		for _, lang := range text.Langs() {
			if got := s.Catalog.Say(lang, text.M("incident.slot."+c.Key)); got != c.Name.In(lang) {
				t.Errorf("%s: text %q, tree %q", c.Key, got, c.Name.In(lang))
			}
		}
	}
}
