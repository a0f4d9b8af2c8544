package vault

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/torideproject/toride/internal/fault"
)

// addSmall puts a file of less than 1 MiB into the frame being filled. Its
// place is known before the frame is written: nothing comes between.
func (w *Writer) addSmall(e *Entry, group string, data []byte) error {
	over := len(w.batch)+len(data) > frameFull || len(w.batch) >= frameEnough && group != w.group
	if over || w.pack == nil {
		if err := w.nextFrame(); err != nil {
			return err
		}
	}
	w.group = group
	e.SHA256, e.Size = sha256.Sum256(data), int64(len(data))
	e.pack, e.frame, e.in = w.packAt, w.pack.plain, len(w.batch)
	w.batch = append(w.batch, data...)
	w.made.Packs[e.pack].Plain += e.Size
	return nil
}

// addLarge writes a file of 1 MiB or more, whose beginning is in w.buf, in
// frames of its own, one behind the other. When the source fails in between
// they stay in the pack as dead bytes.
func (w *Writer) addLarge(e *Entry, r io.Reader) error {
	if err := w.nextFrame(); err != nil {
		return err
	}
	e.pack, e.frame = w.packAt, w.pack.plain
	sum, piece, ended := sha256.New(), w.buf, false
	for len(piece) > 0 {
		if _, err := w.pack.frame(piece); err != nil {
			return w.fail(err)
		}
		sum.Write(piece)
		e.Size += int64(len(piece))
		w.made.Packs[e.pack].Plain += int64(len(piece))
		if ended {
			break
		}
		n, err := io.ReadFull(r, w.buf)
		if ended = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); err != nil && !ended {
			return fmt.Errorf("%w: %w", ErrSource, err)
		}
		piece = w.buf[:n]
	}
	e.SHA256 = [digestSize]byte(sum.Sum(nil))
	return nil
}

// nextFrame writes the frame that is full and sees to it that there is a pack
// with room for the next.
func (w *Writer) nextFrame() error {
	if err := w.flush(); err != nil {
		return err
	}
	if w.pack != nil && w.pack.plain < w.opt.PackBytes {
		return nil
	}
	if err := w.closePack(); err != nil {
		return err
	}
	// The name has a part by chance: a pack that an earlier attempt left under
	// the same number is never met again.
	chance := make([]byte, 4)
	if _, err := rand.Read(chance); err != nil {
		return w.fail(err)
	}
	w.packAt = len(w.made.Packs)
	name := path.Join(packsDir, fmt.Sprintf("%s-%04d-%x.pack", w.made.Generation, w.packAt, chance))
	pack, err := newSealing(w.v.disk, name, w.enc, w.to)
	if err != nil {
		return w.fail(err)
	}
	w.pack = pack
	w.made.Packs = append(w.made.Packs, Pack{File: File{Name: name}, Key: w.made.Key})
	return nil
}

func (w *Writer) flush() error {
	if len(w.batch) == 0 {
		return nil
	}
	if _, err := w.pack.frame(w.batch); err != nil {
		return w.fail(err)
	}
	w.batch = w.batch[:0]
	return nil
}

func (w *Writer) closePack() error {
	if w.pack == nil {
		return nil
	}
	f, err := w.pack.close()
	w.pack = nil
	if err != nil {
		return w.fail(err)
	}
	w.made.Packs[w.packAt].File = f
	w.made.Written += f.Bytes
	return nil
}

// Commit makes the generation durable and then known: packs, directory and
// counts are written and synced, their folders too, before the manifest gets
// its name. Until then no reader sees anything of it.
func (w *Writer) Commit(ctx context.Context) (*Manifest, error) {
	if w.err != nil {
		return nil, w.err
	}
	if err := w.finish(ctx); err != nil {
		w.err = writeFault(err)
		return nil, w.err
	}
	made := w.made
	w.err = errCommitted
	return &made, w.release()
}

var errCommitted = fault.New(fault.Internal, "vault.committed")

func (w *Writer) finish(ctx context.Context) error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.closePack(); err != nil {
		return err
	}
	var err error
	if w.made.Root, err = w.tree.close(); err != nil {
		return err
	}
	to := w.tree.to
	w.tree.to = nil
	if w.made.Directory, err = to.close(); err != nil {
		return err
	}
	dir := path.Join(generationsDir, w.made.Generation)
	if w.made.Counts, err = w.writeCounts(path.Join(dir, countsName)); err != nil {
		return err
	}
	for _, d := range []string{packsDir, dir, generationsDir} {
		if err := w.v.disk.SyncDir(d); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	w.made.Made = w.opt.Now().UTC()
	w.made.Written += w.made.Directory.Bytes + w.made.Counts.Bytes
	data, err := encodeManifest(&w.made, w.m.sign)
	if err != nil {
		return err
	}
	m, err := parseManifest(data) // what no reader would take is not written
	if err != nil {
		return err
	}
	w.made.Digest, w.made.Signer = m.Digest, m.Signer
	return replace(w.v.disk, path.Join(dir, manifestName), data)
}

// Abort ends without a generation. After Commit it does nothing. What was
// written goes with the next Begin or Prune.
func (w *Writer) Abort() {
	if w.err == nil {
		w.err = errCommitted
	}
	if w.pack != nil {
		w.pack.abandon()
		w.pack = nil
	}
	if w.tree.to != nil {
		w.tree.to.abandon()
		w.tree.to = nil
	}
	_ = w.release()
}

func (w *Writer) release() error {
	if w.prev != nil {
		_ = w.prev.Close()
		w.prev, w.old = nil, nil
	}
	if w.lock == nil {
		return nil
	}
	l := w.lock
	w.lock = nil
	return l.Close()
}

// counts is data type → day (YYYYMMDD, 0 is none) → number of files.
type counts map[string]map[int]int64

func (c counts) add(kind string, day int) {
	days := c[kind]
	if days == nil {
		days = map[int]int64{}
		c[kind] = days
	}
	days[day]++
}

// Counts gives how many files of each data type and day were taken so far, in
// the form of Vault.Counts; it is not to be changed.
func (w *Writer) Counts() map[string]map[int]int64 { return w.count }

// Note puts what the copier says of the generation into the manifest: JSON of
// at most 64 KiB that names no patient, for it stands in clear. Call it before
// Commit.
func (w *Writer) Note(note json.RawMessage) error {
	if len(note) > maxNote || !json.Valid(note) {
		return fault.New(fault.Internal, "vault.note")
	}
	w.made.Note = note
	return nil
}

func (w *Writer) writeCounts(name string) (File, error) {
	data, err := json.Marshal(w.count)
	if err != nil {
		return File{}, err
	}
	f, err := w.v.disk.Create(name)
	if err != nil {
		return File{}, err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	sum := sha256.Sum256(data)
	return File{Name: name, Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}, errors.Join(err, f.Close())
}

const maxCounts = 256 << 20

// Counts gives how many files of each data type and day a generation has:
// data type → day (YYYYMMDD; 0 for files without) → files. It needs no key.
// It grows with days and types, not with files.
func (v *Vault) Counts(id string) (map[string]map[int]int64, error) {
	g, err := v.find(id)
	if err != nil {
		return nil, err
	}
	if g.Problem != nil {
		return nil, g.Problem
	}
	f := g.Manifest.Counts
	data, err := slurp(v.disk, f.Name, maxCounts)
	if err != nil {
		return nil, readFault(err, f.Name)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.SHA256 {
		return nil, readFault(errBlock, f.Name)
	}
	c := counts{}
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, readFault(err, f.Name)
	}
	return c, nil
}
