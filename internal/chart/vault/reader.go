package vault

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"slices"
	"sync"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"github.com/torideproject/toride/internal/fault"
)

const (
	// cacheBytes is what a Reader keeps of unpacked frames and blocks.
	cacheBytes = 6 << 20
	// maxOpen is how many packs a Reader keeps open.
	maxOpen = 64
)

// ReadOptions say whom a reader trusts.
type ReadOptions struct {
	// Trust, if not empty, are the fingerprints of machines whose signature
	// counts (Machine.Fingerprint); a generation of another is
	// "vault.manifest.signer". Empty takes any machine's, and the fingerprint
	// must be compared by eye with the printed one.
	Trust []string
	// Anyway reads in spite of a signature that does not fit or does not
	// count: a decision of persons, for when there is nothing else.
	Anyway bool
}

// Reader reads one generation. It is an fs.FS (also ReadDirFS, StatFS and
// ReadFileFS) for several goroutines, strictly read-only. Opening reads the
// manifest and about 200 KiB of the directory; nothing grows with the number of
// files. Damage shows as an fs.PathError around a fault for the files it
// concerns; everything else stays readable. What is read is checked against
// the signed manifest: the directory block by block, a file by its SHA-256
// (one of 1 MiB and more when it is read to its end).
type Reader struct {
	m    *Manifest
	disk disk
	ids  []age.Identity
	dir  *unsealed
	dec  *zstd.Decoder

	cache cache
	mu    sync.Mutex
	packs map[int]*openPack
	clock int64
	done  bool
}

// openPack is a pack that frames are read from. Many may read at once; it is
// closed when nobody does.
type openPack struct {
	mu   sync.RWMutex
	u    *unsealed
	used int64
}

// Read opens a generation with the keys that are there. Its faults are
// "vault.generation.none", those of Generation.Problem,
// "vault.manifest.signer", "vault.key.wrong" and those of damage.
func (v *Vault) Read(id string, opt ReadOptions, keys ...*Key) (*Reader, error) {
	return v.read(id, opt, keys...)
}

// Directory opens the list of a generation's files with the key that the
// copying machine keeps: paths, sizes, times, digests, counts. What stands in
// the files stays sealed; reading one gives "vault.key.wrong". trust are
// fingerprints as in ReadOptions; without any the machine's own counts.
func (v *Vault) Directory(id string, m *Machine, trust ...string) (*Reader, error) {
	if len(trust) == 0 {
		trust = []string{m.Fingerprint()}
	}
	return v.read(id, ReadOptions{Trust: trust}, m.list)
}

func (v *Vault) read(id string, opt ReadOptions, keys ...*Key) (*Reader, error) {
	g, err := v.find(id)
	if err != nil {
		return nil, err
	}
	if g.Manifest == nil || g.Problem != nil && !opt.Anyway {
		return nil, g.Problem
	}
	if len(opt.Trust) > 0 && !opt.Anyway && !slices.Contains(opt.Trust, g.Manifest.Signer) {
		return nil, fault.New(fault.Denied, "vault.manifest.signer", id, g.Manifest.Signer)
	}
	r := &Reader{m: g.Manifest, disk: v.disk, packs: map[int]*openPack{}}
	for _, k := range keys {
		r.ids = append(r.ids, k.identity)
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.Denied, "vault.key.wrong", g.Manifest.Key)
	}
	if r.dec, err = newDecoder(); err != nil {
		return nil, fault.New(fault.Internal, "vault.damaged", g.Manifest.Directory.Name).With(err)
	}
	if r.dir, err = openSealed(v.disk, r.m.Directory, r.m.Key, r.ids...); err != nil {
		r.dec.Close()
		return nil, err
	}
	// The top block is read now, so that a manifest that does not fit its
	// directory is seen at once.
	c, err := r.cursor()
	if err == nil {
		c.seek("")
		err = c.err
	}
	if err != nil {
		_ = r.Close()
		return nil, readFault(err, r.m.Directory.Name)
	}
	return r, nil
}

// Manifest is the generation's manifest; it is not to be changed.
func (r *Reader) Manifest() *Manifest { return r.m }

// Close closes the files on the medium. What is read later fails.
func (r *Reader) Close() error {
	r.mu.Lock()
	if r.done {
		r.mu.Unlock()
		return nil
	}
	r.done = true
	packs := r.packs
	r.packs = nil
	r.mu.Unlock()
	err := r.dir.close()
	for _, p := range packs {
		err = errors.Join(err, p.close())
	}
	return err
}

