package tiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8           // of tiles, fixed by tlog-tiles
	width  = 1 << height // hashes in a full tile, entries in a full bundle
	// MaxEntry is the greatest size of an entry in bytes: a bundle gives the
	// length of each in 16 bits.
	MaxEntry = 1<<16 - 1
	// limits of what is read into memory
	maxTile       = width * tlog.HashSize
	maxBundle     = width * (MaxEntry + 2)
	maxCheckpoint = 64 << 10

	checkpointName = "checkpoint"
	entriesLevel   = -1
)

// tilePath is the path of a tile as tlog-tiles names it; level -1 are the
// entries. x/mod puts the height in, because its logs may choose one.
func tilePath(level int, n int64, w int) string {
	p := tlog.Tile{H: height, L: level, N: n, W: w}.Path()
	p = strings.Replace(p, "tile/8/data/", "tile/entries/", 1)
	return strings.Replace(p, "tile/8/", "tile/", 1)
}

// edge gives number and width of the last tile of a level in a tree of that
// size; width 0 means that the last one is full, or that there is none.
func edge(size int64, level int) (n int64, w int) {
	at := size >> (height * max(level, 0))
	return at / width, int(at % width)
}

var errBundle = errors.New("tiles: bundle of entries cannot be read")

// appendEntry adds an entry to a bundle.
func appendEntry(bundle, entry []byte) ([]byte, error) {
	if len(entry) > MaxEntry || len(entry) == 0 {
		return nil, fmt.Errorf("tiles: entry of %d bytes", len(entry))
	}
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...), nil
}

// splitEntries gives the entries of a bundle. They share its memory.
func splitEntries(bundle []byte) ([][]byte, error) {
	var out [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return out, errBundle
		}
		n := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+n || n == 0 || len(out) == width {
			return out, errBundle
		}
		out = append(out, bundle[2:2+n:2+n])
		bundle = bundle[2+n:]
	}
	return out, nil
}

func inDir(dir, name string) string { return path.Join(dir, name) }
