package fhir

import (
	"bytes"
	"context"
	"encoding/base64"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/chart/document"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// maxFiles bounds the files of one document.
const maxFiles = 100

// Document opens a resource: what is attached to it (the file of a
// DocumentReference, a report's form), its text for reading, and the JSON as it
// was sent, with its lines indented.
func (s *store) Document(ctx context.Context, ref model.Ref) (*source.Document, error) {
	t, err := s.load(ctx, false)
	if err != nil {
		return nil, err
	}
	p, at := t.locate(ref, s.info.Name)
	if p == nil {
		return nil, source.ErrNoItem
	}
	list, err := s.fetch(ctx, t, []int{at})
	if err != nil {
		return nil, err
	}
	x := &list[0]
	d := &source.Document{Ref: ref, Kind: x.kind, Main: -1}
	if x.err != nil {
		d.Notices = append(d.Notices, model.Notice{Level: model.Warn, Code: "fhir.unreadable", Args: []string{x.kind, x.err.Error()}, Ref: ref})
		return d, nil
	}
	r := &reading{ctx: ctx, s: s, t: t, p: p, chart: &model.Chart{}, fetched: map[int]*resource{}}
	d.Title = title(x.node)
	f := files{d: d, r: r, x: x, used: map[string]bool{}}
	f.attached()
	f.narrative()
	f.json()
	if r.err != nil {
		return nil, r.err
	}
	d.Main = 0
	d.Notices = append(d.Notices, r.chart.Notices...)
	return d, nil
}

// locate finds the resource that a ref names; p is nil where there is none.
func (t *table) locate(ref model.Ref, name string) (p *patient, at int) {
	parts := strings.Split(ref.Item, "\x00")
	if ref.Source != name || len(parts) != 3 {
		return nil, 0
	}
	offset, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return nil, 0
	}
	from, to := t.find(parts[2])
	for i := from; i < to; i++ {
		if t.patients[i].id != parts[2] {
			continue
		}
		p = &t.patients[i]
		for k, e := range t.of(p) {
			if e.offset == offset && t.files[e.file] == parts[0] {
				return p, int(p.first) + k
			}
		}
	}
	return nil, 0
}

// files gathers the files of a document.
type files struct {
	d    *source.Document
	r    *reading
	x    *resource
	used map[string]bool
}

func (f *files) add(name string, media, mime string, data []byte) {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if name == "" || len(name) > 200 {
		name = "file"
	}
	for base, i := name, 2; f.used[name]; i++ {
		name = itoa(i) + "-" + base
	}
	f.used[name] = true
	if len(f.d.Files) < maxFiles {
		f.d.Files = append(f.d.Files, source.File{Name: name, Media: media, MIME: mime, Size: int64(len(data)),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	}
}

// attached takes the attachments that stand in the resource, or in a Binary
// that it refers to.
func (f *files) attached() {
	n := f.x.node
	var list []node
	for _, c := range n.each("content") {
		list = append(list, c.at("attachment"))
		if f.x.kind == "Media" {
			list = append(list, c)
		}
	}
	list = append(list, n.each("presentedForm")...)
	if f.x.kind == "Binary" {
		list = append(list, n)
	}
	for i, a := range list {
		name := a.at("title").str()
		if name == "" {
			name = f.x.kind + "-" + itoa(i+1)
		}
		data := a.at("data").str()
		if url := a.at("url").str(); data == "" && url != "" {
			ref := node{v: map[string]any{"reference": url}}
			b := f.r.follow(f.x, ref)
			if data = b.at("data").str(); data == "" {
				f.r.notice(model.Warn, "external", f.x.ref, url)
				continue
			}
		}
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
		if data == "" || err != nil {
			if data != "" {
				f.r.notice(model.Warn, "unreadable", f.x.ref, name, "base64")
			}
			continue
		}
		look := document.Sniff(name, raw[:min(len(raw), document.HeadSize)])
		f.add(name, look.Media, look.MIME, raw)
	}
}

// narrative gives the text for reading as one page: that of a Composition with
// its sections. It is the sender's markup: package document makes it harmless.
func (f *files) narrative() {
	n := f.x.node
	var out strings.Builder
	if div := n.at("text", "div").str(); div != "" {
		out.WriteString(div)
	}
	if f.x.kind == "Composition" {
		f.sections(&out, n, 2)
	}
	if out.Len() > 0 {
		f.add("narrative.html", "html", "text/html", []byte("\ufeff"+out.String()))
	}
}

func (f *files) sections(out *strings.Builder, n node, level int) {
	for _, s := range n.each("section") {
		if level > 6 || out.Len() > document.MaxData/2 {
			return
		}
		h := "h" + itoa(level)
		name := s.at("title").str()
		if name == "" {
			name = concept(s.at("code")).Show
		}
		out.WriteString("<" + h + ">" + html.EscapeString(name) + "</" + h + ">" + s.at("text", "div").str())
		if !s.at("text", "div").has() {
			f.entries(out, s)
		}
		f.sections(out, s, level+1)
	}
}

// entries lists what a section without a text refers to.
func (f *files) entries(out *strings.Builder, s node) {
	out.WriteString("<ul>")
	for _, e := range s.each("entry") {
		n := f.r.follow(f.x, e)
		line := e.at("display").str()
		for _, t := range []string{title(n), valueOf(n).Show, n.at("dosageInstruction", "text").str(), n.at("text", "div").str()} {
			if t != "" && !strings.HasPrefix(t, "<") {
				line += " " + t
			}
		}
		if line = strings.TrimSpace(line); line != "" {
			out.WriteString("<li>" + html.EscapeString(line) + "</li>")
		}
	}
	out.WriteString("</ul>")
}

// json gives the resource as it was sent, with its lines indented.
func (f *files) json() {
	out, _ := document.Indent(f.x.raw)
	f.add(f.x.kind+".json", "fhir", "application/fhir+json", out)
}
