package document

import (
	"context"
	"encoding/base64"
	"html"
	"net/url"
	"path"
	"strings"
)

// HTML reads a page: its text, tables, lists and filled-in forms, and its
// images where they are files of the same document or stand in it as data.
// Scripts, styles, frames, plug-ins, event handlers and addresses outside the
// document are left out, with a Note where a reader would miss something. files
// are the names of the document's files. data is in any charset.
func HTML(ctx context.Context, data []byte, files []string) (*Doc, error) {
	d, s, err := begin("html", data)
	if err != nil {
		return nil, err
	}
	d.Blocks, err = d.page(ctx, s, files)
	return d, err
}

func begin(format string, data []byte) (*Doc, string, error) {
	if len(data) > MaxData {
		return nil, "", ErrTooLarge
	}
	d := &Doc{Format: format}
	s, charset, bad := Decode(data)
	d.Charset = charset
	d.damage(bad)
	return d, s, nil
}

func (d *Doc) damage(bad int) {
	if bad > 0 {
		d.note("characters", itoa(bad))
	}
}

// page reads HTML out of s into blocks.
func (d *Doc) page(ctx context.Context, s string, files []string) ([]Block, error) {
	b := newBuilder(d)
	b.picture = d.pictures(files)
	p := tokens{s: s}
	for n := 0; p.next(); n++ {
		if n&1023 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if b.full {
			break
		}
		switch p.kind {
		case textToken:
			b.write(html.UnescapeString(p.text))
		case endToken:
			b.shut(p.name)
		case startToken:
			d.start(b, &p)
		}
	}
	return b.finish(), nil
}

// start takes a start tag: what is active is passed over with its content.
func (d *Doc) start(b *builder, p *tokens) {
	for name := range p.attrs {
		if strings.HasPrefix(name, "on") {
			d.note("script")
			break
		}
	}
	switch p.name {
	case "script":
		p.raw("script")
		d.note("script")
	case "style":
		p.raw("style")
	case "title":
		if t := strings.TrimSpace(collapse(html.UnescapeString(p.raw("title")), true)); d.Title == "" {
			d.Title = shorten(t, 500)
		}
	case "textarea":
		b.open(p.name, p.attrs)
		b.pre++
		b.write(html.UnescapeString(p.raw("textarea")))
		b.flush()
		b.pre--
	case "xmp", "plaintext":
		b.open("pre", nil)
		b.write(p.raw(p.name))
		b.shut("pre")
	case "iframe", "frame", "object", "embed", "applet", "audio", "video", "source":
		d.outside(p.attrs)
		if p.name == "iframe" {
			p.raw("iframe")
		}
	case "meta":
		if strings.EqualFold(p.attrs["http-equiv"], "refresh") {
			d.note("refresh", shorten(p.attrs["content"], 200))
		}
	case "link", "base":
	default:
		b.open(p.name, p.attrs)
		if p.empty && p.name != "br" && p.name != "img" && p.name != "hr" && p.name != "input" {
			b.shut(p.name) // as XHTML writes it
		}
	}
}

// outside says that something of another place was left out.
func (d *Doc) outside(a attrs) {
	for _, key := range []string{"src", "data", "code", "srcdoc"} {
		if v := strings.TrimSpace(a[key]); v != "" {
			d.note("external", shorten(v, 200))
			return
		}
	}
	d.note("external", "-")
}

// pictures resolves the address of an image: a file of this document, or data
// that stands in the address itself. Anything else is named, never fetched.
func (d *Doc) pictures(files []string) func(src, alt string) *Image {
	known := make(map[string]string, len(files))
	for _, f := range files {
		known[strings.ToLower(path.Base(f))] = f
		known[strings.ToLower(f)] = f
	}
	return func(src, alt string) *Image {
		img := &Image{Part: -1, Alt: shorten(alt, 500)}
		if len(src) > 5 && strings.EqualFold(src[:5], "data:") {
			img.Part = d.inline(src[5:])
			return img
		}
		name, err := url.PathUnescape(src)
		if err != nil {
			name = src
		}
		name = strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "./")
		if f, ok := known[strings.ToLower(name)]; ok && !strings.Contains(name, ":") {
			img.File = f
			return img
		}
		img.Target = shorten(src, 300)
		d.note("external", shorten(src, 200))
		return img
	}
}

// inline keeps the data of a data: address as a Part; -1 where it is no image.
func (d *Doc) inline(rest string) int {
	head, body, ok := strings.Cut(rest, ",")
	if !ok || !strings.HasSuffix(strings.ToLower(head), ";base64") {
		d.note("embedded")
		return -1
	}
	raw, ok := unbase64(body)
	if !ok {
		d.note("embedded")
		return -1
	}
	return d.part(raw)
}

// part keeps a file that was inside the original.
func (d *Doc) part(raw []byte) int {
	if len(d.Parts) >= maxParts || len(raw) == 0 {
		d.note("embedded")
		return -1
	}
	look := Sniff("", raw[:min(len(raw), HeadSize)])
	n := len(d.Parts) + 1
	d.Parts = append(d.Parts, Part{Name: "part-" + itoa(n) + extension(look), Look: look, Data: raw})
	return n - 1
}

func unbase64(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
			return -1
		}
		return r
	}, s)
	s = strings.TrimRight(s, "=")
	raw, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		raw, err = base64.RawURLEncoding.DecodeString(s)
	}
	return raw, err == nil
}

func extension(l Look) string {
	switch l.MIME {
	case "application/pdf":
		return ".pdf"
	case "image/png":
		return ".png"
	case "image/jpeg":
		return ".jpg"
	case "image/gif":
		return ".gif"
	case "image/webp":
		return ".webp"
	case "image/tiff":
		return ".tif"
	case "image/bmp":
		return ".bmp"
	case "image/jp2":
		return ".jp2"
	case "text/html":
		return ".html"
	case "text/xml":
		return ".xml"
	case "text/plain":
		return ".txt"
	}
	return ".bin"
}