func (p *openPack) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.u == nil {
		return nil
	}
	u := p.u
	p.u = nil
	return u.close()
}

func (r *Reader) cursor() (*cursor, error) {
	// The digest is compared when a block comes into the cache, not each time
	// it is used: that would cost more than going through it.
	return newCursor(r.m.Root, func(c child) ([]byte, error) {
		return r.cached(place{pack: -1, at: c.at}, func() ([]byte, error) {
			data, _, err := r.dir.frame(r.dec, c.at)
			if err == nil && sha256.Sum256(data) != c.digest {
				err = errBlock
			}
			return data, err
		})
	})
}

// frame gives the frame of a pack and where the next one begins.
func (r *Reader) frame(pack int, at int64) ([]byte, int64, error) {
	if pack >= len(r.m.Packs) {
		return nil, 0, readFault(errBlock, r.m.Directory.Name)
	}
	for {
		p, err := r.pack(pack)
		if err != nil {
			return nil, 0, err
		}
		p.mu.RLock()
		if p.u == nil { // closed in between to make room
			p.mu.RUnlock()
			continue
		}
		data, next, err := p.u.frame(r.dec, at)
		p.mu.RUnlock()
		return data, next, err
	}
}

func (r *Reader) pack(at int) (*openPack, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done {
		return nil, fs.ErrClosed
	}
	r.clock++
	if p := r.packs[at]; p != nil {
		p.used = r.clock
		return p, nil
	}
	info := r.m.Packs[at]
	u, err := openSealed(r.disk, info.File, info.Key, r.ids...)
	if err != nil {
		return nil, err
	}
	if len(r.packs) >= maxOpen {
		oldest := -1
		for i, p := range r.packs {
			if oldest < 0 || p.used < r.packs[oldest].used {
				oldest = i
			}
		}
		_ = r.packs[oldest].close()
		delete(r.packs, oldest)
	}
	p := &openPack{u: u, used: r.clock}
	r.packs[at] = p
	return p, nil
}

// find gives the entry of a file.
func (r *Reader) find(name string) (Entry, bool, error) {
	c, err := r.cursor()
	if err != nil {
		return Entry{}, false, err
	}
	key := keyFor(name)
	if !c.seek(key) || string(c.key()) != key {
		return Entry{}, false, c.err
	}
	e := c.leaf().e
	e.Path = name
	return e, true, nil
}

// small gives the content of a file of less than 1 MiB, a part of a frame in
// the cache: not to be changed.
func (r *Reader) small(e *Entry) ([]byte, error) {
	data, err := r.cached(place{pack: e.pack, at: e.frame}, func() ([]byte, error) {
		data, _, err := r.frame(e.pack, e.frame)
		return data, err
	})
	if err != nil {
		return nil, err
	}
	if int64(len(data)) < int64(e.in)+e.Size {
		return nil, readFault(errFrame, r.m.Packs[e.pack].Name)
	}
	data = data[e.in : e.in+int(e.Size)]
	if sha256.Sum256(data) != e.SHA256 {
		return nil, readFault(errDigest, r.m.Packs[e.pack].Name)
	}
	return data, nil
}

var errDigest = errors.New("vault: the content is not what the directory says")

// Lookup gives a file's entry; fs.ErrNotExist if there is none.
func (r *Reader) Lookup(name string) (Entry, error) {
	if !validName(name) {
		return Entry{}, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	e, ok, err := r.find(name)
	if err == nil && !ok {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Entry{}, r.pathError("stat", name, err)
	}
	return e, nil
}

// Entries goes through the files in order from the first whose path is not
// before from ("" is the first), as fs.WalkDir goes. It stops at the first
// error and holds one block a level.
func (r *Reader) Entries(from string) func(yield func(Entry, error) bool) {
	return func(yield func(Entry, error) bool) {
		c, err := r.cursor()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for ok := c.seek(keyFor(from)); ok; ok = c.next() {
			e := c.leaf().e
			e.Path = pathFor(c.key())
			if !yield(e, nil) {
				return
			}
		}
		if c.err != nil {
			yield(Entry{}, readFault(c.err, r.m.Directory.Name))
		}
	}
}

func (r *Reader) pathError(op, name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrClosed) {
		err = readFault(err, r.m.Directory.Name)
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}
