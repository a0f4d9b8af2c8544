package logbook

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/source/evtxfile"
	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

//go:embed page_*.html text_*.json
var pageFiles embed.FS

// The rights of the pages.
const (
	PermRead  web.Perm = "log.read"
	permWrite web.Perm = PermWrite
)

// Keeper is what the pages need of the store.
type Keeper interface {
	View() (query.View, func())
	Event(ctx context.Context, at event.Position) (*event.Event, error)
	Usage(ctx context.Context) (*store.Usage, error)
	PlanFor(keepDays int) store.Plan
	Delete(ctx context.Context, seen store.Plan, by string) error
	Verify(ctx context.Context, checkpoints []string, progress func(done, total int64)) (*store.Report, error)
	LastVerified(ctx context.Context) (*store.Verified, error)
	Proof(ctx context.Context, of store.ProofOf) (*store.Proof, error)
}

// DeskConfig is what a Desk is made of.
type DeskConfig struct {
	Logbook *Logbook
	Store   Keeper
	Keeping *Keeping // the store asks it for its settings
	Book    *ledger.Book
	Clock   func() time.Time
	Zone    *time.Location
	Log     *slog.Logger
	// Uploads takes event log files that people bring; nil: there is no such page.
	Uploads *evtxfile.Source
	// Cited gives the alerts that keep an entry as evidence; nil: there are none.
	Cited  func(c *web.Call, at event.Position) ([]detect.AlertRow, error)
	Public []string           // keys that sign the log of sealed records
	Tell   func(topic string) // open pages; may be nil
}

// Desk is where people look through records and set up what is received.
type Desk struct {
	cfg    DeskConfig
	log    *Logbook
	verify verifying
}

// NewDesk makes the desk.
func NewDesk(cfg DeskConfig) *Desk {
	d := &Desk{cfg: cfg, log: cfg.Logbook}
	d.verify.begin()
	return d
}

// Close ends a verification that runs and waits for it, so that the store can
// be closed after it.
func (d *Desk) Close() { d.verify.close() }

// Module is the domain's share of the site.
func (d *Desk) Module() web.Module {
	return web.Module{
		Name: "logbook", Files: pageFiles, Topics: []web.Topic{{Name: Topic, Perm: PermRead}},
		Pages: []web.Page{{Name: "search", Data: SearchPage{}}, {Name: "event", Data: EventPage{}}, {Name: "sources", Data: SourcesPage{}}, {Name: "token", Data: TokenPage{}},
			{Name: "kept", Data: KeptPage{}}, {Name: "proof", Data: ProofPage{}}, {Name: "keep", Data: KeepPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /log", Perm: PermRead, Long: "log.search", Do: d.searchPage},
			{Pattern: "GET /log/export", Perm: PermRead, Long: "log.export", Do: d.export},
			{Pattern: "GET /log/event/{at}", Perm: PermRead, Do: d.eventPage},
			{Pattern: "GET /log/event/{at}/original", Perm: PermRead, Do: d.original},
			{Pattern: "GET /log/upload", Perm: permWrite, Do: func(c *web.Call) error { return c.RenderForm(uploadForm()) }},
			{Pattern: "POST /log/upload", Perm: permWrite, Body: maxUpload + web.MaxBody, Do: d.takeUpload},
			{Pattern: "GET /log/kept", Perm: PermRead, Do: d.keptPage},
			{Pattern: "GET /log/keep", Perm: permWrite, Do: d.keepPage},
			{Pattern: "POST /log/keep", Perm: permWrite, Do: d.takeKeep},
			{Pattern: "GET /log/proof", Perm: PermRead, Do: d.proofPage},
			{Pattern: "POST /log/verify", Perm: permWrite, Do: d.startVerify},
			{Pattern: "POST /log/delete", Perm: permWrite, Do: d.takeDelete},
			{Pattern: "GET /log/sources", Perm: PermRead, Do: d.sourcesPage},
			{Pattern: "GET /log/sources/{id}", Perm: permWrite, Do: d.sourceForm},
			{Pattern: "POST /log/sources/{id}", Perm: permWrite, Do: d.takeSource},
			{Pattern: "POST /log/sources/{id}/remove", Perm: permWrite, Do: d.removeSource},
			{Pattern: "POST /log/sources/{id}/token", Perm: permWrite, Do: d.renewToken},
		},
		Nav: []web.Nav{{Key: "logbook.nav", URL: "/log", Perm: PermRead, Order: 15}},
	}
}
