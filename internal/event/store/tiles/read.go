package tiles

import (
	"bytes"
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/torideproject/toride/internal/event/store/files"
)

// reader gives the hashes of the tree from the partial tiles in memory and the
// full ones on the disk.
func (l *Log) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			t := tlog.TileForIndex(height, index)
			data, w, err := l.tile(t.L, t.N, t.W)
			if err != nil {
				return nil, err
			}
			t.W = w
			if out[i], err = tlog.HashFromTile(t, data, index); err != nil {
				return nil, fmt.Errorf("tiles: %w", err)
			}
		}
		return out, nil
	})
}

// tile gives a tile with at least w hashes, and how many it has.
func (l *Log) tile(level int, n int64, w int) ([]byte, int, error) {
	if level < len(l.levels) {
		if part := l.levels[level]; len(part) >= w*tlog.HashSize {
			if at, _ := edge(l.sizeAt(), level); at == n {
				return part, len(part) / tlog.HashSize, nil
			}
		}
	}
	name := inDir(l.cfg.Dir, tilePath(level, n, width))
	data, err := files.Read(l.cfg.FS, name, maxTile)
	if err != nil || len(data) != maxTile {
		return nil, 0, &Damage{name, "cannot be read", err}
	}
	return data, width, nil
}

// sizeAt is the size that the tiles in memory stand for; while an entry is
// appended it is one more than the checkpoint's.
func (l *Log) sizeAt() int64 {
	var size int64
	for level := len(l.levels) - 1; level >= 0; level-- {
		size = size*width + int64(len(l.levels[level])/tlog.HashSize)
	}
	// Digits above the highest partial tile: full tiles whose level above is
	// in levels as well, so the sum is the size itself.
	return size
}

// RootAt gives the root that the tree had when it had size entries. A checkpoint
// that was printed then must have the same.
func (l *Log) RootAt(size int64) (tlog.Hash, error) {
	if size < 0 || size > l.head.Size {
		return tlog.Hash{}, fmt.Errorf("tiles: root of %d of %d entries", size, l.head.Size)
	}
	return tlog.TreeHash(size, l.reader())
}

// Entries gives the entries from one number on, up to the checkpoint's size, each
// checked against the hash that the tree has of it. The bytes are valid during the
// call of yield only; its error ends the reading.
func (l *Log) Entries(ctx context.Context, from int64, yield func(index int64, entry []byte) error) error {
	for n := from / width; n*width < l.head.Size; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, hashes, name, err := l.both(n)
		if err != nil {
			return err
		}
		for i, e := range entries {
			index := n*width + int64(i)
			if index < from {
				continue
			}
			if h := tlog.RecordHash(e); !bytes.Equal(h[:], hashes[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
				return &Damage{name, "entry is not the one of its hash", nil}
			}
			if err := yield(index, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// both reads a bundle and its tile.
func (l *Log) both(n int64) (entries [][]byte, hashes []byte, name string, err error) {
	bundle := l.bundle
	if (n+1)*width <= l.head.Size {
		name = inDir(l.cfg.Dir, tilePath(entriesLevel, n, width))
		if bundle, err = files.Read(l.cfg.FS, name, maxBundle); err != nil {
			return nil, nil, name, &Damage{name, "cannot be read", err}
		}
		if hashes, _, err = l.tile(0, n, width); err != nil {
			return nil, nil, name, err
		}
	} else {
		name, hashes = l.path(entriesLevel, l.head.Size), l.levels[0]
	}
	entries, err = splitEntries(bundle)
	if want := min(width, l.head.Size-n*width); err != nil || int64(len(entries)) != want || int64(len(hashes)) < want*tlog.HashSize {
		return nil, nil, name, &Damage{name, "wrong number of entries", err}
	}
	return entries, hashes, name, nil
}
