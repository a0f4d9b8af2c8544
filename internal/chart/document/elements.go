package document

import (
	"strings"
)

// open takes the start of an HTML element.
func (b *builder) open(name string, a attrs) {
	if !b.spare() {
		return
	}
	if b.styled(name, 1) {
		return
	}
	switch name {
	case "br":
		b.line()
	case "hr":
		b.block(Block{Kind: Rule})
	case "h1", "h2", "h3", "h4", "h5", "h6":
		b.flush()
		b.level = int(name[1] - '0')
	case "pre", "listing", "xmp":
		b.flush()
		b.pre++
	case "table":
		b.openTable()
	case "thead", "tfoot", "tbody":
		b.closeTo("row", "table")
		b.top().inHead = name == "thead"
	case "tr":
		b.openRow(false)
	case "td", "th":
		b.openCell(name == "th", a)
	case "caption":
		b.openCaption()
	case "ul", "ol", "dl", "menu", "dir":
		b.openList(name == "ol")
	case "li", "dt", "dd":
		b.openItem()
		if name == "dd" {
			b.write("　")
		}
	case "img", "image":
		b.image(a)
	case "a":
		b.links = append(b.links, linkTarget(a["href"]))
	case "input":
		b.input(a)
	case "option":
		b.option(a)
	default:
		b.around(name)
	}
}

// shut takes the end of an HTML element.
func (b *builder) shut(name string) {
	if b.styled(name, -1) {
		return
	}
	switch name {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		b.flush()
		b.level = 0
	case "pre", "listing", "xmp":
		b.flush()
		b.pre = max(b.pre-1, 0)
	case "table":
		b.close("table")
	case "thead", "tfoot", "tbody":
		b.closeTo("row", "table")
		b.top().inHead = false
	case "tr":
		b.closeTo("row", "table")
	case "td", "th":
		b.closeTo("cell", "row")
	case "caption":
		b.closeTo("caption", "table")
	case "ul", "ol", "dl", "menu", "dir":
		b.close("list")
	case "li", "dt", "dd":
		b.closeTo("item", "list")
	case "a":
		if n := len(b.links); n > 0 {
			b.links = b.links[:n-1]
		}
	default:
		b.around(name)
	}
}

// around begins a new paragraph at the edges of elements that stand alone.
func (b *builder) around(name string) {
	switch name {
	case "p", "div", "section", "article", "header", "footer", "main", "nav", "aside", "address", "blockquote", "center",
		"form", "fieldset", "legend", "figure", "figcaption", "details", "summary", "body", "html", "select", "textarea", "optgroup", "frameset", "noframes":
		b.flush()
	}
}

// styled handles elements that change how text looks; they may overlap.
func (b *builder) styled(name string, by int) bool {
	d := &b.depth
	switch name {
	case "b", "strong":
		d.bold += by
	case "i", "em", "cite", "dfn":
		d.italic += by
	case "u", "ins":
		d.underline += by
	case "s", "strike", "del":
		d.struck += by
	case "sub":
		d.sub += by
	case "sup":
		d.sup += by
	default:
		return false
	}
	for _, n := range []*int{&d.bold, &d.italic, &d.underline, &d.struck, &d.sub, &d.sup} {
		*n = max(*n, 0)
	}
	b.style = Span{Bold: d.bold > 0, Italic: d.italic > 0, Underline: d.underline > 0, Struck: d.struck > 0, Sub: d.sub > 0, Sup: d.sup > 0}
	return true
}

// linkTarget keeps addresses that tell a reader something.
func linkTarget(href string) string {
	href = strings.TrimSpace(href)
	lower := strings.ToLower(href)
	for _, scheme := range []string{"http://", "https://", "mailto:", "tel:", "ftp://", "file:"} {
		if strings.HasPrefix(lower, scheme) {
			return shorten(href, 300)
		}
	}
	return ""
}

func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

func (b *builder) image(a attrs) {
	if b.picture == nil {
		return
	}
	if img := b.picture(strings.TrimSpace(a["src"]), a["alt"]); img != nil {
		b.block(Block{Kind: Picture, Image: img})
	}
}

// input shows what was filled in: forms of older record systems were kept as
// pages, and the values are the record.
func (b *builder) input(a attrs) {
	_, on := a["checked"]
	switch strings.ToLower(a["type"]) {
	case "checkbox", "radio":
		if on {
			b.write("☑")
		} else {
			b.write("☐")
		}
	case "", "text", "number", "date", "tel", "email", "search", "time", "datetime-local":
		b.write("[" + a["value"] + "]")
	}
}

func (b *builder) option(a attrs) {
	if _, on := a["selected"]; on {
		b.write(" ☑")
	} else {
		b.write(" ☐")
	}
}
