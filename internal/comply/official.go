package comply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/sheet"
)

// Form is what was understood of one sheet of an official workbook. The layout
// of those workbooks is not published, so the reader looks for what every
// edition has: groups 1 to 4 and items with a circled or bracketed number.
type Form struct {
	Name  string // of the sheet in the file
	Code  string // H, Ph, V, or empty when the file does not say
	Years []int  // fiscal years named in it, for example 2026 for 令和8年度
	Rows  []FormRow
}

// FormRow is one item as it stands in the file.
type FormRow struct {
	No    string // 2-④ or 2-(4)
	Text  string
	Row   int    // row number in the sheet
	Value Value  // はい or いいえ when the form was filled in, else Open
	First string // first day in the row as 2006-01-02 (確認日), or empty
	Next  string // second day in the row (目標日), or empty
}

// Bounds of an official workbook; the real ones have two pages.
const (
	// MaxUpload is how many bytes an uploaded file may have.
	MaxUpload = 10 << 20
	formRows  = 2_000
	formItems = 200
	formText  = 500 // characters of an item that are kept
)

// FormLimits are the limits under which workbooks of this package are read.
func FormLimits() sheet.Limits {
	return sheet.Limits{Rows: formRows, Columns: 100, Unpacked: 64 << 20, Strings: 8 << 20, Kept: 16 << 20}
}

// ReadForms reads a workbook as the ministry publishes it, or a text file of
// the same shape. It fails with a fault that names what was found when no
// sheet has at least five numbered items. Cost: one pass over at most 2,000
// rows of each sheet.
func ReadForms(ctx context.Context, name string, data []byte) (forms []Form, sha string, err error) {
	if len(data) > MaxUpload {
		return nil, "", fault.New(fault.TooLarge, "comply.upload.large", MaxUpload>>20)
	}
	book, err := sheet.Open(name, data, FormLimits())
	if err != nil {
		return nil, "", err
	}
	var seen []string
	for n, info := range book.Sheets {
		r := newFormReader(info.Name)
		if _, err := book.Each(ctx, n, r.row); err != nil {
			return nil, "", err
		}
		if len(r.form.Rows) >= 5 {
			r.form.Code = r.code(name)
			forms = append(forms, r.form)
		}
		seen = append(seen, info.Name+" ("+strconv.Itoa(r.rows)+" / "+strconv.Itoa(len(r.form.Rows))+")")
	}
	if len(forms) == 0 {
		return nil, "", fault.New(fault.Invalid, "comply.import.layout", strings.Join(seen[:min(len(seen), 5)], "、"))
	}
	sum := sha256.Sum256(data)
	return forms, hex.EncodeToString(sum[:]), nil
}

// formReader understands one sheet row by row.
type formReader struct {
	bracketed *regexp.Regexp // (4)
	before    *regexp.Regexp // the group before an item's number
	year      *regexp.Regexp // 令和8年度
	form      Form
	rows      int
	group     int
	last      int    // number of the item before, to see a group begin anew
	head      string // text of the rows before the first item
}

func newFormReader(name string) *formReader {
	return &formReader{
		form:      Form{Name: name},
		bracketed: regexp.MustCompile(`^[（(]\s*([0-9０-９]{1,2})\s*[)）]`),
		before:    regexp.MustCompile(`^[1-4１-４]\s*[-－‐–.．]\s*`),
		year:      regexp.MustCompile(`令和\s*([0-9]{1,2})\s*年度`),
	}
}

func (r *formReader) row(row *sheet.Row) error {
	r.rows++
	cells := make([]string, 0, len(row.Cells))
	for _, c := range row.Cells {
		if c = sheet.Clean(c); c != "" {
			cells = append(cells, c)
		}
	}
	r.years(cells)
	if len(r.form.Rows) == 0 && utf8.RuneCountInString(r.head) < 2000 {
		r.head += strings.Join(cells, " ") + "\n"
	}
	if g := groupOf(cells); g > 0 {
		r.group, r.last = g, 0
	}
	item, ok := r.item(cells)
	if !ok {
		return nil
	}
	if len(r.form.Rows) >= formItems {
		return fault.New(fault.TooLarge, "comply.import.items", formItems)
	}
	item.Row = row.Number
	r.form.Rows = append(r.form.Rows, item)
	return nil
}

