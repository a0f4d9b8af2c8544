package chart

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"strconv"

	"github.com/torideproject/toride/internal/chart/document"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2"
)

// DocumentsPage lists the documents of a patient, newest day first.
type DocumentsPage struct {
	Head   Head
	Rows   []ItemLine
	Pager  web.Pager
	Kinds  []Choice
	Action string
	None   bool // there are none at all
	Apart  int  // documents that are messages (vital signs): left out unless asked for
	Items  string
}

func (d *Desk) documentsPage(c *web.Call, p *Patient) error {
	chosen := c.Query("kind")
	page := DocumentsPage{Head: p.Head, Action: p.Print.at().page("documents", nil), None: true}
	var list []*model.Item
	name := d.kindNamer(c.Lang)
	seen, document := map[string]bool{}, map[string]bool{}
	for i := range p.Chart.Items {
		it := &p.Chart.Items[i]
		key := it.Ref.Source + "\x00" + it.Kind
		if !seen[key] {
			seen[key] = true
			document[key] = d.shelf.Kind(it.Ref.Source, it.Kind).Document
			if document[key] {
				page.Kinds = append(page.Kinds, Choice{Value: it.Kind, Name: name(it.Ref, it.Kind), Chosen: it.Kind == chosen})
			}
		}
		if !document[key] || !holds(it) {
			continue
		}
		page.None = false
		if chosen == "" && it.Media == "hl7" {
			page.Apart++
			continue
		}
		if chosen == "" || it.Kind == chosen {
			list = append(list, it)
		}
	}
	page.Pager = filterPager(c, page.Action, len(list), web.PerPage)
	for _, it := range window(list, page.Pager.Page, web.PerPage) {
		page.Rows = append(page.Rows, d.itemLine(it, p.Print, c.Lang, false))
	}
	page.Items = p.Print.at().page("labs/vitals", nil)
	return c.Render("chart.documents", page)
}

// DocumentPage is one document.
type DocumentPage struct {
	Head     Head
	Item     ItemLine
	Old      bool // a version that does not hold any more
	Mixed    []string
	Notices  []Notice
	Files    []FileLine
	Title    string
	Facts    []Fact
	Blocks   []DocBlock
	Parts    []FileLine
	Notes    []string
	Image    string // address of an image that stands below
	PDF      string
	Offer    string // why nothing of it can be shown
	Original string
	Versions []Link
}

// FileLine is a file of a document, or one inside it.
type FileLine struct {
	Name    string
	Size    int64
	Kind    text.Msg
	Current bool
	URL     string // shows it, "" for what is only offered
	Save    string
	Away    bool // another window
}

// PageTitle is the document's kind.
func (p DocumentPage) PageTitle() text.Msg { return text.M("chart.doc.title", p.Item.Kind) }

// AskPage asks once more before a confidential document is opened.
type AskPage struct {
	Head   Head
	Item   ItemLine
	Action string
	Back   string
	To     string
}

// opened reports whether a confidential item was opened knowingly; others
// always are. The answer holds as long as the confirmation of the patient.
func (d *Desk) opened(c *web.Call, p *Patient, f found) bool {
	if !f.Item.Confidential {
		return true
	}
	_, ok := d.confirmed.holds(holder(c), secret(p, f), c.Now, d.window())
	return ok
}

// secret names a confidential item among the confirmations.
func secret(p *Patient, f found) string { return p.Chart.ID + "\x00" + shortRef(f.Item.Ref) }

// wanted finds the item that a page is about, among those of this patient.
func wanted(c *web.Call, p *Patient) (found, error) {
	f, ok := findRef(p.Chart, c.Path("ref"))
	if !ok {
		return found{}, fault.New(fault.NotFound, "chart.doc.absent")
	}
	return f, nil
}

// open opens an item's original and has that written down with its name.
func (d *Desk) open(c *web.Call, p *Patient, f found, action string) (*source.Document, error) {
	if !d.note(c, action, p.Chart.ID, map[string]any{"item": f.Ref.String(), "kind": f.Item.Kind, "confidential": f.Item.Confidential}) {
		p.Head.Unwritten = true
	}
	doc, err := d.shelf.Document(c.Ctx(), f.Ref)
	if err != nil {
		return nil, opening(c, err)
	}
	return doc, nil
}

