package comply

import (
	"net/url"
	"strings"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// VendorsPage lists all vendors with their sheets of a year.
type VendorsPage struct {
	Lang      text.Lang
	Catalogue *Catalogue
	Key       Key
	Years     []Choice
	Rows      []VendorRow
	Counts    []VendorCount
	Items     int
	CanWrite  bool
}

// VendorRow is one sheet, or a vendor without one.
type VendorRow struct {
	VendorSheet
	Mark  web.Mark
	State VendorState
	Gaps  []string // numbers without はい, once answered
	New   string   // URL to make a sheet
}

// VendorCount counts the rows in a state.
type VendorCount struct {
	Mark web.Mark
	N    int
}

func (k *Checklist) vendorsPage(c *web.Call) error {
	cat, key, err := k.keyOf(c)
	if err != nil {
		return err
	}
	sheets, err := k.VendorSheets(c.Ctx(), cat.ID, key.Year)
	if err != nil {
		return err
	}
	vendors, err := k.vendors(c.Ctx())
	if err != nil {
		return err
	}
	lp := ListPage{Catalogue: cat, Key: key}
	if err := k.switches(c, &lp); err != nil {
		return err
	}
	items := cat.On(SheetVendor)
	p := VendorsPage{Lang: c.Lang, Catalogue: cat, Key: key, Years: lp.Years, Items: len(items), CanWrite: c.Person.Can("comply.write")}
	made := map[string]bool{}
	for _, s := range sheets {
		made[s.VendorID] = true
		p.Rows = append(p.Rows, vendorRow(s, items, k.today()))
	}
	for _, v := range vendors {
		if !made[v.ID] {
			q := url.Values{"vendor": {v.ID}, "catalogue": {cat.ID}, "year": {key.query().Get("year")}}
			p.Rows = append(p.Rows, VendorRow{VendorSheet: VendorSheet{VendorID: v.ID, Name: v.Name}, State: NotMade, Mark: NotMade.Mark(), New: "/comply/vendors/new?" + q.Encode()})
		}
	}
	count := map[VendorState]int{}
	for _, r := range p.Rows {
		count[r.State]++
	}
	for _, s := range []VendorState{NotMade, NotSent, Waiting, Late, Gaps, Complete} {
		p.Counts = append(p.Counts, VendorCount{s.Mark(), count[s]})
	}
	return c.Render("comply.vendors", p)
}

func vendorRow(s VendorSheet, items []Item, today string) VendorRow {
	state := s.State(items, today)
	r := VendorRow{VendorSheet: s, State: state, Mark: state.Mark()}
	if s.Answered != "" {
		for _, i := range s.Open(items) {
			r.Gaps = append(r.Gaps, i.Number(SheetVendor))
		}
	}
	return r
}

func (k *Checklist) vendorSheetForm(c *web.Call) (web.Form, *Catalogue, Key, error) {
	cat, key, err := k.keyOf(c)
	if err != nil {
		return web.Form{}, nil, key, err
	}
	vendors, err := k.vendors(c.Ctx())
	if err != nil {
		return web.Form{}, nil, key, err
	}
	var options []web.Option
	for _, v := range vendors {
		options = append(options, web.Option{Value: v.ID, Say: text.Raw(v.Name)})
	}
	systems := []web.Option{{Value: "", Say: text.M("comply.vendor.allsystems")}}
	if k.cfg.Register != nil {
		list, err := k.cfg.Register.Systems(c.Ctx())
		if err != nil {
			return web.Form{}, nil, key, err
		}
		for _, s := range list {
			systems = append(systems, web.Option{Value: s.Name, Say: text.Raw(s.Name)})
		}
	}
	return web.Form{Title: text.M("comply.vendor.new"), Intro: text.M("comply.vendor.intro"), Action: "/comply/vendors/new?" + key.query().Encode(),
		Submit: text.M("comply.vendor.make"), Cancel: "/comply/vendors", Fields: []web.Field{
			{Name: "vendor", Label: text.M("comply.f.vendor"), Kind: web.SelectField, Required: true, Options: options, Value: c.Query("vendor")},
			{Name: "system", Label: text.M("comply.f.system"), Kind: web.SelectField, Options: systems, Help: text.M("comply.h.system")},
			{Name: "sent", Label: text.M("comply.f.sent"), Kind: web.DayField, Help: text.M("comply.h.sent")},
			{Name: "due", Label: text.M("comply.f.due"), Kind: web.DayField},
		}}, cat, key, nil
}

func (k *Checklist) newVendorSheet(c *web.Call) error {
	f, _, _, err := k.vendorSheetForm(c)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (k *Checklist) makeVendorSheet(c *web.Call) error {
	f, cat, key, err := k.vendorSheetForm(c)
	if err != nil {
		return err
	}
	if done, err := f.Taken(c); done {
		return err
	}
	id, err := k.MakeVendorSheet(c.Ctx(), ledger.ActorOf(c), VendorSheet{Catalogue: cat.ID, Year: key.Year, VendorID: f.Text("vendor"),
		System: f.Text("system"), Sent: f.Text("sent"), Due: f.Text("due")})
	if err != nil {
		return err
	}
	return c.Redirect("/comply/vendors/"+id, text.M("comply.vendor.made"))
}

// VendorPage is one vendor's sheet, to fill in or to print.
type VendorPage struct {
	Lang      text.Lang
	Catalogue *Catalogue
	Sheet     VendorSheet
	Hospital  string
	Mark      web.Mark
	Lines     []VendorLine
	Gaps      []string
	Form      web.Form // all fields; Lines and Head hold the same ones for the table
	Head      []web.Field
	Import    web.Form
	Empty     bool // print without the answers, for the vendor to fill in
	CanWrite  bool
}

// PageTitle is the vendor's name.
func (p VendorPage) PageTitle() text.Msg { return text.M("comply.vendor.title", p.Sheet.Name) }

// VendorLine is one item of the sheet.
type VendorLine struct {
	Item      Item
	No        string
	ID        string
	Answer    VendorAnswer
	Mark      web.Mark
	Unsure    text.Msg
	Value     web.Field
	Confirmed web.Field
	Target    web.Field
	Note      web.Field
}

func (k *Checklist) vendorView(c *web.Call) (VendorPage, error) {
	s, err := k.VendorSheet(c.Ctx(), c.Path("id"))
	if err != nil {
		return VendorPage{}, err
	}
	cat, _, err := k.At(c.Ctx(), s.Catalogue, s.Year, SheetVendor)
	if err != nil {
		return VendorPage{}, err
	}
	p := VendorPage{Lang: c.Lang, Catalogue: cat, Sheet: s, Hospital: c.Hospital(), CanWrite: c.Person.Can("comply.write"), Empty: c.Query("empty") == "yes"}
	row := vendorRow(s, cat.On(SheetVendor), k.today())
	p.Mark, p.Gaps = row.Mark, row.Gaps
	p.fields()
	p.Import = web.Form{Action: "/comply/vendors/" + s.ID + "/import", Submit: text.M("comply.vendor.import"), Fields: []web.Field{
		{Name: "file", Label: text.M("comply.f.filled"), Kind: web.FileField, Required: true, Accept: ".xlsx", Help: text.M("comply.h.filled")}}}
	return p, nil
}

// fields declares the form: head first, then four fields for each item.
func (p *VendorPage) fields() {
	s := p.Sheet
	p.Head = []web.Field{
		{Name: "sent", Label: text.M("comply.f.sent"), Kind: web.DayField, Value: s.Sent},
		{Name: "due", Label: text.M("comply.f.due"), Kind: web.DayField, Value: s.Due},
		{Name: "answered", Label: text.M("comply.f.answered"), Kind: web.DayField, Value: s.Answered},
		{Name: "person", Label: text.M("comply.f.person"), Kind: web.TextField, Max: 100, Value: s.Person},
		{Name: "remark", Label: text.M("comply.f.note"), Kind: web.AreaField, Wide: true, Value: s.Note},
	}
	p.Form = web.Form{Title: text.M("comply.vendor.title", s.Name), Action: "/comply/vendors/" + s.ID, Submit: text.M("comply.save"),
		Cancel: "/comply/vendors/" + s.ID, Fields: append([]web.Field{}, p.Head...)}
	for _, i := range p.Catalogue.On(SheetVendor) {
		a, no := s.Answers[i.Topic], i.Number(SheetVendor)
		name := fieldName(i.Topic)
		l := VendorLine{Item: i, No: no, ID: p.Catalogue.ItemID(SheetVendor, i), Answer: a,
			Mark: answerMark(Answer{Value: a.Value, Confirmed: "given"}),
			Value: web.Field{Name: "v-" + name, Label: text.M("comply.vendor.value", no), Kind: web.SelectField, Value: string(a.Value), Options: []web.Option{
				{Value: "", Say: text.M("comply.answer.open")}, {Value: "yes", Say: text.M("comply.answer.yes")}, {Value: "no", Say: text.M("comply.answer.no")}}},
			Confirmed: web.Field{Name: "c-" + name, Label: text.M("comply.vendor.confirmed", no), Kind: web.DayField, Value: a.Confirmed},
			Target:    web.Field{Name: "t-" + name, Label: text.M("comply.vendor.target", no), Kind: web.DayField, Value: a.Target},
			Note:      web.Field{Name: "n-" + name, Label: text.M("comply.vendor.note", no), Kind: web.TextField, Max: 500, Value: a.Note}}
		if known := i.Known(SheetVendor); !known.Sure() {
			l.Unsure = text.M("comply.unsure." + string(known))
		}
		p.Lines = append(p.Lines, l)
		p.Form.Fields = append(p.Form.Fields, l.Value, l.Confirmed, l.Target, l.Note)
	}
}

func fieldName(topic string) string { return strings.ReplaceAll(topic, "/", "-") }

func (k *Checklist) vendorPage(c *web.Call) error {
	p, err := k.vendorView(c)
	if err != nil {
		return err
	}
	return c.Render("comply.vendor", p)
}

func (k *Checklist) vendorPrint(c *web.Call) error {
	p, err := k.vendorView(c)
	if err != nil {
		return err
	}
	return c.Render("comply.vendorprint", p)
}

func (k *Checklist) saveVendorPage(c *web.Call) error {
	p, err := k.vendorView(c)
	if err != nil {
		return err
	}
	f := p.Form
	if done, err := f.Taken(c); done {
		return err
	}
	s := VendorSheet{ID: p.Sheet.ID, Sent: f.Text("sent"), Due: f.Text("due"), Answered: f.Text("answered"), Person: f.Text("person"), Note: f.Text("remark"),
		Answers: map[string]VendorAnswer{}}
	for _, l := range p.Lines {
		name := fieldName(l.Item.Topic)
		s.Answers[l.Item.Topic] = VendorAnswer{Value: Value(f.Text("v-" + name)), Confirmed: f.Text("c-" + name), Target: f.Text("t-" + name), Note: f.Text("n-" + name)}
	}
	if err := k.SaveVendorSheet(c.Ctx(), ledger.ActorOf(c), s); err != nil {
		return err
	}
	return c.Redirect("/comply/vendors/"+s.ID, text.M("comply.vendor.saved", p.Sheet.Name))
}

func (k *Checklist) importVendor(c *web.Call) error {
	p, err := k.vendorView(c)
	if err != nil {
		return err
	}
	f := p.Import
	f.Title, f.Cancel = text.M("comply.vendor.title", p.Sheet.Name), "/comply/vendors/"+p.Sheet.ID
	if done, err := f.Taken(c); done {
		return err
	}
	up, err := f.File("file")
	if err != nil {
		return err
	}
	s, n, err := ReadVendorSheet(c.Ctx(), p.Catalogue, p.Sheet, up.Name, up.Data)
	if err != nil {
		return err
	}
	if s.Answered == "" {
		s.Answered = k.today()
	}
	if err := k.SaveVendorSheet(c.Ctx(), ledger.ActorOf(c), s); err != nil {
		return err
	}
	return c.Redirect("/comply/vendors/"+s.ID, text.M("comply.vendor.imported", n, len(p.Lines)-n))
}
