package chart

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// MatrixPage is everything that is stored, by kind and time.
type MatrixPage struct {
	Head    Head
	Matrix  Matrix
	Trail   []Link // all years, the year, the month
	Before  string // the span before, "" for none
	After   string
	History bool
	Switch  string // the same with or without history
	Empty   bool
}

func (d *Desk) matrixPage(c *web.Call, p *Patient) error {
	in := c.Query("in")
	if n := len(in); !spanOK(in) || n != 0 && n != 4 && n != 6 {
		return badSpan()
	}
	until, _ := strconv.Atoi(c.Query("until"))
	q := matrixQuery{In: in, Until: until, History: c.Query("history") == "1", Today: p.Print.Today.String(), Lang: c.Lang, Kind: d.shelf.Kind, At: "."} // relative: a page has up to a thousand of them
	page := MatrixPage{Head: p.Head, Matrix: q.matrix(p.Chart.Items), History: q.History, Empty: len(p.Chart.Items) == 0}
	v := url.Values{}
	if in != "" {
		v.Set("in", in)
	}
	if !q.History {
		v.Set("history", "1")
	}
	page.Switch = q.At.page("matrix", v)
	page.Trail, page.Before, page.After = q.trail(p.Print)
	if in == "" && until > 0 {
		page.After = q.zoom("")
	}
	for i := range page.Matrix.Columns {
		if col := &page.Matrix.Columns[i]; col.Rest {
			col.URL = q.zoom("") + sep(q.zoom("")) + "until=" + strconv.Itoa(mustYear(col.In)-1)
		} else if col.Zoom {
			col.URL = q.zoom(col.In)
		}
	}
	return c.Render("chart.matrix", page)
}

func badSpan() error { return fault.New(fault.Invalid, "chart.matrix.bad_span") }

func mustYear(before string) int {
	y, _ := strconv.Atoi(before[1:]) // made by columns: <YYYY
	return y
}

func sep(u string) string {
	if i := len(u); i > 0 && slices.Contains([]byte(u), '?') {
		return "&"
	}
	return "?"
}

// zoom is the matrix of a span with the same switch.
func (q *matrixQuery) zoom(in string) string {
	v := url.Values{}
	if in != "" {
		v.Set("in", in)
	}
	if q.History {
		v.Set("history", "1")
	}
	return q.At.page("matrix", v)
}

// trail leads from the matrix of years to the span, and to its neighbours.
func (q *matrixQuery) trail(p Printer) (links []Link, before, after string) {
	links = []Link{{Name: p.T("chart.matrix.years"), URL: q.zoom("")}}
	if len(q.In) >= 4 {
		links = append(links, Link{Name: p.T("chart.matrix.year", q.In[:4]), URL: q.zoom(q.In[:4])})
		y, _ := strconv.Atoi(q.In[:4])
		before, after = q.zoom(fmt.Sprintf("%04d", y-1)), q.zoom(fmt.Sprintf("%04d", y+1))
		if len(q.In) == 6 {
			m, _ := strconv.Atoi(q.In[4:])
			links = append(links, Link{Name: p.T("chart.matrix.month", strconv.Itoa(m)), URL: q.zoom(q.In)})
			before, after = q.zoom(monthBefore(y, m)), q.zoom(monthAfter(y, m))
		}
	}
	links[len(links)-1].URL = ""
	return links, before, after
}

func monthBefore(y, m int) string {
	if m == 1 {
		y, m = y-1, 13
	}
	return fmt.Sprintf("%04d%02d", y, m-1)
}

func monthAfter(y, m int) string {
	if m == 12 {
		y, m = y+1, 0
	}
	return fmt.Sprintf("%04d%02d", y, m+1)
}

// ItemsPage lists stored items by name, such as those of one cell.
type ItemsPage struct {
	Head    Head
	Kind    string // "" all kinds
	Span    string
	Rows    []ItemLine
	Pager   web.Pager
	History bool
	Switch  string
	Back    string
}

// ItemLine is a stored item.
type ItemLine struct {
	Kind     string
	Shape    string
	Title    string
	Day      string
	Sent     string
	Dept     string
	Order    string
	Media    text.Msg
	Standing web.Mark // zero while it holds
	Closed   bool     // confidential: asked once more
	Struck   bool
	URL      string
	Original string
	Older    []Link
}

