package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

//go:embed layout.html parts.html page_*.html text_ja.json text_en.json
var files embed.FS

// pages holds every template once for each language, so that a text can never
// be rendered in another reader's language.
type pages struct {
	sets   map[text.Lang]map[string]*template.Template // by "asset.list"
	layout map[text.Lang]*template.Template
	data   map[string]any
	sheet  map[string]string // by module's name
}

func newPages(cat *text.Catalog, modules []Module, a *assets) (*pages, error) {
	p := &pages{sets: map[text.Lang]map[string]*template.Template{}, layout: map[text.Lang]*template.Template{}, data: map[string]any{}, sheet: map[string]string{}}
	for _, m := range modules {
		if m.Sheet == "" {
			continue
		}
		if err := a.add(m.Files, m.Sheet); err != nil {
			return nil, fmt.Errorf("web: %s: %w", m.Name, err)
		}
		p.sheet[m.Name] = m.Sheet
	}
	for _, lang := range text.Langs() {
		funcs := Funcs(cat, lang)
		funcs["asset"] = a.url
		layout, err := template.New("layout.html").Funcs(funcs).ParseFS(files, "layout.html", "parts.html")
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		p.layout[lang] = layout
		p.sets[lang] = map[string]*template.Template{}
		for _, m := range append([]Module{ownPages()}, modules...) {
			for _, page := range m.Pages {
				t, err := template.New("page_"+page.Name+".html").Funcs(funcs).ParseFS(files, "parts.html")
				if err == nil {
					t, err = ParsePage(t, m.Files, page.Name)
				}
				if err != nil {
					return nil, fmt.Errorf("web: %s: %w", m.Name, err)
				}
				if t.Lookup("content") == nil {
					return nil, fmt.Errorf("web: %s: page_%s.html defines no content", m.Name, page.Name)
				}
				p.sets[lang][m.Name+"."+page.Name] = t
				p.data[m.Name+"."+page.Name] = page.Data
			}
		}
	}
	return p, nil
}

// ParsePage adds the template of a module's page to t, and before it the parts
// that the module's pages share (parts_*.html).
func ParsePage(t *template.Template, module fs.FS, page string) (*template.Template, error) {
	parts, err := fs.Glob(module, "parts_*.html")
	if err != nil {
		return nil, err
	}
	return t.ParseFS(module, append(parts, "page_"+page+".html")...)
}

// Funcs are the functions of every template, bound to one language.
func Funcs(cat *text.Catalog, lang text.Lang) template.FuncMap {
	return template.FuncMap{
		"t":        func(key string, args ...any) string { return cat.Say(lang, text.M(key, args...)) },
		"say":      func(m text.Msg) string { return cat.Say(lang, m) },
		"lines":    func(m text.Msg) []string { return strings.Split(cat.Say(lang, m), "\n") },
		"lang":     func() string { return string(lang) },
		"num":      func(n int) string { return text.Number(int64(n)) },
		"day":      func(t time.Time) string { return dayText(lang, t, cat.Zone()) },
		"dayof":    func(iso string) string { return isoDay(lang, iso) },
		"datetime": func(t time.Time) string { return timeText(lang, t, cat.Zone()) },
		"iso":      func(t time.Time) string { return t.In(cat.Zone()).Format(time.RFC3339) },
		"add":      func(a, b int) int { return a + b },
		"pieces":   Pieces,
		"asset":    func(string) string { return "" },
	}
}

func dayText(lang text.Lang, t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return text.Date(lang, t.In(zone))
}

func timeText(lang text.Lang, t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return text.DateTime(lang, t.In(zone))
}

// isoDay prints a stored day (2006-01-02); what is no day is printed as it is.
func isoDay(lang text.Lang, iso string) string {
	d, ok := text.ParseDay(iso)
	if !ok {
		return iso
	}
	return text.Date(lang, time.Time(d))
}

// shellPage is what the layout is given.
type shellPage struct {
	Lang     text.Lang
	Other    text.Lang
	Title    string
	Print    string // the title on every printed sheet
	Hospital string
	Demo     bool
	Person   Person
	Nav      []navItem
	Flash    text.Msg
	Banners  []Banner
	Sheet    string // of the page's module, or empty
	Now      time.Time
	Here     string // path and query, to come back to after the language switch; empty on the answer to a POST, which cannot be asked for again
	Content  template.HTML
}

type navItem struct {
	Nav
	Current bool
	First   bool   // first of its group
	Letter  string // key after "g" that goes there; empty when none is free
}

// Render shows the page in the layout. The title is the text "<page>.title",
// unless data has a method PageTitle() text.Msg. Paper has the title on every
// sheet; data may give another there with a method PrintTitle() text.Msg: a name
// that must not stay in a browser's history, which keeps titles.
func (c *Call) Render(page string, data any) error { return c.render(http.StatusOK, page, data) }

// RenderStatus is Render with another status than 200, for a page that shows
// why something was refused.
func (c *Call) RenderStatus(status int, page string, data any) error {
	return c.render(status, page, data)
}

