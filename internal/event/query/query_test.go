package query_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/segment"
)

func day(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }

// tail is a Tail of a slice.
type tail []*event.Event

func (t tail) Len() int { return len(t) }

func (t tail) Each(yield func(*event.Event) bool) {
	for i := len(t) - 1; i >= 0; i-- {
		if !yield(t[i]) {
			return
		}
	}
}

// part writes events as a segment.
func part(t testing.TB, events []*event.Event, groupRows int) query.Part {
	t.Helper()
	var out bytes.Buffer
	if _, err := segment.Write(context.Background(), &out, segment.Options{Facility: eventtest.Facility, GroupRows: groupRows}, events); err != nil {
		t.Fatal(err)
	}
	return partOf(t, out.Bytes())
}

func partOf(t testing.TB, b []byte) query.Part {
	t.Helper()
	r, err := segment.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	i := r.Info()
	return query.Part{
		Name: i.First.String(), Rows: i.Rows, First: i.First, Last: i.Last,
		TimeMin: i.TimeMin, TimeMax: i.TimeMax, ReceivedMin: i.ReceivedMin, ReceivedMax: i.ReceivedMax,
		Open: func() (*segment.Reader, func(), error) { return r, func() {}, nil },
	}
}

// strange gives events that formats never make, but files may hold.
func strange(rng *rand.Rand, n int, seq uint64) []*event.Event {
	words := []string{"", "a", "AB", "ＡＢＣ", "abcd", "abc", "ﾊﾟｽﾜｰﾄﾞ", "パスワード", "か\u3099ん", "がん", "e\u0301tude", "étude", "患者", "患者ID=7", "C:\\Windows\\x.exe", `q"uote`, "line\nline", "tab\there", "bad\xff\xfe", "10.1.2.3", "2001:db8::1", "443", "0443", "-", "*", `a\*b`, "straße", "ǅ", "x y z", "東京　支店"}
	pick := func() string { return words[rng.IntN(len(words))] }
	addr := func() netip.Addr {
		switch rng.IntN(4) {
		case 0:
			return netip.Addr{}
		case 1:
			return netip.MustParseAddr("2001:db8::1")
		}
		return netip.AddrFrom4([4]byte{10, byte(rng.IntN(2)), 0, byte(rng.IntN(4))})
	}
	var out []*event.Event
	for i := range n {
		e := &event.Event{
			At:       event.Position{Epoch: 1, Seq: seq + uint64(i/3), Index: uint32(i % 3)},
			Received: day(1).Add(time.Duration(rng.IntN(86_400)) * time.Second), Offset: int32(rng.IntN(3)-1) * 3600, Skew: rng.IntN(5) == 0, Backfill: rng.IntN(5) == 0,
			Source: []string{"s1", "s2"}[rng.IntN(2)], Peer: pick(), Dataset: []string{"a.b", "a.c", "z"}[rng.IntN(3)], Product: pick(), Unread: []string{"", "x"}[rng.IntN(2)],
			Core: event.Core{Host: pick(), User: pick(), Code: pick(), SourceIP: addr(), DestIP: addr(), SourcePort: uint16(rng.IntN(3) * 443), Process: pick(), CommandLine: pick(), Message: pick(), File: pick(), Bytes: uint64(rng.IntN(3) * 1000)},
		}
		e.Time = e.Received.Add(-time.Duration(rng.IntN(3)) * time.Second)
		for range rng.IntN(4) {
			name := []string{"alpha", "Beta", "gamma\tx", "alpha", "患者"}[rng.IntN(5)]
			value := pick()
			if rng.IntN(3) == 0 {
				value = e.Core.User
			}
			e.Fields = append(e.Fields, event.Field{Name: name, Value: value})
		}
		e.Original = []byte(pick() + pick() + pick())
		e.Text = e.Original
		switch rng.IntN(6) {
		case 0:
			e.Text = []byte(pick() + " " + pick())
		case 1:
			e.Text = nil
		}
		out = append(out, e)
	}
	return out
}

// clean makes of e what a segment keeps: U+FFFD for bytes that are no UTF-8.
func clean(e *event.Event) *event.Event {
	v := func(s string) string { return string(bytes.ToValidUTF8([]byte(s), []byte("\uFFFD"))) }
	c := *e
	k := &c.Core
	for _, s := range []*string{&c.Peer, &c.Product, &k.Host, &k.User, &k.Code, &k.Process, &k.CommandLine, &k.Message, &k.File} {
		*s = v(*s)
	}
	c.Fields = slices.Clone(c.Fields)
	for i := range c.Fields {
		c.Fields[i].Value = v(c.Fields[i].Value)
	}
	return &c
}

