package comply

import (
	"net/url"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// ItemPage is one item with its answer, evidence, documents and history.
type ItemPage struct {
	Lang      text.Lang
	Catalogue *Catalogue
	Key       Key
	Row       RowView
	Sheet     string
	Scope     []text.Msg
	Kinds     []text.Msg
	Refs      []text.Msg
	Form      web.Form
	History   []HistoryRow
	Before    []BeforeRow
	Documents []DocumentRow
	AddURL    string
	Back      string
	CanWrite  bool
}

// PageTitle is the item's number.
func (p ItemPage) PageTitle() text.Msg { return text.M("comply.item.title", p.Row.No) }

// HistoryRow is one answer of the past.
type HistoryRow struct {
	Answer
	Mark web.Mark
}

// BeforeRow is the answer of an earlier year or edition.
type BeforeRow struct {
	Earlier
	Edition string
	Mark    web.Mark
}

func (k *Checklist) itemPage(c *web.Call) error {
	cat, key, err := k.keyOf(c)
	if err != nil {
		return err
	}
	row, err := k.Row(c.Ctx(), cat, key, c.Path("topic"))
	if err != nil {
		return err
	}
	f := answerForm(key, row)
	return k.renderItem(c, cat, key, row, f)
}

func (k *Checklist) renderItem(c *web.Call, cat *Catalogue, key Key, row Row, f web.Form) error {
	p := ItemPage{Lang: c.Lang, Catalogue: cat, Key: key, Row: viewRow(cat, key, row), Sheet: cat.SheetTitle(key.Sheet).In(c.Lang), Form: f,
		AddURL: "/comply/documents/new?topic=" + url.QueryEscape(row.Item.Topic), Back: "/comply?" + key.query().Encode(), CanWrite: c.Person.Can("comply.write")}
	for _, s := range row.Item.Scope {
		p.Scope = append(p.Scope, text.M("comply.scope."+string(s)))
	}
	for _, kind := range row.Item.Kinds {
		p.Kinds = append(p.Kinds, text.M("comply.kind."+kind))
	}
	for _, r := range row.Item.Refs {
		p.Refs = append(p.Refs, text.M("comply.ref", text.M("comply.book."+r.Book), r.At))
	}
	history, err := k.History(c.Ctx(), key, row.Item.Topic)
	if err != nil {
		return err
	}
	for _, a := range history {
		p.History = append(p.History, HistoryRow{a, answerMark(a)})
	}
	for _, b := range row.Before {
		p.Before = append(p.Before, BeforeRow{b, b.Edition.In(c.Lang), answerMark(b.Answer)})
	}
	docs, err := k.Documents(c.Ctx(), row.Item.Topic)
	if err != nil {
		return err
	}
	for _, d := range docs {
		p.Documents = append(p.Documents, documentRow(cat, key, d, c.Lang))
	}
	return c.Render("comply.item", p)
}

func answerForm(key Key, row Row) web.Form {
	a := row.Answer
	first, last := YearBounds(key.Year)
	day := func(s string) any {
		if d, ok := text.ParseDay(s); ok {
			return d
		}
		return s
	}
	return web.Form{Action: itemURL(key, row.Item.Topic), Submit: text.M("comply.save"), Fields: []web.Field{
		{Name: "value", Label: text.M("comply.f.value"), Kind: web.RadioField, Value: string(a.Value), Help: text.M("comply.h.value"), Options: []web.Option{
			{Value: "yes", Say: text.M("comply.answer.yes")}, {Value: "no", Say: text.M("comply.answer.no")}, {Value: "", Say: text.M("comply.answer.open")}}},
		{Name: "confirmed", Label: text.M("comply.f.confirmed"), Kind: web.DayField, Value: a.Confirmed, Help: text.M("comply.h.confirmed")},
		{Name: "target", Label: text.M("comply.f.target"), Kind: web.DayField, Value: a.Target, Help: text.M("comply.h.target", day(first), day(last))},
		{Name: "who", Label: text.M("comply.f.who"), Kind: web.TextField, Value: a.Who, Max: 100, Help: text.M("comply.h.who")},
		{Name: "note", Label: text.M("comply.f.note"), Kind: web.AreaField, Value: a.Note, Max: 2000, Wide: true},
	}}
}

func (k *Checklist) saveItem(c *web.Call) error {
	cat, key, err := k.keyOf(c)
	if err != nil {
		return err
	}
	row, err := k.Row(c.Ctx(), cat, key, c.Path("topic"))
	if err != nil {
		return err
	}
	f := answerForm(key, row)
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return c.RenderForm(titled(f, row.No))
	}
	a := Answer{Value: Value(f.Text("value")), Confirmed: f.Text("confirmed"), Target: f.Text("target"), Who: f.Text("who"), Note: f.Text("note")}
	if a.Value == Open {
		a.Confirmed, a.Target = "", ""
	}
	if err := k.SaveAnswer(c.Ctx(), ledger.ActorOf(c), key, row.Item.Topic, a); err != nil {
		return err
	}
	said := text.M("comply.saved", row.No)
	if w := a.Warnings(key.Year, k.today()); len(w) > 0 {
		said = text.M("comply.saved.warn", row.No, w[0])
	}
	return c.Redirect("/comply?"+key.query().Encode()+"#"+anchor(row.Item.Topic), said)
}

