package fortigate

import (
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// Format reads FortiGate lines. It is safe for several goroutines.
type Format struct {
	zone format.Zone
	keys *format.Keys
}

// New makes the format. zone is used for lines without tz and eventtime.
func New(zone format.Zone) *Format {
	f := &Format{zone: zone, keys: format.NewKeys(classify)}
	for _, name := range names() {
		f.keys.Child(nil, name)
	}
	return f
}

// Name is "fortigate".
func (f *Format) Name() string { return "fortigate" }

// Normalise reads a line as it comes from a FortiGate, with or without the
// priority of syslog before it.
func (f *Format) Normalise(r *event.Record, e *event.Event) {
	text := format.Text(r, e)
	e.Fields = e.Fields[:0]
	e.Dataset, e.Product = "fortigate.event", "fortigate"
	if i := strings.IndexByte(text, '>'); i > 0 && i < 5 && text[0] == '<' {
		text = text[i+1:]
	}
	if !f.Take("", text, e) {
		e.Unread = format.UnreadHeader
		if strings.TrimSpace(text) == "" {
			e.Unread = format.UnreadEmpty
		}
		e.Core.Message = format.Line(text)
	}
	format.Finish(e)
}

// Take reads a line that has a log ID and a type, as all of FortiOS have.
func (f *Format) Take(_, text string, e *event.Event) bool {
	if !claims(text) {
		return false
	}
	l := line{e: e, keys: f.keys, csv: isCSV(text)}
	l.read(text)
	l.stamp(f.zone)
	l.core()
	return true
}

// claims is cheap and certain enough: no other device writes both.
func claims(text string) bool {
	return (strings.Contains(text, "logid=") || strings.Contains(text, "log_id=")) && strings.Contains(text, "type=")
}

// isCSV tells "set format csv" from the default: the first field is always the
// date.
func isCSV(text string) bool {
	return len(text) > 15 && strings.HasPrefix(text, "date=") && text[15] == ','
}

// line is what was read of one line.
type line struct {
	e    *event.Event
	keys *format.Keys
	csv  bool
	v    [roles]string
}

// read goes through the pairs. What is no pair (words without "=") is passed
// over; it stays in the original.
func (l *line) read(s string) {
	i := 0
	for i < len(s) {
		for i < len(s) && (s[i] == ' ' || s[i] == ',' || s[i] == '\t' || s[i] < ' ') {
			i++
		}
		from := i
		for i < len(s) && nameByte(s[i]) {
			i++
		}
		if i >= len(s) || s[i] != '=' || i == from {
			for i < len(s) && s[i] != ' ' && s[i] != ',' {
				i++
			}
			continue
		}
		name := s[from:i]
		i++
		var value string
		if i < len(s) && s[i] == '"' {
			value, i = quoted(s, i+1)
		} else {
			value, i = l.bare(s, i)
		}
		k := l.keys.Child(nil, name)
		if k.Role != 0 && l.v[k.Role] == "" {
			l.v[k.Role] = value
		}
		format.Add(l.e, k.Name, value)
		if l.e.Unread != "" {
			return
		}
	}
}

func nameByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

// bare reads an unquoted value: to the next blank, or comma in csv.
func (l *line) bare(s string, i int) (string, int) {
	from := i
	for i < len(s) && s[i] != ' ' && s[i] > '\n' && (!l.csv || s[i] != ',') {
		i++
	}
	return s[from:i], i
}

// quoted reads a value that began with a quotation mark before i. FortiOS writes a mark
// inside as \", but leaves backslashes alone, so that `path="C:\"` ends there
// too: a mark ends the value when nothing follows, or the next pair does.
func quoted(s string, i int) (string, int) {
	from, escaped := i, false
	for {
		n := strings.IndexByte(s[i:], '"')
		if n < 0 {
			return unquote(s[from:], escaped), len(s)
		}
		i += n
		rest := s[i+1:]
		switch {
		case rest == "", i > from && s[i-1] != '\\' && separator(rest[0]), i == from && separator(rest[0]):
			return unquote(s[from:i], escaped), i + 1
		case i > from && s[i-1] == '\\' && separator(rest[0]) && pair(rest):
			return unquote(s[from:i], escaped), i + 1
		}
		escaped = escaped || i > from && s[i-1] == '\\'
		i++
	}
}

func separator(c byte) bool { return c == ' ' || c == ',' || c == '\r' || c == '\n' }

// pair reports whether a separator and "name=" follow.
func pair(s string) bool {
	i := 1
	for i < len(s) && i < 40 && nameByte(s[i]) {
		i++
	}
	return i > 1 && i < len(s) && s[i] == '='
}

func unquote(s string, escaped bool) string {
	if !escaped {
		return s
	}
	return strings.ReplaceAll(s, `\"`, `"`)
}
