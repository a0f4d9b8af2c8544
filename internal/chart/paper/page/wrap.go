package page

import (
	"strings"
	"unicode"
)

// notFirst may not begin a line, notLast may not end one (kinsoku, JIS X 4051,
// the marks that are common in charts).
const (
	notFirst = "、。，．・：；？！)）]］}｝」』】〉》〕％%ー々ゝヽ゛゜,.:;?!ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
	notLast  = "(（[［{｛「『【〈《〔￥$＄"
)

// wrap breaks a text into lines no wider than width, where advance is how far a
// character goes on. Every character stands in some line, but for the blanks at
// a break. Words of Latin letters and numbers stay whole where they fit into a
// line; a line takes at least one character.
func wrap(text string, width float64, advance func(rune) float64) (lines []string) {
	for para := range strings.SplitSeq(text, "\n") {
		lines = wrapOne(lines, []rune(para), width, advance)
	}
	return lines
}

func wrapOne(lines []string, rs []rune, width float64, advance func(rune) float64) []string {
	for {
		used, n := 0.0, 0
		for n < len(rs) {
			w := advance(rs[n])
			if used+w > width+0.01 && n > 0 {
				break
			}
			used += w
			n++
		}
		if n >= len(rs) {
			return append(lines, strings.TrimRightFunc(string(rs), unicode.IsSpace))
		}
		cut := breakAt(rs, n)
		lines = append(lines, strings.TrimRightFunc(string(rs[:cut]), unicode.IsSpace))
		rs = rs[cut:]
		for len(rs) > 0 && unicode.IsSpace(rs[0]) {
			rs = rs[1:]
		}
		if len(rs) == 0 {
			return lines
		}
	}
}

// breakAt finds where to break at or before n.
func breakAt(rs []rune, n int) int {
	for cut := n; cut > 0 && n-cut < 40; cut-- {
		if mayBreak(rs[cut-1], rs[cut]) {
			return cut
		}
	}
	return n
}

func mayBreak(before, after rune) bool {
	switch {
	case unicode.IsSpace(before):
		return true
	case unicode.IsSpace(after):
		return true
	case strings.ContainsRune(notFirst, after), strings.ContainsRune(notLast, before):
		return false
	case latin(before) && latin(after):
		return false
	}
	return true
}

// latin are the characters that make words with each other, and numbers, whose
// signs may be wide ones: ０．００４％ at two lines' ends is another amount.
func latin(r rune) bool {
	if strings.ContainsRune("．，／－％", r) {
		return true
	}
	return r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./+@:'’~", r)) || r >= 0xFF10 && r <= 0xFF5A && unicode.IsOneOf([]*unicode.RangeTable{unicode.L, unicode.Nd}, r)
}
