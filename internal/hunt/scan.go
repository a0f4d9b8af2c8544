package hunt

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/internal/detect/match"
	"github.com/torideproject/toride/internal/detect/winlog"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

// result is what a worker found in a unit.
type result struct {
	unit   *unit
	events int
	unread int // lines that no format could read
	hits   []Hit
	feeds  []feed
	lost   []Loss
}

// worker looks through units. It is for one goroutine.
type worker struct {
	rules   *ruleset
	decoder *evtx.Decoder
	records *winlog.Matcher
	lines   *match.Looker
	json    event.Format
	syslog  event.Format
	hits    []int32
	event   event.Event
}

func (w *worker) look(u *unit) *result {
	r := &result{unit: u, lost: u.lost}
	if u.isLog {
		w.chunk(u, r)
	} else {
		w.block(u, r)
	}
	return r
}

// chunk looks through a chunk of an event log.
func (w *worker) chunk(u *unit, r *result) {
	w.decoder.Chunk(&u.chunk)
	for w.decoder.Next() {
		rec := w.decoder.Record()
		r.events++
		w.hits = w.records.Match(rec, w.hits[:0])
		var h Hit // made once: its texts are shared by the rules
		for _, n := range w.hits {
			rule := w.rules.rules[n]
			if !w.rules.quiet[rule] {
				if h.Rule == nil {
					h = hitOf(u.file, rec)
				}
				h.Rule = rule
				r.hits = append(r.hits, h)
			}
			if k, ok := w.rules.feeds[n]; ok {
				r.feeds = append(r.feeds, w.rules.feed(k, timeOf(rec), record{rec}, u.file, numberOf(rec)))
			}
		}
	}
	for _, d := range w.decoder.AppendDamage(nil) {
		r.lost = append(r.lost, lossOf(u.file, d))
	}
}

// record is a record's fields under the names that rules use.
type record struct{ *evtx.Record }

func (r record) Get(name string) (string, bool) {
	for _, n := range []string{name, "Security_" + name} {
		if v, ok := r.Field(n); ok {
			return string(v), true
		}
	}
	shape := r.Shape()
	id := int(shape.EventID())
	for _, source := range sigma.WindowsSources(nil, shape.Channel(), shape.Provider(), id, "") {
		for _, f := range shape.Fields() {
			if second, ok := sigma.WindowsField(source.Service, winlog.Name(f.Name), id); ok && second.To == name {
				v, there := r.Field(f.Name)
				return second.Value(string(v)), there
			}
		}
	}
	return "", false
}

func timeOf(rec *evtx.Record) time.Time {
	if v, ok := rec.Field("TimeCreated_SystemTime"); ok {
		if t, err := time.Parse(time.RFC3339Nano, string(v)); err == nil {
			return t
		}
	}
	return rec.Written()
}

// numberOf is the record's EventRecordID. A log that was saved from a viewer
// numbers its records anew outside; the number inside is the one that the
// original and every other tool show.
func numberOf(rec *evtx.Record) uint64 {
	if v, ok := rec.Field("EventRecordID"); ok {
		if n, ok := number64(string(v)); ok {
			return n
		}
	}
	return rec.Number()
}

func hitOf(file string, rec *evtx.Record) Hit {
	get := func(names ...string) string {
		for _, name := range names {
			if v, ok := rec.Field(name); ok && len(v) > 0 && string(v) != "-" {
				return cut(string(v))
			}
		}
		return ""
	}
	shape := rec.Shape()
	return Hit{File: file, Record: numberOf(rec), Time: timeOf(rec), Host: get("Computer"), User: get("TargetUserName", "User", "SubjectUserName", "AccountName"),
		Source: get("IpAddress", "SourceIp", "ClientAddress", "SourceNetworkAddress"), Code: get("EventID"), Channel: cut(shape.Channel()), Provider: cut(shape.Provider()),
		Process: get("NewProcessName", "Image", "ProcessName", "SourceImage"), Command: get("CommandLine", "ScriptBlockText", "ParentCommandLine"),
		Path: get("TargetFilename", "ObjectName", "ImagePath", "ServiceFileName", "TargetObject", "Path")}
}

func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.Clone(strings.ToValidUTF8(s[:maxText], "")) + "…"
}

// block looks through lines.
func (w *worker) block(u *unit, r *result) {
	number, rest := u.line, u.lines
	for len(rest) > 0 {
		end := bytes.IndexByte(rest, '\n')
		line := bytes.TrimPrefix(rest[:end], []byte("\xef\xbb\xbf"))
		rest = rest[end+1:]
		if len(bytes.TrimSpace(line)) > 0 {
			w.line(u, r, line, number)
		}
		number++
	}
}

func (w *worker) line(u *unit, r *result, line []byte, number uint64) {
	format := w.syslog
	if trimmed := bytes.TrimSpace(line); trimmed[0] == '{' {
		format, line = w.json, trimmed
	}
	rec := event.Record{Source: "file", Format: format.Name(), Peer: u.file, Received: w.rules.now, Backfill: true, Data: line}
	e := &w.event
	*e = event.Event{Fields: e.Fields[:0], Received: rec.Received, Time: rec.Received, Backfill: true, Source: rec.Source, Peer: rec.Peer, Original: line}
	format.Normalise(&rec, e)
	r.events++
	if e.Unread != "" {
		r.unread++
	}
	w.hits, _ = w.lines.Match(e, w.hits[:0])
	var h Hit // made once: its texts are shared by the rules
	for _, n := range w.hits {
		rule := w.rules.rules[n]
		if !w.rules.quiet[rule] {
			if h.Rule == nil {
				h = eventHit(u.file, e, number)
			}
			h.Rule = rule
			r.hits = append(r.hits, h)
		}
		if k, ok := w.rules.feeds[n]; ok {
			r.feeds = append(r.feeds, w.rules.feed(k, e.Time, match.Fields{Event: e}, u.file, number))
		}
	}
}

func eventHit(file string, e *event.Event, number uint64) Hit {
	h := Hit{File: file, Record: number, Time: e.Time, Host: cut(strings.Clone(e.Core.Host)), User: cut(strings.Clone(e.Core.User)), Code: cut(strings.Clone(e.Core.Code)), Channel: strings.Clone(e.Dataset),
		Provider: strings.Clone(e.Core.Provider), Process: cut(strings.Clone(e.Core.Process)), Command: cut(strings.Clone(e.Core.CommandLine)), Path: cut(strings.Clone(e.Core.File))}
	if e.Core.SourceIP.IsValid() {
		h.Source = e.Core.SourceIP.String()
	}
	if id, ok := e.Get("EventRecordID"); ok {
		if n, ok := number64(id); ok {
			h.Record = n
		}
	}
	if e.Product == "windows" {
		if channel, ok := e.Get("Channel"); ok {
			h.Channel = cut(strings.Clone(channel))
		}
	} else {
		h.Message = cut(string(e.Text))
	}
	return h
}

func number64(s string) (n uint64, ok bool) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > 1<<60 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, s != ""
}

func lossOf(file string, d evtx.Damage) Loss {
	l := Loss{File: file, What: text.M("hunt.damage."+strconv.Itoa(int(d.Kind)), d.Offset), Count: 1}
	if d.Kind == evtx.MissingRecords {
		l.What = text.M("hunt.damage."+strconv.Itoa(int(d.Kind)), d.Record, d.Last)
	}
	return l
}
