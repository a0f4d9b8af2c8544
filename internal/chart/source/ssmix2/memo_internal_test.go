package ssmix2

import (
	"slices"
	"testing"

	"github.com/torideproject/toride/internal/chart/source"
)

// Whatever stands where a memo should, it is one that was written, or none.
func FuzzReadMemo(f *testing.F) {
	m := memo{window: window{{0, "20260401"}, {2, "20251231"}}, before: 1, moves: 2, all: 3, files: 7, kinds: []source.Count{{Kind: "OMP-01", Items: 4}, {Kind: "紹介状", Items: 1}}}
	whole := m.bytes()
	f.Add(whole)
	for i := range whole {
		f.Add(whole[:i])
	}
	f.Add([]byte{memoVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{memoVersion + 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := readMemo(data)
		if !ok {
			return
		}
		again, ok := readMemo(m.bytes())
		if !ok || !slices.Equal(again.window, m.window) || !slices.Equal(again.kinds, m.kinds) || again.files != m.files || again.all != m.all {
			t.Errorf("%+v, then %+v", m, again)
		}
	})
}