func (d *Desk) itemsPage(c *web.Call, p *Patient) error {
	in, kind := c.Query("in"), c.Query("kind")
	if !spanOK(in) {
		return badSpan()
	}
	page := ItemsPage{Head: p.Head, Span: spanShown(in, p.Print), History: c.Query("history") == "1"}
	items := selected(p.Chart.Items, kind, in, page.History)
	page.Pager = c.NewPager(len(items))
	for _, it := range window(items, page.Pager.Page, web.PerPage) {
		page.Rows = append(page.Rows, d.itemLine(it, p.Print, c.Lang, page.History))
	}
	if kind != "" && len(items) > 0 {
		page.Kind = kindName(d.shelf.Kind(items[0].Ref.Source, items[0].Kind), c.Lang)
	}
	v := url.Values{"in": {in}, "kind": {kind}}
	q := matrixQuery{History: page.History, At: p.Print.at()}
	if !page.History {
		v.Set("history", "1")
	}
	page.Switch = p.Print.at().page("items", v)
	page.Back = q.zoom("")
	if len(in) >= 6 && digits(in) {
		page.Back = q.zoom(in[:6])
	} else if len(in) == 4 {
		page.Back = q.zoom(in)
	}
	return c.Render("chart.items", page)
}

// spanShown puts a span into words.
func spanShown(in string, p Printer) string {
	switch {
	case in == "":
		return p.T("chart.matrix.years")
	case in == "-":
		return p.T("chart.matrix.undated")
	case in[0] == '<':
		return p.T("chart.matrix.before", in[1:])
	case len(in) == 4:
		return p.T("chart.matrix.year", in)
	}
	return p.Stamp(model.Stamp(in))
}

// itemLine prints an item; with its older versions where the switch is on.
func (d *Desk) itemLine(it *model.Item, p Printer, lang text.Lang, history bool) ItemLine {
	kind := d.shelf.Kind(it.Ref.Source, it.Kind)
	l := ItemLine{Kind: kindName(kind, lang), Shape: kindShape(kind), Title: it.Title, Day: p.Stamp(model.Stamp(it.Day)), Sent: p.Stamp(it.Sent), Dept: deptName(it.Dept, lang), Order: orderShown(it.Order), Media: mediaName(it.Media), Standing: standingMark(it.Standing),
		Closed: it.Confidential, Struck: it.Standing == model.Deleted, URL: p.at().item(it, kind.Document), Original: p.at().original(model.Origin{Ref: it.Ref})}
	if _, ok := view.ParseDay(it.Day); !ok && it.Day == "" {
		l.Day = p.T("chart.matrix.undated")
	}
	if it.Suspect {
		l.Standing = web.Mark{Level: web.Danger, Say: text.M("chart.rec.standing.suspect")}
	}
	if it.Confidential { // the title may say it already
		l.Title = ""
	}
	if !history {
		return l
	}
	for _, o := range it.Older {
		word := p.T("chart.rec.standing." + model.Superseded)
		if o.Standing != "" {
			word = p.T("chart.rec.standing." + o.Standing)
		}
		l.Older = append(l.Older, Link{Name: p.Stamp(o.Sent) + " " + word, URL: p.at().original(model.Origin{Ref: o.Ref})})
	}
	return l
}

// itemNotices are those of an item's original, and that it speaks of another
// person, which the original alone cannot know.
func (p Printer) itemNotices(it *model.Item, list []model.Notice) []Notice {
	if it.Suspect {
		list = append([]model.Notice{{Level: model.Danger, Code: "item.suspect"}}, list...)
	}
	return p.Notices(list)
}

// deptName gives a department's name by its code, with the code; what is no
// code of the table stays as it is.
func deptName(code string, lang text.Lang) string {
	ja, en, ok := view.TableName("0069", code)
	switch {
	case !ok:
		return code
	case lang == text.EN:
		return en + " (" + code + ")"
	}
	return ja + " (" + code + ")"
}

// orderShown leaves out the number that stands for "no order".
func orderShown(order string) string {
	if order == "999999999999999" {
		return ""
	}
	return order
}

// mediaName names a medium; "" where it says no more than the kind.
func mediaName(media string) text.Msg {
	switch media {
	case "hl7", "":
		return text.Msg{}
	case "cda", "pdf", "image", "html", "text", "xml", "fhir", "mixed":
		return text.M("chart.rec.media." + media)
	}
	return text.M("chart.rec.media.other")
}

// standingMark says what became of an item; zero while it holds.
func standingMark(standing string) web.Mark {
	m := web.Mark{Level: web.Warn, Say: text.M("chart.rec.standing." + standing)}
	switch standing {
	case model.Holds:
		return web.Mark{}
	case model.Superseded:
		m.Level = web.Info
	}
	return m
}

// kindNamer names the kind of an item.
func (d *Desk) kindNamer(lang text.Lang) func(model.Ref, string) string {
	known := map[string]source.Kind{}
	return func(ref model.Ref, code string) string {
		k, ok := known[ref.Source+"\x00"+code]
		if !ok {
			k = d.shelf.Kind(ref.Source, code)
			known[ref.Source+"\x00"+code] = k
		}
		return kindName(k, lang)
	}
}
