package sigma

import (
	"bytes"
	"unicode/utf8"
)

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
		var ok bool
		if run[0].Any {
			pos, ok = globFind(run, b, pos, last)
		} else {
			pos, ok = globRun(run, b, pos)
		}
		if !ok {
			return false
		}
	}
	return pos == len(b)
}

// globFind looks for the leftmost fit of a run that stands behind a *; of the
// last run it must end with b.
func globFind(run []GlobPart, b []byte, pos int, last bool) (end int, ok bool) {
	if pos, ok = skipRunes(b, pos, run[0].Skip); !ok {
		return 0, false
	}
	literal := run[0].Literal
	if last && len(run) == 1 {
		at := len(b) - len(literal)
		return len(b), at >= pos && string(b[at:]) == literal && betweenRunes(b, at)
	}
	for {
		i := bytes.Index(b[pos:], []byte(literal))
		if i < 0 {
			return 0, false
		}
		pos += i
		end = pos + len(literal)
		if betweenRunes(b, pos) && betweenRunes(b, end) {
			if end, ok = globRun(run[1:], b, end); ok && (!last || end == len(b)) {
				return end, true
			}
		}
		if pos == len(b) {
			return 0, false
		}
		pos++
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
		if pos += len(p.Literal); !betweenRunes(b, pos) {
			return 0, false
		}
	}
	return pos, true
}

// skipRunes goes n characters on; a byte that is not UTF-8 is one.
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

// betweenRunes says whether pos is not inside a character. A literal of a rule
// need not be text: the modifier wide makes any bytes.
func betweenRunes(b []byte, pos int) bool {
	if pos >= len(b) || utf8.RuneStart(b[pos]) {
		return true
	}
	for back := 1; back < utf8.UTFMax && back <= pos; back++ {
		if utf8.RuneStart(b[pos-back]) {
			_, width := utf8.DecodeRune(b[pos-back:])
			return width <= back
		}
	}
	return true
}
