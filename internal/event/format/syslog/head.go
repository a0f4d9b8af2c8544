package syslog

import (
	"strings"

	"github.com/torideproject/toride/internal/event/format"
)

// head is a line taken apart.
type head struct {
	pri          int // -1: none
	timed        bool
	clock        format.Clock // Year 0: none was written
	host         string
	program, pid string
	msgid, data  string
	message      string
}

// maxName is how long a host's or program's name may be; what is longer is
// taken for the message (RFC 5424, section 6: 255 and 48).
const maxName = 255

// parse never fails: what is no head is the message.
func parse(s string) head {
	h := head{pri: -1}
	s = h.priority(s)
	if rest, ok := strings.CutPrefix(s, "1 "); ok && h.pri >= 0 && h.rfc5424(rest) {
		return h
	}
	h.rfc3164(s)
	return h
}

// priority reads "<34>"; 0 to 191.
func (h *head) priority(s string) string {
	if len(s) < 3 || s[0] != '<' {
		return s
	}
	end := strings.IndexByte(s[:min(len(s), 5)], '>')
	if end < 2 {
		return s
	}
	n := 0
	for _, c := range []byte(s[1:end]) {
		if c < '0' || c > '9' {
			return s
		}
		n = n*10 + int(c-'0')
	}
	if n > 191 {
		return s
	}
	h.pri = n
	return s[end+1:]
}

// rfc5424 reads what stands behind the version: time, host, program, process,
// message ID, structured data, message. "-" is nothing.
func (h *head) rfc5424(s string) bool {
	var parts [5]string
	for i := range parts {
		var ok bool
		if parts[i], s, ok = strings.Cut(s, " "); !ok || len(parts[i]) > maxName {
			return false
		}
	}
	if parts[0] != "-" {
		c, n, ok := format.ParseClock(parts[0])
		if !ok || n != len(parts[0]) {
			return false
		}
		h.clock, h.timed = c, true
	}
	h.host, h.program, h.pid, h.msgid = none(parts[1]), none(parts[2]), none(parts[3]), none(parts[4])
	if rest, ok := strings.CutPrefix(s, "-"); ok && (rest == "" || rest[0] == ' ') {
		s = rest
	} else if strings.HasPrefix(s, "[") {
		n := structuredEnd(s)
		h.data, s = s[:n], s[n:]
	}
	s = strings.TrimPrefix(s, " ")
	h.message = strings.TrimPrefix(s, "\uFEFF")
	return true
}

func none(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// structuredEnd finds where structured data ends: a ] outside of quotation
// marks that no [ follows.
func structuredEnd(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ']' && !quoted && (i+1 == len(s) || s[i+1] != '['):
			return i + 1
		}
	}
	return 0
}

// rfc3164 reads time, host and tag, each of which may be missing.
func (h *head) rfc3164(s string) {
	s = strings.TrimLeft(s, " ")
	if i := sequence(s); i > 0 {
		s = s[i:]
	}
	n := h.time(s)
	if n == 0 {
		// A tag may stand before the message, never a host: nothing would tell
		// it from the first word.
		h.tagged(s)
		return
	}
	s = s[n:]
	if strings.HasPrefix(s, ":") { // Cisco: no host
		h.tagged(strings.TrimLeft(s[1:], " "))
		return
	}
	s = strings.TrimLeft(s, " ")
	first, rest, more := strings.Cut(s, " ")
	switch {
	case !more, first == "", len(first) > maxName, isTag(first), strings.IndexByte(first, '=') > 0:
		h.tagged(s)
	default:
		h.host = strings.TrimSuffix(first, ":")
		h.tagged(strings.TrimLeft(rest, " "))
	}
}

// sequence passes over the number that Cisco's devices write first: "000123: ",
// and the * or . that says their clock is not set.
func sequence(s string) int {
	i := 0
	for i < len(s) && i < 10 && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i > 0 && strings.HasPrefix(s[i:], ": ") {
		i += 2
	} else {
		i = 0
	}
	if i < len(s) && (s[i] == '*' || s[i] == '.') && i+4 < len(s) && month(s[i+1:]) > 0 {
		i++
	}
	return i
}

