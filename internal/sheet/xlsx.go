package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/torideproject/toride/internal/fault"
)

// Bounds against zip bombs. Office files have some dozen parts; Deflate cannot
// do better than 1,032 : 1, and sheets of real registers pack 10 to 60 : 1.
const (
	maxParts      = 4096
	maxSheets     = 255
	maxRatio      = 300
	ratioFromSize = 16 << 20 // bytes unpacked below which no ratio is a danger
)

// workbook is an XLSX file (ECMA-376 part 1, SpreadsheetML).
type workbook struct {
	parts   map[string]*zip.File // by lower-case path without leading slash
	paths   []string             // part of each sheet
	formats []format             // by style number
	strings shared
	from    epoch
	limit   int64 // bytes that one reading may unpack
}

// openXLSX reads everything of a workbook but its rows.
func openXLSX(data []byte, limits Limits) (*Book, error) {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, broken(err)
	}
	w := &workbook{parts: map[string]*zip.File{}, limit: limits.Unpacked}
	if err := w.checkParts(zr, limits); err != nil {
		return nil, err
	}
	book := &Book{Format: XLSX, xlsx: w, limits: limits}
	main, err := w.mainPart()
	if err != nil {
		return nil, err
	}
	if err := w.readWorkbook(main, book); err != nil {
		return nil, err
	}
	if len(book.Sheets) == 0 {
		return nil, fault.New(fault.Invalid, "sheet.open.nosheet")
	}
	return book, nil
}

// checkParts refuses bombs by what the archive itself says, before anything is
// unpacked. Readers count again, because the archive may lie.
func (w *workbook) checkParts(zr *zip.Reader, limits Limits) error {
	if len(zr.File) > maxParts {
		return fault.New(fault.TooLarge, "sheet.open.parts", maxParts)
	}
	var total uint64
	for _, f := range zr.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, "\\", "/"), "/"))
		if _, twice := w.parts[name]; twice {
			return broken(errors.New("part stands twice: " + name))
		}
		w.parts[name] = f
		total += f.UncompressedSize64
		if total > uint64(limits.Unpacked) || f.UncompressedSize64 > uint64(limits.Unpacked) {
			return fault.New(fault.TooLarge, "sheet.open.bomb", mebi(limits.Unpacked))
		}
		if f.UncompressedSize64 > ratioFromSize && f.UncompressedSize64/max(f.CompressedSize64, 1) > maxRatio {
			return fault.New(fault.TooLarge, "sheet.open.bomb", mebi(limits.Unpacked))
		}
	}
	return nil
}

func mebi(n int64) int64 { return n >> 20 }

func broken(cause error) error { return fault.New(fault.Invalid, "sheet.open.broken").With(cause) }

// mainPart finds the workbook by the package's relations (ECMA-376 part 2, 9.3).
func (w *workbook) mainPart() (string, error) {
	rels, err := w.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range rels {
		if strings.HasSuffix(r.kind, "/officeDocument") {
			if strings.HasSuffix(r.target, ".bin") {
				return "", fault.New(fault.Invalid, "sheet.open.other", ".xlsb")
			}
			if w.parts[r.target] != nil {
				if strings.HasPrefix(r.target, "xl/") {
					return r.target, nil
				}
				return "", fault.New(fault.Invalid, "sheet.open.other", path.Ext(r.target))
			}
		}
	}
	if w.parts["xl/workbook.xml"] != nil {
		return "xl/workbook.xml", nil
	}
	if w.parts["mimetype"] != nil {
		return "", fault.New(fault.Invalid, "sheet.open.other", ".ods")
	}
	return "", fault.New(fault.Invalid, "sheet.open.other", ".zip")
}

