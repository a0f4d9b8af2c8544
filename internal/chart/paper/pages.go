package paper

import (
	"bufio"
	"errors"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// maxPreview is of how many patients a page shows sheets; more are a PDF.
const maxPreview = 80

// Module is printing's share of the site.
func (d *Desk) Module() web.Module {
	return web.Module{
		Name: "paper", Files: files, Sheet: "paper.css",
		Pages: []web.Page{{Name: "home", Data: HomePage{}}, {Name: "sheets", Data: SheetsPage{}}, {Name: "ahead", Data: AheadPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /paper", Perm: right.Print, Do: d.home},
			{Pattern: "GET /paper/{form}", Perm: right.Print, Do: d.preview, Long: "paper"},
			{Pattern: "GET /paper/{form}/pdf", Perm: right.Print, Do: d.pdf, Long: "paper"},
			{Pattern: "GET /paper/ahead", Perm: right.Setup, Do: d.ahead},
			{Pattern: "GET /paper/ahead/place", Perm: right.Setup, Do: d.placeForm},
			{Pattern: "POST /paper/ahead/place", Perm: right.Setup, Do: d.savePlace},
			{Pattern: "POST /paper/ahead/{id}/make", Perm: right.Setup, Do: d.makeNow, Long: "paper"},
			{Pattern: "GET /paper/ahead/{id}/delete", Perm: right.Setup, Do: d.deleteForm},
			{Pattern: "POST /paper/ahead/{id}/delete", Perm: right.Setup, Do: d.deletePlace},
		},
		Nav: []web.Nav{{Key: "paper.nav", URL: "/paper", Perm: right.Print, Order: 8}, {Key: "paper.nav.ahead", URL: "/paper/ahead", Perm: right.Setup, Order: 9}},
	}
}

// Link is a form with its address for a patient or a ward.
type Link struct {
	Say text.Msg
	URL string
}

// WardRow is a ward to print for.
type WardRow struct {
	Name     string
	Patients int
	Links    []Link
}

// HomePage is what there is to print.
type HomePage struct {
	Patient  string
	Wards    []WardRow
	Everyone []Link
	One      []Link // for the patient who was named
	Blank    []Link
	AsOf     string
	Loud     bool
	Forms    []web.Option // of a patient
	CanSetup bool
}

func link(form string, q url.Values) Link {
	at := "/paper/" + form
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	return Link{Say: text.M("paper.form." + form), URL: at}
}

func (d *Desk) home(c *web.Call) error {
	p := HomePage{Patient: strings.TrimSpace(c.Query("patient")), CanSetup: c.Person.Can(right.Setup)}
	pen := (&Job{Data: d.cfg.Data, Catalog: d.cfg.Catalog, Lang: c.Lang, Zone: c.Zone(), Now: c.Now, Options: Options{Old: d.cfg.Old}}).pen()
	p.AsOf, p.Loud = pen.asOfWords()
	for _, f := range Forms() {
		switch f.About {
		case OfPatient, OfLabels:
			p.Forms = append(p.Forms, web.Option{Value: f.Code, Say: text.M("paper.form." + f.Code)})
		case OfNobody:
			p.Blank = append(p.Blank, link(f.Code, nil))
		}
		if p.Patient != "" && f.About != OfWard {
			p.One = append(p.One, link(f.Code, url.Values{"patient": {p.Patient}}))
		}
		if f.About != OfNobody {
			p.Everyone = append(p.Everyone, link(f.Code, url.Values{"all": {"1"}}))
		}
	}
	if d.cfg.Data.Census != nil {
		for _, w := range d.cfg.Data.Census.Wards() {
			row := WardRow{Name: pen.wardName(w), Patients: w.Patients}
			for _, f := range Forms() {
				if f.About != OfNobody {
					row.Links = append(row.Links, link(f.Code, url.Values{"ward": {w.Code}}))
				}
			}
			p.Wards = append(p.Wards, row)
		}
	}
	return c.Render("paper.home", p)
}

// jobOf reads what is to be printed from an address: patient (may be repeated),
// ward (may be repeated), all, large, confidential, days, copies, width, height.
func (d *Desk) jobOf(c *web.Call) (Job, Form, error) {
	form, ok := FormOf(c.Path("form"))
	if !ok {
		return Job{}, form, fault.New(fault.NotFound, "paper.fault.no_form")
	}
	q := c.R.URL.Query()
	number := func(name string, most int) int {
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 0 {
			return 0
		}
		return min(n, most)
	}
	j := Job{Data: d.cfg.Data, Catalog: d.cfg.Catalog, Lang: c.Lang, Zone: c.Zone(), Hospital: c.Hospital(), Now: c.Now, By: c.Person.Name, Form: form.Code,
		Wards: clean(q["ward"]), Everyone: q.Get("all") != "",
		Options: Options{Large: q.Get("large") != "", Confidential: q.Get("confidential") != "", Days: number("days", 365), Copies: number("copies", maxCopies),
			LabelWidth: float64(number("width", 300)), LabelHeight: float64(number("height", 300)), Old: d.cfg.Old}}
	if lang := q.Get("lang"); lang != "" {
		j.Lang = text.ParseLang(lang)
	}
	j.Patients = clean(q["patient"])
	if len(j.Patients) == 0 && len(j.Wards) == 0 && !j.Everyone && form.About != OfNobody {
		return j, form, fault.New(fault.Invalid, "paper.fault.nobody")
	}
	return j, form, nil
}

// unconfirmed gives the address where the first patient is confirmed whom the
// address names and this session has not confirmed yet; it leads back to the
// print. "": there is none.
func (d *Desk) unconfirmed(c *web.Call, j *Job, as string) string {
	if d.cfg.Confirmed == nil {
		return ""
	}
	for _, id := range j.Patients {
		if d.cfg.Confirmed(c, id) {
			continue
		}
		q := c.R.URL.Query()
		if as != "" {
			q.Set("as", as)
		}
		next := "/print/" + j.Form + "?" + q.Encode()
		return "/chart/p/" + url.PathEscape(id) + "/confirm?" + url.Values{"next": {next}}.Encode()
	}
	return ""
}

// clean drops what is empty or is no number or code of anybody.
func clean(list []string) (out []string) {
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && len(s) <= 64 && !contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// printed records a print before anything of it is sent. What is confidential
// is part of the form's name in the record.
func (d *Desk) printed(c *web.Call, j Job, how string) error {
	if d.cfg.Witness == nil {
		return nil
	}
	form := j.Form + "/" + how
	if j.Options.Confidential {
		form += "/confidential"
	}
	return d.cfg.Witness.Printed(c.Ctx(), ledger.ActorOf(c), form, j.People(c.Ctx()))
}

// SheetsPage shows sheets as they print.
type SheetsPage struct {
	Title        text.Msg
	Sheets       []template.HTML
	PDF          string // address of the same as PDF
	Hidden       [][2]string
	Large        bool
	Confidential bool
	Labels       bool
	Copies       bool
	Days         bool
	Width        int
	Height       int
	TooMany      int // patients, where there are too many for a page
	Path         string
}

// PageTitle is the form's name.
func (p SheetsPage) PageTitle() text.Msg { return p.Title }

func (d *Desk) preview(c *web.Call) error {
	j, form, err := d.jobOf(c)
	if err != nil {
		return err
	}
	if to := d.unconfirmed(c, &j, ""); to != "" {
		return c.Redirect(to, text.Msg{})
	}
	q := c.R.URL.Query()
	p := SheetsPage{Title: text.M("paper.form." + form.Code), PDF: "/paper/" + form.Code + "/pdf?" + q.Encode(), Path: "/paper/" + form.Code, Large: j.Options.Large, Confidential: j.Options.Confidential,
		Labels: form.About == OfLabels, Copies: form.About == OfNobody || form.About == OfLabels, Days: form.Code == "labs", Width: int(j.Options.LabelWidth), Height: int(j.Options.LabelHeight)}
	for _, name := range []string{"patient", "ward", "all", "lang"} {
		for _, v := range q[name] {
			p.Hidden = append(p.Hidden, [2]string{name, v})
		}
	}
	if n := len(j.People(c.Ctx())); n > maxPreview {
		p.TooMany = n
		return c.Render("paper.sheets", p)
	}
	if err := d.printed(c, j, "page"); err != nil {
		return err
	}
	list, err := sheets(c.Ctx(), d.font, j)
	if err != nil {
		return asFault(err)
	}
	for _, s := range list {
		html, err := d.html.Draw(s)
		if err != nil {
			return err
		}
		p.Sheets = append(p.Sheets, html)
	}
	return c.Render("paper.sheets", p)
}

func asFault(err error) error {
	if errors.Is(err, ErrNobody) {
		return fault.New(fault.NotFound, "paper.fault.nobody").With(err)
	}
	return err
}

// pdf streams the file: its first page leaves while later ones are still read.
// When something breaks on the way the connection is cut, so that no browser
// takes a part for the whole.
func (d *Desk) pdf(c *web.Call) error {
	j, form, err := d.jobOf(c)
	if err != nil {
		return err
	}
	if to := d.unconfirmed(c, &j, "pdf"); to != "" {
		return c.Redirect(to, text.Msg{})
	}
	if err := d.printed(c, j, "pdf"); err != nil {
		return err
	}
	_ = http.NewResponseController(c.W).SetWriteDeadline(time.Now().Add(30 * time.Minute)) // a hospital on a slow line; not every writer has deadlines
	out := &later{c: c, name: fileName(c.T("paper.form."+form.Code)) + "_" + c.Now.In(c.Zone()).Format("20060102-1504") + ".pdf"}
	buffer := bufio.NewWriterSize(out, 64<<10)
	_, err = write(c.Ctx(), buffer, d.font, j, nil)
	if err == nil {
		err = buffer.Flush()
	}
	switch {
	case err == nil:
		return nil
	case out.begun:
		d.cfg.Log.Error("a PDF broke off", "form", form.Code, "err", err)
		panic(http.ErrAbortHandler)
	}
	return asFault(err)
}

// later sets the headers of a download with its first bytes, so that an error
// before them is still a page.
type later struct {
	c     *web.Call
	name  string
	begun bool
}

func (l *later) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		h := l.c.W.Header()
		h.Set("Content-Type", "application/pdf")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": l.name}))
	}
	return l.c.W.Write(p)
}
