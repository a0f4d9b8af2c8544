package chart

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// DrugOrder is a prescription: what was ordered together.
type DrugOrder struct {
	Number  string
	Ordered Val
	By      string
	Dept    string
	Setting text.Msg // for a stay, or for at home
	Names   string   // of its drugs, for the folded line
	Over    bool     // the computed ends of all of it have passed, or all was stopped
	Rps     []DrugRp
}

// DrugRp is what is taken together.
type DrugRp struct {
	Number Val
	Usage  []string
	Days   string
	Drugs  []DrugLine
}

// DrugLine is one drug.
type DrugLine struct {
	Name    Val
	Life    web.Mark // zero while it holds
	Kind    text.Msg
	Dose    string
	Daily   string
	Total   string
	Usage   []string // where the Rp's drugs differ in it
	Days    string
	Route   string
	Notes   []string
	Start   Val
	End     Val
	EndRule string
	Use     text.Msg // computed; zero while the hospital has not switched it on
	Doubts  []string
	Carried text.Msg
	Doses   Doses
}

// Doses is what was recorded for an order: the newest few and those that did
// not go as ordered one by one, the others as numbers.
type Doses struct {
	First []DoseLine
	Rest  []text.Msg // how many further ones of each outcome
}

// doseLines is how many doses stand one by one, and oddDoses how many of those
// that were refused, given in part or not given.
const (
	doseLines = 2
	oddDoses  = 6
)

// doses prints what was recorded; name is that of the drug, which needs not be
// said again.
func doses(list []model.Dose, name string, p Printer) Doses {
	var out Doses
	rest := map[string]int{}
	var order []string
	for i := range list {
		d := &list[i]
		odd := d.Outcome != string(view.Given) && d.Outcome != string(view.Unstated) || d.Life != view.Live && d.Life != ""
		if len(out.First) < doseLines || odd && len(out.First) < oddDoses {
			l := doseLine(d, p)
			if l.Drug == name {
				l.Drug = ""
			}
			out.First = append(out.First, l)
			continue
		}
		if rest[d.Outcome] == 0 {
			order = append(order, d.Outcome)
		}
		rest[d.Outcome]++
	}
	for _, outcome := range order {
		out.Rest = append(out.Rest, text.M("chart.rx.more_doses", outcomeMark(outcome).Say, rest[outcome]))
	}
	return out
}

// DoseLine is something that was given, or not.
type DoseLine struct {
	At      Val
	Outcome web.Mark
	Drug    string
	Amount  string
	By      string
	Notes   []string
	Struck  bool
	Life    web.Mark
}

// drugFits reports whether each of the words stands in one of the names; no
// words fit everything.
func drugFits(q string, names ...string) bool {
	for _, word := range strings.Fields(q) {
		word = fold(word)
		if !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(fold(n), word) }) {
			return false
		}
	}
	return true
}

// drugOrders groups drugs by prescription, in the order of the chart (newest
// first); q keeps prescriptions with such a drug, whole.
func drugOrders(c *model.Chart, q string, derived bool, p Printer) []DrugOrder {
	groups, order := map[string][]*model.Drug{}, []string{}
	for i := range c.Drugs.Rows {
		d := &c.Drugs.Rows[i]
		key := d.Order + "\x00" + d.Origin.Ref.String()
		if d.Order != "" {
			key = d.Order + "\x00" + string(d.Ordered.Stamp)
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], d)
	}
	var out []DrugOrder
	for _, key := range order {
		if q != "" && !slices.ContainsFunc(groups[key], func(d *model.Drug) bool { return drugFits(q, d.Name.Show, d.Name.Raw) }) {
			continue
		}
		out = append(out, drugOrder(groups[key], derived, p))
	}
	return out
}

