package page

// Sheet is one form about one patient or one ward, of one or more pages.
type Sheet struct {
	Form      string // stable name of the form, such as drugs
	Title     string
	Slogan    string // beside the title in a frame: what the sheet is not
	Mark      string // bookmark; "" is none
	Landscape bool
	// Bare sheets have neither head nor foot: sheets of labels.
	Bare   bool
	Head   Head
	Repeat []Block // on top of every page, under the head
	Blocks []Block
	Foot   string // on every page, left of the page's number
}

// Head stands on every page.
type Head struct {
	Hospital string
	Patient  *Patient
	About    string // of a list: the ward
	AsOf     string // as-of time of the copy, as a sentence
	Loud     bool   // the as-of time is old or not known
	Printed  string // when and by whom
	Warnings []string
}

// Patient is who a sheet is about.
type Patient struct {
	ID, Kanji, Kana   string
	Birth, Sex, Place string // as shown
	IDLabel           string
	Blank             bool // to be written by hand: lines instead of words
}

// Size of letters. Nothing is smaller than 9 pt, names and drugs are Big.
type Size int

// The sizes.
const (
	Normal Size = iota // 10 pt
	Small              // 9 pt
	Big                // 12 pt
	Huge               // 16 pt
)

// Span is a paragraph inside a cell.
type Span struct {
	Text string
	Size Size
	Bold bool
}

// Cell is what stands in a cell, paragraph under paragraph.
type Cell []Span

// C makes a cell of plain paragraphs; empty ones are left out.
func C(texts ...string) Cell { return spans(Span{}, texts) }

// B makes a cell of names: big and bold.
func B(texts ...string) Cell { return spans(Span{Size: Big, Bold: true}, texts) }

// S makes a cell of small print.
func S(texts ...string) Cell { return spans(Span{Size: Small}, texts) }

func spans(like Span, texts []string) (out Cell) {
	for _, t := range texts {
		if t != "" {
			like.Text = t
			out = append(out, like)
		}
	}
	return out
}

// And puts cells one under the other.
func (c Cell) And(more ...Cell) Cell {
	out := append(Cell(nil), c...)
	for _, m := range more {
		out = append(out, m...)
	}
	return out
}

// Block is a part of a sheet: Heading, Text, Facts, Table, Lines, Boxes,
// Labels or Break. The list is closed.
type Block interface{ block() }

// Heading begins a section.
type Heading struct {
	Text string
	Note string // smaller, beside it
}

// Frame says how a text is set off.
type Frame int

// The frames.
const (
	NoFrame Frame = iota
	Thin
	Thick // must be noticed: a heavy frame and bold letters
)

// Text is a paragraph or a box with paragraphs.
type Text struct {
	Cell  Cell
	Frame Frame
}

// Say is a plain paragraph.
func Say(text string) Text { return Text{Cell: C(text)} }

// Fact is a name with its value.
type Fact struct {
	Label string
	Value Cell
}

// Facts are names and values, side by side in columns.
type Facts struct {
	Columns int // 0: 1
	Facts   []Fact
}

// Column is a column of a table.
type Column struct {
	Title string
	// Width in millimetres, as a share: the columns of a table fill the sheet.
	Width float64
	Right bool // numbers
	Sign  bool // to be written into: never filled, never narrowed
}

// Row is a row of a table.
type Row struct {
	Cells []Cell
	// Across: the only cell goes over all columns. It is a heading within the
	// table and stays with the row behind it.
	Across bool
	Strong bool // on grey
	Height float64
}

// Table is a table. Its head is repeated on each page.
type Table struct {
	Columns []Column
	Rows    []Row
	// Height is the least height of a row in millimetres; for writing by hand
	// 9 or more.
	Height float64
}

// Lines are lines to write on.
type Lines struct {
	Label string
	Count int
}

// Boxes are boxes to write into or to sign, side by side.
type Boxes struct {
	Labels []string
	Height float64 // millimetres; 0: 18
}

// Break begins a new page.
type Break struct{}

// Label is one label to be cut out or printed on sticky paper.
type Label struct {
	Lines Cell
	ID    string // Code 128 and QR; "" none
}

// Labels are equal labels in rows.
type Labels struct {
	Width, Height float64 // millimetres
	Gap           float64 // between two, millimetres
	Cut           bool    // with lines to cut along
	Items         []Label
}

func (Heading) block() {}
func (Text) block()    {}
func (Facts) block()   {}
func (Table) block()   {}
func (Lines) block()   {}
func (Boxes) block()   {}
func (Break) block()   {}
func (Labels) block()  {}
