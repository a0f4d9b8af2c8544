package logbook

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// perPage is how many events a page of the search shows.
const perPage = 100

// patience is how long a search may take; what was found until then is shown,
// and that it is not all is said.
const patience = 20 * time.Second

// SearchPage is a search with its results. All of it is in the address.
type SearchPage struct {
	Query    string
	Range    string // key of ranges, or "own"
	Ranges   []RangeLink
	From, To time.Time
	FromText string // as the fields take it
	ToText   string
	Error    text.Msg // what is wrong with the query
	Fields   []string
	Count    int
	Least    bool // Count is "at least": the search was stopped or a part damaged
	Damaged  []text.Msg
	Bars     []HistBar
	Width    int // of the picture
	Bucket   text.Msg
	Most     int
	Top      []TopList
	Rows     []EventRow
	Next     string
	Export   []RangeLink
	Looked   int
	CanWrite bool
}

// RangeLink is a link with its words.
type RangeLink struct {
	Key  string
	URL  string
	Here bool
}

// HistBar is a bar of the histogram; a click narrows the time to it.
type HistBar struct {
	X, Y, W, H int
	From       time.Time
	Count      int
	URL        string
}

// TopList are the most frequent values of a field.
type TopList struct {
	Field  string
	Values []TopValue
	More   int
}

// TopValue is one of them; a click adds it to the query.
type TopValue struct {
	Value string
	Count int
	URL   string
	Not   string // URL that leaves it out
}

// EventRow is an event in the list.
type EventRow struct {
	URL     string
	Time    time.Time
	Skew    bool
	Dataset string
	Host    string
	User    string
	Source  string
	Say     string
	Bad     bool // outcome failure
}

// ranges are the usual ones, the shortest first.
func ranges() []string { return []string{"15m", "1h", "24h", "7d", "30d", "400d"} }

func rangeOf(key string) (time.Duration, bool) {
	if !slices.Contains(ranges(), key) {
		return 0, false
	}
	if days, ok := strings.CutSuffix(key, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil
	}
	d, err := time.ParseDuration(key)
	return d, err == nil
}

// asked is what the address says.
type asked struct {
	query    string
	key      string
	from, to time.Time
	after    string
}

func (d *Desk) asked(c *web.Call) (a asked, err error) {
	a = asked{query: strings.TrimSpace(c.Query("q")), key: c.Query("range"), after: c.Query("after")}
	// Times that somebody just typed count before the period that was there;
	// those of the page before do not, when a period was chosen instead.
	if a.key == "own" || c.Query("was") != "own" && c.Query("from")+c.Query("to") != "" {
		a.key = "own"
		for _, bound := range []struct {
			name string
			to   *time.Time
		}{{"from", &a.from}, {"to", &a.to}} {
			if s := c.Query(bound.name); s != "" {
				if *bound.to, err = time.ParseInLocation("2006-01-02T15:04", s[:min(len(s), 16)], d.cfg.Zone); err != nil {
					return a, fault.New(fault.Invalid, "logbook.search.time", s).With(err)
				}
			}
		}
		return a, nil
	}
	span, ok := rangeOf(a.key)
	if !ok {
		a.key, span = "24h", 24*time.Hour
	}
	// The end stays where it was while somebody turns pages.
	a.to = c.Now
	if until, err := strconv.ParseInt(c.Query("at"), 10, 64); err == nil {
		a.to = time.Unix(until, 0)
	}
	a.from = a.to.Add(-span)
	return a, nil
}

// early is by how much the clock of a device may run ahead and its entries
// still belong to "until now".
const early = 15 * time.Minute

// until is the end of the time that is searched.
func (a asked) until() time.Time {
	if a.key == "own" || a.to.IsZero() {
		return a.to
	}
	return a.to.Add(early)
}

func (a asked) values() url.Values {
	v := url.Values{}
	if a.query != "" {
		v.Set("q", a.query)
	}
	if a.key == "own" {
		v.Set("range", "own")
		if !a.from.IsZero() {
			v.Set("from", a.from.Format("2006-01-02T15:04"))
		}
		if !a.to.IsZero() {
			v.Set("to", a.to.Format("2006-01-02T15:04"))
		}
	} else {
		v.Set("range", a.key)
	}
	return v
}

func (a asked) url(path string, change func(url.Values)) string {
	v := a.values()
	if change != nil {
		change(v)
	}
	return path + "?" + v.Encode()
}

// topFields are the fields whose most frequent values are shown.
func topFields() []string {
	return []string{"event.dataset", "host.name", "user.name", "source.ip", "event.code", "event.action"}
}

func (d *Desk) searchPage(c *web.Call) error {
	a, err := d.asked(c)
	if err != nil {
		return err
	}
	a.from, a.to = a.from.In(d.cfg.Zone), a.to.In(d.cfg.Zone)
	p := d.frame(a)
	p.CanWrite = c.Person.Can(permWrite)
	if p.To.IsZero() { // up to now
		p.To = c.Now.In(d.cfg.Zone)
	}
	expr, err := query.Parse(a.query, d.cfg.Zone)
	if err != nil {
		f := fault.Of(err)
		if f.Kind == fault.Internal {
			return err
		}
		p.Error = f.Msg
		return c.RenderStatus(http.StatusUnprocessableEntity, "logbook.search", p)
	}
	view, done := d.cfg.Store.View()
	defer done()
	ctx, cancel := context.WithTimeout(c.Ctx(), patience)
	defer cancel()
	req := query.Request{Query: expr, From: a.from, To: a.until()}
	sum, err := query.Summarise(ctx, &view, query.SummaryRequest{Request: req, Zone: d.cfg.Zone, Top: topFields(), Values: 8})
	if err != nil && !timeout(err) {
		return err
	}
	if sum != nil {
		p.count(a, sum)
	}
	page, err := query.Rows(ctx, &view, req, perPage, a.after)
	if err != nil && !timeout(err) {
		return err
	}
	if page != nil {
		p.rows(a, page)
	}
	return c.Render("logbook.search", p)
}

