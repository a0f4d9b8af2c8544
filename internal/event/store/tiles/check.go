package tiles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/torideproject/toride/internal/event/store/files"
)

// Problem is one thing that is not as it must be in a log.
type Problem struct {
	Kind     ProblemKind
	File     string
	From, To int64 // the entries concerned, To excluded
	Cause    error
}

// ProblemKind says what is wrong.
type ProblemKind string

// The kinds of problems.
const (
	Unsigned  ProblemKind = "unsigned"  // checkpoint missing, altered or signed by another key
	Missing   ProblemKind = "missing"   // a file of the log is not there
	Altered   ProblemKind = "altered"   // a file has not the content that the root stands for
	Beyond    ProblemKind = "beyond"    // entries that no checkpoint covers: an older checkpoint was put back, or the power was cut
	Disowned  ProblemKind = "disowned"  // the root that a known checkpoint had is not that of this log
	Shortened ProblemKind = "shortened" // a known checkpoint had more entries
	Foreign   ProblemKind = "foreign"   // a file that is no part of a log
)

// Check reads a whole log and tells everything that is not as it must be. Known
// checkpoints of the same origin are compared; others are left. Each entry that
// can be read is given to yield, with whether its hash is the one in the tree.
// cfg needs no Signer. The error is only ever one of ctx, of yield or of listing
// folders. Memory is bounded by one bundle.
func Check(ctx context.Context, cfg Config, known []Head, yield func(index int64, entry []byte, sound bool) error) (Head, []Problem, error) {
	c := &check{cfg: cfg, yield: yield}
	head, err := ReadHead(cfg)
	if err != nil {
		c.add(Problem{Kind: Unsigned, File: inDir(cfg.Dir, checkpointName), Cause: err})
		// The files are still worth a look, up to where they go.
		if head.Size, err = c.guess(); err != nil {
			return head, nil, err
		}
		head.Origin = ""
	}
	c.head = head
	for n := int64(0); n*width < head.Size; n++ {
		if err := ctx.Err(); err != nil {
			return head, nil, err
		}
		if err := c.bundle(n); err != nil {
			return head, nil, err
		}
	}
	c.root(known)
	if err := c.leftovers(); err != nil {
		return head, nil, err
	}
	return head, c.problems, nil
}

type check struct {
	cfg      Config
	head     Head
	yield    func(int64, []byte, bool) error
	problems []Problem
	tree     Tree
}

func (c *check) add(p Problem) { c.problems = append(c.problems, p) }

// guess finds the size of a log whose checkpoint is of no use.
func (c *check) guess() (int64, error) {
	for n := int64(0); ; n++ {
		there, err := files.Exists(c.cfg.FS, inDir(c.cfg.Dir, tilePath(entriesLevel, n, width)))
		if err != nil {
			return 0, err
		}
		if there {
			continue
		}
		list, err := c.cfg.FS.List(path.Dir(inDir(c.cfg.Dir, tilePath(entriesLevel, n, 1))))
		best := 0
		for _, e := range list {
			if w, aerr := strconv.Atoi(e.Name); aerr == nil && w < width {
				best = max(best, w)
			}
		}
		return n*width + int64(best), err
	}
}

// bundle checks one bundle of entries against its tile, and the tile against
// the level above.
func (c *check) bundle(n int64) error {
	w := int(min(width, c.head.Size-n*width))
	entriesFile, entries := c.read(entriesLevel, n, w)
	split, err := splitEntries(entries)
	if entries != nil && (err != nil || len(split) != w) {
		c.add(Problem{Kind: Altered, File: entriesFile, From: n * width, To: n*width + int64(w), Cause: errBundle})
	}
	tileFile, tile := c.read(0, n, w)
	if tile != nil && len(tile) != w*tlog.HashSize {
		c.add(Problem{Kind: Altered, File: tileFile, From: n * width, To: n*width + int64(w)})
		tile = nil
	}
	if err := c.partials(n, w, entries, tile); err != nil {
		return err
	}
	// When the tile is of no use the entries must speak for themselves; the
	// root tells whether they say the truth.
	for i, e := range split[:min(len(split), w)] {
		h, index := tlog.RecordHash(e), n*width+int64(i)
		sound := tile == nil || bytes.Equal(h[:], tile[i*tlog.HashSize:(i+1)*tlog.HashSize])
		if !sound {
			c.add(Problem{Kind: Altered, File: entriesFile, From: index, To: index + 1})
		}
		if err := c.yield(index, e, sound); err != nil {
			return err
		}
		if tile == nil {
			c.tree.Add(h)
		}
	}
	for i := 0; i < len(tile); i += tlog.HashSize {
		c.tree.Add(tlog.Hash(tile[i : i+tlog.HashSize]))
	}
	if w == width && len(tile) == maxTile {
		return c.above(1, n, tile)
	}
	return nil
}

