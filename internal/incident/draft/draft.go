package draft

import (
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/incident/pack"
	"github.com/torideproject/toride/internal/text"
)

//go:embed forms.json
var files embed.FS

// Field is one fact that forms ask for.
type Field struct {
	ID    string     `json:"id"`
	Auto  bool       `json:"auto,omitempty"` // taken from the incident's records, not typed here
	Label pack.Words `json:"label"`
	Help  pack.Words `json:"help"`
}

// Section is one heading of a form with the fields below it.
type Section struct {
	No     string     `json:"no,omitempty"` // number in the official form, where it has one
	Title  pack.Words `json:"title"`
	Fields []string   `json:"fields"`
}

// Form is one kind of draft.
type Form struct {
	ID       string     `json:"id"`
	Title    pack.Words `json:"title"`
	To       pack.Words `json:"to"`
	Note     pack.Words `json:"note"` // what is not known about the official form
	Sections []Section  `json:"sections"`
}

// Phrases are the few words that every draft carries.
type Phrases struct {
	Draft     pack.Words `json:"draft"`     // that it is a draft
	Drill     pack.Words `json:"drill"`     // that it belongs to a drill
	Empty     pack.Words `json:"empty"`     // 未記入
	Auto      pack.Words `json:"auto"`      // taken from the records
	To        pack.Words `json:"to"`        //
	Made      pack.Words `json:"made"`      // made at
	Column    pack.Words `json:"column"`    // heading: item
	Content   pack.Words `json:"content"`   // heading: content
	WhoWhen   pack.Words `json:"who_when"`  // heading: who and when
	Number    pack.Words `json:"number"`    // heading: number
	Sheet     pack.Words `json:"sheet"`     // name of the sheet
	Shortened pack.Words `json:"shortened"` // a cell that could not hold all
}

// Forms is the pack of forms.
type Forms struct {
	Head    pack.Head `json:"head"`
	Phrases Phrases   `json:"phrases"`
	Fields  []Field   `json:"fields"`
	Forms   []Form    `json:"forms"`
}

// PackHead gives the pack's head.
func (f Forms) PackHead() pack.Head { return f.Head }

// Shipped reads the pack that is built in.
func Shipped() (Forms, error) {
	data, err := files.ReadFile("forms.json")
	if err != nil {
		return Forms{}, err
	}
	return Parse(data)
}

// Parse reads and checks a pack of forms.
func Parse(data []byte) (Forms, error) {
	f, err := pack.Read[Forms](data)
	if err != nil {
		return f, err
	}
	if len(f.Fields) == 0 || len(f.Forms) == 0 {
		return f, errors.New("draft: a pack without fields or forms")
	}
	known := map[string]bool{}
	for _, field := range f.Fields {
		if field.ID == "" || known[field.ID] || !field.Label.Whole() || !field.Help.Whole() {
			return f, fmt.Errorf("draft: field %q is incomplete or stands twice", field.ID)
		}
		known[field.ID] = true
	}
	seen := map[string]bool{}
	for _, form := range f.Forms {
		if form.ID == "" || seen[form.ID] || !form.Title.Whole() || !form.To.Whole() || !form.Note.Whole() || len(form.Sections) == 0 {
			return f, fmt.Errorf("draft: form %q is incomplete or stands twice", form.ID)
		}
		seen[form.ID] = true
		for _, s := range form.Sections {
			for _, id := range s.Fields {
				if !known[id] || !s.Title.Whole() {
					return f, fmt.Errorf("draft: form %q asks for %q, which is not there", form.ID, id)
				}
			}
		}
	}
	return f, f.Phrases.check()
}

func (p Phrases) check() error {
	for _, w := range []pack.Words{p.Draft, p.Drill, p.Empty, p.Auto, p.To, p.Made, p.Column, p.Content, p.WhoWhen, p.Number, p.Sheet, p.Shortened} {
		if !w.Whole() {
			return errors.New("draft: a phrase is missing")
		}
	}
	return nil
}

