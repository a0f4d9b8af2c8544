package incident

import (
	"context"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/pack"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// TreePage is the permanent contact tree.
type TreePage struct {
	Groups []ContactGroup
	Bad    int
	Total  int
	Source PackRow
	CanFix bool
}

// ContactGroup is one side of the tree.
type ContactGroup struct {
	Side   text.Msg
	Rows   []ContactRow
	Vendor bool // kept in the register, not here
}

func (d *Desk) treePage(c *web.Call) error {
	contacts, err := d.Contacts(c.Ctx())
	if err != nil {
		return err
	}
	bad, total := wanting(contacts, c.Now)
	p := TreePage{Groups: groups(contacts, c.Lang, c.Now), Bad: len(bad), Total: total, CanFix: c.Person.Can(PermContact), Source: packRow(d.plan.Tree.Head, c.Lang)}
	return c.Render("incident.tree", p)
}

func packRow(h pack.Head, lang text.Lang) PackRow {
	return PackRow{Edition: h.Edition, Source: h.Source.In(lang), Note: h.Note.In(lang), URL: h.SourceURL, From: h.From, Checked: h.Checked, Confirmed: h.Confirmed()}
}

func groups(contacts []Contact, lang text.Lang, now time.Time) []ContactGroup {
	var out []ContactGroup
	for _, side := range []plan.Side{plan.Inside, plan.Outside, vendorSide} {
		g := ContactGroup{Side: text.M("incident.side." + string(side)), Vendor: side == vendorSide}
		for _, c := range contacts {
			if c.Side == side {
				g.Rows = append(g.Rows, contactRow(c, lang, now))
			}
		}
		out = append(out, g)
	}
	return out
}

// contactEdit is the form of one contact; an empty key is a new one.
func (d *Desk) contactEdit(c *web.Call, key string) (web.Form, error) {
	f := web.Form{Title: text.M("incident.contact.new"), Intro: text.M("incident.contact.intro"), Submit: text.M("incident.contact.save"),
		Action: "/incident/contacts/edit", Cancel: "/incident/contacts"}
	var was Contact
	if key != "" {
		var err error
		if was, err = d.Contact(c.Ctx(), key); err != nil {
			return f, err
		}
		f.Title = text.M("incident.contact.edit", was.Name.In(c.Lang))
	}
	f.Fields = []web.Field{{Name: "key", Kind: web.HiddenField, Value: key}}
	if key == "" || was.Own {
		f.Fields = append(f.Fields, must(valued(short("name"), was.Name.JA)))
	}
	if key == "" {
		f.Fields = append(f.Fields, choice("side", "incident.side", string(plan.Inside), string(plan.Outside)))
	}
	f.Fields = append(f.Fields, valued(short("person"), was.Person), valued(short("phone"), was.Phone), valued(short("night"), was.Night),
		valued(short("mail"), was.Mail), valued(short("url"), was.URL), valued(area("note"), was.Note))
	return f, nil
}

func (d *Desk) contactForm(c *web.Call) error {
	f, err := d.contactEdit(c, c.Query("key"))
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (d *Desk) saveContact(c *web.Call) error {
	f, err := d.contactEdit(c, c.R.PostFormValue("key"))
	if err != nil {
		return err
	}
	ok, err := f.Read(c)
	if err != nil || !ok {
		if err != nil {
			return err
		}
		return c.RenderForm(f)
	}
	contact := Contact{Key: f.Text("key"), Person: f.Text("person"), Phone: f.Text("phone"), Night: f.Text("night"), Mail: f.Text("mail"), URL: f.Text("url"), Note: f.Text("note")}
	has := func(name string) bool {
		return slices.ContainsFunc(f.Fields, func(x web.Field) bool { return x.Name == name })
	}
	if has("name") {
		contact.Name = pack.Words{JA: f.Text("name"), EN: f.Text("name")}
	}
	if has("side") {
		contact.Side = plan.Side(f.Text("side"))
	}
	if _, err := d.SaveContact(c.Ctx(), actorOf(c), contact); err != nil {
		return err
	}
	return c.Redirect("/incident/contacts", text.M("incident.contact.saved"))
}

func (d *Desk) checkContact(c *web.Call) error {
	if err := d.CheckContact(c.Ctx(), actorOf(c), c.R.PostFormValue("key")); err != nil {
		return err
	}
	return c.Redirect("/incident/contacts", text.M("incident.contact.check_saved"))
}

func (d *Desk) removeContact(c *web.Call) error {
	if err := d.RemoveContact(c.Ctx(), actorOf(c), c.R.PostFormValue("key")); err != nil {
		return err
	}
	return c.Redirect("/incident/contacts", text.M("incident.contact.removed"))
}

// FolderPage is the first-hour folder: a set of A4 pages that works on paper
// alone.
type FolderPage struct {
	Cards    []CardRow
	First    []StepRow
	Groups   []ContactGroup
	Lines    []LineRow
	Printed  Print
	Form     web.Form
	CanWrite bool
	Course   PackRow
}

// CardRow is one card in the reader's language.
type CardRow struct {
	Title   string
	Ordered bool
	Tall    bool // two columns: room to write whole sentences
	Lines   []string
	Columns []string
	Rows    []string
	Blank   []int
	Rest    []string // columns after the first
}

// StepRow is one step of the first day.
type StepRow struct {
	Title, Note, Osaka string
	Minutes            int
	Basis              text.Msg
}

// LineRow is one outside line with the numbers of whoever must be called.
type LineRow struct {
	asset.Line
	Kind   text.Msg
	Vendor string
	Day    string
	Night  string
}

func (d *Desk) folderPage(c *web.Call) error {
	contacts, err := d.Contacts(c.Ctx())
	if err != nil {
		return err
	}
	p := FolderPage{Groups: groups(contacts, c.Lang, c.Now), CanWrite: c.Person.Can(PermWrite), Course: packRow(d.plan.FirstDay.Head, c.Lang)}
	if p.Lines, err = d.lineRows(c.Ctx()); err != nil {
		return err
	}
	if p.Printed, err = d.LastPrint(c.Ctx(), "folder"); err != nil {
		return err
	}
	for _, s := range d.plan.FirstDay.Steps {
		row := StepRow{Title: s.Title.In(c.Lang), Note: s.Note.In(c.Lang), Osaka: s.Osaka}
		if s.After != nil {
			row.Minutes, row.Basis = *s.After, text.M("incident.basis."+string(s.Basis), s.Osaka)
		}
		p.First = append(p.First, row)
	}
	for _, card := range d.plan.Cards.Cards {
		p.Cards = append(p.Cards, cardRow(card, c.Lang))
	}
	p.Form = web.Form{Action: "/incident/folder", Submit: text.M("incident.folder.printed"), Fields: []web.Field{must(short("kept_at"))}}
	return c.Render("incident.folder", p)
}

func cardRow(card plan.Card, lang text.Lang) CardRow {
	say := func(words []pack.Words) []string {
		var out []string
		for _, w := range words {
			out = append(out, w.In(lang))
		}
		return out
	}
	return CardRow{Title: card.Title.In(lang), Ordered: card.Ordered, Tall: len(card.Columns) == 2, Lines: say(card.Lines), Columns: say(card.Columns), Rows: say(card.Rows),
		Blank: card.BlankRows(), Rest: say(card.RestColumns())}
}

// lineRows gives the outside lines with the numbers of their vendors.
func (d *Desk) lineRows(ctx context.Context) ([]LineRow, error) {
	lines, err := d.register.Lines(ctx)
	if err != nil {
		return nil, err
	}
	vendors, err := d.register.Vendors(ctx)
	if err != nil {
		return nil, err
	}
	byID := map[string]asset.Vendor{}
	for _, v := range vendors {
		byID[v.ID] = v
	}
	var out []LineRow
	for _, l := range lines {
		v := byID[l.VendorID]
		out = append(out, LineRow{Line: l, Kind: asset.LineKindText(l.Kind), Vendor: v.Name, Day: v.DayContact, Night: v.NightContact})
	}
	return out, nil
}

func (d *Desk) folderPrinted(c *web.Call) error {
	f := web.Form{Title: text.M("incident.folder.title"), Action: "/incident/folder", Submit: text.M("incident.folder.printed"), Cancel: "/incident/folder",
		Fields: []web.Field{must(short("kept_at"))}}
	if done, err := f.Taken(c); done {
		return err
	}
	if err := d.Printed(c.Ctx(), actorOf(c), "folder", f.Text("kept_at")); err != nil {
		return err
	}
	return c.Redirect("/incident/folder", text.M("incident.folder.saved"))
}

// HolidaysPage is the calendar behind the clocks.
type HolidaysPage struct {
	Years    []YearRow
	Added    []AddedHoliday
	Source   PackRow
	Missing  []string // years within the next twelve months without data
	Computed []clock.Holiday
	Form     web.Form
	CanFix   bool
}

// YearRow is the holidays of one year.
type YearRow struct {
	Year     string
	Official bool
	Rows     []HolidayRow
}

// HolidayRow is one holiday.
type HolidayRow struct {
	Day      string
	Name     string
	Computed bool
	Added    bool
}

func (d *Desk) holidayForm() web.Form {
	return web.Form{Title: text.M("incident.holidays.title"), Action: "/incident/holidays", Submit: text.M("incident.holidays.add"), Cancel: "/incident/holidays",
		Fields: []web.Field{must(input("day", web.DayField)), must(short("holiday_name")), must(helped(short("source")))}}
}

func (d *Desk) holidaysPage(c *web.Call) error {
	cal, err := d.Calendar(c.Ctx())
	if err != nil {
		return err
	}
	p := HolidaysPage{Source: packRow(d.holidays.Head, c.Lang), Form: d.holidayForm(), CanFix: c.Person.Can(PermContact)}
	if p.Added, err = d.AddedHolidays(c.Ctx()); err != nil {
		return err
	}
	missing, computed := cal.Coverage(d.today(), d.today().Add(365))
	for _, y := range missing {
		p.Missing = append(p.Missing, itoa(y))
	}
	p.Computed = computed
	for _, y := range cal.Years() {
		standing, days := cal.Year(y)
		row := YearRow{Year: itoa(y), Official: standing == clock.Official}
		for _, h := range days {
			row.Rows = append(row.Rows, HolidayRow{Day: h.Day, Name: h.Name.In(c.Lang), Computed: h.Computed, Added: h.Added})
		}
		p.Years = append(p.Years, row)
	}
	slices.Reverse(p.Years)
	return c.Render("incident.holidays", p)
}

func (d *Desk) addHoliday(c *web.Call) error {
	f := d.holidayForm()
	if done, err := f.Taken(c); done {
		return err
	}
	if err := d.AddHoliday(c.Ctx(), actorOf(c), AddedHoliday{Day: f.Text("day"), Name: f.Text("holiday_name"), Source: f.Text("source")}); err != nil {
		return err
	}
	return c.Redirect("/incident/holidays", text.M("incident.holidays.saved"))
}

func (d *Desk) removeHoliday(c *web.Call) error {
	if err := d.RemoveHoliday(c.Ctx(), actorOf(c), c.R.PostFormValue("day")); err != nil {
		return err
	}
	return c.Redirect("/incident/holidays", text.M("incident.holidays.removed"))
}
