package detect

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/detect/thread"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

// storyLife is for how long after its last alert a story can still grow.
const storyLife = 8 * 24 * time.Hour

// storyLevel is from which level on an alert belongs to a story. Lower ones are
// listed and searched, but nobody has to handle them.
const storyLevel = sigma.Medium

// NoticeKind says what became of a story.
type NoticeKind string

// What may become of a story.
const (
	Opened  NoticeKind = "opened"
	Raised  NoticeKind = "raised" // it became more severe
	Grew    NoticeKind = "grew"   // another alert joined
	Taken   NoticeKind = "taken"  // a person acknowledged it
	Settled NoticeKind = "settled"
	Joined  NoticeKind = "joined" // it became part of another story
)

// Notice tells a Raiser what became of a story.
type Notice struct {
	Kind  NoticeKind
	Story string // ID
	No    int
	Level sigma.Level
	Title text.Msg // what happens, in one line
	Body  text.Msg // what it means and what to do first
	URL   string
	// Quiet says that nobody needs to be woken: it is about an upload or about
	// stored days that were gone through again.
	Quiet bool
	By    string // the person, of Taken and Settled
}

// chain joins an alert to a story, or brings what is new of it. It is called
// under mu.
func (d *Desk) chain(a *Alert) {
	if a.Level < storyLevel {
		return
	}
	if s := d.live.stories[a.Story]; s != nil {
		s.Thread.Add(a.knot(), true)
		d.changed(s, a, "")
		return
	}
	if a.Story != "" {
		return // a story that is closed or long over: the alert stays its own
	}
	stories := slices.SortedFunc(maps.Values(d.live.stories), func(x, y *Story) int { return cmp.Compare(x.No, y.No) })
	threads := make([]*thread.Thread, len(stories))
	for i, s := range stories {
		threads[i] = s.Thread
	}
	best, why, others := thread.Link(a.knot(), threads)
	a.Why = why
	if best == nil {
		d.begin(a)
		return
	}
	s := d.live.stories[best.ID]
	s.Thread.Add(a.knot(), false)
	a.Story = s.ID
	for _, o := range others {
		s = d.join(s, d.live.stories[o.ID])
	}
	d.changed(s, a, Grew)
}

// begin makes a story of an alert.
func (d *Desk) begin(a *Alert) {
	d.live.lastSNo++
	s := &Story{ID: ledger.NewID(), No: d.live.lastSNo, State: IsNew, Opened: d.cfg.Clock().UTC(), Retro: true, Old: true, Prev: d.storyBefore(a)}
	s.Thread = thread.New(s.ID)
	s.Thread.Add(a.knot(), false)
	a.Story, a.Why = s.ID, thread.Begins
	d.live.stories[s.ID] = s
	d.changed(s, a, Opened)
}

// storyBefore is the closed story of the alert of the same kind before this one.
func (d *Desk) storyBefore(a *Alert) string {
	if a.Prev == "" {
		return ""
	}
	prev, err := d.Alert(d.background(), a.Prev)
	if err != nil {
		return "" // only a link is lost
	}
	return prev.Story
}

// changed brings the story up to date with its thread and notes what is to be
// told: the kind, or that it became more severe; nothing where kind is empty.
func (d *Desk) changed(s *Story, a *Alert, kind NoticeKind) {
	before := s.Level
	s.First, s.Last, s.Steps, s.Size = s.Thread.First, s.Thread.Last, s.Thread.Steps, s.Thread.Size
	s.Level, s.touched = max(s.Level, s.Thread.Severity()), d.cfg.Clock()
	s.Retro, s.Old = s.Retro && a.Retro, s.Old && a.Old
	if h := headOf(a); s.Head.Host.Key == "" && s.Head.Source.Key == "" || h.outweighs(s.Head) {
		s.Head = h
	}
	if kind != Opened && s.Level > before {
		kind = Raised
	}
	d.draft.story(s)
	if kind != "" {
		d.draft.tell(kind, s)
	}
}

func headOf(a *Alert) Head {
	h := Head{Level: a.Level, Host: a.Host, Line: a.Line.Name}
	if len(a.Steps) > 0 {
		h.Step = a.Steps[len(a.Steps)-1]
	}
	if len(a.Sources) > 0 {
		h.Source = a.Sources[0]
	}
	return h
}

// outweighs says whether the headline should rather name h: the higher level,
// what care depends on, the later step.
func (h Head) outweighs(g Head) bool {
	if h.Level != g.Level {
		return h.Level > g.Level
	}
	if a, b := weight(h.Host.Rank), weight(g.Host.Rank); a != b {
		return a > b
	}
	return h.Step > g.Step
}

// weight makes a clinical priority comparable: 1 weighs most, 0 is not known.
func weight(rank int) int {
	if rank == 0 {
		return 0
	}
	return 4 - rank
}

// join makes one story of two, and gives the one that stays. Two that are
// incidents already stay two.
func (d *Desk) join(s, o *Story) *Story {
	if o == nil || o == s || (s.Incident != "" && o.Incident != "") {
		return s
	}
	if o.Incident != "" || (s.Incident == "" && o.State == IsAcked && s.State == IsNew) || (s.Incident == "" && s.State == o.State && o.No < s.No) {
		s, o = o, s
	}
	s.Thread.Join(o.Thread)
	s.Retro, s.Old = s.Retro && o.Retro, s.Old && o.Old
	if o.Head.outweighs(s.Head) {
		s.Head = o.Head
	}
	o.State, o.Into = IsMerged, s.ID
	for _, a := range d.live.alerts {
		if a.Story == o.ID {
			a.Story = s.ID
			d.draft.alert(a)
		}
	}
	delete(d.live.stories, o.ID)
	d.draft.merges = append(d.draft.merges, [2]string{o.ID, s.ID})
	d.draft.story(o)
	d.draft.tell(Joined, o)
	return s
}
