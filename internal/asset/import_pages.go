package asset

import (
	"strconv"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// importPages are the pages of importing and exporting.
func importPages() []web.Page {
	return []web.Page{
		{Name: "import", Data: ImportPage{}}, {Name: "import_show", Data: ImportShowPage{}},
		{Name: "import_map", Data: ImportMapPage{}}, {Name: "import_export", Data: ExportPage{}},
	}
}

// importRoutes are the ways to them. Reading the whole register out needs no
// more than reading it, and leaves a line in the ledger.
func importRoutes(g *Register) []web.Route {
	return []web.Route{
		{Pattern: "GET /import", Perm: "asset.write", Do: g.importPage},
		{Pattern: "POST /import", Perm: "asset.write", Do: g.importUpload, Body: MaxImportFile + 1<<20, Notes: true},
		{Pattern: "GET /import/{id}", Perm: "asset.write", Do: g.importShow},
		{Pattern: "GET /import/{id}/map", Perm: "asset.write", Do: g.importMap},
		{Pattern: "POST /import/{id}/map", Perm: "asset.write", Do: g.importRemap},
		{Pattern: "POST /import/{id}/apply", Perm: "asset.write", Do: g.importApply},
		{Pattern: "POST /import/{id}/undo", Perm: "asset.write", Do: g.importUndo},
		{Pattern: "POST /import/{id}/drop", Perm: "asset.write", Do: g.importDrop},
		{Pattern: "GET /import/{id}/file", Perm: "asset.write", Do: g.importOriginal},
		{Pattern: "GET /export", Perm: "asset.read", Do: g.exportPage},
		{Pattern: "GET /export/file", Perm: "asset.read", Do: g.exportFile},
	}
}

// ImportPage takes a file and lists earlier imports.
type ImportPage struct {
	Form web.Form
	Past []PastImport
}

// PastImport is one import in the list.
type PastImport struct {
	Import
	State   web.Mark
	Summary text.Msg
}

func importForm() web.Form {
	f := web.Form{Action: "/import", Submit: text.M("asset.import.read"), Fields: []web.Field{
		{Name: "file", Kind: web.FileField, Label: text.M("asset.import.file"), Help: text.M("asset.import.file.help", MaxImportFile>>20),
			Required: true, Accept: ".xlsx,.xlsm,.csv,.tsv,.txt", Wide: true},
		{Name: "table", Kind: web.SelectField, Label: text.M("asset.import.table"), Options: []web.Option{{Say: text.M("asset.import.table.auto")}}},
	}}
	for _, t := range ExportTables()[1:] {
		f.Fields[1].Options = append(f.Fields[1].Options, web.Option{Value: t, Say: text.M("asset.import.table." + t)})
	}
	return f
}

func stateMark(s ImportState) web.Mark {
	level := web.Info
	if s == Staged {
		level = web.Warn
	}
	return web.Mark{Level: level, Say: text.M("asset.import.state." + string(s))}
}

func (g *Register) importPage(c *web.Call) error {
	past, err := g.Imports(c.Ctx())
	if err != nil {
		return err
	}
	p := ImportPage{Form: importForm()}
	for _, im := range past {
		n := im.Report.Counts
		p.Past = append(p.Past, PastImport{Import: im, State: stateMark(im.State),
			Summary: text.M("asset.import.summary", n[RowNew]+n[RowCreated], n[RowChanged], n[RowRejected])})
	}
	return c.Render("asset.import", p)
}

func (g *Register) importUpload(c *web.Call) error {
	f := importForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		f.Title = text.M("asset.import.title")
		return c.RenderForm(f)
	}
	up, err := f.File("file")
	if err != nil {
		return err
	}
	id, err := g.Stage(c.Ctx(), ledger.ActorOf(c), up.Name, up.Data, ImportOptions{Table: f.Text("table")})
	if err != nil {
		return err
	}
	return c.Redirect("/import/"+id, text.Msg{})
}

// ImportShowPage is one import: how the file was read, what differs, what was
// done.
type ImportShowPage struct {
	Import   Import
	State    web.Mark
	Sheets   []SheetRow
	Tabs     []Tab
	Rows     []RowView
	Pager    web.Pager
	New      int
	Changed  int
	CanApply bool
	CanUndo  bool
}

// PageTitle names the file.
func (p ImportShowPage) PageTitle() text.Msg { return text.M("asset.import.show", p.Import.Name) }

// SheetRow is how one sheet was read.
type SheetRow struct {
	SheetReport
	Name  text.Msg
	Table text.Msg
	Taken int
}

// Tab chooses rows by state.
type Tab struct {
	Say     text.Msg
	URL     string
	Count   int
	Current bool
}

// RowView is one row in the reader's words.
type RowView struct {
	ImportRow
	State web.Mark
	Table text.Msg
	URL   string
	Diffs []DiffView
}

