package logbook

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/text"
)

func spec(address string) Spec {
	return Spec{Name: "ファイアウォール", Kind: "fake", Network: "udp", Address: address, Enabled: true}
}

func TestSource_IsAddedChangedAndRemoved(t *testing.T) {
	t.Parallel()
	d := begin(t)
	id, token, err := d.AddSource(t.Context(), ledgertest.Actor(), spec("0.0.0.0:514"))
	if err != nil || token != "" {
		t.Fatal(token, err)
	}
	sink := <-d.ctl.sinks // it runs
	made := d.ctl.last()
	if made.cfg.ID != id || made.set.MaxLine != DefaultLine || made.set.Zone.String() != "JST" || made.set.Network != "udp" || made.set.TLS != nil || made.set.Token != nil {
		t.Errorf("%+v %+v", made.cfg, made.set)
	}
	r := d.rec("hello")
	r.Source = id
	if err := sink.Take(t.Context(), []event.Record{r}); err != nil {
		t.Fatal(err)
	}
	s, err := d.State(t.Context())
	if err != nil || len(s.Sources) != 1 || s.Sources[0].Phase != Running || s.Sources[0].Counts.Records != 1 || s.Sources[0].Addr != "udp 0.0.0.0:514" {
		t.Fatalf("%+v %v", s.Sources, err)
	}
	changed := spec("0.0.0.0:1514")
	changed.Zone, changed.Expect = "America/New_York", Never
	if err := d.ChangeSource(t.Context(), ledgertest.Actor(), id, changed); err != nil {
		t.Fatal(err)
	}
	<-d.ctl.sinks
	if made := d.ctl.last(); made.set.Address != "0.0.0.0:1514" || made.set.Zone.String() != "America/New_York" || d.zone(id).String() != "America/New_York" || d.zone("other").String() != "JST" {
		t.Errorf("%+v", made.set)
	}
	if got, err := d.Source(t.Context(), id); err != nil || got.Expect != Never || got.MadeAt.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
	if err := d.RemoveSource(t.Context(), ledgertest.Actor(), id); err != nil {
		t.Fatal(err)
	}
	if d.sup.station(id) != nil {
		t.Error("it still runs")
	}
	if list, err := d.Sources(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	if got, err := d.Source(t.Context(), id); err != nil || got.Name != "ファイアウォール" || got.RemovedAt.IsZero() {
		t.Errorf("its events still need its name: %+v %v", got, err)
	}
	for _, err := range []error{d.RemoveSource(t.Context(), ledgertest.Actor(), id), d.ChangeSource(t.Context(), ledgertest.Actor(), id, changed)} {
		if fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
	}
	lines, _, err := d.cfg.Book.Entries(t.Context(), ledger.Filter{Limit: 10})
	if err != nil || len(lines) != 3 || lines[0].Action != "logbook.source.remove" || lines[2].Subject != "logbook/source/"+id {
		t.Errorf("%+v %v", lines, err)
	}
}

func TestSource_TokenIsShownOnceAndRenewed(t *testing.T) {
	t.Parallel()
	d := begin(t)
	id, token, err := d.AddSource(t.Context(), ledgertest.Actor(), Spec{Name: "Winlogbeat", Kind: "late", Address: ":9200", Enabled: true})
	if err != nil || len(token) < 40 {
		t.Fatal(token, err)
	}
	<-d.ctl.sinks
	check := d.ctl.last().set.Token
	if !check(token) || check("") || check(token[1:]) || check(token+"x") {
		t.Error("the token")
	}
	renewed, err := d.RenewToken(t.Context(), ledgertest.Actor(), id)
	if err != nil {
		t.Fatal(err)
	}
	<-d.ctl.sinks
	if check := d.ctl.last().set.Token; check(token) || !check(renewed) {
		t.Error("the renewed token")
	}
	var stored string
	if err := d.cfg.Book.DB().Read().QueryRowContext(t.Context(), "SELECT token || (SELECT group_concat(detail) FROM ledger_entry) FROM logbook_source").Scan(&stored); err != nil || strings.Contains(stored, renewed) || strings.Contains(stored, token) {
		t.Errorf("%q %v", stored, err)
	}
	plain, _, err := d.AddSource(t.Context(), ledgertest.Actor(), spec("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.RenewToken(t.Context(), ledgertest.Actor(), plain); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	if !d.late(id) || d.late(plain) || d.late("unknown") {
		t.Error("which senders keep entries")
	}
}

func TestSource_WhatCannotBeIsSaid(t *testing.T) {
	t.Parallel()
	d := begin(t)
	if _, _, err := d.AddSource(t.Context(), ledgertest.Actor(), spec("0.0.0.0:514")); err != nil {
		t.Fatal(err)
	}
	with := func(change func(*Spec)) Spec {
		s := spec("0.0.0.0:515")
		change(&s)
		return s
	}
	for key, s := range map[string]Spec{
		"logbook.source.kind":           with(func(s *Spec) { s.Kind = "pigeon" }),
		"logbook.source.name":           with(func(s *Spec) { s.Name = "  " }),
		"logbook.source.max_line":       with(func(s *Spec) { s.MaxLine = source.MaxRecord + 1 }),
		"logbook.source.expect":         with(func(s *Spec) { s.Expect = time.Second }),
		"logbook.source.zone":           with(func(s *Spec) { s.Zone = "Asia/Okayama" }),
		"logbook.source.format":         with(func(s *Spec) { s.Format = "runes" }),
		"logbook.source.network":        with(func(s *Spec) { s.Network = "sctp" }),
		"logbook.source.address":        with(func(s *Spec) { s.Address = "fw.example.jp:514" }),
		"logbook.source.no_tls":         with(func(s *Spec) { s.TLS = true }),
		"logbook.source.no_certificate": with(func(s *Spec) { s.TLS, s.Network = true, "tcp" }),
		"logbook.source.folder":         {Name: "x", Kind: "folder", Folder: "logs"},
		"logbook.source.taken":          spec("0.0.0.0:514"),
		"test.refused":                  with(func(s *Spec) { s.Address = "192.0.2.99:1" }),
	} {
		if _, _, err := d.AddSource(t.Context(), ledgertest.Actor(), s); err == nil || fault.Of(err).Msg.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	off := spec("0.0.0.0:514")
	off.Enabled = false
	id, _, err := d.AddSource(t.Context(), ledgertest.Actor(), off)
	if err != nil {
		t.Fatal("one that is off may wait for its place:", err)
	}
	off.Enabled = true
	if err := d.ChangeSource(t.Context(), ledgertest.Actor(), id, off); fault.KindOf(err) != fault.Conflict {
		t.Error(err)
	}
	off.Kind, off.Address = "late", "0.0.0.0:99"
	off.Network = "tcp"
	if err := d.ChangeSource(t.Context(), ledgertest.Actor(), id, off); fault.Of(err).Msg.Key != "logbook.source.kind_stays" {
		t.Error(err)
	}
	if _, err := d.Source(t.Context(), "nobody"); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
}

// What was heard is known after a restart: counts, the last record, the rhythm.
func TestHeard_SurvivesARestart(t *testing.T) {
	t.Parallel()
	d := newDesk()
	book, dir := ledgertest.BookAt(t, d.clock), t.TempDir()
	stop := open(t, d, config(t, dir, book, d))
	s := spec("0.0.0.0:514")
	s.Senders = true
	id, _, err := d.AddSource(t.Context(), ledgertest.Actor(), s)
	if err != nil {
		t.Fatal(err)
	}
	sink := <-d.ctl.sinks
	for range 3 {
		r := d.rec("x")
		r.Source = id
		if err := sink.Take(t.Context(), []event.Record{r}); err != nil {
			t.Fatal(err)
		}
		d.clock.Add(7 * time.Minute)
	}
	last := d.clock.Now().Add(-7 * time.Minute)
	stop()
	d.clock.Add(48 * time.Hour)
	open(t, d, config(t, dir, book, d))
	<-d.ctl.sinks
	state, err := d.State(t.Context())
	if err != nil || len(state.Sources) != 1 {
		t.Fatal(err)
	}
	got := state.Sources[0]
	if got.Counts.Records != 3 || !got.Last.Equal(last) || got.Senders != 1 || !got.Learning || !got.Silent.IsZero() {
		t.Errorf("%+v", got)
	}
	d.check(t.Context())
	if len(d.signals) != 0 {
		t.Errorf("while Toride was off nobody was silent: %+v", <-d.signals)
	}
	d.clock.Add(24*time.Hour + time.Second)
	d.check(t.Context())
	if sig := <-d.signals; sig.Kind != "source.silent" || sig.Name != "ファイアウォール" {
		t.Errorf("%+v", sig)
	}
}

func TestTexts_FaultsHaveThreeLines(t *testing.T) {
	t.Parallel()
	for _, lang := range text.Langs() {
		data, err := files.ReadFile("text_core_" + string(lang) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for key, say := range words {
			if strings.HasPrefix(key, "logbook.source.") && strings.Count(say, "\n") != 2 {
				t.Errorf("%s %s has not three lines: %q", lang, key, say)
			}
		}
	}
}

func TestSource_BehindARelayKeepsNoSendersOfBefore(t *testing.T) {
	t.Parallel()
	d := begin(t)
	s := spec("127.0.0.1:0")
	s.Relay = true
	if id, _, err := d.AddSource(t.Context(), ledgertest.Actor(), s); err != nil {
		t.Fatal(err)
	} else if got, _ := d.Source(t.Context(), id); got.Relay {
		t.Error("a relay without senders means nothing, and is kept")
	}
	<-d.ctl.sinks
	s.Senders, s.Relay = true, false
	id, _, err := d.AddSource(t.Context(), ledgertest.Actor(), s)
	if err != nil {
		t.Fatal(err)
	}
	r := d.rec("hello")
	r.Source = id
	if err := (<-d.ctl.sinks).Take(t.Context(), []event.Record{r}); err != nil {
		t.Fatal(err)
	}
	if err := d.save(t.Context()); err != nil {
		t.Fatal(err)
	}
	if received, durable, ok := d.Progress(id); durable != 1 || received != 0 || !ok { // this source does not stamp
		t.Errorf("%d received, %d durable, %t", received, durable, ok)
	}
	senders := func() (n int) {
		heard, err := d.loadHeard(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range heard {
			if h.Source == id && h.Peer != "" {
				n++
			}
		}
		return n
	}
	if senders() != 1 {
		t.Fatalf("%d senders are kept", senders())
	}
	s.Relay = true
	if err := d.ChangeSource(t.Context(), ledgertest.Actor(), id, s); err != nil {
		t.Fatal(err)
	}
	<-d.ctl.sinks
	if got, err := d.Source(t.Context(), id); err != nil || !got.Relay || !got.Senders || senders() != 0 {
		t.Errorf("%+v, %d senders, %v", got, senders(), err)
	}
	if _, _, ok := d.Progress("nobody"); ok {
		t.Error("a source that is not there makes progress")
	}
}