// above compares the hash of a full tile with the one that the level above has
// of it, and goes on upwards when that makes a tile full as well.
func (c *check) above(level int, n int64, tile []byte) error {
	h, err := subtree(tile)
	if err != nil {
		return err
	}
	last := c.head.Size >> (height * level)
	w := int(min(width, last-n/width*width))
	if int(n%width) != w-1 { // compared once, when its last hash is known
		file, data := c.quiet(level, n/width, w)
		if data != nil && len(data) == w*tlog.HashSize && !bytes.Equal(h[:], data[n%width*tlog.HashSize:(n%width+1)*tlog.HashSize]) {
			c.altered(file, level, n)
		}
		return nil
	}
	file, data := c.read(level, n/width, w)
	if data == nil {
		return nil
	}
	if len(data) != w*tlog.HashSize || !bytes.Equal(h[:], data[len(data)-tlog.HashSize:]) {
		c.altered(file, level, n)
		return nil
	}
	if err := c.prefixes(level, n/width, w, data); err != nil {
		return err
	}
	if w == width {
		return c.above(level+1, n/width, data)
	}
	return nil
}

func (c *check) altered(file string, level int, n int64) {
	span := int64(1) << (height * level)
	c.add(Problem{Kind: Altered, File: file, From: n * span, To: min((n+1)*span, c.head.Size)})
}

// read reads a tile and tells when it cannot.
func (c *check) read(level int, n int64, w int) (string, []byte) {
	name, data := c.quiet(level, n, w)
	if data == nil {
		span := int64(1) << (height * max(level, 0))
		c.add(Problem{Kind: Missing, File: name, From: n * width * span, To: min((n*width+int64(w))*span, max(c.head.Size, 1))})
	}
	return name, data
}

func (c *check) quiet(level int, n int64, w int) (string, []byte) {
	name, limit := inDir(c.cfg.Dir, tilePath(level, n, w)), int64(maxTile)
	if level < 0 {
		limit = maxBundle
	}
	data, err := files.Read(c.cfg.FS, name, limit)
	if err != nil {
		return name, nil
	}
	return name, data
}

// partials checks the shorter tiles and bundles that earlier checkpoints needed.
func (c *check) partials(n int64, w int, entries, tile []byte) error {
	if entries != nil {
		if err := c.prefixes(entriesLevel, n, w, entries); err != nil {
			return err
		}
	}
	if tile != nil {
		return c.prefixes(0, n, w, tile)
	}
	return nil
}

// prefixes checks that every shorter partial tile is the beginning of the one
// that counts, and finds those that go beyond the checkpoint.
func (c *check) prefixes(level int, n int64, w int, whole []byte) error {
	dir := path.Dir(inDir(c.cfg.Dir, tilePath(level, n, 1)))
	list, err := c.cfg.FS.List(dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		name := path.Join(dir, e.Name)
		width, aerr := strconv.Atoi(e.Name)
		switch {
		case aerr != nil:
			c.add(Problem{Kind: Foreign, File: name})
		case width > w:
			c.add(Problem{Kind: Beyond, File: name, From: c.head.Size, To: c.head.Size})
		case width < w:
			_, part := c.quiet(level, n, width)
			if !bytes.HasPrefix(whole, part) || !wholeEntries(level, part, width) {
				c.add(Problem{Kind: Altered, File: name, From: n * 256, To: n*256 + int64(width)})
			}
		}
	}
	return nil
}

func wholeEntries(level int, part []byte, w int) bool {
	if level >= 0 {
		return len(part) == w*tlog.HashSize
	}
	entries, err := splitEntries(part)
	return err == nil && len(entries) == w
}

