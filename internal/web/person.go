package web

import (
	"context"
	"io/fs"
	"time"

	"github.com/torideproject/toride/internal/text"
)

// Perm names a right, as "asset.write". Roles are editable sets of rights.
type Perm string

// Rights that no role grants: Public needs no session at all; SignedIn needs
// nothing but one.
const (
	Public   Perm = "public"
	SignedIn Perm = "signed-in"
)

// Person is who is signed in.
type Person struct {
	ID      string // "person/UUID"
	Name    string
	Login   string
	Lang    string // chosen language, or empty
	Vendor  string // the vendor to which a vendor's account is bound, or empty
	Roles   []string
	Perms   map[Perm]bool
	Session string // names the session without being its token
	// Glass is until when a break-glass session lasts; zero for others.
	Glass time.Time
	// Idle is after how long without use the session locks, and its pages hide
	// themselves until the PIN is typed; zero: it does not.
	Idle time.Duration
}

// Can reports whether the person has the right.
func (p Person) Can(perm Perm) bool {
	return perm == Public || (perm == SignedIn && p.ID != "") || p.Perms[perm]
}

// Sessions finds the person of a session token. It returns a fault of kind
// SignIn for a token which is unknown, ended or too old. It is called for each
// request and must not write each time.
type Sessions interface {
	Person(ctx context.Context, token, from string) (Person, error)
}

// Module is one domain's share of the site.
type Module struct {
	Name   string // "asset"; page, text and table names begin with it
	Files  fs.FS  // page_*.html, parts_*.html that they share, and text*_ja.json, text*_en.json at its root
	Pages  []Page
	Routes []Route
	Nav    []Nav
	Topics []Topic // of which its pages may be told while they are open
	// Sheet names a style sheet among Files that only this module's pages need,
	// or is empty. Its name is "<Name>.css".
	Sheet string
}

// Page names a template page_<Name>.html with a value of the type that it is
// given, so that a test can check the one against the other.
type Page struct {
	Name string
	Data any
}

// Route joins a pattern of net/http to a handler.
type Route struct {
	Pattern string // "GET /assets/{id}"
	Perm    Perm
	Do      func(*Call) error
	// Body is how many bytes the request may carry; zero means MaxBody.
	Body int64
	// Long names the line in which requests wait that work through much of what
	// is stored, such as searches. Only a few of a line are worked on at the same
	// time, and fewer of one person; empty: nobody waits.
	Long string
	// Notes says that the handler itself writes the line of a file that it
	// refuses.
	Notes bool
}

// MaxBody is the limit of a request that carries no file.
const MaxBody = 1 << 20

// Nav is a place in the navigation. Those with a lower Order come first.
type Nav struct {
	Key   string // text key of the word
	URL   string
	Perm  Perm
	Order int
	Group string // text key of the group's heading, or empty
}

// Setting tells the shell what stands in the head of every page.
type Setting struct {
	Hospital string
	Demo     bool
	SetUp    bool // false until the first-run set-up is done
	// Banners are what every reader must know now, on every page and print.
	Banners []Banner
}

// Banner is a line above every page: the copy is old, the ledger cannot be
// written.
type Banner struct {
	Level Level
	Say   text.Msg
	URL   string // where to do something about it, or empty
}

// Mark is the banner's sign.
func (b Banner) Mark() Mark { return Mark{Level: b.Level} }
