package hunt

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/internal/text"
)

// source reads the files and gives units in order.
type source struct {
	ctx  context.Context
	out  chan<- *unit
	free <-chan *unit // units whose memory can be used again
	// tokens bound how many units are under way; the collector takes them back.
	tokens chan<- struct{}
	seq    int
	lost   []Loss // since the last unit
	growth growth // of the file that is being read
	folder int64  // bytes of lists of members that may still be read
	// buffers are kept for the next file, one for each level of nesting.
	buffers [maxNest + 3]*bufio.Reader
}

// errStop ends the walk because nobody takes units any more.
var errStop = errors.New("hunt: stopped")

// errBomb ends a packed file that unpacks to far more than logs do.
var errBomb = errors.New("hunt: unpacks to more than logs can")

func (s *source) lose(file, key string, args ...any) {
	if len(s.lost) < maxLosses {
		s.lost = append(s.lost, Loss{File: display(file), What: text.M(key, args...), Count: 1})
	}
}

// file reads one file of the list.
func (s *source) file(path string) error {
	f, size, err := s.open(path)
	if f == nil || err != nil {
		return err
	}
	defer f.Close()
	// A read that hangs, as of a pipe, ends with the run.
	defer context.AfterFunc(s.ctx, func() { _ = f.Close() })()
	s.growth, s.folder = growth{packed: size}, maxFolder
	err = s.content(path, f, size)
	switch {
	case s.ctx.Err() != nil:
		return errStop
	case errors.Is(err, errBomb):
		s.lose(path, "hunt.loss.bomb", maxGrowth)
		return nil
	case err != nil:
		return err
	}
	if info, err := f.Stat(); err == nil && size > 0 && info.Size() > size {
		s.lose(path, "hunt.loss.grew")
	}
	return nil
}

// open opens what can be read to an end: files, and pipes that were named. A
// pipe is opened without waiting for somebody to write into it.
func (s *source) open(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		s.lose(path, "hunt.loss.open", cause(err))
		return nil, 0, nil
	}
	flags := os.O_RDONLY
	switch {
	case info.Mode()&os.ModeNamedPipe != 0:
		flags |= syscall.O_NONBLOCK
	case !info.Mode().IsRegular():
		s.lose(path, "hunt.loss.special")
		return nil, 0, nil
	}
	f, err := os.OpenFile(path, flags, 0)
	if err != nil {
		s.lose(path, "hunt.loss.open", cause(err))
		return nil, 0, nil
	}
	return f, info.Size(), nil
}

func (s *source) content(path string, f *os.File, size int64) error {
	var head [4]byte
	if n, _ := f.ReadAt(head[:], 0); isZip(head[:n]) { // of a pipe nothing, which is read below
		return s.archive(display(path), f, size, 1)
	}
	var r io.Reader = f
	if size > 0 { // what is written to a file while it is read could have no end
		r = io.LimitReader(f, size)
	}
	return s.stream(display(path), &stopper{s.ctx, r}, 1)
}

func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// stopper ends reading with the run.
type stopper struct {
	ctx context.Context
	r   io.Reader
}

func (s *stopper) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, errStop
	}
	return s.r.Read(p)
}

// stream reads what is no zip: an event log, a gzip of something, or text.
func (s *source) stream(name string, r io.Reader, nest int) error {
	in := s.buffer(r, nest)
	head, err := in.Peek(8)
	if err != nil && err != io.EOF {
		return s.failed(name, err)
	}
	switch {
	case len(head) == 0:
		s.lose(name, "hunt.loss.empty")
		return nil
	case bytes.HasPrefix(head, []byte("ElfFile\x00")), bytes.HasPrefix(head, []byte("ElfChnk\x00")):
		return s.chunks(name, in)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		if nest > maxNest {
			s.lose(name, "hunt.loss.nested", maxNest)
			return nil
		}
		gz, err := gzip.NewReader(in)
		if err != nil {
			return s.failed(name, err)
		}
		return s.stream(name, &unpacked{gz, &s.growth}, nest+1)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")): // as PowerShell writes
		utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
		in = bufio.NewReaderSize(transform.NewReader(in, utf16), evtx.ChunkSize)
	}
	if strings.HasSuffix(strings.ToLower(name), ".evtx") {
		s.lose(name, "hunt.loss.notlog")
	}
	if start, _ := in.Peek(evtx.ChunkSize); isDocument(start) {
		return s.documents(name, in)
	}
	return s.lines(name, in)
}

