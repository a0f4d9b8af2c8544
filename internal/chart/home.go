package chart

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source/all"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// HomePage is where reading begins.
type HomePage struct {
	AsOf      string // of the copy
	Newest    string // sent last over everything
	Old       bool
	Roots     []RootRow // those that are not open
	NotStored []string
	Progress  ProgressView // none while no root is open
	Wards     []WardTile
	Closed    bool   // no root is open
	Unlock    string // where a sealed root is opened; "": none is sealed
	Places    []Site
	Off       bool
	Big       bool
}

// RootRow is a root that needs a word.
type RootRow struct {
	Label string
	Mark  web.Mark
	Say   string
}

// ProgressView is how far the index is; part "chart-progress" prints it.
type ProgressView struct {
	Working  bool
	Failed   bool
	Say      string
	Done, Of int // of a bar; Of 0: not known
}

func ownPages() []web.Page {
	return []web.Page{{Name: "home", Data: HomePage{}}, {Name: "found", Data: FoundPage{}}, {Name: "confirm", Data: ConfirmPage{}},
		{Name: "now", Data: NowPage{}}, {Name: "ward", Data: WardPage{}}, {Name: "about", Data: AboutPage{}}, {Name: "use", Data: UsePage{}}}
}

func (d *Desk) ownRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /chart", Perm: right.Read, Do: d.homePage},
		{Pattern: "POST /chart/search", Perm: right.Read, Do: d.search},
		{Pattern: "GET /chart/found/{name}", Perm: right.Read, Do: d.foundPage},
		{Pattern: "GET /chart/p/{id}/confirm", Perm: right.Read, Do: d.confirmPage},
		{Pattern: "POST /chart/p/{id}/confirm", Perm: right.Read, Do: d.takeConfirm},
		{Pattern: "GET /chart/p/{id}", Perm: right.Read, Do: d.patient("now", d.nowPage)},
		{Pattern: "GET /chart/p/{id}/print/{form}", Perm: right.Read, Do: d.patient("print", printForm)},
		{Pattern: "GET /chart/ward/{code}", Perm: right.Read, Do: d.wardPage},
		{Pattern: "GET /chart/about", Perm: right.Read, Do: d.aboutPage},
		{Pattern: "POST /chart/big", Perm: web.SignedIn, Do: d.takeBig},
		{Pattern: "GET /chart/use", Perm: web.SignedIn, Do: d.usePage},
		{Pattern: "GET /chart/use/switch/{what}", Perm: right.Setup, Do: d.switchPage},
		{Pattern: "POST /chart/use/switch/{what}", Perm: right.Setup, Do: d.takeSwitch},
		{Pattern: "GET /chart/use/setting", Perm: right.Setup, Do: func(c *web.Call) error { return c.RenderForm(settingForm(d.Settings())) }},
		{Pattern: "POST /chart/use/setting", Perm: right.Setup, Do: d.takeSetting},
	}
}

func (d *Desk) homePage(c *web.Call) error {
	p := newPrinter(c, "")
	page := HomePage{Newest: p.Time(d.index.AsOf(), c.Zone()), Wards: wardTiles(d.index.Wards()), Progress: p.progress(d.index.Progress()),
		Roots: p.roots(d.shelf.State()), NotStored: d.unstored(p), Off: !d.Settings().Derived.On, Big: big(c)}
	page.AsOf, page.Old = d.until(p, c)
	page.Closed = true
	for _, r := range d.shelf.State() {
		page.Closed = page.Closed && r.State != shelf.StateOpen
		if r.State == shelf.StateSealed {
			page.Unlock = d.unlock
		}
	}
	if page.Closed {
		page.Progress = ProgressView{}
	}
	if d.places != nil {
		var err error
		if page.Places, err = d.places(c.Ctx()); err != nil {
			d.log.Error("places of the chart", "err", err)
		}
	}
	return c.Render("chart.home", page)
}

// WardTile is a ward to choose.
type WardTile struct {
	index.Ward
	URL string
}

func wardTiles(list []index.Ward) []WardTile {
	out := make([]WardTile, 0, len(list))
	for _, w := range list {
		out = append(out, WardTile{w, wardURL(w.Code)})
	}
	return out
}

// roots names those that are not simply open.
func (p Printer) roots(list []shelf.Root) []RootRow {
	var out []RootRow
	for _, r := range list {
		if r.State != shelf.StateOpen {
			out = append(out, RootRow{Label: r.Label, Mark: rootMark(r.State), Say: p.root(&r)})
		}
	}
	return out
}

// root says how a root is: with its own words where it has some.
func (p Printer) root(r *shelf.Root) string {
	say := p.T("chart.root." + r.State + ".say")
	if f, ok := errors.AsType[*fault.Error](r.Fault); ok && f.Kind != fault.Internal {
		first, _, _ := strings.Cut(p.say(f.Msg), "\n")
		return say + " " + first
	}
	return say
}

func rootMark(state string) web.Mark {
	m := web.Mark{Level: web.Danger, Say: text.M("chart.root." + state)}
	switch state {
	case shelf.StateOpen:
		m.Level = web.Done
	case shelf.StateSealed:
		m.Level = web.Warn
	}
	return m
}

