package journal

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/event"
)

const (
	markFile  = "last"        // position of the last acknowledged batch
	epochFile = "epochs.json" // see epochs
	markSize  = 16
)

// epochs is what is known of the streams besides their content.
type epochs struct {
	Current uint32 `json:"current"`
	// Ended has, by epoch, the last batch that was acknowledged in it; an epoch
	// leaves the list when all have kept it.
	Ended map[string]uint64 `json:"ended,omitempty"`
}

func (j *Journal) readEpochs() (epochs, error) {
	e := epochs{Ended: map[string]uint64{}}
	data, err := os.ReadFile(filepath.Join(j.cfg.Dir, epochFile))
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if e.Ended == nil {
		e.Ended = map[string]uint64{}
	}
	return e, err
}

func (j *Journal) writeEpochs(e epochs) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(j.cfg.Dir, epochFile), data, 0o600)
}

// start opens the engine and settles the epoch. seen is the highest position
// that was acknowledged or kept by anybody.
func (j *Journal) start(ctx context.Context, seen event.Position) error {
	e, err := startEngine(ctx, filepath.Join(j.cfg.Dir, "stream"), j.cfg.Log)
	if err != nil {
		return err
	}
	if err := j.settle(ctx, e, seen); err != nil {
		e.stop()
		return err
	}
	return nil
}

// settle goes on with the newest stream when it holds the position that was
// seen, and otherwise begins a new epoch: the numbers of a stream that lost its
// end, or is new, would be given a second time.
func (j *Journal) settle(ctx context.Context, e *engine, seen event.Position) error {
	j.files.Lock()
	defer j.files.Unlock()
	known, err := j.readEpochs()
	if err != nil {
		// It can be rebuilt: the streams and what others have kept say enough.
		j.cfg.Log.Warn("journal: the list of epochs cannot be read", "error", err)
	}
	current, last := uint32(0), uint64(0)
	if list := e.epochs(); len(list) > 0 {
		current = list[len(list)-1]
		held, err := e.state(ctx, current)
		if err != nil {
			return err
		}
		last = held.LastSeq
	}
	behind := seen.Epoch > current || (seen.Epoch == current && seen.Seq > last)
	if current == 0 || behind || known.Current > current {
		highest := max(current, known.Current, seen.Epoch)
		if current != 0 {
			known.end(current, last)
		}
		if seen.Epoch != 0 {
			known.end(seen.Epoch, seen.Seq)
		}
		if behind && current != 0 {
			j.cfg.Log.Error("journal: acknowledged batches are missing, a new epoch begins", "epoch", highest+1, "acknowledged", seen, "found", event.Position{Epoch: current, Seq: last})
		}
		current, last = highest+1, 0
		known.Current = current
		if err := j.writeEpochs(known); err != nil {
			return err
		}
	}
	if err := e.create(ctx, current, j.cfg.MaxBytes); err != nil {
		return err
	}
	if err := syncTree(j.cfg.Dir); err != nil {
		return err
	}
	ended := map[uint32]uint64{}
	for name, last := range known.Ended {
		if epoch, err := strconv.ParseUint(name, 10, 32); err == nil && uint32(epoch) < current {
			ended[uint32(epoch)] = last
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.engine, j.epoch, j.last, j.ended, j.state = e, current, last, ended, Ready
	j.tell()
	return nil
}

func (e *epochs) end(epoch uint32, last uint64) {
	name := strconv.FormatUint(uint64(epoch), 10)
	e.Ended[name] = max(e.Ended[name], last)
}

// repair starts a broken engine again once the disk has room.
func (j *Journal) repair(ctx context.Context) {
	j.mu.Lock()
	dead, seen, broken := j.dead, event.Position{Epoch: j.epoch, Seq: j.last}, j.engine == nil
	j.dead = nil
	j.mu.Unlock()
	if dead != nil {
		dead.stop() // two over one folder would destroy it
	}
	if !broken || j.room() != nil {
		return
	}
	if err := j.start(ctx, seen); err != nil {
		j.cfg.Log.Error("journal: it still cannot start", "error", err)
	}
}

// keepMark notes the last acknowledged batch. It is not synced: it is written
// after the batch was, so that it can be behind but never ahead, and after a crash of the process
// alone it is exact. mu is held.
func (j *Journal) keepMark(p event.Position) {
	var b [markSize]byte
	binary.LittleEndian.PutUint32(b[0:], p.Epoch)
	binary.LittleEndian.PutUint64(b[4:], p.Seq)
	binary.LittleEndian.PutUint32(b[12:], crc32.Checksum(b[:12], crc32.MakeTable(crc32.Castagnoli)))
	if _, err := j.mark.WriteAt(b[:], 0); err != nil && !j.markBad {
		j.markBad = true // once is enough; what it is for is to notice another fault
		j.cfg.Log.Warn("journal: the mark cannot be written", "error", err)
	}
}

// readMark gives the zero position when the file is new or damaged.
func readMark(f *os.File) event.Position {
	var b [markSize]byte
	if n, _ := f.ReadAt(b[:], 0); n != markSize {
		return event.Position{}
	}
	if binary.LittleEndian.Uint32(b[12:]) != crc32.Checksum(b[:12], crc32.MakeTable(crc32.Castagnoli)) {
		return event.Position{}
	}
	return event.Position{Epoch: binary.LittleEndian.Uint32(b[0:]), Seq: binary.LittleEndian.Uint64(b[4:])}
}

func latest(a, b event.Position) event.Position {
	a.Index, b.Index = 0, 0
	if a.Compare(b) < 0 {
		return b
	}
	return a
}

// syncTree makes the names and contents of a folder durable: the server does
// not sync the files that describe a new stream.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !(d.IsDir() || d.Type().IsRegular()) {
			return ignoreGone(err)
		}
		f, err := os.Open(path)
		if err != nil {
			return ignoreGone(err)
		}
		return ignoreGone(errors.Join(f.Sync(), f.Close()))
	})
}

// ignoreGone: the server removes files while the walk goes on.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// reseal gives the batch as stored under another epoch.
func reseal(msg []byte, epoch uint32) []byte {
	h, err := parseHead(msg)
	if err != nil { // it was made a moment ago
		return msg
	}
	h.epoch = epoch
	return appendMessage(nil, h)
}
