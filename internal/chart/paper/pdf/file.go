package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
	"unicode/utf16"
)

// ErrEmpty reports a file that was closed without a page.
var ErrEmpty = errors.New("pdf: there is no page")

// Info is what a file says of itself.
type Info struct {
	Title string
	Maker string
	Made  time.Time
	Lang  string // ja, en
}

// fan is how many pages hang on one node of the tree of pages.
const fan = 64

// Numbers of the objects that every file has. Pages follow.
const (
	catalogNo = 1 + iota
	treeNo
	resourcesNo
	fontNo
	cidNo
	descriptorNo
	fileNo
	unicodeNo
	infoNo
	outlinesNo
	firstFree
)

type mark struct {
	level int
	title string
	page  int // object
}

// File is a PDF that is being written. After an error every further call gives
// that error. Memory: one page, eight bytes per object, the bookmarks' titles,
// and at the end the outlines of the glyphs that were drawn.
type File struct {
	w       io.Writer
	at      int64
	err     error
	font    *Font
	info    Info
	offsets []int64 // of objects; 0: not written
	glyphs  used
	nodes   []int
	kids    []int // pages of the node that is being filled
	pages   int
	marks   []mark
	pending []mark
	packed  bytes.Buffer
	zip     *zlib.Writer
}

// New begins a file. Whoever gave the writer closes it.
func New(w io.Writer, font *Font, info Info) *File {
	f := &File{w: w, font: font, info: info, offsets: make([]int64, firstFree), glyphs: used{}}
	f.zip = zlib.NewWriter(&f.packed)
	f.write("%PDF-1.7\n%\xE5\xE4\xF6\xFC\n")
	return f
}

func (f *File) write(s string) {
	if f.err != nil {
		return
	}
	n, err := io.WriteString(f.w, s)
	f.at += int64(n)
	f.err = err
}

func (f *File) object(no int, body string) {
	f.offsets[no] = f.at
	f.write(strconv.Itoa(no) + " 0 obj\n" + body + "\nendobj\n")
}

// stream writes a packed stream; extra are further entries of its dictionary.
func (f *File) stream(no int, extra string, data []byte) {
	f.packed.Reset()
	f.zip.Reset(&f.packed)
	if _, err := f.zip.Write(data); err != nil && f.err == nil {
		f.err = err
	}
	if err := f.zip.Close(); err != nil && f.err == nil {
		f.err = err
	}
	f.object(no, fmt.Sprintf("<</Length %d/Filter/FlateDecode%s>>\nstream\n%s\nendstream", f.packed.Len(), extra, f.packed.String()))
}

func (f *File) reserve() int {
	f.offsets = append(f.offsets, 0)
	return len(f.offsets) - 1
}

// Mark puts a bookmark onto the next page. Level 0 is the outermost; a deeper
// one belongs to the last one above it.
func (f *File) Mark(level int, title string) {
	f.pending = append(f.pending, mark{level: level, title: title})
}

// Page writes a finished page.
func (f *File) Page(c *Canvas) error {
	if len(f.kids) == 0 {
		f.nodes = append(f.nodes, f.reserve())
	}
	page, content := f.reserve(), f.reserve()
	f.stream(content, "", c.out)
	f.object(page, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.2f %.2f]/Resources %d 0 R/Contents %d 0 R>>",
		f.nodes[len(f.nodes)-1], c.Width, c.Height, resourcesNo, content))
	for g, r := range c.glyphs {
		if _, ok := f.glyphs[g]; !ok {
			f.glyphs[g] = r
		}
	}
	for _, m := range f.pending {
		m.page = page
		f.marks = append(f.marks, m)
	}
	f.pending = f.pending[:0]
	f.pages++
	if f.kids = append(f.kids, page); len(f.kids) == fan {
		f.node()
	}
	return f.err
}

// Pages is how many pages were written.
func (f *File) Pages() int { return f.pages }

func (f *File) node() {
	if len(f.kids) == 0 {
		return
	}
	f.object(f.nodes[len(f.nodes)-1], fmt.Sprintf("<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>", treeNo, len(f.kids), refs(f.kids)))
	f.kids = f.kids[:0]
}

func refs(numbers []int) string {
	var b bytes.Buffer
	for _, n := range numbers {
		fmt.Fprintf(&b, "%d 0 R ", n)
	}
	return b.String()
}

// Close writes the font and the tables. Without a page it gives ErrEmpty.
func (f *File) Close() error {
	if f.err == nil && f.pages == 0 {
		f.err = ErrEmpty
	}
	if f.err != nil {
		return f.err
	}
	f.node()
	f.object(treeNo, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", f.pages, refs(f.nodes)))
	f.object(resourcesNo, fmt.Sprintf("<</Font<</F %d 0 R>>>>", fontNo))
	f.fontObjects()
	f.object(infoNo, fmt.Sprintf("<</Title %s/Producer %s/CreationDate(D:%s)>>", hexText(f.info.Title), hexText(f.info.Maker), f.info.Made.UTC().Format("20060102150405Z")))
	outlines := ""
	if len(f.marks) > 0 {
		f.outlines()
		outlines = fmt.Sprintf("/Outlines %d 0 R/PageMode/UseOutlines", outlinesNo)
	} else {
		f.object(outlinesNo, "<</Type/Outlines/Count 0>>")
	}
	f.object(catalogNo, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang(%s)%s/ViewerPreferences<</DisplayDocTitle true/PrintScaling/None>>>>", treeNo, f.info.Lang, outlines))
	f.trailer()
	return f.err
}

func (f *File) trailer() {
	start := f.at
	f.write(fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(f.offsets)))
	for _, at := range f.offsets[1:] {
		f.write(fmt.Sprintf("%010d 00000 n \n", at))
	}
	f.write(fmt.Sprintf("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(f.offsets), catalogNo, infoNo, start))
}

func (f *File) fontObjects() {
	name := "ABCDEF+TorideSheet"
	glyphs := make([]uint16, 0, len(f.glyphs))
	for g := range f.glyphs {
		glyphs = append(glyphs, g)
	}
	slices.Sort(glyphs)
	var widths bytes.Buffer
	for _, g := range glyphs {
		fmt.Fprintf(&widths, "%d[%d]", g, f.font.advance[g])
	}
	f.object(fontNo, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, cidNo, unicodeNo))
	f.object(cidNo, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap/Identity/DW 1000/W[%s]>>",
		name, descriptorNo, widths.String()))
	b := f.font.box
	f.object(descriptorNo, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>",
		name, b[0], b[1], b[2], b[3], f.font.ascent, f.font.descent, f.font.ascent, fileNo))
	file := f.font.subset(f.glyphs)
	f.stream(fileNo, fmt.Sprintf("/Length1 %d", len(file)), file)
	f.stream(unicodeNo, "", toUnicode(glyphs, f.glyphs))
}

// toUnicode is the table from glyphs to characters (9.10.3), at most 100
// entries a section.
func toUnicode(glyphs []uint16, chars used) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n" +
		"/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n1 begincodespacerange<0000><FFFF>endcodespacerange\n")
	for part := range slices.Chunk(glyphs, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, g := range part {
			fmt.Fprintf(&b, "<%04X><", g)
			for _, u := range utf16.Encode([]rune{chars[g]}) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict/CMap defineresource pop end end\n")
	return b.Bytes()
}

// hexText is a text string of a PDF (7.9.2.2), UTF-16 with a mark in front.
func hexText(s string) string {
	var b bytes.Buffer
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteString(">")
	return b.String()
}
