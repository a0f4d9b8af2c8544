package asset

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/sheet"
)

//go:embed import_words.json
var importWords []byte

// noteColumn is the target of a column that has no field of its own: its value
// goes into the note as "heading: value", so that nothing of the list is lost.
const noteColumn = "+note"

// vocabulary is the words of lists: headings, and the values of choices.
type vocabulary struct {
	headings map[string]map[string]string // table → key of the heading → field
	order    map[string][]heading         // table → headings, longest first
	Sheets   map[string][]string          `json:"sheets"`
	Choices  map[string][][]string        `json:"choices"`
	labels   map[string]map[string]string // "asset.kind" → folded label → value
	blank    map[string]bool
	none     map[string]bool
	Fields   map[string]map[string][]string `json:"fields"`
	Blank    []string                       `json:"blank"`
	None     []string                       `json:"none"`
}

type heading struct{ key, field string }

// readWords builds the vocabulary from import_words.json and from the
// register's own labels in both languages, so that what was exported is read
// back whatever the language. It costs about a millisecond.
func readWords() (*vocabulary, error) {
	w := &vocabulary{headings: map[string]map[string]string{}, order: map[string][]heading{}, labels: map[string]map[string]string{},
		blank: map[string]bool{}, none: map[string]bool{}}
	if err := json.Unmarshal(importWords, w); err != nil {
		return nil, fmt.Errorf("asset: import_words.json: %w", err)
	}
	labels, err := ownLabels()
	if err != nil {
		return nil, err
	}
	for table, fields := range w.Fields {
		w.headings[table] = map[string]string{}
		for field, titles := range fields {
			for _, title := range titles {
				w.heading(table, title, field)
			}
		}
		w.tableLabels(table, labels)
		for key, field := range w.headings[table] {
			w.order[table] = append(w.order[table], heading{key, field})
		}
		sort.Slice(w.order[table], func(i, j int) bool {
			a, b := w.order[table][i], w.order[table][j]
			return len(a.key) > len(b.key) || len(a.key) == len(b.key) && a.key < b.key
		})
	}
	for _, groups := range w.Choices { // compared with each cell: folded once
		for _, group := range groups {
			for i := 1; i < len(group); i++ {
				group[i] = sheet.Fold(group[i])
			}
		}
	}
	for _, b := range w.Blank {
		w.blank[sheet.Fold(b)] = true
	}
	for _, n := range w.None {
		w.none[sheet.Fold(n)] = true
	}
	return w, nil
}

func (w *vocabulary) heading(table, title, field string) {
	if key := sheet.Key(title); key != "" {
		if _, taken := w.headings[table][key]; !taken || field != noteColumn {
			w.headings[table][key] = field
		}
	}
}

// tableLabels adds the register's own words for fields and choices.
func (w *vocabulary) tableLabels(table string, labels []map[string]string) {
	for _, say := range labels {
		w.heading(table, say["asset.export.id"], "id")
		for _, f := range newRecord(table).fields() {
			w.heading(table, say["asset.f."+f.name], f.name)
			if f.shape != choice {
				continue
			}
			name := table + "." + f.name
			if w.labels[name] == nil {
				w.labels[name] = map[string]string{}
			}
			for _, c := range f.choices {
				if label := say[choiceOf(table, f.name, c).Key]; label != "" {
					w.labels[name][sheet.Fold(label)] = c
				}
				if c != "" {
					w.labels[name][c] = c
				}
			}
		}
	}
}

// ownLabels reads the texts of this package in both languages.
func ownLabels() ([]map[string]string, error) {
	var all []map[string]string
	for _, lang := range []string{"ja", "en"} {
		say := map[string]string{}
		for _, name := range []string{"text_" + lang + ".json", "text_import_" + lang + ".json"} {
			data, err := files.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("asset: %w", err)
			}
			if err := json.Unmarshal(data, &say); err != nil { // adds to the map
				return nil, fmt.Errorf("asset: %s: %w", name, err)
			}
		}
		all = append(all, say)
	}
	return all, nil
}