// DiffView is one field's difference.
type DiffView struct {
	Label text.Msg
	Old   text.Msg
	New   text.Msg
}

func (g *Register) importShow(c *web.Call) error {
	im, err := g.Import(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	n := im.Report.Counts
	p := ImportShowPage{Import: im, State: stateMark(im.State), New: n[RowNew] + n[RowCreated], Changed: n[RowChanged]}
	p.CanApply = im.State == Staged && p.New+p.Changed > 0
	p.CanUndo = im.State == Applied
	for _, s := range im.Report.Sheets {
		p.Sheets = append(p.Sheets, sheetRow(s))
	}
	show := c.Query("show")
	all := 0
	for _, count := range n {
		all += count
	}
	base := "/import/" + im.ID
	p.Tabs = append(p.Tabs, Tab{text.M("asset.import.show.all"), base, all, show == ""})
	for _, s := range RowStates() {
		p.Tabs = append(p.Tabs, Tab{rowText(s), base + "?show=" + string(s), n[s], show == string(s)})
	}
	p.Tabs = append(p.Tabs, Tab{text.M("asset.import.show.warned"), base + "?show=warned", im.Report.Warned, show == "warned"})
	rows, total, err := g.ImportRows(c.Ctx(), im.ID, show, (c.PageNumber()-1)*web.PerPage, web.PerPage)
	if err != nil {
		return err
	}
	p.Pager = c.NewPager(total)
	for _, r := range rows {
		p.Rows = append(p.Rows, rowView(r, im.State))
	}
	return c.Render("asset.import_show", p)
}

func sheetRow(s SheetReport) SheetRow {
	row := SheetRow{SheetReport: s, Name: text.Raw(s.Sheet), Table: text.M("asset.import.not_imported")}
	if s.Sheet == "" {
		row.Name = text.M("asset.import.this_file")
	}
	if s.SheetMap.Table != "" {
		row.Table = text.M("asset.import.table." + s.SheetMap.Table)
		for _, f := range s.Fields {
			if f != "" {
				row.Taken++
			}
		}
	}
	return row
}

func rowText(s RowState) text.Msg { return text.M("asset.import.row." + string(s)) }

func rowView(r ImportRow, state ImportState) RowView {
	level := map[RowState]web.Level{RowNew: web.Info, RowChanged: web.Info, RowCreated: web.Info, RowUnchanged: web.Info, RowRejected: web.Danger}[r.State]
	if len(r.Warnings) > 0 && level == web.Info {
		level = web.Warn
	}
	v := RowView{ImportRow: r, State: web.Mark{Level: level, Say: rowText(r.State)}, Table: text.M("asset.import.table." + r.Table)}
	if r.Object != "" && state == Applied {
		v.URL = pathOf(r.Table) + r.Object[len(r.Table):]
	}
	for _, d := range r.Changes {
		v.Diffs = append(v.Diffs, DiffView{Label: d.Label(), Old: diffText(r.Table, d.Field, d.Old), New: diffText(r.Table, d.Field, d.New)})
	}
	return v
}

// diffText says a value in the reader's words; nothing is a word too.
func diffText(table, name, v string) text.Msg {
	for _, f := range newRecord(table).fields() {
		if f.name != name || f.shape >= toVendor || v == "" {
			continue
		}
		say, _ := value(newRecord(table), field{name: name, at: fixedRef(v), shape: f.shape}, nil)
		return say
	}
	if v == "" {
		return text.M("asset.import.blank")
	}
	return text.Raw(v)
}

// fixedRef is a field's value that cannot be set.
type fixedRef string

func (r fixedRef) get() string      { return string(r) }
func (r fixedRef) set(string) error { return nil }

func (g *Register) importApply(c *web.Call) error {
	id := c.Path("id")
	rep, err := g.Apply(c.Ctx(), ledger.ActorOf(c), id)
	if f := fault.Of(err); f != nil && f.Msg.Key == "asset.import.moved" {
		if err := g.Recompare(c.Ctx(), ledger.ActorOf(c), id); err != nil {
			return err
		}
		return c.Redirect("/import/"+id, text.M("asset.import.moved.short"))
	}
	if err != nil {
		return err
	}
	return c.Redirect("/import/"+id, text.M("asset.import.applied", rep.Counts[RowNew]+rep.Counts[RowCreated], rep.Counts[RowChanged]))
}

func (g *Register) importUndo(c *web.Call) error {
	rep, err := g.UndoImport(c.Ctx(), ledger.ActorOf(c), c.Path("id"))
	if err != nil {
		return err
	}
	return c.Redirect("/import/"+c.Path("id"), text.M("asset.import.undone", rep.Fields, rep.Removed, len(rep.Kept)))
}

func (g *Register) importDrop(c *web.Call) error {
	if err := g.Drop(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/import", text.M("asset.import.dropped"))
}

// importOriginal gives the file as it came. The type keeps a browser from
// showing it.
func (g *Register) importOriginal(c *web.Call) error {
	im, err := g.Import(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	err = g.book.Note(c.Ctx(), ledger.ActorOf(c), "asset.import.original", "asset/import/"+im.ID, map[string]any{"sha256": im.SHA256})
	if err != nil {
		return err
	}
	return c.Download(im.Name, "application/octet-stream", im.data)
}

// ImportMapPage lets a person correct what the columns are.
type ImportMapPage struct {
	Import Import
	Sheets []MapSheet
}

// PageTitle names the file.
func (p ImportMapPage) PageTitle() text.Msg { return text.M("asset.import.map.title", p.Import.Name) }

// MapSheet is one sheet with its choices.
type MapSheet struct {
	N        int
	Name     text.Msg
	Tables   []Choice
	Defaults []Choice
	Columns  []MapColumn
}

// Choice is one option with its state.
type Choice struct {
	Value  string
	Say    text.Msg
	Chosen bool
}

// MapColumn is one column with the fields that it may be.
type MapColumn struct {
	Name    string
	Title   string
	Samples []string
	Fields  []Choice
}

func (g *Register) importMap(c *web.Call) error {
	im, f, err := g.stagedFile(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	return c.Render("asset.import_map", mapPage(im, f))
}

func mapPage(im Import, f *importFile) ImportMapPage {
	p := ImportMapPage{Import: im}
	for n, s := range f.sheets {
		rep := s.report()
		m := MapSheet{N: n, Name: sheetRow(rep).Name, Tables: []Choice{{Say: text.M("asset.import.not_imported"), Chosen: s.Table == ""}}}
		for _, t := range ExportTables()[1:] {
			m.Tables = append(m.Tables, Choice{t, text.M("asset.import.table." + t), s.Table == t})
		}
		if s.Table != "" {
			m.Defaults = defaults(s.SheetMap)
			for i, title := range rep.Titles {
				m.Columns = append(m.Columns, MapColumn{Name: "s" + strconv.Itoa(n) + "c" + strconv.Itoa(i), Title: title,
					Samples: rep.Samples[i], Fields: fieldChoices(s.Table, s.Fields[i])})
			}
		}
		p.Sheets = append(p.Sheets, m)
	}
	return p
}

func defaults(m SheetMap) []Choice {
	if m.Table != "asset" && m.Table != "line" {
		return nil
	}
	all := []Choice{{Say: text.M("asset.import.map.default.none"), Chosen: m.Default == ""}}
	for _, f := range newRecord(m.Table).fields() {
		if f.name != "kind" {
			continue
		}
		for _, k := range f.choices {
			all = append(all, Choice{k, choiceOf(m.Table, "kind", k), m.Default == k})
		}
	}
	return all
}

func fieldChoices(table, chosen string) []Choice {
	all := []Choice{{Say: text.M("asset.import.map.ignore"), Chosen: chosen == ""}}
	for _, t := range targets(table) {
		say := labelOf(t)
		switch t {
		case noteColumn:
			say = text.M("asset.import.map.note")
		case "id":
			say = text.M("asset.import.map.id")
		}
		all = append(all, Choice{t, say, chosen == t})
	}
	return all
}

// importRemap takes the corrected mapping. A sheet whose kind of table was
// changed gets its fields guessed anew.
func (g *Register) importRemap(c *web.Call) error {
	im, f, err := g.stagedFile(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	if err := c.R.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.form.broken").With(err)
	}
	maps := make([]SheetMap, len(f.sheets))
	switched := false
	for n, s := range f.sheets {
		prefix := "s" + strconv.Itoa(n)
		m := SheetMap{Index: s.Index, Sheet: s.Sheet, Table: c.R.PostForm.Get(prefix + "table"), Default: c.R.PostForm.Get(prefix + "default")}
		if m.Table != s.Table {
			switched = true
			_, m.Fields = f.words.guess(s.Sheet, s.table, m.Table)
			if m.Table == "" {
				m.Fields = make([]string, len(s.table.Columns))
			}
			m.Default = ""
		} else {
			for i := range s.table.Columns {
				m.Fields = append(m.Fields, c.R.PostForm.Get(prefix+"c"+strconv.Itoa(i)))
			}
		}
		maps[n] = m
	}
	if err := g.Remap(c.Ctx(), ledger.ActorOf(c), im.ID, maps); err != nil {
		return err
	}
	if switched {
		return c.Redirect("/import/"+im.ID+"/map", text.M("asset.import.remapped"))
	}
	return c.Redirect("/import/"+im.ID, text.M("asset.import.remapped"))
}