// opening puts it into words why an original could not be read.
func opening(c *web.Call, err error) error {
	if _, ours := errors.AsType[*fault.Error](err); ours || c.Ctx().Err() != nil {
		return err
	}
	switch {
	case errors.Is(err, source.ErrGone):
		return fault.New(fault.Busy, "chart.away").With(err)
	case errors.Is(err, source.ErrNoItem):
		return fault.New(fault.NotFound, "chart.doc.absent").With(err)
	}
	return fault.New(fault.Busy, "chart.doc.unreadable").With(err)
}

// ask shows the page that asks once more.
func (d *Desk) ask(c *web.Call, p *Patient, f found, to string) error {
	at := p.Print.at()
	return c.Render("chart.ask", AskPage{Head: p.Head, Item: d.itemLine(f.Item, p.Print, c.Lang, false), Action: at.document(f.Item.Ref), Back: at.page("documents", nil), To: to})
}

func (d *Desk) askedPage(c *web.Call, p *Patient) error {
	f, err := wanted(c, p)
	if err != nil {
		return err
	}
	d.note(c, "chart.open.confidential", p.Chart.ID, map[string]any{"item": f.Ref.String(), "kind": f.Item.Kind})
	d.confirmed.set(confirmation{holder(c), secret(p, f)}, model.Identity{}, c.Now, d.window())
	if c.R.PostFormValue("to") == "original" {
		return c.Redirect(p.Print.at().original(model.Origin{Ref: f.Ref}), text.Msg{})
	}
	return c.Redirect(p.Print.at().document(f.Ref), text.Msg{})
}

func (d *Desk) documentPage(c *web.Call, p *Patient) error {
	f, err := wanted(c, p)
	if err != nil {
		return err
	}
	if !d.opened(c, p, f) {
		return d.ask(c, p, f, "")
	}
	doc, err := d.open(c, p, f, "chart.open.document")
	if err != nil {
		return err
	}
	page := DocumentPage{Head: p.Head, Item: d.itemLine(f.Item, p.Print, c.Lang, true), Old: f.Older != nil, Notices: p.Print.itemNotices(f.Item, doc.Notices), Original: p.Print.at().original(model.Origin{Ref: f.Ref})}
	page.Item.Title = f.Item.Title
	at := p.Print.at().document(f.Ref)
	current := currentFile(c, doc)
	names := make([]string, len(doc.Files))
	for i := range doc.Files {
		names[i] = doc.Files[i].Name
		page.Files = append(page.Files, FileLine{Name: doc.Files[i].Name, Size: doc.Files[i].Size, Kind: mediaName(doc.Files[i].Media), Current: i == current, URL: at + "?file=" + strconv.Itoa(i), Save: fileURL(at, i, true)})
	}
	if current < 0 {
		page.Offer = p.Print.T("chart.doc.no_file")
	} else if err := page.read(c, p, doc, current); err != nil {
		return opening(c, err)
	}
	return c.Render("chart.document", page)
}

// currentFile is the file that is asked for, else the main one; -1: none.
func currentFile(c *web.Call, doc *source.Document) int {
	if n, err := strconv.Atoi(c.Query("file")); err == nil && n >= 0 && n < len(doc.Files) {
		return n
	}
	if doc.Main >= 0 && doc.Main < len(doc.Files) {
		return doc.Main
	}
	if len(doc.Files) > 0 {
		return 0
	}
	return -1
}

func fileURL(at string, n int, save bool) string {
	u := at + "/file/" + strconv.Itoa(n)
	if save {
		u += "?save=1"
	}
	return u
}

