package staff

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
)

// Limits of a staff list.
const (
	maxStaff  = 20_000
	maxNumber = 20
	maxName   = 60
)

// words are what headings, roles and extra rights are called in lists, by what
// sheet.Key and sheet.Fold make of them.
type words struct{ fields, roles, extras map[string]string }

func readWords() (words, error) {
	var raw struct{ Fields, Roles, Extras map[string][]string }
	data, err := files.ReadFile("words.json")
	if err == nil {
		err = json.Unmarshal(data, &raw)
	}
	if err != nil {
		return words{}, fmt.Errorf("staff: words: %w", err)
	}
	turn := func(lists map[string][]string, key func(string) string) map[string]string {
		out := map[string]string{}
		for name, list := range lists {
			out[key(name)] = name
			for _, word := range list {
				out[key(word)] = name
			}
		}
		return out
	}
	return words{fields: turn(raw.Fields, sheet.Key), roles: turn(raw.Roles, sheet.Fold), extras: turn(raw.Extras, sheet.Fold)}, nil
}

// line is one person of a list.
type line struct {
	row    int
	number string
	name   string
	kana   string
	role   Role
	dept   string
	extra  []Extra
	pin    string
	cols   map[string]bool // which columns the list has
}

// Bad is a line that cannot be taken.
type Bad struct {
	Row int
	Who string // number and name as they stand there
	Why text.Msg
}

// readList reads a staff list: a text file in UTF-8 (with or without a mark),
// UTF-16 or code page 932, or a workbook. Lines that cannot be taken are given
// with their reason; the others are taken.
func (d *Desk) readList(ctx context.Context, name string, data []byte) (lines []line, bad []Bad, err error) {
	book, err := sheet.Open(name, data, sheet.Limits{})
	if err != nil {
		return nil, nil, err
	}
	table, err := book.Table(ctx, 0, func(title string) int {
		if d.words.fields[sheet.Key(title)] != "" {
			return 2
		}
		return 0
	})
	if err != nil {
		return nil, nil, err
	}
	cols, at := map[string]bool{}, map[int]string{}
	for i, c := range table.Columns {
		if f := d.words.fields[sheet.Key(c.Title)]; f != "" && !cols[f] {
			cols[f], at[i] = true, f
		}
	}
	for _, must := range []string{"number", "name", "role"} {
		if !cols[must] {
			return nil, nil, fault.New(fault.Invalid, "staff.import.column", text.M("staff.field."+must))
		}
	}
	if len(table.Rows) > maxStaff {
		return nil, nil, fault.New(fault.TooLarge, "staff.import.many", maxStaff)
	}
	for _, s := range table.Skipped {
		if s.Why != sheet.Title && s.Why != sheet.Repeated {
			bad = append(bad, Bad{Row: s.Row, Who: s.Text, Why: text.M("staff.bad.skipped")})
		}
	}
	seen := map[string]int{}
	for _, row := range table.Rows {
		cells := map[string]string{}
		for i, cell := range row.Cells {
			if f := at[i]; f != "" {
				cells[f] = cell
			}
		}
		l, why := d.readLine(cells)
		l.row, l.cols = row.Number, cols
		short := strings.TrimLeft(l.number, "0")
		if first := seen[short]; why.Zero() && first != 0 {
			why = text.M("staff.bad.twice", first)
		}
		if !why.Zero() {
			bad = append(bad, Bad{Row: row.Number, Who: clip(sheet.Clean(cells["number"])+" "+sheet.Clean(cells["name"]), 80), Why: why})
			continue
		}
		seen[short] = row.Number
		lines = append(lines, l)
	}
	return lines, bad, nil
}

func (d *Desk) readLine(cells map[string]string) (line, text.Msg) {
	l := line{number: foldNumber(cells["number"]), name: sheet.Clean(cells["name"]), kana: sheet.Clean(cells["kana"]), dept: sheet.Clean(cells["dept"]), pin: digits(sheet.Clean(cells["pin"]))}
	if why := numberFault(l.number); !why.Zero() {
		return l, why
	}
	if l.name == "" || utf8.RuneCountInString(l.name) > maxName {
		return l, text.M("staff.bad.name")
	}
	if utf8.RuneCountInString(l.kana) > maxName || utf8.RuneCountInString(l.dept) > maxName {
		return l, text.M("staff.bad.long", maxName)
	}
	l.role = Role(d.words.roles[sheet.Fold(cells["role"])])
	if !knownRole(string(l.role)) {
		return l, text.M("staff.bad.role", clip(sheet.Clean(cells["role"]), 40))
	}
	for _, word := range wordsOf(cells["extra"]) {
		e := d.words.extras[sheet.Fold(word)]
		if !knownExtra(e) {
			return l, text.M("staff.bad.extra", clip(word, 40))
		}
		l.extra = append(l.extra, Extra(e))
	}
	if l.pin != "" {
		if why := pinFault(l.pin, l.number); !why.Zero() {
			return l, why
		}
	}
	return l, text.Msg{}
}

// numberFault says why a staff number cannot be taken.
func numberFault(number string) text.Msg {
	if number == "" || len(number) > maxNumber {
		return text.M("staff.bad.number", maxNumber)
	}
	for _, r := range number {
		if !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.') {
			return text.M("staff.bad.number", maxNumber)
		}
	}
	return text.Msg{}
}

// clip cuts a text to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
