package hunt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/sheet"
)

// Hit is an event that a rule matched, or what a correlation rule saw in
// several.
type Hit struct {
	Rule     *rulepack.Rule
	File     string
	Record   uint64 // EventRecordID; of lines without one, the line's number
	Time     time.Time
	Host     string
	User     string
	Source   string // address the act came from
	Code     string // event ID
	Channel  string // or data set
	Provider string
	Process  string
	Command  string
	Path     string // file
	Message  string // of lines: the line itself, cut
	Group    string // of a correlation: the values its events had in common
	Count    int    // of a correlation: how many events
}

// maxText is how much of a text goes into a hit, in bytes.
const maxText = 1000

// AppendJSON appends the hit as one JSON object. Names are those of the Elastic
// Common Schema, flat; the first eight are always there.
func (h *Hit) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"@timestamp":`...)
	dst = quote(dst, h.Time.UTC().Format("2006-01-02T15:04:05.000000Z"))
	dst = member(dst, "rule.id", h.Rule.Key)
	dst = member(dst, "rule.title", h.Rule.Title().EN)
	dst = member(dst, "rule.level", h.Rule.Level().String())
	dst = member(dst, "file", h.File)
	dst = append(dst, `,"record_id":`...)
	dst = strconv.AppendUint(dst, h.Record, 10)
	dst = member(dst, "host.name", h.Host)
	dst = member(dst, "event.code", h.Code)
	for _, m := range []struct{ name, value string }{
		{"event.dataset", h.Channel}, {"event.provider", h.Provider}, {"user.name", h.User}, {"source.ip", h.Source}, {"process.executable", h.Process},
		{"process.command_line", h.Command}, {"file.path", h.Path}, {"message", h.Message}, {"correlation.group", h.Group},
	} {
		if m.value != "" {
			dst = member(dst, m.name, m.value)
		}
	}
	if h.Count > 0 {
		dst = append(dst, `,"correlation.count":`...)
		dst = strconv.AppendInt(dst, int64(h.Count), 10)
	}
	if tags := h.Rule.Tags(); len(tags) > 0 {
		dst = append(dst, `,"rule.tags":[`...)
		for i, tag := range tags {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = quote(dst, tag)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func member(dst []byte, name, value string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return quote(dst, value)
}

func quote(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // a string always can be
		return append(dst, `""`...)
	}
	if bytes.IndexByte(b, 0xc2) < 0 {
		return append(dst, b...)
	}
	for _, c := range string(b) { // controls that a terminal obeys and JSON allows
		if c >= 0x80 && c < 0xa0 {
			dst = append(dst, fmt.Sprintf(`\u%04x`, c)...)
			continue
		}
		dst = utf8.AppendRune(dst, c)
	}
	return dst
}

// csvHead and csvRow are the columns of the CSV.
func csvHead() []string {
	return []string{"@timestamp", "rule.level", "rule.title", "rule.id", "host.name", "user.name", "source.ip", "event.code", "event.dataset", "process.executable", "process.command_line", "file.path", "message", "file", "record_id"}
}

func (h *Hit) csvRow() []string {
	row := []string{h.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), h.Rule.Level().String(), h.Rule.Title().EN, h.Rule.Key, h.Host, h.User, h.Source, h.Code, h.Channel, h.Process, h.Command, h.Path, h.Message + h.Group, h.File, strconv.FormatUint(h.Record, 10)}
	for i, cell := range row {
		row[i] = harmless(cell)
	}
	return row
}

// harmless keeps a spreadsheet from taking a cell, which an attacker may have
// written, for a formula.
func harmless(cell string) string {
	return sheet.Guard(strings.Map(func(c rune) rune { // nor a terminal for a command
		if c == '\n' || c == '\t' {
			return c
		}
		return visible(c)
	}, cell))
}
