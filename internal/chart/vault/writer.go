package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"github.com/torideproject/toride/internal/fault"
)

// Options say how a generation is written.
type Options struct {
	// Previous is the generation whose files may be kept; "" writes a full one.
	Previous string
	AsOf     time.Time
	By       string           // program and version
	Now      func() time.Time // the clock
	// PackBytes is about how large a pack gets before the next begins;
	// 0 means 256 MiB. Dead packs go as a whole, so smaller ones free more.
	PackBytes int64
	// RepackBelow (0 to 1) has Keep refuse files of a pack of which less than
	// this part is still used, so that they are added anew and the pack goes
	// with the last generation that needs it. 0 never does.
	RepackBelow float64
	// Damaged are packs (Finding.File of a full Verify) whose files Keep
	// refuses too, so that the next generation heals what the medium lost.
	// Packs that are gone or have another size are seen without that.
	Damaged []string
}

// Meta is what a file brings along.
type Meta struct {
	ModTime time.Time
	Kind    string // data type, for the counts; ≤ 1 KiB
	Day     int    // YYYYMMDD, 0 is none
	// Group names what belongs together, a patient: a frame is closed where
	// another group begins, if it is worth while. It is not stored.
	Group string
}

// ErrSource reports that Add's reader failed. The file is not in the
// generation; writing can go on.
var ErrSource = errors.New("vault: the source could not be read")

// Writer writes one generation. Files come in the order in which fs.WalkDir
// goes, by Add or Keep, each once. What it holds does not grow with the number
// of files: a file's piece and a frame of 1 MiB each, a block a level. It is for one goroutine. After an error other than ErrSource nothing
// but Abort helps; what lies on the medium then is removed by the next Begin.
type Writer struct {
	v     *Vault
	m     *Machine
	opt   Options
	lock  io.Closer
	to    age.Recipient
	enc   *zstd.Encoder
	tree  treeWriter
	made  Manifest
	count counts

	prev     *Reader // with the directory key only
	old      *cursor
	oldPacks []int // place of a previous pack in made.Packs; unused or refused

	pack   *sealing
	packAt int    // its place in made.Packs
	batch  []byte // the frame being filled
	group  string
	buf    []byte
	last   string
	err    error
}

const (
	packUnused  = -1
	packRefused = -2
)

// Begin starts a generation: takes the lock ("vault.locked"), removes what an
// earlier attempt left, and opens the previous generation's directory with the
// machine's directory key ("vault.key.wrong" if another machine wrote it: then
// write a full one). A recipient that differs from the vault's is
// "vault.recipient.other".
func (v *Vault) Begin(ctx context.Context, m *Machine, opt Options) (*Writer, error) {
	if v.damage != nil {
		return nil, v.damage
	}
	if n := len(v.about.Keys); n == 0 || v.about.Keys[n-1].Recipient != m.recipient {
		return nil, fault.New(fault.Denied, "vault.recipient.other")
	}
	lock, err := v.lock()
	if err != nil {
		return nil, err
	}
	w := &Writer{v: v, m: m, opt: opt, lock: lock, count: counts{}}
	if err := w.begin(ctx); err != nil {
		w.Abort()
		return nil, err
	}
	return w, nil
}

func (w *Writer) begin(ctx context.Context) error {
	if _, err := w.v.sweep(ctx, false); err != nil {
		return err
	}
	all, err := w.v.Generations()
	if err != nil {
		return err
	}
	next := 1
	if len(all) > 0 {
		next = sequence(all[len(all)-1].ID) + 1
	}
	if w.to, err = age.ParseX25519Recipient(w.m.recipient); err != nil {
		return fault.New(fault.Invalid, "vault.recipient.bad").With(err)
	}
	if w.enc, err = newEncoder(); err != nil {
		return writeFault(err)
	}
	if w.opt.PackBytes <= 0 {
		w.opt.PackBytes = 256 << 20
	}
	now := w.opt.Now().UTC()
	link := newestOf(all)
	w.made = Manifest{Version: manifestVersion, Vault: w.v.about.ID, Generation: generationID(next), Facility: w.v.about.Facility,
		AsOf: w.opt.AsOf.UTC(), Begun: now, By: w.opt.By, Key: keyID(w.m.recipient), Previous: link}
	if err := w.openPrevious(); err != nil {
		return err
	}
	dir := path.Join(generationsDir, w.made.Generation)
	if err := w.v.disk.Mkdir(dir); err != nil {
		return writeFault(err)
	}
	w.tree.to, err = newSealing(w.v.disk, path.Join(dir, directoryName), w.enc, w.to, w.m.list.identity.Recipient())
	if err != nil {
		return writeFault(err)
	}
	return nil
}

// newestOf links a full generation to the one before it all the same.
func newestOf(all []Generation) *Link {
	for i := len(all) - 1; i >= 0; i-- {
		if m := all[i].Manifest; m != nil {
			return &Link{Generation: m.Generation, SHA256: m.Digest}
		}
	}
	return nil
}

