package witness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// keeper appends late notes to a file, in a goroutine of its own: a disk that
// hangs must not hold the reader up. Each line is on the disk before its note
// counts as kept.
type keeper struct {
	paths []string
	room  int
	log   *slog.Logger

	mu    sync.Mutex
	more  *sync.Cond
	queue []task
	puts  int // of queue
	ended bool

	open *os.File // only run touches it
	at   int      // of paths: those before could not be written
	lost int      // notes that only the file should have held
	bad  bool     // no file can be written; guarded by mu
}

// task is one thing for the keeper to do, in order.
type task struct {
	put   *note
	read  chan<- []*note // gives what the files hold
	lost  chan<- int
	empty bool
}

func newKeeper(paths []string, room int, log *slog.Logger) *keeper {
	k := &keeper{paths: paths, room: room, log: log}
	k.more = sync.NewCond(&k.mu)
	return k
}

// put hands a note over; its channel is closed once it is in the file, or could
// not be put there. False: there is no file, or too many notes wait for it.
func (k *keeper) put(n *note) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.paths) == 0 || k.puts >= k.room || k.ended {
		close(n.written)
		return false
	}
	k.puts++
	k.add(task{put: n})
	return true
}

func (k *keeper) add(t task) {
	k.queue = append(k.queue, t)
	k.more.Signal()
}

// spilled gives the notes that only the file holds, after everything was
// written that was put before, and how many of them were lost since the last
// time.
func (k *keeper) spilled() ([]*note, int) {
	read, lost := make(chan []*note, 1), make(chan int, 1)
	k.mu.Lock()
	k.add(task{read: read, lost: lost})
	k.mu.Unlock()
	var out []*note
	for _, n := range <-read {
		if n.Spilled {
			out = append(out, n)
		}
	}
	return out, <-lost
}

// empty forgets what the files hold: it is in the ledger.
func (k *keeper) empty() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.add(task{empty: true})
}

// works reports whether the last note could be put into a file.
func (k *keeper) works() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.paths) > 0 && !k.bad
}

// close ends run once everything was written.
func (k *keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended = true
	k.more.Signal()
}

func (k *keeper) run() {
	for {
		k.mu.Lock()
		for len(k.queue) == 0 && !k.ended {
			k.more.Wait()
		}
		if len(k.queue) == 0 {
			k.mu.Unlock()
			k.shut()
			return
		}
		todo := k.queue
		k.queue, k.puts = nil, 0
		k.mu.Unlock()
		k.do(todo)
	}
}

// do works through tasks. Notes that follow each other share one sync.
func (k *keeper) do(todo []task) {
	for len(todo) > 0 {
		switch t := todo[0]; {
		case t.put != nil:
			var notes []*note
			for len(todo) > 0 && todo[0].put != nil {
				notes = append(notes, todo[0].put)
				todo = todo[1:]
			}
			k.append(notes)
			continue
		case t.read != nil:
			t.read <- read(k.paths)
			t.lost <- k.lost
			k.lost = 0
		case t.empty:
			k.clear()
		}
		todo = todo[1:]
	}
}

// append writes notes to the first file that takes them.
func (k *keeper) append(notes []*note) {
	var lines bytes.Buffer
	spilled := 0
	for _, n := range notes {
		data, err := json.Marshal(n)
		if err != nil {
			k.log.Error("a late note is no JSON", "action", n.Action)
			continue
		}
		lines.Write(append(data, '\n'))
		if n.Spilled {
			spilled++
		}
	}
	err := errors.New("no late file")
	for ; k.at < len(k.paths); k.at++ {
		if err = k.write(lines.Bytes()); err == nil {
			break
		}
		k.log.Error("a late file cannot be written", "err", err)
		k.shut()
	}
	if err != nil {
		k.lost += spilled
		k.at = 0 // the next note tries again
	}
	k.mu.Lock()
	k.bad = err != nil
	k.mu.Unlock()
	for _, n := range notes {
		close(n.written)
	}
}

func (k *keeper) write(lines []byte) error {
	if k.open == nil {
		path := k.paths[k.at]
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		k.open = f
		lines = append([]byte{'\n'}, lines...) // behind half a line, which a power cut may have left
	}
	if _, err := k.open.Write(lines); err != nil {
		return err
	}
	return k.open.Sync()
}

// shut closes the file, if one is open.
func (k *keeper) shut() {
	if k.open != nil {
		if err := k.open.Close(); err != nil {
			k.log.Error("a late file did not close", "err", err)
		}
		k.open = nil
	}
}

// clear removes the files.
func (k *keeper) clear() {
	k.shut()
	k.at = 0
	for _, path := range k.paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			k.log.Error("a late file stays", "err", err)
		}
	}
}

// maxLine bounds one line of a late file.
const maxLine = 1 << 20

// read gives the notes of the files that are not known to be in the ledger, in
// their order, each once. A line that is no note was cut off by a power cut; its
// reader had not been answered.
func read(paths []string) []*note {
	var all []*note
	done := map[string]bool{}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			continue // it was not needed, or cannot be read now either
		}
		in := bufio.NewScanner(f)
		in.Buffer(nil, maxLine)
		for in.Scan() {
			var n note
			switch err := json.Unmarshal(in.Bytes(), &n); {
			case err != nil || n.ID == "" && n.Done == "":
			case n.Done != "":
				done[n.Done] = true
			default:
				n.written = make(chan struct{})
				all = append(all, &n)
			}
		}
		_ = f.Close() // it was only read
	}
	var out []*note
	for _, n := range all {
		if !done[n.ID] {
			done[n.ID] = true
			out = append(out, n)
		}
	}
	return out
}