// known tells sheet.Table which words are headings.
func (w *vocabulary) known(title string) int {
	key := sheet.Key(title)
	last := sheet.Key(title[strings.LastIndexByte(title, '/')+1:])
	for _, headings := range w.headings {
		if headings[key] != "" || headings[last] != "" {
			return 1
		}
	}
	return 0
}

// fingerprint names a heading, whatever its width, case and marks.
func fingerprint(t *sheet.Table) string {
	h := sha256.New()
	for _, c := range t.Columns {
		h.Write([]byte(sheet.Key(c.Title)))
		h.Write([]byte{0x1f})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// importTables lists what can be imported, in the order in which it must be:
// what others refer to comes first.
func importTables() []string { return []string{"vendor", "system", "contract", "asset", "line"} }

// guess finds what a sheet is and what its columns are. A sheet that fits
// nothing has an empty table.
func (w *vocabulary) guess(name string, t *sheet.Table, forced string) (table string, fields []string) {
	best := 0
	for _, candidate := range importTables() {
		if forced != "" && candidate != forced {
			continue
		}
		found, score := w.columns(candidate, t)
		for _, hint := range w.Sheets[candidate] {
			if strings.Contains(sheet.Fold(name), sheet.Fold(hint)) {
				score += 20
				break
			}
		}
		if !contains(found, "name") {
			score -= 30
		}
		if forced != "" || score > best {
			best, table, fields = score, candidate, found
		}
	}
	if table == "" {
		fields = make([]string, len(t.Columns))
	}
	return table, fields
}

// columns guesses the field of each column. A field is given once, to the
// column that fits it best; place, address and others may be in several.
func (w *vocabulary) columns(table string, t *sheet.Table) ([]string, int) {
	type bid struct {
		column, score int
		field         string
	}
	var bids []bid
	for i, c := range t.Columns {
		for field, score := range w.bids(table, c.Title) {
			bids = append(bids, bid{i, score, field})
		}
	}
	sort.Slice(bids, func(i, j int) bool {
		a, b := bids[i], bids[j]
		if a.score != b.score {
			return a.score > b.score
		}
		return a.column < b.column || a.column == b.column && a.field < b.field
	})
	fields, taken, total := make([]string, len(t.Columns)), map[string]bool{}, 0
	for _, b := range bids {
		if fields[b.column] != "" || taken[b.field] && !several(b.field) {
			continue
		}
		fields[b.column], taken[b.field] = b.field, true
		if b.field == noteColumn {
			total += 2
		} else {
			total += b.score
		}
	}
	return fields, total
}

// several reports whether the values of more than one column may be joined.
func several(field string) bool {
	return field == noteColumn || field == "place" || field == "address" || field == "mac" || field == "destinations" || field == "sources"
}

// bids scores the fields that a title may mean: 10 for a known word, 8 for a
// known word under a group ("保守/会社" by "会社"), 3 to 7 for a known word
// inside a longer title.
func (w *vocabulary) bids(table, title string) map[string]int {
	found := map[string]int{}
	key := sheet.Key(title)
	if key == "" {
		return found
	}
	if field, ok := w.headings[table][key]; ok {
		found[field] = 10
		return found
	}
	if cut := strings.LastIndexByte(title, '/'); cut >= 0 {
		if field, ok := w.headings[table][sheet.Key(title[cut+1:])]; ok {
			found[field] = 8
		}
	}
	length := utf8.RuneCountInString(key)
	for _, h := range w.order[table] {
		n := utf8.RuneCountInString(h.key)
		if n < 2 || len(h.key) < 4 || !strings.Contains(key, h.key) {
			continue
		}
		found[h.field] = max(found[h.field], 3+4*n/length)
	}
	return found
}

// isBlank reports whether a cell only says that nothing is known. The words
// for that are short.
func (w *vocabulary) isBlank(cell string) bool {
	return cell == "" || len(cell) <= 24 && w.blank[sheet.Fold(cell)]
}
