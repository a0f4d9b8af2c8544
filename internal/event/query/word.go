package query

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/event/segment"
)

// word looks for a part of many texts at once, without folding those that folding
// would only make lower case: nearly all texts of logs. It goes for the rarest
// byte of the word, or for what of it is Japanese, and compares there.
type word struct {
	folded string
	part   string // without ASCII; empty: go for a byte
	at     int    // where the byte stands in folded
	lower  byte
	upper  byte
}

// newWord makes the word of a test that a part of the value decides, or nil.
func newWord(m *matcher) *word {
	if m.how != Is || m.whole || m.parts[0] == "" {
		return nil
	}
	w := &word{folded: m.parts[0]}
	if w.part = foreign(w.folded); w.part != "" {
		return w
	}
	best := len(frequent) + 1
	for i := range len(w.folded) {
		if n := strings.IndexByte(frequent, w.folded[i]) + 1; n < best {
			best, w.at = n, i
		}
	}
	w.lower = w.folded[w.at]
	if w.upper = w.lower; letter(w.lower) {
		w.upper -= 'a' - 'A'
	}
	return w
}

// frequent is what logs are mostly made of, the most frequent last. Other bytes are
// rarer.
const frequent = "zqxjkvwy()[]'bhgpfumdlc9876543tsrnoiae,/:\\\"-_.=210 "

func letter(c byte) bool { return c-'a' <= 'z'-'a' }

// foreign gives the longest part of s that has no ASCII, when it is longer than two
// Japanese characters.
func foreign(s string) (part string) {
	for i := 0; i < len(s); {
		from := i
		for i < len(s) && s[i] >= utf8.RuneSelf {
			i++
		}
		if i-from > max(6, len(part)) {
			part = s[from:i]
		}
		for i < len(s) && s[i] < utf8.RuneSelf {
			i++
		}
	}
	return part
}

// rows calls found for the values of s that hold the word; slow tests those for
// which looking at the bytes is not enough.
func (w *word) rows(s *segment.Strings, slow func(i int) bool, found func(i int)) {
	for i := 0; i < s.Len(); i++ {
		from := s.From(i)
		end := from + segment.Plain(s.Bytes[from:], w.part != "")
		last := s.Len()
		if end < len(s.Bytes) {
			last = s.Holding(end)
		}
		if w.part != "" {
			w.parts(s, from, s.From(last), slow, found)
		} else {
			w.plain(s, from, s.From(last), found)
		}
		if i = last; i < s.Len() && slow(i) {
			found(i)
		}
	}
}

// plain looks through the values between two places, which are plain.
func (w *word) plain(s *segment.Strings, from, end int, found func(i int)) {
	b := s.Bytes[:end]
	lower, upper := next(b, from, w.lower), len(b)
	if w.upper != w.lower {
		upper = next(b, from, w.upper)
	}
	for {
		at := min(lower, upper)
		if at >= len(b) {
			return
		}
		skip := at + 1
		if start := at - w.at; start >= from && w.here(b[start:]) {
			i := s.Holding(start)
			if over := s.From(i + 1); start+len(w.folded) <= over {
				found(i)
				skip, from = over, over
			}
		}
		if lower < skip {
			lower = next(b, skip, w.lower)
		}
		if upper < skip {
			upper = next(b, skip, w.upper)
		}
	}
}

// next gives the next place of a byte; len(b) when there is none.
func next(b []byte, from int, c byte) int {
	if from < len(b) {
		if i := bytes.IndexByte(b[from:], c); i >= 0 {
			return from + i
		}
	}
	return len(b)
}

// parts looks for the part of the word that has no ASCII, which folding leaves
// where it is but for ASCII before it; the values that have it are tested.
func (w *word) parts(s *segment.Strings, from, end int, slow func(i int) bool, found func(i int)) {
	for from < end {
		n := bytes.Index(s.Bytes[from:end], stringBytes(w.part))
		if n < 0 {
			return
		}
		i := s.Holding(from + n)
		if slow(i) {
			found(i)
		}
		from = s.From(i + 1)
	}
}

// here says whether b begins with the word.
func (w *word) here(b []byte) bool {
	if len(b) < len(w.folded) {
		return false
	}
	for i := range len(w.folded) {
		c := b[i]
		if c-'A' <= 'Z'-'A' {
			c |= 0x20
		}
		if c != w.folded[i] {
			return false
		}
	}
	return true
}