// ask makes a random expression out of what the events say.
func ask(rng *rand.Rand, events []*event.Event, depth int) query.Expr {
	if depth > 0 {
		switch rng.IntN(6) {
		case 0:
			return query.Not(ask(rng, events, depth-1))
		case 1, 2:
			return query.Expr{Op: query.OpAnd, Kids: []query.Expr{ask(rng, events, depth-1), ask(rng, events, depth-1)}}
		case 3:
			return query.Expr{Op: query.OpOr, Kids: []query.Expr{ask(rng, events, depth-1), ask(rng, events, depth-1), ask(rng, events, depth-1)}}
		}
	}
	e := events[rng.IntN(len(events))]
	names := []string{"", "", "event.original", "message", "host.name", "user.name", "source.ip", "destination.ip", "event.code", "source.port", "network.bytes", "process.executable", "process.command_line", "file.path", "event.dataset", "log.product", "toride.peer", "alpha", "BETA", "gamma\tx", "患者", "srcip", "policyname", "sessionid", "TargetUserName", "LogonGuid", "EventID", "IpPort", "利用者", "nothing", "@timestamp", "event.ingested"}
	name := names[rng.IntN(len(names))]
	values, _ := said(e, name)
	value := ""
	if len(values) > 0 {
		value = string(bytes.ToValidUTF8([]byte(values[rng.IntN(len(values))]), nil))
	}
	t := query.Test{Field: name, How: query.How(rng.IntN(5)), Value: value}
	runes := []rune(value)
	from := rng.IntN(len(runes) + 1)
	piece := string(runes[from : from+rng.IntN(len(runes)-from+1)])
	switch t.How {
	case query.Is:
		if rng.IntN(3) == 0 || name == "" {
			t.Value = piece
		}
	case query.Like:
		t.Value = []string{"*", "", "*"}[rng.IntN(3)] + piece + []string{"*", "", "*" + value}[rng.IntN(3)]
	case query.Between:
		t.From, t.To = float64(rng.IntN(1000)), float64(rng.IntN(70_000))
		if name == "@timestamp" || name == "event.ingested" {
			t.From, t.To = float64(e.Time.UnixMicro()), float64(e.Time.Add(6*time.Hour).UnixMicro())
		}
	case query.Within:
		t.Value = []string{"10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "0.0.0.0/0"}[rng.IntN(4)]
	}
	return query.Expr{Op: query.OpTest, Test: t}
}

// Whatever is asked, segments, tail and mixtures of them answer as the oracle.
func TestRowsAndSummarise_AnswerAsTheOracle(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 1))
			events := eventtest.Events(seed, 900, day(1), day(2))
			events = append(events, strange(rng, 300, 100_000)...)
			views := mixtures(t, rng, events)
			for n := range 40 {
				r := query.Request{Query: ask(rng, events, 3), Received: n%4 == 0}
				if n%3 == 0 {
					r.From = day(1).Add(time.Duration(rng.IntN(24)) * time.Hour)
				}
				if n%5 == 0 {
					r.To = day(1).Add(time.Duration(rng.IntN(24)) * time.Hour)
				}
				want := wanted(events, r)
				for name, v := range views {
					same(t, name, v, r, want)
				}
			}
		})
	}
}

// mixtures puts the same events into views.
func mixtures(t *testing.T, rng *rand.Rand, events []*event.Event) map[string]*query.View {
	for i := range events {
		events[i] = clean(events[i])
	}
	mixed := slices.Clone(events)
	rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	a, b, c := mixed[:400], mixed[400:800], mixed[800:]
	parts := []query.Part{part(t, a, 250), part(t, b, 0), part(t, c, 100)}
	var readers []*segment.Reader
	for _, p := range parts {
		r, _, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, r)
	}
	var merged bytes.Buffer
	if _, err := segment.Merge(context.Background(), &merged, segment.Options{Small: true, GroupRows: 700}, readers); err != nil {
		t.Fatal(err)
	}
	return map[string]*query.View{
		"tail":    {Tail: tail(events)},
		"one":     {Parts: []query.Part{part(t, events, 400)}},
		"parts":   {Parts: parts},
		"mixture": {Parts: parts[:2], Tail: tail(c)},
		"merged":  {Parts: []query.Part{partOf(t, merged.Bytes())}},
	}
}