// Form finds a form.
func (f Forms) Form(id string) (Form, bool) {
	for _, form := range f.Forms {
		if form.ID == id {
			return form, true
		}
	}
	return Form{}, false
}

// Field finds a field.
func (f Forms) Field(id string) (Field, bool) {
	for _, field := range f.Fields {
		if field.ID == id {
			return field, true
		}
	}
	return Field{}, false
}

// Value is what stands in a field. At is zero and By empty when nobody filled it.
type Value struct {
	Text string
	By   string
	At   time.Time
}

// Dataset is what is known about one incident, by field.
type Dataset struct {
	Hospital string
	Title    string
	Drill    bool
	Made     time.Time
	MadeBy   string
	Zone     *time.Location
	Values   map[string]Value
}

// Line is one field of a document.
type Line struct {
	No     string // of the section, on its first line only
	Head   string // title of the section, on its first line only
	Label  string
	Text   string // the content, or the word for "not filled in"
	Filled bool
	Who    string // who wrote it and when
}

// Document is a form filled from a dataset in one language.
type Document struct {
	Form  string
	Title string
	To    string
	Note  string
	Top   []string // lines above the table: draft, drill, hospital, made
	Lines []Line
	words Phrases
	lang  text.Lang
}

// Missing counts the lines that nobody filled.
func (d Document) Missing() int {
	n := 0
	for _, l := range d.Lines {
		if !l.Filled {
			n++
		}
	}
	return n
}

// Fill makes the document of one form.
func (f Forms) Fill(form Form, data Dataset, lang text.Lang) Document {
	d := Document{Form: form.ID, Title: form.Title.In(lang), To: form.To.In(lang), Note: form.Note.In(lang), words: f.Phrases, lang: lang}
	d.Top = append(d.Top, f.Phrases.Draft.In(lang))
	if data.Drill {
		d.Top = append(d.Top, f.Phrases.Drill.In(lang))
	}
	d.Top = append(d.Top, f.Phrases.To.In(lang)+": "+d.To, data.Hospital+" / "+data.Title,
		f.Phrases.Made.In(lang)+": "+text.DateTime(lang, data.Made.In(data.Zone))+" "+data.MadeBy)
	for _, s := range form.Sections {
		for i, id := range s.Fields {
			field, _ := f.Field(id)
			line := Line{Label: field.Label.In(lang)}
			if i == 0 {
				line.No, line.Head = s.No, s.Title.In(lang)
			}
			v := data.Values[id]
			line.Text, line.Filled = strings.TrimSpace(v.Text), strings.TrimSpace(v.Text) != ""
			if !line.Filled {
				line.Text = f.Phrases.Empty.In(lang)
			} else {
				line.Who = f.who(field, v, data.Zone, lang)
			}
			d.Lines = append(d.Lines, line)
		}
	}
	return d
}

func (f Forms) who(field Field, v Value, zone *time.Location, lang text.Lang) string {
	who := v.By
	if field.Auto {
		who = strings.TrimSpace(f.Phrases.Auto.In(lang) + " " + who)
	}
	if !v.At.IsZero() {
		who += " " + text.DateTime(lang, v.At.In(zone))
	}
	return strings.TrimSpace(who)
}

// Text writes the document as plain text for mail or fax, lines ending in
// CRLF, as Windows editors of any age read them.
func (d Document) Text() string {
	var b strings.Builder
	line := func(s string) { b.WriteString(strings.ReplaceAll(s, "\n", "\r\n") + "\r\n") }
	line(d.Title)
	for _, t := range d.Top {
		line(t)
	}
	line("")
	for _, l := range d.Lines {
		if l.Head != "" {
			line("")
			line(strings.TrimSpace(l.No + " " + l.Head))
		}
		line("  [" + l.Label + "] " + l.Text)
		if l.Who != "" {
			line("      (" + l.Who + ")")
		}
	}
	line("")
	line(d.Note)
	return b.String()
}
