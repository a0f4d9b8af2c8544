package document

import (
	"strings"
)

// attrs are an element's attributes, by lower-case local names.
type attrs map[string]string

// builder makes blocks out of a stream of elements and text. Only elements
// that make structure (tables, rows, cells, lists, items) are kept on its
// stack; a closing tag without an opening one is passed over, and what is
// never closed is closed at the end.
type builder struct {
	doc   *Doc
	stack []frame
	style Span  // of the text to come
	depth style // how many elements ask for each style
	pre   int
	level int // of the heading that is open; 0: none
	links []string
	text  int // bytes of text so far
	nodes int
	nest  int
	full  bool
	// picture makes an Image of an address; nil: there are none.
	picture func(src, alt string) *Image
}

type style struct{ bold, italic, underline, struck, sub, sup int }

// frame is a place that takes blocks.
type frame struct {
	name   string // body, cell, item, caption; table, row, list take none
	blocks []Block
	spans  []Span
	table  *Table
	row    *Row
	cell   *Cell
	list   *List
	inHead bool
}

func newBuilder(d *Doc) *builder {
	return &builder{doc: d, stack: []frame{{name: "body"}}}
}

func (b *builder) top() *frame { return &b.stack[len(b.stack)-1] }

// spare counts a node; false means that the limit is reached.
func (b *builder) spare() bool {
	b.nodes++
	if !b.full && (b.nodes > maxNodes || b.text > maxText) {
		b.full = true
		b.doc.note("truncated")
	}
	return !b.full
}

// write adds text in the current style.
func (b *builder) write(s string) {
	if s == "" || !b.spare() {
		return
	}
	f := b.top()
	switch f.name {
	case "table", "row", "list":
		if strings.TrimSpace(s) == "" {
			return
		}
		f = b.outside()
	}
	if b.pre == 0 {
		s = collapse(s, len(f.spans) == 0 || endsInBlank(f.spans[len(f.spans)-1]))
		if s == "" {
			return
		}
	}
	if room := maxText - b.text; len(s) > room {
		s = strings.ToValidUTF8(s[:max(room, 0)], "")
		b.text = maxText + 1
	}
	b.text += len(s)
	span := b.style
	if len(b.links) > 0 {
		span.Target = b.links[len(b.links)-1]
	}
	if n := len(f.spans); n > 0 && sameStyle(f.spans[n-1], span) {
		f.spans[n-1].Text += s
		return
	}
	span.Text = s
	f.spans = append(f.spans, span)
}

// outside gives the frame that text between rows and items belongs to.
func (b *builder) outside() *frame {
	for i := len(b.stack) - 1; i >= 0; i-- {
		switch b.stack[i].name {
		case "table", "row", "list":
		default:
			return &b.stack[i]
		}
	}
	return &b.stack[0]
}

// sameStyle tells spans that may be one. They stay short, as adding to a long
// text again and again would copy it each time.
func sameStyle(a, s Span) bool {
	long := len(a.Text) >= 4096
	a.Text, s.Text = "", ""
	return a == s && !long
}

func endsInBlank(s Span) bool {
	return s.Break || strings.HasSuffix(s.Text, " ")
}

// collapse makes one blank of many, as markup reads, and none at the start of
// a line. Line ends between Japanese characters are no blank.
func collapse(s string, atStart bool) string {
	var out strings.Builder
	out.Grow(len(s))
	blank, newline, last, begun := false, false, rune(0), !atStart
	for _, r := range s {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			blank, newline = true, newline || r == '\n'
			continue
		}
		if blank && begun && !(newline && wideRune(r) && wideRune(last)) {
			out.WriteByte(' ')
		}
		blank, newline, last, begun = false, false, r, true
		out.WriteRune(r)
	}
	if blank && begun {
		out.WriteByte(' ')
	}
	return out.String()
}

// wideRune tells characters that are written without blanks between words.
func wideRune(r rune) bool {
	return r >= 0x3000 && r < 0xa000 || r >= 0xf900 && r < 0xfb00 || r >= 0xff00 && r < 0xffa0
}

// line ends the line within a paragraph.
func (b *builder) line() {
	if !b.spare() {
		return
	}
	f := b.outside()
	if b.pre > 0 {
		b.write("\n")
		return
	}
	if n := len(f.spans); n > 0 {
		f.spans[n-1].Break = true
	}
}

// flush ends the paragraph, heading or text that is open.
func (b *builder) flush() {
	f := b.outside()
	spans := trim(f.spans)
	f.spans = nil
	if len(spans) == 0 {
		return
	}
	switch {
	case b.pre > 0:
		var all strings.Builder
		for _, s := range spans {
			all.WriteString(s.Text)
			if s.Break {
				all.WriteByte('\n')
			}
		}
		b.add(f, Block{Kind: Pre, Text: strings.Trim(all.String(), "\r\n")})
	case b.level > 0:
		b.add(f, Block{Kind: Heading, Level: b.level, Spans: spans})
	default:
		b.add(f, Block{Kind: Paragraph, Spans: spans})
	}
}

func (b *builder) add(f *frame, block Block) {
	if b.spare() {
		f.blocks = append(f.blocks, block)
	}
}

func trim(spans []Span) []Span {
	for len(spans) > 0 {
		last := &spans[len(spans)-1]
		last.Break = false
		if last.Text = strings.TrimRight(last.Text, " "); last.Text != "" {
			break
		}
		spans = spans[:len(spans)-1]
	}
	return spans
}

// block adds a finished block between paragraphs.
func (b *builder) block(block Block) {
	b.flush()
	b.add(b.outside(), block)
}

// finish closes everything and gives the blocks.
func (b *builder) finish() []Block {
	for len(b.stack) > 1 {
		b.pop()
	}
	b.flush()
	return b.stack[0].blocks
}
