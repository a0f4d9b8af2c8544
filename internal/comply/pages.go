package comply

import (
	"html/template"
	"io/fs"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Texts gives the texts alone, for pages of other domains that show readings.
func Texts() fs.FS { return files }

// bodyLimit is what a request with a file may carry: the file and the form.
const bodyLimit = MaxUpload + 1<<20

// Module is the checklist's share of the site.
func (k *Checklist) Module() web.Module {
	const read, write = "comply.read", "comply.write"
	return web.Module{
		Name: "comply", Files: files,
		Pages: []web.Page{{Name: "list", Data: ListPage{}}, {Name: "item", Data: ItemPage{}}, {Name: "print", Data: PrintPage{}},
			{Name: "radar", Data: RadarPage{}}, {Name: "officer", Data: OfficerPage{}}, {Name: "documents", Data: DocumentsPage{}},
			{Name: "vendors", Data: VendorsPage{}}, {Name: "vendor", Data: VendorPage{}}, {Name: "vendorprint", Data: VendorPage{}},
			{Name: "catalogues", Data: CataloguesPage{}}, {Name: "preview", Data: PreviewPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /comply", Perm: read, Do: k.listPage},
			{Pattern: "GET /comply/item/{topic...}", Perm: read, Do: k.itemPage},
			{Pattern: "POST /comply/item/{topic...}", Perm: write, Do: k.saveItem},
			{Pattern: "POST /comply/copy", Perm: write, Do: k.copyAnswers},
			{Pattern: "GET /comply/print", Perm: read, Do: k.printPage},
			{Pattern: "GET /comply/export.xlsx", Perm: read, Do: k.exportList},
			{Pattern: "GET /comply/radar", Perm: read, Do: k.radarPage},
			{Pattern: "POST /comply/radar", Perm: write, Do: k.keepRadar},
			{Pattern: "GET /comply/officer", Perm: read, Do: k.officerPage},
			{Pattern: "POST /comply/officer", Perm: write, Do: k.saveOfficer},
			{Pattern: "GET /comply/documents", Perm: read, Do: k.documentsPage},
			{Pattern: "GET /comply/documents/new", Perm: write, Do: k.newDocument},
			{Pattern: "POST /comply/documents/new", Perm: write, Do: k.addDocument, Body: bodyLimit},
			{Pattern: "GET /comply/documents/{id}/file", Perm: read, Do: k.documentFile},
			{Pattern: "POST /comply/documents/{id}/remove", Perm: write, Do: k.dropDocument},
			{Pattern: "GET /comply/vendors", Perm: read, Do: k.vendorsPage},
			{Pattern: "GET /comply/vendors/new", Perm: write, Do: k.newVendorSheet},
			{Pattern: "POST /comply/vendors/new", Perm: write, Do: k.makeVendorSheet},
			{Pattern: "GET /comply/vendors/{id}", Perm: read, Do: k.vendorPage},
			{Pattern: "POST /comply/vendors/{id}", Perm: write, Do: k.saveVendorPage},
			{Pattern: "GET /comply/vendors/{id}/print", Perm: read, Do: k.vendorPrint},
			{Pattern: "GET /comply/vendors/{id}/export.xlsx", Perm: read, Do: k.exportVendor},
			{Pattern: "POST /comply/vendors/{id}/import", Perm: write, Do: k.importVendor, Body: bodyLimit},
			{Pattern: "GET /comply/catalogues", Perm: read, Do: k.cataloguesPage},
			{Pattern: "POST /comply/catalogues/read", Perm: write, Do: k.readOfficial, Body: bodyLimit},
			{Pattern: "POST /comply/catalogues/take", Perm: write, Do: k.takeOfficial},
		},
		Nav: []web.Nav{{Key: "comply.nav", URL: "/comply", Perm: read, Order: 80}},
	}
}

// Choice is one link of a switch.
type Choice struct {
	Name    string
	Value   string
	Current bool
}

// ListPage is the checklist of one edition and year.
type ListPage struct {
	Lang       text.Lang
	Catalogue  *Catalogue
	Key        Key
	Query      template.URL
	Years      []Choice
	Catalogues []Choice
	Sheets     []Choice
	Shows      []Choice
	Show       string
	Progress   Progress
	Shown      []RowView
	Unverified int
	Copyable   int // rows without an answer for which there is an earlier one
	Officer    *Officer
	CanWrite   bool
}

func (k *Checklist) listPage(c *web.Call) error {
	cat, key, err := k.keyOf(c)
	if err != nil {
		return err
	}
	if key.Sheet == SheetVendor {
		return c.Redirect("/comply/vendors", text.Msg{})
	}
	rows, err := k.Rows(c.Ctx(), cat, key)
	if err != nil {
		return err
	}
	p := ListPage{Lang: c.Lang, Catalogue: cat, Key: key, Query: template.URL(key.query().Encode()), Show: c.Query("show"),
		Progress: Count(rows, key.Year, k.today()), Unverified: cat.Unverified(key.Sheet), CanWrite: c.Person.Can("comply.write")}
	for _, r := range rows {
		if r.Answer.Value == Open && len(r.Before) > 0 && !r.Skipped {
			p.Copyable++
		}
	}
	for _, r := range filter(rows, p.Show, key.Year, k.today()) {
		p.Shown = append(p.Shown, viewRow(cat, key, r))
	}
	if err := k.switches(c, &p); err != nil {
		return err
	}
	officers, err := k.Officers(c.Ctx())
	if err != nil {
		return err
	}
	if len(officers) > 0 {
		p.Officer = &officers[0]
	}
	return c.Render("comply.list", p)
}

// switches fills the choices of year, edition, form and filter.
func (k *Checklist) switches(c *web.Call, p *ListPage) error {
	all, err := k.Catalogues(c.Ctx())
	if err != nil {
		return err
	}
	for y := k.Year() + 1; y >= 2023; y-- {
		p.Years = append(p.Years, Choice{Name: c.Say(YearText(y)), Value: strconv.Itoa(y), Current: y == p.Key.Year})
	}
	for _, cat := range all {
		p.Catalogues = append(p.Catalogues, Choice{Name: cat.Edition.In(c.Lang), Value: cat.ID, Current: cat.ID == p.Key.Catalogue})
	}
	for _, s := range p.Catalogue.Sheets {
		if s.Code != SheetVendor {
			p.Sheets = append(p.Sheets, Choice{Name: s.Title.In(c.Lang), Value: s.Code, Current: s.Code == p.Key.Sheet})
		}
	}
	for _, s := range shows() {
		name := s
		if name == "" {
			name = "all"
		}
		p.Shows = append(p.Shows, Choice{Name: c.T("comply.show." + name), Value: s, Current: s == p.Show})
	}
	return nil
}

func (k *Checklist) copyAnswers(c *web.Call) error {
	_, key, err := k.keyOf(c)
	if err != nil {
		return err
	}
	n, err := k.CopyBefore(c.Ctx(), ledger.ActorOf(c), key)
	if err != nil {
		return err
	}
	return c.Redirect("/comply?"+key.query().Encode(), text.M("comply.copied", n))
}

// PrintPage is the checklist for the inspection, A4.
type PrintPage struct {
	Lang       text.Lang
	Catalogue  *Catalogue
	Key        Key
	Query      template.URL
	Sheet      string
	Hospital   string
	Now        time.Time
	Progress   Progress
	Rows       []RowView
	Unverified int
	Officer    *Officer
	Documents  []DocumentRow
}

func (k *Checklist) printPage(c *web.Call) error {
	cat, key, err := k.keyOf(c)
	if err != nil {
		return err
	}
	rows, err := k.Rows(c.Ctx(), cat, key)
	if err != nil {
		return err
	}
	p := PrintPage{Lang: c.Lang, Catalogue: cat, Key: key, Query: template.URL(key.query().Encode()), Sheet: cat.SheetTitle(key.Sheet).In(c.Lang),
		Hospital: c.Hospital(), Now: c.Now, Progress: Count(rows, key.Year, k.today()), Unverified: cat.Unverified(key.Sheet)}
	for _, r := range rows {
		p.Rows = append(p.Rows, viewRow(cat, key, r))
	}
	officers, err := k.Officers(c.Ctx())
	if err != nil {
		return err
	}
	if len(officers) > 0 {
		p.Officer = &officers[0]
	}
	docs, err := k.Documents(c.Ctx(), "")
	if err != nil {
		return err
	}
	for _, d := range docs {
		p.Documents = append(p.Documents, documentRow(cat, key, d, c.Lang))
	}
	return c.Render("comply.print", p)
}

// RadarPage shows the hospital's readings along ten axes.
type RadarPage struct {
	Lang     text.Lang
	Title    string
	Source   string
	Picture  template.HTML
	Levels   []Level
	Before   []Level
	KeptAt   time.Time
	KeptBy   string
	CanWrite bool
}

func (k *Checklist) radarPage(c *web.Call) error {
	levels, err := k.Levels(c.Ctx())
	if err != nil {
		return err
	}
	kept, err := k.lastRadar(c.Ctx())
	if err != nil {
		return err
	}
	words := RadarTexts{Lang: c.Lang, Title: c.T("comply.radar.picture"), Label: c.T("comply.radar.label"), NotRead: c.T("comply.state.unknown")}
	if !kept.At.IsZero() {
		words.Before = c.T("comply.radar.before", text.Day(kept.At.In(c.Zone())))
	}
	return c.Render("comply.radar", RadarPage{Lang: c.Lang, Title: k.axes.Title.In(c.Lang), Source: k.axes.SourceURL,
		Picture: DrawRadar(levels, kept.Levels, words), Levels: levels, Before: kept.Levels, KeptAt: kept.At, KeptBy: kept.By,
		CanWrite: c.Person.Can("comply.write")})
}

func (k *Checklist) keepRadar(c *web.Call) error {
	if err := k.KeepRadar(c.Ctx(), ledger.ActorOf(c)); err != nil {
		return err
	}
	return c.Redirect("/comply/radar", text.M("comply.radar.kept"))
}
