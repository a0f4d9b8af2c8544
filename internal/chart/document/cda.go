package document

import (
	"context"
	"strings"
)

// CDA reads a clinical document (HL7 CDA Release 2, and the Japanese documents
// made of it): its header as Facts, the sections of a structured body with
// their text, or the one file of a body that is not XML, as a Part. The text of
// a section is what its author signed; coded entries repeat it for machines and
// are not shown, but a section without a text is, with a Note. files are the
// names of the document's files.
func CDA(ctx context.Context, data []byte, files []string) (*Doc, error) {
	d, s, err := begin("cda", data)
	if err != nil {
		return nil, err
	}
	root, err := d.parse(ctx, s)
	if err != nil {
		return nil, err
	}
	if root == nil || root.name != "ClinicalDocument" {
		d.Format = "xml"
		d.tree(root, s)
		return d, nil
	}
	d.header(root)
	c := cda{Doc: d, files: files, picture: d.pictures(files), media: map[string]*node{}}
	body := root.child("component", "structuredBody")
	c.findMedia(body, 0)
	for _, part := range body.all("component") {
		for _, section := range part.all("section") {
			if err := c.section(ctx, section, 2); err != nil {
				return nil, err
			}
		}
	}
	for _, part := range root.all("component") {
		if text := part.child("nonXMLBody", "text"); text != nil {
			if err := c.foreign(ctx, text); err != nil {
				return nil, err
			}
		}
	}
	if len(d.Blocks) == 0 && len(d.Parts) == 0 {
		d.note("no_body")
	}
	return d, nil
}

type cda struct {
	*Doc
	files   []string
	picture func(src, alt string) *Image
	media   map[string]*node // observationMedia by ID
	shown   int              // bytes of text of the sections so far
}

func (d *Doc) fact(key, value string) {
	if value = strings.TrimSpace(value); value != "" {
		d.Facts = append(d.Facts, Fact{Key: key, Value: shorten(value, 1000)})
	}
}

func (d *Doc) header(root *node) {
	d.Title = root.child("title").words()
	kind := root.child("code")
	d.fact("kind", first(kind.attr("displayName"), kind.attr("code")))
	d.fact("written", stamp(root.child("effectiveTime").attr("value")))
	role := root.child("recordTarget", "patientRole")
	d.fact("patient_id", role.child("id").attr("extension"))
	patient := role.child("patient")
	for _, n := range patient.all("name") {
		d.fact(nameKey(n), personName(n))
	}
	d.fact("birth", stamp(patient.child("birthTime").attr("value")))
	sex := patient.child("administrativeGenderCode")
	d.fact("sex", first(sex.attr("displayName"), sex.attr("code")))
	for _, a := range root.all("author") {
		who := a.child("assignedAuthor")
		d.fact("author", join(personName(who.child("assignedPerson", "name")), who.child("representedOrganization", "name").words(), stamp(a.child("time").attr("value"))))
	}
	legal := root.child("legalAuthenticator")
	d.fact("authenticator", join(personName(legal.child("assignedEntity", "assignedPerson", "name")), stamp(legal.child("time").attr("value"))))
	d.fact("custodian", root.child("custodian", "assignedCustodian", "representedCustodianOrganization", "name").words())
	for _, r := range root.all("informationRecipient") {
		who := r.child("intendedRecipient")
		d.fact("recipient", join(personName(who.child("informationRecipient", "name")), who.child("receivedOrganization", "name").words()))
	}
	stay := root.child("componentOf", "encompassingEncounter", "effectiveTime")
	if low, high := stamp(stay.child("low").attr("value")), stamp(stay.child("high").attr("value")); low+high != "" {
		d.fact("encounter", low+" – "+high)
	}
	d.fact("version", root.child("versionNumber").attr("value"))
	if c := root.child("confidentialityCode"); c.attr("code") != "" && c.attr("code") != "N" {
		d.fact("confidentiality", first(c.attr("displayName"), c.attr("code")))
	}
}

// nameKey tells kanji from kana: use IDE, SYL, ABC (HL7 v3 EntityNameUse).
func nameKey(n *node) string {
	switch use := n.attr("use"); {
	case strings.Contains(use, "SYL"):
		return "patient_kana"
	case strings.Contains(use, "ABC"):
		return "patient_latin"
	}
	return "patient"
}

func personName(n *node) string {
	if n == nil {
		return ""
	}
	family, given := n.child("family").words(), n.child("given").words()
	if family+given != "" {
		return strings.TrimSpace(family + "　" + given)
	}
	return n.words()
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

func join(all ...string) string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " / ")
}

// stamp makes 20260405101500+0900 readable; anything else stays as it is.
func stamp(s string) string {
	digits := s
	if i := strings.IndexAny(s, "+-."); i > 0 {
		digits = s[:i]
	}
	if len(digits) < 8 || strings.Trim(digits, "0123456789") != "" {
		return s
	}
	out := digits[:4] + "-" + digits[4:6] + "-" + digits[6:8]
	if len(digits) >= 12 {
		out += " " + digits[8:10] + ":" + digits[10:12]
	}
	return out
}

