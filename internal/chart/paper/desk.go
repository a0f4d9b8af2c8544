package paper

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/internal/chart/paper/pdf"
	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed migrate/*.sql page_*.html text_*.json paper.css
var files embed.FS

// Config is what a Desk is made of.
type Config struct {
	Book    *ledger.Book
	Data    Data
	Witness Witness
	Catalog *text.Catalog // the site's
	Clock   func() time.Time
	Zone    *time.Location
	Log     *slog.Logger
	// Confirmed tells whether this session has confirmed that patient. Who has
	// not is sent to do it where a number stands in the address: sheets of the
	// wrong patient are worse than a page of him. Nil: nobody is asked.
	Confirmed func(c *web.Call, id string) bool
	// Hospital is the hospital's name for sheets that nobody asked for.
	Hospital func(ctx context.Context) string
	// Alarm, if not nil, is told once when a place begins to fail, and once when
	// it works again.
	Alarm func(ctx context.Context, say text.Msg)
	// Roots are folders of copies: no place may lie inside one of them.
	Roots []string
	// Old is the age from which a copy is called old on sheets; 0: 26 hours.
	Old time.Duration
}

// Desk prints for people and makes sheets ahead for places. It may be used by
// several goroutines.
type Desk struct {
	cfg  Config
	font *pdf.Font
	html *page.HTML

	turns chan struct{} // of one place: held by the round that is being made
	begun time.Time
	woken chan struct{}

	mu    sync.Mutex
	made  map[string]time.Time // when the newest round of a place began; guarded by mu
	soon  map[string]bool      // a place failed in a way that may be over in a moment; guarded by mu
	works map[string]*work     // rounds that are being made, by folder; guarded by mu
	looks map[string]bool      // looks at folders that have not ended; guarded by mu

	// What waits and what touches folders; tests have their own.
	after  func(time.Duration) <-chan time.Time
	create func(path string) (file, error)
	open   func(folder string) Openness
}

// New brings the tables up to date and reads the font (some milliseconds).
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if err := cfg.Book.DB().Migrate(ctx, "paper", files); err != nil {
		return nil, err
	}
	font, err := ParseFont()
	if err != nil {
		return nil, err
	}
	html, err := page.NewHTML()
	if err != nil {
		return nil, err
	}
	cfg.Log = discreet.Logger(cfg.Log)
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	return &Desk{cfg: cfg, font: font, html: html, begun: cfg.Clock(), turns: make(chan struct{}, 1), woken: make(chan struct{}, 1),
		made: map[string]time.Time{}, soon: map[string]bool{}, works: map[string]*work{}, looks: map[string]bool{},
		after: time.After, create: createFile, open: Open}, nil
}