func drugOrder(drugs []*model.Drug, derived bool, p Printer) DrugOrder {
	first := drugs[0]
	o := DrugOrder{Number: first.Order, Ordered: p.When(first.Ordered), By: first.By.Show, Dept: first.Dept.Show, Setting: text.M("chart.rx.outpatient"), Over: true}
	if o.Ordered.URL == "" {
		o.Ordered.URL = p.Original(model.Origin{Ref: first.Origin.Ref})
	}
	if first.Inpatient {
		o.Setting = text.M("chart.rx.inpatient")
	}
	var names []string
	for _, d := range drugs {
		names = append(names, d.Name.Show)
		o.Over = o.Over && derived && d.Use.OK && (d.Use.Value == view.Over || d.Use.Value == view.Stopped)
		rp := o.rp(d, p)
		rp.Drugs = append(rp.Drugs, drugLine(d, rp, derived, p))
	}
	o.Names = strings.Join(names, p.T("chart.join"))
	return o
}

// rp finds the group of a drug, or begins it.
func (o *DrugOrder) rp(d *model.Drug, p Printer) *DrugRp {
	number := Computed(p, d.Rp, func(s string) string { return s })
	usage := texts(d.Usage)
	for i := range o.Rps {
		if d.Rp.OK && o.Rps[i].Number.Show == number.Show {
			return &o.Rps[i]
		}
	}
	o.Rps = append(o.Rps, DrugRp{Number: number, Usage: usage, Days: daysShown(d.Days, p)})
	return &o.Rps[len(o.Rps)-1]
}

func drugLine(d *model.Drug, rp *DrugRp, derived bool, p Printer) DrugLine {
	l := DrugLine{Name: p.Text(d.Name), Life: p.Life(d.Life), Dose: d.Dose.Show, Daily: d.Daily.Show, Total: d.Total.Show, Route: d.Route.Show, Notes: texts(d.Notes), Start: p.CalcDay(d.Start), End: p.CalcDay(d.End)}
	l.Name.URL = p.at().original(d.Name.Origin.Within(d.Origin))
	l.Name.Struck = d.Life != view.Live && d.Life != ""
	if d.Kind != "" {
		l.Kind = text.M("chart.rx.kind." + d.Kind)
	}
	if usage := texts(d.Usage); !slices.Equal(usage, rp.Usage) {
		l.Usage = usage
	}
	if days := daysShown(d.Days, p); days != rp.Days {
		l.Days = days
	}
	if d.End.Rule != "" {
		l.EndRule = p.Rule(d.End.Rule)
	}
	if derived && d.Use.OK {
		l.Use = text.M("chart.rx.use." + string(d.Use.Value))
	}
	for _, n := range d.Fits.Doubts {
		l.Doubts = append(l.Doubts, p.Note(n))
	}
	if d.Fits.OK && !d.Fits.Value {
		l.Doubts = append(l.Doubts, p.T("chart.rx.not_fit"))
	}
	if d.Carried != "" {
		l.Carried = text.M("chart.rec.carried." + string(d.Carried))
	}
	l.Doses = doses(d.Doses, d.Name.Show, p)
	return l
}

func texts(list []model.Text) []string {
	var out []string
	for _, t := range list {
		if t.Has() {
			out = append(out, t.Show)
		}
	}
	return out
}

func doseLine(d *model.Dose, p Printer) DoseLine {
	l := DoseLine{At: p.When(d.At), Drug: d.Drug.Show, Amount: d.Amount.Show, By: d.By.Show, Notes: texts(d.Notes), Life: p.Life(d.Life)}
	l.At.URL = p.at().original(d.At.Origin.Within(d.Origin))
	l.Struck = d.Life != view.Live && d.Life != ""
	l.Outcome = outcomeMark(d.Outcome)
	return l
}

// outcomeMark gives each outcome of a dose its own shape and word.
func outcomeMark(outcome string) web.Mark {
	m := web.Mark{Level: web.Unclear, Say: text.M("chart.rec.outcome." + cmp.Or(outcome, string(view.Unstated)))}
	switch view.Outcome(outcome) {
	case view.Given:
		m.Level = web.Done
	case view.Partial:
		m.Level = web.Warn
	case view.Refused, view.NotGiven:
		m.Level = web.Danger
	}
	return m
}