// read fills in what of a file can be shown.
func (page *DocumentPage) read(c *web.Call, p *Patient, doc *source.Document, current int) error {
	in, err := doc.Files[current].Open()
	if err != nil {
		return err
	}
	defer in.Close()
	names := make([]string, len(doc.Files))
	for i := range doc.Files {
		names[i] = doc.Files[i].Name
	}
	at := p.Print.at().document(doc.Ref)
	read, look, ok, err := document.Read(c.Ctx(), doc.Files[current].Name, in, names)
	switch {
	case errors.Is(err, document.ErrTooLarge):
		page.Offer = p.Print.T("chart.doc.too_large")
	case err != nil:
		return err
	case ok:
		page.show(read, docAddresses{at: at, current: current, names: names}, p)
	case look.Inline && look.Media == "pdf":
		page.PDF = fileURL(at, current, false)
	case look.Inline && look.Media == "image":
		if look, err = lookAt(&doc.Files[current]); err != nil {
			return err
		}
		if look.Inline {
			page.Image = fileURL(at, current, false)
		} else {
			page.Offer = p.Print.Note(model.Note{Code: look.Why})
		}
	default:
		page.Offer = p.Print.Note(model.Note{Code: look.Why})
	}
	return nil
}

// show puts a document that was read into the page.
func (page *DocumentPage) show(read *document.Doc, at docAddresses, p *Patient) {
	page.Title = read.Title
	page.Notes = p.Print.notes(read.Notes)
	for _, f := range read.Facts {
		page.Facts = append(page.Facts, Fact{Name: p.Print.T("chart.document.fact." + f.Key), Val: Val{Show: f.Value}})
		if f.Key == "patient_id" && f.Value != "" && !ssmix2.SamePatient(f.Value, p.Chart.ID) {
			page.Mixed = append(page.Mixed, f.Value)
		}
	}
	for i := range read.Parts {
		part := &read.Parts[i]
		line := FileLine{Name: part.Name, Size: int64(len(part.Data)), Kind: mediaName(part.Look.Media), Save: at.part(i) + "&save=1", Away: true}
		if part.Look.Inline {
			line.URL = at.part(i)
		}
		page.Parts = append(page.Parts, line)
	}
	at.parts = read.Parts
	page.Blocks = docBlocks(read.Blocks, at)
}

// filePage gives a file of a document.
func (d *Desk) filePage(c *web.Call, p *Patient) error {
	_, file, err := d.openFile(c, p, "chart.open.file", c.Path("n"))
	if err != nil || file == nil {
		return err
	}
	look, err := lookAt(file)
	if err != nil {
		return opening(c, err)
	}
	return serveFile(c, served{name: file.Name, look: look, save: c.Query("save") == "1", size: file.Size, open: file.Open})
}

// openFile opens the n-th file of the document that is asked for. A nil file
// without error: the page that asks once more was sent.
func (d *Desk) openFile(c *web.Call, p *Patient, action, number string) (*source.Document, *source.File, error) {
	f, err := wanted(c, p)
	if err != nil {
		return nil, nil, err
	}
	if !d.opened(c, p, f) {
		return nil, nil, d.ask(c, p, f, "")
	}
	doc, err := d.open(c, p, f, action)
	if err != nil {
		return nil, nil, err
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(doc.Files) {
		return nil, nil, fault.New(fault.NotFound, "chart.doc.absent")
	}
	return doc, &doc.Files[n], nil
}

// partPage gives a file that was inside a file of a document.
func (d *Desk) partPage(c *web.Call, p *Patient) error {
	doc, file, err := d.openFile(c, p, "chart.open.part", c.Query("file"))
	if err != nil || file == nil {
		return err
	}
	in, err := file.Open()
	if err != nil {
		return opening(c, err)
	}
	defer in.Close()
	names := make([]string, len(doc.Files))
	for i := range doc.Files {
		names[i] = doc.Files[i].Name
	}
	read, _, ok, err := document.Read(c.Ctx(), file.Name, in, names)
	if err != nil {
		return opening(c, err)
	}
	n, err := strconv.Atoi(c.Path("n"))
	if err != nil || !ok || n < 0 || n >= len(read.Parts) {
		return fault.New(fault.NotFound, "chart.doc.absent")
	}
	part := &read.Parts[n]
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(part.Data)), nil }
	return serveFile(c, served{name: part.Name, look: part.Look, save: c.Query("save") == "1", size: int64(len(part.Data)), open: open})
}

// docAddresses makes the addresses of what a document shows.
type docAddresses struct {
	at      string
	current int
	names   []string
	parts   []document.Part
}

func (a docAddresses) part(n int) string {
	return a.at + "/part/" + strconv.Itoa(n) + "?" + url.Values{"file": {strconv.Itoa(a.current)}}.Encode()
}