// root compares the computed root with the checkpoint, and the known
// checkpoints with the log.
func (c *check) root(known []Head) {
	root, size := c.tree.Root(), c.tree.Size()
	if c.head.Origin != "" && (size != c.head.Size || root != c.head.Root) && !c.has(Altered, Missing) {
		c.add(Problem{Kind: Altered, File: inDir(c.cfg.Dir, checkpointName), To: c.head.Size,
			Cause: errors.New("the files do not have the checkpoint's root")})
	}
	if c.head.Origin == "" {
		return
	}
	l := &Log{cfg: c.cfg, head: c.head}
	for level := 0; c.head.Size>>(height*level) > 0; level++ {
		data, _ := l.readEdge(level) // what is missing was told
		l.levels = append(l.levels, data)
	}
	for _, k := range known {
		if k.Origin != c.head.Origin {
			continue
		}
		if k.Size > c.head.Size {
			c.add(Problem{Kind: Shortened, File: inDir(c.cfg.Dir, checkpointName), From: c.head.Size, To: k.Size})
			continue
		}
		if h, err := l.RootAt(k.Size); err != nil || h != k.Root {
			c.add(Problem{Kind: Disowned, File: inDir(c.cfg.Dir, checkpointName), To: k.Size, Cause: err})
		}
	}
}

func (c *check) has(kinds ...ProblemKind) bool {
	return slices.ContainsFunc(c.problems, func(p Problem) bool { return slices.Contains(kinds, p.Kind) })
}

// leftovers finds files that no tree of this size has.
func (c *check) leftovers() error {
	allowed := map[string]bool{}
	for level := entriesLevel; level < 64/height; level++ {
		n, w := edge(c.head.Size, level)
		if level > 0 && c.head.Size>>(height*level) == 0 {
			break
		}
		if w > 0 {
			allowed[path.Dir(tilePath(level, n, 1))] = true
		}
	}
	return c.walk("", allowed)
}

func (c *check) walk(rel string, allowed map[string]bool) error {
	list, err := c.cfg.FS.List(inDir(c.cfg.Dir, rel))
	if err != nil {
		return err
	}
	for _, e := range list {
		name := path.Join(rel, e.Name)
		switch {
		case rel == "" && (e.Name == checkpointName || strings.HasPrefix(e.Name, files.Temporary)):
		case e.Dir && strings.HasSuffix(e.Name, ".p"):
			if !allowed[name] {
				if err := c.stale(name); err != nil {
					return err
				}
			}
		case e.Dir:
			if err := c.walk(name, allowed); err != nil {
				return err
			}
		default:
			c.fullTile(name)
		}
	}
	return nil
}

// stale looks at a folder of partial tiles that the checkpoint does not need: a
// rest of a full tile, or beyond the checkpoint.
func (c *check) stale(dir string) error {
	level, n, ok := parsePath(strings.TrimSuffix(dir, ".p"))
	if !ok {
		c.add(Problem{Kind: Foreign, File: inDir(c.cfg.Dir, dir)})
		return nil
	}
	if _, whole := c.quiet(level, n, width); whole != nil && (n+1)*width<<(height*max(level, 0)) <= c.head.Size {
		return nil // checked with the full tile by prefixes
	}
	list, err := c.cfg.FS.List(inDir(c.cfg.Dir, dir))
	for _, e := range list {
		c.add(Problem{Kind: Beyond, File: inDir(c.cfg.Dir, path.Join(dir, e.Name)), From: c.head.Size, To: c.head.Size})
	}
	return err
}

// fullTile looks at a file whose name is that of a full tile.
func (c *check) fullTile(name string) {
	level, n, ok := parsePath(name)
	switch {
	case !ok:
		c.add(Problem{Kind: Foreign, File: inDir(c.cfg.Dir, name)})
	case (n+1)*width<<(height*max(level, 0)) > c.head.Size:
		c.add(Problem{Kind: Beyond, File: inDir(c.cfg.Dir, name), From: c.head.Size, To: c.head.Size})
	}
}

// parsePath reads the path of a full tile or bundle.
func parsePath(name string) (level int, n int64, ok bool) {
	rest, ok := strings.CutPrefix(name, "tile/")
	kind, rest, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		return 0, 0, false
	}
	if kind == "entries" {
		kind = "data"
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s/%s", height, kind, rest))
	return t.L, t.N, err == nil && tilePath(t.L, t.N, t.W) == name
}
