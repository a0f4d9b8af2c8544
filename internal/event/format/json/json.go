package json

import (
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// maxJoined is how long the joined elements of objects in an array may grow, in
// bytes; what comes behind is left out.
const maxJoined = 4 << 10

// Format reads JSON objects. It is safe for several goroutines.
type Format struct {
	zone  format.Zone
	scan  *format.Scanner
	docs  []format.Body // formats of whole objects
	lines []format.Body // formats of a line inside an object
}

// New makes the format. docs are asked first about the whole object, lines about
// a message inside one. zone is for times that name none.
func New(zone format.Zone, docs, lines []format.Body) *Format {
	return &Format{zone: zone, scan: format.NewScanner(classify), docs: docs, lines: lines}
}

// Name is "json".
func (*Format) Name() string { return "json" }

// Normalise reads one object.
func (f *Format) Normalise(r *event.Record, e *event.Event) {
	text := format.Text(r, e)
	e.Fields = e.Fields[:0]
	e.Dataset = "generic.json"
	if f.known(text, e) {
		format.Finish(e)
		return
	}
	pairs, why := f.scan.Scan(text)
	f.read(pairs.List, e)
	f.scan.Free(pairs)
	e.Unread = format.Or(why, e.Unread)
	if len(e.Fields) == 0 && why != "" {
		e.Core.Message = format.Line(text)
	}
	format.Finish(e)
}

func (f *Format) known(text string, e *event.Event) bool {
	for _, b := range f.docs {
		if b.Take("", text, e) {
			return true
		}
	}
	return false
}

// Take reads an object inside another entry, as the message of a syslog line.
// What is no whole object is not its own.
func (f *Format) Take(_, text string, e *event.Event) bool {
	body := strings.TrimSpace(text)
	if len(body) < 2 || body[0] != '{' || body[len(body)-1] != '}' {
		return false
	}
	pairs, why := f.scan.Scan(body)
	defer f.scan.Free(pairs)
	if why != "" {
		return false
	}
	f.read(pairs.List, e)
	return true
}

func (f *Format) read(list []format.Pair, e *event.Event) {
	var v [roles]string
	for i := range list {
		p := &list[i]
		if p.Key.Role == dropped || p.Kind == format.Null {
			continue
		}
		if v[p.Key.Role] == "" {
			v[p.Key.Role] = p.Value
		}
		if p.Again && again(e, p) {
			continue
		}
		format.Add(e, p.Key.Name, p.Value)
	}
	f.core(e, &v)
	if line := v[message]; line != "" {
		for _, b := range f.lines {
			if b.Take(v[program], line, e) {
				return
			}
		}
	}
}

// again joins a further value of a name inside an array to the first. Names are
// interned, so equal names are found quickly.
func again(e *event.Event, p *format.Pair) bool {
	for i := len(e.Fields) - 1; i >= 0; i-- {
		f := &e.Fields[i]
		if f.Name != p.Key.Name {
			continue
		}
		if len(f.Value)+len(p.Value) < maxJoined {
			f.Value += "\n" + p.Value
		}
		return true
	}
	return false
}
