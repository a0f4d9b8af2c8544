package sheet

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/fault"
)

// openText reads a text file's encoding and separator.
func openText(name string, data []byte, limits Limits) (*Book, error) {
	words, enc, err := decode(data)
	if err != nil {
		return nil, err
	}
	words = strings.TrimRight(words, "\x1a") // the end mark of old programs
	for i := range len(words) {
		if c := words[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' {
			return nil, fault.New(fault.Invalid, "sheet.text.control", lineOf([]byte(words[:i]), i))
		}
	}
	b := &Book{Format: CSV, Encoding: enc, limits: limits, Sheets: []Info{{}}}
	b.comma, b.text = separator(words)
	if b.comma == '\t' || extension(name) == ".tsv" && !strings.Contains(firstLines(words), ",") {
		b.Format, b.comma = TSV, '\t'
	}
	return b, nil
}

// separator finds what stands between cells: what a first line "sep=;" says
// (as Excel writes it), else the most frequent of tab, comma and semicolon
// outside quotes in the first lines.
func separator(words string) (byte, string) {
	if len(words) > 4 && strings.EqualFold(words[:4], "sep=") {
		line, rest, _ := strings.Cut(words, "\n")
		if line = strings.TrimRight(line, "\r"); len(line) == 5 {
			return line[4], "\n" + rest // the line counts in row numbers
		}
	}
	counts := map[byte]int{}
	quoted := false
	for _, c := range []byte(firstLines(words)) {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{'\t', ';'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best, words
}

func firstLines(words string) string {
	at := 0
	for range 30 {
		n := strings.IndexByte(words[at:], '\n')
		if n < 0 {
			return words
		}
		at += n + 1
	}
	return words[:at]
}

// eachText reads the rows of a text file (RFC 4180, and what is found outside
// it: a quote in the middle of a cell is a character, rows end in CR, LF or
// both). A blank line counts in row numbers, as it does in a spreadsheet.
func (b *Book) eachText(ctx context.Context, do func(*Row) error) (Stats, error) {
	var stats Stats
	g := gate{ctx: ctx, limits: b.limits, stats: &stats, do: do}
	p := textParser{rest: b.text, comma: b.comma}
	row := Row{}
	for p.rest != "" {
		row.Number++
		row.Cells = row.Cells[:0]
		for more := true; more; {
			var cell string
			var ok bool
			cell, more, ok = p.cell()
			if !ok {
				return stats, fault.New(fault.Invalid, "sheet.text.quote", row.Number)
			}
			if len(cell) > maxCell && utf8.RuneCountInString(cell) > maxCell {
				return stats, fault.New(fault.TooLarge, "sheet.read.cell", maxCell, row.Number)
			}
			if len(row.Cells) <= b.limits.Columns || cell != "" {
				row.Cells = append(row.Cells, cell)
			}
			if len(row.Cells) > 16384 {
				return stats, fault.New(fault.TooLarge, "sheet.read.columns", b.limits.Columns, row.Number)
			}
		}
		if err := g.pass(&row); err != nil {
			return stats, err
		}
	}
	return stats, nil
}

// textParser cuts a text into cells. It copies nothing unless a quoted cell
// holds a quote.
type textParser struct {
	rest  string
	comma byte
}

// cell gives the next cell, whether its row goes on, and false when a quote is
// never closed.
func (p *textParser) cell() (cell string, more, ok bool) {
	if strings.HasPrefix(p.rest, `"`) {
		return p.quoted()
	}
	for i := range len(p.rest) {
		switch c := p.rest[i]; c {
		case p.comma:
			cell, p.rest = p.rest[:i], p.rest[i+1:]
			return unguard(cell), true, true
		case '\n', '\r':
			cell = p.rest[:i]
			p.endOfRow(i)
			return unguard(cell), false, true
		}
	}
	cell, p.rest = p.rest, ""
	return unguard(cell), false, true
}

func (p *textParser) endOfRow(at int) {
	if strings.HasPrefix(p.rest[at:], "\r\n") {
		at++
	}
	p.rest = p.rest[at+1:]
}

// quoted reads a cell that begins with a quote. What stands between the
// closing quote and the separator is kept.
func (p *textParser) quoted() (cell string, more, ok bool) {
	var b strings.Builder
	s := p.rest[1:]
	for {
		n := strings.IndexByte(s, '"')
		if n < 0 {
			return "", false, false
		}
		b.WriteString(s[:n])
		s = s[n+1:]
		if !strings.HasPrefix(s, `"`) {
			break
		}
		b.WriteByte('"')
		s = s[1:]
	}
	p.rest = s
	value := strings.ReplaceAll(strings.ReplaceAll(b.String(), "\r\n", "\n"), "\r", "\n")
	for i := range len(s) {
		switch c := s[i]; c {
		case p.comma:
			p.rest = s[i+1:]
			return unguard(value + s[:i]), true, true
		case '\n', '\r':
			p.endOfRow(i)
			return unguard(value + s[:i]), false, true
		}
	}
	p.rest = ""
	return unguard(value + s), false, true
}

// Guard puts an apostrophe before text that a spreadsheet would run as a
// formula when it opens a text file; WriteCSV does it by itself. Blanks in front do not hide one: programs
// that trim cells (and people who do) bring it out. A sign alone, as for
// "nothing", is none.
func Guard(cell string) string {
	first, size := utf8.DecodeRuneInString(cell)
	bare := strings.TrimLeftFunc(cell, blank)
	sign, width := utf8.DecodeRuneInString(bare)
	if len(cell) > size && strings.ContainsRune(formula, first) || len(bare) > width && strings.ContainsRune(formula, sign) {
		return "'" + cell
	}
	if rest, ok := strings.CutPrefix(cell, "'"); ok && marked(rest) {
		return "'" + cell // so that unguard gives back what there was
	}
	return cell
}

// formula are the letters with which a formula may begin, wide ones too: Excel in
// Japanese takes them for the narrow ones (OWASP, CSV Injection).
const formula = "=+-@\t\r\n＝＋－＠﹦﹢﹣﹫"

// blank tells what stands on the screen as nothing: blanks of all widths, and
// characters without any.
func blank(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// marked tells what an apostrophe in front of it may be Guard's.
func marked(rest string) bool {
	return beginsWith(rest, formula+"'") || beginsWith(strings.TrimLeftFunc(rest, blank), formula)
}

func beginsWith(s, letters string) bool {
	first, size := utf8.DecodeRuneInString(s)
	return size > 0 && strings.ContainsRune(letters, first)
}

// unguard takes the apostrophe of Guard off again.
func unguard(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && marked(rest) {
		return rest
	}
	return cell
}
