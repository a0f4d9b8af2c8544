package audit

import (
	"time"

	"github.com/torideproject/toride/internal/audit/osaka"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// OsakaPage is the Osaka test on one page.
type OsakaPage struct {
	Rows     []OsakaRow
	Counts   []web.Mark // by state
	Bases    []text.Msg // by basis
	Since    string     // day of the left column, 2006-01-02
	First    time.Time  // first snapshot
	Edition  string
	Source   string
	CanSay   bool
	Readings int // questions that a reading answers
}

// OsakaRow is one question.
type OsakaRow struct {
	Answer
	Number  int
	Ask     text.Msg
	Short   text.Msg // of Ask, for paper
	Act     text.Msg // of Action, for paper
	Day     string   // of the answer, 2006-01-02
	Before  web.Mark
	Now     web.Mark
	Basis   text.Msg
	By      string // who declared it
	ByShort string // the same for paper
	Action  text.Msg
	Cost    text.Msg
	URL     string
	Step    string
}

func ask(id string) text.Msg    { return text.M("audit.osaka.q." + id) }
func action(id string) text.Msg { return text.M("audit.osaka.do." + id) }
func advice(id string) text.Msg { return text.M("audit.osaka.advice." + id) }

// stateMark names the state of an answer.
func stateMark(s reading.State) web.Mark {
	return web.Mark{Level: s.Level(), Say: text.M("audit.osaka.state." + string(s))}
}

func (a *Audit) osakaPage(c *web.Call) error {
	answers, err := a.Answers(c.Ctx())
	if err != nil {
		return err
	}
	if err := a.observe(c.Ctx(), answers); err != nil {
		return err
	}
	p := OsakaPage{CanSay: c.Person.Can("osaka.declare")}
	if p.Edition, p.Source, err = osaka.Edition(); err != nil {
		return err
	}
	if p.First, err = a.firstSnapshot(c.Ctx()); err != nil {
		return err
	}
	p.Since = p.First.In(c.Zone()).Format(time.DateOnly)
	if asked := c.Query("since"); asked != "" {
		if _, err := time.Parse(time.DateOnly, asked); err != nil {
			return fault.New(fault.Invalid, "audit.osaka.since.bad")
		}
		p.Since = asked
	}
	day, err := time.ParseInLocation(time.DateOnly, p.Since, c.Zone())
	if err != nil {
		return fault.New(fault.Invalid, "audit.osaka.since.bad").With(err)
	}
	before, err := a.snapshot(c.Ctx(), day.AddDate(0, 0, 1).Add(-time.Nanosecond))
	if err != nil {
		return err
	}
	p.fill(answers, before, c.Zone())
	return c.Render("audit.osaka", p)
}

// fill makes rows and counts.
func (p *OsakaPage) fill(answers []Answer, before map[string]Snapshot, zone *time.Location) {
	states, bases := map[reading.State]int{}, map[reading.Basis]int{}
	for i, ans := range byAction(answers) {
		id := ans.Question.ID
		row := OsakaRow{Answer: ans, Number: i + 1, Ask: ask(id), Now: stateMark(ans.State), Action: action(id), URL: "/osaka/" + id, Step: ans.Question.Step,
			Short: text.M("audit.osaka.short." + id), Act: text.M("audit.osaka.act." + id),
			Before: web.Mark{Level: web.Nothing, Say: text.M("audit.osaka.before.none")}, Basis: text.M("audit.osaka.basis." + string(ans.Basis))}
		if ans.Basis == "" {
			row.Basis = text.M("audit.osaka.basis.unknown")
		}
		if ans.Basis == reading.Declared {
			row.By, row.ByShort = ans.Declared.Who, short(ans.Declared.Who)
		}
		if !ans.At.IsZero() {
			row.Day = ans.At.In(zone).Format(time.DateOnly)
		}
		if was, ok := before[id]; ok {
			row.Before = stateMark(was.State)
		}
		row.Cost = text.M("audit.osaka.cost.free")
		if !ans.Question.Free {
			row.Cost = text.M("audit.osaka.cost.ask")
		}
		states[ans.State]++
		switch ans.Basis {
		case reading.Read, reading.Register:
			bases[reading.Read]++
		default:
			bases[ans.Basis]++
		}
		p.Rows = append(p.Rows, row)
	}
	for _, s := range []reading.State{reading.Bad, reading.Unknown, reading.Good, reading.None} {
		m := stateMark(s)
		m.Say = text.M("audit.count", m.Say, states[s])
		p.Counts = append(p.Counts, m)
	}
	p.Readings = bases[reading.Read]
	p.Bases = []text.Msg{text.M("audit.osaka.count.read", bases[reading.Read]), text.M("audit.osaka.count.declared", bases[reading.Declared]), text.M("audit.osaka.count.unknown", bases[""])}
}

// short cuts a name to what fits into one line of a printed A4 page.
func short(name string) string {
	const room = 8
	if r := []rune(name); len(r) > room {
		return string(r[:room]) + "…"
	}
	return name
}

// QuestionPage is one question with all that answers it.
type QuestionPage struct {
	Answer   Answer
	Ask      text.Msg
	Advice   text.Msg
	Action   text.Msg
	Cost     text.Msg
	Now      web.Mark
	Readings []ReadingView
	CanSay   bool
}

// PageTitle is the question.
func (p QuestionPage) PageTitle() text.Msg { return p.Ask }

// ReadingView is one reading.
type ReadingView struct {
	reading.Reading
	Mark web.Mark
	Text text.Msg
}

// find gives the answer to the question of the path.
func (a *Audit) find(c *web.Call) (Answer, error) {
	answers, err := a.Answers(c.Ctx())
	if err != nil {
		return Answer{}, err
	}
	for _, ans := range answers {
		if ans.Question.ID == c.Path("question") {
			return ans, nil
		}
	}
	return Answer{}, fault.New(fault.NotFound, "web.not_found")
}

func (a *Audit) questionPage(c *web.Call) error {
	ans, err := a.find(c)
	if err != nil {
		return err
	}
	id := ans.Question.ID
	p := QuestionPage{Answer: ans, Ask: ask(id), Advice: advice(id), Action: action(id), Now: stateMark(ans.State), CanSay: c.Person.Can("osaka.declare"),
		Cost: text.M("audit.osaka.cost.free")}
	if !ans.Question.Free {
		p.Cost = text.M("audit.osaka.cost.ask")
	}
	for _, r := range ans.Readings {
		v := ReadingView{Reading: r, Mark: stateMark(r.State), Text: r.Say}
		if r.Say.Zero() {
			v.Text = text.M("audit.osaka.reading.none")
		}
		p.Readings = append(p.Readings, v)
	}
	return c.Render("audit.question", p)
}

// declaration declares the form of a declaration.
func (a *Audit) declaration(c *web.Call) (web.Form, Answer, error) {
	ans, err := a.find(c)
	if err != nil {
		return web.Form{}, ans, err
	}
	d := ans.Declared
	day := c.Now.In(c.Zone()).Format(time.DateOnly)
	f := web.Form{Title: text.M("audit.osaka.declare.title", ask(ans.Question.ID)), Intro: text.M("audit.osaka.declare.intro", advice(ans.Question.ID)),
		Action: "/osaka/" + ans.Question.ID + "/declare", Submit: text.M("audit.osaka.declare.submit"), Cancel: "/osaka/" + ans.Question.ID,
		Fields: []web.Field{
			{Name: "answer", Label: text.M("audit.osaka.declare.answer"), Kind: web.RadioField, Required: true, Wide: true, Value: string(d.Answer), Options: []web.Option{
				{Value: string(reading.Good), Say: text.M("audit.osaka.declare.good")}, {Value: string(reading.Bad), Say: text.M("audit.osaka.declare.bad")},
				{Value: string(reading.None), Say: text.M("audit.osaka.declare.none")}, {Value: string(reading.Unknown), Say: text.M("audit.osaka.declare.unknown")}}},
			{Name: "who", Label: text.M("audit.osaka.declare.who"), Kind: web.TextField, Required: true, Max: 100, Value: c.Person.Name, Help: text.M("audit.osaka.declare.who.help")},
			{Name: "on", Label: text.M("audit.osaka.declare.on"), Kind: web.DayField, Required: true, Value: day},
			{Name: "note", Label: text.M("audit.osaka.declare.note"), Kind: web.AreaField, Wide: true, Required: true, Max: 1000, Value: d.Note, Help: text.M("audit.osaka.declare.note.help")},
		}}
	return f, ans, nil
}

func (a *Audit) declareForm(c *web.Call) error {
	f, _, err := a.declaration(c)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (a *Audit) takeDeclaration(c *web.Call) error {
	f, ans, err := a.declaration(c)
	if err != nil {
		return err
	}
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if ok && f.Text("on") > c.Now.In(c.Zone()).Format(time.DateOnly) {
		f.Fail("on", "audit.osaka.declare.future")
		ok = false
	}
	if !ok {
		return c.RenderForm(f)
	}
	err = a.Declare(c.Ctx(), ledger.ActorOf(c), Declared{Question: ans.Question.ID, Answer: reading.State(f.Text("answer")),
		Who: f.Text("who"), On: f.Text("on"), Note: f.Text("note")})
	if err != nil {
		return err
	}
	return c.Redirect("/osaka", text.M("audit.osaka.declare.done"))
}
