package access

import (
	"strconv"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// ReviewPage is the look back: the plan beside the questions.
type ReviewPage struct {
	Row     Row
	Facts   []Fact
	Steps   []Fact
	Earlier []ReviewRow
	Form    web.Form
}

// PageTitle names the request.
func (p ReviewPage) PageTitle() text.Msg { return text.M("access.review.title", p.Row.Number) }

// ReviewRow is an earlier review with its answers.
type ReviewRow struct {
	By      text.Msg
	Answers []Fact
	Note    string
}

func reviewForm(r Request) web.Form {
	f := web.Form{
		Action: requestURL(r.ID, "/review"), Submit: text.M("access.act.review"), Cancel: requestURL(r.ID, ""),
		Fields: []web.Field{{Name: "version", Kind: web.HiddenField, Value: strconv.Itoa(r.Version)}},
	}
	var before map[QuestionID]Answered // a second look begins with the answers of the first
	if last := r.LastReview(); last != nil {
		before = last.Answers
	}
	for _, q := range Questions() {
		f.Fields = append(f.Fields,
			web.Field{Name: string(q), Value: string(before[q].Answer), Label: text.M("access.q." + string(q)), Help: text.M("access.q." + string(q) + ".help"), Kind: web.RadioField,
				Wide: true, Options: options("access.answer.", asset.Yes, asset.No, asset.NotKnown)},
			web.Field{Name: string(q) + "_note", Label: text.M("access.q.note"), Kind: web.TextField, Max: 500, Wide: true, Value: before[q].Note})
	}
	f.Fields = append(f.Fields,
		web.Field{Name: "result", Label: text.M("access.f.result"), Help: text.M("access.f.result.help"), Kind: web.RadioField, Wide: true,
			Required: true, Options: options("access.result.", Results()...)},
		web.Field{Name: "note", Label: text.M("access.f.review_note"), Help: text.M("access.f.review_note.help"), Kind: web.AreaField, Max: MaxText, Wide: true})
	return f
}

func (d *Desk) reviewPage(c *web.Call) error {
	r, err := d.visible(c)
	if err != nil {
		return err
	}
	if err := d.mayReview(r, byOf(c).who(), c.Now); err != nil {
		return Fault(err)
	}
	p := ReviewPage{Row: d.row(r, c.Now), Facts: d.workFacts(r), Steps: stepFacts(r, true), Form: reviewForm(r)}
	for _, v := range r.Reviews {
		p.Earlier = append(p.Earlier, reviewRow(v))
	}
	return c.Render("access.review", p)
}

func reviewRow(v Review) ReviewRow {
	row := ReviewRow{By: text.M("access.by.result", v.By.Name, v.At, text.M("access.result."+string(v.Result))), Note: v.Note}
	for _, q := range Questions() {
		a := v.Answers[q]
		say := text.M("access.answered", orAnswer(a.Answer), a.Note)
		row.Answers = append(row.Answers, Fact{text.M("access.q." + string(q)), say})
	}
	return row
}

func orAnswer(a asset.Answer) text.Msg {
	if a == asset.NotKnown {
		return text.M("access.answer.unknown")
	}
	return text.M("access.answer." + string(a))
}

func (d *Desk) reviewPost(c *web.Call) error {
	r, err := d.visible(c)
	if err != nil {
		return err
	}
	f := reviewForm(r)
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	f.Title = text.M("access.review.title", r.Number)
	if !ok {
		return c.RenderForm(f)
	}
	v := Review{Result: Result(f.Text("result")), Note: f.Text("note"), Answers: map[QuestionID]Answered{}}
	for _, q := range Questions() {
		v.Answers[q] = Answered{Answer: asset.Answer(f.Text(string(q))), Note: f.Text(string(q) + "_note")}
	}
	if _, err := d.Review(c.Ctx(), byOf(c), refOf(r.ID, &f), v); err != nil {
		at := func(why Why) string {
			if why == NeedReason {
				return "note"
			}
			return "result"
		}
		if refusedIn(&f, at, err) {
			return c.RenderForm(f)
		}
		return err
	}
	return c.Redirect(requestURL(r.ID, ""), text.M("access.reviewed."+string(v.Result), r.Number))
}
