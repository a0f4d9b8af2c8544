package synth

import (
	"archive/tar"
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"sync"
	"time"
)

// Sink takes the files of a store. Put is called by one goroutine at a time; it
// must not keep File.Data.
type Sink interface {
	Put(f File) error
	Close() error
}

// Progress is how far writing has come.
type Progress struct {
	Patients, Of int
	Files, Bytes int64
}

// WriteOptions say how to write a store.
type WriteOptions struct {
	Workers  int            // who make patients at a time, 1 to 64; 0: 1
	Progress func(Progress) // called now and then from the caller's goroutine; nil: nobody
}

// Write gives every file to a sink, always in the same order, and closes it.
// Patients are made by several workers, of whose work at most two patients each
// wait. The error is the context's or the sink's.
func (h *Hospital) Write(ctx context.Context, sink Sink, opt WriteOptions) (err error) {
	defer func() { err = errors.Join(err, sink.Close()) }()
	p := Progress{Of: h.o.Patients}
	say := func() {
		if opt.Progress != nil {
			opt.Progress(p)
		}
	}
	put := func(f File) error {
		p.Files++
		p.Bytes += int64(len(f.Data))
		return sink.Put(f)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for files := range h.inOrder(ctx, min(max(opt.Workers, 1), 64)) {
		for _, f := range files {
			if err := put(f); err != nil {
				return err
			}
		}
		if p.Patients++; p.Patients%100 == 0 {
			say()
		}
	}
	for _, at := range h.transactionNames() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := put(h.transactionFile(at)); err != nil {
			return err
		}
	}
	say()
	return ctx.Err()
}

// inOrder makes patients at the same time and gives them one after the other.
// When the context ends, so do the workers.
func (h *Hospital) inOrder(ctx context.Context, workers int) func(yield func([]File) bool) {
	return func(yield func([]File) bool) {
		type job struct {
			i   int
			out chan []File
		}
		jobs, order := make(chan job), make(chan chan []File, workers)
		ctx, stop := context.WithCancel(ctx)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer stop()
		wg.Go(func() {
			defer close(order)
			defer close(jobs)
			for i := range h.o.Patients {
				j := job{i, make(chan []File, 1)}
				select {
				case jobs <- j:
				case <-ctx.Done():
					return
				}
				select {
				case order <- j.out:
				case <-ctx.Done():
					return
				}
			}
		})
		for range workers {
			wg.Go(func() {
				for j := range jobs {
					j.out <- h.patient(j.i)
				}
			})
		}
		for out := range order {
			if ctx.Err() != nil || !yield(<-out) {
				return
			}
		}
	}
}

// patient keeps all files of a patient, in one piece of memory.
func (h *Hospital) patient(i int) []File {
	var out []File
	var data []byte
	for f := range h.PatientFiles(i) {
		at := len(data)
		data = append(data, f.Data...)
		f.Data = data[at:len(data):len(data)]
		out = append(out, f)
	}
	return out
}

// Folder writes into a folder by functions that take names below it, as the
// methods of os.Root do.
type Folder struct {
	MkdirAll  func(name string, mode fs.FileMode) error
	WriteFile func(name string, data []byte, mode fs.FileMode) error
	Chtimes   func(name string, atime, mtime time.Time) error // nil: times are left
	last      string
}

// Put writes a file and its folders.
func (s *Folder) Put(f File) error {
	dir := path.Dir(f.Path)
	if f.Dir {
		dir = f.Path
	}
	if dir != s.last {
		if err := s.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		s.last = dir
	}
	if f.Dir {
		return nil
	}
	if err := s.WriteFile(f.Path, f.Data, 0o644); err != nil || s.Chtimes == nil {
		return err
	}
	return s.Chtimes(f.Path, f.Time, f.Time)
}

// Close does nothing.
func (s *Folder) Close() error { return nil }

// Zip writes a ZIP.
func Zip(out io.Writer) Sink { return &zipSink{zip.NewWriter(out)} }

type zipSink struct{ w *zip.Writer }

func (s *zipSink) Put(f File) error {
	head := &zip.FileHeader{Name: f.Path, Method: zip.Deflate, Modified: f.Time}
	if f.Dir {
		head.Name += "/"
		head.Method = zip.Store
	}
	w, err := s.w.CreateHeader(head)
	if err != nil || f.Dir {
		return err
	}
	_, err = w.Write(f.Data)
	return err
}

func (s *zipSink) Close() error { return s.w.Close() }

// Tar writes a TAR without compression.
func Tar(out io.Writer) Sink { return &tarSink{tar.NewWriter(out)} }

type tarSink struct{ w *tar.Writer }

func (s *tarSink) Put(f File) error {
	head := &tar.Header{Name: f.Path, Mode: 0o644, Size: int64(len(f.Data)), ModTime: f.Time, Typeflag: tar.TypeReg, Format: tar.FormatPAX}
	if f.Dir {
		head.Name, head.Mode, head.Typeflag = f.Path+"/", 0o755, tar.TypeDir
	}
	if err := s.w.WriteHeader(head); err != nil {
		return err
	}
	_, err := s.w.Write(f.Data)
	return err
}

func (s *tarSink) Close() error { return s.w.Close() }
