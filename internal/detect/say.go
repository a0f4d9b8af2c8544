package detect

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/detect/tell"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/sigma"
)

// tale is a story with its alerts, the earliest first.
type tale struct {
	Story  *Story
	Alerts []*Alert
}

// tale reads a story. One that became part of another gives that one.
func (d *Desk) tale(ctx context.Context, id string) (*tale, error) {
	s, err := d.Story(ctx, id)
	for hops := 0; err == nil && s.State == IsMerged && hops < 20; hops++ {
		s, err = d.Story(ctx, s.Into)
	}
	if err != nil {
		return nil, err
	}
	alerts, err := d.alerts(ctx, "WHERE story = ? ORDER BY first_at, no LIMIT ?", s.ID, maxTale)
	return &tale{s, alerts}, err
}

// maxTale bounds the alerts of one story that a page shows.
const maxTale = 500

// hosts are the computers that the story is about or came from, in the order in
// which they appear.
func (t *tale) hosts() []Named {
	var out []Named
	for _, a := range t.Alerts {
		for _, n := range append(append([]Named{}, a.Sources...), append([]Named{a.Host}, a.Others...)...) {
			if n.Key != "" && !slices.ContainsFunc(out, func(o Named) bool { return o.Key == n.Key }) {
				out = append(out, n)
			}
		}
	}
	return out
}

// Voice says things in one language.
type Voice struct {
	Lang text.Lang
	Say  func(text.Msg) string
}

// VoiceOf is the voice of a page's reader.
func VoiceOf(c *web.Call) Voice { return Voice{Lang: c.Lang, Say: c.Say} }

// Title is the headline of a story: what its heaviest alert shows, where.
func (s *Story) Title() text.Msg { return headline(s.Head) }

func headline(h Head) text.Msg {
	step := "none"
	if h.Step > 0 {
		step = strings.ToLower(h.Step.String())
	}
	host := any(h.Host.Name)
	if h.Host.Name == "" {
		host = text.M("detect.somewhere")
	}
	source := cmp.Or(h.Line, h.Source.Name)
	if source == "" || h.Source.Key == h.Host.Key {
		return text.M("detect.title."+step, host)
	}
	return text.M("detect.title."+step+".from", host, source)
}

// Call is what somebody who is woken reads below the headline: what it may mean
// and what to do first.
func (s *Story) Call() text.Msg {
	step := s.Head.Step.String()
	if step == "" {
		step = "none"
	}
	stops := text.M("detect.call.unknown")
	if s.Head.Host.Stop != "" {
		stops = text.M("detect.call.stops", s.Head.Host.Stop)
	}
	return text.M("detect.call", levelText(s.Level), s.Size, stops, text.M("detect.act."+strings.ToLower(step)))
}

// alert says in one sentence what an alert tells of.
func (v Voice) alert(a *Alert) string {
	values := tell.Values{"line": a.Line.Name, "vendor": a.Vendor.Name, "system": a.Host.Sys, "host": a.Host.Name}
	for place, value := range a.Values {
		values[place] = value
	}
	values["source"] = v.names(a.Sources)
	values["account"] = v.list(a.Accounts)
	if a.Storm {
		return v.Say(text.M("detect.tell.storm", stormAt(a), int(a.Count)))
	}
	best := a.telling()
	unknown := v.Say(text.M("detect.somewhere"))
	if best.Tell.Zero() {
		plain := strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`)
		return tell.Fill(v.Say(text.M("detect.tell.default", plain.Replace(best.Title.In(v.Lang)))), values, unknown)
	}
	return tell.Fill(best.Tell.In(v.Lang), values, unknown)
}

func stormAt(a *Alert) time.Time { return a.First.Truncate(time.Hour) }

// full gives the register's name, and behind it the one in the log.
func (v Voice) full(n Named) string {
	if n.Raw == "" || n.Raw == n.Name || strings.Contains(n.Name, n.Raw) {
		return n.Name
	}
	return n.Name + "(" + n.Raw + ")"
}

func (v Voice) names(list []Named) string {
	if len(list) == 0 {
		return ""
	}
	if len(list) == 1 {
		return list[0].Name
	}
	return v.Say(text.M("detect.more", list[0].Name, len(list)-1))
}

func (v Voice) list(list []string) string {
	switch len(list) {
	case 0:
		return ""
	case 1, 2, 3:
		return strings.Join(list, ", ")
	}
	return v.Say(text.M("detect.more", list[0], len(list)-1))
}

// words gives the title of an alert: that of its first rule.
func (v Voice) words(a *Alert) string {
	if a.Storm {
		return v.Say(text.M("detect.storm"))
	}
	return a.Rules[0].Title.In(v.Lang)
}

// stepText names a step.
func stepText(s rulepack.Step) text.Msg {
	return text.M("detect.step."+strings.ToLower(s.String()), s.String())
}

func levelText(l sigma.Level) text.Msg { return text.M("detect.level." + l.String()) }

// Sentence says in one sentence what an alert tells of.
func (v Voice) Sentence(a *Alert) string { return v.alert(a) }