func timeout(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

// frame is the page before anything was found.
func (d *Desk) frame(a asked) SearchPage {
	p := SearchPage{Query: a.query, Range: a.key, From: a.from, To: a.to}
	if own := a.key == "own"; own && !a.from.IsZero() {
		p.FromText = a.from.Format("2006-01-02T15:04")
	}
	if own := a.key == "own"; own && !a.to.IsZero() {
		p.ToText = a.to.Format("2006-01-02T15:04")
	}
	for _, key := range ranges() {
		p.Ranges = append(p.Ranges, RangeLink{key, a.url("/log", func(v url.Values) {
			v.Set("range", key)
			v.Del("from")
			v.Del("to")
		}), key == a.key})
	}
	for _, form := range []string{"csv", "jsonl", "original"} {
		p.Export = append(p.Export, RangeLink{Key: form, URL: a.url("/log/export", func(v url.Values) { v.Set("format", form); fixed(a, v) })})
	}
	for _, f := range query.Fields() {
		p.Fields = append(p.Fields, f.Name)
	}
	return p
}

// fixed makes the times of a range those that the page shows.
func fixed(a asked, v url.Values) {
	if a.key != "own" && !a.to.IsZero() {
		v.Set("at", strconv.FormatInt(a.to.Unix(), 10))
	}
}

// Size of the histogram, in pixels of its own space.
const (
	histWidth  = 1000
	histHeight = 120
)

func (p *SearchPage) count(a asked, sum *query.Summary) {
	p.Count, p.Least, p.Looked = int(sum.Count), !sum.Complete, int(sum.Progress.Total)
	for _, d := range sum.Damaged {
		p.Damaged = append(p.Damaged, fault.Of(d.Err).Msg)
	}
	for _, b := range sum.Histogram {
		p.Most = max(p.Most, int(b.Count))
	}
	p.Width, p.Bucket = histWidth, span(sum.Width)
	n := max(1, len(sum.Histogram))
	for i, b := range sum.Histogram {
		x, next := i*histWidth/n, (i+1)*histWidth/n
		bar := HistBar{X: x, W: max(1, next-x-1), From: b.From, Count: int(b.Count)}
		if b.Count > 0 {
			bar.H = max(2, int(b.Count)*histHeight/max(1, p.Most))
		}
		bar.Y = histHeight - bar.H
		narrow := asked{query: a.query, key: "own", from: b.From.In(a.to.Location()), to: b.From.Add(sum.Width).In(a.to.Location())}
		bar.URL = narrow.url("/log", nil)
		p.Bars = append(p.Bars, bar)
	}
	for _, t := range sum.Top {
		list := TopList{Field: t.Field, More: max(0, t.Distinct-len(t.Values))}
		for _, v := range t.Values {
			if v.Value == "" {
				continue
			}
			with, without := query.Equal(t.Field, v.Value), query.Not(query.Equal(t.Field, v.Value))
			list.Values = append(list.Values, TopValue{Value: v.Value, Count: int(v.Count), URL: a.with(with), Not: a.with(without)})
		}
		if len(list.Values) > 0 {
			p.Top = append(p.Top, list)
		}
	}
}

// with is the address of this search with another condition.
func (a asked) with(e query.Expr) string {
	b := a
	if b.query = e.String(); a.query != "" {
		b.query = "(" + a.query + ") and " + e.String()
	}
	return b.url("/log", nil)
}

// span says how long a bucket is.
func span(d time.Duration) text.Msg {
	switch {
	case d >= 24*time.Hour:
		return text.M("logbook.span.days", int(d/(24*time.Hour)))
	case d >= time.Hour:
		return text.M("logbook.span.hours", int(d/time.Hour))
	case d >= time.Minute:
		return text.M("logbook.span.minutes", int(d/time.Minute))
	}
	return text.M("logbook.span.seconds", max(1, int(d/time.Second)))
}

func (p *SearchPage) rows(a asked, page *query.Page) {
	p.Least = p.Least || !page.Complete
	for _, e := range page.Events {
		p.Rows = append(p.Rows, row(e))
	}
	if page.Next != "" {
		p.Next = a.url("/log", func(v url.Values) { v.Set("after", page.Next); fixed(a, v) })
	}
}

func row(e *event.Event) EventRow {
	r := EventRow{URL: "/log/event/" + e.At.String(), Time: e.Time, Skew: e.Skew, Dataset: e.Dataset, Host: e.Core.Host, User: e.Core.User, Say: line(e), Bad: e.Core.Outcome == "failure"}
	if e.Core.SourceIP.IsValid() {
		r.Source = e.Core.SourceIP.String()
	} else {
		r.Source = e.Core.SourceHost
	}
	return r
}

// line is an event in one line: its message, else what makes it up.
func line(e *event.Event) string {
	const most = 160
	words := e.Core.Message
	if words == "" {
		words = strings.Join(slices.DeleteFunc([]string{e.Core.Code, e.Core.Action, e.Core.Process, e.Core.CommandLine, e.Core.File}, func(s string) bool { return s == "" }), " ")
	}
	if words == "" {
		words = string(e.Text)
	}
	words = strings.Join(strings.Fields(words), " ")
	if letters := []rune(words); len(letters) > most {
		words = string(letters[:most]) + "…"
	}
	return words
}
