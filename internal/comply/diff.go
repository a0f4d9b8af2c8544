package comply

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/sheet"
)

// ChangeKind says how a row of an official form stands to the catalogue.
type ChangeKind string

// The kinds of changes.
const (
	Same       ChangeKind = "same"       // the matter is known, the number agrees
	Renumbered ChangeKind = "renumbered" // the matter is known, the number differs
	Reworded   ChangeKind = "reworded"   // the official wording differs from the one imported before
	Added      ChangeKind = "new"        // the catalogue has no such item
	Missing    ChangeKind = "missing"    // the catalogue has the item, the file does not
)

// Change is one row of the comparison.
type Change struct {
	Kind ChangeKind
	Row  FormRow // zero when Missing
	Item Item    // zero when Added
	Was  string  // number in the catalogue, or empty
	Text string  // official wording imported before, or empty
}

// Compare puts a form beside one sheet of the catalogue. Items are told by the
// words which the pack names for them, so that a moved number is seen as a
// moved number and not as another question. An item is taken once; where
// several fit (one number for servers and terminals) the first free one counts.
func Compare(c *Catalogue, code string, f Form) []Change {
	items, taken := c.On(code), map[string]bool{}
	for _, i := range c.Items { // items that so far stand on other sheets only
		if !i.On(code) {
			items = append(items, i)
		}
	}
	var changes []Change
	for _, row := range f.Rows {
		item, ok := match(items, taken, row, code)
		if !ok {
			changes = append(changes, Change{Kind: Added, Row: row})
			continue
		}
		taken[item.Topic] = true
		ch := Change{Kind: Same, Row: row, Item: item, Was: item.Number(code)}
		if o, known := item.Official[code]; known {
			ch.Text = o.Text
		}
		switch {
		case !item.On(code):
			ch.Kind, ch.Was = Added, ""
		case ch.Was != row.No:
			ch.Kind = Renumbered
		case ch.Text != "" && sheet.Fold(ch.Text) != sheet.Fold(row.Text):
			ch.Kind = Reworded
		}
		changes = append(changes, ch)
	}
	for _, i := range c.On(code) {
		if !taken[i.Topic] {
			changes = append(changes, Change{Kind: Missing, Item: i, Was: i.Number(code)})
		}
	}
	return changes
}

// match finds the item of a row: the longest group of words that all occur;
// the number decides between equals.
func match(items []Item, taken map[string]bool, row FormRow, code string) (Item, bool) {
	key, best, score := sheet.Fold(row.Text), Item{}, 0
	for _, i := range items {
		if taken[i.Topic] {
			continue
		}
		s := 0
		for _, group := range i.Match {
			n := 0
			for _, w := range group {
				if w = sheet.Fold(w); !strings.Contains(key, w) {
					n = 0
					break
				} else {
					n += len(w)
				}
			}
			s = max(s, 2*n)
		}
		if o, known := i.Official[code]; known && sheet.Fold(o.Text) == key {
			s = 1 << 20
		}
		if s > 0 && i.Number(code) == row.No {
			s++
		}
		if s > score {
			best, score = i, s
		}
	}
	return best, score > 0
}

// Take gives the catalogue with the form taken into the sheet: official
// numbers and wording stand beside our restatement, items that the form lacks
// leave the sheet, new ones come without evidence, because nobody has said
// which reading speaks about them. The catalogue itself stays as it was.
func (c *Catalogue) Take(code string, changes []Change, imp Import) *Catalogue {
	d := *c
	d.Items = nil
	for _, i := range c.Items {
		i.Sheets = slices.Clone(i.Sheets)
		official := map[string]Official{}
		for k, v := range i.Official {
			official[k] = v
		}
		i.Official = official
		d.Items = append(d.Items, i)
	}
	for _, ch := range changes {
		switch {
		case ch.Kind == Missing:
			d.drop(ch.Item.Topic, code)
		case ch.Item.Topic == "":
			d.add(code, ch.Row)
		default:
			d.settle(ch, code)
		}
	}
	d.Items = slices.DeleteFunc(d.Items, func(i Item) bool { return len(i.Sheets) == 0 })
	if code != SheetVendor {
		d.SourceSHA256 = imp.SHA256
	}
	d.Imports = append(slices.DeleteFunc(slices.Clone(c.Imports), func(i Import) bool { return i.Sheet == code }), imp)
	return &d
}

func (c *Catalogue) drop(topic, code string) {
	for n := range c.Items {
		if c.Items[n].Topic == topic {
			c.Items[n].Sheets = slices.DeleteFunc(c.Items[n].Sheets, func(s string) bool { return s == code })
			delete(c.Items[n].Official, code)
		}
	}
}

func (c *Catalogue) settle(ch Change, code string) {
	for n := range c.Items {
		i := &c.Items[n]
		if i.Topic != ch.Item.Topic {
			continue
		}
		if !i.On(code) {
			i.Sheets = append(i.Sheets, code)
		}
		i.Official[code] = Official{No: ch.Row.No, Text: ch.Row.Text, Row: ch.Row.Row}
	}
}

// add appends an item that the pack did not know. Its topic comes from its
// words, so that a second import finds it again.
func (c *Catalogue) add(code string, row FormRow) {
	sum := sha256.Sum256([]byte(sheet.Fold(row.Text)))
	topic := "x-" + hex.EncodeToString(sum[:6])
	for n := range c.Items {
		if c.Items[n].Topic == topic {
			return
		}
	}
	c.Items = append(c.Items, Item{
		No: row.No, Topic: topic, Sheets: []string{code}, Scope: []Scope{Whole}, Text: Words{JA: row.Text},
		Confidence: Imported, Official: map[string]Official{code: {No: row.No, Text: row.Text, Row: row.Row}},
	})
}
