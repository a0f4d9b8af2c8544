package chain

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
)

//go:embed pack/chain.json
var packFiles embed.FS

// Words is a text of the data pack in both languages.
type Words struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

// In gives the words in the language.
func (w Words) In(lang text.Lang) string {
	if lang == text.EN {
		return w.EN
	}
	return w.JA
}

// Pack is the chain as data.
type Pack struct {
	ID      string `json:"id"`
	Edition string `json:"edition"`
	Source  Words  `json:"source"`
	Steps   []Step `json:"steps"`
}

// Step is one link of the chain.
type Step struct {
	ID        string      `json:"id"` // A1 … A13
	Title     Words       `json:"title"`
	What      Words       `json:"what"` // what happened, restated
	When      Words       `json:"when"` // in Osaka, or that it is from elsewhere
	Elsewhere bool        `json:"elsewhere"`
	Attack    []Technique `json:"attack"`
	Foretell  Means       `json:"foretell"`
	Stop      Means       `json:"stop"`
	Notice    Means       `json:"notice"`
}

// Technique is a number of MITRE ATT&CK.
type Technique struct {
	ID       string `json:"id"`
	Verified bool   `json:"verified"` // compared with the catalogue of ATT&CK
}

// Means is what may stand in a cell: readings and what they do not show, or
// what the hospital can do by itself while Toride has nothing.
type Means struct {
	Readings []string `json:"readings,omitempty"`
	Note     Words    `json:"note,omitzero"`  // what the readings do not show
	Blank    Words    `json:"blank,omitzero"` // what people can do now
}

// Column names a column.
type Column string

// The columns in order.
const (
	Foretell Column = "foretell"
	Stop     Column = "stop"
	Notice   Column = "notice"
)

// Columns lists the columns in order.
func Columns() []Column { return []Column{Foretell, Stop, Notice} }

// Load reads and checks the embedded pack.
func Load() (Pack, error) {
	data, err := packFiles.ReadFile("pack/chain.json")
	if err != nil {
		return Pack{}, err
	}
	return Parse(data)
}

// Parse reads and checks a pack: thirteen steps in order, each cell with
// readings or with a blank's advice, never both and never neither.
func Parse(data []byte) (Pack, error) {
	var p Pack
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Pack{}, fmt.Errorf("chain: %w", err)
	}
	if len(p.Steps) != 13 || p.Source.JA == "" || p.Source.EN == "" {
		return Pack{}, fmt.Errorf("chain: %d steps or no source", len(p.Steps))
	}
	number := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	for n, s := range p.Steps {
		if s.ID != "A"+strconv.Itoa(n+1) {
			return Pack{}, fmt.Errorf("chain: step %d is named %q", n+1, s.ID)
		}
		for _, w := range []Words{s.Title, s.What, s.When} {
			if w.JA == "" || w.EN == "" {
				return Pack{}, fmt.Errorf("chain: %s: a text is missing", s.ID)
			}
		}
		for _, a := range s.Attack {
			if !number.MatchString(a.ID) {
				return Pack{}, fmt.Errorf("chain: %s: %q is no number of ATT&CK", s.ID, a.ID)
			}
		}
		for _, c := range Columns() {
			if err := s.Means(c).check(); err != nil {
				return Pack{}, fmt.Errorf("chain: %s %s: %w", s.ID, c, err)
			}
		}
	}
	return p, nil
}

func (m Means) check() error {
	switch {
	case len(m.Readings) > 0 && (m.Note.JA == "" || m.Note.EN == "" || m.Blank.JA != ""):
		return fmt.Errorf("readings need a note of what they do not show, and no blank")
	case len(m.Readings) == 0 && (m.Blank.JA == "" || m.Blank.EN == ""):
		return fmt.Errorf("a blank must say what people can do")
	}
	return nil
}

// Means gives what may stand in a column.
func (s Step) Means(c Column) Means {
	switch c {
	case Foretell:
		return s.Foretell
	case Stop:
		return s.Stop
	}
	return s.Notice
}

// State is what a cell came to.
type State string

// The states of a cell.
const (
	Working State = "working" // read, and nothing found wanting in any reading
	Partly  State = "partly"  // some readings are good, others were not read
	Hole    State = "hole"    // at least one reading found something wanting
	Unread  State = "unread"  // nothing was read
	NoneOf  State = "none"    // there is nothing to which it applies
	Blank   State = "blank"   // this version has nothing here
)

// States lists the states in the order of the legend.
func States() []State { return []State{Working, Partly, Hole, Unread, NoneOf, Blank} }

// Cell is one step in one column.
type Cell struct {
	Column   Column
	State    State
	Readings []reading.Reading
	Means    Means
}

// Row is one step with its cells.
type Row struct {
	Step  Step
	Cells []Cell
}

// State of the link as a whole, for the picture: a hole in any column is a
// hole; else the best that any column has.
func (r Row) State() State {
	best := Blank
	rank := map[State]int{Blank: 0, NoneOf: 1, Unread: 2, Partly: 3, Working: 4}
	for _, c := range r.Cells {
		if c.State == Hole {
			return Hole
		}
		if rank[c.State] > rank[best] {
			best = c.State
		}
	}
	return best
}

// Count counts the cells of the link in a state.
func (r Row) Count(s State) int {
	n := 0
	for _, c := range r.Cells {
		if c.State == s {
			n++
		}
	}
	return n
}

// Compute fills the chain from readings. Cost: one look-up for each reading
// named in the pack, about sixty.
func (p Pack) Compute(set reading.Set) []Row {
	rows := make([]Row, 0, len(p.Steps))
	for _, s := range p.Steps {
		row := Row{Step: s}
		for _, c := range Columns() {
			row.Cells = append(row.Cells, compute(c, s.Means(c), set))
		}
		rows = append(rows, row)
	}
	return rows
}

func compute(c Column, m Means, set reading.Set) Cell {
	cell := Cell{Column: c, Means: m, State: Blank}
	if len(m.Readings) == 0 {
		return cell
	}
	count := map[reading.State]int{}
	for _, id := range m.Readings {
		r := set.Get(id)
		cell.Readings = append(cell.Readings, r)
		count[r.State]++
	}
	good, bad, none := count[reading.Good], count[reading.Bad], count[reading.None]
	unread := len(m.Readings) - good - bad - none // whatever is none of these was not read
	switch {
	case bad > 0:
		cell.State = Hole
	case good > 0 && unread > 0:
		cell.State = Partly
	case good > 0:
		cell.State = Working
	case unread > 0:
		cell.State = Unread
	default:
		cell.State = NoneOf
	}
	return cell
}

// Summary counts the cells of the whole chain.
type Summary struct {
	Cells, Working, Partly, Hole, Unread, None, Blank int
	Links, LinksHole                                  int // steps, and those with a hole
	Read                                              int // readings that were read
	Named                                             int // different readings that the pack names
}

// Sum counts rows.
func Sum(rows []Row) Summary {
	s := Summary{Links: len(rows)}
	named, read := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		if r.State() == Hole {
			s.LinksHole++
		}
		for _, c := range r.Cells {
			s.Cells++
			switch c.State {
			case Working:
				s.Working++
			case Partly:
				s.Partly++
			case Hole:
				s.Hole++
			case Unread:
				s.Unread++
			case NoneOf:
				s.None++
			case Blank:
				s.Blank++
			}
			for _, g := range c.Readings {
				named[g.ID] = true
				if g.State == reading.Good || g.State == reading.Bad || g.State == reading.None {
					read[g.ID] = true
				}
			}
		}
	}
	s.Read, s.Named = len(read), len(named)
	return s
}
