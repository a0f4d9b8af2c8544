package ssmix2

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Kind says what a root holds.
type Kind uint8

// The kinds of root.
const (
	StandardStorage Kind = iota + 1
	ExtendedStorage
	TransactionStorage
	IndexExport // one file: the index database's table as CSV or TSV
)

// String names the kind in English, in the form of an identifier.
func (k Kind) String() string {
	names := [...]string{"", "standard", "extended", "transaction", "index"}
	if int(k) < len(names) {
		return names[k]
	}
	return ""
}

// Root is one storage: a folder below which patients or transactions stand,
// or the file of an index export.
type Root struct {
	Path     string // in the file system; "." for its top
	Kind     Kind
	Facility string // the ten digits that begin the folder's name; "" if it has none
	Volume   string // what follows them: A of 2212345678_A
}

const (
	detectLevels  = 4
	detectFolders = 3000 // how many folders Detect reads at most
	detectSample  = 24   // how many entries of a folder it looks into
	detectList    = 4096 // how many entries of a folder it lists
	detectBelow   = 96   // the same below a prefix, where patients stand, as many as there are
)

// Detect looks for roots from the top of a file system downwards, at most
// four levels deep, and does not descend into one that was found. It reads at
// most 3,000 folders and of each at most the first 4,096 entries, below what may
// be a prefix of patients' numbers the first 96, so it takes the same on a store
// of any size. What was not seen for these limits, or could not be read, is in
// the lints. The error is the context's, or that of the top folder.
func Detect(ctx context.Context, fsys fs.FS) ([]Root, []Lint, error) {
	d := detector{fsys: fsys}
	type place struct {
		path  string
		level int
	}
	queue := []place{{".", 0}}
	for len(queue) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, d.l, err
		}
		p := queue[0]
		queue = queue[1:]
		entries, err := d.list(p.path, detectList)
		if err != nil {
			if p.level == 0 {
				return nil, d.l, err
			}
			continue
		}
		if kind := d.kind(p.path, entries); kind != 0 {
			d.found(p.path, kind)
			continue
		}
		for _, e := range entries {
			at := join(p.path, e.Name())
			switch {
			case !fs.ValidPath(at):
			case e.IsDir() && p.level < detectLevels:
				queue = append(queue, place{at, p.level + 1})
			case e.Type().IsRegular() && d.isIndex(at):
				d.found(at, IndexExport)
			}
		}
	}
	slices.SortFunc(d.roots, func(a, b Root) int { return strings.Compare(a.Path, b.Path) })
	return d.roots, d.l, nil
}

type detector struct {
	fsys  fs.FS
	roots []Root
	l     lints
	reads int
	full  bool
}

func join(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

func (d *detector) found(at string, kind Kind) {
	r := Root{Path: at, Kind: kind}
	base := path.Base(at)
	if len(base) >= 10 && allDigits(base[:10]) && (len(base) == 10 || base[10] < '0' || base[10] > '9') {
		r.Facility, r.Volume = base[:10], strings.TrimLeft(base[10:], "_-. ")
	}
	d.roots = append(d.roots, r)
}

var errEnough = errors.New("ssmix2: enough folders were read")

// list reads the first entries of a folder, sorted.
func (d *detector) list(dir string, limit int) ([]fs.DirEntry, error) {
	if d.reads >= detectFolders {
		if !d.full {
			d.full = true
			d.l.add(TooDeep, dir)
		}
		return nil, errEnough
	}
	d.reads++
	entries, _, err := ListDir(d.fsys, dir, limit)
	if err != nil {
		d.l.add(DirUnreadable, dir, err.Error())
	}
	return entries, err
}

// kind says what a folder is, by its own entries and a sample of what stands
// below.
func (d *detector) kind(dir string, entries []fs.DirEntry) Kind {
	looked := 0
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || !fs.ValidPath(name) {
			continue
		}
		if len(name) == 4 && allDigits(name) && d.hasTransactions(join(dir, name)) {
			return TransactionStorage
		}
		if len(name) != 3 || looked >= detectSample {
			continue
		}
		looked++
		if kind := d.prefix(dir, name); kind != 0 {
			return kind
		}
	}
	return 0
}