func (c *Call) render(status int, page string, data any) error {
	t := c.srv.pages.sets[c.Lang][page]
	if t == nil {
		return fmt.Errorf("web: no page %q", page)
	}
	module, _, _ := strings.Cut(page, ".")
	var content bytes.Buffer
	if err := t.ExecuteTemplate(&content, "content", data); err != nil {
		return fmt.Errorf("web: page %s: %w", page, err)
	}
	if err := c.stillIn(status); err != nil {
		return err
	}
	title := text.M(page + ".title")
	if own, ok := data.(interface{ PageTitle() text.Msg }); ok {
		title = own.PageTitle()
	}
	shell := shellPage{
		Lang: c.Lang, Other: text.EN, Title: c.Say(title), Print: c.Say(title), Hospital: c.setting.Hospital, Demo: c.setting.Demo,
		Person: c.Person, Nav: c.nav(), Flash: c.flash(), Now: c.Now, Here: c.here(),
		Banners: c.setting.Banners, Sheet: c.srv.pages.sheet[module],
		Content: template.HTML(content.String()), //nolint:gosec // rendered by html/template just above
	}
	if c.Lang == text.EN {
		shell.Other = text.JA
	}
	if own, ok := data.(interface{ PrintTitle() text.Msg }); ok {
		shell.Print = c.Say(own.PrintTitle())
	}
	var out bytes.Buffer
	if err := c.srv.pages.layout[c.Lang].ExecuteTemplate(&out, "layout.html", shell); err != nil {
		return fmt.Errorf("web: layout: %w", err)
	}
	c.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.W.Header().Set("Content-Language", string(c.Lang))
	c.status = status
	c.W.WriteHeader(status)
	_, err := c.W.Write(plainly(out.Bytes()))
	return err
}

// here is where the language switch leads back to.
func (c *Call) here() string {
	if c.R.Method != http.MethodGet {
		return ""
	}
	return c.R.URL.RequestURI()
}

// nav gives the places which the person may enter. The current one is the
// longest that the path begins with.
func (c *Call) nav() []navItem {
	var items []navItem
	best, group := -1, ""
	for _, n := range c.srv.nav {
		if !c.Person.Can(n.Perm) || (c.Person.ID == "" && n.Perm != Public) {
			continue
		}
		items = append(items, navItem{Nav: n, First: n.Group != "" && n.Group != group, Letter: c.srv.letters[n.URL]})
		group = n.Group
		path := c.R.URL.Path
		under := path == n.URL || (n.URL != "/" && strings.HasPrefix(path, strings.TrimSuffix(n.URL, "/")+"/"))
		if under && (best < 0 || len(n.URL) > len(items[best].URL)) {
			best = len(items) - 1
		}
	}
	if best >= 0 {
		items[best].Current = true
	}
	return items
}

// FaultPage is what the page of a fault is given.
type FaultPage struct {
	Status  int
	Msg     text.Msg
	Request string
}

// PageTitle is the title of the error page.
func (FaultPage) PageTitle() text.Msg { return text.M("web.fault.title") }

func (c *Call) renderFault(f *fault.Error) error {
	if c.wantsJSON() {
		return c.JSON(f.Kind.Status(), map[string]string{"error": c.Say(f.Msg), "key": f.Msg.Key, "request": c.id})
	}
	return c.render(f.Kind.Status(), "web.fault", FaultPage{Status: f.Kind.Status(), Msg: f.Msg, Request: c.id})
}

// Parts gives the templates which every page may use.
func Parts() string {
	data, err := files.ReadFile("parts.html")
	if err != nil {
		return "" // embedded: it is always there
	}
	return string(data)
}

// Texts gives the shell's sentences, for programs that have no pages.
func Texts() fs.FS { return files }

// turners are the characters of Unicode's bidirectional algorithm that turn the order of
// what follows (UAX #9, 2.1 to 2.4), with the words that are shown in their
// place. No text of Toride's has one, and whoever writes one into a log wants a
// name to be read as another: "exe" at its end as "gnp" (CVE-2021-42574).
func turners() []string {
	var pairs []string
	for _, r := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		pairs = append(pairs, string(r), fmt.Sprintf("[U+%04X]", r))
	}
	return pairs
}

// plainly shows such characters as what they are. All of them begin with the
// same byte as the quotation marks of a page, so that most pages pass the loop.
func plainly(page []byte) []byte {
	for rest := page; ; {
		i := bytes.IndexByte(rest, 0xe2)
		if i < 0 || i+2 >= len(rest) {
			return page
		}
		a, b := rest[i+1], rest[i+2]
		if a == 0x80 && b >= 0xaa && b <= 0xae || a == 0x81 && b >= 0xa6 && b <= 0xa9 {
			return []byte(strings.NewReplacer(turners()...).Replace(string(page)))
		}
		rest = rest[i+1:]
	}
}
