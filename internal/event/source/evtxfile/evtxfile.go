package evtxfile

import (
	"cmp"
	"context"
	"embed"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/event/format"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
)

//go:embed text_*.json
var texts embed.FS

// Texts gives the package's sentences in both languages, for the catalogue.
func Texts() fs.FS { return texts }

// Kind is the family member.
func Kind() source.Kind {
	k := source.Kind{Name: "evtxfile"}
	k.New = func(cfg source.Config, set source.Settings) (source.Source, error) {
		if err := k.Check(set); err != nil {
			return nil, err
		}
		if !filepath.IsAbs(set.State) {
			return nil, fault.New(fault.Invalid, "event.evtxfile.state", set.State)
		}
		if set.Format == "" {
			set.Format = "windows"
		}
		return &Source{cfg: cfg, set: set, every: scanEvery, turn: make(chan struct{}, 1)}, nil
	}
	return k
}

// Source watches one folder and takes uploads.
type Source struct {
	cfg     source.Config
	set     source.Settings
	every   time.Duration
	running atomic.Bool
	turn    chan struct{} // held by whoever uses what follows
	mem     *memory       // open while Run does
}

// remembering calls do with the memory, which nobody else uses meanwhile.
func (s *Source) remembering(ctx context.Context, do func(*memory) error) (err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()
	if s.mem != nil && s.mem.broken {
		_ = s.mem.log.Close()
		s.mem = nil
	}
	m := s.mem
	if m == nil {
		if m, err = openMemory(s.set.State); err != nil {
			return err
		}
		if s.running.Load() {
			s.mem = m
		} else {
			defer func() {
				if cerr := m.close(); err == nil {
					err = cerr
				}
			}()
		}
	}
	return do(m)
}

// forget closes the memory when Run ends.
func (s *Source) forget() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.running.Store(false)
	if s.mem == nil {
		return nil
	}
	m := s.mem
	s.mem = nil
	return m.close()
}

// Addr is the folder, once Run has found it: "folder /srv/evtx".
func (s *Source) Addr() string {
	if s.running.Load() {
		return "folder " + s.set.Folder
	}
	return ""
}

// Upload takes one file in as a stream and reports on it when the sink has all of
// it. What was taken before an error is remembered: the same file goes on from
// there. It works whether or not Run does. name is what the person's computer calls the
// file.
func (s *Source) Upload(ctx context.Context, name string, in io.Reader, sink source.Sink) (Report, error) {
	name = clean(filepath.Base(strings.ReplaceAll(name, `\`, "/")))
	r := reading{ctx: ctx, cfg: s.cfg, set: s.set, sink: sink, report: Report{Name: name}}
	err := s.remembering(ctx, func(m *memory) error {
		r.mem = m
		return r.run(in)
	})
	if err == nil && r.report.NotALog {
		err = fault.New(fault.Invalid, "event.evtxfile.not_a_log", name)
	}
	return r.report, err
}

// Reports gives what became of the files of the folder when they were last read,
// the latest first.
func (s *Source) Reports(ctx context.Context) ([]Report, error) {
	var all []Report
	err := s.remembering(ctx, func(m *memory) error {
		for _, f := range m.files {
			all = append(all, f.Report)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Report) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Name, b.Name)) })
	return all, err
}

// clean makes a name fit to be stored and shown.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	return format.Cut(name, 1024)
}
