package tiles

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/torideproject/toride/internal/event/store/files"
)

// Config says where a log is and who signs it.
type Config struct {
	FS  files.FS
	Dir string // its own folder
	// Origin is the first line of checkpoints; it names this log and no other.
	Origin string
	Signer note.Signer
	// Known are the keys whose signature on the checkpoint counts, the
	// signer's among them.
	Known note.Verifiers
}

// Damage says which file of a log is not as it must be.
type Damage struct {
	File   string
	Reason string
	Cause  error
}

func (d *Damage) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("tiles: %s: %s: %v", d.File, d.Reason, d.Cause), ": <nil>")
}

// Unwrap gives the cause.
func (d *Damage) Unwrap() error { return d.Cause }

// Log is an open log. It is used by one goroutine at a time.
type Log struct {
	cfg        Config
	head       Head
	levels     [][]byte // the partial hash tile of each level
	bundle     []byte   // the partial bundle of entries
	mustReopen error    // an append whose outcome is not known
}

// Head is what a checkpoint says.
type Head struct {
	Origin string
	Size   int64
	Root   tlog.Hash
	Text   []byte // the signed checkpoint itself
}

// Create makes a log of no entries; there must be none yet.
func Create(cfg Config) (*Log, error) {
	if there, err := files.Exists(cfg.FS, inDir(cfg.Dir, checkpointName)); err != nil || there {
		return nil, errors.Join(fmt.Errorf("tiles: create in %s: %w", cfg.Dir, fs.ErrExist), err)
	}
	if err := files.MakeAll(cfg.FS, inDir(cfg.Dir, "tile/entries")); err != nil {
		return nil, err
	}
	l := &Log{cfg: cfg}
	root, err := tlog.TreeHash(0, nil)
	if err != nil {
		return nil, err
	}
	return l, l.publish(0, root)
}

