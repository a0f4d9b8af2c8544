package paper

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
)

// pen writes values in the reader's language, for one job.
type pen struct {
	cat      *text.Catalog
	lang     text.Lang
	zone     *time.Location
	hospital string
	by       string
	now      time.Time
	asOf     time.Time // zero: not known
	newest   bool      // asOf is when the newest item was sent
	old      time.Duration
	opt      Options
	kind     func(source, code string) (source.Kind, bool) // nil: codes are printed
	partial  bool                                          // the census is not complete
	warn     []text.Msg                                    // what must stand on every sheet made from the copy
	said     []string                                      // the notes of the sheet that is being made, by their marks
}

// t is a sentence of this package: its keys begin with "paper.".
func (p *pen) t(key string, args ...any) string {
	return p.cat.Say(p.lang, text.M("paper."+key, args...))
}

// coded looks for the words of a code of the chart. A code without words is
// printed as it is: what it warns of must not be lost.
func (p *pen) coded(prefix, code string, args []string) string {
	if key := prefix + code; p.cat.Has(key) {
		list := make([]any, len(args))
		for i, a := range args {
			list[i] = a
		}
		return p.cat.Say(p.lang, text.M(key, list...))
	}
	return strings.TrimSpace(code + " " + strings.Join(args, " "))
}

// notes gives the marks of notes (※1 ※2); their words stand at the end of the
// sheet, once each.
func (p *pen) notes(list []model.Note) string {
	out := ""
	for _, n := range list {
		words := p.coded("chart.note.", n.Code, n.Args)
		i := slices.Index(p.said, words)
		if i < 0 {
			i = len(p.said)
			p.said = append(p.said, words)
		}
		out = strings.TrimSpace(out + " " + p.t("mark", i+1))
	}
	return out
}

// spoken is the block with the words of the marks; nil without any.
func (p *pen) spoken() []page.Block {
	if len(p.said) == 0 {
		return nil
	}
	cell := page.Cell{}
	for i, words := range p.said {
		cell = append(cell, page.Span{Text: p.t("mark", i+1) + " " + words, Size: page.Small})
	}
	p.said = nil
	return []page.Block{page.Text{Cell: cell}}
}

// today is the day of printing; base is the end of what the copy can know: the
// as-of time, or the time of printing where that is not known or ahead of it.
func (p *pen) today() model.Day { return model.DayOf(p.now.In(p.zone)) }

func (p *pen) base() time.Time {
	if p.asOf.IsZero() || p.asOf.After(p.now) {
		return p.now.In(p.zone)
	}
	return p.asOf.In(p.zone)
}

// since is the stamp of a time before base.
func (p *pen) since(d time.Duration) model.Stamp {
	return model.StampOf(p.base().Add(-d), p.zone)
}

// stamp prints a time as far as it was written. Hours above 23 are kept, and
// what is no time is printed as it is.
func (p *pen) stamp(s model.Stamp) string {
	day, ok := s.Day()
	if !ok {
		t := string(s)
		if len(t) == 6 {
			return t[:4] + "/" + t[4:]
		}
		return t
	}
	out := p.day(day)
	if len(s) >= 12 {
		return out + " " + string(s[8:10]) + ":" + string(s[10:12])
	}
	if len(s) >= 10 {
		return out + " " + p.t("hour", string(s[8:10]))
	}
	return out
}

func (p *pen) day(d model.Day) string {
	t := time.Unix(int64(d)*86400, 0).UTC()
	if p.lang == text.EN {
		return t.Format("2 Jan 2006")
	}
	return t.Format("2006/01/02")
}

// short prints a stamp without its year.
func (p *pen) short(s model.Stamp) string {
	out := p.stamp(s)
	if p.lang == text.EN {
		if len(s) >= 8 {
			return strings.Replace(out, " "+string(s[:4]), "", 1)
		}
		return out
	}
	if len(s) >= 8 && len(out) > 5 {
		return out[5:]
	}
	return out
}

// near is when without the year where that is the year of the copy, for times
// under a heading that names it.
func (p *pen) near(w model.When) string {
	if w.Stamp == "" {
		return w.Raw
	}
	if year := p.base().Format("2006"); len(w.Stamp) >= 8 && string(w.Stamp[:4]) == year {
		return p.short(w.Stamp)
	}
	return p.stamp(w.Stamp)
}

// at prints an instant to the minute.
func (p *pen) at(t time.Time) string { return p.stamp(model.StampOf(t, p.zone)) }

// when prints what a sender wrote as a time.
func (p *pen) when(w model.When) string {
	if w.Stamp == "" {
		return w.Raw
	}
	return p.stamp(w.Stamp)
}

// calc labels what was computed.
func (p *pen) calc(s string) string { return p.t("calc", s) }

// shows joins what several texts show.
func shows(list []model.Text, sep string) string {
	out := make([]string, 0, len(list))
	for _, t := range list {
		if t.Show != "" {
			out = append(out, t.Show)
		}
	}
	return strings.Join(out, sep)
}

// named is "label: value", "" without a value.
func (p *pen) named(key, value string) string {
	if value == "" {
		return ""
	}
	return p.t("named", p.t(key), value)
}

// sex prints a sex by its code; what is no code is printed as sent.
func (p *pen) sex(code, sent string) string {
	switch code {
	case "M", "F", "O", "U":
		return p.t("sex." + code)
	}
	return sent
}

// why says of a list without rows why it has none, and of every list what of it
// could not be read; nil where there is nothing to say. what names the list.
func why[T any](p *pen, l model.List[T], what string) []page.Block {
	var out []page.Block
	if s := stateWords(p, l); s != "" {
		out = append(out, page.Text{Cell: page.C(p.t("named", p.t("part."+what), s)), Frame: page.Thin})
	}
	return append(out, missed(p, l)...)
}

func stateWords[T any](p *pen, l model.List[T]) string {
	state := l.State
	switch {
	case state == model.Some || len(l.Rows) > 0 && state != model.SaysNone:
		return ""
	case state == "":
		state = model.Unknown
	}
	return p.t("state." + string(state))
}

func missed[T any](p *pen, l model.List[T]) (out []page.Block) {
	if l.Broken > 0 && l.State != model.Unreadable {
		out = append(out, page.Text{Cell: page.C(p.t("broken", l.Broken)), Frame: page.Thick})
	}
	if l.Unread > 0 {
		out = append(out, page.Text{Cell: page.C(p.t("unread", l.Unread)), Frame: page.Thin})
	}
	return out
}

func itoa(n int) string { return strconv.Itoa(n) }
