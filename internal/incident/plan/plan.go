package plan

import (
	"embed"
	"errors"
	"fmt"
	"slices"

	"github.com/torideproject/toride/internal/incident/pack"
)

//go:embed *.json
var files embed.FS

// Phase is one of the five phases of a cyber BCP. The names are stored.
type Phase string

// The phases (BCP 策定の確認表, 2024-06-06, 区分 1 to 5).
const (
	Normal  Phase = "normal"
	Detect  Phase = "detect"
	Respond Phase = "respond"
	Recover Phase = "recover"
	Learn   Phase = "learn"
)

// Phases lists the phases in order.
func Phases() []Phase { return []Phase{Normal, Detect, Respond, Recover, Learn} }

// Act says what sort of thing a task is. The names are stored.
type Act string

// The acts. The last four change a device so that traces are lost: see
// Dangerous.
const (
	Plain    Act = ""
	Cut      Act = "cut"
	Preserve Act = "preserve"
	Decide   Act = "decide"
	Notify   Act = "notify"
	Brief    Act = "brief"
	Update   Act = "update"
	Reset    Act = "reset"
	Reboot   Act = "reboot"
	Restore  Act = "restore"
)

// Acts lists the acts in the order in which forms show them.
func Acts() []Act {
	return []Act{Plain, Cut, Preserve, Decide, Notify, Brief, Update, Reset, Reboot, Restore}
}

// Dangerous reports whether the act destroys traces, so that its object must
// be preserved before. On the evening of the first day in Osaka a supplier's
// VPN device was updated and its logs were gone.
func (a Act) Dangerous() bool {
	return slices.Contains([]Act{Update, Reset, Reboot, Restore}, a)
}

// Basis says where the minutes of a step come from.
type Basis string

// Where the minutes of a step come from.
const (
	Osaka    Basis = "osaka"    // the time at which it happened there
	Text     Basis = "text"     // an official text asks for the order or the haste
	Proposal Basis = "proposal" // proposed here; the hospital sets its own
)

// Step is one prepared task.
type Step struct {
	ID    string     `json:"id"`
	Phase Phase      `json:"phase"`
	Act   Act        `json:"act,omitempty"`
	After *int       `json:"after,omitempty"` // minutes from time zero; none: no deadline
	Basis Basis      `json:"basis,omitempty"`
	Osaka string     `json:"osaka,omitempty"` // time of day on 31 October 2022
	Slot  string     `json:"slot,omitempty"`  // contact slot that it calls
	Title pack.Words `json:"title"`
	Note  pack.Words `json:"note"`
}

// Course is a pack of steps in order.
type Course struct {
	Head  pack.Head `json:"head"`
	Steps []Step    `json:"steps"`
}

// PackHead gives the pack's head.
func (c Course) PackHead() pack.Head { return c.Head }

// Side is where a contact stands.
type Side string

// The sides of the contact tree. Vendors come from the register.
const (
	Inside  Side = "inside"
	Outside Side = "outside"
)

// Slot is a place in the contact tree that every hospital has to fill. The
// address, where one is shipped, carries the day on which it was true.
type Slot struct {
	ID        string     `json:"id"`
	Side      Side       `json:"side"`
	Name      pack.Words `json:"name"`
	When      pack.Words `json:"when"` // on what occasion and how soon
	Phone     string     `json:"phone,omitempty"`
	Mail      string     `json:"mail,omitempty"`
	URL       string     `json:"url,omitempty"`
	TrueOn    string     `json:"true_on,omitempty"` // 2006-01-02: day of the source of the address
	Source    pack.Words `json:"source,omitzero"`
	Must      bool       `json:"must,omitempty"`      // every cyber incident must reach it
	Voluntary bool       `json:"voluntary,omitempty"` // no duty to call is known
}

// Tree is the pack of slots.
type Tree struct {
	Head  pack.Head `json:"head"`
	Slots []Slot    `json:"slots"`
}

// PackHead gives the pack's head.
func (t Tree) PackHead() pack.Head { return t.Head }

// Card is one page of the first-hour folder: lines to read, then an empty
// table to fill by hand.
type Card struct {
	ID      string       `json:"id"`
	Title   pack.Words   `json:"title"`
	Ordered bool         `json:"ordered,omitempty"` // the lines are steps
	Lines   []pack.Words `json:"lines"`
	Columns []pack.Words `json:"columns,omitempty"`
	Rows    []pack.Words `json:"rows,omitempty"` // first column given
	Blank   int          `json:"blank,omitempty"`
}