// isTag reports whether a word is a tag rather than a host: it ends with a colon
// or has a process number.
func isTag(word string) bool {
	name, colon := strings.CutSuffix(word, ":")
	if i := strings.IndexByte(word, '['); i > 0 && strings.HasSuffix(name, "]") {
		return true
	}
	return colon && strings.IndexByte(name, ':') < 0 && !format.Addr(name).IsValid()
}

// tagged takes "sshd[4711]: message" apart. A message may begin with a word and
// a colon that is no program; it is taken for one, and the message is whole in
// Original.
func (h *head) tagged(s string) {
	h.message = s
	end := 0
	for end < len(s) && end <= maxName && s[end] != ':' && s[end] != '[' && s[end] != ' ' && s[end] != '=' && s[end] != '{' && s[end] != '%' && s[end] != '|' && s[end] < 0x80 {
		end++
	}
	if end == 0 || end >= len(s) || end > maxName {
		return
	}
	program, rest := s[:end], s[end:]
	pid := ""
	if rest[0] == '[' {
		i := strings.IndexByte(rest, ']')
		if i < 0 || i > 64 {
			return
		}
		pid, rest = rest[1:i], rest[i+1:]
	}
	rest, colon := strings.CutPrefix(rest, ":")
	if !colon && (pid == "" || rest != "" && rest[0] != ' ') {
		return
	}
	if colon && rest != "" && rest[0] != ' ' && pid == "" {
		return // C:\…, 10:00, a::b
	}
	h.program, h.pid = program, pid
	h.message = strings.TrimPrefix(rest, " ")
}

// time reads the time at the beginning of s and gives its length, 0 for none.
func (h *head) time(s string) int {
	if c, n, ok := format.ParseClock(s); ok {
		h.clock, h.timed = c, true
		return n
	}
	year := 0
	if len(s) > 8 && s[4] == ' ' && s[0] == '2' { // 2026 Nov 22 09:00:00
		if year = int(format.Uint(s[:4])); year > 0 {
			if n := h.bsd(s[5:], year); n > 0 {
				return n + 5
			}
		}
	}
	return h.bsd(s, 0)
}

// bsd reads "Nov  2 09:00:00", "Nov 22 2026 09:00:00.123", "Nov 22 09:00:00 JST".
func (h *head) bsd(s string, year int) int {
	m := month(s)
	if m == 0 || len(s) < 14 || s[3] != ' ' {
		return 0
	}
	i := 4
	if s[i] == ' ' {
		i++
	}
	day := 0
	for n := 0; n < 2 && i < len(s) && s[i] >= '0' && s[i] <= '9'; n++ {
		day = day*10 + int(s[i]-'0')
		i++
	}
	if day < 1 || day > 31 || i >= len(s) || s[i] != ' ' {
		return 0
	}
	i++
	if len(s) > i+5 && s[i+4] == ' ' && s[i] == '2' && s[i+2] != ':' {
		year = int(format.Uint(s[i : i+4]))
		i += 5
	}
	c, n, ok := format.ParseTime(s[i:])
	if !ok {
		return 0
	}
	c.Year, c.Month, c.Day = year, m, day
	h.clock, h.timed = c, true
	i += n
	return i + zoneName(s[i:])
}

// zoneName passes over the name of a zone (" JST"), which says nothing certain,
// where a colon follows as Cisco's devices write it.
func zoneName(s string) int {
	if len(s) < 5 || s[0] != ' ' {
		return 0
	}
	i := 1
	for i < len(s) && i < 6 && s[i] >= 'A' && s[i] <= 'Z' {
		i++
	}
	if i > 3 && i < len(s) && s[i] == ':' {
		return i
	}
	return 0
}

// month reads the three letters of an English month.
func month(s string) int {
	if len(s) < 4 {
		return 0
	}
	i := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[:3])
	if i < 0 || i%3 != 0 {
		return 0
	}
	return i/3 + 1
}
