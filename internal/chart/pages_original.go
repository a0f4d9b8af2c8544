package chart

import (
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/document"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// OriginalPage is an item as it was sent, for checking what the other pages
// made of it.
type OriginalPage struct {
	Head     Head
	Item     ItemLine
	Old      bool
	Notices  []Notice
	Versions []Link // this and the others, newest first
	With     string // the version beside it
	Sides    []OriginalSide
	Files    []FileLine
	Document string // the page that shows it as a document
	Base     string // this page, for its further segments
	Back     string
}

// OriginalSide is one version.
type OriginalSide struct {
	Name     string
	Segments []Segment
	From     int // segments before the first one shown
	Left     int // behind the last one
	Next     int // the first one behind them
	Charset  string
	Lints    []text.Msg
	JSON     string // before what was asked for
	There    string // what was asked for
	Behind   string
	Cut      bool // the end of JSON is left out
	Lost     bool // the place that was asked for is not in it
	Path     string
	Whole    bool // the place means the item as a whole, or none was asked for
	Other    bool // neither message nor resource
}

// PageTitle is the item's kind.
func (p OriginalPage) PageTitle() text.Msg { return text.M("chart.original.title", p.Item.Kind) }

func (d *Desk) originalPage(c *web.Call, p *Patient) error {
	f, err := wanted(c, p)
	if err != nil {
		return err
	}
	if !d.opened(c, p, f) {
		return d.ask(c, p, f, "original")
	}
	doc, err := d.open(c, p, f, "chart.open.original")
	if err != nil {
		return err
	}
	at := p.Print.at()
	page := OriginalPage{Head: p.Head, Item: d.itemLine(f.Item, p.Print, c.Lang, true), Old: f.Older != nil, Notices: p.Print.itemNotices(f.Item, doc.Notices), Versions: versions(f, p.Print), Back: at.page("matrix", nil)}
	page.Item.Title = f.Item.Title
	if f.Item.Media != "hl7" && f.Item.Media != "fhir" {
		page.Document = at.document(f.Ref)
	}
	base := at.original(model.Origin{Ref: f.Ref})
	page.Base = base + "?" + url.Values{"with": {c.Query("with")}}.Encode()
	for i := range doc.Files {
		page.Files = append(page.Files, FileLine{Name: doc.Files[i].Name, Size: doc.Files[i].Size, Save: base + "/raw/" + strconv.Itoa(i)})
	}
	side, err := originalSide(doc, c.Query("at"), c.Query("from"), c.Lang)
	if err != nil {
		return opening(c, err)
	}
	side.Name = versionName(f, f.Ref, p.Print)
	page.Sides = append(page.Sides, side)
	if with := c.Query("with"); with != "" {
		if err := d.beside(c, p, f, &page, with); err != nil {
			return err
		}
	}
	return c.Render("chart.original", page)
}

// beside puts another version of the same item beside the first.
func (d *Desk) beside(c *web.Call, p *Patient, f found, page *OriginalPage, with string) error {
	other, ok := findRef(p.Chart, with)
	if !ok || other.Item != f.Item || other.Ref == f.Ref {
		return fault.New(fault.NotFound, "chart.doc.absent")
	}
	doc, err := d.open(c, p, other, "chart.open.original")
	if err != nil {
		return err
	}
	side, err := originalSide(doc, "", c.Query("from"), c.Lang)
	if err != nil {
		return opening(c, err)
	}
	side.Name = versionName(f, other.Ref, p.Print)
	page.With = with
	page.Sides = append(page.Sides, side)
	compare(page.Sides[0].Segments, side.Segments)
	return nil
}

// versions are the item's versions, newest first; the one that is shown has no
// address, the others lead to both side by side.
func versions(f found, p Printer) []Link {
	at := p.at()
	refs := []model.Ref{f.Item.Ref}
	for _, o := range f.Item.Older {
		refs = append(refs, o.Ref)
	}
	var out []Link
	for _, ref := range refs {
		l := Link{Name: versionName(f, ref, p)}
		if ref != f.Ref {
			l.URL = at.original(model.Origin{Ref: f.Ref}) + "?" + url.Values{"with": {shortRef(ref)}}.Encode()
		}
		out = append(out, l)
	}
	return out
}

// versionName says when a version was sent and what became of it.
func versionName(f found, ref model.Ref, p Printer) string {
	sent, standing := f.Item.Sent, f.Item.Standing
	for _, o := range f.Item.Older {
		if o.Ref == ref {
			sent, standing = o.Sent, o.Standing
			if standing == "" {
				standing = model.Superseded
			}
		}
	}
	if standing == model.Holds {
		return p.T("chart.original.holds", p.Stamp(sent))
	}
	return p.T("chart.original.version", p.Stamp(sent), text.M("chart.rec.standing."+standing))
}

// originalSide reads the main file as what it is.
func originalSide(doc *source.Document, place, first string, lang text.Lang) (OriginalSide, error) {
	side := OriginalSide{Whole: place == ""}
	data, err := readMain(doc, maxMessage)
	if err != nil {
		return side, err
	}
	look := document.Sniff("", data[:min(len(data), document.HeadSize)])
	if look.Media == "fhir" || strings.HasPrefix(strings.TrimSpace(string(data[:min(len(data), 64)])), "{") {
		var whole bool
		side.JSON, whole = prettyJSON(data)
		side.JSON, side.There, side.Behind = around(side.JSON, place)
		side.Cut, side.Path = !whole, place
		return side, nil
	}
	m, err := hl7.Parse(data)
	if err != nil || len(doc.Segments) == 0 && look.Media != "hl7" {
		side.Other = true
		return side, nil
	}
	at, hasAt := parsePlace(place)
	side.From = firstSegment(first, at, hasAt, m.Len())
	side.Segments, side.Left = segments(m, side.From, at, hasAt, lang)
	side.Next = side.From + len(side.Segments)
	side.Charset, side.Lints = m.Charset().String(), problems(m)
	side.Lost = place != "" && !marked(side.Segments)
	return side, nil
}

// firstSegment is where reading begins: at the one that is asked for, else near
// the place that is pointed at where it does not stand among the first.
func firstSegment(first string, at Place, hasAt bool, all int) int {
	if n, err := strconv.Atoi(first); err == nil {
		return max(0, min(n, all-1))
	}
	if hasAt && at.segment >= 25 && at.segment < all {
		return at.segment - 8
	}
	return 0
}

func marked(list []Segment) bool {
	for i := range list {
		for k := range list[i].Fields {
			if list[i].Fields[k].At {
				return true
			}
		}
	}
	return false
}

// rawPage gives a file of an item as it stands in the copy, byte by byte.
func (d *Desk) rawPage(c *web.Call, p *Patient) error {
	_, file, err := d.openFile(c, p, "chart.open.raw", c.Path("n"))
	if err != nil || file == nil {
		return err
	}
	open := func() (io.ReadCloser, error) { return file.Open() }
	return serveFile(c, served{name: file.Name, save: true, size: file.Size, open: open})
}