func titled(f web.Form, no string) web.Form {
	f.Title = text.M("comply.item.title", no)
	return f
}

// anchor is the id of an item's row in the list.
func anchor(topic string) string { return "i-" + strings.ReplaceAll(topic, "/", "-") }

// Anchor is the id of the row in the list.
func (r Row) Anchor() string { return anchor(r.Item.Topic) }

// OfficerPage shows who is responsible and who was.
type OfficerPage struct {
	Officers []Officer
	Form     web.Form
	CanWrite bool
}

func officerForm(o Officer) web.Form {
	return web.Form{Title: text.M("comply.officer.title"), Action: "/comply/officer", Submit: text.M("comply.save"), Cancel: "/comply/officer", Fields: []web.Field{
		{Name: "name", Label: text.M("comply.f.name"), Kind: web.TextField, Required: true, Max: 100, Value: o.Name},
		{Name: "post", Label: text.M("comply.f.post"), Kind: web.TextField, Max: 100, Value: o.Post, Help: text.M("comply.h.post")},
		{Name: "since", Label: text.M("comply.f.since"), Kind: web.DayField, Value: o.Since},
		{Name: "letter", Label: text.M("comply.f.letter"), Kind: web.TextField, Max: 200, Value: o.Letter, Help: text.M("comply.h.letter")},
		{Name: "duties", Label: text.M("comply.f.duties"), Kind: web.AreaField, Wide: true, Value: o.Duties, Help: text.M("comply.h.duties")},
		{Name: "note", Label: text.M("comply.f.note"), Kind: web.AreaField, Wide: true, Value: o.Note},
	}}
}

func (k *Checklist) officerPage(c *web.Call) error {
	officers, err := k.Officers(c.Ctx())
	if err != nil {
		return err
	}
	p := OfficerPage{Officers: officers, CanWrite: c.Person.Can("comply.write")}
	if len(officers) > 0 {
		p.Form = officerForm(officers[0])
	} else {
		p.Form = officerForm(Officer{})
	}
	return c.Render("comply.officer", p)
}

func (k *Checklist) saveOfficer(c *web.Call) error {
	f := officerForm(Officer{})
	if done, err := f.Taken(c); done {
		return err
	}
	o := Officer{Name: f.Text("name"), Post: f.Text("post"), Since: f.Text("since"), Letter: f.Text("letter"), Duties: f.Text("duties"), Note: f.Text("note")}
	if err := k.SaveOfficer(c.Ctx(), ledger.ActorOf(c), o); err != nil {
		return err
	}
	return c.Redirect("/comply/officer", text.M("comply.officer.saved", o.Name))
}

// DocumentsPage lists the documents that an inspector may ask for.
type DocumentsPage struct {
	Rows     []DocumentRow
	CanWrite bool
}

