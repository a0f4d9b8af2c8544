package comply

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/text"
)

// Words is a text of a data pack in both languages.
type Words struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

// In gives the words in the language; Japanese where there is no English, as
// in a form that a hospital imported.
func (w Words) In(lang text.Lang) string {
	if lang == text.EN && w.EN != "" {
		return w.EN
	}
	return w.JA
}

// Confidence says how an item is known.
type Confidence string

// How an item is known. The letters are those of the fact sheet.
const (
	Primary       Confidence = "P" // part of the primary text was seen
	Secondary     Confidence = "G" // seen in a page that cites the primary text
	News          Confidence = "N" // seen in news or a vendor's page
	Reconstructed Confidence = "R" // the item is certain, its number is reconstructed
	Unseen        Confidence = "M" // general knowledge or inferred; not seen
	Imported      Confidence = "I" // from the official workbook that the hospital imported
)

// Confidences lists them in the order of the legend.
func Confidences() []Confidence {
	return []Confidence{Imported, Primary, Secondary, News, Reconstructed, Unseen}
}

// Sure reports whether number and wording may be used without a mark.
func (c Confidence) Sure() bool { return c == Primary || c == Imported }

// Scope says what an item is about.
type Scope string

// The scopes of the checklist.
const (
	AllSystems Scope = "ALL"
	Servers    Scope = "SV"
	Terminals  Scope = "PC"
	Networks   Scope = "NW"
	Whole      Scope = "ORG" // the organisation
)

// Codes of the sheets of a list.
const (
	SheetHospital = "H"
	SheetPharmacy = "Ph"
	SheetVendor   = "V"
)

// Sheet is one form of a list.
type Sheet struct {
	Code  string `json:"code"`
	Title Words  `json:"title"`
}

// File is an official file of an edition.
type File struct {
	Name   string `json:"name"`
	What   Words  `json:"what"`
	Sheet  string `json:"sheet,omitempty"`
	URL    string `json:"url"`
	SHA256 string `json:"sha256"`
}

// Ref points into the ministry's guideline.
type Ref struct {
	Book string `json:"book"` // gaisetsu, keiei, kikaku, unyo, hoshu
	At   string `json:"at"`   // chapter or clause, for example 14⑥
}

// Item is one row of a list.
type Item struct {
	No         string              `json:"no"`    // 2-④, or 2-(4)/SV where one number stands for several scopes
	Topic      string              `json:"topic"` // never changes between editions
	Sheets     []string            `json:"sheets"`
	Scope      []Scope             `json:"scope"`
	Text       Words               `json:"text"`            // restated in our own words
	Texts      map[string]Words    `json:"texts,omitempty"` // by sheet, where the question is another one there
	Yes        Words               `json:"yes,omitzero"`
	Kinds      []string            `json:"kinds,omitempty"`    // what sort of evidence is wanted
	Readings   []string            `json:"readings,omitempty"` // readings that speak about this very item
	Related    []string            `json:"related,omitempty"`  // readings near it; shown, never counted
	Refs       []Ref               `json:"refs,omitempty"`
	Confidence Confidence          `json:"confidence"`
	Seen       []string            `json:"seen,omitempty"`     // where the number was seen
	Match      [][]string          `json:"match,omitempty"`    // words that tell the item in an official file: any group whose words all occur
	From       []string            `json:"from,omitempty"`     // catalogue:topic of earlier editions
	Official   map[string]Official `json:"official,omitempty"` // by sheet, from the imported workbook
	// BlankWithoutVendor: the form lets the row stay empty where there is no
	// contract with any vendor.
	BlankWithoutVendor bool `json:"blank_without_vendor,omitempty"`
}

// Official is an item as it stands in the imported workbook.
type Official struct {
	No   string `json:"no"`
	Text string `json:"text"`
	Row  int    `json:"row"`
}

// On reports whether the item is on the sheet.
func (i Item) On(sheet string) bool { return slices.Contains(i.Sheets, sheet) }

