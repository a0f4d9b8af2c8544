package hunt

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/internal/text"
)

// Bounds of inputs.
const (
	maxLine    = 1 << 20   // bytes of a line; the rest of a longer one is passed over
	blockSize  = 512 << 10 // bytes of lines in a unit
	maxNest    = 3         // archives inside archives
	maxMembers = 200_000   // of one archive
	maxGrowth  = 200       // times that an archive's member may be larger than packed …
	freeGrowth = 256 << 20 // … once it has given so many bytes
)

// unit is a piece of an input for one worker.
type unit struct {
	seq   int
	file  string
	isLog bool       // a chunk of an event log, else lines
	chunk evtx.Chunk //
	lines []byte     //
	line  uint64     // number of the first line, from 1
	bytes int64      // of the input on disk that this unit stands for
	lost  []Loss     // found while reading
}

// Loss is something that could not be read.
type Loss struct {
	File  string
	What  text.Msg
	Count int // of the same kind in that file
}

// source walks the paths and gives units in order.
type source struct {
	ctx  context.Context
	out  chan<- *unit
	free <-chan *unit // units whose memory can be used again
	// tokens bound how many units are under way; the collector takes them back.
	tokens chan<- struct{}
	seq    int
	lost   []Loss // since the last unit
}

// errStop ends the walk because nobody takes units any more.
var errStop = errors.New("hunt: stopped")

// Inputs lists the files below the paths in a fixed order, with their sizes
// together. A path that does not exist is an error: a typing mistake must not
// read like a clean machine.
func Inputs(paths []string) (files []string, size int64, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, 0, err
		}
		if !info.IsDir() {
			files, size = append(files, path), size+info.Size()
			continue
		}
		var below []string
		err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				below = append(below, name) // opening it will say why
				return nil
			case d.Type().IsRegular() && wanted(name):
				below = append(below, name)
				if info, err := d.Info(); err == nil {
					size += info.Size()
				}
			}
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
		slices.Sort(below)
		files = append(files, below...)
	}
	return files, size, nil
}

// wanted says whether a file found in a folder is looked at; a file that is
// named is always looked at.
func wanted(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(strings.ToLower(name), ".gz"))
	for _, end := range []string{".evtx", ".json", ".jsonl", ".ndjson", ".log", ".syslog", ".txt", ".zip"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return strings.HasSuffix(name, "/messages") || strings.HasSuffix(name, "/secure") || strings.HasSuffix(name, "/syslog")
}

func (s *source) lose(file, key string, args ...any) {
	s.lost = append(s.lost, Loss{File: file, What: text.M(key, args...), Count: 1})
}

// file reads one file of the list.
func (s *source) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		s.lose(path, "hunt.loss.open", cause(err))
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		s.lose(path, "hunt.loss.open", "")
		return nil
	}
	var head [4]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		s.lose(path, "hunt.loss.open", cause(err))
		return nil
	}
	if bytes.HasPrefix(head[:n], []byte("PK\x03\x04")) || bytes.HasPrefix(head[:n], []byte("PK\x05\x06")) {
		return s.archive(path, f, info.Size(), 1)
	}
	if n == 0 {
		s.lose(path, "hunt.loss.empty")
		return nil
	}
	return s.stream(path, f, 1)
}

// cause is an error in the words of the system, without the path that stands
// beside it.
func cause(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// stream reads what is no zip: an event log, a gzip of something, or lines.
func (s *source) stream(name string, r io.Reader, nest int) error {
	in := bufio.NewReaderSize(r, evtx.ChunkSize)
	head, err := in.Peek(8)
	if err != nil && err != io.EOF {
		s.lose(name, "hunt.loss.read", cause(err))
		return nil
	}
	switch {
	case bytes.HasPrefix(head, []byte("ElfFile\x00")), bytes.HasPrefix(head, []byte("ElfChnk\x00")):
		return s.chunks(name, in)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		if nest > maxNest {
			s.lose(name, "hunt.loss.nested", maxNest)
			return nil
		}
		gz, err := gzip.NewReader(in)
		if err != nil {
			s.lose(name, "hunt.loss.read", err.Error())
			return nil
		}
		return s.stream(name, gz, nest+1)
	}
	if strings.HasSuffix(strings.ToLower(name), ".evtx") {
		s.lose(name, "hunt.loss.notlog")
	}
	return s.lines(name, in)
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
		s.lose(name, "hunt.loss.read", cause(err))
	}
	return nil
}

// lines cuts a text into blocks of whole lines.
func (s *source) lines(name string, in *bufio.Reader) error {
	next := uint64(1)
	u := s.unit(name)
	u.line = next
	for {
		line, cut, err := readLine(in)
		if cut > 0 {
			s.lose(name, "hunt.loss.line", next, maxLine>>10)
		}
		if len(line) > 0 || err == nil {
			u.lines = append(append(u.lines, line...), '\n')
			u.bytes += int64(len(line) + cut + 1)
			next++
		}
		if len(u.lines) >= blockSize || err != nil {
			if giveErr := s.give(u); giveErr != nil {
				return giveErr
			}
			u = s.unit(name)
			u.line = next
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			s.lose(name, "hunt.loss.read", cause(err))
			return nil
		}
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

// archive reads the members of a zip in their order.
func (s *source) archive(name string, r io.ReaderAt, size int64, nest int) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		s.lose(name, "hunt.loss.zip", err.Error())
		return nil
	}
	for i, f := range z.File {
		switch {
		case i >= maxMembers:
			s.lose(name, "hunt.loss.members", maxMembers)
			return nil
		case f.FileInfo().IsDir():
			continue
		}
		inner := name + "!" + f.Name
		if !wanted("/"+f.Name) && strings.Contains(filepath.Base(f.Name), ".") {
			continue
		}
		if f.Flags&1 != 0 {
			s.lose(inner, "hunt.loss.encrypted")
			continue
		}
		if err := s.member(inner, f, nest); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) member(name string, f *zip.File, nest int) error {
	r, err := f.Open()
	if err != nil {
		s.lose(name, "hunt.loss.zip", err.Error())
		return nil
	}
	defer r.Close()
	limited := &growth{r: r, packed: int64(f.CompressedSize64)}
	if strings.HasSuffix(strings.ToLower(f.Name), ".zip") {
		return s.inner(name, limited, nest)
	}
	return s.stream(name, limited, nest)
}

// inner reads a zip inside a zip by way of a temporary file, since a zip's
// list stands at its end.
func (s *source) inner(name string, r io.Reader, nest int) error {
	if nest >= maxNest {
		s.lose(name, "hunt.loss.nested", maxNest)
		return nil
	}
	tmp, err := os.CreateTemp("", "toride-hunt-*.zip")
	if err != nil {
		return fmt.Errorf("hunt: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	size, err := io.Copy(tmp, io.LimitReader(r, 4<<30))
	if err != nil {
		s.lose(name, "hunt.loss.zip", cause(err))
		return nil
	}
	return s.archive(name, tmp, size, nest+1)
}

// growth ends a member that unpacks to far more than any log does.
type growth struct {
	r           io.Reader
	packed, got int64
}

var errBomb = errors.New("unpacks to more than a log can")

func (g *growth) Read(p []byte) (int, error) {
	if g.got > freeGrowth && g.got > g.packed*maxGrowth {
		return 0, errBomb
	}
	n, err := g.r.Read(p)
	g.got += int64(n)
	return n, err
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
