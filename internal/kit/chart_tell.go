package kit

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// dayOf gives the hospital's day of a time.
func dayOf(t time.Time) model.Day {
	day, _ := view.ParseDay(t.In(tokyo()).Format("20060102"))
	return day
}

// tellChart prints a chart as lines for a person at a terminal: who it is, what
// must not be overlooked, what may be in use, the newest results. Everything
// else is on the pages and in --json.
func (h Host) tellChart(c *model.Chart) {
	p := c.Person
	h.line("kit.chart.show.reference")
	h.row("", c.ID, p.Kanji.Show, p.Kana.Show, clockOf(p.Birth.Stamp), p.Sex.Show)
	for _, s := range c.Stores {
		asOf := clockOf(s.AsOf)
		if asOf == "" {
			asOf = h.t("kit.chart.show.noasof")
		}
		newest := clockOf(s.Newest)
		if newest == "" {
			newest = h.t("kit.chart.show.nonewest")
		}
		h.row("", h.t("kit.chart.show.store", s.Label, asOf, newest))
	}
	h.tellNotices(h.Out, c.Notices)
	section(h, "allergies", c.Allergies, func(a model.Allergy) []string {
		return []string{h.life(a.Life), a.Kind.Show, a.Allergen.Show, a.Severity.Show, shows(a.Reactions), a.Source}
	})
	section(h, "infections", c.Infections, func(i model.Infection) []string {
		return []string{i.Name.Show, i.Result.Show, clockOf(i.At.Stamp)}
	})
	section(h, "problems", c.Problems, func(p model.Problem) []string {
		return []string{h.life(p.Life), p.Name.Show, clockOf(p.Set.Stamp), clockOf(p.Ended.Stamp), p.Outcome.Show}
	})
	section(h, "stays", c.Stays, func(s model.Stay) []string {
		return []string{clockOf(s.Admitted.Stamp), clockOf(s.Discharged.Stamp), s.Place.Ward, s.Place.Room, s.Place.Bed, s.Dept.Show, s.Attending.Show}
	})
	section(h, "drugs", c.Drugs, func(d model.Drug) []string {
		return []string{clockOf(d.Ordered.Stamp), h.life(d.Life), d.Name.Show, d.Dose.Show, shows(d.Usage), h.days(d.Days), h.t("kit.chart.show.computed", h.t("kit.chart.use."+string(d.Use.Value)))}
	})
	section(h, "injections", c.Injections, func(i model.Injection) []string {
		var names []string
		for _, d := range i.Drugs {
			names = append(names, d.Name.Show+" "+d.Amount.Show)
		}
		return []string{clockOf(i.Start.Stamp), h.life(i.Life), strings.Join(names, " + "), i.Rate.Show, h.carried(i.Carried)}
	})
	section(h, "labs", c.Labs, func(l model.Lab) []string {
		return []string{clockOf(l.Collected.Stamp), h.stage(l.Stage), l.Item.Get().Show, shows(l.Values), l.Unit.Get().Show, l.Range.Get().Show, l.Flag.Get().Value}
	})
	h.line("kit.chart.show.items", len(c.Items))
}

// tellNotices prints what was found while reading.
func (h Host) tellNotices(w io.Writer, list []model.Notice) {
	for _, n := range list {
		args := make([]any, len(n.Args))
		for i, a := range n.Args {
			args[i] = a
		}
		fmt.Fprintln(w, "! "+hunt.Printable(h.Say(text.M("chart.notice."+n.Code, args...))))
	}
}

// maxRows is how many rows of a list a person at a terminal is shown.
const maxRows = 40

func section[T any](h Host, name string, l model.List[T], cells func(T) []string) {
	fmt.Fprintln(h.Out)
	h.row("", h.t("kit.chart.show."+name)+" ["+h.t("kit.chart.state."+string(l.State))+"]")
	for i, r := range l.Rows {
		if i == maxRows {
			h.row("  ", h.t("kit.chart.show.more", len(l.Rows)-maxRows))
			break
		}
		h.row("  ", cells(r)...)
	}
	if l.Unread > 0 {
		h.row("  ", h.t("kit.chart.show.unread", l.Unread))
	}
	if l.Broken > 0 {
		h.row("  ", h.t("kit.chart.show.broken", l.Broken))
	}
}

func (h Host) line(key string, args ...any) { fmt.Fprintln(h.Out, h.t(key, args...)) }

// row prints what is there of the cells, with a bar between them.
func (h Host) row(before string, cells ...string) {
	var there []string
	for _, c := range cells {
		if c != "" {
			there = append(there, hunt.Printable(c))
		}
	}
	fmt.Fprintln(h.Out, before+strings.Join(there, " | "))
}

func shows(list []model.Text) string {
	var out []string
	for _, t := range list {
		if t.Show != "" {
			out = append(out, t.Show)
		}
	}
	return strings.Join(out, " ")
}

// clockOf writes the digits of a sender's time so that they can be read, to the
// minute; what is no time stays as it is.
func clockOf(s model.Stamp) string {
	if _, ok := s.Day(); !ok {
		return string(s)
	}
	out := string(s[:4] + "-" + s[4:6] + "-" + s[6:8])
	if len(s) >= 12 {
		out += string(" " + s[8:10] + ":" + s[10:12])
	}
	return out
}

// days is a duration as sent; a bare number of times says what it is.
func (h Host) days(t model.Text) string {
	if t.Code == "times" && t.Show != "" && strings.Trim(t.Show, "0123456789") == "" {
		return h.t("kit.chart.show.times", t.Show)
	}
	return t.Show
}

// life is what became of an item, in words; nothing for what holds.
func (h Host) life(l model.Life) string {
	if l == view.Live || l == "" {
		return ""
	}
	return h.t("kit.chart.life." + string(l))
}

// stage is how far a result is, in words; nothing for a final one.
func (h Host) stage(s view.Stage) string {
	if s == view.Final || s == "" {
		return ""
	}
	return h.t("kit.chart.stage." + string(s))
}

func (h Host) carried(c model.Carried) string {
	if c == "" {
		return ""
	}
	return h.t("kit.chart.carried." + string(c))
}