func (d *detector) hasTransactions(dir string) bool {
	entries, err := d.list(dir, detectList)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return transactionFile(e.Name()) })
}

func transactionFile(name string) bool {
	u := strings.ToUpper(name)
	return strings.HasPrefix(u, "TR_") && strings.HasSuffix(u, ".DAT")
}

// prefix looks below a folder of three characters for a second one and a
// patient whose number begins with both.
func (d *detector) prefix(dir, first string) Kind {
	seen := Kind(0)
	second, err := d.list(join(dir, first), detectBelow)
	if err != nil {
		return 0
	}
	for _, e := range second[:min(len(second), detectSample)] {
		if len(e.Name()) != 3 || !e.IsDir() || !fs.ValidPath(e.Name()) {
			continue
		}
		at := join(join(dir, first), e.Name())
		patients := d.patients(at, first+e.Name())
		for _, p := range patients[:min(len(patients), detectSample)] {
			seen = StandardStorage
			if kind := d.patient(join(at, p.Name())); kind != 0 {
				return kind
			}
		}
	}
	return seen // patients without any file: standard until shown otherwise
}

// patients lists folders of patients whose number has the prefix. What else was
// put there, however much comes first, does not hide them: then more of it is
// listed.
func (d *detector) patients(at, prefix string) []fs.DirEntry {
	other := func(e fs.DirEntry) bool {
		return !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) || !fs.ValidPath(e.Name())
	}
	for _, limit := range []int{detectBelow, detectList} {
		entries, err := d.list(at, limit)
		if err != nil {
			return nil
		}
		all := len(entries) < limit
		if entries = slices.DeleteFunc(entries, other); all || len(entries) > 0 {
			return entries
		}
	}
	d.l.add(DirTooLarge, at) // patients may stand behind what was listed
	return nil
}

// patient says by one patient's folders which storage they are of; 0: they do
// not say.
func (d *detector) patient(dir string) Kind {
	dates, err := d.list(dir, detectBelow)
	if err != nil {
		return 0
	}
	for _, date := range dates[:min(len(dates), detectSample)] {
		if !date.IsDir() || !fs.ValidPath(date.Name()) {
			continue
		}
		types, err := d.list(join(dir, date.Name()), detectBelow)
		if err != nil {
			continue
		}
		for _, t := range types {
			if !t.IsDir() {
				continue
			}
			if strings.Contains(t.Name(), "^") {
				return ExtendedStorage
			}
			if _, ok := TypeOf(t.Name()); ok {
				return StandardStorage
			}
			if kind := d.contents(join(join(dir, date.Name()), t.Name())); kind != 0 {
				return kind
			}
		}
	}
	return 0
}

func (d *detector) contents(dir string) Kind {
	if !fs.ValidPath(dir) {
		return 0
	}
	entries, err := d.list(dir, detectBelow)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if _, _, ok := ParseName(e.Name()); ok {
			if e.IsDir() {
				return ExtendedStorage
			}
			return StandardStorage
		}
	}
	return 0
}

// isIndex reports whether a file is an export of the index database: its name
// says so, or its first line has the columns.
func (d *detector) isIndex(at string) bool {
	name := strings.ToUpper(path.Base(at))
	if ext := path.Ext(name); ext != ".CSV" && ext != ".TSV" && ext != ".TXT" {
		return false
	}
	if strings.Contains(name, "SSMIXIDX") {
		return true
	}
	if d.reads >= detectFolders {
		return false
	}
	d.reads++
	f, err := d.fsys.Open(at)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	head = bytes.ToUpper(head[:n])
	return bytes.Contains(head, []byte("PATIENTID")) && bytes.Contains(head, []byte("OUTRELDIRECTORY"))
}
