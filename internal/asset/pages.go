package asset

import (
	"slices"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Module is the register's share of the site.
func (g *Register) Module() web.Module {
	m := web.Module{
		Name:  "asset",
		Files: files,
		Pages: []web.Page{
			{Name: "list", Data: ListPage{}}, {Name: "lines", Data: LinesPage{}}, {Name: "vendors", Data: VendorsPage{}},
			{Name: "systems", Data: SystemsPage{}}, {Name: "show", Data: ShowPage{}}, {Name: "duties", Data: DutiesPage{}},
			{Name: "gaps", Data: GapsPage{}}, {Name: "removed", Data: RemovedPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /assets", Perm: "asset.read", Do: g.listPage},
			{Pattern: "GET /assets/duties", Perm: "asset.read", Do: g.gapsPage},
			{Pattern: "GET /removed", Perm: "asset.read", Do: g.removedPage},
			{Pattern: "GET /lines", Perm: "asset.read", Do: g.linesPage},
			{Pattern: "GET /vendors", Perm: "asset.read", Do: g.vendorsPage},
			{Pattern: "GET /systems", Perm: "asset.read", Do: g.systemsPage},
			{Pattern: "GET /contracts", Perm: "asset.read", Do: func(c *web.Call) error { return c.Redirect("/vendors", text.Msg{}) }},
		},
		Nav: []web.Nav{
			{Key: "asset.nav.assets", URL: "/assets", Perm: "asset.read", Order: 30},
			{Key: "asset.nav.lines", URL: "/lines", Perm: "asset.read", Order: 31},
			{Key: "asset.nav.vendors", URL: "/vendors", Perm: "asset.read", Order: 32},
			{Key: "asset.nav.systems", URL: "/systems", Perm: "asset.read", Order: 33},
		},
	}
	m.Routes = append(m.Routes, recordRoutes[Asset](g)...)
	m.Routes = append(m.Routes, recordRoutes[Line](g)...)
	m.Routes = append(m.Routes, recordRoutes[Vendor](g)...)
	m.Routes = append(m.Routes, recordRoutes[System](g)...)
	m.Routes = append(m.Routes, recordRoutes[Contract](g)...)
	m.Pages = append(m.Pages, importPages()...)
	m.Routes = append(m.Routes, importRoutes(g)...)
	return m
}

// ListPage is the list of assets.
type ListPage struct {
	Filter   Filter
	Kinds    []web.Option
	Rows     []AssetRow
	Pager    web.Pager
	CanWrite bool
}

// AssetRow is one asset in the list.
type AssetRow struct {
	Asset
	Kind   text.Msg
	System string
	Vendor string
	Old    bool // past its end of support
}

func (g *Register) listPage(c *web.Call) error {
	f := Filter{Words: c.Query("q"), Kind: Kind(c.Query("kind")), SystemID: c.Query("system"), VendorID: c.Query("vendor"), Gap: c.Query("gap")}
	f.Limit, f.Offset = web.PerPage, (c.PageNumber()-1)*web.PerPage
	assets, total, err := g.Assets(c.Ctx(), f)
	if err != nil {
		return err
	}
	n, err := g.names(c.Ctx())
	if err != nil {
		return err
	}
	p := ListPage{Filter: f, Pager: c.NewPager(total), CanWrite: c.Person.Can("asset.write")}
	for _, k := range Kinds() {
		p.Kinds = append(p.Kinds, web.Option{Value: string(k), Say: KindText(k)})
	}
	today := g.today()
	for _, a := range assets {
		p.Rows = append(p.Rows, AssetRow{Asset: a, Kind: KindText(a.Kind), System: n[a.SystemID], Vendor: n[a.VendorID],
			Old: a.EndOfSupport != "" && a.EndOfSupport < today})
	}
	return c.Render("asset.list", p)
}

// KindText names a kind of asset.
func KindText(k Kind) text.Msg { return text.M("asset.asset.kind." + string(k)) }

// LineKindText names a kind of outside line.
func LineKindText(k LineKind) text.Msg { return text.M("asset.line.kind." + string(k)) }

// LinesPage is the list of outside lines.
type LinesPage struct {
	Rows     []LineRow
	CanWrite bool
}

// LineRow is one outside line with what stands out.
type LineRow struct {
	Line
	Kind   text.Msg
	Vendor string
	Hours  web.Mark
	Patch  web.Mark
	Limit  web.Mark
	MFA    web.Mark
	Gaps   int
}

func (g *Register) linesPage(c *web.Call) error {
	lines, err := g.Lines(c.Ctx())
	if err != nil {
		return err
	}
	n, err := g.names(c.Ctx())
	if err != nil {
		return err
	}
	splits, err := g.lineSplits(c.Ctx(), lines)
	if err != nil {
		return err
	}
	p := LinesPage{CanWrite: c.Person.Can("asset.write")}
	for _, l := range lines {
		p.Rows = append(p.Rows, LineRow{Line: l, Kind: LineKindText(l.Kind), Vendor: n[l.VendorID], Hours: hoursMark(l),
			Patch: partyMark(l.PatchParty), Limit: wantedMark(l.SourceLimit), MFA: wantedMark(l.MFA), Gaps: splits[l.ID].Gaps()})
	}
	slices.SortStableFunc(p.Rows, func(a, b LineRow) int { return b.urgency() - a.urgency() })
	return c.Render("asset.lines", p)
}

// urgency puts the lines that need action on top of the list.
func (r LineRow) urgency() int {
	n := 0
	for _, m := range []web.Mark{r.Hours, r.Patch, r.Limit, r.MFA} {
		switch m.Level {
		case web.Danger:
			n += 10
		case web.Warn, web.Unclear:
			n++
		}
	}
	return n
}

// hoursMark says when a line is open; remote desktop that is always open is
// the door of 2022.
func hoursMark(l Line) web.Mark {
	switch {
	case l.Hours == AlwaysOpen && l.RDP == Yes:
		return web.Mark{Level: web.Danger, Say: text.M("asset.hours.always_rdp")}
	case l.Hours == AlwaysOpen:
		return web.Mark{Level: web.Warn, Say: text.M("asset.hours.always")}
	case l.Hours == HoursUnknown:
		return web.Mark{Level: web.Unclear, Say: text.M("asset.hours.unknown")}
	}
	return web.Mark{Level: web.Info, Say: text.M("asset.hours." + string(l.Hours))}
}

func partyMark(p Party) web.Mark {
	if p == NoParty {
		return web.Mark{Level: web.Danger, Say: PartyText(p)}
	}
	return web.Mark{Level: web.Info, Say: PartyText(p)}
}

// wantedMark marks something that a line ought to have.
func wantedMark(a Answer) web.Mark {
	switch a {
	case Yes:
		return web.Mark{Level: web.Info, Say: AnswerText(a)}
	case No:
		return web.Mark{Level: web.Danger, Say: AnswerText(a)}
	}
	return web.Mark{Level: web.Unclear, Say: AnswerText(a)}
}

// VendorsPage is the tree of vendors with their contracts.
type VendorsPage struct {
	Rows     []VendorRow
	CanWrite bool
}

// VendorRow is one vendor; sub-contractors follow their principal, indented.
type VendorRow struct {
	Vendor
	Depth     int
	Contracts []ContractRow
	Lines     int
}

// ContractRow is one contract with its state.
type ContractRow struct {
	Contract
	Split   web.Mark
	Expired bool
}

func (g *Register) vendorsPage(c *web.Call) error {
	vendors, err := g.Vendors(c.Ctx())
	if err != nil {
		return err
	}
	contracts, err := g.Contracts(c.Ctx(), "")
	if err != nil {
		return err
	}
	lines, err := g.Lines(c.Ctx())
	if err != nil {
		return err
	}
	byVendor, today := map[string][]ContractRow{}, g.today()
	for _, k := range contracts {
		byVendor[k.VendorID] = append(byVendor[k.VendorID], ContractRow{Contract: k, Split: wantedMark(k.DutySplit), Expired: k.EndDay != "" && k.EndDay < today})
	}
	perVendor := map[string]int{}
	for _, l := range lines {
		perVendor[l.VendorID]++
	}
	p := VendorsPage{CanWrite: c.Person.Can("asset.write")}
	for _, row := range tree(vendors) {
		row.Contracts, row.Lines = byVendor[row.ID], perVendor[row.ID]
		p.Rows = append(p.Rows, row)
	}
	return c.Render("asset.vendors", p)
}

// tree puts each sub-contractor below its principal. A vendor whose principal
// is not in the list stands at the top.
func tree(vendors []Vendor) []VendorRow {
	known, children := map[string]bool{}, map[string][]Vendor{}
	for _, v := range vendors {
		known[v.ID] = true
	}
	for _, v := range vendors {
		parent := v.ParentID
		if !known[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], v)
	}
	var rows []VendorRow
	var walk func(parent string, depth int)
	walk = func(parent string, depth int) {
		for _, v := range children[parent] {
			rows = append(rows, VendorRow{Vendor: v, Depth: min(depth, 5)})
			walk(v.ID, depth+1)
		}
	}
	walk("", 0)
	return rows
}

// SystemsPage is the list of departmental systems.
type SystemsPage struct {
	Rows     []SystemRow
	CanWrite bool
}

// SystemRow is one system.
type SystemRow struct {
	System
	Class    text.Msg
	Priority text.Msg
	Vendor   string
}

func (g *Register) systemsPage(c *web.Call) error {
	systems, err := g.Systems(c.Ctx())
	if err != nil {
		return err
	}
	n, err := g.names(c.Ctx())
	if err != nil {
		return err
	}
	p := SystemsPage{CanWrite: c.Person.Can("asset.write")}
	for _, s := range systems {
		p.Rows = append(p.Rows, SystemRow{System: s, Class: text.M("asset.class." + s.Class), Vendor: n[s.VendorID],
			Priority: choiceOf("system", "priority", intRef{&s.Priority}.get())})
	}
	return c.Render("asset.systems", p)
}
