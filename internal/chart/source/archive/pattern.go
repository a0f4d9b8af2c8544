package archive

import (
	"fmt"
	"regexp"
	"strings"
)

// pattern reads paths below the archive's folder.
type pattern struct {
	text  string
	re    *regexp.Regexp
	names []string // of the groups
	depth int      // segments of a path
	// folder is the place of the segment that is the number alone and has
	// nothing but itself before it: then a patient's files stand in one folder.
	folder bool
}

const maxPattern = 500

// compile reads a pattern. The expression made of it takes time proportional to
// the path.
func compile(text string) (*pattern, error) {
	clean := strings.Trim(strings.ReplaceAll(text, `\`, "/"), "/")
	if len(clean) > maxPattern {
		return nil, fmt.Errorf("%w: the pattern is longer than %d bytes", ErrSettings, maxPattern)
	}
	p := &pattern{text: text, depth: strings.Count(clean, "/") + 1}
	var re strings.Builder
	re.WriteString("(?is)^")
	seen := map[string]bool{}
	for rest := clean; rest != ""; {
		switch {
		case rest[0] == '*':
			re.WriteString(`[^/]*?`)
			rest = rest[1:]
		case rest[0] == '{':
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return nil, fmt.Errorf("%w: pattern %q", ErrSettings, text)
			}
			name := rest[1:end]
			piece, ok := pieces()[name]
			if !ok || seen[name] && name != "any" {
				return nil, fmt.Errorf("%w: {%s} in pattern %q", ErrSettings, name, text)
			}
			seen[name] = true
			re.WriteString("(" + piece + ")")
			p.names = append(p.names, name)
			rest = rest[end+1:]
		default:
			next := strings.IndexAny(rest, "*{")
			if next < 0 {
				next = len(rest)
			}
			re.WriteString(regexp.QuoteMeta(rest[:next]))
			rest = rest[next:]
		}
	}
	re.WriteString("$")
	if !seen["id"] {
		return nil, fmt.Errorf("%w: no {id} in pattern %q", ErrSettings, text)
	}
	p.folder = strings.HasPrefix(clean, "{id}/")
	var err error
	p.re, err = regexp.Compile(re.String())
	return p, err
}

// pieces are what the names in braces stand for.
func pieces() map[string]string {
	return map[string]string{
		"id":   `[0-9A-Za-z][0-9A-Za-z\-]{0,19}`,
		"date": `\d{14}|\d{12}|\d{8}|\d{4}[-.]\d{1,2}[-.]\d{1,2}|[MTSHR]\d{6}`, "birth": `\d{8}|[MTSHR]\d{6}`,
		"kind": `[^/]+?`, "title": `[^/]+?`, "dept": `[^/_]+?`, "name": `[^/_]+?`, "kana": `[^/_]+?`, "sex": `[^/_]{1,4}`, "any": `[^/]+?`, "ext": `[0-9A-Za-z]{1,5}`,
	}
}

// match reads a path; ok is false where it does not fit.
func (p *pattern) match(at string) (r row, ok bool) {
	m := p.re.FindStringSubmatch(at)
	if m == nil {
		return row{}, false
	}
	r.path = at
	for i, name := range p.names {
		v := strings.TrimSpace(m[i+1])
		switch name {
		case "id":
			r.id = v
		case "date":
			if r.day = parseDay(v); r.day == "" {
				return row{}, false
			}
		case "birth":
			r.birth = parseDay(v)
		case "kind":
			r.kind = v
		case "title":
			r.title = v
		case "dept":
			r.dept = v
		case "name":
			r.name = v
		case "kana":
			r.kana = v
		case "sex":
			r.sex = parseSex(v)
		}
	}
	if r.title == "" {
		r.title = stem(at)
	}
	return r, true
}

// stem is the name of a file without folder and extension.
func stem(at string) string {
	base := at[strings.LastIndexByte(at, '/')+1:]
	if i := strings.LastIndexByte(base, '.'); i > 0 {
		base = base[:i]
	}
	return base
}

// common are the patterns that are tried where nothing says how an archive is
// laid out: the more telling of two that fit stands first.
func common() []string {
	return []string{
		"{id}/{date}_{kind}_{title}.{ext}", "{id}/{kind}/{date}_{title}.{ext}", "{id}/{date}/{kind}_{title}.{ext}", "{kind}/{id}/{date}_{title}.{ext}",
		"{kind}/{id}_{date}_{title}.{ext}", "{id}_{date}_{kind}_{title}.{ext}",
		"{id}/{kind}/{date}*.{ext}", "{kind}/{id}/{date}*.{ext}", "{kind}/{id}_{date}*.{ext}", "{id}_{date}_{kind}.{ext}", "{id}_{kind}_{date}*.{ext}",
		"{id}/{date}_{title}.{ext}", "{id}/{date}/{title}.{ext}", "{date}/{id}_{kind}*.{ext}", "{id}_{date}*.{ext}", "{id}/{date}*.{ext}", "{date}/{id}*.{ext}",
	}
}
