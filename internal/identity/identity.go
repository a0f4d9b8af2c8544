package identity

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/web"
)

//go:embed migrate/*.sql
var migrateFS embed.FS

//go:embed page_*.html text*_ja.json text*_en.json
var files embed.FS

// Admin is the right to manage people, roles, sign-in rules and envelopes.
const Admin web.Perm = "identity.admin"

// Vendor is a company to which an account may be bound.
type Vendor struct{ ID, Name string }

// Config is what People is made of.
type Config struct {
	Book  *ledger.Book
	Seal  *seal.Box // seals the second factors' seeds
	Clock func() time.Time
	Log   *slog.Logger
	// Permissions lists every right that a route needs. Where the routes are
	// only known later, hand them to Know before serving.
	Permissions []web.Perm
	// Vendors lists the companies of the register; nil when there are none.
	Vendors func(context.Context) ([]Vendor, error)
	// Params are the costs of password hashes; zero means DefaultParams.
	Params credential.Params
	// Demo allows DemoLink and SeedDemo.
	Demo bool
}

// People lets people in and manages them. It is safe for use by many
// goroutines. One process only may hold a database: limits and roles are
// cached.
type People struct {
	cfg     Config
	book    *ledger.Book
	hash    *credential.Hasher
	guard   *guard
	pending *pendings
	decoy   []byte // a sealed seed of nobody

	mu       sync.RWMutex
	known    []web.Perm
	roles    map[string]Role
	policy   Policy
	hospital Hospital
	seen     map[string]time.Time // when a session's last-seen was last written
}

// New brings the tables up to date and loads roles, rules and locks.
func New(ctx context.Context, cfg Config) (*People, error) {
	if cfg.Book == nil || cfg.Seal == nil || cfg.Clock == nil || cfg.Log == nil {
		return nil, errors.New("identity: Config lacks Book, Seal, Clock or Log")
	}
	if cfg.Params == (credential.Params{}) {
		cfg.Params = credential.DefaultParams()
	}
	if err := cfg.Book.DB().Migrate(ctx, "identity", migrateFS); err != nil {
		return nil, err
	}
	d := &People{cfg: cfg, book: cfg.Book, hash: credential.NewHasher(cfg.Params), guard: newGuard(),
		pending: newPendings(), seen: map[string]time.Time{}}
	var err error
	if d.decoy, err = cfg.Seal.Seal([]byte(credential.NewSeed())); err != nil {
		return nil, err
	}
	d.Know(cfg.Permissions)
	if err := d.loadHospital(ctx); err != nil {
		return nil, err
	}
	if err := d.loadPolicy(ctx); err != nil {
		return nil, err
	}
	if err := d.loadRoles(ctx); err != nil {
		return nil, err
	}
	return d, d.loadLocks(ctx)
}

// Hospital is whose installation this is.
type Hospital struct {
	Name       string
	Kana       string
	Beds       int
	Prefecture string
	SetUpAt    time.Time // zero until the set-up is done
}

// Setting gives the shell what stands in the head of each page. It reads no
// database.
func (d *People) Setting(context.Context) (web.Setting, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return web.Setting{Hospital: d.hospital.Name, Demo: d.cfg.Demo, SetUp: !d.hospital.SetUpAt.IsZero()}, nil
}

// Hospital gives the hospital of the set-up.
func (d *People) Hospital() Hospital {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.hospital
}

// State says whether a person may sign in.
type State string

// The states of a person. People are never deleted: the ledger names them.
const (
	Invited  State = "invited"  // the link was not used yet
	Active   State = "active"   //
	Disabled State = "disabled" //
)

// Person is somebody with an account.
type Person struct {
	ID          string // UUID
	Login       string
	Name        string
	Vendor      string
	Lang        string
	State       State
	Roles       []string
	Second      bool // has a second factor
	CreatedAt   time.Time
	PasswordAt  time.Time
	SignInAt    time.Time
	LockedUntil time.Time
}

// Ref names the person in ledger and sessions.
func (p Person) Ref() string { return "person/" + p.ID }

// person is a Person with what only this package may see.
type person struct {
	Person
	password string
	seed     []byte
	step     int64
}

// foldLogin makes logins equal that people take for equal.
func foldLogin(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))) }

// maxLogin is the length of a login in characters.
const maxLogin = 40

// validLogin reports whether s can be a new login: letters and digits of
// ASCII, and . _ - inside, at least three characters.
func validLogin(s string) bool {
	if len(s) < 3 || len(s) > maxLogin {
		return false
	}
	for i, r := range s {
		inside := i > 0 && i < len(s)-1
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || inside && strings.ContainsRune("._-", r)) {
			return false
		}
	}
	return true
}

// now is the time of the clock in UTC.
func (d *People) now() time.Time { return d.cfg.Clock().UTC() }

// nobody is the actor of what happens before a sign-in.
func nobody(from string) ledger.Actor { return ledger.Actor{ID: "nobody", Name: "-", Via: from} }

// actor is the person as an actor, for what a link or a sign-in does.
func (p Person) actor(from string) ledger.Actor {
	return ledger.Actor{ID: p.Ref(), Name: p.Name, Login: p.Login, Via: from}
}
