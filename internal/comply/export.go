package comply

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// grid writes one sheet of a workbook, row by row. Everything is written as
// text, so that no value can become a formula.
type grid struct {
	file *excelize.File
	name string
	row  int
	err  error
}

func (g *grid) line(style int, cells ...string) {
	g.row++
	for n, v := range cells {
		at, err := excelize.CoordinatesToCellName(n+1, g.row)
		if err == nil {
			err = g.file.SetCellStr(g.name, at, v)
		}
		if err == nil && style != 0 {
			err = g.file.SetCellStyle(g.name, at, at, style)
		}
		if err != nil && g.err == nil {
			g.err = fmt.Errorf("comply: workbook: %w", err)
		}
	}
}

func (g *grid) widths(w ...float64) {
	for n, width := range w {
		col, err := excelize.ColumnNumberToName(n + 1)
		if err == nil {
			err = g.file.SetColWidth(g.name, col, col, width)
		}
		if err != nil && g.err == nil {
			g.err = fmt.Errorf("comply: workbook: %w", err)
		}
	}
}

// styles gives wrapped cells and bold headings.
func styles(f *excelize.File) (wrap, head int, err error) {
	border := []excelize.Border{}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "808080", Style: 1})
	}
	align := &excelize.Alignment{WrapText: true, Vertical: "top"}
	if wrap, err = f.NewStyle(&excelize.Style{Alignment: align, Border: border}); err != nil {
		return 0, 0, err
	}
	head, err = f.NewStyle(&excelize.Style{Alignment: align, Border: border, Font: &excelize.Font{Bold: true},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8E8E8"}}})
	return wrap, head, err
}

func (k *Checklist) exportList(c *web.Call) error {
	cat, key, err := k.keyOf(c)
	if err != nil {
		return err
	}
	rows, err := k.Rows(c.Ctx(), cat, key)
	if err != nil {
		return err
	}
	data, err := listWorkbook(c, cat, key, rows)
	if err != nil {
		return err
	}
	err = k.cfg.Book.Note(c.Ctx(), ledger.ActorOf(c), "comply.export", "comply/"+cat.ID+":"+key.Sheet, map[string]any{"year": key.Year, "rows": len(rows)})
	if err != nil {
		return err
	}
	return c.Download(fmt.Sprintf("toride-checklist-%s-%s-%d.xlsx", cat.ID, key.Sheet, key.Year), xlsxType, data)
}

// sayer turns messages into the reader's language; *web.Call is one.
type sayer interface {
	T(key string, args ...any) string
	Say(m text.Msg) string
}

func listWorkbook(c *web.Call, cat *Catalogue, key Key, rows []Row) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // in memory
	wrap, head, err := styles(f)
	if err != nil {
		return nil, fmt.Errorf("comply: workbook: %w", err)
	}
	name := c.T("comply.x.sheet")
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return nil, fmt.Errorf("comply: workbook: %w", err)
	}
	g := &grid{file: f, name: name}
	g.line(0, cat.Title.In(c.Lang)+" "+cat.Edition.In(c.Lang)+" / "+cat.SheetTitle(key.Sheet).In(c.Lang))
	g.line(0, c.Hospital(), c.Say(YearText(key.Year)), c.T("comply.x.made", c.Now))
	g.line(0, c.T("comply.restated"))
	g.row++
	var titles []string
	for _, t := range []string{"no", "item", "answer", "confirmed", "target", "who", "note", "evidence", "read", "contra", "documents", "known", "id"} {
		titles = append(titles, c.T("comply.x."+t))
	}
	g.line(head, titles...)
	for _, r := range rows {
		g.line(wrap, listCells(c, viewRow(cat, key, r), c.Lang)...)
	}
	g.widths(8, 44, 12, 12, 12, 14, 24, 14, 60, 12, 8, 18, 22)
	sourceSheet(c, f, cat, wrap, g)
	return finish(f, g)
}

func listCells(s sayer, v RowView, lang text.Lang) []string {
	var read []string
	for _, r := range v.Readings {
		line := s.Say(r.Mark.Say) + ": " + s.Say(r.Say)
		if !r.Basis.Zero() {
			line += " (" + s.Say(r.Basis) + " " + s.Say(text.M("comply.x.at", r.At)) + ")"
		}
		read = append(read, line)
	}
	contra, known := "", s.T("comply.legend."+string(v.Item.Known(sheetOf(v.ID))))
	if v.Contra {
		contra = s.T("comply.contra")
	}
	words := v.Item.Text.In(lang)
	if v.Official != "" {
		words = v.Official
	}
	return []string{v.No, words, s.Say(v.Mark.Say), v.Confirmed, v.Target, v.Answer.Who, v.Answer.Note, s.Say(v.Evidence.Say),
		strings.Join(read, "\n"), contra, fmt.Sprint(v.Files), known, v.ID}
}

