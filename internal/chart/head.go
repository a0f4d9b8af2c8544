package chart

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// Head stands above every page of an opened chart, on screen and on paper; part
// "chart-head" prints it.
type Head struct {
	ID, Kanji, Kana string
	Birth           Val
	Sex             string
	Age             Val
	Bed             Val // of a stay that is not known to have ended
	Attending       string
	Allergies       Band
	Infections      Band
	Facts           []Fact
	AsOf            string // of the copy
	Newest          string // sent last for this patient
	Old             bool   // the copy is older than the hospital allows
	NotStored       []string
	Danger          []Notice // what may be another patient, what cannot be read
	Notices         []Notice
	Tabs            []Tab
	Acts            []Tab // paper and back-entry of this patient, for who may
	Off             bool  // derived lists are switched off
	Unwritten       bool  // the line of this view could not be written
	Big             bool  // large letters
	Here            string
}

// Band is a strip of the head that must not be overlooked.
type Band struct {
	Name  string
	State State
	Items []BandItem
	More  int // rows that the strip leaves to the list below
	Gone  int // withdrawn or entered in error; they stand in the list below
}

// BandItem is one allergy or infection in few words.
type BandItem struct {
	Mark web.Level // danger, warn or info: decides shape and colour
	Name string
	Say  string // severity, reaction, result
	Calc bool
	URL  string
}

// Shape is the sign beside the item.
func (i BandItem) Shape() string { return web.Mark{Level: i.Mark}.Shape() }

// Fact is a name with a value.
type Fact struct {
	Name string
	Val  Val
	None string // what stands there where the value is missing
}

// Tab is a page of the chart.
type Tab struct {
	Name    string
	URL     string
	Current bool
}

// bandMost is how many items a strip shows before it points to the list.
const bandMost = 10

// tabs are the pages of a chart in their order; the first is "" for the page of
// now. Texts: chart.tab.<name>.
func tabs() []string {
	return []string{"now", "matrix", "labs", "drugs", "injections", "stays", "orders", "documents"}
}

func (d *Desk) head(c *web.Call, p *Patient, page string) Head {
	pr, chart := p.Print, p.Chart
	h := Head{ID: chart.ID, Kanji: chart.Person.Kanji.Show, Kana: chart.Person.Kana.Show, Birth: pr.When(chart.Person.Birth),
		Sex: pr.Sex(chart.Person.Sex.Code, chart.Person.Sex.Show), Age: pr.Age(chart.Person.Age), Off: !p.Set.Derived.On,
		Allergies: pr.allergies(chart.Allergies), Infections: pr.infections(chart.Infections)}
	if stay, ok := current(chart.Stays); ok {
		h.Bed = Val{Show: stay.Place.String(), URL: pr.Original(stay.Origin), Calc: true}
		h.Attending = stay.Attending.Show
	}
	h.Facts = pr.facts(chart)
	h.NotStored = pr.notStored(chart)
	for _, n := range pr.Notices(chart.Notices) {
		if n.Level == model.Danger {
			h.Danger = append(h.Danger, n)
		} else {
			h.Notices = append(h.Notices, n)
		}
	}
	asOf := oldest(chart.Stores)
	h.AsOf, h.Newest = pr.Stamp(asOf), pr.Stamp(newest(chart.Stores))
	h.Old = d.old(asOf, c.Now, c.Zone())
	if _, by := d.shelf.Until(); asOf == "" || by == shelf.ByNewest { // a copy of last night may hold nothing since last month
		h.AsOf, h.Old = d.until(pr, c)
	}
	h.Acts = acts(c, pr)
	for _, name := range tabs() {
		t := Tab{Name: pr.T("chart.tab." + name), URL: patientURL(chart.ID), Current: name == page}
		if name != "now" {
			t.URL += "/" + name
		}
		h.Tabs = append(h.Tabs, t)
	}
	return h
}

// acts are the rooms beside the chart in which something can be done for the
// patient: internal/chart/paper and internal/chart/backentry stand in every house
// that this package stands in.
func acts(c *web.Call, p Printer) (out []Tab) {
	add := func(perm web.Perm, name, at string) {
		if c.Person.Can(perm) {
			out = append(out, Tab{Name: p.T("chart.act." + name), URL: at + "?patient=" + url.QueryEscape(p.ID)})
		}
	}
	add(right.Print, "print", "/paper")
	add(right.Entry, "entry", "/backentry/new")
	return out
}

// Age prints an age.
func (p Printer) Age(age model.Computed[int]) Val {
	return Computed(p, age, func(n int) string { return p.T("chart.age", strconv.Itoa(n)) })
}

// current is the stay that is not known to have ended.
func current(l model.List[model.Stay]) (model.Stay, bool) {
	if len(l.Rows) > 0 && !l.Rows[0].Discharged.Has() {
		return l.Rows[0], true
	}
	return model.Stay{}, false
}

// oldest is the as-of time that all of the chart has reached: that of the source
// that stands furthest behind. "" where one of them says none.
func oldest(stores []model.Store) model.Stamp {
	var out model.Stamp
	for _, s := range stores {
		switch {
		case s.Absent || s.Failed:
		case s.AsOf == "":
			return ""
		case out == "" || s.AsOf < out:
			out = s.AsOf
		}
	}
	return out
}

func newest(stores []model.Store) model.Stamp {
	var out model.Stamp
	for _, s := range stores {
		out = max(out, s.Newest)
	}
	return out
}

