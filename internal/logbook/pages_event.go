package logbook

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// EventPage is one event whole.
type EventPage struct {
	At       string
	Time     time.Time
	Device   string // the device's time with its own offset
	Received time.Time
	Skew     bool
	Backfill bool
	Source   string // name of the configured source
	Peer     string
	Dataset  string
	Say      string
	Core     []Pair
	Fields   []Pair
	Original string
	Binary   bool // the original is no text
	Cut      bool // only its beginning is shown
	Size     int
	Unread   text.Msg
	Alerts   []detect.AlertRow
	Around   string // the same host, ten minutes around
	SameUser string
	SameIP   string
}

// PageTitle names the event by its line.
func (p EventPage) PageTitle() text.Msg { return text.M("logbook.event.titled", p.Say) }

// Pair is a name and a value, with the search for others that have it.
type Pair struct{ Name, Value, URL string }

// shownOriginal is how much of an original the page shows, in bytes.
const shownOriginal = 20_000

func (d *Desk) event(c *web.Call) (*event.Event, error) {
	at, ok := event.ParsePosition(c.Path("at"))
	if !ok {
		return nil, fault.New(fault.NotFound, "logbook.event.gone")
	}
	return d.cfg.Store.Event(c.Ctx(), at)
}

func (d *Desk) eventPage(c *web.Call) error {
	e, err := d.event(c)
	if err != nil {
		return err
	}
	p := EventPage{At: e.At.String(), Time: e.Time, Received: e.Received, Skew: e.Skew, Backfill: e.Backfill, Source: e.Source, Peer: e.Peer, Dataset: e.Dataset, Say: line(e), Size: len(e.Original)}
	p.Device = e.Time.In(time.FixedZone("", int(e.Offset))).Format("2006-01-02T15:04:05.000000-07:00")
	if src, err := d.log.Source(c.Ctx(), e.Source); err == nil {
		p.Source = src.Name
	}
	if e.Unread != "" {
		p.Unread = text.M("logbook.unread." + e.Unread)
	}
	for _, f := range query.Fields() {
		if v := query.Value(e, f.Name); v != "" {
			p.Core = append(p.Core, Pair{f.Name, v, searchFor(f.Name, v)})
		}
	}
	for _, f := range e.Fields {
		p.Fields = append(p.Fields, Pair{f.Name, f.Value, searchFor(f.Name, f.Value)})
	}
	p.show(e)
	if d.cfg.Cited != nil {
		if p.Alerts, err = d.cfg.Cited(c, e.At); err != nil {
			return err
		}
	}
	if e.Core.Host != "" {
		p.Around = "/log?range=own&q=" + escaped(query.Equal("host.name", e.Core.Host)) +
			"&from=" + e.Time.Add(-10*time.Minute).In(d.cfg.Zone).Format("2006-01-02T15:04") + "&to=" + e.Time.Add(11*time.Minute).In(d.cfg.Zone).Format("2006-01-02T15:04")
	}
	if e.Core.User != "" {
		p.SameUser = searchFor("user.name", e.Core.User)
	}
	if e.Core.SourceIP.IsValid() {
		p.SameIP = searchFor("source.ip", e.Core.SourceIP.String())
	}
	return c.Render("logbook.event", p)
}

// show puts the original onto the page as text: a JSON object indented, bytes
// that are no text in hexadecimal.
func (p *EventPage) show(e *event.Event) {
	words := e.Text
	if words == nil {
		words = e.Original
	}
	if json.Valid(words) && len(words) < shownOriginal {
		var pretty strings.Builder
		enc := json.NewEncoder(&pretty)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if enc.Encode(json.RawMessage(words)) == nil {
			p.Original = pretty.String()
			return
		}
	}
	if p.Cut = len(words) > shownOriginal; p.Cut {
		words = words[:shownOriginal]
	}
	p.Binary = !utf8.Valid(e.Original)
	p.Original = strings.Map(func(c rune) rune {
		if c < 0x20 && c != '\n' && c != '\t' {
			return '\u00b7'
		}
		return c
	}, strings.ToValidUTF8(string(words), "\ufffd"))
}

func escaped(e query.Expr) string { return url.QueryEscape(e.String()) }

func searchFor(name, value string) string {
	if len(value) > 300 {
		return ""
	}
	return "/log?range=7d&q=" + escaped(query.Equal(name, value))
}

