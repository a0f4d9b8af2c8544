package asset

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
)

// plan is what an import will do, row by row.
type plan struct {
	rows []planned
}

// planned is one row of a plan with the record as it will be.
type planned struct {
	ImportRow
	rec record // nil when rejected
	old record // nil for a new one
}

// digest names what a plan does. IDs of new records are not part of it: two
// plans over the same file and register have the same digest.
func (p *plan) digest() (string, error) {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, r := range p.rows {
		if err := enc.Encode(r.ImportRow); err != nil {
			return "", fmt.Errorf("asset: plan: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// planner makes a plan.
type planner struct {
	w    *vocabulary
	dir  *directory
	out  *plan
	file *importFile
}

// plan compares a file with the register as q sees it. Cost: one query per
// table and time linear in rows and records.
func (g *Register) plan(ctx context.Context, q sqlite.Querier, f *importFile) (*plan, error) {
	dir, err := loadDirectory(ctx, q)
	if err != nil {
		return nil, err
	}
	p := &planner{w: f.words, dir: dir, out: &plan{}, file: f}
	for _, table := range importTables() {
		for _, s := range f.sheets {
			if s.Table != table {
				continue
			}
			for _, row := range s.table.Rows {
				if err := p.row(s, row); err != nil {
					return nil, err
				}
			}
		}
	}
	return p.out, nil
}

// row plans one row of the file.
func (p *planner) row(s importSheet, data sheet.Data) error {
	r := ImportRow{Sheet: s.Sheet, Row: data.Number, Table: s.Table}
	in := p.cells(s, data)
	probe, err := p.probe(&r, s, in)
	if err != nil {
		return err
	}
	r.Name = probe.fields()[0].at.get()
	if r.Name == "" && in["id"] == "" {
		r.Reason = text.M("asset.import.reject.no_name")
		return p.reject(r)
	}
	e, reason := p.dir.match(probe, in["id"])
	if e == nil && !reason.Zero() {
		r.Reason = reason
		return p.reject(r)
	}
	if e != nil && !reason.Zero() { // a vendor under another spelling
		r.Warnings = append(r.Warnings, reason)
	}
	if e != nil && e.row != 0 {
		r.Reason = text.M("asset.import.reject.twice", e.row)
		return p.reject(r)
	}
	if e == nil {
		return p.newRow(r, probe)
	}
	return p.knownRow(r, e, probe, in)
}

func (p *planner) reject(r ImportRow) error {
	r.State = RowRejected
	p.out.rows = append(p.out.rows, planned{ImportRow: r})
	return nil
}

// cells gives the row's values by field. Several columns of one field are
// joined; lines for the note stand under noteColumn.
func (p *planner) cells(s importSheet, data sheet.Data) map[string]string {
	in := map[string]string{}
	for i, field := range s.Fields {
		v := data.Cells[i]
		switch {
		case field == "" || v == "":
		case field == noteColumn:
			if v = sheet.Clean(v); !p.w.isBlank(v) {
				in[noteColumn] += s.table.Columns[i].Title + ": " + dated(s.table.Columns[i].Title, v) + "\n"
			}
		case in[field] == "":
			in[field] = v
		default:
			in[field] += " " + v
		}
	}
	return in
}

// dated makes a day of the serial number that Excel stores for one, where the
// heading speaks of a day.
func dated(title, v string) string {
	if len(v) != 5 || !strings.ContainsAny(title, "日限") && !strings.Contains(strings.ToLower(title), "date") {
		return v
	}
	if d, ok := sheet.ParseDate(v); ok {
		return d.First()
	}
	return v
}

// probe makes a record of what the row alone says. References are looked up,
// and vendors and systems that nobody knows are planned.
func (p *planner) probe(r *ImportRow, s importSheet, in map[string]string) (record, error) {
	rec := newRecord(s.Table)
	for _, f := range rec.fields() {
		v, warning, ok := p.w.value(cellOf{s.Table, f, in[f.name]})
		if !warning.Zero() {
			r.Warnings = append(r.Warnings, warning)
		}
		if !ok || f.shape == toVendor || f.shape == toSystem || f.shape == toContract || f.shape == toAsset {
			continue
		}
		if f.shape == short && len(v) > maxValue {
			v = v[:maxValue+1] // check refuses it, and a megabyte is not kept
		}
		if err := f.at.set(v); err != nil {
			r.Warnings = append(r.Warnings, text.M("asset.import.warn.choice", labelOf(f.name), v))
		}
	}
	for _, f := range rec.fields() { // vendors first: a contract is looked up under its vendor
		if v, _, ok := p.w.value(cellOf{s.Table, f, in[f.name]}); ok {
			if err := p.refer(r, rec, f, v); err != nil {
				return nil, err
			}
		}
	}
	p.complete(r, rec, s, in)
	return rec, nil
}

// kind finds the kind of a row that has no readable one: by the words of the
// row, by what the person chose for such rows, by the sheet's name. The last
// is said, because it may be wrong for a row.
func (p *planner) kind(r *ImportRow, s importSheet, in map[string]string) string {
	family := s.Table + ".kind"
	if kind := p.w.kindOf(family, in["kind"], in["name"], in["model"], in["purpose"]); kind != "" || s.Default != "" {
		return cmp.Or(kind, s.Default)
	}
	kind := p.w.kindOf(family, s.Sheet)
	if kind != "" {
		r.Warnings = append(r.Warnings, text.M("asset.import.warn.kind_by_sheet", s.Sheet, choiceOf(s.Table, "kind", kind)))
	}
	return kind
}

// refer sets a reference by the name that the cell holds.
func (p *planner) refer(r *ImportRow, rec record, f field, name string) error {
	if f.shape != toVendor && f.shape != toSystem && f.shape != toContract && f.shape != toAsset || p.w.none[sheet.Fold(name)] {
		return nil
	}
	var e *entry
	switch f.shape {
	case toVendor:
		var note text.Msg
		if e, note = p.dir.vendorNamed(name); !note.Zero() {
			r.Warnings = append(r.Warnings, note)
			if e == nil {
				return nil
			}
		}
		if e == nil {
			e = p.create(r, &Vendor{ID: ledger.NewID(), Name: name})
		}
	case toSystem:
		if found := p.dir.byKey["system name"][sheet.Fold(name)+"\x1f"]; len(found) > 0 {
			e = found[0]
		} else {
			class := p.w.kindOf("system.class", name)
			if class == "" {
				class = "other"
			}
			e = p.create(r, &System{ID: ledger.NewID(), Name: name, Class: class})
		}
	case toContract:
		vendor := ""
		for _, other := range rec.fields() {
			if other.name == "vendor" {
				vendor = other.at.get()
			}
		}
		e = p.dir.contractNamed(name, vendor)
	case toAsset:
		e = p.dir.assetNamed(name)
	}
	if e == nil {
		r.Warnings = append(r.Warnings, text.M("asset.import.warn.not_found", labelOf(f.name), name))
		return nil
	}
	return f.at.set(e.id())
}

// create plans a vendor or system that a row names.
func (p *planner) create(r *ImportRow, rec record) *entry {
	row := ImportRow{Sheet: r.Sheet, Row: r.Row, Table: rec.table(), State: RowCreated, Name: rec.fields()[0].at.get()}
	if err := check(rec); err != nil {
		row.State, row.Reason = RowRejected, fault.Of(err).Msg
		p.out.rows = append(p.out.rows, planned{ImportRow: row})
		return nil
	}
	e := &entry{rec: rec, seq: len(p.out.rows)}
	p.out.rows = append(p.out.rows, planned{ImportRow: row, rec: rec})
	p.dir.add(e)
	return e
}

// complete adds what a list leaves to its reader: the kind, the name of the
// system software that stands before its version, the lines for the note.
func (p *planner) complete(r *ImportRow, rec record, s importSheet, in map[string]string) {
	for _, f := range rec.fields() {
		if f.at.get() != "" || !f.must {
			continue
		}
		kind := ""
		switch f.name {
		case "kind":
			kind = p.kind(r, s, in)
		case "class":
			if kind = p.w.kindOf("system.class", in["class"], in["name"]); kind == "" {
				kind = "other"
			}
		}
		if kind != "" {
			_ = f.at.set(kind) // a choice of our own list: cannot fail
		}
	}
	splitVersion(rec)
	if lines := in[noteColumn]; lines != "" {
		for _, f := range rec.fields() {
			if f.name == "note" {
				_ = f.at.set(mergeNote(f.at.get(), splitLines(lines))) // a text: cannot fail
			}
		}
	}
}

// newRow plans a record that the register does not have.
func (p *planner) newRow(r ImportRow, rec record) error {
	if err := check(rec); err != nil {
		r.Reason = fault.Of(err).Msg
		for _, f := range rec.fields() {
			if f.name == "kind" && f.at.get() == "" {
				r.Reason = text.M("asset.import.reject.no_kind")
			}
		}
		return p.reject(r)
	}
	id, _ := rec.head()
	*id = ledger.NewID()
	r.State = RowNew
	r.Changes = p.changes(rec, nil)
	e := &entry{rec: rec, sheet: r.Sheet, row: r.Row, seq: len(p.out.rows)}
	p.dir.add(e)
	p.out.rows = append(p.out.rows, planned{ImportRow: r, rec: rec})
	return nil
}

// knownRow plans what a row changes of a record. What the row does not say
// stays as it is.
func (p *planner) knownRow(r ImportRow, e *entry, probe record, in map[string]string) error {
	rec, said := e.rec, probe.fields()
	for i, f := range rec.fields() {
		v := said[i].at.get()
		if _, isInt := f.at.(intRef); v == "" || isInt && v == "0" || p.assumed(r.Table, f, in) {
			continue
		}
		if f.name == "note" {
			v = p.noteOf(f.at.get(), in)
		}
		if sheet.SameInShiftJIS(v, f.at.get()) || f.name == "name" && r.Table == "vendor" && companySame(v) == companySame(f.at.get()) {
			continue // another wave dash, or ㈱ for 株式会社, is no change
		}
		if err := f.at.set(v); err != nil {
			return err
		}
	}
	if v, ok := rec.(*Vendor); ok && p.dir.circle(v) {
		v.ParentID = ""
		if e.old != nil {
			v.ParentID = e.old.(*Vendor).ParentID
		}
		r.Warnings = append(r.Warnings, text.M("asset.import.warn.circle", v.Name))
	}
	e.sheet, e.row = r.Sheet, r.Row
	err := check(rec)
	if err == nil {
		err = p.dir.renumber(e)
	}
	if err != nil {
		r.Reason = fault.Of(err).Msg
		if e.old != nil { // later rows must not see half of it
			for i, f := range rec.fields() {
				if err := f.at.set(e.old.fields()[i].at.get()); err != nil {
					return err
				}
			}
		}
		return p.reject(r)
	}
	if e.old == nil { // a vendor or system that an earlier row named
		return p.fillCreated(r, e)
	}
	r.Object = rec.table() + "/" + e.id()
	r.State, r.Changes = RowUnchanged, p.changes(rec, e.old)
	if len(r.Changes) > 0 {
		r.State = RowChanged
	}
	p.out.rows = append(p.out.rows, planned{ImportRow: r, rec: rec, old: e.old})
	return nil
}

// assumed reports whether a value was only guessed from other words of the
// row: a guess never changes what the register says.
func (p *planner) assumed(table string, f field, in map[string]string) bool {
	if !f.must || f.shape != choice {
		return false
	}
	_, _, read := p.w.value(cellOf{table, f, in[f.name]})
	return !read
}

// noteOf merges the note of a row into the stored one.
func (p *planner) noteOf(stored string, in map[string]string) string {
	if own := in["note"]; !p.w.isBlank(own) {
		stored = own
	}
	return mergeNote(stored, splitLines(in[noteColumn]))
}

// fillCreated turns "named by a row" into "new by a row of its own".
func (p *planner) fillCreated(r ImportRow, e *entry) error {
	r.State, r.Changes = RowNew, p.changes(e.rec, nil)
	p.out.rows = slices.Delete(p.out.rows, e.seq, e.seq+1)
	for _, list := range p.dir.all {
		for _, other := range list {
			if other.seq > e.seq {
				other.seq--
			}
		}
	}
	e.seq = len(p.out.rows)
	p.out.rows = append(p.out.rows, planned{ImportRow: r, rec: e.rec})
	return nil
}

// changes lists the fields that differ, references by name.
func (p *planner) changes(rec, old record) []FieldChange {
	var all []FieldChange
	var before []field
	if old != nil {
		before = old.fields()
	}
	for i, f := range rec.fields() {
		was, now := "", f.at.get()
		if _, isInt := f.at.(intRef); isInt {
			was = "0"
		}
		if old != nil {
			was = before[i].at.get()
		}
		if was == now {
			continue
		}
		if f.shape == toVendor || f.shape == toSystem || f.shape == toContract || f.shape == toAsset {
			was, now = p.dir.titles[was], p.dir.titles[now]
		}
		all = append(all, FieldChange{f.name, was, now})
	}
	return all
}

func splitLines(s string) []string {
	var lines []string
	for len(s) > 0 {
		n := 0
		for n < len(s) && s[n] != '\n' {
			n++
		}
		if n > 0 {
			lines = append(lines, s[:n])
		}
		s = s[min(n+1, len(s)):]
	}
	return lines
}
