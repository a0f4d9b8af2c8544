package hunt

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// archive reads the members of a zip in their order.
func (s *source) archive(name string, r io.ReaderAt, size int64, nest int) error {
	list := &metered{r: r, left: s.folder}
	z, err := zip.NewReader(list, size)
	if errors.Is(err, errFolder) {
		s.lose(name, "hunt.loss.folder")
		return nil
	}
	if err != nil {
		s.lose(name, "hunt.loss.zip", cause(err))
		return nil
	}
	used := s.folder - list.left
	list.free = true
	s.folder -= used
	defer func() { s.folder += used }()
	for i, f := range z.File {
		if s.ctx.Err() != nil {
			return errStop
		}
		if i >= maxMembers {
			s.lose(name, "hunt.loss.members", maxMembers)
			return nil
		}
		base := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
		if f.FileInfo().IsDir() || !wanted(base) && strings.Contains(base, ".") {
			continue
		}
		inner := name + "!" + display(f.Name)
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
		s.lose(name, "hunt.loss.zip", cause(err))
		return nil
	}
	defer r.Close()
	limited := &unpacked{&stopper{s.ctx, r}, &s.growth}
	if strings.HasSuffix(strings.ToLower(f.Name), ".zip") {
		return s.inner(name, limited, nest)
	}
	return s.stream(name, limited, nest)
}

// inner reads a zip inside a zip whole before its members, since a zip's list
// stands at its end: in memory, or a large one by way of a temporary file.
func (s *source) inner(name string, r io.Reader, nest int) error {
	if nest >= maxNest {
		s.lose(name, "hunt.loss.nested", maxNest)
		return nil
	}
	var small bytes.Buffer
	n, err := io.Copy(&small, io.LimitReader(r, keptZip))
	if err != nil {
		return s.failed(name, err)
	}
	if n < keptZip {
		return s.archive(name, bytes.NewReader(small.Bytes()), n, nest+1)
	}
	tmp, err := os.CreateTemp("", "toride-hunt-*.zip")
	if err != nil {
		return s.failed(name, err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	size, err := io.Copy(tmp, io.MultiReader(&small, io.LimitReader(r, maxInner)))
	if err != nil {
		return s.failed(name, err)
	}
	return s.archive(name, tmp, size, nest+1)
}

// growth is how much a packed file has unpacked to, everything in it together:
// members of a bomb may share their bytes.
type growth struct{ packed, got int64 }

// unpacked ends what unpacks to far more than logs do.
type unpacked struct {
	r io.Reader
	g *growth
}

func (u *unpacked) Read(p []byte) (int, error) {
	if u.g.got > freeGrowth && u.g.got > u.g.packed*maxGrowth {
		return 0, errBomb
	}
	n, err := u.r.Read(p)
	u.g.got += int64(n)
	return n, err
}

// errFolder ends a list of members that is too long to be held in memory.
var errFolder = errors.New("hunt: too many members")

// metered bounds what is read of an archive until it is set free.
type metered struct {
	r    io.ReaderAt
	left int64
	free bool
}

func (m *metered) ReadAt(p []byte, at int64) (int, error) {
	if m.free {
		return m.r.ReadAt(p, at)
	}
	if m.left -= int64(len(p)); m.left < 0 {
		return 0, errFolder
	}
	return m.r.ReadAt(p, at)
}

// display is a name as it can be shown: Windows in Japan writes names into zips
// in Shift_JIS, and old servers have such names on disk.
func display(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	if s, err := japanese.ShiftJIS.NewDecoder().String(name); err == nil && !strings.ContainsRune(s, utf8.RuneError) {
		return s
	}
	return strings.ToValidUTF8(name, "\ufffd")
}
