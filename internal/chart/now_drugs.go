package chart

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// DrugsNow are the prescriptions as of today. With the derived lists switched
// off they stand in the order in which they were ordered, and nothing is
// computed.
type DrugsNow struct {
	State  State
	Off    bool
	Groups []DrugGroup // in use, or not known not to be
	// Since were in use when the copy was made; their computed end came after it.
	// They may have been ordered anew, which no copy can know: they stay in sight.
	Since   []DrugGroup
	Expired int         // drugs in Since
	Over    []DrugGroup // computed to be over, or stopped: folded
	// Repeats are earlier prescriptions without an end of what stands in Groups in
	// the same dose and usage: each of these drugs is in sight once.
	Repeats []DrugGroup
	InUse   int // drugs in Groups
	Ended   int // drugs in Over, and those that are left to the page of all
	Again   int // drugs in Repeats
	More    int // drugs that are left to the page of all prescriptions
	URL     string
}

// DrugGroup is what is taken in the same way over the same days.
type DrugGroup struct {
	Kind   string
	Usage  string
	Days   string
	Start  Val
	End    Val
	Use    web.Mark // where it is not simply in use
	When   string   // ordered
	By     string   // who, department
	Rows   []DrugRow
	Doubts []string
	key    groupKey
}

// DrugRow is one drug.
type DrugRow struct {
	Name, Dose, Notes string
	Misfit            bool // the total does not fit dose and days
	Life              web.Mark
	Struck            bool
	URL               string
}

// groupKey tells groups; all of it is as sent.
type groupKey struct {
	kind, usage, days, order, rp string
	start, end                   model.Day
	use                          model.Usage
}

// How many drugs stand on the page: in the order of ordering, and folded.
const (
	drugsMost = 60
	overMost  = 30
)

func (p *Patient) drugsNow() DrugsNow {
	out := DrugsNow{State: StateOf(p.Print, model.Drugs, p.Chart.Drugs), Off: !p.Set.Derived.On, URL: patientURL(p.Chart.ID) + "/drugs"}
	for i := range p.Chart.Drugs.Rows {
		d := &p.Chart.Drugs.Rows[i]
		switch {
		case !out.Off && d.Use.Value == view.Over && d.Life == view.Live && p.Until > 0 && d.End.OK && d.End.Value >= p.Until:
			out.Since = p.Print.take(out.Since, d, false)
			out.Expired++
		case out.Off:
			if out.InUse >= drugsMost {
				out.More++
				continue
			}
			out.Groups = p.Print.take(out.Groups, d, true)
			out.InUse++
		case over(d, p.Print.Today):
			out.Ended++
			if out.Ended > overMost {
				out.More++
				continue
			}
			out.Over = p.Print.take(out.Over, d, false)
		default:
			out.Groups = p.Print.take(out.Groups, d, false)
			out.InUse++
		}
	}
	if !out.Off {
		out.repeats()
		slices.SortStableFunc(out.Groups, func(a, b DrugGroup) int {
			return cmp.Or(kindRank(a.key.kind)-kindRank(b.key.kind), useRank(a.key.use)-useRank(b.key.use))
		})
	}
	return out
}

// repeats takes what was prescribed again and again without an end out of sight
// behind its newest prescription.
func (n *DrugsNow) repeats() {
	seen := map[string]bool{}
	n.Groups = slices.DeleteFunc(n.Groups, func(g DrugGroup) bool {
		if g.key.use != view.Open && g.key.use != view.OpenOld || len(g.Rows) != 1 || g.Rows[0].Struck {
			return false
		}
		key := g.key.kind + "\x00" + g.Usage + "\x00" + g.Rows[0].Name + "\x00" + g.Rows[0].Dose
		if !seen[key] {
			seen[key] = true
			return false
		}
		n.Repeats = append(n.Repeats, g)
		n.Again++
		n.InUse--
		return true
	})
}

// over reports whether a drug may be folded: its computed end has passed. A
// stopped order is folded once its days are over too: somebody may still hold
// what was dispensed.
func over(d *model.Drug, day model.Day) bool {
	if d.Use.Value == view.Over {
		return true
	}
	if d.Use.Value != view.Stopped && d.Life == view.Live {
		return false
	}
	if d.End.OK {
		return d.End.Value < day
	}
	return d.Start.OK && day-d.Start.Value > view.OpenDays
}

func kindRank(kind string) int {
	at := slices.Index([]string{"oral", "as_needed", "external", "self_injection"}, kind)
	if at < 0 {
		return 4
	}
	return at
}

func useRank(use model.Usage) int {
	return slices.Index([]model.Usage{view.InUse, view.Open, view.Undated, view.Before, view.OpenOld, view.Stopped}, use)
}

