package incident

import (
	"time"

	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Deadline is a legal clock of an incident with what became of it.
type Deadline struct {
	Clock   clock.Clock
	Settled *Settlement
	Left    time.Duration // until the end of the target day; negative when past
	zone    *time.Location
	now     time.Time
}

// clocks gives the deadlines that the standing facts start.
func (d *Desk) clocks(in *Incident, cal *clock.Calendar) []Deadline {
	var out []Deadline
	for _, c := range clock.Run(d.rules, cal, d.zone, in.ClockFacts()) {
		dl := Deadline{Clock: c, zone: d.zone, now: d.clock()}
		if s, ok := in.Settled[c.Rule.ID]; ok {
			dl.Settled = &s
		}
		if target := c.Target(); !target.Zero() {
			dl.Left = target.End(d.zone).Sub(dl.now)
		}
		out = append(out, dl)
	}
	return out
}

// soon is how long before the end a clock is marked.
const soon = 72 * time.Hour

// Running reports whether somebody still has to act: not settled, and not only
// shown beside a longer clock.
func (dl Deadline) Running() bool { return dl.Settled == nil && !dl.Clock.Reference }

// Dated reports whether the clock has days at all.
func (dl Deadline) Dated() bool { return !dl.Clock.Target().Zero() }

// Mark says how the clock stands, in shape, word and number.
func (dl Deadline) Mark() web.Mark {
	switch {
	case dl.Settled != nil && dl.Settled.How == Met:
		return web.Mark{Level: web.Done, Say: text.M("incident.clock.met")}
	case dl.Settled != nil:
		return web.Mark{Level: web.Nothing, Say: text.M("incident.clock.waived")}
	case dl.Clock.Reference:
		return web.Mark{Level: web.Nothing, Say: text.M("incident.clock.reference")}
	case !dl.Dated():
		return web.Mark{Level: web.Warn, Say: text.M("incident.clock.undated")}
	case dl.Left < 0:
		return web.Mark{Level: web.Danger, Say: text.M("incident.clock.over", days(-dl.Left))}
	case dl.Left < soon:
		return web.Mark{Level: web.Warn, Say: text.M("incident.clock.soon", int(dl.Left/(24*time.Hour)), int(dl.Left/time.Hour)%24)}
	}
	return web.Mark{Level: web.Info, Say: text.M("incident.clock.left", int(dl.Left/(24*time.Hour)))}
}

// days rounds up: one minute over is one day over.
func days(d time.Duration) int { return int((d + 24*time.Hour - 1) / (24 * time.Hour)) }

// Blocker is one reason for which an incident cannot be closed yet.
type Blocker struct {
	Say text.Msg
	URL string
}

// Blockers lists what must be settled before the incident is closed: clocks
// that run, categories that nobody has answered, and dangerous tasks that are
// neither done nor dropped. Names of clocks are in the reader's language.
func (d *Desk) Blockers(in *Incident, cal *clock.Calendar, lang text.Lang) []Blocker {
	var out []Blocker
	url := "/incident/" + in.ID + "/clocks"
	if len(in.ClockFacts()) == 0 {
		out = append(out, Blocker{text.M("incident.block.nofact"), url})
	} else if open := in.OpenCategories(d.rules); len(open) > 0 {
		out = append(out, Blocker{text.M("incident.block.categories", len(open)), url})
	}
	for _, dl := range d.clocks(in, cal) {
		if dl.Running() {
			out = append(out, Blocker{text.M("incident.block.clock", dl.Clock.Rule.Name.In(lang)), url})
		}
	}
	for _, t := range in.Tasks {
		if t.Act.Dangerous() && !t.State.Finished() {
			out = append(out, Blocker{text.M("incident.block.dangerous"), "/incident/" + in.ID + "/tasks"})
			break
		}
	}
	return out
}
