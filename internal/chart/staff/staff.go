package staff

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed migrate/*.sql
var migrateFS embed.FS

//go:embed page_*.html text*_ja.json text*_en.json words.json
var files embed.FS

// Config is what a Desk is made of.
type Config struct {
	Book  *ledger.Book
	Clock func() time.Time
	Log   *slog.Logger
	// Note writes a line of what changes no data (sign-in, lock, break-glass);
	// it must let people go on when the ledger cannot be written. Nil: Book.Note.
	Note func(ctx context.Context, actor ledger.Actor, action, subject string, detail any) error
	// Params are the costs of a PIN's hash, zero: Params().
	Params credential.Params
	// Home is where people come to after the sign-in, "": "/".
	Home string
}

// Desk holds the accounts and sessions of a viewer. It is safe for use by many
// goroutines. One process only may hold a database.
type Desk struct {
	cfg   Config
	book  *ledger.Book
	hash  *credential.Hasher
	guard *guard
	plans *shelf[plan]
	first *shelf[typed] // who may choose a PIN, by token
	words words

	changing sync.Mutex // held from reading an account until it is written; before mu

	mu       sync.RWMutex
	people   map[string]person // by ID
	numbers  map[string]string // number → ID
	sessions map[string]*session
	glasses  map[string]Glass // that run or wait to be written, by ID
	unsaved  map[string]bool  // of glasses
	setting  Settings
	setup    string // hash of the set-up code, or empty
}

// New brings the tables up to date and loads accounts, sessions (locked) and
// settings.
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if cfg.Book == nil || cfg.Clock == nil || cfg.Log == nil {
		return nil, errors.New("staff: Config lacks Book, Clock or Log")
	}
	cfg.Log = discreet.Logger(cfg.Log)
	if cfg.Params == (credential.Params{}) {
		cfg.Params = Params()
	}
	if cfg.Note == nil {
		cfg.Note = cfg.Book.Note
	}
	if cfg.Home == "" {
		cfg.Home = "/"
	}
	if err := cfg.Book.DB().Migrate(ctx, "staff", migrateFS); err != nil {
		return nil, err
	}
	d := &Desk{cfg: cfg, book: cfg.Book, hash: credential.NewHasher(cfg.Params), guard: newGuard(), plans: newShelf[plan](8, 30*time.Minute),
		first: newShelf[typed](1000, 10*time.Minute), sessions: map[string]*session{}, glasses: map[string]Glass{}, unsaved: map[string]bool{}}
	var err error
	if d.words, err = readWords(); err != nil {
		return nil, err
	}
	return d, d.load(ctx)
}

// State says whether somebody may sign in.
type State string

// The states of an account. Accounts are never deleted: the ledger names them.
const (
	Active  State = "active"
	Gone    State = "gone"    // no longer on the list
	Blocked State = "blocked" // by an administrator
)

// Person is somebody with an account.
type Person struct {
	ID        string  `json:"id"`
	Number    string  `json:"number"`
	Name      string  `json:"name"`
	Kana      string  `json:"kana"`
	Role      Role    `json:"role"`
	Dept      string  `json:"dept"`
	Extra     []Extra `json:"extra"`
	State     State   `json:"state"`
	HasPIN    bool    `json:"-"`
	OnceUntil time.Time
	CreatedAt time.Time
	PINAt     time.Time
}

// person is a Person with what only this package may see.
type person struct {
	Person
	pin  string
	once string
}

// Ref is the person's ID in ledger and sessions.
func (p Person) Ref() string { return "staff/" + p.ID }

func (p Person) actor(from string) ledger.Actor {
	return ledger.Actor{ID: p.Ref(), Name: p.Name, Login: p.Number, Via: from}
}

// nobody is the actor of what happens before a sign-in.
func nobody(from string) ledger.Actor { return ledger.Actor{ID: "nobody", Name: "-", Via: from} }

// foldNumber makes numbers equal that people take for equal, but for zeros.
func foldNumber(s string) string { return strings.ToUpper(sheet.Narrow(s)) }

// find gives the account of a number as typed: exactly, else without regard to
// leading zeros if only one fits. The caller holds mu.
func (d *Desk) find(number string) (person, bool) {
	number = foldNumber(number)
	if id, ok := d.numbers[number]; ok {
		return d.people[id], true
	}
	short, found := strings.TrimLeft(number, "0"), ""
	if short == "" {
		return person{}, false
	}
	for n, id := range d.numbers {
		if strings.TrimLeft(n, "0") == short {
			if found != "" {
				return person{}, false
			}
			found = id
		}
	}
	return d.people[found], found != ""
}

// byNumber is find for who does not hold mu.
func (d *Desk) byNumber(number string) (person, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.find(number)
}

func (d *Desk) byID(id string) (person, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p, ok := d.people[id]
	return p, ok
}

// Actor gives the ledger's ID of the person with that staff number.
func (d *Desk) Actor(number string) (id string, ok bool) {
	p, ok := d.byNumber(number)
	return p.Ref(), ok
}

// Number gives staff number and department of an actor of the ledger, "" where
// it is none of ours; of somebody who came by break-glass, for whom he works.
func (d *Desk) Number(actor string) (number, department string) {
	if id, ok := strings.CutPrefix(actor, "glass/"); ok {
		d.mu.RLock()
		defer d.mu.RUnlock()
		return "", d.glasses[id].Employer
	}
	id, ok := strings.CutPrefix(actor, "staff/")
	if !ok {
		return "", ""
	}
	p, _ := d.byID(id)
	return p.Number, p.Dept
}

// People lists all accounts by number.
func (d *Desk) People() []Person {
	d.mu.RLock()
	defer d.mu.RUnlock()
	out := make([]Person, 0, len(d.people))
	for _, p := range d.people {
		out = append(out, p.Person)
	}
	sortPeople(out)
	return out
}

// admins counts those who can manage accounts, without one of them. The caller
// holds mu.
func (d *Desk) admins(without string) int {
	n := 0
	for id, p := range d.people {
		if id != without && p.State == Active && permsOf(p.Role, p.Extra)[right.Staff] {
			n++
		}
	}
	return n
}

func (d *Desk) now() time.Time { return d.cfg.Clock().UTC() }

// note writes a line about an act; a line that cannot be written stops nobody.
func (d *Desk) note(ctx context.Context, actor ledger.Actor, action, subject string, detail any) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := d.cfg.Note(ctx, actor, action, subject, detail); err != nil {
		d.cfg.Log.Error("a line was not written", "action", action, "err", err)
	}
}

// Settings are what an administrator may change.
type Settings struct {
	Idle      int // minutes without a request until a session locks, 1 to 60
	Shift     int // hours until a session ends, 1 to 24
	Glass     int // hours of a break-glass session, 1 to 24
	OnlyVouch int // 1: break-glass of who is not on the list needs a voucher
	Once      int // days for which a one-time code holds, 1 to 90
}

// DefaultSettings are those of a new station.
func DefaultSettings() Settings { return Settings{Idle: 5, Shift: 14, Glass: 4, Once: 30} }

// Settings gives the settings.
func (d *Desk) Settings() Settings {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.setting
}

// refuseGlass keeps a break-glass session from what outlives it.
func refuseGlass(actor ledger.Actor) error {
	if strings.HasPrefix(actor.ID, "glass/") {
		return fault.New(fault.Denied, "staff.glass.limits")
	}
	return nil
}

// Module is the desk's share of the site.
func (d *Desk) Module() web.Module {
	return web.Module{
		Name: "staff", Files: files,
		Pages: []web.Page{
			{Name: "signin", Data: signinPage{}}, {Name: "lock", Data: lockPage{}}, {Name: "glass", Data: glassPage{}}, {Name: "me", Data: mePage{}},
			{Name: "list", Data: listPage{}}, {Name: "person", Data: personPage{}}, {Name: "import", Data: importPage{}}, {Name: "plan", Data: planPage{}},
			{Name: "slips", Data: slipsPage{}}, {Name: "reviews", Data: reviewsPage{}}, {Name: "review", Data: reviewPage{}},
		},
		Routes: append(append(d.openRoutes(), d.ownRoutes()...), d.adminRoutes()...),
		Nav: []web.Nav{
			{Key: "staff.nav.list", URL: "/staff", Perm: right.Staff, Order: 92, Group: "web.group.settings"},
			{Key: "staff.nav.reviews", URL: "/staff/glass", Perm: right.Staff, Order: 93, Group: "web.group.settings"},
			{Key: "staff.nav.me", URL: "/me", Perm: web.SignedIn, Order: 95, Group: "web.group.settings"},
		},
	}
}

// Say of a state.
func (s State) Say() text.Msg { return text.M("staff.state." + string(s)) }
