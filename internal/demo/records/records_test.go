package records_test

import (
	"bytes"
	"iter"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/demo"
	"github.com/torideproject/toride/internal/demo/records"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/format/formattest"
)

const seed = 7

func zone() *time.Location { return time.FixedZone("JST", 9*3600) }

// days are a week that begins on a Monday; its last night is the Night.
func days() (from, night, to time.Time) {
	from = time.Date(2026, 11, 9, 0, 0, 0, 0, zone())
	return from, from.AddDate(0, 0, 6), from.AddDate(0, 0, 7)
}

func hospital() records.Hospital {
	from, night, _ := days()
	return demo.Hospital(zone(), from, night)
}

func collect(t testing.TB, list iter.Seq[event.Record]) []event.Record {
	t.Helper()
	out := slices.Collect(list)
	if len(out) == 0 {
		t.Fatal("no records")
	}
	for i := 1; i < len(out); i++ {
		if out[i].Received.Before(out[i-1].Received) {
			t.Fatalf("record %d comes before the one before it", i)
		}
	}
	return out
}

func same(a, b event.Record) bool {
	return a.Source == b.Source && a.Format == b.Format && a.Peer == b.Peer && a.Received.Equal(b.Received) && bytes.Equal(a.Data, b.Data)
}

func TestWeek_SameSeedSameBytesInPiecesToo(t *testing.T) {
	t.Parallel()
	from, _, to := days()
	whole := collect(t, records.Week(hospital(), from, to, seed, 0.5))
	var pieces []event.Record
	for at := from; at.Before(to); at = at.Add(59 * time.Minute) {
		until := at.Add(59 * time.Minute)
		if until.After(to) {
			until = to
		}
		pieces = slices.AppendSeq(pieces, records.Week(hospital(), at, until, seed, 0.5))
	}
	if !slices.EqualFunc(whole, pieces, same) {
		t.Errorf("%d records at once, %d in pieces", len(whole), len(pieces))
	}
	if slices.EqualFunc(whole, slices.Collect(records.Week(hospital(), from, to, seed+1, 0.5)), same) {
		t.Error("another seed gives the same bytes")
	}
}

func TestWeek_BusyByDayAndStruckServersFallSilent(t *testing.T) {
	t.Parallel()
	from, night, to := days()
	list := collect(t, records.Week(hospital(), from, to, seed, 1))
	if n := len(list); n < 6_000 || n > 14_000 {
		t.Errorf("%d records in a week", n)
	}
	hours := map[int]int{}
	for _, r := range list {
		local := r.Received.In(zone())
		if local.Weekday() == time.Wednesday {
			hours[local.Hour()]++
		}
		if r.Peer == "10.20.40.11" && local.After(night.Add(records.NightEnd)) {
			t.Fatalf("a struck server writes at %v", local)
		}
	}
	if hours[11] < hours[23]+20 {
		t.Errorf("11 o'clock: %d, 23 o'clock: %d", hours[11], hours[23])
	}
}

func TestNight_SameSeedSameBytes(t *testing.T) {
	t.Parallel()
	_, night, _ := days()
	one, two := collect(t, records.Night(hospital(), seed)), collect(t, records.Night(hospital(), seed))
	if !slices.EqualFunc(one, two, same) {
		t.Error("the night differs")
	}
	if first, last := one[0].Received, one[len(one)-1].Received; first.Before(night) || last.After(night.Add(records.NightEnd)) {
		t.Errorf("from %v to %v", first.In(zone()), last.In(zone()))
	}
}

var address = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`)

// TestRecords_AreReadAndHarmless holds every entry to what the product's formats
// read, and to addresses that are nobody's.
func TestRecords_AreReadAndHarmless(t *testing.T) {
	t.Parallel()
	from, _, to := days()
	h := hospital()
	h.Visits = []records.Visit{{From: from.Add(14 * time.Hour), Until: from.Add(16 * time.Hour), User: "shinonome-hosyu", Address: "203.0.113.20"}}
	formats := all.Named(formattest.Zone())
	var allowed []netip.Prefix
	for _, p := range []string{"10.0.0.0/8", "127.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"} {
		allowed = append(allowed, netip.MustParsePrefix(p))
	}
	seen := map[string]int{}
	for r := range records.Merge(records.Week(h, from, to, seed, 1), records.Night(h, seed)) {
		e := event.Event{Received: r.Received, Time: r.Received, Source: r.Source, Peer: r.Peer, Original: r.Data}
		formats[r.Format].Normalise(&r, &e)
		if e.Unread != "" || e.Skew || e.Core.Host == "" {
			t.Fatalf("%q of %s: %s", e.Unread, r.Source, r.Data)
		}
		if late := r.Received.Sub(e.Time); late < -time.Second || late > 3*time.Second {
			t.Fatalf("%v late: %s", late, r.Data)
		}
		seen[e.Dataset]++
		for _, word := range address.FindAllString(string(r.Data), -1) {
			a, err := netip.ParseAddr(word)
			if err == nil && !slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(a) }) {
				t.Fatalf("%s stands in %s", word, r.Data)
			}
		}
	}
	for _, name := range strings.Fields("windows.security windows.system windows.application windows.defender windows.terminalservices fortigate.traffic fortigate.event samba.full_audit linux.sshd") {
		if seen[name] == 0 {
			t.Errorf("no %s: %v", name, seen)
		}
	}
}

func TestMerge_KeepsAll(t *testing.T) {
	t.Parallel()
	at := func(n int) event.Record { return event.Record{Received: time.Unix(int64(n), 0)} }
	got := slices.Collect(records.Merge(slices.Values([]event.Record{at(1), at(4)}), slices.Values([]event.Record{at(2), at(4), at(9)})))
	for i, want := range []int64{1, 2, 4, 4, 9} {
		if len(got) != 5 || got[i].Received.Unix() != want {
			t.Fatalf("%v", got)
		}
	}
	for range records.Merge(slices.Values(got), slices.Values(got)) {
		break // a reader that stops early
	}
}

func BenchmarkWeek(b *testing.B) {
	from, _, to := days()
	h := hospital()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range records.Week(h, from, to, seed, 1) {
			n++
		}
	}
	if os.Getenv("TORIDE_MEASURE") != "" {
		b.ReportMetric(float64(n)/float64(b.N), "records/op")
	}
}
