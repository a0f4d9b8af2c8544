package chart

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

//go:embed migrate/*.sql page_*.html parts_*.html text*_*.json chart.css
var files embed.FS

// Shelf is where charts are read from: all sources together. *shelf.Shelf is
// one.
type Shelf interface {
	// Find gives the patients that a typed number may mean, over all sources,
	// straight from paths. None is no error.
	Find(ctx context.Context, id string) ([]source.Found, error)
	// Read reads one patient. What it gives may be shared: nobody writes into it.
	Read(ctx context.Context, id string, want source.Want) (*model.Chart, error)
	// Document opens an item's original.
	Document(ctx context.Context, ref model.Ref) (*source.Document, error)
	// Kind names a kind of items of a source.
	Kind(sourceName, code string) source.Kind
	// Until says until when what is shown is true, and how that is known: one of
	// shelf.By….
	Until() (at time.Time, by string)
	// State says how the roots are, in the order they were given.
	State() []shelf.Root
}

// Index finds patients. *index.Index is one.
type Index interface {
	Search(q index.Query) index.Result
	Wards() []index.Ward
	Ward(code string) []index.Hit
	Progress() index.Progress
	Kinds() []index.KindCount
	// Stored reports whether a source holds a kind for any patient; known is
	// false while that is still counted.
	Stored(sourceName, kind string) (stored, known bool)
	// AsOf is when the newest item of all was sent.
	AsOf() time.Time
	Patient(sourceName, id string) (index.Hit, bool)
}

// What the house has fulfils what the pages ask for.
var (
	_ Shelf = (*shelf.Shelf)(nil)
	_ Index = (*index.Index)(nil)
)

// Witness writes down what is looked at. Note returns when the line is
// committed. An error does not keep anybody from reading: care goes on, and the
// page says loudly that the view was not recorded.
type Witness interface {
	Note(ctx context.Context, actor ledger.Actor, action, subject string, detail any) error
}

// Site is a room that reads charts, with the page that opens there first.
type Site struct{ Name, URL string }

// Config is what a Desk is made of. All fields but Places, Unlock and Wards are
// needed.
type Config struct {
	Book    *ledger.Book
	Clock   func() time.Time
	Log     *slog.Logger
	Shelf   Shelf
	Index   Index
	Witness Witness
	// Places lists the rooms that stand on the first page; nil: none. An error is
	// logged: nobody is kept from searching by it.
	Places func(context.Context) ([]Site, error)
	// Unlock is the address of the page that says how the roots are and takes the
	// key of sealed ones, open to everybody who is signed in; "": there is none.
	Unlock string
	// Wards are the hospital's names of wards; nil: there are none.
	Wards *index.WardBook
}

// Desk is where charts are read.
type Desk struct {
	book    *ledger.Book
	clock   func() time.Time
	log     *slog.Logger
	shelf   Shelf
	index   Index
	witness Witness
	places  func(context.Context) ([]Site, error)
	unlock  string
	wards   *index.WardBook

	confirmed *confirmations
	searches  *searches

	mu       sync.RWMutex
	settings Settings // guarded by mu
}

// New brings the tables up to date and reads the settings.
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if err := cfg.Book.DB().Migrate(ctx, "chart", files); err != nil {
		return nil, err
	}
	d := &Desk{book: cfg.Book, clock: cfg.Clock, log: discreet.Logger(cfg.Log), shelf: cfg.Shelf, index: cfg.Index, witness: cfg.Witness, places: cfg.Places, unlock: cfg.Unlock, wards: cfg.Wards,
		confirmed: newConfirmations(), searches: newSearches()}
	return d, d.load(ctx)
}

// Module is the chart's share of the site. What opens a patient is in
// ownRoutes; the further pages of an opened chart are in recordRoutes.
func (d *Desk) Module() web.Module {
	return web.Module{
		Name: "chart", Files: files, Sheet: "chart.css",
		Pages:  append(ownPages(), recordPages()...),
		Routes: append(d.ownRoutes(), d.recordRoutes()...),
		Nav: []web.Nav{
			{Key: "chart.nav", URL: "/chart", Perm: right.Read, Order: 5, Group: "chart.nav.group"},
			{Key: "chart.nav.about", URL: "/chart/about", Perm: right.Read, Order: 6, Group: "chart.nav.group"},
			{Key: "chart.nav.use", URL: "/chart/use", Perm: web.SignedIn, Order: 7, Group: "chart.nav.group"},
		},
	}
}