// part opens one part. Reading it fails when more comes out than the limit
// allows, whatever the archive's directory says.
func (w *workbook) part(name string) (io.ReadCloser, error) {
	f := w.parts[name]
	if f == nil {
		return nil, broken(errors.New("no part " + name))
	}
	rc, err := f.Open()
	if err != nil {
		return nil, broken(err)
	}
	return &counted{ReadCloser: rc, packed: max(int64(f.CompressedSize64), 1), limit: w.limit}, nil
}

// counted stops a part that unpacks to more than is allowed.
type counted struct {
	io.ReadCloser
	got    int64
	packed int64
	limit  int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.got += int64(n)
	if c.got > c.limit || (c.got > ratioFromSize && c.got/c.packed > maxRatio) {
		return 0, fault.New(fault.TooLarge, "sheet.open.bomb", mebi(c.limit))
	}
	return n, err
}

// walk reads a part and hands each start tag to do, which may read on.
func (w *workbook) walk(name string, do func(*xmlReader) error) error {
	rc, err := w.part(name)
	if err != nil {
		return err
	}
	defer func() { _ = rc.Close() }() // only read: nothing is lost
	x := newXMLReader(rc)
	for {
		kind, err := x.next()
		if err == io.EOF {
			return nil
		}
		if err == nil && kind == tokenStart {
			err = do(x)
		}
		if err != nil {
			return asFault(err)
		}
	}
}

// asFault keeps faults and makes the rest "this workbook is broken".
func asFault(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return broken(err)
}

// relation is one line of a .rels part.
type relation struct{ id, kind, target string }

// relations reads what a part points to. A part without relations has none.
func (w *workbook) relations(of string) ([]relation, error) {
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	if w.parts[name] == nil {
		return nil, nil
	}
	var rels []relation
	err := w.walk(name, func(x *xmlReader) error {
		if string(x.name) != "Relationship" || x.attrText("TargetMode") == "External" {
			return nil
		}
		target := strings.ToLower(strings.ReplaceAll(x.attrText("Target"), "\\", "/"))
		if strings.HasPrefix(target, "/") {
			target = path.Clean(target)[1:]
		} else {
			target = path.Join(dir, target)
		}
		rels = append(rels, relation{x.attrText("Id"), x.attrText("Type"), target})
		return nil
	})
	return rels, err
}

// readWorkbook reads the list of sheets, then styles and shared strings.
func (w *workbook) readWorkbook(main string, book *Book) error {
	rels, err := w.relations(main)
	if err != nil {
		return err
	}
	byID := map[string]relation{}
	styles, strs := "", ""
	for _, r := range rels {
		byID[r.id] = r
		switch {
		case strings.HasSuffix(r.kind, "/styles"):
			styles = r.target
		case strings.HasSuffix(r.kind, "/sharedStrings"):
			strs = r.target
		case strings.HasSuffix(r.kind, "/vbaProject"):
			book.Macros = true
		}
	}
	err = w.walk(main, func(x *xmlReader) error {
		switch string(x.name) {
		case "workbookPr":
			if x.attrTrue("date1904") {
				w.from = epoch1904
			}
		case "sheet":
			r, ok := byID[x.attrText("id")]
			if !ok || !strings.HasSuffix(r.kind, "/worksheet") {
				return nil // a chart, a dialogue or a macro sheet
			}
			if len(book.Sheets) == maxSheets {
				return fault.New(fault.TooLarge, "sheet.open.sheets", maxSheets)
			}
			state := x.attrText("state")
			book.Sheets = append(book.Sheets, Info{Name: x.attrText("name"), Hidden: state != "" && state != "visible"})
			w.paths = append(w.paths, r.target)
		}
		return nil
	})
	if err != nil {
		return err
	}
	book.Macros = book.Macros || w.parts["xl/vbaproject.bin"] != nil
	if styles != "" && w.parts[styles] != nil {
		if err := w.readStyles(styles); err != nil {
			return err
		}
	}
	if strs != "" && w.parts[strs] != nil {
		return w.readStrings(strs, book.limits.Strings)
	}
	return nil
}
