package asset

import (
	"context"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// recordRoutes are the pages that every kind of record has: make, show,
// change, remove, undo; and duties, for what somebody must look after.
func recordRoutes[T any, P pointer[T]](g *Register) []web.Route {
	var v T
	table := P(&v).table()
	base := pathOf(table)
	routes := []web.Route{
		{Pattern: "GET " + base + "/new", Perm: "asset.write", Do: func(c *web.Call) error { return edit[T, P](g, c, "") }},
		{Pattern: "POST " + base + "/new", Perm: "asset.write", Do: func(c *web.Call) error { return submit[T, P](g, c, "") }},
		{Pattern: "GET " + base + "/{id}", Perm: "asset.read", Do: func(c *web.Call) error { return show[T, P](g, c) }},
		{Pattern: "GET " + base + "/{id}/edit", Perm: "asset.write", Do: func(c *web.Call) error { return edit[T, P](g, c, c.Path("id")) }},
		{Pattern: "POST " + base + "/{id}/edit", Perm: "asset.write", Do: func(c *web.Call) error { return submit[T, P](g, c, c.Path("id")) }},
		{Pattern: "POST " + base + "/{id}/remove", Perm: "asset.write", Do: func(c *web.Call) error { return g.remove(c, table) }},
		{Pattern: "POST " + base + "/{id}/undo", Perm: "asset.write", Do: func(c *web.Call) error { return g.undo(c, table) }},
	}
	if table == "vendor" || table == "system" {
		return routes
	}
	return append(routes,
		web.Route{Pattern: "GET " + base + "/{id}/duties", Perm: "asset.write", Do: func(c *web.Call) error { return dutyForm[T, P](g, c, false) }},
		web.Route{Pattern: "POST " + base + "/{id}/duties", Perm: "asset.write", Do: func(c *web.Call) error { return dutyForm[T, P](g, c, true) }})
}

func edit[T any, P pointer[T]](g *Register, c *web.Call, id string) error {
	var v T
	if id != "" {
		var err error
		if v, err = load[T, P](c.Ctx(), g.read(), id); err != nil {
			return err
		}
	} else { // a link may fill in fields: /contracts/new?vendor=…
		for _, f := range P(&v).fields() {
			if preset := c.Query(f.name); preset != "" {
				if err := f.at.set(preset); err != nil {
					return err
				}
			}
		}
	}
	form, err := g.form(c.Ctx(), P(&v))
	if err != nil {
		return err
	}
	return c.RenderForm(form)
}

func submit[T any, P pointer[T]](g *Register, c *web.Call, id string) error {
	var v T
	if id != "" {
		var err error
		if v, err = load[T, P](c.Ctx(), g.read(), id); err != nil {
			return err
		}
	}
	form, err := g.form(c.Ctx(), P(&v))
	if err != nil {
		return err
	}
	if done, err := form.Taken(c); done {
		return err
	}
	if err := take(P(&v), &form); err != nil {
		return err
	}
	if id != "" {
		_, updated := P(&v).head()
		if *updated, err = time.Parse(timeSeen, form.Text("seen")); err != nil {
			return fault.New(fault.Invalid, "web.form.broken").With(err)
		}
	}
	newID, err := g.saveAny(c.Ctx(), ledger.ActorOf(c), P(&v))
	if f := fault.Of(err); f != nil && f.Kind == fault.Conflict && f.Msg.Key == "asset.number_taken" {
		form.Fail("number", "asset.number_taken.short")
		return c.RenderForm(form)
	}
	if err != nil {
		return err
	}
	return c.Redirect(pathOf(P(&v).table())+"/"+newID, text.M("asset.saved", P(&v).fields()[0].at.get()))
}

// saveAny saves a record by the method of its kind.
func (g *Register) saveAny(ctx context.Context, actor ledger.Actor, r record) (string, error) {
	switch v := r.(type) {
	case *Asset:
		return g.SaveAsset(ctx, actor, *v, Declared, "")
	case *System:
		return g.SaveSystem(ctx, actor, *v, Declared, "")
	case *Vendor:
		return g.SaveVendor(ctx, actor, *v, Declared, "")
	case *Contract:
		return g.SaveContract(ctx, actor, *v, Declared, "")
	case *Line:
		return g.SaveLine(ctx, actor, *v, Declared, "")
	}
	return "", fault.New(fault.Internal, "fault.internal")
}

// ShowPage is one record whole.
type ShowPage struct {
	Title    text.Msg
	Table    string
	Base     string // URL of the record
	Notes    []Note
	Rows     []ShowRow
	Duties   []DutyRow
	Gaps     int
	Related  []Related
	History  []ChangeRow
	CanWrite bool
	Removed  bool // taken off the lists
}

// PageTitle is kind and name of the record.
func (p ShowPage) PageTitle() text.Msg { return p.Title }

// ShowRow is one field with where its value comes from.
type ShowRow struct {
	Label  text.Msg
	Say    text.Msg
	Mark   web.Mark // zero, or in place of Say
	Link   string
	Empty  bool
	Source text.Msg
	Place  string
	At     time.Time
	By     string
}

// DutyRow is one duty.
type DutyRow struct {
	Label      text.Msg
	Party      web.Mark
	Note       string
	ByContract bool
}

// Related is a list of links below a record.
type Related struct {
	Title text.Msg
	Links []Link
	More  string
}

// Link is a name with its page.
type Link struct {
	Say text.Msg
	URL string
}

// ChangeRow is one line of the history with a way to undo its batch.
type ChangeRow struct {
	Change
	Was, Is text.Msg // old and new value in the reader's words
	Source  text.Msg
	CanUndo bool
}

func show[T any, P pointer[T]](g *Register, c *web.Call) error {
	v, err := load[T, P](c.Ctx(), g.read(), c.Path("id"))
	removed := fault.KindOf(err) == fault.NotFound && err != nil
	if removed { // its page and its history stay, so that it can come back
		v, err = loadWhere[T, P](c.Ctx(), g.read(), c.Path("id"), "")
	}
	if err != nil {
		return err
	}
	r := P(&v)
	object := r.table() + "/" + c.Path("id")
	n, err := g.names(c.Ctx())
	if err != nil {
		return err
	}
	changes, err := g.History(c.Ctx(), object, 500)
	if err != nil {
		return err
	}
	p := ShowPage{Title: text.M("asset."+r.table()+".show", r.fields()[0].at.get()), Table: r.table(),
		Base: pathOf(r.table()) + "/" + c.Path("id"), CanWrite: c.Person.Can("asset.write")}
	p.Rows = showRows(r, n, changes)
	p.Removed = removed
	p.History = historyRows(changes, n, r, p.CanWrite)
	if err := g.showDuties(c.Ctx(), &p, r, object); err != nil {
		return err
	}
	if g.notes != nil {
		if p.Notes, err = g.notes(c.Ctx(), object); err != nil {
			return err
		}
	}
	if p.Related, err = g.related(c.Ctx(), r); err != nil {
		return err
	}
	return c.Render("asset.show", p)
}

func showRows(r record, n names, changes []Change) []ShowRow {
	last := map[string]Change{}
	for _, ch := range changes { // newest first
		if _, seen := last[ch.Field]; !seen {
			last[ch.Field] = ch
		}
	}
	var rows []ShowRow
	for _, f := range r.fields() {
		row := ShowRow{Label: labelOf(f.name), Empty: f.at.get() == "" || (f.name == "priority" && f.at.get() == "0")}
		if !row.Empty || f.shape == choice {
			row.Say, row.Link = value(r, f, n)
			row.Mark = lineMark(r, f)
		}
		if ch, ok := last[f.name]; ok && !row.Empty {
			row.Source, row.Place, row.At, row.By = SourceText(ch.Source), ch.Place, ch.At, ch.Actor
		}
		rows = append(rows, row)
	}
	return rows
}

// lineMark marks the fields of an outside line that decide whether its door
// stands open.
func lineMark(r record, f field) web.Mark {
	l, ok := r.(*Line)
	if !ok {
		return web.Mark{}
	}
	switch f.name {
	case "hours":
		return hoursMark(*l)
	case "owner_party", "patch_party":
		return partyMark(Party(f.at.get()))
	case "source_limit", "mfa":
		return wantedMark(Answer(f.at.get()))
	}
	return web.Mark{}
}

// SourceText says where a value came from.
func SourceText(s Source) text.Msg { return text.M("asset.source." + string(s)) }

// historyRows says old and new values in the reader's words; each batch offers
// its undo once.
func historyRows(changes []Change, n names, r record, canWrite bool) []ChangeRow {
	byName := map[string]field{}
	for _, f := range r.fields() {
		byName[f.name] = f
	}
	offered := map[string]bool{}
	var rows []ChangeRow
	for _, ch := range changes {
		if f, ok := byName[ch.Field]; ok && (f.shape == toVendor || f.shape == toSystem || f.shape == toContract || f.shape == toAsset) {
			ch.Old, ch.New = n[ch.Old], n[ch.New]
		}
		rows = append(rows, ChangeRow{Change: ch, Was: inWords(r, byName[ch.Field], ch.Old), Is: inWords(r, byName[ch.Field], ch.New), Source: SourceText(ch.Source), CanUndo: canWrite && ch.Old != ch.New && !ch.Undone && !offered[ch.Batch] && ch.Place != "undo"})
		offered[ch.Batch] = true
	}
	return rows
}

// inWords says a stored value of a field in the reader's words.
func inWords(r record, f field, value string) text.Msg {
	switch {
	case f.shape == choice && (value != "" || !f.must):
		return choiceOf(r.table(), f.name, value)
	case f.name == "" && contains(choices(Parties()), strings.SplitN(value+" ", " ", 2)[0]) && value != "": // a duty: party and note
		party, note, _ := strings.Cut(value, " ")
		return text.M("asset.history.duty", PartyText(Party(party)), note)
	}
	return text.Raw(value)
}

func (g *Register) showDuties(ctx context.Context, p *ShowPage, r record, object string) error {
	var split Split
	var err error
	switch v := r.(type) {
	case *Line:
		split, err = g.LineSplit(ctx, *v)
	case *Asset:
		split, err = g.SplitOf(ctx, object, v.ContractID)
	case *Contract:
		split, err = g.SplitOf(ctx, object, "")
	default:
		return nil
	}
	if err != nil {
		return err
	}
	p.Gaps = split.Gaps()
	for _, d := range split.Duties {
		p.Duties = append(p.Duties, DutyRow{Label: text.M("asset.duty." + string(d.Kind)), Party: partyMark(d.Party), Note: d.Note, ByContract: split.ByContract[d.Kind]})
	}
	return nil
}

func (g *Register) remove(c *web.Call, table string) error {
	if err := g.Remove(c.Ctx(), ledger.ActorOf(c), table+"/"+c.Path("id")); err != nil {
		return err
	}
	return c.Redirect(pathOf(table)+"/"+c.Path("id"), text.M("asset.removed"))
}

func (g *Register) undo(c *web.Call, table string) error {
	undone, kept, err := g.Undo(c.Ctx(), ledger.ActorOf(c), table+"/"+c.Path("id"), c.R.PostFormValue("batch"))
	if err != nil {
		return err
	}
	return c.Redirect(pathOf(table)+"/"+c.Path("id"), text.M("asset.undone", undone, kept))
}
