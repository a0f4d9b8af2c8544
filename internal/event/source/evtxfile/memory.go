package evtxfile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/durable"
)

// Limits of the memory.
const (
	maxChunks = 1 << 21 // 128 GiB of logs; the oldest are forgotten first
	maxOpen   = 512     // chunks that may still grow
	maxPrints = 4096    // records of a chunk
	maxFiles  = 20_000  // whose unchanged size and time save reading them
)

// The files of the memory. chunksFile begins with magic; then entries follow:
// kind, length of the payload (4 bytes, big endian), payload, CRC-32 of all of it.
const (
	chunksFile = "chunks"
	filesFile  = "files.json"
	magic      = "toride evtxfile 1\n"
	wholeEntry = 'W' // payload: the chunk's sum
	openEntry  = 'O' // payload: the sum of its first record, 8 bytes for each record
)

// sum is the beginning of a SHA-256: enough to tell contents apart.
type sum [16]byte

func sumOf(b []byte) sum {
	full := sha256.Sum256(b)
	return sum(full[:16])
}

// printOf is a record's fingerprint within its chunk.
func printOf(raw []byte) uint64 {
	full := sha256.Sum256(raw)
	return binary.BigEndian.Uint64(full[:])
}

// memory is what was read before. It is used by one goroutine at a time.
type memory struct {
	dir    string
	log    *os.File
	chunks map[sum]struct{}
	order  []sum // oldest first
	open   map[sum][]uint64
	opened []sum // by their last use, oldest first
	files  map[string]fileState
	dirty  bool // files is to be written
	broken bool // writing failed: the end of the log is not certain
	loose  bool // something of the log is not durable
	synced time.Time
}

// fileState says that a file was read as it is.
type fileState struct {
	Size   int64     `json:"size"`
	Time   time.Time `json:"time"`
	SHA256 string    `json:"sha256"`
	Read   time.Time `json:"read"`
	Report Report    `json:"report"`
}

// openMemory reads the memory in dir, which it makes. What a crash broke off at
// the end of the file is forgotten: at worst some records are read again.
func openMemory(dir string) (*memory, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("evtxfile: %w", err)
	}
	m := &memory{dir: dir, chunks: map[sum]struct{}{}, open: map[sum][]uint64{}, files: map[string]fileState{}}
	data, err := os.ReadFile(filepath.Join(dir, filesFile))
	if err == nil && json.Unmarshal(data, &m.files) != nil {
		m.files = map[string]fileState{} // only saves work
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("evtxfile: %w", err)
	}
	entries, err := m.load()
	if err != nil {
		return nil, err
	}
	if entries > 2*(len(m.chunks)+len(m.open))+1000 || entries < 0 {
		if err := m.compact(); err != nil {
			return nil, err
		}
	}
	m.log, err = os.OpenFile(filepath.Join(dir, chunksFile), os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("evtxfile: %w", err)
	}
	return m, nil
}

func (m *memory) close() error {
	err := m.save()
	if cerr := m.log.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("evtxfile: %w", cerr)
	}
	return err
}

// load reads the entries and gives their number; -1 when the file has to be
// written anew, because it is not there or its end is broken.
func (m *memory) load() (int, error) {
	f, err := os.Open(filepath.Join(m.dir, chunksFile))
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, fmt.Errorf("evtxfile: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(in, head); err != nil || string(head) != magic {
		return -1, nil
	}
	for n := 0; ; n++ {
		kind, payload, err := readEntry(in)
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return -1, nil
		}
		m.apply(kind, payload)
	}
}

var errEntry = errors.New("evtxfile: a broken entry")

func readEntry(in *bufio.Reader) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, nil, err // io.EOF at a boundary
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > 16+8*maxPrints {
		return 0, nil, errEntry
	}
	body := make([]byte, n+4)
	if _, err := io.ReadFull(in, body); err != nil {
		return 0, nil, errEntry
	}
	crc := crc32.Update(crc32.ChecksumIEEE(head[:]), crc32.IEEETable, body[:n])
	if crc != binary.BigEndian.Uint32(body[n:]) || n < 16 {
		return 0, nil, errEntry
	}
	return head[0], body[:n], nil
}

