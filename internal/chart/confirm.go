package chart

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// ConfirmPage shows who a patient is before his chart opens.
type ConfirmPage struct {
	ID, Kanji, Kana, Sex string
	Birth, Age, Bed      Val
	Action               string
	Next                 string
	Seal                 string // of what is shown: who confirms, confirms this
	Danger               []Notice
	Mixed                bool // something speaks against the record being this patient's
	Alone                bool // the number is all there is to compare: no name, no day of birth
	Notices              []Notice
	AsOf                 string // of the copies
	Old                  bool
	Error                text.Msg
	Twins                int
	Unwritten            bool
}

// PageTitle names no patient: titles stay in the history of a shared PC.
func (ConfirmPage) PageTitle() text.Msg { return text.M("chart.confirm.title") }

func (d *Desk) confirmPage(c *web.Call) error {
	page, _, err := d.confirmation(c)
	if err != nil {
		return err
	}
	if c.Query("typed") == "other" {
		page.Error = text.M("chart.confirm.birth.other")
	}
	// Whoever goes through numbers one by one reads names here.
	page.Unwritten = !d.note(c, "chart.confirm.shown", c.Path("id"), nil)
	return c.Render("chart.confirm", page)
}

// confirmation reads who the patient is: from the record, and what stands
// against taking the record for him.
func (d *Desk) confirmation(c *web.Call) (ConfirmPage, *model.Chart, error) {
	id := c.Path("id")
	// All of it: a message of another patient may stand anywhere. What was read is
	// there when the chart opens.
	chart, err := d.read(c, id, nil)
	if err != nil {
		return ConfirmPage{}, nil, err
	}
	p := newPrinter(c, "") // no link to an original before the chart is open
	person := chart.Person
	page := ConfirmPage{ID: chart.ID, Kanji: person.Kanji.Show, Kana: person.Kana.Show, Sex: p.Sex(person.Sex.Code, person.Sex.Show),
		Birth: p.When(person.Birth), Age: p.Age(person.Age), Action: patientURL(id) + "/confirm", Next: c.Query("next"), Mixed: mixed(chart), Alone: alone(chart)}
	page.AsOf, page.Old = d.until(p, c)
	if stay, ok := current(chart.Stays); ok {
		page.Bed = Val{Show: stay.Place.String(), Calc: true}
	}
	for _, n := range p.Notices(chart.Notices) {
		if n.Level == model.Danger {
			page.Danger = append(page.Danger, n)
		} else {
			page.Notices = append(page.Notices, n)
		}
	}
	if hit, ok := d.index.Patient(bestSource(chart), id); ok {
		page.Twins = hit.Twins
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{page.ID, page.Kanji, page.Kana, string(person.Birth.Stamp), person.Sex.Code}, "\x00")))
	page.Seal = base64.RawURLEncoding.EncodeToString(sum[:9])
	return page, chart, nil
}

func bestSource(chart *model.Chart) string {
	for _, s := range chart.Stores {
		if !s.Absent {
			return s.Source
		}
	}
	return ""
}

// takeConfirm opens the chart for this session. Where something speaks against
// the record being this patient's, one more tick is asked for.
func (d *Desk) takeConfirm(c *web.Call) error {
	if err := c.R.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.form.broken").With(err)
	}
	page, chart, err := d.confirmation(c)
	if err != nil {
		return err
	}
	form := c.R.PostForm
	page.Next = form.Get("next")
	how := "seen" // what internal/chart/witness has words for
	switch {
	case form.Get("seal") != page.Seal:
		page.Error = text.M("chart.confirm.changed")
	case page.Mixed && form.Get("sure") != "yes":
		page.Error = text.M("chart.confirm.sure.missing")
	case page.Alone && form.Get("sure") != "yes":
		page.Error = text.M("chart.confirm.alone.missing")
	case form.Get("how") != "seen": // Enter in the field, or the button beside it
		how = "typed"
		if strings.TrimSpace(form.Get("birth")) == "" { // nothing was compared: that is no sign of a mix-up
			page.Error = text.M("chart.confirm.birth.none", text.M("chart.confirm.open"))
		} else if !sameBirth(form.Get("birth"), string(chart.Person.Birth.Stamp)) {
			page.Error = text.M("chart.confirm.birth.wrong")
		}
	}
	if !page.Error.Zero() {
		return c.RenderStatus(422, "chart.confirm", page)
	}
	switch {
	case page.Mixed:
		how = "despite"
	case page.Alone:
		how = "alone"
	}
	d.confirm(c, c.Path("id"), identityOf(chart), how)
	return c.Redirect(patientURL(c.Path("id"))+localRest(page.Next), text.Msg{})
}

// confirm opens a chart for the session and has that written down.
func (d *Desk) confirm(c *web.Call, id string, who model.Identity, how string) {
	d.note(c, "chart.confirm", id, map[string]any{"how": how})
	d.confirmed.set(confirmation{holder(c), id}, who, c.Now, d.window())
}

// calm reads whose record a number has; ok is false where something speaks
// against it, and where the record does not have that day of birth: the index
// may still be that of another copy.
func (d *Desk) calm(c *web.Call, id, birth string) (who model.Identity, ok bool) {
	chart, err := d.read(c, id, nil)
	if err != nil || mixed(chart) {
		return model.Identity{}, false
	}
	who = identityOf(chart)
	return who, sameBirth(birth, who.Birth)
}

// mixed reports whether a notice of danger says that records of two people may
// stand under one number. Every danger counts but those that say that something
// cannot be read.
func mixed(chart *model.Chart) bool {
	return slices.ContainsFunc(chart.Notices, func(n model.Notice) bool {
		return n.Level == model.Danger && !strings.HasPrefix(n.Code, "source.") && !slices.Contains([]string{"archive.settings_bad", "archive.index_none"}, n.Code)
	})
}

// alone reports whether a record has neither name nor day of birth, as that of
// a document archive without an index has: then two things cannot be compared.
func alone(chart *model.Chart) bool {
	p := chart.Person
	return p.Kanji.Show == "" && p.Kana.Show == "" && len(p.Birth.Stamp) < 8
}

// sameBirth compares a day as typed on ten keys with the record: eight digits,
// or the last four (month and day).
func sameBirth(typed, birth string) bool {
	t := strings.NewReplacer("/", "", "-", "", ".", "", " ", "").Replace(plain(typed))
	if len(birth) < 8 || !digits(t) {
		return false
	}
	return t == birth[:8] || t == birth[4:8]
}

// localRest keeps what follows a patient's address if it is a path below it.
func localRest(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "/confirm") || strings.HasPrefix(next, "//") || strings.Contains(next, "..") || web.LocalPath(next) != next {
		return ""
	}
	return next
}
