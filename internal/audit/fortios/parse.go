package fortios

import (
	"bufio"
	"io"
	"strings"

	"github.com/torideproject/toride/internal/fault"
)

// frame is an open config or edit.
type frame struct {
	section *Section
	entry   *Entry // nil for a config frame
	holder  bool   // config vdom and config global: their blocks belong to the top
}

// parser builds the Config. It sees each line once.
type parser struct {
	c        *Config
	out      *bufio.Writer
	secrets  secrets
	stack    []frame
	vdom     string
	values   int
	quote    scan // open while a value runs over several lines
	hidden   bool // the open value is a secret
	quoteAt  int
	seenUTF8 bool
	seenSJIS bool
}

func newParser(w io.Writer) *parser {
	return &parser{c: &Config{byPath: map[string][]*Section{}}, out: bufio.NewWriter(w), secrets: newSecrets()}
}

// maxUnread bounds Config.Unread.
const maxUnread = 100

// line takes one line of the file.
func (p *parser) line(raw string) error {
	if p.quote.quote != 0 {
		p.inQuote(raw)
		return nil
	}
	text := strings.TrimSpace(unpage(raw))
	indent := raw[:len(raw)-len(strings.TrimLeft(raw, " \t"))]
	verb, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch verb {
	case "":
		p.write("", "")
	case "config":
		return p.config(indent, text, rest)
	case "edit":
		return p.edit(indent, text, rest)
	case "set", "append", "unset":
		return p.setting(indent, text, verb, rest)
	case "next":
		p.write(indent, text)
		p.next()
	case "end":
		p.write(indent, text)
		p.end()
	default:
		p.other(text)
	}
	return nil
}

// unpage takes away what a terminal put into a copied text: the pager's line
// and the backspaces that wiped it.
func unpage(line string) string {
	if !strings.Contains(line, "--More--") {
		return line
	}
	line = strings.ReplaceAll(line, "--More--", "")
	return strings.Map(func(r rune) rune {
		if r == '\b' || r == '\r' {
			return -1
		}
		return r
	}, line)
}

func (p *parser) write(indent, text string) {
	// A bufio.Writer keeps its first error and gives it at Flush.
	_, _ = p.out.WriteString(indent)
	_, _ = p.out.WriteString(text)
	_ = p.out.WriteByte('\n')
}

// inQuote takes a line inside a value over several lines: certificates, keys,
// banners. Only a secret's lines are hidden.
func (p *parser) inQuote(raw string) {
	if p.hidden {
		p.write("", Mark)
	} else {
		p.write("", raw)
	}
	if p.quote.closes(raw) {
		p.hidden = false
	}
}

// other takes a line that no keyword begins. Comments are kept, everything
// else is hidden: it could be the rest of a key whose beginning is cut off.
func (p *parser) other(text string) {
	if strings.HasPrefix(text, "#") {
		if p.c.Header.Line == 0 && strings.HasPrefix(text, headerPrefix) {
			p.c.Header = parseHeader(text, p.c.Lines)
		}
		kept, hid := p.secrets.comment(text)
		if hid {
			p.c.Redacted++
		}
		p.write("", kept)
		return
	}
	p.write("", Mark)
	p.unread()
}

func (p *parser) unread() {
	if len(p.c.Unread) < maxUnread {
		p.c.Unread = append(p.c.Unread, p.c.Lines)
	}
}

func (p *parser) push(f frame) error {
	if len(p.stack) >= MaxDepth {
		return fault.New(fault.Invalid, "audit.file.too_deep", MaxDepth, p.c.Lines)
	}
	p.stack = append(p.stack, f)
	return nil
}

// config opens a block.
func (p *parser) config(indent, text, path string) error {
	p.write(indent, text)
	path = strings.Join(strings.Fields(strings.ReplaceAll(path, `"`, "")), " ")
	s := &Section{Path: path, VDOM: p.vdom, Block: Block{Line: p.c.Lines, Text: text}}
	top := len(p.stack) == 0 || p.stack[len(p.stack)-1].holder
	if (path == "vdom" || path == "global") && len(p.stack) == 0 {
		return p.push(frame{section: s, holder: path == "global"})
	}
	if top {
		p.c.Sections = append(p.c.Sections, s)
		p.c.byPath[path] = append(p.c.byPath[path], s)
	} else if f := p.stack[len(p.stack)-1]; f.entry != nil {
		f.entry.Sub = append(f.entry.Sub, s)
	} else {
		f.section.Sub = append(f.section.Sub, s)
	}
	return p.push(frame{section: s})
}