// Number is the number as readers see it on the sheet: the official one where
// the workbook was imported, and without the scope that only keys need.
func (i Item) Number(sheet string) string {
	no := i.No
	if o, ok := i.Official[sheet]; ok {
		no = o.No
	}
	no, _, _ = strings.Cut(no, "/")
	return no
}

// TextOn gives our restatement as it fits the sheet: a vendor has submitted
// what a hospital has received.
func (i Item) TextOn(sheet string) Words {
	if w, ok := i.Texts[sheet]; ok {
		return w
	}
	return i.Text
}

// Known says how the item is known on the sheet.
func (i Item) Known(sheet string) Confidence {
	if _, ok := i.Official[sheet]; ok {
		return Imported
	}
	return i.Confidence
}

// Group is the part of the number before the hyphen: 2 of 2-④.
func (i Item) Group() string {
	g, _, _ := strings.Cut(i.No, "-")
	return g
}

// Catalogue is one edition of a list.
type Catalogue struct {
	ID           string  `json:"id"`
	Title        Words   `json:"title"`
	Edition      Words   `json:"edition"`
	Publisher    Words   `json:"publisher"`
	Published    string  `json:"published"`    // 2026, 2026-06 or 2026-06-29, as far as known
	EffectiveFY  int     `json:"effective_fy"` // 2026 is 1 April 2026 to 31 March 2027
	Guideline    string  `json:"guideline"`    // edition of the guideline that Refs point into
	SourceURL    string  `json:"source_url"`
	SourceSHA256 string  `json:"source_sha256"` // of the official file; empty when not known
	Retired      bool    `json:"retired,omitempty"`
	Note         Words   `json:"note"`
	Gaps         Words   `json:"gaps"` // what of it has not been seen in an original
	Files        []File  `json:"files"`
	Sheets       []Sheet `json:"sheets"`
	Items        []Item  `json:"items"`
	// Imports lists the workbooks that the hospital imported into it.
	Imports []Import `json:"imports,omitempty"`
}

// Import is one workbook that was taken into a catalogue.
type Import struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Sheet  string `json:"sheet"`
	Day    string `json:"day"` // 2006-01-02
	By     string `json:"by"`
}

