package segment

import (
	"bytes"
	"strings"
	"testing"
)

func TestKey_ComesBackAsItWas(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for key, length := range map[string]int{
		"": 0, "a": 1, "0123456789abcdef": 9, "0123456789ABCDEF": 16, "0123456789abcde": 15, "abcd": 4, "00000000": 5,
		"\x00x": 3, "\x01\x23\x45\x67": 5, "AXb7-id": 7, "日本": 6, strings.Repeat("f", 64): 33,
	} {
		b := appendKey(nil, key)
		if len(b) != length || unpackKey(b) != key {
			t.Errorf("%q becomes %x, then %q", key, b, unpackKey(b))
		}
		if other, ok := seen[string(b)]; ok {
			t.Errorf("%q and %q look alike", key, other)
		}
		seen[string(b)] = key
	}
}

func FuzzKey(f *testing.F) {
	f.Add("00112233445566778899aabbccddeeff")
	f.Fuzz(func(t *testing.T, key string) {
		if b := appendKey(nil, key); unpackKey(b) != key || !bytes.Equal(b, appendKey(nil, unpackKey(b))) {
			t.Errorf("%q becomes %x", key, b)
		}
	})
}
