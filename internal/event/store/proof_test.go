package store

import (
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
)

func jst() *time.Location { return time.FixedZone("JST", 9*3600) }

// from makes a batch of n events of one sender.
func from(seq uint64, n int, at time.Time, source, peer string) []event.Event {
	out := batchOf(seq, n, at)
	for i := range out {
		out[i].Source, out[i].Peer = source, peer
	}
	return out
}

// diary makes a store that hears a firewall in some hours and a server in
// others, is away for a while, and has deleted its first day.
func diary(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.settings.Zone = jst()
	b.clock.Set(time.Date(2026, 11, 19, 23, 0, 0, 0, time.UTC))
	b.open()
	seq := uint64(0)
	hear := func(at string, source, peer string) {
		when, err := time.Parse("2006-01-02 15:04", at)
		must(t, err)
		b.clock.Set(when)
		seq++
		b.take(seq, from(seq, int(seq), when, source, peer))
		b.seal()
		b.tick(0)
	}
	hear("2026-11-19 23:30", "fw", "192.0.2.1")  // 1, deleted later
	hear("2026-11-20 00:10", "fw", "192.0.2.1")  // 2
	hear("2026-11-20 01:20", "srv", "192.0.2.2") // 3
	hear("2026-11-20 02:50", "fw", "192.0.2.1")  // 4
	hear("2026-11-20 02:55", "fw", "192.0.2.9")  // 5
	b.close()
	b.clock.Set(time.Date(2026, 11, 20, 5, 30, 0, 0, time.UTC)) // away for 2 h 35
	b.open()
	hear("2026-11-20 14:59", "fw", "192.0.2.1") // 6
	hear("2026-11-20 15:00", "fw", "192.0.2.1") // 7: the next day in Japan
	b.settings.KeepDays = 1
	b.clock.Set(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
	must(t, b.Delete(t.Context(), b.Plan(), "tester"))
	seq++
	b.take(seq, from(seq, 8, b.clock.Now(), "fw", "192.0.2.1")) // in the tail
	return b
}

func (b *bench) proof(of ProofOf) *Proof {
	b.t.Helper()
	p, err := b.Proof(b.t.Context(), of)
	must(b.t, err)
	return p
}

// drawn shows the hours of a proof, a letter each.
func drawn(p *Proof) string {
	letters := map[HourState]string{Heard: "#", Silence: ".", NotKnown: "?", WasErased: "x"}
	var out []string
	for _, d := range p.Days {
		line := d.Day + fmt.Sprintf(" %d ", d.Rows)
		for _, h := range d.Hours {
			line += letters[h.State]
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func spans(in []Span) string {
	var out []string
	for _, s := range in {
		out = append(out, s.From.Format("02T15")+"-"+s.To.Format("02T15"))
	}
	return strings.Join(out, " ")
}

func TestProof_HoursDaysAndWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	b := diary(t)
	all := ProofOf{Source: "fw", From: time.Date(2026, 11, 19, 20, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}
	b.clock.Add(30 * time.Minute)
	p := b.proof(all)
	// In Japan the 20th begins at 15:00 UTC on the 19th; Toride began at 23:00.
	want := "2026-11-20 17 ???x#.#???........#\n2026-11-21 15 #........#"
	if got := drawn(p); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if p.Rows != 2+4+5+6+7+8 || p.NotSealed != 8 || !p.First.Equal(time.Date(2026, 11, 20, 0, 10, 0, 0, time.UTC)) || !p.Last.Equal(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%d rows, %d not sealed, %s to %s", p.Rows, p.NotSealed, p.First, p.Last)
	}
	if got := spans(p.Silent); got != "20T01-20T02 20T06-20T14 20T16-21T00" {
		t.Errorf("silent %s", got)
	}
	if got := spans(p.Unknown); got != "19T20-19T23 20T03-20T06" { // before Toride began, and not at 02: it was heard
		t.Errorf("unknown %s", got)
	}
	if len(p.Deleted) != 1 || p.Deleted[0].Day != "2026-11-19" || p.Deleted[0].By != "tester" || p.Deleted[0].Rows != 1 {
		t.Errorf("%+v", p.Deleted)
	}
	if !p.To.Equal(b.clock.Now()) || p.Checkpoint != b.checkpoint() || !strings.HasPrefix(p.Key, "toride/"+facility+"+") || p.Zone != b.settings.Zone {
		t.Errorf("%+v", p)
	}
	all.Peer = "192.0.2.9"
	if p := b.proof(all); p.Rows != 5 {
		t.Errorf("%d rows of one peer", p.Rows)
	}
	all.Source, all.Peer = "nobody", ""
	if p := b.proof(all); p.Rows != 0 || !p.First.IsZero() || strings.Contains(drawn(p), "#") {
		t.Errorf("%+v", p)
	}
	// Before Toride began, nothing is known.
	all.From = time.Date(2026, 11, 19, 10, 0, 0, 0, time.UTC)
	if got := spans(b.proof(all).Unknown); !strings.HasPrefix(got, "19T10-") {
		t.Errorf("unknown %s", got)
	}
}

func TestProof_SaysWhatWasVerified(t *testing.T) {
	t.Parallel()
	b := diary(t)
	of := ProofOf{Source: "fw", From: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), To: b.clock.Now()}
	if p := b.proof(of); p.Verified != nil || p.VerifiedRows != 0 {
		t.Errorf("never verified: %+v", p.Verified)
	}
	r, err := b.Verify(t.Context(), nil, nil)
	must(t, err)
	if r.Broken() {
		t.Fatalf("%+v", r.Findings)
	}
	b.seal() // sealed, but after the verification
	p := b.proof(of)
	if p.Verified == nil || p.Verified.Broken || p.VerifiedRows != 2+4+5+6+7 || p.NotSealed != 0 || len(p.Findings) > 0 {
		t.Errorf("%+v", p)
	}
	// A change is found by the next verification, and stands on the proof.
	b.open()
	name := facilityFolder(facility) + "/" + b.parts[1].Name
	must(t, b.disk.Flip(name, 200))
	r, err = b.Verify(t.Context(), nil, nil)
	must(t, err)
	if p := b.proof(of); !r.Broken() || !p.Verified.Broken || len(p.Findings) == 0 {
		t.Errorf("%+v", p.Findings)
	}
}

// The catalogue is a cache: without it everything is the same.
func TestProof_SameWithoutCatalogue(t *testing.T) {
	t.Parallel()
	b := diary(t)
	b.seal()
	of := ProofOf{Source: "fw", From: time.Date(2026, 11, 19, 20, 0, 0, 0, time.UTC), To: b.clock.Now()}
	before := drawn(b.proof(of))
	usage, err := b.Usage(t.Context())
	must(t, err)
	b.cfg.Catalogue += ".new"
	b.open()
	if got := drawn(b.proof(of)); got != before {
		t.Errorf("got\n%s\nwant\n%s", got, before)
	}
	for range b.parts {
		b.tick(time.Second) // counts one file each
	}
	if left, err := b.cat.uncounted(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
	if got := drawn(b.proof(of)); got != before {
		t.Errorf("got\n%s\nwant\n%s", got, before)
	}
	again, err := b.Usage(t.Context())
	must(t, err)
	if !slices.Equal(again.Days, usage.Days) || !slices.Equal(again.Shares, usage.Shares) {
		t.Errorf("%+v\n%+v", again, usage)
	}
	if r, err := b.Verify(t.Context(), nil, nil); err != nil || len(r.Findings) > 0 {
		t.Errorf("%+v %v", r.Findings, err)
	}
}

// A catalogue that says something else is noticed, and made again.
func TestRebuild_WrongCatalogue(t *testing.T) {
	t.Parallel()
	b := diary(t)
	b.seal()
	of := ProofOf{Source: "fw", From: time.Date(2026, 11, 19, 20, 0, 0, 0, time.UTC), To: b.clock.Now()}
	before := drawn(b.proof(of))
	must(t, b.cat.setHours(t.Context(), b.parts[1].Name, hours{hourKey{hour: 1, source: "fw"}: {rows: 1}}))
	must(t, b.cat.db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM events_part WHERE name = ?", b.parts[0].Name)
		return err
	}))
	r, err := b.Verify(t.Context(), nil, nil)
	must(t, err)
	if len(r.Findings) != 2 || r.Findings[0].Kind != WrongCatalog || r.Findings[1].Kind != WrongCatalog || !r.Broken() {
		t.Errorf("%+v", r.Findings)
	}
	b.close()
	must(t, Rebuild(t.Context(), b.cfg))
	b.open()
	if got := drawn(b.proof(of)); got != before {
		t.Errorf("got\n%s\nwant\n%s", got, before)
	}
	if r, err := b.Verify(t.Context(), nil, nil); err != nil || len(r.Findings) > 0 {
		t.Errorf("%+v %v", r.Findings, err)
	}
	// One that is no database at all is put aside by Open itself.
	b.close()
	must(t, os.WriteFile(b.cfg.Catalogue, []byte("this is no database, and was one yesterday"), 0o600))
	_ = os.Remove(b.cfg.Catalogue + "-wal")
	b.open()
	if got := drawn(b.proof(of)); got != before {
		t.Errorf("got\n%s\nwant\n%s", got, before)
	}
}

// Merging changes no count.
func TestSources_SameAfterMerging(t *testing.T) {
	t.Parallel()
	b := diary(t)
	list := func() string {
		all, err := b.Sources(t.Context(), noon().AddDate(0, 0, -9), noon().AddDate(0, 0, 9))
		must(t, err)
		var out []string
		for _, s := range all {
			out = append(out, fmt.Sprintf("%s %s %s %d %d %s %s", s.Source, s.Peer, s.Dataset, s.Rows, s.Bytes, s.First.Format("02T15:04"), s.Last.Format("02T15:04")))
		}
		slices.Sort(out)
		return strings.Join(out, "\n")
	}
	before := list()
	if !strings.Contains(before, "srv 192.0.2.2 syslog 3 ") || !strings.Contains(before, "20T01:20 20T01:20") {
		t.Errorf("%s", before)
	}
	b.seal()
	files := len(b.names())
	b.clock.Add(48 * time.Hour)
	must(t, b.Merge(t.Context()))
	if after := list(); after != before || len(b.names()) >= files {
		t.Errorf("%d files\n%s\nbefore, %d files\n%s", len(b.names()), after, files, before)
	}
	if r, err := b.Verify(t.Context(), nil, nil); err != nil || len(r.Findings) > 0 {
		t.Errorf("%+v %v", r.Findings, err)
	}
}

func TestHours_ManyPeersAreBounded(t *testing.T) {
	t.Parallel()
	h := hours{}
	for i := range 10_000 {
		e := line(1, 1, i, noon().Add(time.Duration(i)*time.Second), "x")
		e.Peer = fmt.Sprintf("203.0.113.%d", i)
		h.event(&e)
	}
	rows, others := int64(0), int64(0)
	for k, n := range h {
		rows += n.rows
		if k.peer == Others {
			others += n.rows
		}
	}
	if rows != 10_000 || others < 5000 || len(h) > maxSealPeers+3 {
		t.Errorf("%d rows, %d of others, %d keys", rows, others, len(h))
	}
	again, err := decodeHours(h.encode())
	must(t, err)
	if len(again) != len(h) {
		t.Errorf("%d keys, %d after decoding", len(h), len(again))
	}
	for k, n := range h {
		if *again[k] != *n {
			t.Errorf("%v: %+v %+v", k, again[k], n)
		}
	}
}

func FuzzDecodeHours(f *testing.F) {
	h := hours{}
	e := line(1, 1, 1, noon(), "x")
	h.event(&e)
	f.Add(h.encode())
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = decodeHours(b) })
}