// On lists the items of a sheet in order: that of the imported workbook where
// there is one, else that of the pack.
func (c *Catalogue) On(sheet string) []Item {
	var items []Item
	for _, i := range c.Items {
		if i.On(sheet) {
			items = append(items, i)
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int { return a.Official[sheet].Row - b.Official[sheet].Row })
	return items
}

// Find gives the item of the topic.
func (c *Catalogue) Find(topic string) (Item, bool) {
	for _, i := range c.Items {
		if i.Topic == topic {
			return i, true
		}
	}
	return Item{}, false
}

// Has reports whether the catalogue has the sheet.
func (c *Catalogue) Has(sheet string) bool {
	return slices.ContainsFunc(c.Sheets, func(s Sheet) bool { return s.Code == sheet })
}

// SheetTitle gives the name of a sheet.
func (c *Catalogue) SheetTitle(code string) Words {
	for _, s := range c.Sheets {
		if s.Code == code {
			return s.Title
		}
	}
	return Words{JA: code, EN: code}
}

// ItemID is the item's name outside Toride: mhlw-cl-r7:H:2-④.
func (c *Catalogue) ItemID(sheet string, i Item) string {
	if o, ok := i.Official[sheet]; ok {
		return c.ID + ":" + sheet + ":" + o.No
	}
	return c.ID + ":" + sheet + ":" + i.No
}

// Unverified counts the items of a sheet whose number or wording was not seen
// in an original.
func (c *Catalogue) Unverified(sheet string) int {
	n := 0
	for _, i := range c.On(sheet) {
		if !i.Known(sheet).Sure() {
			n++
		}
	}
	return n
}

// ParseCatalogue reads and checks a data pack. Everything that pages later
// rely on is checked here, so that a bad pack fails at once and by name.
func ParseCatalogue(data []byte) (*Catalogue, error) {
	var c Catalogue
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("comply: catalogue: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("comply: catalogue %q: %w", c.ID, err)
	}
	return &c, nil
}

func (c *Catalogue) check() error {
	const (
		idForm        = `^[a-z0-9-]{3,64}$`
		publishedForm = `^\d{4}(-\d{2}(-\d{2})?)?$`
		shaForm       = `^([0-9a-f]{64})?$`
	)
	switch {
	case !regexp.MustCompile(idForm).MatchString(c.ID):
		return fmt.Errorf("id %q is not lower case letters, digits and hyphens", c.ID)
	case !regexp.MustCompile(publishedForm).MatchString(c.Published):
		return fmt.Errorf("published %q is not a year, month or day", c.Published)
	case c.EffectiveFY < 2000 || c.EffectiveFY > 2200:
		return fmt.Errorf("effective_fy %d is no fiscal year", c.EffectiveFY)
	case !strings.HasPrefix(c.SourceURL, "https://"):
		return fmt.Errorf("source_url %q is no https address", c.SourceURL)
	case !regexp.MustCompile(shaForm).MatchString(c.SourceSHA256):
		return fmt.Errorf("source_sha256 is no SHA-256")
	case c.Title.JA == "" || c.Edition.JA == "" || c.Publisher.JA == "" || c.Note.JA == "":
		return fmt.Errorf("title, edition, publisher and note need Japanese")
	case len(c.Sheets) == 0 || len(c.Items) == 0:
		return fmt.Errorf("no sheets or no items")
	}
	for _, f := range c.Files {
		if !regexp.MustCompile(shaForm).MatchString(f.SHA256) || !strings.HasPrefix(f.URL, "https://") {
			return fmt.Errorf("file %q has a bad address or hash", f.Name)
		}
	}
	return c.checkItems()
}

func (c *Catalogue) checkItems() error {
	numbers, topics := map[string]bool{}, map[string]bool{}
	for n, i := range c.Items {
		if err := c.checkItem(i); err != nil {
			return fmt.Errorf("item %d (%s): %w", n+1, i.No, err)
		}
		if topics[i.Topic] {
			return fmt.Errorf("topic %q stands twice", i.Topic)
		}
		topics[i.Topic] = true
		for _, s := range i.Sheets {
			id := c.ItemID(s, i)
			if numbers[id] {
				return fmt.Errorf("id %q stands twice", id)
			}
			numbers[id] = true
		}
	}
	return nil
}

func (c *Catalogue) checkItem(i Item) error {
	if i.No == "" || i.Topic == "" || i.Text.JA == "" {
		return fmt.Errorf("number, topic or text is missing")
	}
	if len(i.Sheets) == 0 || len(i.Scope) == 0 {
		return fmt.Errorf("sheets or scope is missing")
	}
	for _, s := range i.Sheets {
		if !c.Has(s) {
			return fmt.Errorf("sheet %q is not declared", s)
		}
	}
	for _, s := range i.Scope {
		if !slices.Contains([]Scope{AllSystems, Servers, Terminals, Networks, Whole}, s) {
			return fmt.Errorf("scope %q is not known", s)
		}
	}
	if !slices.Contains(Confidences(), i.Confidence) {
		return fmt.Errorf("confidence %q is not known", i.Confidence)
	}
	for _, r := range i.Refs {
		if !slices.Contains(books(), r.Book) || r.At == "" {
			return fmt.Errorf("reference %q %q is not known", r.Book, r.At)
		}
	}
	for _, k := range i.Kinds {
		if !slices.Contains(evidenceKinds(), k) {
			return fmt.Errorf("evidence kind %q is not known", k)
		}
	}
	for _, from := range i.From {
		if _, topic, ok := strings.Cut(from, ":"); !ok || topic == "" {
			return fmt.Errorf("from %q is not catalogue:topic", from)
		}
	}
	return nil
}

// books names the volumes of the guideline; each has a text comply.book.X.
func books() []string { return []string{"gaisetsu", "keiei", "kikaku", "unyo", "hoshu"} }

// evidenceKinds names what sort of evidence an item wants; each has a text
// comply.kind.X.
func evidenceKinds() []string {
	return []string{"register", "line", "vendor", "config", "document", "person", "contact", "log"}
}