// sheetOf takes the sheet out of an item's id.
func sheetOf(id string) string {
	if parts := strings.SplitN(id, ":", 3); len(parts) == 3 {
		return parts[1]
	}
	return ""
}

func sourceSheet(c *web.Call, f *excelize.File, cat *Catalogue, wrap int, first *grid) {
	name := c.T("comply.x.source")
	if _, err := f.NewSheet(name); err != nil && first.err == nil {
		first.err = fmt.Errorf("comply: workbook: %w", err)
		return
	}
	g := &grid{file: f, name: name}
	g.line(wrap, c.T("comply.c.edition"), cat.Title.In(c.Lang)+" "+cat.Edition.In(c.Lang))
	g.line(wrap, c.T("comply.c.publisher"), cat.Publisher.In(c.Lang))
	g.line(wrap, c.T("comply.c.published"), cat.Published)
	g.line(wrap, c.T("comply.c.url"), cat.SourceURL)
	sha := cat.SourceSHA256
	if sha == "" {
		sha = c.T("comply.state.unknown")
	}
	g.line(wrap, "SHA-256", sha)
	g.line(wrap, c.T("comply.c.gaps"), cat.Gaps.In(c.Lang))
	g.line(wrap, c.T("comply.c.note"), cat.Note.In(c.Lang))
	for _, imp := range cat.Imports {
		g.line(wrap, c.T("comply.c.imported"), imp.Sheet+" "+imp.File+" "+imp.SHA256+" "+imp.Day+" "+imp.By)
	}
	g.widths(20, 100)
	if first.err == nil {
		first.err = g.err
	}
}

func finish(f *excelize.File, g *grid) ([]byte, error) {
	if g.err != nil {
		return nil, g.err
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("comply: workbook: %w", err)
	}
	return b.Bytes(), nil
}

// sheetMark stands in the exported vendor sheet, so that the filled-in file
// finds its way back to the right one.
const sheetMark = "TORIDE-VENDOR-SHEET "

func (k *Checklist) exportVendor(c *web.Call) error {
	p, err := k.vendorView(c)
	if err != nil {
		return err
	}
	data, err := vendorWorkbook(c, p)
	if err != nil {
		return err
	}
	err = k.cfg.Book.Note(c.Ctx(), ledger.ActorOf(c), "comply.vendor.export", "comply/vendor/"+p.Sheet.ID, map[string]string{"vendor": p.Sheet.Name})
	if err != nil {
		return err
	}
	return c.Download("toride-vendor-sheet-"+p.Sheet.ID+".xlsx", xlsxType, data)
}

func vendorWorkbook(c *web.Call, p VendorPage) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // in memory
	wrap, head, err := styles(f)
	if err != nil {
		return nil, fmt.Errorf("comply: workbook: %w", err)
	}
	name := c.T("comply.x.vendorsheet")
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return nil, fmt.Errorf("comply: workbook: %w", err)
	}
	g := &grid{file: f, name: name}
	g.line(0, p.Catalogue.Title.In(c.Lang)+" "+p.Catalogue.Edition.In(c.Lang)+" / "+p.Catalogue.SheetTitle(SheetVendor).In(c.Lang))
	g.line(0, c.T("comply.x.from", c.Hospital()), c.T("comply.x.to", p.Sheet.Name), p.Sheet.System)
	g.line(0, c.T("comply.x.fill"))
	g.line(0, c.T("comply.restated"))
	g.line(0, sheetMark+p.Sheet.ID)
	g.line(wrap, c.T("comply.f.person"), p.Sheet.Person)
	g.line(head, c.T("comply.x.id"), c.T("comply.x.no"), c.T("comply.x.item"), c.T("comply.x.yes"), c.T("comply.x.answer"), c.T("comply.x.confirmed"), c.T("comply.x.target"), c.T("comply.x.note"))
	first := g.row + 1
	for _, l := range p.Lines {
		words := l.Item.TextOn(SheetVendor).In(c.Lang)
		if o, ok := l.Item.Official[SheetVendor]; ok {
			words = o.Text
		}
		value := ""
		if l.Answer.Value != Open {
			value = c.T("comply.answer." + string(l.Answer.Value))
		}
		g.line(wrap, l.ID, l.No, words, l.Item.Yes.In(c.Lang), value, l.Answer.Confirmed, l.Answer.Target, l.Answer.Note)
	}
	g.widths(20, 8, 44, 50, 12, 14, 14, 30)
	list := excelize.NewDataValidation(true)
	list.SetSqref(fmt.Sprintf("E%d:E%d", first, g.row))
	if err := list.SetDropList([]string{c.T("comply.answer.yes"), c.T("comply.answer.no")}); err != nil {
		return nil, fmt.Errorf("comply: workbook: %w", err)
	}
	if err := f.AddDataValidation(name, list); err != nil {
		return nil, fmt.Errorf("comply: workbook: %w", err)
	}
	return finish(f, g)
}