// Open reads the checkpoint and the end of the log, and checks that they fit
// together. A *Damage says what does not; earlier entries are checked by Check.
func Open(cfg Config) (*Log, error) {
	head, err := ReadHead(cfg)
	if err != nil {
		return nil, err
	}
	l := &Log{cfg: cfg, head: head}
	for level := 0; head.Size>>(height*level) > 0; level++ {
		data, err := l.readEdge(level)
		if err != nil {
			return nil, err
		}
		l.levels = append(l.levels, data)
	}
	if l.bundle, err = l.readEdge(entriesLevel); err != nil {
		return nil, err
	}
	root, err := tlog.TreeHash(head.Size, l.reader())
	if err != nil || root != head.Root {
		return nil, &Damage{inDir(cfg.Dir, checkpointName), "tiles do not have the checkpoint's root", err}
	}
	_, w := edge(head.Size, 0)
	entries, err := splitEntries(l.bundle)
	if err != nil || len(entries) != w {
		return nil, &Damage{l.path(entriesLevel, head.Size), "wrong number of entries", err}
	}
	for i, e := range entries {
		if h := tlog.RecordHash(e); !bytes.Equal(h[:], l.levels[0][i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			return nil, &Damage{l.path(entriesLevel, head.Size), "entry is not the one of its hash", nil}
		}
	}
	return l, nil
}

// ReadHead reads the checkpoint and checks its signature and origin. An empty
// cfg.Origin takes any.
func ReadHead(cfg Config) (Head, error) {
	name := inDir(cfg.Dir, checkpointName)
	text, err := files.Read(cfg.FS, name, maxCheckpoint)
	if err != nil {
		return Head{}, &Damage{name, "cannot be read", err}
	}
	head, err := ParseHead(text, cfg.Known)
	if err != nil {
		return Head{}, &Damage{name, "is not signed by a known key", err}
	}
	if cfg.Origin != "" && head.Origin != cfg.Origin {
		return Head{}, &Damage{name, "is of another log", nil}
	}
	return head, nil
}

// ParseHead reads a signed checkpoint.
func ParseHead(text []byte, known note.Verifiers) (Head, error) {
	n, err := note.Open(text, known)
	if err != nil {
		return Head{}, err
	}
	origin, rest, _ := strings.Cut(n.Text, "\n")
	// x/mod reads the form of sum.golang.org, whose first line is fixed.
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	if err != nil || origin == "" {
		return Head{}, fmt.Errorf("tiles: not a checkpoint: %w", err)
	}
	return Head{Origin: origin, Size: tree.N, Root: tree.Hash, Text: text}, nil
}

// Head gives the checkpoint that counts now.
func (l *Log) Head() Head { return l.head }

// path is the last tile of a level.
func (l *Log) path(level int, size int64) string {
	n, w := edge(size, level)
	return inDir(l.cfg.Dir, tilePath(level, n, max(w, 1)))
}

func (l *Log) readEdge(level int) ([]byte, error) {
	n, w := edge(l.head.Size, level)
	if w == 0 {
		return nil, nil
	}
	name := inDir(l.cfg.Dir, tilePath(level, n, w))
	limit := int64(maxBundle)
	if level >= 0 {
		limit = maxTile
	}
	data, err := files.Read(l.cfg.FS, name, limit)
	if err != nil {
		return nil, &Damage{name, "cannot be read", err}
	}
	if level >= 0 && len(data) != w*tlog.HashSize {
		return nil, &Damage{name, "has the wrong size", nil}
	}
	return data, nil
}

// Append adds an entry and returns its number once it is on the disk. After an
// error the log is as before, unless the error came while the checkpoint was
// replaced: then every further Append fails until the log is opened again.
// It costs three small synced files and three synced folders.
func (l *Log) Append(entry []byte) (int64, error) {
	if l.mustReopen != nil {
		return 0, l.mustReopen
	}
	index := l.head.Size
	bundle, err := appendEntry(l.bundle[:len(l.bundle):len(l.bundle)], entry)
	if err != nil {
		return 0, err
	}
	levels, full, err := l.grow(tlog.RecordHash(entry))
	if err != nil {
		return 0, err
	}
	dirs := map[string]bool{}
	if err := l.writeTile(entriesLevel, index, bundle, dirs); err != nil {
		return 0, err
	}
	for level, data := range levels {
		if at := index >> (height * level); level < len(l.levels) && bytes.Equal(data, l.levels[level]) {
			continue
		} else if err := l.writeTile(level, at, data, dirs); err != nil {
			return 0, err
		}
	}
	for dir := range dirs {
		if err := l.cfg.FS.SyncDir(dir); err != nil {
			return 0, fmt.Errorf("tiles: %w", err)
		}
	}
	old := *l
	l.levels, l.bundle = levels, bundle
	root, err := l.rootWith(index + 1)
	if err == nil {
		err = l.publish(index+1, root)
	}
	if err != nil {
		broken := l.mustReopen
		*l = old
		l.mustReopen = broken
		return 0, err
	}
	l.dropFull(full, index)
	return index, nil
}

// grow gives the partial tiles of each level with one more hash at the bottom.
// A tile that became full is complete in the result, and full says how many
// levels have one; its hash stands in the level above already.
func (l *Log) grow(h tlog.Hash) (levels [][]byte, full int, err error) {
	for level := 0; ; level++ {
		var data []byte
		if level < len(l.levels) {
			data = l.levels[level]
		}
		data = append(data[:len(data):len(data)], h[:]...)
		levels = append(levels, data)
		if len(data) < maxTile {
			for level++; level < len(l.levels); level++ {
				levels = append(levels, l.levels[level])
			}
			return levels, full, nil
		}
		full++
		// The hash of a full tile is the one of the tree with its hashes as leaves.
		if h, err = subtree(data); err != nil {
			return nil, 0, err
		}
	}
}

// subtree hashes the leaves of a full tile together.
func subtree(data []byte) (tlog.Hash, error) {
	t := tlog.Tile{H: height, L: 0, N: 0, W: width}
	left, err := tlog.HashFromTile(t, data, tlog.StoredHashIndex(height-1, 0))
	if err != nil {
		return left, err
	}
	right, err := tlog.HashFromTile(t, data, tlog.StoredHashIndex(height-1, 1))
	return tlog.NodeHash(left, right), err
}

// writeTile writes the tile of a level that now ends with index at.
func (l *Log) writeTile(level int, at int64, data []byte, dirs map[string]bool) error {
	name := inDir(l.cfg.Dir, tilePath(level, at/width, int(at%width)+1))
	dir := path.Dir(name)
	if err := files.MakeAll(l.cfg.FS, dir); err != nil {
		return err
	}
	dirs[dir] = true
	return files.WriteSynced(l.cfg.FS, name, data)
}

// rootWith computes the root of the grown tree and afterwards empties the tiles
// that became full, which are on the disk.
func (l *Log) rootWith(size int64) (tlog.Hash, error) {
	for i := range l.levels {
		if len(l.levels[i]) == maxTile {
			l.levels[i] = nil
			if i == 0 {
				l.bundle = nil
			}
		}
	}
	return tlog.TreeHash(size, l.reader())
}

// publish signs and replaces the checkpoint.
func (l *Log) publish(size int64, root tlog.Hash) error {
	body := fmt.Sprintf("%s\n%d\n%s\n", l.cfg.Origin, size, root)
	text, err := note.Sign(&note.Note{Text: body}, l.cfg.Signer)
	if err != nil {
		return fmt.Errorf("tiles: sign: %w", err)
	}
	name := inDir(l.cfg.Dir, checkpointName)
	temp := inDir(l.cfg.Dir, files.Temporary+checkpointName)
	if err := files.WriteSynced(l.cfg.FS, temp, text); err != nil {
		return err
	}
	err = l.cfg.FS.Rename(temp, name)
	if err == nil {
		err = l.cfg.FS.SyncDir(l.cfg.Dir)
	}
	if err != nil {
		l.mustReopen = fmt.Errorf("tiles: the checkpoint may or may not be replaced: %w", err)
		return l.mustReopen
	}
	l.head = Head{Origin: l.cfg.Origin, Size: size, Root: root, Text: text}
	return nil
}

// dropFull removes the partial tiles of tiles that are full now; the format
// allows it, and a failure leaves files that harm nothing.
func (l *Log) dropFull(full int, index int64) {
	for level := entriesLevel; level < full; level++ {
		if full == 0 {
			return
		}
		at := index >> (height * max(level, 0))
		dir := path.Dir(inDir(l.cfg.Dir, tilePath(level, at/width, 1)))
		list, err := l.cfg.FS.List(dir)
		if err != nil {
			continue
		}
		for _, e := range list {
			_ = l.cfg.FS.Remove(path.Join(dir, e.Name))
		}
		_ = l.cfg.FS.Remove(dir)
	}
}
