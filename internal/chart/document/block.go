package document

import (
	"errors"

	"github.com/torideproject/toride/internal/chart/model"
)

// MaxData is the largest original that Read takes, in bytes. A CDA with a
// scanned letter inside is some MB.
const MaxData = 64 << 20

// Limits of one Doc. Beyond them the rest is left out with a Note.
const (
	maxText  = 4 << 20 // bytes of shown text
	maxNodes = 400_000 // elements and pieces of text
	maxDepth = 256     // elements within each other, in XML
	maxNest  = 12      // tables and lists within each other; deeper ones are flattened
	maxSpan  = 200     // columns or rows that one cell stretches over
	maxParts = 200     // files inside the original
	maxNotes = 50
)

// ErrTooLarge reports an original beyond MaxData.
var ErrTooLarge = errors.New("document: the original is larger than the limit")

// Doc is an original as safe blocks.
type Doc struct {
	Title   string
	Format  string // cda, html, xhtml, text, xml, fhir
	Charset string // as IANA names it: what the bytes were read as
	Facts   []Fact // of a CDA's header, in the header's order
	Blocks  []Block
	Parts   []Part
	Notes   []model.Note
}

// Fact is a line of a CDA's header. Key has the text
// "chart.document.fact.<key>".
type Fact struct {
	Key   string
	Value string
}

// Part is a file that was inside the original.
type Part struct {
	Name string // unique in the Doc; for people and for URLs
	Look Look
	Data []byte
}

// Kind says what a Block is.
type Kind string

// The kinds of Block.
const (
	Heading   Kind = "heading"
	Paragraph Kind = "paragraph"
	Tabular   Kind = "table"
	Listing   Kind = "list"
	Picture   Kind = "image"
	Pre       Kind = "pre" // text whose lines and blanks matter
	Rule      Kind = "rule"
)

// Block is one piece of a Doc. Which field is filled depends on Kind.
type Block struct {
	Kind  Kind
	Level int    // of a Heading, 1 to 6
	Spans []Span // of Heading, Paragraph
	Text  string // of Pre
	Table *Table
	List  *List
	Image *Image
}

// Span is a run of text in one style.
type Span struct {
	Text                            string
	Bold, Italic, Underline, Struck bool
	Sub, Sup                        bool
	Break                           bool // a new line begins behind it
	// Target is the address a link had, for reading; it is never followed.
	Target string
}

// Table is a table.
type Table struct {
	Caption string
	Rows    []Row
}

// Row is a row of a Table.
type Row struct {
	Head  bool // it stood in the table's head
	Cells []Cell
}

// Cell is a cell of a Row.
type Cell struct {
	Head       bool
	Cols, Rows int // how many it stretches over, 1 to 200
	Blocks     []Block
}

// List is a list.
type List struct {
	Ordered bool
	Caption string
	Items   [][]Block
}

// Image is a picture that the original showed.
type Image struct {
	// File is the name of a file of the same document, as the caller listed it;
	// "" where there is none.
	File string
	// Part is a place in Doc.Parts; -1: it is in none.
	Part int
	Alt  string
	// Target is the address that the original gave, for reading, where neither
	// File nor Part is known. It is never fetched.
	Target string
}

// note adds a Note once.
func (d *Doc) note(code string, args ...string) {
	for _, n := range d.Notes {
		if n.Code == "document."+code && equal(n.Args, args) {
			return
		}
	}
	if len(d.Notes) < maxNotes {
		d.Notes = append(d.Notes, model.Note{Code: "document." + code, Args: args})
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
