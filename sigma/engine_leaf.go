package sigma

import (
	"bytes"
	"unicode/utf8"
)

// test says whether the value fits the leaf. FieldRef, Null and Exists are not
// its business: they look at more than one value, or at whether there is one.
func (m *Match) test(v Value) bool {
	b := v.Low
	if m.Cased {
		b = v.Raw
	}
	switch m.Kind {
	case Equals:
		return string(b) == m.Text
	case Prefix:
		return len(b) >= len(m.Text) && string(b[:len(m.Text)]) == m.Text
	case Suffix:
		return len(b) >= len(m.Text) && string(b[len(b)-len(m.Text):]) == m.Text
	case Contains:
		return bytes.Contains(b, []byte(m.Text))
	case Glob:
		return globFits(m.Parts, b)
	case Regexp:
		return m.Re.Match(v.Raw)
	}
	return false
}

// globFits says whether the whole of b fits the pattern. Between two * the
// leftmost fit is as good as any other, so that nothing is tried twice: the
// cost is at most len(b) times the length of the pattern.
func globFits(parts []GlobPart, b []byte) bool {
	pos := 0
	for len(parts) > 0 {
		n := 1 // parts[:n] is one run without a * inside
		for n < len(parts) && !parts[n].Any {
			n++
		}
		run, last := parts[:n], n == len(parts)
		parts = parts[n:]
		if !run[0].Any {
			end, ok := globRun(run, b, pos)
			if !ok || last && end != len(b) {
				return false
			}
			pos = end
			continue
		}
		end, ok := globFind(run, b, pos, last)
		if !ok {
			return false
		}
		pos = end
	}
	return pos == len(b)
}

// globFind looks for the leftmost fit of a run that stands behind a *; of the
// last run it must end with b.
func globFind(run []GlobPart, b []byte, pos int, last bool) (end int, ok bool) {
	pos, ok = skipRunes(b, pos, run[0].Skip)
	if !ok {
		return 0, false
	}
	literal := run[0].Literal
	if literal == "" && len(run) == 1 {
		if last {
			return len(b), true
		}
		return pos, true
	}
	if last && len(run) == 1 {
		at := len(b) - len(literal)
		return len(b), at >= pos && string(b[at:]) == literal
	}
	for {
		i := bytes.Index(b[pos:], []byte(literal))
		if i < 0 {
			return 0, false
		}
		end, ok = globRun(run[1:], b, pos+i+len(literal))
		if ok && (!last || end == len(b)) {
			return end, true
		}
		if pos+i >= len(b) {
			return 0, false
		}
		_, width := utf8.DecodeRune(b[pos+i:])
		pos += i + width
	}
}

// globRun fits parts without any * at pos.
func globRun(run []GlobPart, b []byte, pos int) (end int, ok bool) {
	for _, p := range run {
		if pos, ok = skipRunes(b, pos, p.Skip); !ok {
			return 0, false
		}
		if len(b)-pos < len(p.Literal) || string(b[pos:pos+len(p.Literal)]) != p.Literal {
			return 0, false
		}
		pos += len(p.Literal)
	}
	return pos, true
}

func skipRunes(b []byte, pos, n int) (int, bool) {
	for ; n > 0; n-- {
		if pos >= len(b) {
			return 0, false
		}
		_, width := utf8.DecodeRune(b[pos:])
		pos += width
	}
	return pos, true
}