// old reports whether an as-of time is older than the hospital allows. A copy
// without one is not called old: it is called unknown.
func (d *Desk) old(asOf model.Stamp, now time.Time, zone *time.Location) bool {
	if len(asOf) < 12 {
		return false
	}
	at, err := time.ParseInLocation("200601021504", string(asOf[:12]), zone)
	return err == nil && now.Sub(at) > time.Duration(d.Settings().OldHours)*time.Hour
}

func (p Printer) facts(chart *model.Chart) []Fact {
	blood := Val{Show: chart.Person.ABO.Show, URL: p.of(chart.Person.ABO.Origin)}
	if rh := chart.Person.Rh.Show; rh != "" {
		blood.Show = p.T("chart.fact.blood.both", blood.Show, rh)
	}
	none := p.T("chart.fact.none")
	return []Fact{
		{Name: p.T("chart.fact.blood"), Val: blood, None: none},
		{Name: p.T("chart.fact.weight"), Val: p.Measure(chart.Person.Weight), None: none},
		{Name: p.T("chart.fact.height"), Val: p.Measure(chart.Person.Height), None: none},
	}
}

// Measure prints a number with its unit and day.
func (p Printer) Measure(m model.Measure) Val {
	v := Val{URL: p.of(m.Value.Origin)}
	if !m.Value.Has() {
		return v
	}
	v.Show = m.Value.Show + m.Unit.Show
	if at := p.When(m.At).Show; at != "" {
		v.Show = p.T("chart.fact.at", v.Show, at)
	}
	return v
}

// allergies puts what holds into the strip, the severest first.
func (p Printer) allergies(l model.List[model.Allergy]) Band {
	b := Band{Name: p.Part(model.Allergies), State: StateOf(p, model.Allergies, l)}
	rows := slices.Clone(l.Rows)
	slices.SortStableFunc(rows, func(a, b model.Allergy) int {
		return cmp.Compare(severity(b.Severity.Code), severity(a.Severity.Code))
	})
	at := map[string]int{} // place of a substance in b.Items
	for _, a := range rows {
		if a.Life != view.Live {
			b.Gone++
			continue
		}
		if a.SaysNone.OK && a.SaysNone.Value { // a statement: it stands in the list below
			continue
		}
		item := BandItem{Mark: web.Danger, Name: a.Allergen.Show, URL: p.Original(a.Origin), Say: p.brief(a.Kind.Show, a.Severity.Show, p.Join(a.Reactions))}
		if item.Name == "" {
			item.Name = p.T("chart.allergy.unnamed")
		}
		if old, twice := at[item.Name]; twice && a.Allergen.Has() {
			if old >= 0 {
				b.Items[old].also(item)
			}
			continue
		}
		if at[item.Name] = len(b.Items); len(b.Items) >= bandMost {
			at[item.Name] = -1
			b.More++
			continue
		}
		b.Items = append(b.Items, item)
	}
	return b
}

// also adds what a second record says of the same substance: AL1 and IAM name
// the same one, often with more or less of it.
func (i *BandItem) also(other BandItem) {
	if strings.Contains(i.Say, other.Say) {
		return
	}
	const between = " / "
	said := slices.DeleteFunc(strings.Split(i.Say, between), func(s string) bool { return strings.Contains(other.Say, s) })
	i.Say = strings.Join(append(said, other.Say), between)
}

// severity orders table 0128; what is not said comes before mild, because it
// may be anything.
func severity(code string) int {
	switch code {
	case "SV", "high": // high is FHIR's criticality
		return 4
	case "MO":
		return 3
	case "MI":
		return 1
	}
	return 2
}

func (p Printer) brief(words ...string) string {
	out := ""
	for _, w := range words {
		if w == "" {
			continue
		}
		if out != "" {
			out += p.T("chart.join")
		}
		out += w
	}
	return out
}

// infections puts what reads as positive or borderline, or cannot be read, into
// the strip. What reads as negative stands in the list below: a value with its
// day, never as an all-clear.
func (p Printer) infections(l model.List[model.Infection]) Band {
	b := Band{Name: p.Part(model.Infections), State: StateOf(p, model.Infections, l)}
	seen := map[string]bool{}
	for _, i := range l.Rows {
		if seen[i.Name.Show] { // newest first: an older result of the same name
			continue
		}
		seen[i.Name.Show] = true
		item := BandItem{Mark: web.Danger, Name: i.Name.Show, URL: p.Original(i.Origin), Calc: i.Mark.OK,
			Say: p.brief(i.Result.Show, p.Short(i.At.Stamp))}
		switch {
		case !i.Mark.OK:
			item.Mark = web.Unclear
		case i.Mark.Value == "negative":
			item.Mark = web.Info
		case i.Mark.Value == "borderline":
			item.Mark = web.Warn
		}
		if len(b.Items) >= bandMost {
			b.More++
			continue
		}
		b.Items = append(b.Items, item)
	}
	slices.SortStableFunc(b.Items, func(x, y BandItem) int { return markRank(x.Mark) - markRank(y.Mark) })
	return b
}

func markRank(l web.Level) int {
	return slices.Index([]web.Level{web.Danger, web.Warn, web.Unclear, web.Info}, l)
}

// notStored names the parts that this copy holds for nobody.
func (p Printer) notStored(chart *model.Chart) []string {
	var out []string
	for _, part := range model.Parts() {
		if chart.StateOf(part) == model.NotStored {
			out = append(out, p.Part(part))
		}
	}
	return out
}