// take puts a drug into the group with the same usage and days, or begins one.
func (p Printer) take(groups []DrugGroup, d *model.Drug, off bool) []DrugGroup {
	usage := p.Join(d.Usage)
	key := groupKey{kind: d.Kind, usage: usage, days: daysShown(d.Days, p), order: d.Order, rp: d.Rp.Value, start: d.Start.Value, end: d.End.Value, use: d.Use.Value}
	if off {
		key.end, key.use = 0, ""
	}
	row := DrugRow{Name: d.Name.Show, Dose: p.dose(d), Notes: p.Join(d.Notes), Misfit: !off && d.Fits.OK && !d.Fits.Value, Life: p.Life(d.Life),
		Struck: d.Life != view.Live, URL: p.Original(d.Origin)}
	// Drugs of an order follow each other: the group is among the last ones.
	for i := len(groups) - 1; i >= max(0, len(groups)-8); i-- {
		if groups[i].key == key {
			groups[i].Rows = append(groups[i].Rows, row)
			return groups
		}
	}
	days := daysShown(d.Days, p)
	if days != "" && digits(days) {
		days = p.T("chart.drug.unitless", days)
	}
	g := DrugGroup{Usage: usage, Days: days, When: p.Short(d.Ordered.Stamp), By: p.brief(d.By.Show, d.Dept.Show), Rows: []DrugRow{row}, key: key}
	if d.Kind != "" {
		g.Kind = p.coded("chart.drug.", d.Kind, nil)
		if strings.HasPrefix(usage, g.Kind) { // the usage says it itself
			g.Kind = ""
		}
	}
	g.Start = Computed(p, d.Start, p.ShortDay)
	g.Start.Calc = len(d.Start.Doubts) > 0 // otherwise it is the sender's own day
	if !off {
		g.End, g.Use = Computed(p, d.End, p.ShortDay), useMark(d.Use)
		g.End.Calc = d.End.OK && d.End.Rule != "drug.end.sent"
		g.Doubts, g.End.Doubts, g.Start.Doubts = g.End.Doubts, nil, nil
	}
	return append(groups, g)
}

// dose is what was sent for each time, for the day, and in all.
func (p Printer) dose(d *model.Drug) string {
	out := d.Dose.Show
	if d.Daily.Has() {
		out = p.brief(out, p.T("chart.drug.daily", d.Daily.Show))
	}
	if out == "" && d.Total.Has() {
		out = p.T("chart.drug.total", d.Total.Show)
	}
	return out
}

// InjectionsNow are the injections of the last 72 hours and those to come.
type InjectionsNow struct {
	State State
	Rows  []InjectionRow
	Older int // before that
	URL   string
}

// InjectionRow is an ordered injection with what is known of its being given.
type InjectionRow struct {
	Drugs   []string
	How     string // kind, rate, route
	When    string
	Carried web.Mark
	Doses   []string // when what was given
	Life    web.Mark
	Struck  bool
	Doubts  []string
	URL     string
}

// injectionsBack is how far back injections stand on the first page.
const injectionsBack = 72 * time.Hour

func (p *Patient) injectionsNow(now time.Time, zone *time.Location) InjectionsNow {
	out := InjectionsNow{State: StateOf(p.Print, model.Injections, p.Chart.Injections), URL: patientURL(p.Chart.ID) + "/injections"}
	since, moment := model.StampOf(now.Add(-injectionsBack), zone)[:12], model.StampOf(now, zone)[:12]
	for i := range p.Chart.Injections.Rows {
		in := &p.Chart.Injections.Rows[i]
		latest := max(in.Start.Stamp, in.End.Stamp)
		if latest != "" && latest < since && in.Use.Value != view.InUse && in.Use.Value != view.Open {
			out.Older++
			continue
		}
		row := p.Print.injection(in)
		if in.Carried == view.Unrecorded && in.Start.Stamp > moment {
			row.Carried = web.Mark{Level: web.Info, Say: text.M("chart.carried.ahead")}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func (p Printer) injection(in *model.Injection) InjectionRow {
	row := InjectionRow{How: p.brief(in.Kind.Show, in.Volume.Show, in.Rate.Show, in.Route.Show, p.Join(in.Usage)), When: p.Span(in.Start, in.End),
		Carried: carriedMark(in.Carried), Life: p.Life(in.Life), Struck: in.Life != view.Live, URL: p.Original(in.Origin)}
	for _, c := range in.Drugs {
		name := c.Name.Show
		if c.Amount.Has() {
			name += " " + c.Amount.Show
		}
		row.Drugs = append(row.Drugs, name)
	}
	for i := range in.Doses {
		dose := &in.Doses[i]
		row.Doses = append(row.Doses, p.brief(p.Moment(dose.At.Stamp), p.say(outcomeMark(dose.Outcome).Say)))
	}
	row.Doses = slices.Compact(row.Doses) // one line for what was mixed into one
	for _, n := range in.Doubts {
		row.Doubts = append(row.Doubts, p.Note(n))
	}
	return row
}