// BlankRows lists the numbers of the empty rows, for templates.
func (c Card) BlankRows() []int {
	out := make([]int, c.Blank)
	for i := range out {
		out[i] = len(c.Rows) + i + 1
	}
	return out
}

// RestColumns gives the columns after the first.
func (c Card) RestColumns() []pack.Words {
	if len(c.Columns) < 2 {
		return nil
	}
	return c.Columns[1:]
}

// Cards is the pack of folder pages.
type Cards struct {
	Head  pack.Head `json:"head"`
	Cards []Card    `json:"cards"`
}

// PackHead gives the pack's head.
func (c Cards) PackHead() pack.Head { return c.Head }

// Book is everything that is shipped, read and checked once.
type Book struct {
	FirstDay Course
	BCP      Course
	Light    Course
	Tree     Tree
	Cards    Cards
}

// Shipped reads the packs that are built in.
func Shipped() (*Book, error) {
	var b Book
	var err error
	for _, c := range []struct {
		name string
		to   *Course
	}{{"firstday.json", &b.FirstDay}, {"bcp.json", &b.BCP}, {"light.json", &b.Light}} {
		if *c.to, err = load(c.name, ParseCourse); err != nil {
			return nil, err
		}
	}
	if b.Tree, err = load("tree.json", ParseTree); err != nil {
		return nil, err
	}
	b.Cards, err = load("cards.json", ParseCards)
	return &b, err
}

func load[T any](name string, parse func([]byte) (T, error)) (T, error) {
	data, err := files.ReadFile(name)
	if err != nil {
		var none T
		return none, err
	}
	out, err := parse(data)
	if err != nil {
		return out, fmt.Errorf("plan: %s: %w", name, err)
	}
	return out, nil
}

// maxAfter bounds a step's minutes: a first-day course that reaches beyond a
// quarter of a year is damaged.
const maxAfter = 90 * 24 * 60

// ParseCourse reads and checks a course.
func ParseCourse(data []byte) (Course, error) {
	c, err := pack.Read[Course](data)
	if err != nil {
		return c, err
	}
	if len(c.Steps) == 0 {
		return c, errors.New("plan: a course without steps")
	}
	seen := map[string]bool{}
	for _, s := range c.Steps {
		bad := s.ID == "" || seen[s.ID] || !s.Title.Whole() || !s.Note.Whole() ||
			!slices.Contains(Phases(), s.Phase) || !slices.Contains(Acts(), s.Act) ||
			(s.After != nil && (*s.After < 0 || *s.After > maxAfter || s.Basis == ""))
		if bad {
			return c, fmt.Errorf("plan: step %q is incomplete, damaged or stands twice", s.ID)
		}
		seen[s.ID] = true
	}
	return c, nil
}

// ParseTree reads and checks a contact tree.
func ParseTree(data []byte) (Tree, error) {
	t, err := pack.Read[Tree](data)
	if err != nil {
		return t, err
	}
	if len(t.Slots) == 0 {
		return t, errors.New("plan: a contact tree without slots")
	}
	seen := map[string]bool{}
	for _, s := range t.Slots {
		addressed := s.Phone != "" || s.Mail != "" || s.URL != ""
		if s.ID == "" || seen[s.ID] || !s.Name.Whole() || !s.When.Whole() || (s.Side != Inside && s.Side != Outside) {
			return t, fmt.Errorf("plan: slot %q is incomplete or stands twice", s.ID)
		}
		if addressed && (s.TrueOn == "" || !s.Source.Whole()) {
			return t, fmt.Errorf("plan: slot %q has an address without the day on which it was true", s.ID)
		}
		seen[s.ID] = true
	}
	return t, nil
}

// maxRows bounds the table of a card to what fits on paper.
const maxRows = 60

// ParseCards reads and checks the pages of the folder.
func ParseCards(data []byte) (Cards, error) {
	c, err := pack.Read[Cards](data)
	if err != nil {
		return c, err
	}
	if len(c.Cards) == 0 {
		return c, errors.New("plan: a folder without cards")
	}
	for _, card := range c.Cards {
		if card.ID == "" || !card.Title.Whole() || card.Blank < 0 || card.Blank+len(card.Rows) > maxRows {
			return c, fmt.Errorf("plan: card %q is incomplete", card.ID)
		}
		for _, w := range slices.Concat(card.Lines, card.Columns, card.Rows) {
			if !w.Whole() {
				return c, fmt.Errorf("plan: card %q: a text has one language only", card.ID)
			}
		}
	}
	return c, nil
}