func FuzzDecodeEntry(f *testing.F) {
	f.Add([]byte(`{"v":1,"kind":"seal","at":"2026-11-20T12:00:00Z","file":"date=2026-11-20/1-1-2.parquet","root":"AAAA"}`))
	f.Add([]byte(`{"kind":"merge","of":["../../etc/passwd"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEntry(b)
		if err != nil {
			return
		}
		for _, name := range append([]string{e.File}, e.Of...) {
			if strings.Contains(name, "..") || strings.HasPrefix(name, "/") {
				t.Errorf("the name %q became a path", name)
			}
		}
		newHistory().apply(3, e)
	})
}

func TestUsage_Forecast(t *testing.T) {
	t.Parallel()
	const gb = 1 << 30
	forecast := func(free int64, keep int, held bool, days ...int64) Forecast {
		u := &Usage{At: noon(), Free: uint64(free), Reserve: 10 * gb}
		for i, n := range days { // the last one is yesterday
			u.Days = append(u.Days, DayUse{Day: dayString(noon().AddDate(0, 0, i-len(days))), Bytes: n})
		}
		u.Forecast.Held = held
		return u.forecast(keep, u.Reserve)
	}
	// A gigabyte a day, ninety of them free, nothing deleted so soon.
	f := forecast(100*gb, 400, false, gb, gb, gb)
	if f.Left != 91 || f.PerDay != gb || f.Days != 3 || dayString(f.FullOn) != "2027-02-19" {
		t.Errorf("%+v", f)
	}
	// What is kept ten days never fills a hundred gigabytes.
	if f := forecast(100*gb, 10, false, gb, gb, gb); !f.FullOn.IsZero() {
		t.Errorf("%+v", f)
	}
	if f := forecast(100*gb, 10, true, gb, gb, gb); f.Left != 91 { // unless a hold keeps it
		t.Errorf("%+v", f)
	}
	// Only the last seven days count.
	if f := forecast(100*gb, 400, false, 90*gb, gb, gb, gb, gb, gb, gb, gb); f.PerDay != gb || f.Days != 7 {
		t.Errorf("%+v", f)
	}
	if f := forecast(5*gb, 400, false, gb); f.Left != 0 || dayString(f.FullOn) != "2026-11-20" {
		t.Errorf("nearly full already: %+v", f)
	}
	if f := forecast(100*gb, 400, false); f.Days != 0 || !f.FullOn.IsZero() {
		t.Errorf("nothing is known: %+v", f)
	}
}

func TestUsage_ForeseeOtherSettings(t *testing.T) {
	t.Parallel()
	const gb = 1 << 30
	u := &Usage{At: noon(), Free: 20 * gb, Total: 1000 * gb, Reserve: 10 * gb}
	for i := range 30 {
		u.Days = append(u.Days, DayUse{Day: dayString(noon().AddDate(0, 0, i-30)), Bytes: gb})
	}
	if f := u.Foresee(Settings{Reserve: 10 * gb}); f != u.forecast(DefaultKeepDays, u.Reserve) || f.Left != 11 {
		t.Errorf("the settings that are there: %+v", f)
	}
	if f := u.Foresee(Settings{KeepDays: 60, Reserve: 10 * gb}); f.Left != 11 { // the first goes after a month
		t.Errorf("%+v", f)
	}
	// Twenty days go at once, and each day as much goes as comes.
	if f := u.Foresee(Settings{KeepDays: 10, Reserve: 10 * gb}); !f.FullOn.IsZero() {
		t.Errorf("%+v", f)
	}
	if f := u.Foresee(Settings{Reserve: 19 * gb}); f.Left != 2 {
		t.Errorf("another reserve: %+v", f)
	}
	if f := u.Foresee(Settings{}); f.Left != 0 { // by itself: 50 GB of this disk
		t.Errorf("the reserve of itself: %+v", f)
	}
	u.Forecast.Held = true
	if f := u.Foresee(Settings{KeepDays: 10, Reserve: 10 * gb}); f.Left != 11 {
		t.Errorf("a hold keeps all: %+v", f)
	}
	if u.Days[0].Bytes != gb || u.Free != 20*gb {
		t.Error("looking ahead changed what there is")
	}
}

func TestUsage_SharesAndDays(t *testing.T) {
	t.Parallel()
	b := diary(t)
	u, err := b.Usage(t.Context())
	must(t, err)
	if u.NotSealed != 8 || u.Rows != 2+3+4+5+6+7 || u.Files != len(b.parts) || len(u.Days) != 1 || u.Days[0].Day != "2026-11-20" || u.Forecast.Days != 1 {
		t.Errorf("%+v", u)
	}
	if len(u.Shares) != 2 || u.Shares[0].Source != "fw" || u.Shares[0].Rows != 24 || u.Shares[1].Source != "srv" {
		t.Errorf("%+v", u.Shares)
	}
	if sum := u.Shares[0].Bytes + u.Shares[1].Bytes; sum > u.Bytes || sum < u.Bytes-10 {
		t.Errorf("shares are %d of %d bytes", sum, u.Bytes)
	}
}
