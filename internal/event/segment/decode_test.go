package segment

import (
	"errors"
	"testing"

	"github.com/torideproject/toride/internal/fault"
)

// Pages and directories that pass their checksum and are nonsense all the same
// give an error at most, and take no memory that they do not have.
func FuzzDecoders(f *testing.F) {
	var d directory
	d.groups = []groupMeta{{rows: 3, blocks: []blockMeta{{rows: 3}}, slices: []uint32{0, 3}}}
	d.info.Rows = 3
	for _, b := range [][]byte{nil, d.encode(), {0x15, 0, 0x15, 2, 0x15, 2, 0x15, 4}, {128, 1, 4, 3, 0}, {1, 6, 0xff}, {0, 6}, []byte(`{"a":"b\\"}`), {4, 0, 0, 0, 'a', 'b', 'c', 'd'}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		page := append(make([]byte, 0, len(b)+padding), b...)
		r := &Reader{name: "fuzz"}
		for _, do := range []func() error{
			func() error { _, err := decodeIndexes(make([]int32, 100), page, 5); return err },
			func() error { _, _, err := decodeInts(make([]int64, 100), nil, page, true); return err },
			func() error { _, _, err := decodeInts(make([]int64, 100), nil, page, false); return err },
			func() error { return decodeStrings(&Strings{}, page, 100) },
			func() error { _, err := decodeDict(page); return err },
			func() error { _, err := decodeNumberDict(page, true); return err },
			func() error { _, err := decodeDirectory(page, 1000); return err },
			func() error { _, err := parseHeader(page); return err },
			func() error {
				p := pairReader{b: page}
				for p.next() {
					p.name()
					p.value()
				}
				return p.err
			},
		} {
			err := func() (err error) {
				defer r.guard(&err)
				return do()
			}()
			if err != nil && !errors.Is(err, fault.New(fault.Internal, "segment.damaged")) {
				t.Error(err)
			}
		}
	})
}
