package document

import (
	"html"
	"strconv"
	"strings"
)

const (
	textToken = iota
	startToken
	endToken
)

// maxAttrs and maxName bound one tag.
const (
	maxAttrs = 200
	maxName  = 100
)

// tokens takes HTML apart as browsers do where it matters here: what is not a
// tag is text, comments and declarations are passed over, an end that never
// comes reaches to the end of the page. Every byte is looked at a fixed number
// of times.
type tokens struct {
	s     string
	at    int
	kind  int
	text  string
	name  string
	attrs attrs
	empty bool // <x/>
}

func (p *tokens) next() bool {
	for p.at < len(p.s) {
		rest := p.s[p.at:]
		if rest[0] != '<' || len(rest) < 2 || !opens(rest[1]) {
			end := strings.IndexByte(rest[1:], '<')
			if end < 0 {
				end = len(rest) - 1
			}
			p.kind, p.text = textToken, rest[:end+1]
			p.at += end + 1
			return true
		}
		switch {
		case strings.HasPrefix(rest, "<!--"):
			p.skip(rest[4:], "-->", 4)
		case strings.HasPrefix(rest, "<![CDATA["):
			end := strings.Index(rest, "]]>")
			if end < 0 {
				end = len(rest)
			}
			p.kind, p.text = textToken, html.EscapeString(rest[9:max(end, 9)])
			p.at += min(end+3, len(rest))
			return true
		case rest[1] == '!', rest[1] == '?':
			p.skip(rest[2:], ">", 2)
		default:
			if p.tag() {
				return true
			}
		}
	}
	return false
}

// opens tells which characters behind < begin a tag, comment or declaration.
func opens(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '/' || c == '!' || c == '?'
}

func (p *tokens) skip(rest, until string, before int) {
	end := strings.Index(rest, until)
	if end < 0 {
		p.at = len(p.s)
		return
	}
	p.at += before + end + len(until)
}

// tag reads <name a=b …> or </name>; false for </ without a name, which is
// passed over like a comment.
func (p *tokens) tag() bool {
	p.at++
	p.kind = startToken
	if p.s[p.at] == '/' {
		p.kind = endToken
		p.at++
	}
	start := p.at
	for p.at < len(p.s) && !strings.ContainsRune(" \t\r\n\f/>", rune(p.s[p.at])) {
		p.at++
	}
	name := p.s[start:p.at]
	if colon := strings.LastIndexByte(name, ':'); colon >= 0 {
		name = name[colon+1:]
	}
	p.name = strings.ToLower(name[:min(len(name), maxName)])
	p.attrs, p.empty = attrs{}, false
	for p.attr() {
	}
	return p.name != ""
}

// attr reads one attribute; false at the tag's end.
func (p *tokens) attr() bool {
	for p.at < len(p.s) && (space(p.s[p.at]) || p.s[p.at] == '/') {
		p.empty = p.s[p.at] == '/' || p.empty && space(p.s[p.at])
		p.at++
	}
	if p.at >= len(p.s) {
		return false
	}
	if p.s[p.at] == '>' {
		p.at++
		return false
	}
	p.empty = false
	start := p.at
	for p.at < len(p.s) && !space(p.s[p.at]) && p.s[p.at] != '>' && p.s[p.at] != '/' && (p.s[p.at] != '=' || p.at == start) {
		p.at++
	}
	name := strings.ToLower(p.s[start:p.at])
	for p.at < len(p.s) && space(p.s[p.at]) {
		p.at++
	}
	value := ""
	if p.at < len(p.s) && p.s[p.at] == '=' {
		p.at++
		value = p.value()
	}
	if _, twice := p.attrs[name]; !twice && len(p.attrs) < maxAttrs && len(name) <= maxName {
		p.attrs[name] = html.UnescapeString(value)
	}
	return true
}

func (p *tokens) value() string {
	for p.at < len(p.s) && space(p.s[p.at]) {
		p.at++
	}
	if p.at >= len(p.s) {
		return ""
	}
	start := p.at
	if q := p.s[p.at]; q == '"' || q == '\'' {
		end := strings.IndexByte(p.s[p.at+1:], q)
		if end < 0 {
			p.at = len(p.s)
			return ""
		}
		p.at += end + 2
		return p.s[start+1 : p.at-1]
	}
	for p.at < len(p.s) && !space(p.s[p.at]) && p.s[p.at] != '>' {
		p.at++
	}
	return p.s[start:p.at]
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// raw takes everything up to the end tag of an element whose content is no
// markup.
func (p *tokens) raw(name string) string {
	start := p.at
	for p.at < len(p.s) {
		i := strings.Index(p.s[p.at:], "</")
		if i < 0 {
			break
		}
		p.at += i
		behind := p.at + 2 + len(name)
		if behind <= len(p.s) && strings.EqualFold(p.s[p.at+2:behind], name) && (behind == len(p.s) || space(p.s[behind]) || p.s[behind] == '>' || p.s[behind] == '/') {
			content := p.s[start:p.at]
			p.skip(p.s[p.at:], ">", 0)
			return content
		}
		p.at += 2
	}
	p.at = len(p.s)
	return p.s[start:]
}

func itoa(n int) string { return strconv.Itoa(n) }
