package watch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/netip"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/sigma"
)

// Watch is a member of the family. Members have no state of their own.
type Watch struct {
	// Name is the folder's name; it is stored and never changes.
	Name  string
	Rules []Rule
	// Wants says whether entries of this kind are to be looked at. It is asked
	// once for each shape of events, so it may look at Dataset, Product,
	// Service, Category and the names of the fields, and of a Windows entry
	// also at Core.Code and Core.Provider. Nil: no entries.
	Wants func(e *event.Event) bool
	// Look looks at one entry. Nil: no entries.
	Look func(e *event.Event, s Scene)
	// Hear takes a signal. Nil: none.
	Hear func(sig Signal, s Scene)
}

// Rule is one thing that a watch may find.
type Rule struct {
	ID    string      `json:"id"` // inside the watch; stored, never changes
	Level sigma.Level `json:"-"`
	rulepack.About
}

// Scene is what a watch may ask while it looks, and where it puts what it finds.
type Scene struct {
	House  House
	Memory Memory
	Found  func(Hit)
}

// House answers what the register says. It is a snapshot; answers are the same
// for the same question until the register changes.
type House interface {
	// Place finds the asset by the name of a computer or by an address; either
	// may be missing.
	Place(host string, addr netip.Addr) (Place, bool)
	// Line finds the outside line through which the source comes in.
	Line(source, dest netip.Addr, host string) (Line, bool)
	// Window finds the approved window on the line that covers the time.
	Window(lineID string, at time.Time) (Window, bool)
	// Account finds the vendor to whom an account belongs.
	Account(name string) (Vendor, bool)
	// VendorWindow finds an approved window of the vendor, on any line, that
	// covers the time.
	VendorWindow(vendorID string, at time.Time) (Window, bool)
	// Own says whether it is the computer that Toride itself runs on.
	Own(host string, addr netip.Addr) bool
}

// Place is an asset of the register.
type Place struct {
	Ref      string // "asset/ID"
	Name     string
	Kind     string // asset.Kind
	System   string // name of the departmental system, or empty
	Class    string // its class: ehr, order, meals …
	Priority int    // clinical priority 1 to 3 of the asset, else of its system; 0 not known
	Impact   string // what stops when it stops, as entered by people
	VendorID string
	Vendor   string
}

// Chart says whether charts or orders are kept on it.
func (p Place) Chart() bool { return p.Class == "ehr" || p.Class == "order" }

// Line is an outside line.
type Line struct {
	ID     string
	Name   string
	Vendor Vendor
	// Sure is false when the source's address stands nowhere in the register
	// and the line was found by what it leads to.
	Sure bool
}

// Vendor is a company of the register.
type Vendor struct{ ID, Name string }

// Window is an approved window.
type Window struct {
	ID, Number  string
	From, Until time.Time
}

// Memory remembers what was met.
type Memory interface {
	// Meet notes the pair of space and key. space is short and fixed ("firstchart/ID of
	// a server"); a space learns for a while after its first pair.
	Meet(space, key string, at time.Time) Meeting
}

// Meeting says what a Memory knows of a pair.
type Meeting struct {
	New      bool      // never met before
	Learning bool      // the space still learns; a new pair says nothing yet
	Since    time.Time // when the space began to learn
	Full     bool      // no more pairs are kept: nothing can be said
}

// Signal is something that is no log entry.
type Signal struct {
	Kind   string // "source.silent", "source.back", "self.refused"; each watch says which it hears
	At     time.Time
	Host   string
	Source netip.Addr
	Name   string            // of what it is about, for people: a source's name
	Values map[string]string // for the sentence
}

// The kinds of signals.
const (
	SourceSilent = "source.silent" // a source that always sent has stopped
	SourceLost   = "source.lost"   // entries were lost on the way
	SelfRefused  = "self.refused"  // repeated refused sign-ins or acts in Toride itself
)

// Hit is a finding of a watch. What is empty is taken from the entry.
type Hit struct {
	Rule    string      // Rule.ID
	Level   sigma.Level // NoLevel: the rule's
	Host    string
	Account string
	Source  netip.Addr
	Line    Line
	Vendor  Vendor
	Values  map[string]string // places of the sentence beyond host, source, account, line, vendor
}

// Load reads the rules of a member from rules.json of its folder. A mistake in
// it is one of the program and shows in the member's test.
func Load(files fs.FS) ([]Rule, error) {
	data, err := fs.ReadFile(files, "rules.json")
	if err != nil {
		return nil, err
	}
	var blocks []map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&blocks); err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	var out []Rule
	for _, b := range blocks {
		id, _ := b["id"].(string)
		word, _ := b["level"].(string)
		level, ok := sigma.ParseLevel(word)
		if id == "" || !ok {
			return nil, fmt.Errorf("watch: rule %q: no id or no level", id)
		}
		delete(b, "id")
		delete(b, "level")
		about, err := rulepack.ParseAbout(b)
		if err != nil {
			return nil, fmt.Errorf("watch: rule %q: %w", id, err)
		}
		out = append(out, Rule{ID: id, Level: level, About: about})
	}
	return out, nil
}
