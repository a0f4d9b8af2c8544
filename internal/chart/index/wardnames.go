package index

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/sheet"
)

// Limits of a list of wards.
const (
	maxWards    = 5000
	maxWardName = 60

	maxWardBytes = 1 << 20
)

// WardNames reads a list of wards: a code as messages write it, and a name, one
// ward in a row; text of any encoding that internal/sheet reads, or a workbook. Messages
// hold codes alone. A heading names a ward that nobody lies in. Rows without both
// are passed over, of two with one code the later counts, and what is beyond 5,000
// rows is not read. The error is that of a file that is no table.
func WardNames(ctx context.Context, name string, data []byte) (map[string]string, error) {
	book, err := sheet.Open(name, data, sheet.Limits{})
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	_, err = book.Each(ctx, 0, func(row *sheet.Row) error {
		if len(row.Cells) < 2 || len(out) >= maxWards {
			return nil
		}
		code, ward := sheet.Clean(row.Cells[0]), []rune(sheet.Clean(row.Cells[1]))
		if code != "" && len(ward) > 0 {
			out[code] = string(ward[:min(len(ward), maxWardName)])
		}
		return nil
	})
	return out, err
}

// WardList is the name of the list of wards in the folder of a program's data.
const WardList = "wards.csv"

// errNoWards reports a list that holds something and names no ward.
var errNoWards = errors.New("index: the list names no ward")

// WardBook is the list of wards in a folder. It is read again when the file
// changed; one that cannot be read leaves the names as they were. A nil one
// knows no names.
type WardBook struct {
	path string
	log  *slog.Logger

	looking sync.Mutex // one look at a time
	seen    wardMark   // what was read last; guarded by looking

	mu    sync.RWMutex
	names map[string]string // guarded by mu; replaced, never changed
	read  time.Time         // of the file that the names are of; guarded by mu
	fault error             // of the file that is there now; guarded by mu
}

// wardMark tells one state of the file from another.
type wardMark struct {
	there bool
	size  int64
	at    time.Time
}

// OpenWards reads the list of wards in a folder, where there is one. That it
// cannot be read is no error: it is logged, and Fault says it.
func OpenWards(ctx context.Context, dir string, log *slog.Logger) *WardBook {
	b := &WardBook{path: filepath.Join(dir, WardList), log: discreet.Logger(log)}
	b.Look(ctx)
	return b
}

// Look reads the list again if its size or time changed since it was read last.
// A list that went takes its names with it; a bad one keeps the old names until
// it is mended. It costs one look at the file, and nothing while another look has
// not ended: the file may lie on something that does not answer.
func (b *WardBook) Look(ctx context.Context) {
	if b == nil || !b.looking.TryLock() {
		return
	}
	defer b.looking.Unlock()
	info, err := os.Stat(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		if b.seen.there {
			b.log.Info("the list of wards is gone, and its names with it", "file", b.path)
		}
		b.seen = wardMark{}
		b.take(nil, time.Time{})
		return
	}
	if err != nil {
		b.seen = wardMark{} // it is read when it is there again, whatever its time says
		b.refuse(err)
		return
	}
	now := wardMark{there: true, size: info.Size(), at: info.ModTime()}
	if now == b.seen {
		return
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		b.seen = now
		b.refuse(&fs.PathError{Op: "read", Path: b.path, Err: fs.ErrInvalid})
		return
	}
	data, err := readWards(b.path)
	if err != nil { // locked by whoever edits it, say: its time will not tell when it can be read
		b.seen = wardMark{}
		b.refuse(err)
		return
	}
	b.seen = now
	names, err := WardNames(ctx, WardList, data)
	if err == nil && len(names) == 0 {
		err = errNoWards
	}
	if ctx.Err() != nil {
		b.seen = wardMark{}
		return
	}
	if err != nil {
		b.refuse(err)
		return
	}
	b.take(names, info.ModTime())
}

func readWards(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxWardBytes))
}

func (b *WardBook) take(names map[string]string, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.names, b.read, b.fault = names, at, nil
}

// refuse keeps the old names and says so, once for each fault.
func (b *WardBook) refuse(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fault == nil || b.fault.Error() != err.Error() {
		b.log.Warn("the list of wards cannot be read: names stay as they were", "file", b.path, "err", err)
	}
	b.fault = err
}

// Name is the hospital's name of a ward; "": the list has none.
func (b *WardBook) Name(code string) string {
	if b == nil {
		return ""
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.names[code]
}

// Fault says why the list that is there cannot be read; nil: it was read, or
// there is none. of is when the list was written whose names are shown meanwhile;
// zero: none was read, codes are shown.
func (b *WardBook) Fault() (of time.Time, err error) {
	if b == nil {
		return time.Time{}, nil
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.read, b.fault
}

// named puts the hospital's name of a ward where the message gave none.
func (ix *Index) named(hits ...Hit) []Hit {
	if ix.cfg.Wards == nil {
		return hits
	}
	for i := range hits {
		if b := hits[i].Bed; b != nil && b.WardName == "" {
			b.WardName = ix.cfg.Wards.Name(b.Ward) // a Hit's Bed is its own
		}
	}
	return hits
}

func (ix *Index) namedIn(res Result) Result {
	ix.named(res.Hits...)
	return res
}

// Wards lists the wards in which somebody lies, as the newest movements say,
// sorted by code.
func (ix *Index) Wards() []Ward {
	out := slices.Clone(ix.table.Load().wards)
	for i := range out {
		if out[i].Name == "" {
			out[i].Name = ix.cfg.Wards.Name(out[i].Code)
		}
	}
	return out
}