// DocumentRow is one document with the item that it belongs to.
type DocumentRow struct {
	Document
	No   string
	Text string
	URL  string
	KB   int
}

func documentRow(cat *Catalogue, key Key, d Document, lang text.Lang) DocumentRow {
	row := DocumentRow{Document: d, KB: (d.Size + 1023) / 1024}
	if i, ok := cat.Find(d.Topic); ok {
		row.No, row.Text, row.URL = i.Number(key.Sheet), i.Text.In(lang), itemURL(key, d.Topic)
	}
	return row
}

func (k *Checklist) documentsPage(c *web.Call) error {
	cat, key, err := k.keyOf(c)
	if err != nil {
		return err
	}
	docs, err := k.Documents(c.Ctx(), "")
	if err != nil {
		return err
	}
	p := DocumentsPage{CanWrite: c.Person.Can("comply.write")}
	for _, d := range docs {
		p.Rows = append(p.Rows, documentRow(cat, key, d, c.Lang))
	}
	return c.Render("comply.documents", p)
}

// documentForm asks for a document of one of this year's items.
func (k *Checklist) documentForm(c *web.Call, topic string) (web.Form, error) {
	cat, key, err := k.At(c.Ctx(), "", 0, "")
	if err != nil {
		return web.Form{}, err
	}
	var items []web.Option
	for _, i := range cat.On(key.Sheet) {
		items = append(items, web.Option{Value: i.Topic, Say: text.M("comply.documents.item", i.Number(key.Sheet), i.Text.In(c.Lang))})
	}
	return web.Form{Title: text.M("comply.documents.new"), Intro: text.M("comply.documents.intro", MaxUpload>>20), Action: "/comply/documents/new",
		Submit: text.M("comply.documents.add"), Cancel: "/comply/documents", Fields: []web.Field{
			{Name: "topic", Label: text.M("comply.f.item"), Kind: web.SelectField, Required: true, Options: items, Value: topic, Wide: true},
			{Name: "title", Label: text.M("comply.f.title"), Kind: web.TextField, Required: true, Max: 200},
			{Name: "day", Label: text.M("comply.f.day"), Kind: web.DayField},
			{Name: "place", Label: text.M("comply.f.place"), Kind: web.TextField, Max: 300, Wide: true, Help: text.M("comply.h.place")},
			{Name: "file", Label: text.M("comply.f.file"), Kind: web.FileField, Help: text.M("comply.h.file"), Wide: true},
			{Name: "note", Label: text.M("comply.f.note"), Kind: web.AreaField, Wide: true},
		}}, nil
}

func (k *Checklist) newDocument(c *web.Call) error {
	f, err := k.documentForm(c, c.Query("topic"))
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (k *Checklist) addDocument(c *web.Call) error {
	f, err := k.documentForm(c, "")
	if err != nil {
		return err
	}
	if done, err := f.Taken(c); done {
		return err
	}
	up, err := f.File("file")
	if err != nil {
		return err
	}
	d := Document{Topic: f.Text("topic"), Title: f.Text("title"), Day: f.Text("day"), Place: f.Text("place"), Note: f.Text("note"), File: up.Name}
	if _, err := k.SaveDocument(c.Ctx(), ledger.ActorOf(c), d, up.Data); err != nil {
		if fault.KindOf(err) == fault.TooLarge {
			f.Fail("file", "comply.upload.largefield", MaxUpload>>20)
			return c.RenderForm(f)
		}
		return err
	}
	return c.Redirect("/comply/item/"+d.Topic, text.M("comply.documents.saved", d.Title))
}

// documentFile hands out a stored copy as bytes to save, never to be shown by
// the browser: it is a file that somebody sent.
func (k *Checklist) documentFile(c *web.Call) error {
	d, data, err := k.content(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	return c.Download(d.File, "application/octet-stream", data)
}

func (k *Checklist) dropDocument(c *web.Call) error {
	topic, err := k.RemoveDocument(c.Ctx(), ledger.ActorOf(c), c.Path("id"))
	if err != nil {
		return err
	}
	return c.Redirect("/comply/item/"+topic, text.M("comply.documents.removed"))
}
