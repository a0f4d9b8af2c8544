package chart

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/document"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/web"
)

// fileCSP lets a browser show an image or offer a file and do nothing else:
// nothing in it runs, nothing is fetched, nothing may frame it.
const fileCSP = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"

// pdfCSP is the same for PDF, whose viewer is the browser's own and is refused
// a sandboxed page. A PDF's scripts run, if at all, inside that viewer.
const pdfCSP = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// served is a file on its way to the reader.
type served struct {
	name string
	look document.Look
	save bool // as a file, whatever it is
	size int64
	open func() (io.ReadCloser, error)
}

// serveFile answers with a file: what a browser may show by itself stands in
// its own window, everything else is offered for saving as plain bytes. Parts of
// it can be asked for (RFC 9110, section 14).
func serveFile(c *web.Call, f served) error {
	h := c.W.Header()
	disposition, kind, policy := "attachment", "application/octet-stream", fileCSP
	if f.look.Inline && !f.save {
		disposition, kind = "inline", f.look.MIME
		if kind == "application/pdf" {
			policy = pdfCSP
		}
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": fileName(f.name)}))
	if f.size < 0 {
		in, err := f.open()
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = io.Copy(c.W, in)
		return ignoreGone(c, err)
	}
	in := &lazy{open: f.open, size: f.size}
	defer in.close()
	http.ServeContent(c.W, c.R, "", time.Time{}, in)
	return nil
}

// ignoreGone forgets that a reader went away in the middle.
func ignoreGone(c *web.Call, err error) error {
	if c.Ctx().Err() != nil {
		return nil
	}
	return err
}

// fileName is the last part of a name without what a file system or a header
// does not take.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || strings.ContainsRune(`<>:"/\|?*`, r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '_'
		}
		return r
	}, name)
	if name == "" || name == "." || name == ".." {
		return "file"
	}
	return name
}

// lazy reads a file of known size from any place, though its source can only be
// read from the beginning: going back opens it again, going forward passes over
// what lies between. A source that can seek is asked to.
type lazy struct {
	open func() (io.ReadCloser, error)
	size int64
	at   int64 // where the reader wants to read
	in   io.ReadCloser
	pos  int64 // where in stands
}

// Seek remembers the place; nothing is read.
func (l *lazy) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += l.at
	case io.SeekEnd:
		offset += l.size
	}
	if offset < 0 {
		return 0, errors.New("chart: seek before the beginning of a file")
	}
	l.at = offset
	return offset, nil
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.at >= l.size {
		return 0, io.EOF
	}
	if err := l.place(); err != nil {
		return 0, err
	}
	n, err := l.in.Read(p)
	l.at += int64(n)
	l.pos = l.at
	return n, err
}

// place brings in to where the reader wants to read.
func (l *lazy) place() error {
	if l.in != nil && l.pos > l.at {
		l.close()
	}
	if l.in == nil {
		in, err := l.open()
		if err != nil {
			return err
		}
		l.in, l.pos = in, 0
	}
	if l.pos == l.at {
		return nil
	}
	if s, ok := l.in.(io.Seeker); ok {
		if _, err := s.Seek(l.at, io.SeekStart); err != nil {
			return err
		}
		l.pos = l.at
		return nil
	}
	n, err := io.CopyN(io.Discard, l.in, l.at-l.pos)
	l.pos += n
	return err
}

func (l *lazy) close() {
	if l.in != nil {
		_ = l.in.Close() // it was only read
		l.in = nil
	}
}

// lookAt tells what a file is by its first bytes; an image that would take a
// browser's memory, or whose head is damaged, is not to be shown.
func lookAt(f *source.File) (document.Look, error) {
	in, err := f.Open()
	if err != nil {
		return document.Look{}, err
	}
	defer in.Close()
	look, _, _, err := document.Measure(in)
	return look, err
}