// original gives the bytes as they came.
func (d *Desk) original(c *web.Call) error {
	e, err := d.event(c)
	if err != nil {
		return err
	}
	return c.Download("event-"+e.At.String()+".log", "application/octet-stream", e.Original)
}

// maxExport is how many events one export may have; beyond, a person asks for
// a shorter time.
const maxExport = 1_000_000

// export writes what a search finds, newest first, as it is found. It leaves
// a line in the ledger before the first byte goes out.
func (d *Desk) export(c *web.Call) error {
	a, err := d.asked(c)
	if err != nil {
		return err
	}
	expr, err := query.Parse(a.query, d.cfg.Zone)
	if err != nil {
		return err
	}
	form := c.Query("format")
	write, end, kind := exporter(c.W, form)
	if write == nil {
		return fault.New(fault.Invalid, "logbook.export.format", form)
	}
	view, done := d.cfg.Store.View()
	defer done()
	err = d.cfg.Book.Note(c.Ctx(), ledger.ActorOf(c), "log.export", "log", map[string]string{"query": a.query, "from": a.from.UTC().Format(time.RFC3339), "to": a.to.UTC().Format(time.RFC3339), "format": form})
	if err != nil {
		return err
	}
	name := "toride-log-" + c.Now.In(d.cfg.Zone).Format("20060102-1504") + map[string]string{"csv": ".csv", "jsonl": ".jsonl", "original": ".log"}[form]
	c.W.Header().Set("Content-Type", kind)
	c.W.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	n := 0
	_, err = query.Each(c.Ctx(), &view, query.Request{Query: expr, From: a.from, To: a.until()}, func(e *event.Event) error {
		if n++; n > maxExport {
			return errFull
		}
		return write(e)
	})
	if err == nil || errors.Is(err, errFull) {
		err = end()
	}
	if err != nil {
		// The head is sent: cut the connection, so that nobody takes half for all.
		d.cfg.Log.Error("export of records failed", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

var errFull = errors.New("logbook: the export has its greatest length")

func exporter(w io.Writer, form string) (write func(*event.Event) error, end func() error, kind string) {
	switch form {
	case "csv":
		out := csv.NewWriter(w)
		started := false
		return func(e *event.Event) error {
			if !started {
				started = true
				if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil {
					return err
				}
				if err := out.Write(exportHead()); err != nil {
					return err
				}
			}
			return out.Write(exportRow(e))
		}, func() error { out.Flush(); return out.Error() }, "text/csv; charset=utf-8"
	case "jsonl":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return func(e *event.Event) error { return enc.Encode(Exported(e)) }, func() error { return nil }, "application/x-ndjson"
	case "original":
		return func(e *event.Event) error {
			_, err := w.Write(append(e.Original[:len(e.Original):len(e.Original)], '\n'))
			return err
		}, func() error { return nil }, "application/octet-stream"
	}
	return nil, nil, ""
}

func exportHead() []string {
	out := []string{"@timestamp", "event.ingested", "event.id"}
	for _, f := range query.Fields() {
		if f.Kind != query.Time {
			out = append(out, f.Name)
		}
	}
	return out
}

func exportRow(e *event.Event) []string {
	out := []string{e.Time.UTC().Format(time.RFC3339Nano), e.Received.UTC().Format(time.RFC3339Nano), e.At.String()}
	for _, f := range query.Fields() {
		if f.Kind != query.Time {
			out = append(out, sheet.Guard(exportValue(e, f.Name)))
		}
	}
	return out
}

// exportValue is a field's value, of the original its text.
func exportValue(e *event.Event, name string) string {
	if name == query.FieldText {
		return strings.ToValidUTF8(string(e.Text), "\ufffd")
	}
	return query.Value(e, name)
}

// Exported is an event as one JSON object: the core under its names, the
// entry's own fields below "fields".
func Exported(e *event.Event) map[string]any {
	out := map[string]any{"@timestamp": e.Time.UTC(), "event.ingested": e.Received.UTC(), "event.id": e.At.String(), "event.original": string(e.Text), "toride.source": e.Source, "toride.peer": e.Peer}
	for _, f := range query.Fields() {
		if v := query.Value(e, f.Name); v != "" && f.Kind != query.Time {
			if n, err := strconv.ParseInt(v, 10, 64); err == nil && f.Kind == query.Number {
				out[f.Name] = n
				continue
			}
			out[f.Name] = v
		}
	}
	own := map[string]string{}
	for _, f := range e.Fields {
		own[f.Name] = f.Value
	}
	if len(own) > 0 {
		out["fields"] = own
	}
	return out
}
