package notify

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/notify/channel"
	"github.com/torideproject/toride/internal/notify/channel/all"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/text"
)

//go:embed migrate/*.sql
var migrateFS embed.FS

//go:embed page_*.html text*_ja.json text*_en.json
var files embed.FS

// Config is what a Desk is made of.
type Config struct {
	Book  *ledger.Book
	Seal  *seal.Box
	Clock func() time.Time
	Zone  *time.Location
	Log   *slog.Logger
	// Say turns a sentence into words; the catalogue exists only after all
	// domains were made.
	Say func(lang text.Lang, m text.Msg) string
	// Hospital is the hospital's name, Site the address of the pages as people
	// type it ("https://toride.example:8443").
	Hospital func(ctx context.Context) (string, error)
	Site     func() string
	// Alive says whether Toride does its work; an error is why not. A heartbeat
	// goes out only while it works.
	Alive func(ctx context.Context) error
	// Taken is told, after it was written down, that somebody took the call of
	// a key on. Nil: nobody wants to know.
	Taken func(ctx context.Context, actor ledger.Actor, key, note string) error
	// Changed is called after something that pages show changed.
	Changed func()
}

// Desk is the open notify domain.
type Desk struct {
	cfg   Config
	kinds []channel.Kind
	wake  chan struct{}
	round sync.Mutex // one round at a time
}

// New opens the domain.
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if err := cfg.Book.DB().Migrate(ctx, "notify", migrateFS); err != nil {
		return nil, err
	}
	return &Desk{cfg: cfg, kinds: all.Kinds(), wake: make(chan struct{}, 1)}, nil
}

// kind finds a kind of channels by name.
func (d *Desk) kind(name string) (channel.Kind, bool) {
	for _, k := range d.kinds {
		if k.Name == name {
			return k, true
		}
	}
	return channel.Kind{}, false
}

// nudge lets Run look at once.
func (d *Desk) nudge() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
	if d.cfg.Changed != nil {
		d.cfg.Changed()
	}
}

// Run sends what is due until ctx ends. It looks again at the latest after a
// minute, so that a clock which was set does not hold a call back.
func (d *Desk) Run(ctx context.Context) {
	for {
		next, err := d.Round(ctx)
		if err != nil && ctx.Err() == nil {
			d.cfg.Log.Error("waking people failed", "err", err)
		}
		wait := time.Minute
		if !next.IsZero() {
			wait = min(wait, max(0, next.Sub(d.cfg.Clock())))
		}
		timer := time.NewTimer(max(wait, 50*time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-d.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}
