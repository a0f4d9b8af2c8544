package tell

import (
	"fmt"
	"slices"
	"strings"
)

// Places are the names that may stand in braces.
func Places() []string {
	return []string{"host", "source", "account", "target", "line", "vendor", "system", "process", "file", "count", "value"}
}

// Values are what stands for the places; an empty value counts as none.
type Values map[string]string

// Template is a sentence that was read.
type Template struct{ parts []part }

// part is words, a place, or a bracket with parts of its own.
type part struct {
	words string
	place string
	inner []part
}

// maxLen bounds a template in bytes; a sentence is far shorter.
const maxLen = 2000

// Parse reads a template. The error says what is wrong and at which byte.
func Parse(s string) (Template, error) {
	if len(s) > maxLen {
		return Template{}, fmt.Errorf("tell: longer than %d bytes", maxLen)
	}
	p := parser{rest: s, all: s}
	parts, err := p.parts(false)
	return Template{parts}, err
}

type parser struct{ rest, all string }

func (p *parser) at() int { return len(p.all) - len(p.rest) }

func (p *parser) parts(inside bool) ([]part, error) {
	var out []part
	var words strings.Builder
	end := func() {
		if words.Len() > 0 {
			out = append(out, part{words: words.String()})
			words.Reset()
		}
	}
	for p.rest != "" {
		c := p.rest[0]
		p.rest = p.rest[1:]
		switch {
		case c == '\\' && p.rest != "":
			words.WriteByte(p.rest[0])
			p.rest = p.rest[1:]
		case c == '{':
			end()
			name, after, ok := strings.Cut(p.rest, "}")
			if !ok || !slices.Contains(Places(), name) {
				return nil, fmt.Errorf("tell: no such place at byte %d", p.at()-1)
			}
			p.rest = after
			out = append(out, part{place: name})
		case c == '[' && !inside:
			end()
			inner, err := p.parts(true)
			if err != nil {
				return nil, err
			}
			out = append(out, part{inner: inner})
		case c == ']' && inside:
			end()
			return out, nil
		case c == '[' || c == ']' || c == '}':
			return nil, fmt.Errorf("tell: %q out of place at byte %d", c, p.at()-1)
		default:
			words.WriteByte(c)
		}
	}
	if inside {
		return nil, fmt.Errorf("tell: a bracket is not closed")
	}
	end()
	return out, nil
}

// Say gives the sentence. A place outside of brackets that has no value is
// said as unknown.
func (t Template) Say(v Values, unknown string) string {
	var b strings.Builder
	for _, p := range t.parts {
		switch {
		case p.inner != nil:
			if whole(p.inner, v) {
				for _, q := range p.inner {
					b.WriteString(q.words)
					b.WriteString(v[q.place])
				}
			}
		case p.place != "" && v[p.place] == "":
			b.WriteString(unknown)
		case p.place != "":
			b.WriteString(v[p.place])
		default:
			b.WriteString(p.words)
		}
	}
	return b.String()
}

func whole(parts []part, v Values) bool {
	for _, p := range parts {
		if p.place != "" && v[p.place] == "" {
			return false
		}
	}
	return true
}

// Fill reads the template and says it; one that cannot be read is said as it
// is written. Rule packs are checked when they are read, so that this shows a
// mistake of the program.
func Fill(template string, v Values, unknown string) string {
	t, err := Parse(template)
	if err != nil {
		return template
	}
	return t.Say(v, unknown)
}
