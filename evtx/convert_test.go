package evtx

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The ranges that are taken for uncased are so, and three bytes long.
func TestUncased(t *testing.T) {
	t.Parallel()
	n := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !uncased(r) {
			continue
		}
		n++
		if unicode.ToLower(r) != r || utf8.RuneLen(r) != 3 {
			t.Errorf("%U has a lower case, or %d bytes", r, utf8.RuneLen(r))
		}
	}
	if n < 40000 || !uncased('給') || !uncased('ア') || uncased('Ａ') {
		t.Errorf("%d characters", n)
	}
}

// Eight bytes at a time give what one at a time does.
func TestEightAtATime(t *testing.T) {
	t.Parallel()
	for c := range byte(0x80) {
		for at := range 8 {
			b := []byte("mMmMmMmM")
			b[at] = c
			w := u64(b, 0)
			var low [8]byte
			for i := range low {
				low[i] = byte(lower8(w) >> (8 * i))
			}
			if want := strings.ToLower(string(b)); string(low[:]) != want {
				t.Errorf("lower of %q is %q", b, low)
			}
			if special := c < 0x20 || c == '"' || c == '\\'; special == unescaped(w) {
				t.Errorf("JSON: %q at %d", c, at)
			}
			if special := c < 0x20 || c == '&' || c == '<' || c == '>'; special == plain(w) {
				t.Errorf("XML: %q at %d", c, at)
			}
		}
	}
}

// Numbers are written as the standard library writes them.
func TestDigits(t *testing.T) {
	t.Parallel()
	for shift := range 64 {
		for _, d := range []uint64{0, 1, 2, 9} {
			n := uint64(1)<<shift - 1 + d
			if got, want := string(appendUint(nil, n)), strconv.FormatUint(n, 10); got != want {
				t.Errorf("%d: %s", n, got)
			}
			if got, want := string(appendHexUint(nil, n)), "0x"+strconv.FormatUint(n, 16); got != want {
				t.Errorf("%x: %s", n, got)
			}
			if got, want := string(appendSigned(nil, int64(n))), strconv.FormatInt(int64(n), 10); got != want {
				t.Errorf("%d: %s", int64(n), got)
			}
		}
	}
}
