package chart

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// Printer puts what was read into words of one language. The zero ID gives no
// links to originals.
type Printer struct {
	ID    string // of the patient, for links to originals
	Today model.Day
	lang  text.Lang
	say   func(text.Msg) string
	known func(text.Msg) text.Msg
}

func newPrinter(c *web.Call, id string) Printer {
	return Printer{ID: id, Today: today(c), lang: c.Lang, say: c.Say, known: c.Known}
}

// today is the calendar day of the hospital.
func today(c *web.Call) model.Day {
	day, _ := view.ParseDay(c.Now.In(c.Zone()).Format("20060102"))
	return day
}

// Val is a value ready to print; part "chart-val" prints it.
type Val struct {
	Show   string
	Raw    string   // what was sent, where it is more or other than Show
	URL    string   // of the original; "" for what has none
	Calc   bool     // Toride computed it: the label 計算値 stands beside it
	Doubts []string // why it may be wrong
	Struck bool     // withdrawn, or taken back
}

// Has reports whether there is something to print.
func (v Val) Has() bool { return v.Show != "" || v.Raw != "" }

// T is a sentence of the catalogue.
func (p Printer) T(key string, args ...any) string { return p.say(text.M(key, args...)) }

// Stamp prints a time as far as it was written: 2026/11/02 09:30, in English 2
// Nov 2026 09:30. Digits that are no time are printed as they are. Hours above
// 23 are kept: some senders count on after midnight.
func (p Printer) Stamp(s model.Stamp) string {
	t := string(s)
	if len(t) < 8 || !digits(t[:8]) {
		switch {
		case len(t) == 6 && digits(t):
			return p.join(t[:4], t[4:6], "")
		default:
			return t
		}
	}
	out := p.join(t[:4], t[4:6], t[6:8])
	switch {
	case len(t) >= 12 && digits(t[8:12]):
		return out + " " + t[8:10] + ":" + t[10:12]
	case len(t) >= 10 && digits(t[8:10]):
		return out + " " + p.T("chart.hour", t[8:10])
	}
	return out
}

// Short prints the day of a time in a few digits: 10/28 of this year, 2025/10/28
// of others.
func (p Printer) Short(s model.Stamp) string {
	day := p.Stamp(s[:min(len(s), 8)])
	this := p.Today.String()
	if len(s) < 8 || string(s[:4]) != this[:4] {
		return day
	}
	if p.lang == text.EN {
		return strings.TrimSuffix(day, " "+this[:4])
	}
	return strings.TrimPrefix(day, this[:4]+"/")
}

// Moment is Short with the time of day.
func (p Printer) Moment(s model.Stamp) string {
	day, full := p.Short(s), p.Stamp(s)
	if i := len(p.Stamp(s[:min(len(s), 8)])); len(s) > 8 && i < len(full) {
		return day + full[i:]
	}
	return day
}

// Span prints a time to a time; of an end on the same day the day is left out.
func (p Printer) Span(from, to model.When) string {
	a, b := p.Moment(from.Stamp), p.Moment(to.Stamp)
	if a == "" {
		a = from.Raw
	}
	if b == "" {
		b = to.Raw
	}
	if b == "" {
		return a
	}
	if len(from.Stamp) >= 12 && len(to.Stamp) >= 12 && from.Stamp[:8] == to.Stamp[:8] {
		b = strings.TrimSpace(strings.TrimPrefix(b, p.Short(to.Stamp)))
	}
	return a + p.T("chart.span", b)
}

// ShortDay is Short of a calendar day.
func (p Printer) ShortDay(d model.Day) string { return p.Short(model.Stamp(d.String())) }

