package detect

import (
	"slices"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// StoryPage is one story whole. Its upper part fits a telephone at night: what
// happens, what to do first, and one button.
type StoryPage struct {
	Tabs     []Tab
	Live     web.LivePart
	Story    *Story
	Title    text.Msg
	Level    web.Mark
	State    web.Mark
	First    text.Msg // what to do first
	Stops    []Stop   // what may stop
	Lines    []StoryLine
	Rows     []AlertRow // all alerts, with the numbers of their lines
	More     int        // alerts that are not shown
	Picture  Picture
	Steps    []StepRow
	Do       []string // what to do, without repeating
	Accounts []string
	Incident string // URL
	Prev     string // URL
	Can      bool
	CanRaise bool // may declare an incident
}

// PageTitle is the headline.
func (p StoryPage) PageTitle() text.Msg { return text.M("detect.story.title", p.Story.No, p.Title) }

// Stop is a computer of the story on which care depends.
type Stop struct {
	Name string
	Sys  string
	What string
	Mark web.Mark
}

// StepRow is one step of the chain that the story shows.
type StepRow struct {
	Step  rulepack.Step
	Say   text.Msg
	Means text.Msg
	Which []int // lines that show it
}

func (d *Desk) storyPage(c *web.Call) error {
	t, err := d.tale(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	if t.Story.ID != c.Path("id") {
		return c.Redirect(t.Story.URL(), text.M("detect.story.joined", t.Story.No))
	}
	s, v := t.Story, VoiceOf(c)
	step := s.Head.Step
	p := StoryPage{Tabs: tabs(""), Live: web.LivePart{Topic: Topic, For: "story"}, Story: s, Title: s.Title(), Level: levelMark(s.Level), State: stateMark(s.State, s.Result),
		First: actText(step), Picture: v.picture(t), More: s.Size - len(t.Alerts), Can: c.Person.Can(PermWrite) && s.Open(),
		CanRaise: c.Person.Can(PermWrite) && c.Person.Can("incident.write") && s.Incident == ""}
	seen := map[string]bool{}
	var numbers map[string]int
	p.Lines, numbers = v.storyLines(t, c.Now)
	for _, a := range t.Alerts {
		row := v.row(a, c.Now)
		row.N = numbers[a.ID]
		p.Rows = append(p.Rows, row)
		p.todo(d, a, seen, c.Lang)
		for _, name := range a.Accounts {
			if !seen["account "+name] && len(p.Accounts) < maxAccounts {
				seen["account "+name] = true
				p.Accounts = append(p.Accounts, name)
			}
		}
	}
	p.Steps, p.Stops = stepRows(t, numbers), stops(t)
	if s.Incident != "" {
		p.Incident = "/incident/" + s.Incident
	}
	if s.Prev != "" {
		p.Prev = storyURL(s.Prev)
	}
	return c.Render("detect.story", p)
}

func actText(s rulepack.Step) text.Msg {
	if s == 0 {
		return text.M("detect.act.none")
	}
	return text.M("detect.act." + lower(s))
}

func lower(s rulepack.Step) string { return "a" + s.String()[1:] }

// todo adds what the alert's rules say is to be done, each thing once.
func (p *StoryPage) todo(d *Desk, a *Alert, seen map[string]bool, lang text.Lang) {
	for _, rc := range a.Rules {
		r := d.Rule(rc.Rule)
		if r == nil || r.About == nil {
			continue
		}
		for _, w := range r.About.Do {
			if line := w.In(lang); !seen["do "+line] && len(p.Do) < 20 {
				seen["do "+line] = true
				p.Do = append(p.Do, line)
			}
		}
	}
}

// stepRows says which steps of the chain the story shows, by which lines.
func stepRows(t *tale, numbers map[string]int) []StepRow {
	var out []StepRow
	for _, s := range t.Story.Steps {
		row := StepRow{Step: s, Say: stepText(s), Means: text.M("detect.mean." + lower(s))}
		for _, a := range t.Alerts {
			if n := numbers[a.ID]; slices.Contains(a.Steps, s) && !slices.Contains(row.Which, n) {
				row.Which = append(row.Which, n)
			}
		}
		slices.Sort(row.Which)
		out = append(out, row)
	}
	return out
}

// stops lists the computers of which the register says what stops with them.
func stops(t *tale) []Stop {
	var out []Stop
	for _, h := range t.hosts() {
		if h.Stop == "" && h.Rank != 1 {
			continue
		}
		s := Stop{Name: h.Name, Sys: h.Sys, What: h.Stop, Mark: web.Mark{Level: web.Warn, Say: text.M("detect.rank.other")}}
		if h.Rank == 1 {
			s.Mark = web.Mark{Level: web.Danger, Say: text.M("detect.rank.1")}
		}
		out = append(out, s)
	}
	return out
}

func (d *Desk) ackStory(c *web.Call) error {
	if err := d.Acknowledge(c.Ctx(), ledger.ActorOf(c), c.Path("id"), ""); err != nil {
		return err
	}
	return c.Redirect(storyURL(c.Path("id")), text.M("detect.done.ack"))
}

func (d *Desk) declareStory(c *web.Call) error {
	id, err := d.Declare(c.Ctx(), ledger.ActorOf(c), c.Path("id"), VoiceOf(c))
	if err != nil {
		return err
	}
	return c.Redirect("/incident/"+id, text.M("detect.done.declare"))
}
