package format_test

import (
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

func japan() *time.Location { return time.FixedZone("JST", 9*3600) }

func TestParseClock(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-11-22T09:00:00Z":                "2026-11-22T09:00:00Z",
		"2026-11-22T09:00:00.123456789+09:00": "2026-11-22T00:00:00.123456789Z",
		"2026-11-22 09:00:00":                 "2026-11-22T00:00:00Z", // Japan's
		"2026/11/22 09:00:00,5":               "2026-11-22T00:00:00.5Z",
		"2026-11-22 09:00:00 +0900":           "2026-11-22T00:00:00Z",
		"2026-11-22T09:00:00-05":              "2026-11-22T14:00:00Z",
		"2026-11-22T09:00:00.1234567890123Z":  "2026-11-22T09:00:00.123456789Z",
		"2026-12-31T23:59:60Z":                "2027-01-01T00:00:00Z",
		"2024-02-30T00:00:00Z":                "2024-03-01T00:00:00Z",
		"2026-11-22T09:00:00+05:45":           "2026-11-22T03:15:00Z",
		"2026-11-22_09:00:00":                 "2026-11-22T00:00:00Z",
		"1795338001":                          "2026-11-22T09:00:01Z",
		"1795338001.25":                       "2026-11-22T09:00:01.25Z",
		"1795338001123":                       "2026-11-22T09:00:01.123Z",
		"1795338001123456":                    "2026-11-22T09:00:01.123456Z",
		"1795338001123456789":                 "2026-11-22T09:00:01.123456789Z",
		"2026-11-22":                          "", "2026-13-22T09:00:00Z": "", "2026-11-22T24:00:00Z": "", "2026-11-22T09:00": "", "": "", "x": "", "12": "", "2026-11-22T09:00:00 and more": "",
		"99999999999999999999": "", "2026-1a-22T09:00:00Z": "", "2026-11-22T09:61:00Z": "",
	} {
		e := event.Event{Received: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Backfill: true}
		ok := format.StampText(&e, in, japan())
		if got := e.Time.Format(time.RFC3339Nano); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %v %s, not %q", in, ok, got, want)
		}
	}
}

func TestStamp_ImplausibleOnALiveSource(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for d, skew := range map[time.Duration]bool{
		0: false, -time.Hour: false, -399 * 24 * time.Hour: false, -401 * 24 * time.Hour: true, 9 * time.Minute: false, 11 * time.Minute: true,
	} {
		for _, backfill := range []bool{false, true} {
			e := event.Event{Received: now, Time: now, Backfill: backfill}
			format.Stamp(&e, now.Add(d), 0)
			want := now.Add(d)
			if skew && !backfill {
				want = now
			}
			if e.Skew != (skew && !backfill) || !e.Time.Equal(want) {
				t.Errorf("%v backfill %v: %v skew %v", d, backfill, e.Time, e.Skew)
			}
		}
	}
}

// The time of a message inside an envelope counts, also where the envelope's
// clock was wrong.
func TestStamp_InnerTimeWins(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	e := event.Event{Received: now, Time: now}
	format.Stamp(&e, time.Unix(0, 0), 0)
	format.Stamp(&e, now.Add(-time.Minute), 9*3600)
	if e.Skew || !e.Time.Equal(now.Add(-time.Minute)) || e.Offset != 9*3600 {
		t.Errorf("%+v", e)
	}
}

func TestYearless(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ received, written, want string }{
		{"2026-11-22T09:00:00Z", "11-22 18:00:00", "2026-11-22T09:00:00Z"},
		{"2027-01-01T00:00:10Z", "12-31 23:59:59", "2026-12-31T14:59:59Z"},
		{"2026-12-31T15:00:10Z", "01-01 00:00:05", "2026-12-31T15:00:05Z"}, // New Year in Japan, still the old year in UTC
		{"2026-12-31T14:59:00Z", "01-01 00:30:00", "2026-12-31T15:30:00Z"}, // a clock half an hour ahead
		{"2026-11-22T09:00:00Z", "03-05 00:00:00", "2026-03-04T15:00:00Z"},
		{"2026-11-22T09:00:00Z", "12-05 00:00:00", "2025-12-04T15:00:00Z"},
		{"2026-11-22T09:00:00Z", "02-29 00:00:00", "2024-02-28T15:00:00Z"},
		{"2103-01-22T09:00:00Z", "02-29 12:00:00", "2096-02-29T03:00:00Z"},
	} {
		received, _ := time.Parse(time.RFC3339, c.received)
		clock, _, ok := format.ParseClock("0004-" + c.written)
		if !ok {
			t.Fatal(c.written)
		}
		got, offset := format.Yearless(clock, received, japan())
		if got.UTC().Format(time.RFC3339) != c.want || offset != 9*3600 {
			t.Errorf("%s received %s: %v, not %s", c.written, c.received, got, c.want)
		}
	}
}

func TestAddr(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"10.1.1.5": "10.1.1.5", "::ffff:10.1.1.5": "10.1.1.5", "[fe80::1]": "fe80::1", "fe80::1%eth0": "fe80::1", "2001:db8::5": "2001:db8::5",
		"": "", "-": "", "LOCAL": "", "pc-0012": "", "10.1.1": "", "10.1.1.256": "", "10.1.1.1.1": "", "010.1.1.1": "", "10.1.1.": "", "10..1.1": "", "face": "", "a.b.c.d": "", "1.2.3.1000": "",
	} {
		got := format.Addr(in)
		if (got.IsValid() && got.String() != want) || got.IsValid() != (want != "") {
			t.Errorf("%q: %v, not %q", in, got, want)
		}
	}
	if a, p := format.AddrPort("10.1.1.5:51234"); a.String() != "10.1.1.5" || p != 51234 {
		t.Error(a, p)
	}
	if a, p := format.AddrPort("[fe80::1]:445"); a.String() != "fe80::1" || p != 445 {
		t.Error(a, p)
	}
	if p := format.Port("65536"); p != 0 {
		t.Error(p)
	}
}

// A host name where an address is expected is common and must cost nothing.
func TestAddr_NoAddressCostsNothing(t *testing.T) {
	if allocs := testing.AllocsPerRun(100, func() { format.Addr("pc-0012.byoin.example"); format.Addr("10.1.1.256") }); allocs > 0 {
		t.Errorf("%v allocations for what is no address", allocs)
	}
}

func TestCutAndLine(t *testing.T) {
	t.Parallel()
	if got := format.Cut("患者", 4); got != "患" {
		t.Errorf("%q", got)
	}
	if got := format.Line("  \r\n one line \nanother"); got != "one line" {
		t.Errorf("%q", got)
	}
}