func (p Printer) join(year, month, day string) string {
	if p.lang != text.EN {
		return strings.TrimSuffix(year+"/"+month+"/"+day, "/")
	}
	months := [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	n := int(month[0]-'0')*10 + int(month[1]-'0')
	if n < 1 || n > 12 {
		return strings.TrimSuffix(year+"-"+month+"-"+day, "-")
	}
	return strings.TrimSpace(strings.TrimPrefix(day, "0") + " " + months[n-1] + " " + year)
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// Time prints a time of a clock as Stamp does.
func (p Printer) Time(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return p.Stamp(model.Stamp(t.In(zone).Format("200601021504")))
}

// Day prints a calendar day.
func (p Printer) Day(d model.Day) string { return p.Stamp(model.Stamp(d.String())) }

// When prints a time that a sender wrote, with the original where it is other.
func (p Printer) When(w model.When) Val {
	v := Val{Show: p.Stamp(w.Stamp), Raw: w.Raw, URL: p.of(w.Origin)}
	if v.Show == "" {
		v.Show = w.Raw
	}
	return v
}

// Text prints what a sender wrote.
func (p Printer) Text(t model.Text) Val {
	return Val{Show: t.Show, Raw: t.Raw, URL: p.of(t.Origin)}
}

// Join prints several texts in a row.
func (p Printer) Join(list []model.Text) string {
	var out []string
	for _, t := range list {
		if t.Has() {
			out = append(out, t.Show)
		}
	}
	return strings.Join(out, p.T("chart.join"))
}

// Computed prints what Toride worked out; show is not asked where the rule
// could not be applied.
func Computed[T any](p Printer, c model.Computed[T], show func(T) string) Val {
	v := Val{Calc: true}
	if c.OK {
		v.Show = show(c.Value)
	}
	for _, n := range c.Doubts {
		v.Doubts = append(v.Doubts, p.Note(n))
	}
	return v
}

// CalcDay prints a computed day.
func (p Printer) CalcDay(c model.Computed[model.Day]) Val { return Computed(p, c, p.Day) }

// Note prints a note of the reading by its code.
func (p Printer) Note(n model.Note) string { return p.coded("chart.note.", n.Code, n.Args) }

// Rule prints how something was computed.
func (p Printer) Rule(rule string) string { return p.coded("chart.rule.", rule, nil) }

// coded looks for the words of a code. A code without words is shown as it is:
// a warning must not be lost because its words are.
func (p Printer) coded(prefix, code string, args []string) string {
	list := make([]any, len(args))
	for i, a := range args {
		if list[i] = a; len(a) == 8 && strings.Contains(code, "birth") {
			list[i] = p.Stamp(model.Stamp(a))
		}
	}
	if m := p.known(text.M(prefix+code, list...)); !m.Zero() {
		return p.say(m)
	}
	return strings.TrimSpace(code + " " + strings.Join(args, " "))
}

// Notice is a model.Notice ready to print; part "chart-notice" prints it.
type Notice struct {
	Mark  web.Mark // its Say is the level's word
	Say   string
	URL   string
	Level string
}

// Notices prints notices, danger first; the same one twice is printed once.
func (p Printer) Notices(list []model.Notice) []Notice {
	var out []Notice
	for _, n := range list {
		one := Notice{Level: n.Level, Say: p.coded("chart.notice.", n.Code, n.Args), Mark: levelMark(n.Level)}
		if n.Ref != (model.Ref{}) {
			one.URL = p.Original(model.Origin{Ref: n.Ref})
		}
		if !slices.ContainsFunc(out, func(o Notice) bool { return o.Say == one.Say && o.URL == one.URL }) {
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(a, b Notice) int { return levelRank(a.Level) - levelRank(b.Level) })
	return out
}

func levelRank(level string) int {
	return slices.Index([]string{model.Danger, model.Warn, model.Info}, level)
}

func levelMark(level string) web.Mark {
	switch level {
	case model.Danger:
		return web.Mark{Level: web.Danger, Say: text.M("chart.level.danger")}
	case model.Warn:
		return web.Mark{Level: web.Warn, Say: text.M("chart.level.warn")}
	}
	return web.Mark{Level: web.Info, Say: text.M("chart.level.info")}
}

// State is why a list is as it is; part "chart-state" prints it.
type State struct {
	State  model.State
	Mark   web.Mark // a word with a shape of its own for each state
	Say    string   // a sentence; empty where there are rows
	Short  string   // the same in few words, for the strips of the head
	Unread string   // how many items were not read, as a sentence
	Broken string   // how many could not be read, as a sentence
	Empty  bool     // there are no rows
}

// Part names a list of the chart in the reader's language.
func (p Printer) Part(part model.Part) string { return p.T("chart.part." + string(part)) }

// State prints the state of a list.
func (p Printer) State(part model.Part, s model.State, unread, broken int) State {
	out := State{State: s, Empty: s != model.Some}
	if s == "" {
		s = model.Unknown
	}
	if s != model.Some {
		out.Mark, out.Say = stateMark(s), p.T("chart.state."+string(s)+".say", p.Part(part))
		out.Short = p.T("chart.state." + string(s) + ".short")
	}
	if unread > 0 {
		out.Unread = p.T("chart.unread", unread)
	}
	if broken > 0 {
		out.Broken = p.T("chart.broken", broken)
	}
	return out
}

// StateOf prints the state of a list of any kind.
func StateOf[T any](p Printer, part model.Part, l model.List[T]) State {
	return p.State(part, l.State, l.Unread, l.Broken)
}

func stateMark(s model.State) web.Mark {
	m := web.Mark{Level: web.Unclear, Say: text.M("chart.state." + string(s))}
	switch s {
	case model.NotStored:
		m.Level = web.Warn
	case model.NoRecord:
		m.Level = web.Nothing
	case model.SaysNone:
		m.Level = web.Info
	case model.Unreadable:
		m.Level = web.Danger
	}
	return m
}

// Life marks what was withdrawn; the zero Mark for what holds.
func (p Printer) Life(l model.Life) web.Mark {
	if l == view.Live || l == "" {
		return web.Mark{}
	}
	return web.Mark{Level: web.Warn, Say: text.M("chart.life." + string(l))}
}

// Original is the address of what a value came from, "" where it has none.
func (p Printer) Original(o model.Origin) string {
	if p.ID == "" {
		return ""
	}
	return p.at().original(o)
}

// of is Original of a value that stands in no row, or in one that is not meant.
func (p Printer) of(o *model.Origin) string { return p.Original(o.Within(model.Origin{})) }

// Sex prints a sex by its code; what is no code is printed as sent.
func (p Printer) Sex(code, sent string) string {
	if slices.Contains([]string{"M", "F", "O", "U"}, code) {
		return p.T("chart.sex." + code)
	}
	return sent
}

// patientURL is where a patient's pages begin.
func patientURL(id string) string { return "/chart/p/" + url.PathEscape(id) }
