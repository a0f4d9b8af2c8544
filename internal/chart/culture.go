package chart

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// Culture is what one report says of one specimen: what grew, and against what
// it was tested.
type Culture struct {
	Title     string
	Specimen  string
	Site      string
	Collected string
	Reported  string
	Organisms []Organism
	Drugs     []string
	Tests     []DrugTest
	Loose     []CultureRow // results that belong to no organism
	URL       string
	Failed    bool // the original could not be read again: only Loose is filled
}

// Organism is a column of the susceptibility table.
type Organism struct {
	Name   string
	Amount string
	Stage  text.Msg
	URL    string
}

// DrugTest is a row of it: a drug, with one cell for each organism.
type DrugTest struct {
	Drug  string
	Cells []TestCell
}

// TestCell is a result of a susceptibility test; the zero one was not tested,
// or not reported.
type TestCell struct {
	Letter string // S, I, R as sent
	Value  string // the concentration, with its unit
	Level  string // danger for R, warn for I
	Stage  text.Msg
}

// CultureRow is a result as a line.
type CultureRow struct{ Name, Value string }

// maxMessage bounds what is read of one original, in bytes.
const maxMessage = 16 << 20

// sourceFile is the place of the file that is the item as it was sent: a
// message or a resource, else the main file; -1: there is none.
func sourceFile(doc *source.Document) int {
	for i := range doc.Files {
		if m := doc.Files[i].Media; m == "hl7" || m == "fhir" {
			return i
		}
	}
	if doc.Main >= 0 && doc.Main < len(doc.Files) {
		return doc.Main
	}
	return min(1, len(doc.Files)) - 1
}

// readMain reads the item as it was sent, at most max bytes.
func readMain(doc *source.Document, max int64) ([]byte, error) {
	at := sourceFile(doc)
	if at < 0 {
		return nil, nil
	}
	return readFile(&doc.Files[at], max)
}

func readFile(f *source.File, max int64) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, max))
}

// cultures reads the microbiology out of a message: a Culture for each specimen
// in which something was looked for.
func cultures(m *hl7.Message, ref model.Ref, p Printer) []Culture {
	panels := view.PanelsOf(m)
	var out []Culture
	used := map[int]bool{}
	bySpecimen := map[int]int{} // specimen → place in out
	for _, grown := range panels.Cultures() {
		panel := &panels.Panels[grown.Panel]
		at, ok := bySpecimen[panel.Specimen]
		if !ok {
			at = len(out)
			bySpecimen[panel.Specimen] = at
			out = append(out, cultureHead(&panels, panel, ref, p))
		}
		used[grown.Panel] = true
		column := len(out[at].Organisms)
		out[at].Organisms = append(out[at].Organisms, organism(grown.Results, ref, p))
		for i := range out[at].Tests {
			out[at].Tests[i].Cells = append(out[at].Tests[i].Cells, TestCell{})
		}
		for _, t := range grown.Tests {
			used[t] = true
			out[at].test(&panels.Panels[t], column)
		}
	}
	for i := range panels.Panels {
		if panel := &panels.Panels[i]; !used[i] && len(panel.Results) > 0 {
			at, ok := bySpecimen[panel.Specimen]
			if !ok {
				at = len(out)
				bySpecimen[panel.Specimen] = at
				out = append(out, cultureHead(&panels, panel, ref, p))
			}
			for k := range panel.Results {
				r := &panel.Results[k]
				out[at].Loose = append(out[at].Loose, CultureRow{Name: r.Item.Display, Value: strings.TrimSpace(r.Show() + " " + r.Unit.Display + " " + sir(r))})
			}
		}
	}
	return out
}

func cultureHead(panels *view.Panels, panel *view.Panel, ref model.Ref, p Printer) Culture {
	c := Culture{Title: panel.Code.Display, Reported: p.Stamp(model.Stamp(panel.Reported.Raw)), URL: p.at().original(model.Origin{Ref: ref})}
	if panel.Specimen >= 0 && panel.Specimen < len(panels.Specimens) {
		s := &panels.Specimens[panel.Specimen]
		c.Specimen, c.Site, c.Collected = s.Kind.Display, s.Site.Display, p.Stamp(model.Stamp(s.Collected.Raw))
	}
	if c.Collected == "" {
		c.Collected = p.Stamp(model.Stamp(panel.Start.Raw))
	}
	return c
}

// organism takes name and amount out of a group of results: the first coded
// value names it, the others say how much.
func organism(results []view.Result, ref model.Ref, p Printer) Organism {
	var o Organism
	named := slices.IndexFunc(results, func(r view.Result) bool { return len(r.Values) > 0 && r.Values[0].Coded != nil })
	named = max(0, named)
	for i := range results {
		r := &results[i]
		switch {
		case i == named:
			o.Name, o.Stage = r.Show(), stageOf(r.Stage)
			place, _ := r.Item.At.MarshalText()
			o.URL = p.at().original(model.Origin{Ref: ref, Place: string(place)})
		case r.Show() != "":
			o.Amount = strings.TrimSpace(o.Amount + " " + r.Show() + " " + r.Unit.Display)
		}
		if o.Stage.Zero() {
			o.Stage = stageOf(r.Stage)
		}
	}
	return o
}

// test puts a susceptibility panel into the column of its organism. Some
// senders write the drug as the item, others as a value of its own that shares
// OBX-4 with the concentration.
func (c *Culture) test(panel *view.Panel, column int) {
	drugs := map[string]string{} // OBX-4 → drug
	for i := range panel.Results {
		if r := &panel.Results[i]; r.Group.Has() && len(r.Values) > 0 && r.Values[0].Coded != nil && sir(r) == "" {
			drugs[r.Group.Text] = r.Show()
		}
	}
	for i := range panel.Results {
		r := &panel.Results[i]
		name := r.Item.Display
		if drug, ok := drugs[r.Group.Text]; ok && r.Group.Has() {
			if r.Show() == drug && sir(r) == "" {
				continue
			}
			name = drug
		}
		c.cell(name, column, testCell(r))
	}
}

func (c *Culture) cell(drug string, column int, cell TestCell) {
	at := slices.IndexFunc(c.Tests, func(t DrugTest) bool { return t.Drug == drug })
	if at < 0 {
		at = len(c.Tests)
		c.Tests = append(c.Tests, DrugTest{Drug: drug, Cells: make([]TestCell, len(c.Organisms))})
	}
	c.Tests[at].Cells[column] = cell
}

// sir is the letter of a susceptibility test as sent, "" where there is none.
func sir(r *view.Result) string {
	for _, f := range r.Flags {
		switch letter := strings.ToUpper(cmp.Or(f.Code, f.Display)); letter {
		case "S", "I", "R", "MS", "VS", "SDD", "NS":
			return letter
		}
	}
	return ""
}

func testCell(r *view.Result) TestCell {
	t := TestCell{Letter: sir(r), Value: strings.TrimSpace(r.Show() + " " + r.Unit.Display), Stage: stageOf(r.Stage)}
	if t.Letter == "" { // the letter may be the value itself
		switch v := strings.ToUpper(strings.TrimSpace(r.Show())); v {
		case "S", "I", "R":
			t.Letter, t.Value = v, ""
		}
	}
	switch t.Letter {
	case "R":
		t.Level = "danger"
	case "I", "MS", "SDD", "NS":
		t.Level = "warn"
	}
	return t
}
