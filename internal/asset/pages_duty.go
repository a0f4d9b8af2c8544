package asset

import (
	"context"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// DutiesPage is the form of one object's duties.
type DutiesPage struct {
	Title text.Msg
	Form  web.Form
}

// PageTitle names the object.
func (p DutiesPage) PageTitle() text.Msg { return p.Title }

func dutyForm[T any, P pointer[T]](g *Register, c *web.Call, write bool) error {
	v, err := load[T, P](c.Ctx(), g.read(), c.Path("id"))
	if err != nil {
		return err
	}
	r := P(&v)
	object, base := r.table()+"/"+c.Path("id"), pathOf(r.table())+"/"+c.Path("id")
	duties, err := g.Duties(c.Ctx(), object)
	if err != nil {
		return err
	}
	form := web.Form{Action: base + "/duties", Submit: text.M("asset.save"), Cancel: base, Intro: text.M("asset.duties.intro")}
	for _, kind := range DutyKinds() {
		form.Fields = append(form.Fields, dutyFields(kind, duties, r)...)
	}
	page := DutiesPage{Title: text.M("asset.duties.edit", r.fields()[0].at.get()), Form: form}
	if !write {
		return c.Render("asset.duties", page)
	}
	ok, err := page.Form.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return c.Render("asset.duties", page)
	}
	var next []Duty
	for _, kind := range DutyKinds() {
		next = append(next, Duty{Object: object, Kind: kind, Party: Party(page.Form.Text("party_" + string(kind))), Note: page.Form.Text("note_" + string(kind))})
	}
	if err := g.SetDuties(c.Ctx(), ledger.ActorOf(c), object, next); err != nil {
		return err
	}
	return c.Redirect(base, text.M("asset.duties.saved"))
}

func dutyFields(kind DutyKind, duties []Duty, r record) []web.Field {
	var has Duty
	for _, d := range duties {
		if d.Kind == kind {
			has = d
		}
	}
	if l, ok := r.(*Line); ok && kind == Patching && l.PatchParty != NoParty {
		has.Party = l.PatchParty
	}
	var options []web.Option
	for _, p := range Parties() {
		options = append(options, web.Option{Value: string(p), Say: PartyText(p)})
	}
	label := text.M("asset.duty." + string(kind))
	return []web.Field{
		{Name: "party_" + string(kind), Label: label, Kind: web.SelectField, Options: options, Value: string(has.Party)},
		{Name: "note_" + string(kind), Label: text.M("asset.duties.note", label), Kind: web.TextField, Value: has.Note},
	}
}

// GapsPage lists the objects whose duties have gaps.
type GapsPage struct {
	Lines  []GapRow
	Assets []GapRow
	Total  int // assets with gaps; Assets holds the first page
	Pager  web.Pager
}

// GapRow is one object with the duties that nobody has.
type GapRow struct {
	Name    string
	URL     string
	Missing []text.Msg
}

func (g *Register) gapsPage(c *web.Call) error {
	lines, err := g.Lines(c.Ctx())
	if err != nil {
		return err
	}
	splits, err := g.lineSplits(c.Ctx(), lines)
	if err != nil {
		return err
	}
	var p GapsPage
	for _, l := range lines {
		if row := gapRow(l.Name, "/lines/"+l.ID, splits[l.ID]); len(row.Missing) > 0 {
			p.Lines = append(p.Lines, row)
		}
	}
	assets, total, err := g.Assets(c.Ctx(), Filter{Gap: "duty", Limit: web.PerPage, Offset: (c.PageNumber() - 1) * web.PerPage})
	if err != nil {
		return err
	}
	p.Total, p.Pager = total, c.NewPager(total)
	for _, a := range assets {
		split, err := g.SplitOf(c.Ctx(), "asset/"+a.ID, a.ContractID)
		if err != nil {
			return err
		}
		p.Assets = append(p.Assets, gapRow(a.Name, "/assets/"+a.ID, split))
	}
	return c.Render("asset.gaps", p)
}

func gapRow(name, url string, s Split) GapRow {
	row := GapRow{Name: name, URL: url}
	for _, d := range s.Duties {
		if d.Party == NoParty {
			row.Missing = append(row.Missing, text.M("asset.duty."+string(d.Kind)))
		}
	}
	return row
}

// related lists what hangs on a record: "what stops if this stops" starts
// here.
func (g *Register) related(ctx context.Context, r record) ([]Related, error) {
	switch v := r.(type) {
	case *System:
		return g.relatedAssets(ctx, Filter{SystemID: v.ID, Limit: 50}, "/assets?system="+v.ID)
	case *Vendor:
		return g.relatedVendor(ctx, *v)
	case *Contract:
		return nil, nil
	case *Asset:
		return g.relatedLines(ctx, func(l Line) bool { return l.AssetID == v.ID })
	}
	return nil, nil
}

func (g *Register) relatedAssets(ctx context.Context, f Filter, more string) ([]Related, error) {
	assets, total, err := g.Assets(ctx, f)
	if err != nil || total == 0 {
		return nil, err
	}
	rel := Related{Title: text.M("asset.related.assets", total)}
	for _, a := range assets {
		rel.Links = append(rel.Links, Link{Say: text.Raw(a.Name), URL: "/assets/" + a.ID})
	}
	if total > len(assets) {
		rel.More = more
	}
	return []Related{rel}, nil
}

func (g *Register) relatedLines(ctx context.Context, want func(Line) bool) ([]Related, error) {
	lines, err := g.Lines(ctx)
	if err != nil {
		return nil, err
	}
	rel := Related{Title: text.M("asset.related.lines")}
	for _, l := range lines {
		if want(l) {
			rel.Links = append(rel.Links, Link{Say: text.Raw(l.Name), URL: "/lines/" + l.ID})
		}
	}
	if len(rel.Links) == 0 {
		return nil, nil
	}
	return []Related{rel}, nil
}

func (g *Register) relatedVendor(ctx context.Context, v Vendor) ([]Related, error) {
	out, err := g.relatedLines(ctx, func(l Line) bool { return l.VendorID == v.ID })
	if err != nil {
		return nil, err
	}
	contracts, err := g.Contracts(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	if len(contracts) > 0 {
		rel := Related{Title: text.M("asset.related.contracts")}
		for _, k := range contracts {
			rel.Links = append(rel.Links, Link{Say: text.Raw(k.Name), URL: "/contracts/" + k.ID})
		}
		out = append(out, rel)
	}
	assets, err := g.relatedAssets(ctx, Filter{VendorID: v.ID, Limit: 50}, "/assets?vendor="+v.ID)
	return append(out, assets...), err
}