// edit opens an entry.
func (p *parser) edit(indent, text, rest string) error {
	p.write(indent, text)
	if len(p.stack) == 0 || p.stack[len(p.stack)-1].entry != nil {
		p.unread()
		return nil
	}
	var q scan
	name := rest
	if words, _ := q.words(rest, 1); len(words) == 1 {
		name = words[0]
	}
	f := p.stack[len(p.stack)-1]
	e := &Entry{Name: name, Block: Block{Line: p.c.Lines, Text: text}}
	if f.section.Path == "vdom" && len(p.stack) == 1 {
		p.vdom = name
		return p.push(frame{section: f.section, entry: e, holder: true})
	}
	f.section.Entries = append(f.section.Entries, e)
	return p.push(frame{section: f.section, entry: e})
}

// setting takes a set, append or unset line.
func (p *parser) setting(indent, text, verb, rest string) error {
	key, tail, _ := strings.Cut(rest, " ")
	s := Setting{Key: key, Line: p.c.Lines}
	var q scan
	var over bool
	s.Values, over = q.words(tail, MaxValues-p.values)
	if over {
		return fault.New(fault.TooLarge, "audit.file.too_many", MaxLines)
	}
	p.values += len(s.Values)
	path := ""
	if len(p.stack) > 0 {
		path = p.stack[len(p.stack)-1].section.Path
	}
	hide := verb != "unset" && p.secrets.hides(path, key, s.Values)
	if hide {
		p.c.Redacted++
		s.Values = []string{Mark}
		text = strings.TrimSpace(verb + " " + key + " " + Mark)
	}
	switch verb {
	case "unset":
		s.Op = Unset
	case "append":
		s.Op = Append
	}
	s.Text = text
	p.write(indent, s.Text)
	if q.quote != 0 {
		p.quote, p.hidden, p.quoteAt = q, hide, p.c.Lines
	}
	if len(p.stack) == 0 || key == "" {
		p.unread()
		return nil
	}
	if f := p.stack[len(p.stack)-1]; f.entry != nil {
		f.entry.Settings = append(f.entry.Settings, s)
	} else {
		f.section.Settings = append(f.section.Settings, s)
	}
	return nil
}

// next closes an entry.
func (p *parser) next() {
	if n := len(p.stack); n > 0 && p.stack[n-1].entry != nil {
		p.pop()
		return
	}
	p.unread()
}

// end closes a block, and the entry in it when that is still open: a VDOM ends
// so.
func (p *parser) end() {
	if n := len(p.stack); n > 0 && p.stack[n-1].entry != nil {
		p.pop()
	}
	if len(p.stack) == 0 {
		p.unread()
		return
	}
	p.pop()
}

func (p *parser) pop() {
	n := len(p.stack) - 1
	if p.stack[n].holder {
		p.vdom = ""
	}
	p.stack = p.stack[:n]
}

// finish says what is missing at the end of the file.
func (p *parser) finish() {
	c := p.c
	switch {
	case p.seenSJIS && p.seenUTF8:
		c.Encoding = Mixed
	case p.seenSJIS:
		c.Encoding = ShiftJIS
	default:
		c.Encoding = UTF8
	}
	var open []string
	for _, f := range p.stack {
		if f.entry != nil {
			open = append(open, f.entry.Text)
		} else {
			open = append(open, f.section.Text)
		}
	}
	p.dropOpen()
	switch {
	case p.quote.quote != 0:
		c.Missing = &Missing{Reason: OpenQuote, Line: p.quoteAt, Open: open}
	case len(open) > 0:
		c.Missing = &Missing{Reason: EndsEarly, Line: c.Lines, Open: open}
	case c.Header.Line == 0:
		c.Missing = &Missing{Reason: NoHeader, Line: 1}
	case !c.hasTail():
		c.Missing = &Missing{Reason: NoTail, Line: c.Lines}
	}
}

// dropOpen takes out what the end of the file cut in two: an entry or a block
// of which the rest is not known would be judged by lines that it lacks.
// Entries that were closed before stay.
func (p *parser) dropOpen() {
	for i := len(p.stack) - 1; i >= 0; i-- {
		f := p.stack[i]
		if f.holder {
			continue
		}
		s := f.section
		if f.entry != nil {
			if n := len(s.Entries); n > 0 && s.Entries[n-1] == f.entry {
				s.Entries = s.Entries[:n-1]
			}
			continue
		}
		if same := p.c.byPath[s.Path]; len(s.Entries) == 0 && len(same) > 0 && same[len(same)-1] == s {
			p.c.byPath[s.Path] = same[:len(same)-1]
			p.c.Sections = p.c.Sections[:len(p.c.Sections)-1]
		}
	}
}

// hasTail reports whether the file has one of the router blocks, which a backup
// writes last even when they are empty. A file cut exactly between two blocks
// is known by their absence.
func (c *Config) hasTail() bool {
	for _, s := range c.Sections {
		if strings.HasPrefix(s.Path, "router ") {
			return true
		}
	}
	return false
}