func (s *source) buffer(r io.Reader, nest int) *bufio.Reader {
	nest = min(nest, len(s.buffers)-1)
	if s.buffers[nest] == nil {
		s.buffers[nest] = bufio.NewReaderSize(r, evtx.ChunkSize)
	} else {
		s.buffers[nest].Reset(r)
	}
	return s.buffers[nest]
}

// failed tells of a file whose reading failed in the middle. A bomb, and the
// end of the run, go on up.
func (s *source) failed(name string, err error) error {
	if errors.Is(err, errBomb) || errors.Is(err, errStop) {
		return err
	}
	s.lose(name, "hunt.loss.read", cause(err))
	return nil
}

// chunks gives the chunks of an event log.
func (s *source) chunks(name string, r io.Reader) error {
	chunks := evtx.NewChunks(r)
	for {
		u := s.unit(name)
		if !chunks.Next(&u.chunk) {
			break
		}
		u.isLog, u.bytes = true, evtx.ChunkSize
		if err := s.give(u); err != nil {
			return err
		}
	}
	for _, d := range chunks.AppendDamage(nil) {
		s.lost = append(s.lost, lossOf(name, d))
	}
	if err := chunks.Err(); err != nil {
		return s.failed(name, err)
	}
	return nil
}

// block gathers lines, or objects on a line each, into units.
type block struct {
	s    *source
	u    *unit
	next uint64 // number of the next line
}

func (s *source) block(name string) *block {
	b := &block{s: s, u: s.unit(name), next: 1}
	b.u.line = b.next
	return b
}

// add takes a line that took size bytes of the input, and gives the unit when it
// is full.
func (b *block) add(line []byte, size int) error {
	b.u.lines = append(append(b.u.lines, line...), '\n')
	b.u.bytes += int64(size)
	b.next++
	if len(b.u.lines) < blockSize {
		return nil
	}
	name := b.u.file
	if err := b.s.give(b.u); err != nil {
		return err
	}
	b.u = b.s.unit(name)
	b.u.line = b.next
	return nil
}

// lines cuts a text into blocks of whole lines.
func (s *source) lines(name string, in *bufio.Reader) error {
	b := s.block(name)
	for {
		line, cut, err := readLine(in)
		if cut > 0 {
			s.lose(name, "hunt.loss.line", b.next, maxLine>>10)
		}
		if len(line) > 0 || err == nil {
			if err := b.add(line, len(line)+cut+1); err != nil {
				return err
			}
		}
		if err == nil {
			continue
		}
		if giveErr := s.give(b.u); giveErr != nil {
			return giveErr
		}
		if err == io.EOF {
			return nil
		}
		return s.failed(name, err)
	}
}

// readLine reads a line without its end; cut is how many bytes of it beyond
// maxLine were passed over.
func readLine(in *bufio.Reader) (line []byte, cut int, err error) {
	part, err := in.ReadSlice('\n')
	if err == nil {
		return bytes.TrimSuffix(part[:len(part)-1], []byte("\r")), 0, nil
	}
	line = slices.Clone(part)
	for errors.Is(err, bufio.ErrBufferFull) {
		part, err = in.ReadSlice('\n')
		room := min(len(part), maxLine-len(line))
		line, cut = append(line, part[:room]...), cut+len(part)-room
	}
	return bytes.TrimRight(line, "\r\n"), cut, err
}

// unit takes memory for the next unit.
func (s *source) unit(name string) *unit {
	var u *unit
	select {
	case u = <-s.free:
	default:
		u = &unit{}
	}
	*u = unit{file: name, chunk: evtx.Chunk{Data: u.chunk.Data}, lines: u.lines[:0]}
	return u
}

// give hands a unit to the workers.
func (s *source) give(u *unit) error {
	u.seq, u.lost = s.seq, s.lost
	s.seq, s.lost = s.seq+1, nil
	select {
	case s.tokens <- struct{}{}:
	case <-s.ctx.Done():
		return errStop
	}
	select {
	case s.out <- u:
		return nil
	case <-s.ctx.Done():
		return errStop
	}
}