func same(t *testing.T, name string, v *query.View, r query.Request, want []*event.Event) {
	t.Helper()
	ctx := context.Background()
	page, err := query.Rows(ctx, v, r, 700, "")
	if err != nil {
		t.Fatal(err)
	}
	got := page.Events
	for page.Next != "" && len(got) <= len(want) {
		if page, err = query.Rows(ctx, v, r, 700, page.Next); err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Events...)
	}
	if !page.Complete || len(got) != len(want) {
		t.Fatalf("%s: %v (received %v) finds %d, not %d: %+v", name, r.Query, r.Received, len(got), len(want), page.Outcome)
	}
	for i := range got {
		if !alike(got[i], want[i]) {
			t.Fatalf("%s: %v: row %d is\n%+v, not\n%+v", name, r.Query, i, got[i], want[i])
		}
	}
	checkSummary(t, name, v, r, want)
}

// alike compares what was read with what was written.
func alike(a, b *event.Event) bool {
	x, y := *a, *b
	if len(x.Fields) == 0 && len(y.Fields) == 0 {
		x.Fields, y.Fields = nil, nil
	}
	if len(x.Text) == 0 && len(y.Text) == 0 {
		x.Text, y.Text = nil, nil
	}
	if len(x.Original) == 0 && len(y.Original) == 0 {
		x.Original, y.Original = nil, nil
	}
	return reflect.DeepEqual(x, y)
}

func checkSummary(t *testing.T, name string, v *query.View, r query.Request, want []*event.Event) {
	t.Helper()
	tops := []string{"user.name", "source.ip", "source.port", "network.bytes", "message", "TargetUserName", "event.dataset"}
	s, err := query.Summarise(context.Background(), v, query.SummaryRequest{Request: r, Width: time.Hour, Top: tops, Values: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if s.Count != int64(len(want)) || !s.Complete || s.Progress.Done != s.Progress.Total {
		t.Fatalf("%s: %v: counted %d, not %d (%+v)", name, r.Query, s.Count, len(want), s.Outcome)
	}
	hours := map[time.Time]map[string]int64{}
	counts := make([]map[string]int64, len(tops))
	for _, e := range want {
		at := e.Time
		if r.Received {
			at = e.Received
		}
		at = at.Truncate(time.Hour)
		if hours[at] == nil {
			hours[at] = map[string]int64{}
		}
		hours[at][e.Dataset]++
		for i, f := range tops {
			values, _ := said(e, f)
			if counts[i] == nil {
				counts[i] = map[string]int64{}
			}
			if i := slices.IndexFunc(values, func(v string) bool { return v != "" }); i >= 0 {
				values = values[i : i+1]
			}
			if len(values) > 0 && values[0] != "" {
				counts[i][values[0]]++
			}
		}
	}
	for _, b := range s.Histogram {
		sum := int64(0)
		for i, n := range b.Of {
			sum += n
			if n != hours[b.From][s.Datasets[i]] {
				t.Fatalf("%s: %v: %v has %d of %s, not %d", name, r.Query, b.From, n, s.Datasets[i], hours[b.From][s.Datasets[i]])
			}
		}
		if sum != b.Count {
			t.Fatalf("%s: %v: the parts of %v make %d, not %d", name, r.Query, b.From, sum, b.Count)
		}
		delete(hours, b.From)
	}
	for at, n := range hours {
		t.Fatalf("%s: %v: %v is missing: %v", name, r.Query, at, n)
	}
	for i, top := range s.Top {
		if len(top.Values) != min(1000, len(counts[i])) || top.Distinct != len(counts[i]) || !top.Exact {
			t.Fatalf("%s: %v: %s has %d values (%d), not %d", name, r.Query, top.Field, len(top.Values), top.Distinct, len(counts[i]))
		}
		for j, c := range top.Values {
			if c.Count != counts[i][c.Value] || j > 0 && c.Count > top.Values[j-1].Count {
				t.Fatalf("%s: %v: %s: %q is counted %d, not %d", name, r.Query, top.Field, c.Value, c.Count, counts[i][c.Value])
			}
		}
	}
}
