package comply

import (
	"net/url"
	"strconv"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// CataloguesPage shows the editions, what is known of them, and the numbers
// that one matter has had.
type CataloguesPage struct {
	Lang       text.Lang
	Catalogues []*Catalogue
	Numbers    []NumberRow
	Legend     []text.Msg
	Form       web.Form
	CanWrite   bool
}

// NumberRow is one matter with its number in each edition.
type NumberRow struct {
	Text    string
	Numbers []string // in the order of Catalogues; empty where it has none
}

func (k *Checklist) cataloguesPage(c *web.Call) error {
	all, err := k.Catalogues(c.Ctx())
	if err != nil {
		return err
	}
	p := CataloguesPage{Lang: c.Lang, Catalogues: all, Form: officialForm(all, c.Lang), CanWrite: c.Person.Can("comply.write"), Numbers: numberTable(all, c.Lang)}
	for _, known := range Confidences() {
		p.Legend = append(p.Legend, text.M("comply.legend."+string(known)))
	}
	return c.Render("comply.catalogues", p)
}

// numberTable follows each item of the newest edition back through the others.
func numberTable(all []*Catalogue, lang text.Lang) []NumberRow {
	if len(all) == 0 {
		return nil
	}
	var rows []NumberRow
	for _, i := range all[0].Items {
		row := NumberRow{Text: i.Text.In(lang)}
		for n, cat := range all {
			number := ""
			topics := ancestors(all, i, cat.ID)
			if n == 0 {
				topics = []string{i.Topic}
			}
			for _, t := range topics {
				if item, ok := cat.Find(t); ok {
					code := cat.Sheets[0].Code
					if number != "" && number != item.Number(code) {
						number += "、" + item.Number(code)
					} else {
						number = item.Number(code)
					}
				}
			}
			row.Numbers = append(row.Numbers, number)
		}
		rows = append(rows, row)
	}
	return rows
}

func officialForm(all []*Catalogue, lang text.Lang) web.Form {
	var editions []web.Option
	for _, cat := range all {
		editions = append(editions, web.Option{Value: cat.ID, Say: text.Raw(cat.Edition.In(lang))})
	}
	return web.Form{Title: text.M("comply.import.title"), Action: "/comply/catalogues/read", Submit: text.M("comply.import.read"), Cancel: "/comply/catalogues",
		Fields: []web.Field{
			{Name: "catalogue", Label: text.M("comply.f.edition"), Kind: web.SelectField, Required: true, Options: editions, Value: all[0].ID},
			{Name: "form", Label: text.M("comply.f.form"), Kind: web.SelectField, Help: text.M("comply.h.form"), Options: []web.Option{
				{Value: "", Say: text.M("comply.form.auto")}, {Value: SheetHospital, Say: text.M("comply.form.H")},
				{Value: SheetPharmacy, Say: text.M("comply.form.Ph")}, {Value: SheetVendor, Say: text.M("comply.form.V")}}},
			{Name: "file", Label: text.M("comply.f.file"), Kind: web.FileField, Required: true, Accept: ".xlsx,.csv", Help: text.M("comply.h.official", MaxUpload>>20)},
		}}
}

// PreviewPage shows an official workbook beside the catalogue before it is
// taken in.
type PreviewPage struct {
	Lang    text.Lang
	Preview Preview
	Forms   []FormView
}

// FormView is one sheet of the workbook with its comparison.
type FormView struct {
	FormPreview
	Title   string
	Rows    []ChangeView
	Counts  []ChangeCount
	Form    web.Form // to take it in; without fields when nobody can tell which form it is
	Known   bool
	Answers int
}

// ChangeView is one row of the comparison.
type ChangeView struct {
	Change
	Mark web.Mark
}

// ChangeCount counts the rows of a kind.
type ChangeCount struct {
	Mark web.Mark
	N    int
}

func changeMark(kind ChangeKind) web.Mark {
	level := map[ChangeKind]web.Level{Same: web.Done, Renumbered: web.Warn, Reworded: web.Warn, Added: web.Info, Missing: web.Danger}[kind]
	return web.Mark{Level: level, Say: text.M("comply.change." + string(kind))}
}

func (k *Checklist) readOfficial(c *web.Call) error {
	all, err := k.Catalogues(c.Ctx())
	if err != nil {
		return err
	}
	f := officialForm(all, c.Lang)
	if done, err := f.Taken(c); done {
		return err
	}
	up, err := f.File("file")
	if err != nil {
		return err
	}
	preview, err := k.ReadOfficial(c.Ctx(), ledger.ActorOf(c), f.Text("catalogue"), f.Text("form"), up)
	if err != nil {
		return err
	}
	p := PreviewPage{Lang: c.Lang, Preview: preview}
	for _, fp := range preview.Forms {
		p.Forms = append(p.Forms, formView(preview, fp, c.Lang))
	}
	return c.Render("comply.preview", p)
}

func formView(p Preview, fp FormPreview, lang text.Lang) FormView {
	v := FormView{FormPreview: fp, Title: p.Catalogue.SheetTitle(fp.Code).In(lang), Known: fp.Changes != nil, Answers: fp.Filled()}
	count := map[ChangeKind]int{}
	for _, ch := range fp.Changes {
		v.Rows = append(v.Rows, ChangeView{ch, changeMark(ch.Kind)})
		count[ch.Kind]++
	}
	for _, kind := range []ChangeKind{Same, Renumbered, Reworded, Added, Missing} {
		v.Counts = append(v.Counts, ChangeCount{changeMark(kind), count[kind]})
	}
	v.Form = web.Form{Action: "/comply/catalogues/take?form=" + url.QueryEscape(fp.Code), Submit: text.M("comply.import.take"), Cancel: "/comply/catalogues", Fields: takeFields(p, fp)}
	return v
}

// takeFields declares the confirmation. Names end with the form's code, since
// one page may show several.
func takeFields(p Preview, fp FormPreview) []web.Field {
	end := "-" + fp.Code
	fields := []web.Field{
		{Name: "upload" + end, Kind: web.HiddenField, Required: true, Value: p.Upload}, {Name: "catalogue" + end, Kind: web.HiddenField, Required: true, Value: p.Catalogue.ID},
		{Name: "compared" + end, Label: text.M("comply.f.compared"), Kind: web.CheckField, Required: true, Help: text.M("comply.h.compared")},
	}
	year := web.Field{Name: "answers" + end, Kind: web.HiddenField}
	if fp.Filled() > 0 && fp.Code != SheetVendor {
		year = web.Field{Name: "answers" + end, Label: text.M("comply.f.answers", fp.Filled()), Kind: web.IntField, Min: 2023, Max: 2100, Help: text.M("comply.h.answers")}
	}
	return append(fields, year)
}

func (k *Checklist) takeOfficial(c *web.Call) error {
	code := c.Query("form")
	end := "-" + code
	f := web.Form{Title: text.M("comply.import.title"), Action: "/comply/catalogues/take?form=" + url.QueryEscape(code), Submit: text.M("comply.import.take"), Cancel: "/comply/catalogues",
		Fields: takeFields(Preview{Catalogue: &Catalogue{}}, FormPreview{Code: code})}
	f.Fields[len(f.Fields)-1] = web.Field{Name: "answers" + end, Label: text.M("comply.f.year"), Kind: web.IntField, Min: 2023, Max: 2100}
	if done, err := f.Taken(c); done {
		return err
	}
	year, catalogue := f.Int("answers"+end), f.Text("catalogue"+end)
	if err := k.TakeOfficial(c.Ctx(), ledger.ActorOf(c), catalogue, f.Text("upload"+end), code, year); err != nil {
		return err
	}
	to := "/comply?catalogue=" + url.QueryEscape(catalogue)
	if year != 0 {
		to += "&year=" + strconv.Itoa(year)
	}
	return c.Redirect(to, text.M("comply.import.taken"))
}
