package ssmix2_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
)

// A prescription that was half written still reads as one with fewer drugs: that
// is told, unless the maker writes all files so.
func TestRead_HalfWrittenMessage(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		change func(i int, data []byte) []byte
		want   int
	}{
		"all whole":        {func(_ int, data []byte) []byte { return data }, 0},
		"one is cut":       {func(i int, data []byte) []byte { return data[:len(data)-i/9*(len(data)/2)] }, 1},
		"none has the end": {func(_ int, data []byte) []byte { return bytes.TrimRight(data, "\r\n") }, 0},
		"one with 1A, one LF": {func(i int, data []byte) []byte {
			return append(bytes.TrimRight(data, "\r\n"), []string{"\r\x1a", "\n"}[i%2]...)
		}, 0},
	} {
		files := fstest.MapFS{}
		for i := range 10 {
			put(files, "20251003", "OMP-01", fmt.Sprintf("%015d", i), "20251003120000000", '1', x.change(i, message(t, "OMP-01")))
		}
		got := codes(read(t, open(t, files), number, want()).Notices)
		if n := len(got) - len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s == "warn file.cut" })); n != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
