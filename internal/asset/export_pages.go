package asset

import (
	"slices"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// ExportPage offers the exports. A failed export comes back to it.
type ExportPage struct {
	Form  web.Form
	Fault text.Msg
}

func exportForm(lang text.Lang) web.Form {
	f := web.Form{Action: "/export/file", Submit: text.M("asset.export.do"), Fields: []web.Field{
		{Name: "table", Kind: web.SelectField, Label: text.M("asset.export.what"), Value: "all"},
		{Name: "format", Kind: web.SelectField, Label: text.M("asset.export.format"), Value: string(ExportXLSX)},
		{Name: "heading", Kind: web.SelectField, Label: text.M("asset.export.heading"), Value: string(lang)},
	}}
	for _, t := range ExportTables() {
		f.Fields[0].Options = append(f.Fields[0].Options, web.Option{Value: t, Say: text.M("asset.export.table." + t)})
	}
	for _, e := range ExportFormats() {
		f.Fields[1].Options = append(f.Fields[1].Options, web.Option{Value: string(e), Say: text.M("asset.export.format." + string(e))})
	}
	for _, l := range text.Langs() {
		f.Fields[2].Options = append(f.Fields[2].Options, web.Option{Value: string(l), Say: text.M("asset.export.heading." + string(l))})
	}
	return f
}

func (g *Register) exportPage(c *web.Call) error {
	return c.Render("asset.import_export", ExportPage{Form: exportForm(c.Lang)})
}

// exportFile answers with the file. A refused export (a character that
// Shift_JIS lacks, say) is told above the form, where another format can be
// chosen.
func (g *Register) exportFile(c *web.Call) error {
	table, format := c.Query("table"), ExportFormat(c.Query("format"))
	reader := c.Lang
	if c.Query("heading") != "" {
		c.Lang = text.ParseLang(c.Query("heading"))
	}
	data, err := g.Export(c.Ctx(), ledger.ActorOf(c), table, format, c.Say)
	c.Lang = reader // the headings are in the chosen language, a fault is in the reader's
	if f := fault.Of(err); f != nil && f.Kind == fault.Invalid {
		p := ExportPage{Form: exportForm(c.Lang), Fault: f.Msg}
		if contains(ExportTables(), table) {
			p.Form.Set("table", table)
		}
		if slices.Contains(ExportFormats(), format) {
			p.Form.Set("format", string(format))
		}
		return c.Render("asset.import_export", p)
	}
	if err != nil {
		return err
	}
	kind := "text/csv; charset=utf-8"
	switch format {
	case ExportXLSX:
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ExportSJIS:
		kind = "text/csv; charset=Shift_JIS"
	}
	return c.Download(exportName(table, format, c.Now.In(c.Zone())), kind, data)
}