// item finds a numbered item in a row, or the opening question about systems,
// which has no number.
func (r *formReader) item(cells []string) (FormRow, bool) {
	for at, cell := range cells {
		mark, n, rest, ok := r.numbered(cell)
		if !ok {
			continue
		}
		text := longest(append([]string{rest}, cells[at+1:]...))
		if utf8.RuneCountInString(text) < 6 {
			continue // a footnote mark, not an item
		}
		if r.group == 0 || n == 1 && r.last >= 1 {
			r.group++
		}
		r.last = n
		item := FormRow{No: strconv.Itoa(r.group) + "-" + mark, Text: cut(text, formText)}
		item.read(cells)
		return item, true
	}
	if len(r.form.Rows) > 0 {
		return FormRow{}, false
	}
	text := longest(cells)
	if key := sheet.Fold(text); strings.Contains(key, "医療情報システムを") && strings.Contains(key, "している") && utf8.RuneCountInString(text) < 80 {
		item := FormRow{No: "0", Text: cut(text, formText)}
		item.read(cells)
		return item, true
	}
	return FormRow{}, false
}

// read takes an answer and its days from a form that was filled in. A cell
// that offers both words is no answer.
func (f *FormRow) read(cells []string) {
	answers := 0
	for _, c := range cells {
		switch sheet.Fold(c) {
		case "はい":
			f.Value, answers = Yes, answers+1
		case "いいえ":
			f.Value, answers = No, answers+1
		default:
			if d, ok := sheet.ParseDate(c); ok && d.Precision == sheet.ToDay {
				if f.First == "" {
					f.First = d.First()
				} else if f.Next == "" {
					f.Next = d.First()
				}
			}
		}
	}
	if answers != 1 {
		f.Value = Open
	}
}

// numbered knows ①…⑳ and (1)…(20) at the beginning of a cell, with the group
// before it or without. mark is the number as printed, n its value.
func (r *formReader) numbered(cell string) (mark string, n int, rest string, ok bool) {
	cell = r.before.ReplaceAllString(cell, "")
	first, size := utf8.DecodeRuneInString(cell)
	if first >= '①' && first <= '⑳' {
		return string(first), int(first-'①') + 1, sheet.Clean(cell[size:]), true
	}
	m := r.bracketed.FindStringSubmatch(cell)
	if m == nil {
		return "", 0, "", false
	}
	n, err := strconv.Atoi(sheet.Narrow(m[1]))
	if err != nil || n < 1 || n > 20 {
		return "", 0, "", false
	}
	return "(" + strconv.Itoa(n) + ")", n, sheet.Clean(cell[len(m[0]):]), true
}

// groupOf knows the headings of the groups, whatever their exact words.
func groupOf(cells []string) int {
	words := map[int][]string{1: {"体制構築"}, 2: {"医療情報システムの管理", "管理・運用"}, 3: {"インシデント発生"}, 4: {"規程類", "運用管理規程"}}
	for _, c := range cells {
		key := sheet.Narrow(c)
		if key == "" || key[0] < '1' || key[0] > '4' || utf8.RuneCountInString(key) > 40 {
			continue
		}
		g := int(key[0] - '0')
		for _, w := range words[g] {
			if strings.Contains(key, w) {
				return g
			}
		}
	}
	for at := 0; at+1 < len(cells); at++ { // number and words in two cells
		if key := sheet.Narrow(cells[at]); len(key) == 1 && key[0] >= '1' && key[0] <= '4' {
			for _, w := range words[int(key[0]-'0')] {
				if strings.Contains(cells[at+1], w) {
					return int(key[0] - '0')
				}
			}
		}
	}
	return 0
}

func (r *formReader) years(cells []string) {
	for _, c := range cells {
		for _, m := range r.year.FindAllStringSubmatch(sheet.Narrow(c), 4) {
			n, err := strconv.Atoi(m[1])
			if year := 2018 + n; err == nil && len(r.form.Years) < 8 {
				r.form.Years = append(r.form.Years, year)
			}
		}
	}
}

// code tells which form it is by what stands in its name and head.
func (r *formReader) code(file string) string {
	for _, s := range []string{r.form.Name, r.head, file} {
		switch {
		case strings.Contains(s, "事業者確認用"):
			return SheetVendor
		case strings.Contains(s, "医療機関") && strings.Contains(s, "確認用"):
			return SheetHospital
		case strings.Contains(s, "薬局確認用"):
			return SheetPharmacy
		}
	}
	return ""
}

func longest(cells []string) string {
	best := ""
	for _, c := range cells {
		if utf8.RuneCountInString(c) > utf8.RuneCountInString(best) {
			best = c
		}
	}
	return best
}

func cut(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit])
	}
	return s
}
