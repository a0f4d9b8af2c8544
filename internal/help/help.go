package help

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed page_*.html text_*.json
var files embed.FS

// Chapter is one page of the manual.
type Chapter struct {
	Name  string // in the URL: "register"
	Title string
	Body  template.HTML
}

// Manual is the whole manual in both languages.
type Manual struct {
	chapters map[text.Lang][]Chapter
}

// Load renders ja/NN-name.md and en/NN-name.md of fsys, in order of NN. With
// names it takes those chapters alone, in the order of the names, for a site
// that has not every page: a link to anything but them stays as its words. A
// name that is missing is an error.
func Load(fsys fs.FS, only ...string) (*Manual, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	m := &Manual{chapters: map[text.Lang][]Chapter{}}
	for _, lang := range text.Langs() {
		names, err := fs.Glob(fsys, string(lang)+"/*.md")
		if err != nil {
			return nil, err
		}
		slices.Sort(names)
		for _, name := range names {
			if len(only) > 0 && !slices.Contains(only, short(name)) {
				continue
			}
			source, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, err
			}
			c, err := render(md, name, source)
			if err != nil {
				return nil, fmt.Errorf("help: %s: %w", name, err)
			}
			if len(only) > 0 {
				c.Body = within(c.Body, only)
			}
			m.chapters[lang] = append(m.chapters[lang], c)
		}
		slices.SortStableFunc(m.chapters[lang], func(a, b Chapter) int { return slices.Index(only, a.Name) - slices.Index(only, b.Name) })
		if len(only) > 0 && len(m.chapters[lang]) != len(only) {
			return nil, fmt.Errorf("help: %s has %d chapters of %v", lang, len(m.chapters[lang]), only)
		}
	}
	return m, nil
}

// short is the name of a chapter in the URL, "" of a file that is none.
func short(name string) string {
	_, short, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".md"), "-")
	return short
}

// within takes away links that lead to anything but the chapters.
func within(body template.HTML, chapters []string) template.HTML {
	link := regexp.MustCompile(`<a href="([^"]*)">(.*?)</a>`)
	return template.HTML(link.ReplaceAllStringFunc(string(body), func(a string) string { //nolint:gosec // our own files
		part := link.FindStringSubmatch(a)
		if name, ok := strings.CutPrefix(part[1], "/help/"); ok && slices.Contains(chapters, name) {
			return a
		}
		return part[2]
	}))
}

// Chapters lists the chapters in a language, in order.
func (m *Manual) Chapters(lang text.Lang) []Chapter { return m.chapters[lang] }

func render(md goldmark.Markdown, name string, source []byte) (Chapter, error) {
	head, rest, _ := bytes.Cut(source, []byte("\n"))
	title, isTitle := strings.CutPrefix(string(head), "# ")
	if short(name) == "" || !isTitle {
		return Chapter{}, fmt.Errorf("the name must be NN-name.md and the first line a title")
	}
	var body bytes.Buffer
	if err := md.Convert(rest, &body); err != nil {
		return Chapter{}, err
	}
	return Chapter{Name: short(name), Title: strings.TrimSpace(title), Body: template.HTML(body.String())}, nil //nolint:gosec // our own files
}

// Page shows one chapter beside the table of contents.
type Page struct {
	Chapter  Chapter
	Contents []Chapter
}

// PageTitle is the chapter's title.
func (p Page) PageTitle() text.Msg { return text.Raw(p.Chapter.Title) }

// Module is the manual's share of the site. Anybody may read it, signed in or
// not: it holds nothing of the hospital.
func (m *Manual) Module() web.Module {
	return web.Module{Name: "help", Files: files, Pages: []web.Page{{Name: "help", Data: Page{}}},
		Routes: []web.Route{
			{Pattern: "GET /help", Perm: web.Public, Do: func(c *web.Call) error { return m.show(c, "") }},
			{Pattern: "GET /help/{name}", Perm: web.Public, Do: func(c *web.Call) error { return m.show(c, c.Path("name")) }},
		},
		Nav: []web.Nav{{Key: "help.nav", URL: "/help", Perm: web.Public, Order: 99, Group: "web.group.settings"}}}
}

func (m *Manual) show(c *web.Call, name string) error {
	chapters := m.chapters[c.Lang]
	for i, ch := range chapters {
		if ch.Name == name || (name == "" && i == 0) {
			return c.Render("help.help", Page{Chapter: ch, Contents: chapters})
		}
	}
	return fault.New(fault.NotFound, "web.not_found")
}
