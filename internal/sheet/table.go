package sheet

import (
	"context"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/fault"
)

// Column is one column of a Table.
type Column struct {
	Index int    // in the sheet, from 0
	Title string // joined from the rows of the heading by "/"; may be empty
}

// Data is one row of a Table.
type Data struct {
	Number int // row number in the sheet
	Hidden bool
	Cells  []string // one for each Column, trimmed by CleanLines; merged cells carried down
}

// Skip is a row that is not data, and why.
type Skip struct {
	Row  int
	Why  Why
	Text string // its first cell, at most forty characters
}

// Why says why a row was left out of a Table.
type Why string

// Reasons for leaving a row out.
const (
	Title    Why = "title"    // above the heading
	Section  Why = "section"  // one word over the whole width, between the data
	Repeated Why = "repeated" // the heading once more, on a new page
	Total    Why = "total"    // 合計, 小計
	Remark   Why = "remark"   // notes below the data
)

// Table is a sheet that has been understood.
type Table struct {
	Sheet       string
	HeadingRow  int // number of the heading's first row
	HeadingRows int // 1 to 3
	Columns     []Column
	Rows        []Data
	Skipped     []Skip
	Carried     int // cells whose value came from a merge or a 〃 above
	Score       int // how sure the heading is; for comparing sheets
	Stats       Stats
}

// keptRow is a row while a table is being understood.
type keptRow struct {
	number int
	hidden bool
	cells  []string
}

func (r keptRow) at(c int) string {
	if c < len(r.cells) {
		return r.cells[c]
	}
	return ""
}

func (r keptRow) filled() int {
	n := 0
	for _, c := range r.cells {
		if c != "" {
			n++
		}
	}
	return n
}

