package chart

import (
	"slices"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// NowPage is the first page of a chart: what holds now.
type NowPage struct {
	Head       Head
	Drugs      DrugsNow
	Labs       LabsNow
	Injections InjectionsNow
	Problems   ProblemsNow
	Orders     OrdersNow
	Meals      MealsNow
	Allergies  AllergiesNow
	Infections InfectionsNow
	Stay       StayNow
}

func (d *Desk) nowPage(c *web.Call, p *Patient) error {
	page := NowPage{Head: p.Head, Drugs: p.drugsNow(), Labs: p.labsNow(), Injections: p.injectionsNow(c.Now, c.Zone()), Problems: p.problemsNow(),
		Orders: p.ordersNow(d), Meals: p.mealsNow(), Allergies: p.allergiesNow(), Infections: p.infectionsNow(), Stay: p.stayNow()}
	return c.Render("chart.now", page)
}

// ProblemsNow are the diagnoses: main ones first, suspected ones apart, ended
// ones folded.
type ProblemsNow struct {
	State                  State
	Active, Suspected, Old []ProblemRow
	Off                    bool // the list is not derived: all stand in Active
	Doubts                 []string
	Count                  int // of Active and Suspected
}

// ProblemRow is a diagnosis.
type ProblemRow struct {
	Name   string
	Main   bool
	Hidden bool // restricted: shown when somebody opens it
	Set    string
	Ended  string // as sent, with the outcome
	Dept   string
	Life   web.Mark
	URL    string
}

func (p *Patient) problemsNow() ProblemsNow {
	out := ProblemsNow{State: StateOf(p.Print, model.Problems, p.Chart.Problems), Off: !p.Set.Derived.On}
	for i := range p.Chart.Problems.Rows {
		r := &p.Chart.Problems.Rows[i]
		row := ProblemRow{Name: r.Name.Show, Main: r.Main, Hidden: r.Confidential, Set: p.Print.When(r.Set).Show, Dept: r.Dept.Show,
			Ended: p.Print.brief(p.Print.When(r.Ended).Show, r.Outcome.Show), Life: p.Print.Life(r.Life), URL: p.Print.Original(r.Origin)}
		for _, n := range r.Active.Doubts { // most diagnoses have the same one
			if say := p.Print.Note(n); !slices.Contains(out.Doubts, say) {
				out.Doubts = append(out.Doubts, say)
			}
		}
		switch {
		case !out.Off && (r.Life != view.Live || r.Active.OK && !r.Active.Value):
			out.Old = append(out.Old, row)
		case r.Suspected:
			out.Suspected = append(out.Suspected, row)
		case r.Main:
			at := 0
			for at < len(out.Active) && out.Active[at].Main {
				at++
			}
			out.Active = append(out.Active[:at], append([]ProblemRow{row}, out.Active[at:]...)...)
		default:
			out.Active = append(out.Active, row)
		}
	}
	out.Count = len(out.Active) + len(out.Suspected)
	return out
}

// OrdersNow are orders of examinations without a recorded result.
type OrdersNow struct {
	State State
	Rows  []OrderRow
	Old   []OrderRow // planned more than recentDays ago
	URL   string
}

// OrderRow is an order of an examination.
type OrderRow struct {
	Kind, Title string
	When        string // planned, else ordered
	Planned     bool
	By          string
	Doubts      []string
	URL         string
}

// recentDays is how far back an order without a result stands unfolded.
const recentDays = 14

func (p *Patient) ordersNow(d *Desk) OrdersNow {
	out := OrdersNow{State: StateOf(p.Print, model.Orders, p.Chart.Orders), URL: patientURL(p.Chart.ID) + "/orders"}
	for i := range p.Chart.Orders.Rows {
		o := &p.Chart.Orders.Rows[i]
		if o.Life != view.Live || o.Carried != view.Unrecorded {
			continue
		}
		at := o.Planned
		if !at.Has() {
			at = o.Ordered
		}
		row := OrderRow{Kind: p.Print.Kind(d.shelf.Kind(o.Origin.Ref.Source, o.Kind)), Title: p.Print.brief(o.Title.Show, p.Print.Join(o.Parts)), When: p.Print.When(at).Show,
			Planned: o.Planned.Has(), By: o.By.Show, URL: p.Print.Original(o.Origin)}
		for _, n := range o.Doubts {
			row.Doubts = append(row.Doubts, p.Print.Note(n))
		}
		if day, ok := at.Stamp.Day(); ok && p.Print.Today-day > recentDays {
			out.Old = append(out.Old, row)
		} else {
			out.Rows = append(out.Rows, row)
		}
	}
	return out
}

// Kind names a kind of items in the reader's language.
func (p Printer) Kind(k source.Kind) string {
	name := k.Japanese
	if p.lang == text.EN {
		name = k.English
	}
	if name == "" {
		return k.Code
	}
	return name
}

// MealsNow are the diets, with what the patient must not eat.
type MealsNow struct {
	State State
	Rows  []MealRow
	Old   int // orders that are over
	Food  []BandItem
	// FoodState says why there is no food among the allergies.
	FoodState State
}

// MealRow is an order of meals.
type MealRow struct {
	Diets, At, Texts, Notes string
	Start                   string
	Use                     web.Mark
	Life                    web.Mark
	URL                     string
}

// mealsMost is how many orders of meals stand on the page.
const mealsMost = 4

func (p *Patient) mealsNow() MealsNow {
	out := MealsNow{State: StateOf(p.Print, model.Meals, p.Chart.Meals), FoodState: StateOf(p.Print, model.Allergies, p.Chart.Allergies)}
	for i := range p.Chart.Meals.Rows {
		m := &p.Chart.Meals.Rows[i]
		if len(out.Rows) >= mealsMost || m.Use.Value == view.Over && len(out.Rows) > 0 {
			out.Old++
			continue
		}
		row := MealRow{Diets: p.Print.Join(m.Diets), At: p.Print.Join(m.At), Texts: p.Print.Join(m.Texts), Notes: p.Print.Join(m.Notes), Start: p.Print.When(m.Start).Show,
			Life: p.Print.Life(m.Life), URL: p.Print.Original(m.Origin)}
		if p.Set.Derived.On {
			row.Use = useMark(m.Use)
		}
		out.Rows = append(out.Rows, row)
	}
	for i := range p.Chart.Allergies.Rows {
		a := &p.Chart.Allergies.Rows[i]
		if a.Kind.Code == "FA" && a.Life == view.Live && !a.SaysNone.Value {
			item := BandItem{Mark: web.Danger, Name: a.Allergen.Show, Say: p.Print.brief(a.Severity.Show, p.Print.Join(a.Reactions)), URL: p.Print.Original(a.Origin)}
			// Two lists may name the same food: it stands once, with what more is known.
			at := slices.IndexFunc(out.Food, func(b BandItem) bool {
				return b.Name == item.Name && (b.Say == item.Say || b.Say == "" || item.Say == "")
			})
			switch {
			case at < 0:
				out.Food = append(out.Food, item)
			case out.Food[at].Say == "":
				out.Food[at] = item
			}
		}
	}
	return out
}

// useMark marks whether something is in use; the zero Mark where it simply is.
func useMark(u model.Computed[model.Usage]) web.Mark {
	m := web.Mark{Level: web.Unclear}
	switch u.Value {
	case view.InUse:
		return web.Mark{}
	case view.Before, view.Open:
		m.Level = web.Info
	case view.Over:
		m.Level = web.Nothing
	case view.Stopped:
		m.Level = web.Warn
	}
	m.Say = text.M("chart.use." + string(u.Value))
	if u.Value == "" {
		m.Say = text.M("chart.use.undated")
	}
	return m
}

// AllergiesNow is the whole list behind the strip.
type AllergiesNow struct {
	State State
	Rows  []AllergyRow
}

// AllergyRow is an allergy as one source wrote it.
type AllergyRow struct {
	Name, Kind, Severity, Reaction, Status, When string
	Struck                                       bool
	Life                                         web.Mark
	None                                         bool // its text reads "none"
	Older                                        bool
	Source, URL                                  string
}

func (p *Patient) allergiesNow() AllergiesNow {
	out := AllergiesNow{State: StateOf(p.Print, model.Allergies, p.Chart.Allergies)}
	for i := range p.Chart.Allergies.Rows {
		a := &p.Chart.Allergies.Rows[i]
		at := a.Reported
		if !at.Has() {
			at = a.Onset
		}
		out.Rows = append(out.Rows, AllergyRow{Name: a.Allergen.Show, Kind: a.Kind.Show, Severity: a.Severity.Show, Reaction: p.Print.Join(a.Reactions), Status: a.Status.Show,
			When: p.Print.When(at).Show, Struck: a.Life != view.Live, Life: p.Print.Life(a.Life), None: a.SaysNone.OK && a.SaysNone.Value, Older: a.Older, Source: a.Source,
			URL: p.Print.Original(a.Origin)})
	}
	return out
}

// InfectionsNow is the whole list behind the strip.
type InfectionsNow struct {
	State State
	Rows  []InfectionRow
}

// InfectionRow is a result or entry about an infection.
type InfectionRow struct {
	Name, Result, When, URL string
	Mark                    web.Mark // what the result reads as; computed
}

func (p *Patient) infectionsNow() InfectionsNow {
	out := InfectionsNow{State: StateOf(p.Print, model.Infections, p.Chart.Infections)}
	for i := range p.Chart.Infections.Rows {
		r := &p.Chart.Infections.Rows[i]
		row := InfectionRow{Name: r.Name.Show, Result: r.Result.Show, When: p.Print.When(r.At).Show, URL: p.Print.Original(r.Origin)}
		if r.Mark.OK {
			row.Mark = web.Mark{Level: infectionLevel(r.Mark.Value), Say: text.M("chart.reads." + r.Mark.Value)}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// infectionLevel never gives the mark of an all-clear: a negative result is a
// value of its day.
func infectionLevel(reads string) web.Level {
	switch reads {
	case "positive":
		return web.Danger
	case "negative":
		return web.Info
	}
	return web.Warn
}

// StayNow is the stay that is not known to have ended, else the last one.
type StayNow struct {
	State                                                  State
	Has, Current, Away                                     bool
	Admitted, Discharged, Place, Dept, Attending, End, URL string
	Doubts                                                 []string
	More                                                   int
}

func (p *Patient) stayNow() StayNow {
	out := StayNow{State: StateOf(p.Print, model.Stays, p.Chart.Stays)}
	if len(p.Chart.Stays.Rows) == 0 {
		return out
	}
	s := &p.Chart.Stays.Rows[0]
	out.Has, out.Current, out.Away, out.More = true, !s.Discharged.Has(), s.Away, len(p.Chart.Stays.Rows)-1
	out.Admitted, out.Discharged, out.Place = p.Print.When(s.Admitted).Show, p.Print.When(s.Discharged).Show, s.Place.String()
	out.Dept, out.Attending, out.End, out.URL = s.Dept.Show, s.Attending.Show, s.Ending.Show, p.Print.Original(s.Origin)
	for _, n := range s.Doubts {
		out.Doubts = append(out.Doubts, p.Print.Note(n))
	}
	return out
}