func appendEntry(dst []byte, kind byte, payload []byte) []byte {
	at := len(dst)
	dst = append(dst, kind)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(payload)))
	dst = append(dst, payload...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[at:]))
}

func openPayload(id sum, prints []uint64) []byte {
	b := append(make([]byte, 0, 16+8*len(prints)), id[:]...)
	for _, p := range prints {
		b = binary.BigEndian.AppendUint64(b, p)
	}
	return b
}

func (m *memory) apply(kind byte, payload []byte) {
	id := sum(payload[:16])
	switch kind {
	case wholeEntry:
		m.addChunk(id)
	case openEntry:
		var prints []uint64
		for b := payload[16:]; len(b) >= 8; b = b[8:] {
			prints = append(prints, binary.BigEndian.Uint64(b))
		}
		m.setOpen(id, prints)
	}
}

func (m *memory) addChunk(id sum) {
	if _, known := m.chunks[id]; known {
		return
	}
	if len(m.order) >= maxChunks {
		for _, old := range m.order[:maxChunks/8] {
			delete(m.chunks, old)
		}
		m.order = append(m.order[:0], m.order[maxChunks/8:]...)
	}
	m.chunks[id] = struct{}{}
	m.order = append(m.order, id)
}

func (m *memory) setOpen(id sum, prints []uint64) {
	if _, known := m.open[id]; known {
		m.opened = slices.DeleteFunc(m.opened, func(o sum) bool { return o == id })
	} else if len(m.opened) >= maxOpen {
		delete(m.open, m.opened[0])
		m.opened = slices.Delete(m.opened, 0, 1)
	}
	m.open[id] = prints
	m.opened = append(m.opened, id)
}

// done is what is remembered of a chunk once the sink has its records.
type done struct {
	whole  sum  // of the chunk as it was read
	last   bool // it was the last of its file, and may grow
	first  sum  // of its first record
	prints []uint64
}

// remember puts chunks into the memory. It becomes durable once a second and with
// save; what a power cut takes of it is read again.
func (m *memory) remember(all []done) error {
	if len(all) == 0 {
		return nil
	}
	var b []byte
	for _, d := range all {
		m.addChunk(d.whole)
		b = appendEntry(b, wholeEntry, d.whole[:])
		if d.last {
			m.setOpen(d.first, d.prints)
			b = appendEntry(b, openEntry, openPayload(d.first, d.prints))
		}
	}
	if _, err := m.log.Write(b); err != nil {
		m.broken = true
		return fmt.Errorf("evtxfile: %w", err)
	}
	m.loose = true
	if time.Since(m.synced) > time.Second {
		return m.sync()
	}
	return nil
}

func (m *memory) sync() error {
	if !m.loose {
		return nil
	}
	m.loose, m.synced = false, time.Now()
	if err := m.log.Sync(); err != nil {
		m.broken = true
		return fmt.Errorf("evtxfile: %w", err)
	}
	return nil
}

// compact writes the entries that still count into a new file.
func (m *memory) compact() error {
	return durable.Write(filepath.Join(m.dir, chunksFile), 0o600, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<16)
		b := append([]byte(nil), magic...)
		for _, id := range m.order {
			b = appendEntry(b, wholeEntry, id[:])
			if len(b) > 1<<15 {
				if _, err := out.Write(b); err != nil {
					return err
				}
				b = b[:0]
			}
		}
		for _, id := range m.opened {
			b = appendEntry(b, openEntry, openPayload(id, m.open[id]))
		}
		if _, err := io.Copy(out, bytes.NewReader(b)); err != nil {
			return err
		}
		return out.Flush()
	})
}

// save makes the memory durable.
func (m *memory) save() error {
	if err := m.sync(); err != nil || !m.dirty {
		return err
	}
	data, err := json.Marshal(m.files)
	if err != nil {
		return fmt.Errorf("evtxfile: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(m.dir, filesFile), data, 0o600); err != nil {
		return err
	}
	m.dirty = false
	return nil
}