// Table reads a sheet and understands it: finds the heading, joins its rows,
// drops blank columns and rows, carries merged cells down, and sets titles,
// section lines, repeated headings, totals and notes aside. known scores how
// much a title speaks for a heading (0: unknown word; nil: no words known).
// A sheet without a heading is a fault. Cost: one pass; memory: the cells, at
// most Limits.Kept bytes, else the fault is TooLarge.
func (b *Book) Table(ctx context.Context, sheet int, known func(string) int) (*Table, error) {
	var rows []keptRow
	kept := int64(0)
	stats, err := b.Each(ctx, sheet, func(r *Row) error {
		k := keptRow{number: r.Number, hidden: r.Hidden, cells: make([]string, len(r.Cells))}
		for i, c := range r.Cells {
			k.cells[i] = CleanLines(c)
			kept += 16 + int64(len(k.cells[i]))
		}
		if kept > b.limits.Kept {
			return fault.New(fault.TooLarge, "sheet.read.memory", mebi(b.limits.Kept))
		}
		rows = append(rows, k)
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := &Table{Sheet: b.Sheets[sheet].Name, Stats: stats}
	h := findHeading(rows, headMerges(rows, stats), stats.Columns, known)
	if h.count == 0 {
		return nil, fault.New(fault.Invalid, "sheet.table.heading", t.Sheet)
	}
	t.Score, t.HeadingRow, t.HeadingRows = h.score, rows[h.first].number, h.count
	for _, r := range rows[:h.first] {
		t.skip(r, Title)
	}
	body := rows[h.first+h.count:]
	wide := t.markSections(body, stats.merges)
	if err := t.carry(body, (b.limits.Kept-kept)/16); err != nil {
		return nil, err
	}
	t.chooseColumns(h, body)
	t.takeRows(h, body, wide)
	return t, nil
}

func (t *Table) skip(r keptRow, why Why) {
	words := ""
	for _, c := range r.cells {
		if c != "" {
			words = c
			break
		}
	}
	if runes := []rune(words); len(runes) > 40 {
		words = string(runes[:40]) + "…"
	}
	t.Skipped = append(t.Skipped, Skip{r.number, why, words})
}

// markSections finds rows whose only value is merged over three columns or
// more.
func (t *Table) markSections(body []keptRow, merges []merge) map[int]bool {
	wide := map[int]bool{}
	for _, m := range merges {
		if m.row == m.rowEnd && m.colEnd-m.col >= 2 {
			wide[m.row] = true
		}
	}
	for _, r := range body {
		if wide[r.number] && r.filled() != 1 {
			delete(wide, r.number)
		}
	}
	return wide
}

// carry copies the value of a vertical merge to its lower rows and puts the
// value above in place of ditto marks. It adds at most room cells: merges of a
// hostile file may overlap and reach further than any sheet.
func (t *Table) carry(body []keptRow, room int64) error {
	at := make(map[int]int, len(body))
	for i, r := range body {
		at[r.number] = i
	}
	steps := int64(len(body)) * int64(t.Stats.Columns)
	for _, m := range t.Stats.merges {
		top, ok := at[m.row]
		if !ok || m.rowEnd == m.row || m.col >= t.Stats.Columns || body[top].at(m.col) == "" {
			continue
		}
		for i := top + 1; i < len(body) && body[i].number <= m.rowEnd; i++ {
			room -= int64(max(0, m.col+1-len(body[i].cells)))
			if steps--; steps < 0 || room < 0 {
				return fault.New(fault.TooLarge, "sheet.read.merges", maxMerges)
			}
			t.put(&body[i], m.col, body[top].at(m.col))
		}
	}
	for i := 1; i < len(body); i++ {
		for c, v := range body[i].cells {
			if ditto(v) && body[i-1].at(c) != "" {
				t.put(&body[i], c, body[i-1].at(c))
			}
		}
	}
	return nil
}

func ditto(s string) bool {
	return s == "〃" || s == "同上" || s == "″" || s == "\"" || s == "〟"
}

func (t *Table) put(r *keptRow, column int, value string) {
	for len(r.cells) <= column {
		r.cells = append(r.cells, "")
	}
	if r.cells[column] != "" && !ditto(r.cells[column]) {
		return
	}
	r.cells[column] = value
	t.Carried++
}

// chooseColumns keeps columns that have a title or a value.
func (t *Table) chooseColumns(h heading, body []keptRow) {
	used := make([]bool, len(h.titles))
	for _, r := range body {
		for c, v := range r.cells {
			if c < len(used) && v != "" {
				used[c] = true
			}
		}
	}
	for c, title := range h.titles {
		if title != "" || used[c] {
			t.Columns = append(t.Columns, Column{Index: c, Title: title})
		}
	}
}

// takeRows fills Rows and sets the rest aside.
func (t *Table) takeRows(h heading, body []keptRow, wide map[int]bool) {
	end := len(body)
	for end > 0 && isRemark(body[end-1], len(t.Columns)) {
		end--
	}
	for _, r := range body[:end] {
		switch {
		case wide[r.number]:
			t.skip(r, Section)
		case sameTitles(h, r):
			t.skip(r, Repeated)
		case isTotal(r):
			t.skip(r, Total)
		default:
			d := Data{Number: r.number, Hidden: r.hidden, Cells: make([]string, len(t.Columns))}
			for i, c := range t.Columns {
				d.Cells[i] = r.at(c.Index)
			}
			t.Rows = append(t.Rows, d)
		}
	}
	for _, r := range body[end:] {
		t.skip(r, Remark)
	}
}

// isRemark: one cell only, in a table of three columns or more, that begins
// like a note or is as long as a sentence.
func isRemark(r keptRow, columns int) bool {
	if r.filled() > 2 || columns < 3 {
		return false
	}
	for _, c := range r.cells {
		if c == "" {
			continue
		}
		for _, mark := range []string{"※", "*", "＊", "注", "(注", "（注", "【注", "備考", "以上", "Note", "凡例", "●", "・"} {
			if strings.HasPrefix(c, mark) {
				return true
			}
		}
		return r.filled() == 1 && len([]rune(c)) > 20
	}
	return false
}

func isTotal(r keptRow) bool {
	for _, c := range r.cells {
		if c != "" {
			key := Key(c)
			return slices.Contains([]string{"合計", "小計", "総計", "計", "total", "subtotal"}, key)
		}
	}
	return false
}

// sameTitles reports whether a row repeats the heading's last row.
func sameTitles(h heading, r keptRow) bool {
	same := 0
	for c, title := range h.titles {
		v := Clean(r.at(c))
		if v == "" {
			continue
		}
		if v != title && !strings.HasSuffix(title, "/"+v) && !strings.HasPrefix(title, v+"/") {
			return false
		}
		same++
	}
	return same >= 2
}
