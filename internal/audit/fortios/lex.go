package fortios

import "strings"

// scan is the state of a value in quotes: which quote is open, if any.
type scan struct {
	quote byte // 0, '"' or '\''
}

// words splits a line into words and takes the quotes off. A backslash takes
// the next byte as it is, as FortiOS writes \" and \\ inside quotes. When a
// quote stays open, s.quote is not 0 afterwards and the last word is what
// stands on this line. At most max words are returned; the rest is dropped and
// over is true.
func (s *scan) words(line string, max int) (out []string, over bool) {
	i := 0
	for {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
			i++
		}
		if i >= len(line) {
			return out, false
		}
		if len(out) == max {
			return out, true
		}
		var word string
		word, i = s.word(line, i)
		out = append(out, word)
		if s.quote != 0 {
			return out, false
		}
	}
}

// word reads one word from position i. A word without quotes and backslashes
// is a part of the line's own memory.
func (s *scan) word(line string, i int) (string, int) {
	start := i
	for i < len(line) && !strings.ContainsRune(" \t\"'\\", rune(line[i])) {
		i++
	}
	if i >= len(line) || line[i] == ' ' || line[i] == '\t' {
		return line[start:i], i
	}
	if q := line[i]; q != '\\' && i == start {
		if end := strings.IndexByte(line[i+1:], q); end >= 0 && !strings.Contains(line[i+1:i+1+end], `\`) {
			after := i + end + 2
			if after == len(line) || line[after] == ' ' || line[after] == '\t' {
				return line[i+1 : i+1+end], after
			}
		}
	}
	var b strings.Builder
	b.WriteString(line[start:i])
	i = s.rest(line, i, &b)
	return b.String(), i
}

// rest reads the remainder of a word with quotes or backslashes in it.
func (s *scan) rest(line string, i int, b *strings.Builder) int {
	for i < len(line) {
		c := line[i]
		switch {
		case c == '\\' && s.quote != '\'':
			if i++; i < len(line) {
				b.WriteByte(line[i])
			}
		case s.quote == 0 && (c == '"' || c == '\''):
			s.quote = c
		case s.quote != 0 && c == s.quote:
			s.quote = 0
		case s.quote == 0 && (c == ' ' || c == '\t'):
			return i
		default:
			b.WriteByte(c)
		}
		i++
	}
	return i
}

// closes goes through a line inside an open quote and reports whether the
// quote ends on it.
func (s *scan) closes(line string) bool {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && s.quote != '\'':
			i++
		case line[i] == s.quote:
			s.quote = 0
			return true
		}
	}
	return false
}
