package ssmix2

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/torideproject/toride/hl7"
)

// FileKind says what a file of a content folder is, by its name and, for XML,
// by its root element.
type FileKind uint8

// The kinds of file.
const (
	OtherFile FileKind = iota
	HL7File
	CDAFile // XML whose root is ClinicalDocument
	XMLFile
	PDFFile
	HTMLFile
	ImageFile
	TextFile
	StyleFile // XSL, CSS, script: never a document
)

// Content is what one content folder of extended storage holds.
type Content struct {
	Files []ContentFile // sorted by path
	Main  int           // place in Files of the main document; -1: there is none
	Lints []Lint
}

// ContentFile is one file in a content folder.
type ContentFile struct {
	Path string // in the store's file system
	Kind FileKind
}

const (
	contentLevels = 3
	contentFiles  = 5000
)

// Content lists a content folder and chooses its main document: one named
// main_document, else the only CDA document, else HL7, PDF, HTML, XML, text,
// images in this order. The specification names no file, so that a choice by
// kind among several is a lint. It opens XML files and reads the beginning of
// each.
func (s *Store) Content(ctx context.Context, r *Record) (*Content, error) {
	if !r.Extended {
		return &Content{Files: []ContentFile{{r.Path(), HL7File}}}, nil
	}
	c := &Content{Main: -1}
	var l lints
	if err := s.content(ctx, c, &l, r.Path(), 1); err != nil {
		return nil, err
	}
	c.choose(r.Path(), &l)
	c.Lints = l
	return c, nil
}

func (s *Store) content(ctx context.Context, c *Content, l *lints, dir string, level int) error {
	entries, _, err := ListDir(s.fsys, dir, contentFiles)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := join(dir, e.Name())
		if good, ok := RepairName(e.Name()); ok {
			l.add(NameEncoding, at, good)
		}
		switch {
		case !fs.ValidPath(at) || hidden(e.Name()):
		case len(c.Files) >= contentFiles || (e.IsDir() && level >= contentLevels):
			l.add(TooDeep, at)
		case e.IsDir():
			if err := s.content(ctx, c, l, at, level+1); err != nil {
				l.add(DirUnreadable, at, err.Error())
			}
		case !e.Type().IsRegular():
			l.add(LinkRefused, at)
		default:
			c.Files = append(c.Files, ContentFile{at, s.fileKind(at)})
		}
	}
	return nil
}

func (s *Store) fileKind(at string) FileKind {
	switch strings.ToLower(path.Ext(at)) {
	case ".hl7":
		return HL7File
	case ".xml", ".cda":
		if s.isCDA(at) {
			return CDAFile
		}
		return XMLFile
	case ".pdf":
		return PDFFile
	case ".htm", ".html", ".xhtml":
		return HTMLFile
	case ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".dcm":
		return ImageFile
	case ".txt", ".csv", ".md":
		return TextFile
	case ".xsl", ".xslt", ".css", ".js", ".dtd", ".xsd":
		return StyleFile
	}
	return OtherFile
}

// isCDA reads the first 8 KB for the root element. Nothing that the file
// refers to is fetched.
func (s *Store) isCDA(at string) bool {
	f, err := s.fsys.Open(at)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 8192)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	d := xml.NewDecoder(bytes.NewReader(head[:n]))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		t, err := d.Token()
		if err != nil {
			return bytes.Contains(head[:n], []byte("<ClinicalDocument"))
		}
		if e, ok := t.(xml.StartElement); ok {
			return e.Name.Local == "ClinicalDocument"
		}
	}
}

// choose finds the main document among the files at the folder's top, else
// among all.
func (c *Content) choose(dir string, l *lints) {
	if len(c.Files) == 0 {
		l.add(DocumentEmpty, dir)
		return
	}
	for i, f := range c.Files {
		base := strings.ToLower(path.Base(f.Path))
		if strings.TrimSuffix(base, path.Ext(base)) == "main_document" && f.Kind != StyleFile {
			c.Main = i
			return
		}
	}
	for _, kind := range []FileKind{CDAFile, HL7File, PDFFile, HTMLFile, XMLFile, TextFile, ImageFile, OtherFile} {
		count := 0
		for i, f := range c.Files {
			if f.Kind != kind {
				continue
			}
			if count++; count == 1 || (path.Dir(f.Path) == dir && path.Dir(c.Files[c.Main].Path) != dir) {
				c.Main = i
			}
		}
		if count > 0 {
			if count > 1 || len(c.Files) > 1 && kind != CDAFile {
				l.add(DocumentGuess, c.Files[c.Main].Path, path.Base(c.Files[c.Main].Path))
			}
			return
		}
	}
}

// Read reads the message of a record of standard storage into m and inspects
// it: bytes that are no message, another patient, damaged text. ok is false if
// there is no message; the lints say why. buf is working memory, which m keeps
// a part of: give a new one for a message that is to be kept.
func (s *Store) Read(d *hl7.Decoder, m *hl7.Message, r *Record, buf []byte) (data []byte, found []Lint, ok bool) {
	var l lints
	data, err := s.ReadFile(buf, r.Path())
	switch {
	case errors.Is(err, ErrTooLarge):
		l.add(FileTooLarge, r.Path(), err.Error())
		return data, l, false
	case err != nil:
		l.add(FileUnreadable, r.Path(), err.Error())
		return data, l, false
	case len(data) == 0:
		l.add(FileEmpty, r.Path())
		return data, l, false
	}
	switch err := d.Decode(m, data); {
	case errors.Is(err, hl7.ErrTooLarge):
		l.add(FileTooLarge, r.Path(), err.Error())
		return data, l, false
	case err != nil:
		l.add(FileNotHL7, r.Path(), hexHead(data))
		return data, l, false
	}
	return data, Inspect(r.Name, r.Path(), m), true
}

// hexHead gives the first eight bytes in hexadecimal: enough to know an
// archive or an encrypted file by.
func hexHead(data []byte) string {
	const digits = "0123456789abcdef"
	var out []byte
	for _, c := range data[:min(8, len(data))] {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}