// findMedia collects what renderMultiMedia may refer to, wherever it stands.
func (c *cda) findMedia(n *node, depth int) {
	if n == nil || depth > maxDepth || len(c.media) >= 10*maxParts {
		return
	}
	if id := n.attr("ID"); id != "" && (n.name == "observationMedia" || n.name == "regionOfInterest") {
		c.media[id] = n
	}
	for _, k := range n.kids {
		if k.name != "" {
			c.findMedia(k, depth+1)
		}
	}
}

func (c *cda) section(ctx context.Context, s *node, level int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	code := s.child("code")
	if title := first(s.child("title").words(), code.attr("displayName")); title != "" {
		c.Blocks = append(c.Blocks, Block{Kind: Heading, Level: min(level, 6), Spans: []Span{{Text: shorten(title, 500)}}})
	}
	if text := s.child("text"); text != nil {
		b := newBuilder(c.Doc)
		b.text = c.shown
		b.picture = c.picture
		c.narrate(b, text)
		c.Blocks = append(c.Blocks, b.finish()...)
		c.shown = b.text
	} else if len(s.all("entry")) > 0 {
		c.note("entries_only", shorten(s.child("title").words(), 100))
		for _, e := range s.all("entry") {
			var out strings.Builder
			writeTree(&out, e, 0)
			c.Blocks = append(c.Blocks, Block{Kind: Pre, Text: shorten(out.String(), 20_000)})
		}
	}
	for _, part := range s.all("component") {
		for _, below := range part.all("section") {
			if err := c.section(ctx, below, level+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrate gives the elements of a CDA narrative to the builder by HTML's names.
func (c *cda) narrate(b *builder, n *node) {
	for _, k := range n.kids {
		if b.full {
			return
		}
		if k.name == "" {
			b.write(k.text)
			continue
		}
		name, a := k.name, attrs{}
		for _, at := range k.attrs {
			a[strings.ToLower(at.Name.Local)] = at.Value
			if strings.HasPrefix(strings.ToLower(at.Name.Local), "on") {
				c.Doc.note("script")
			}
		}
		switch name {
		case "paragraph":
			name = "p"
		case "item":
			name = "li"
		case "linkHtml":
			name = "a"
		case "list":
			name = "ul"
			if strings.EqualFold(a["listtype"], "ordered") {
				name = "ol"
			}
		case "renderMultiMedia":
			c.render(b, a["referencedobject"], k.words())
			continue
		case "script", "style", "iframe", "object", "embed":
			c.Doc.note("script")
			continue
		}
		styles := styleCodes(a["stylecode"])
		for _, s := range styles {
			b.styled(s, 1)
		}
		b.open(name, a)
		c.narrate(b, k)
		if name != "br" && name != "img" {
			b.shut(name)
		}
		for _, s := range styles {
			b.styled(s, -1)
		}
	}
}

// styleCodes gives HTML's names for the styles of a narrative.
func styleCodes(codes string) (out []string) {
	for _, c := range strings.Fields(codes) {
		switch c {
		case "Bold", "Emphasis":
			out = append(out, "b")
		case "Italics":
			out = append(out, "i")
		case "Underline":
			out = append(out, "u")
		}
	}
	return out
}

// render shows what the narrative refers to: data in the entry, or a file of
// this document.
func (c *cda) render(b *builder, refs, caption string) {
	for _, ref := range strings.Fields(refs) {
		value := c.media[ref].child("value")
		switch {
		case value == nil:
			c.note("missing", shorten(ref, 100))
		case value.child("reference") != nil:
			if img := c.picture(value.child("reference").attr("value"), caption); img != nil {
				b.block(Block{Kind: Picture, Image: img})
			}
		default:
			raw, ok := unbase64(value.words())
			if !ok {
				c.note("embedded")
				continue
			}
			b.block(Block{Kind: Picture, Image: &Image{Part: c.part(raw), Alt: caption}})
		}
	}
}

// foreign takes a body that is not XML: a PDF or image in base64, or text.
func (c *cda) foreign(ctx context.Context, text *node) error {
	if ref := text.child("reference"); ref != nil {
		if img := c.picture(ref.attr("value"), ""); img != nil {
			c.Blocks = append(c.Blocks, Block{Kind: Picture, Image: img})
		}
		return nil
	}
	raw := []byte(text.words())
	if strings.EqualFold(text.attr("representation"), "B64") {
		decoded, ok := unbase64(string(raw))
		if !ok {
			c.note("embedded")
			return nil
		}
		raw = decoded
	} else {
		var out strings.Builder
		text.writeWords(&out)
		raw = []byte(out.String())
	}
	look := Sniff("", raw[:min(len(raw), HeadSize)])
	if !look.Readable {
		if n := c.part(raw); n >= 0 {
			c.Blocks = append(c.Blocks, Block{Kind: Picture, Image: &Image{Part: n}})
		}
		return nil
	}
	s, _, bad := Decode(raw)
	c.damage(bad)
	if look.Media != "html" {
		c.lines(s)
		return nil
	}
	blocks, err := c.page(ctx, s, c.files)
	c.Blocks = append(c.Blocks, blocks...)
	return err
}
