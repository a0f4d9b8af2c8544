package windows

import (
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// Format reads Windows events in JSON. It is safe for several goroutines.
type Format struct {
	zone  format.Zone
	scan  *format.Scanner
	names insertNames
}

// New makes the format. zone is for times that name none, as NXLog writes them.
func New(zone format.Zone) *Format {
	f := &Format{zone: zone, scan: format.NewScanner(classify), names: readInserts()}
	for _, path := range [...]string{"EventID", "Channel", "Computer", "@timestamp", "message"} {
		f.scan.Keys().Child(nil, path)
	}
	return f
}

// Name is "windows".
func (*Format) Name() string { return "windows" }

// Normalise reads one event.
func (f *Format) Normalise(r *event.Record, e *event.Event) {
	text := strings.TrimSpace(format.Text(r, e))
	e.Fields = e.Fields[:0]
	e.Product, e.Dataset = "windows", "windows.eventlog"
	if !f.Take("", text, e) {
		e.Unread = format.UnreadShape
		switch {
		case text == "":
			e.Unread = format.UnreadEmpty
		case text[0] != '{':
			e.Unread = format.UnreadJSON
		}
		e.Core.Message = format.Line(text)
	}
	format.Finish(e)
}

// Take reads an event in any of the shapes; all of them name an event ID.
func (f *Format) Take(_, text string, e *event.Event) bool {
	body := strings.TrimLeft(text, " \t")
	if !strings.HasPrefix(body, "{") || !strings.Contains(body, `EventID"`) && !strings.Contains(body, `event_id"`) && !strings.Contains(body, `"Id"`) {
		return false
	}
	pairs, why := f.scan.Scan(body)
	defer f.scan.Free(pairs)
	in := winner(pairs.List)
	if in == 0 {
		return false
	}
	w := reader{e: e, f: f, in: in}
	w.values(pairs.List)
	if in == flat && (w.v[channel] == "" && w.v[provider] == "" || w.v[eventID] == "") {
		return false
	}
	e.Unread = why
	w.fields(pairs.List)
	w.stamp()
	w.core()
	if key := w.key(); key != "" && why == "" {
		e.Key = key
	}
	return true
}

// winner tells in which shape the event is: the one in which its ID stands.
func winner(list []format.Pair) int {
	best := 0
	for i := range list {
		role := list[i].Key.Role
		if meaning(role) == eventID && (best == 0 || shape(role) < best) {
			best = shape(role)
		}
	}
	return best
}

// reader reads one event.
type reader struct {
	e   *event.Event
	f   *Format
	in  int
	v   [roles]string
	sum uint64 // of the event's data, for the key
}

// own reports whether a member belongs to the event's shape. What Elastic's
// agents add around it stands at the top.
func (w *reader) own(role int) bool {
	if shape(role) == w.in {
		return true
	}
	switch meaning(role) {
	case message, timestamp, logLevel:
		return w.in == beats
	}
	return false
}

func (w *reader) values(list []format.Pair) {
	for i := range list {
		role := list[i].Key.Role
		if m := meaning(role); m > dropped && w.v[m] == "" && w.own(role) {
			w.v[m] = list[i].Value
		}
	}
}

// fields writes the event's fields in their order.
func (w *reader) fields(list []format.Pair) {
	for i := 0; i < len(list); i++ {
		p := &list[i]
		end := i + 1
		for p.Array && end < len(list) && list[end].Array && list[end].Key == p.Key {
			end++
		}
		run := list[i:end]
		i = end - 1
		role := p.Key.Role
		if meaning(role) == dropped || p.Kind == format.Null {
			continue
		}
		own := w.own(role)
		if own && meaning(role) == inserts {
			w.inserts(run)
			continue
		}
		value := p.Value
		if len(run) > 1 {
			value = joined(run)
		}
		if own && role&data != 0 {
			w.sum += mix(value)
		}
		w.field(p.Key, own, value)
	}
}

// field writes one field; some values differ between collectors and are given as
// Windows itself has them.
func (w *reader) field(k *format.Key, own bool, value string) {
	if !own {
		format.Add(w.e, k.Path, value)
		return
	}
	switch meaning(k.Role) {
	case timestamp:
		return
	case outcome: // Winlogbeat tells of the keywords of auditing this alone
		if w.v[channel] == "Security" {
			switch value {
			case format.Failure:
				w.v[keywords] = auditFailure
			case format.Success:
				w.v[keywords] = auditSuccess
			default:
				return
			}
			format.Add(w.e, "Keywords", w.v[keywords])
		}
		return
	case logLevel:
		value = w.levelNumber(value)
		w.v[level] = value
	case keywords:
		if n, err := strconv.ParseInt(value, 10, 64); err == nil { // NXLog: the bits as a signed number
			value = "0x" + strconv.FormatUint(uint64(n), 16)
			w.v[keywords] = value
		}
	}
	format.Add(w.e, k.Name, value)
}

// The keywords of an audited event as Windows writes them.
const (
	auditFailure = "0x8010000000000000"
	auditSuccess = "0x8020000000000000"
)

// levelNumber gives Windows' number for the word that Winlogbeat writes, in the
// language of the computer. The Security log has level 0 always.
func (w *reader) levelNumber(word string) string {
	switch strings.ToLower(word) {
	case "critical", "重大":
		return "1"
	case "error", "エラー":
		return "2"
	case "warning", "警告":
		return "3"
	case "information", "情報":
		if w.v[channel] == "Security" {
			return "0"
		}
		return "4"
	case "verbose", "詳細":
		return "5"
	}
	return word
}

func joined(run []format.Pair) string {
	n := len(run)
	for i := range run {
		n += len(run[i].Value)
	}
	var b strings.Builder
	b.Grow(n)
	for i := range run {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(run[i].Value)
	}
	return b.String()
}

// inserts names the values that Fluent Bit sends without names. The names of an
// event this package does not know are lost; its values become one field Data,
// as Windows has it for events without names.
func (w *reader) inserts(run []format.Pair) {
	names := w.f.names.of(w.v[provider], w.v[eventID], len(run))
	for i := range run {
		value := run[i].Value
		w.sum += mix(value)
		if i < len(names) {
			format.Add(w.e, names[i], value)
			if m := datum(names[i]); m != other && w.v[m] == "" {
				w.v[m] = value
			}
		}
	}
	if len(names) == 0 {
		format.Add(w.e, "Data", joined(run))
	}
}

// stamp sets the time: that of the event, or else the collector's.
func (w *reader) stamp() {
	for _, text := range [...]string{w.v[timeCreated], w.v[timestamp]} {
		if text != "" && format.StampText(w.e, text, w.location()) {
			return
		}
	}
}

func (w *reader) location() *time.Location { return w.f.zone(w.e.Source) }
