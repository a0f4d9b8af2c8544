package ssmix2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// Document opens an item's original, whatever its version: the segments of a
// message with its bytes as a file, or the files of a content folder. A ref that
// is not the place of an item below a root, or leads over a link, is
// source.ErrNoItem.
func (s *store) Document(ctx context.Context, ref model.Ref) (*source.Document, error) {
	rec, err := s.find(ctx, ref)
	if err != nil {
		return nil, err
	}
	var notes notices
	doc := &source.Document{Ref: ref, Kind: kindOf(rec), Main: -1}
	if rec.Extended {
		err = s.content(ctx, doc, rec, &notes)
	} else {
		s.message(doc, rec, rec.Path(), &notes)
	}
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	doc.Notices = notes.List()
	return doc, nil
}

// find makes a record of the path that a ref names. Nothing but a file or
// content folder six levels below a root is one, and no link stands between.
func (s *store) find(ctx context.Context, ref model.Ref) (*ssmix2.Record, error) {
	no := func() error { return fmt.Errorf("%w: %q", source.ErrNoItem, ref.Item) }
	if ref.Source != s.info.Name || !fs.ValidPath(ref.Item) || strings.ContainsAny(ref.Item, "\\\x00") {
		return nil, no()
	}
	root, rest, ok := s.rootOf(ref.Item)
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 6 || len(parts[0]) != 3 || len(parts[1]) != 3 {
		return nil, no()
	}
	name, _, ok := ssmix2.ParseName(parts[5])
	if !ok {
		return nil, no()
	}
	extended := s.s.Roots()[root].Kind == ssmix2.ExtendedStorage
	at := strings.TrimSuffix(ref.Item, "/"+rest)
	if at == ref.Item { // the root is the top
		at = ""
	}
	for i, part := range parts {
		at = path.Join(at, part)
		info, err := fs.Lstat(s.s.FS(), at)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
			if gone := s.gone(); gone != nil {
				return nil, gone
			}
			return nil, no()
		case err != nil:
			return nil, s.failed(ctx, err)
		case i < 5 || extended:
			ok = info.IsDir()
		default:
			ok = info.Mode().IsRegular()
		}
		if !ok {
			return nil, no()
		}
	}
	dir, file := split(ref.Item)
	return &ssmix2.Record{Name: name, Root: int32(root), Extended: extended, Dir: dir, File: file}, nil //nolint:gosec // a handful of roots
}

// message adds a message: its file always, its segments where it is one.
func (s *store) message(doc *source.Document, rec *ssmix2.Record, at string, notes *notices) {
	if len(doc.Files) == 0 {
		doc.Files, doc.Main = []source.File{s.file(at, rec.File+".hl7", "hl7")}, 0
	}
	file := *rec
	file.Extended = false
	file.Dir, file.File = split(at)
	var m hl7.Message
	_, lints, ok := s.s.Read(hl7.NewDecoder(hl7.Options{}), &m, &file, nil)
	for _, l := range lints {
		if !rec.Extended || l.Code != ssmix2.MessageTrigger && l.Code != ssmix2.MessageOrder {
			notes.lint(l, doc.Ref)
		}
	}
	if !ok {
		return
	}
	doc.Segments = segments(&m)
}

// content adds the files of a content folder.
func (s *store) content(ctx context.Context, doc *source.Document, rec *ssmix2.Record, notes *notices) error {
	c, err := s.s.Content(ctx, rec)
	if err != nil {
		return err
	}
	for _, l := range c.Lints {
		notes.lint(l, doc.Ref)
	}
	doc.Title = ssmix2.ParseDocType(rec.TypeFolder()).Display()
	for _, f := range c.Files {
		doc.Files = append(doc.Files, s.file(f.Path, strings.TrimPrefix(f.Path, rec.Path()+"/"), mediaName(f.Kind)))
	}
	if doc.Main = c.Main; c.Main >= 0 && c.Files[c.Main].Kind == ssmix2.HL7File {
		s.message(doc, rec, c.Files[c.Main].Path, notes)
	}
	return nil
}

// file describes a file; it is opened when somebody asks.
func (s *store) file(at, name, media string) source.File {
	f := source.File{Name: name, Media: media, MIME: mimeOf(name, media), Size: -1}
	if info, err := fs.Stat(s.s.FS(), at); err == nil {
		f.Size = info.Size()
	}
	f.Open = func() (io.ReadCloser, error) {
		in, err := s.s.Open(at)
		if err != nil {
			return nil, s.failed(context.Background(), err)
		}
		return in, nil
	}
	return f
}

// mimeOf is what a browser is told; what a browser could run or must guess at
// is bytes to it.
func mimeOf(name, media string) string {
	switch media {
	case "pdf":
		return "application/pdf"
	case "text":
		return "text/plain"
	case "cda", "xml":
		return "application/xml"
	case "html":
		return "text/html"
	case "image":
		switch strings.ToLower(path.Ext(name)) {
		case ".jpg", ".jpeg":
			return "image/jpeg"
		case ".png":
			return "image/png"
		case ".gif":
			return "image/gif"
		case ".bmp":
			return "image/bmp"
		case ".webp":
			return "image/webp"
		case ".tif", ".tiff":
			return "image/tiff"
		}
	}
	return "application/octet-stream"
}

// segments gives a message as it was sent, field by field.
func segments(m *hl7.Message) []view.Segment {
	out := make([]view.Segment, 0, m.Len())
	for s := range m.Segments() {
		one := view.Segment{ID: s.ID(), Index: s.Index()}
		for n, v := range s.Fields() {
			if st := v.State(); st == hl7.Present || st == hl7.Null {
				one.Fields = append(one.Fields, view.Field{N: n, State: view.State(st), Raw: v.Raw(), Text: v.All()})
			}
		}
		out = append(out, one)
	}
	return out
}