func (w *Writer) openPrevious() error {
	if w.opt.Previous == "" {
		return nil
	}
	var err error
	if w.prev, err = w.v.read(w.opt.Previous, ReadOptions{Trust: []string{w.m.Fingerprint()}}, w.m.list); err != nil {
		return err
	}
	m := w.prev.Manifest()
	w.made.Previous = &Link{Generation: m.Generation, SHA256: m.Digest}
	w.oldPacks = make([]int, len(m.Packs))
	for i, p := range m.Packs {
		w.oldPacks[i] = packUnused
		if p.Key != w.made.Key || float64(p.Live) < w.opt.RepackBelow*float64(p.Plain) || slices.Contains(w.opt.Damaged, p.Name) || !w.v.whole(p.File) {
			w.oldPacks[i] = packRefused
		}
	}
	if w.old, err = w.prev.cursor(); err != nil {
		return err
	}
	w.old.seek("")
	return w.oldErr()
}

// whole reports whether a file is there in its size.
func (v *Vault) whole(f File) bool {
	file, err := v.disk.Open(f.Name)
	if err != nil {
		return false
	}
	size, err := file.Size()
	return file.Close() == nil && err == nil && size == f.Bytes
}

func (w *Writer) oldErr() error {
	if w.old != nil && w.old.err != nil {
		return readFault(w.old.err, w.prev.m.Directory.Name)
	}
	return nil
}

// Previous tells how the previous generation has a file; ok is false if it has
// none. Ask in the order of paths, at or behind what was added or kept last.
func (w *Writer) Previous(name string) (e Entry, ok bool, err error) {
	if w.old == nil || w.old.err != nil {
		return Entry{}, false, w.oldErr()
	}
	key := keyFor(name)
	if at := string(w.old.key()); at < key && !w.old.skip(key) {
		if w.old.err == nil { // behind the last file
			w.old = nil
		}
		return Entry{}, false, w.oldErr()
	}
	if string(w.old.key()) != key {
		return Entry{}, false, nil
	}
	e = w.old.leaf().e
	e.Path = name
	return e, true, nil
}

// Keep takes a file over from the previous generation as it was. It is false
// if it must be added: the previous generation has none, seals it for another
// key, or holds it in a pack that is damaged or to go.
func (w *Writer) Keep(name string) (bool, error) {
	if w.err != nil {
		return false, w.err
	}
	e, ok, err := w.Previous(name)
	if err != nil || !ok {
		return false, err
	}
	if e.pack >= len(w.oldPacks) {
		return false, readFault(errBlock, w.prev.m.Directory.Name)
	}
	if w.oldPacks[e.pack] == packRefused {
		return false, nil
	}
	if err := w.order(name); err != nil {
		return false, err
	}
	if w.oldPacks[e.pack] == packUnused {
		w.oldPacks[e.pack] = len(w.made.Packs)
		p := w.prev.m.Packs[e.pack]
		p.Live = 0
		w.made.Packs = append(w.made.Packs, p)
	}
	e.pack = w.oldPacks[e.pack]
	w.made.Kept++
	return true, w.enter(&e)
}

func (w *Writer) order(name string) error {
	if !validName(name) || name == "." || len(name) > maxKey {
		return fault.New(fault.Invalid, "vault.path", name)
	}
	key := keyFor(name)
	if key <= w.last && w.last != "" {
		return fault.New(fault.Invalid, "vault.order", name)
	}
	w.last = key
	return nil
}

// enter writes the directory's entry.
func (w *Writer) enter(e *Entry) error {
	if err := w.tree.add(e); err != nil {
		return w.fail(err)
	}
	w.made.Files++
	w.made.Bytes += e.Size
	w.made.Packs[e.pack].Live += e.Size
	w.count.add(e.Kind, e.Day)
	return nil
}

func (w *Writer) fail(err error) error {
	w.err = writeFault(err)
	return w.err
}

// Add writes a file. What was read, and its digest, are in the entry: the
// caller compares it with what he expected. A reader that fails gives
// ErrSource.
func (w *Writer) Add(name string, meta Meta, r io.Reader) (Entry, error) {
	if w.err != nil {
		return Entry{}, w.err
	}
	if len(meta.Kind) > maxKind || meta.Day < 0 {
		return Entry{}, fault.New(fault.Invalid, "vault.path", name)
	}
	if w.buf == nil {
		w.buf = make([]byte, maxFrame)
	}
	n, err := io.ReadFull(r, w.buf)
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !ended {
		return Entry{}, fmt.Errorf("%w: %w", ErrSource, err)
	}
	before := w.last
	if err := w.order(name); err != nil {
		return Entry{}, err
	}
	e := Entry{Path: name, ModTime: meta.ModTime.UTC(), Kind: meta.Kind, Day: meta.Day}
	if ended {
		err = w.addSmall(&e, meta.Group, w.buf[:n])
	} else {
		err = w.addLarge(&e, r)
	}
	if errors.Is(err, ErrSource) {
		w.last = before
	}
	if err != nil {
		return Entry{}, err
	}
	w.made.Added++
	return e, w.enter(&e)
}