// carriedMark gives each state of an order its own shape and word.
func carriedMark(c model.Carried) web.Mark {
	m := web.Mark{Level: web.Unclear, Say: text.M("chart.rec.carried." + cmp.Or(string(c), string(view.Unrecorded)))}
	switch c {
	case view.CarriedOut, view.Stated:
		m.Level = web.Done
	case view.PartlyCarried, view.Mixed:
		m.Level = web.Warn
	case view.WasRefused, view.WasNotGiven, view.WasStopped:
		m.Level = web.Danger
	}
	return m
}

// InjectionDay is the injections that start on one day.
type InjectionDay struct {
	Day  string
	Rows []InjectionLine
}

// InjectionLine is one ordered injection.
type InjectionLine struct {
	Start, End Val
	Kind       string
	Drugs      []InjectionPart
	Volume     string
	Rate       string
	Route      string
	Usage      []string
	Notes      []string
	Life       web.Mark
	Struck     bool
	Carried    web.Mark
	Doses      Doses
	By         string
	Number     string
	URL        string
	Doubts     []string
}

// InjectionPart is a drug in an injection.
type InjectionPart struct {
	Name, Amount string
	Base         bool
}

// injectionsWith keeps the injections with a drug of that name; "" all.
func injectionsWith(rows []model.Injection, q string) []*model.Injection {
	var out []*model.Injection
	for i := range rows {
		in := &rows[i]
		var names []string
		for _, d := range in.Drugs {
			names = append(names, d.Name.Show, d.Name.Raw)
		}
		if drugFits(q, names...) {
			out = append(out, in)
		}
	}
	return out
}

// injectionDays groups injections by the day they start, as the chart has them
// (newest first).
func injectionDays(rows []*model.Injection, p Printer) (days []InjectionDay) {
	for _, in := range rows {
		day := p.T("chart.inj.undated")
		if d, ok := in.Start.Stamp.Day(); ok {
			day = p.Day(d)
		}
		if n := len(days); n == 0 || days[n-1].Day != day {
			days = append(days, InjectionDay{Day: day})
		}
		last := &days[len(days)-1]
		last.Rows = append(last.Rows, injectionLine(in, p))
	}
	return days
}

func injectionLine(in *model.Injection, p Printer) InjectionLine {
	l := InjectionLine{Start: clockOn(p, in.Start, in.Start), End: clockOn(p, in.Start, in.End), Kind: in.Kind.Show, Volume: in.Volume.Show, Rate: in.Rate.Show, Route: in.Route.Show, Usage: texts(in.Usage), Notes: texts(in.Notes),
		Life: p.Life(in.Life), Struck: in.Life != view.Live && in.Life != "", Carried: carriedMark(in.Carried), By: in.By.Show, Number: in.Order, URL: p.at().original(in.Origin)}
	for _, d := range in.Drugs {
		l.Drugs = append(l.Drugs, InjectionPart{Name: d.Name.Show, Amount: d.Amount.Show, Base: d.Role.Code == "B"})
	}
	l.Doses = doses(in.Doses, "", p)
	for _, n := range in.Doubts {
		l.Doubts = append(l.Doubts, p.Note(n))
	}
	return l
}

// daysShown is a duration as sent; a number of times says so.
func daysShown(t model.Text, p Printer) string {
	if t.Code == "times" && digits(t.Show) && t.Show != "" {
		return p.T("chart.rx.times", t.Show)
	}
	return t.Show
}

// clockOn prints a time on the day of another without its day.
func clockOn(p Printer, day, w model.When) Val {
	v := p.When(w)
	if on, ok := day.Stamp.Day(); ok && len(w.Stamp) >= 12 {
		if same, ok := w.Stamp.Day(); ok && same == on {
			v.Show = strings.TrimSpace(strings.TrimPrefix(v.Show, p.Day(on)))
		}
	}
	return v
}