// progress says how far the index is, in one sentence.
func (p Printer) progress(g index.Progress) ProgressView {
	v := ProgressView{Done: int(g.Items), Of: int(g.Of)}
	switch g.Phase {
	case "ready":
		return v
	case "failed":
		v.Failed, v.Say = true, p.T("chart.index.failed")
		return v
	}
	v.Working = true
	left := p.T("chart.index.left.unknown")
	if g.Left > 0 {
		left = p.T("chart.index.left", p.span(g.Left))
	}
	v.Say = p.T("chart.index."+g.Phase, g.Patients, left)
	return v
}

// span prints a duration in its largest unit, rounded up.
func (p Printer) span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return p.T("chart.span.seconds", int(d/time.Second)+1)
	case d < time.Hour:
		return p.T("chart.span.minutes", int(d/time.Minute)+1)
	case d < 72*time.Hour:
		return p.T("chart.span.hours", int(d/time.Hour)+1)
	}
	return p.T("chart.span.days", int(d/(24*time.Hour))+1)
}

// unstored names the parts that no source of the copy holds for anybody.
func (d *Desk) unstored(p Printer) []string {
	var out []string
	for _, part := range model.Parts() {
		if d.lacks(part) {
			out = append(out, p.Part(part))
		}
	}
	return out
}

// lacks reports whether it is known that no open source holds a kind of the part.
func (d *Desk) lacks(part model.Part) bool {
	asked := false
	for _, r := range d.shelf.State() {
		for _, s := range r.Sources {
			for _, kind := range all.Says(s.Format, part) {
				stored, known := d.index.Stored(s.Name, kind)
				if stored || !known {
					return false
				}
				asked = true
			}
		}
	}
	return asked
}

// FoundPage is the answer to a search.
type FoundPage struct {
	Words    string
	Rows     []HitRow
	More     int
	Complete bool
	Twins    bool
	Progress ProgressView
	AsOf     string
	Old      bool

	Unwritten bool
}

// HitRow is a patient as a list shows him.
type HitRow struct {
	URL                  string
	ID, Kanji, Kana, Sex string
	Birth                string
	Age                  Val
	Bed                  string
	Ward                 string
	By                   []string // why he fits
	Twins                int
	First                bool // has the focus: Enter goes on to the confirmation
}

func (d *Desk) foundPage(c *web.Call) error {
	one, ok := d.searches.get(holder(c), c.Path("name"), c.Now)
	if !ok {
		return c.Redirect("/chart", text.M("chart.found.gone"))
	}
	res, err := d.hits(c, one.words)
	if err != nil {
		return err
	}
	p := newPrinter(c, "")
	page := FoundPage{Words: one.words, Unwritten: one.unwritten, More: res.More, Complete: res.Complete, Progress: p.progress(d.index.Progress())}
	page.AsOf, page.Old = d.until(p, c)
	for _, h := range res.Hits {
		row := p.hit(h)
		row.First = len(page.Rows) == 0
		page.Twins = page.Twins || row.Twins > 0
		page.Rows = append(page.Rows, row)
	}
	return c.Render("chart.found", page)
}

// hit prints a patient as a list shows him.
func (p Printer) hit(h index.Hit) HitRow {
	row := HitRow{URL: patientURL(h.ID) + "/confirm", ID: h.ID, Kanji: h.Brief.Kanji, Kana: h.Brief.Kana, Sex: p.Sex(h.Brief.Sex, h.Brief.Sex),
		Birth: p.Stamp(model.Stamp(h.Brief.Birth)), Age: p.ageAt(h.Brief.Birth), Twins: h.Twins}
	if h.Bed != nil {
		row.Ward = h.Bed.WardName
		row.Bed = model.Place{Ward: h.Bed.Ward, Room: h.Bed.Room, Bed: h.Bed.Bed}.String()
	}
	for _, by := range h.By {
		row.By = append(row.By, p.coded("chart.by.", by, nil))
	}
	return row
}

// ageAt computes an age from a day of birth.
func (p Printer) ageAt(birth string) Val {
	day, ok := view.ParseDay(birth)
	if !ok || day > p.Today {
		return Val{}
	}
	now := p.Today.String()
	years, err1 := strconv.Atoi(now[:4])
	born, err2 := strconv.Atoi(birth[:4])
	if err1 != nil || err2 != nil {
		return Val{}
	}
	years -= born
	if now[4:] < birth[4:8] {
		years--
	}
	return Val{Show: p.T("chart.age", strconv.Itoa(years)), Calc: true}
}

// away turns an error of the shelf into a sentence.
func away(err error) error {
	if _, ours := errors.AsType[*fault.Error](err); ours {
		return err
	}
	return fault.New(fault.Busy, "chart.away").With(err)
}

// bigCookie holds whether a reader wants large letters.
const bigCookie = "__Host-toride-chart-big"

func big(c *web.Call) bool {
	cookie, err := c.R.Cookie(bigCookie)
	return err == nil && cookie.Value == "1"
}