// ReadVendorSheet reads a vendor sheet that Toride exported and a vendor
// filled in. It gives the sheet with the answers of the file, and how many
// items have one. A file of another sheet, an unknown item, or an answer that
// is neither はい nor いいえ is a fault that names the rows; then nothing is
// taken.
func ReadVendorSheet(ctx context.Context, cat *Catalogue, s VendorSheet, name string, data []byte) (VendorSheet, int, error) {
	if len(data) > MaxUpload {
		return s, 0, fault.New(fault.TooLarge, "comply.upload.large", MaxUpload>>20)
	}
	book, err := sheet.Open(name, data, FormLimits())
	if err != nil {
		return s, 0, err
	}
	r := vendorReader{file: name, items: map[string]Item{}, sheet: s}
	for _, i := range cat.On(SheetVendor) {
		r.items[cat.ItemID(SheetVendor, i)] = i
	}
	r.sheet.Answers = map[string]VendorAnswer{}
	for topic, a := range s.Answers {
		r.sheet.Answers[topic] = a
	}
	for n := range book.Sheets {
		if _, err := book.Each(ctx, n, r.row); err != nil {
			return s, 0, err
		}
	}
	switch {
	case r.mark == "":
		return s, 0, fault.New(fault.Invalid, "comply.vendor.notours")
	case r.mark != s.ID:
		return s, 0, fault.New(fault.Invalid, "comply.vendor.othersheet")
	case len(r.bad) > 0:
		return s, 0, fault.New(fault.Invalid, "comply.vendor.badrows", strings.Join(r.bad[:min(5, len(r.bad))], "、"))
	}
	return r.sheet, r.found, nil
}

type vendorReader struct {
	file    string
	items   map[string]Item
	sheet   VendorSheet
	mark    string
	markRow int // the name of the person who answers stands in the row below
	found   int
	bad     []string
}

func (r *vendorReader) row(row *sheet.Row) error {
	cell := func(n int) string {
		if n < len(row.Cells) {
			return sheet.Clean(row.Cells[n])
		}
		return ""
	}
	if id, ok := strings.CutPrefix(cell(0), sheetMark); ok {
		r.mark, r.markRow = id, row.Number
		return nil
	}
	item, ok := r.items[cell(0)]
	if !ok {
		if strings.Count(cell(0), ":") == 2 { // looks like an item and is none of this sheet
			r.bad = append(r.bad, fmt.Sprintf("%d: %s", row.Number, cut(cell(0), 40)))
		}
		if r.mark != "" && row.Number == r.markRow+1 && cell(1) != "" {
			r.sheet.Person = cut(cell(1), 100)
		}
		return nil
	}
	a := VendorAnswer{Note: cut(cell(7), 500), Source: r.file}
	switch sheet.Fold(cell(4)) {
	case "":
	case "はい", "yes", "○", "◯", "〇", "✓":
		a.Value = Yes
	case "いいえ", "no", "×", "✕":
		a.Value = No
	default:
		r.bad = append(r.bad, fmt.Sprintf("%d: %s", row.Number, cut(cell(4), 20)))
	}
	for n, day := range []*string{&a.Confirmed, &a.Target} {
		if v := cell(5 + n); v != "" {
			d, ok := sheet.ParseDate(v)
			if !ok || d.Precision != sheet.ToDay {
				r.bad = append(r.bad, fmt.Sprintf("%d: %s", row.Number, cut(v, 20)))
				continue
			}
			*day = d.First()
		}
	}
	if a.Value != Open {
		r.found++
		r.sheet.Answers[item.Topic] = a
	}
	return nil
}
