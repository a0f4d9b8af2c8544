package detect

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/detect/house"
	"github.com/torideproject/toride/internal/detect/match"
	"github.com/torideproject/toride/internal/detect/setting"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/detect/watch/all"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

//go:embed migrate/*.sql page_*.html text_*.json
var files embed.FS

// Rights of this domain.
const (
	PermRead  web.Perm = "detect.read"
	PermWrite web.Perm = "detect.write" // acknowledge, close, declare, except
	PermRules web.Perm = "detect.rules" // packs, rules on and off, vendors' accounts
)

// Topic is what open pages of this domain are told about (web.Live).
const Topic = "detect"

// Raiser wakes people. It is called inside the transaction that writes a story,
// so that no story is without its call; Nudge after it.
type Raiser interface {
	Story(ctx context.Context, tx *ledger.Tx, n Notice) error
	Nudge()
}

// Incidents is where a story becomes an incident; *incident.Desk is one.
type Incidents interface {
	Declare(ctx context.Context, actor ledger.Actor, dec incident.Declaration) (string, error)
	AddObject(ctx context.Context, actor ledger.Actor, id string, o incident.Object) (string, error)
	AddEvidence(ctx context.Context, actor ledger.Actor, id string, e incident.Evidence, at time.Time) (string, error)
}

// History gives stored events again, oldest first.
type History interface {
	// Replay calls do with the events received in [from, until). They are valid
	// during the call only. An error of do ends it and is returned.
	Replay(ctx context.Context, from, until time.Time, do func([]event.Event) error) error
	// Extent says from when on events of that range are stored, and about how many
	// there are. A zero time: none.
	Extent(ctx context.Context, from, until time.Time) (first time.Time, events int64, err error)
}

// Config is what a Desk is made of.
type Config struct {
	Book     *ledger.Book
	Clock    func() time.Time
	Zone     *time.Location // the hospital's: decides which day it is
	Log      *slog.Logger
	Register house.Register
	Access   house.Desk
	// BuiltIn is the pack that comes with the program; nil: none. It is
	// installed when it differs from the one in use.
	BuiltIn fs.FS
	// Packs is a folder in which packs may be laid as folders; empty: none.
	Packs string
	// Self are names and addresses of the computer that Toride runs on.
	Self      []string
	Incidents Incidents
	History   History // nil: rules cannot be tried on stored days
	Raiser    Raiser  // nil: nobody is woken
	Tell      func(topic string)
	// Keep says for how many days closed alerts and stories are kept; nil, or
	// below 1: KeepDays.
	Keep func() int
}

// Desk is the domain. Batches come in by Take; people look and act through its
// pages.
type Desk struct {
	cfg      Config
	book     *ledger.Book
	house    *house.House
	settings *setting.Catalogue
	census   *match.Census
	watches  []watch.Watch

	rules   atomic.Pointer[ruleset]
	reload  sync.Mutex // one change of packs or switches at a time
	trials  trials
	covered coverages

	// mu guards all that findings change. It is taken before the database, never
	// inside a transaction.
	mu       sync.Mutex
	position position
	observer observer
	memory   *memory
	live     live
	draft    draft
}

// New brings the tables up to date, installs the built-in pack and takes up
// what is going on: alerts, stories, correlations.
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if err := cfg.Book.DB().Migrate(ctx, "detect", files); err != nil {
		return nil, err
	}
	d := &Desk{cfg: cfg, book: cfg.Book, trials: trials{wake: make(chan trialJob, 1)}}
	var err error
	if d.settings, err = setting.Shipped(); err != nil {
		return nil, err
	}
	if d.watches, err = all.All(); err != nil {
		return nil, err
	}
	d.house = house.New(house.Config{Register: cfg.Register, Desk: cfg.Access, Accounts: d.accounts, Self: cfg.Self, Revision: func(ctx context.Context) (int64, error) {
		head, err := cfg.Book.Head(ctx)
		return head.Seq, err
	}})
	if err := d.house.Refresh(ctx, cfg.Clock()); err != nil {
		return nil, err
	}
	seen, err := d.storedSeen(ctx)
	if err != nil {
		return nil, err
	}
	d.census = match.NewCensus(seen)
	if err := d.installBuiltIn(ctx); err != nil {
		return nil, err
	}
	if err := d.loadRules(ctx); err != nil {
		return nil, err
	}
	return d, d.takeUp(ctx)
}

// takeUp reads what was going on when the program last stopped.
func (d *Desk) takeUp(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.draft.clear()
	var err error
	if d.memory, err = d.storedPairs(ctx); err != nil {
		return err
	}
	if err := d.loadLive(ctx); err != nil {
		return err
	}
	return d.loadState(ctx)
}

// Run commits what would otherwise wait for the next batch, and ends on ctx. It
// returns once the last findings are committed.
func (d *Desk) Run(ctx context.Context) {
	var worker sync.WaitGroup
	worker.Go(func() { d.work(ctx) })
	worker.Go(func() { d.tidy(ctx) })
	defer worker.Wait()
	tick := time.NewTicker(commitEvery / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := d.Flush(ctx, false); err != nil && ctx.Err() == nil {
				d.cfg.Log.Error("findings are not written", "err", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
			defer cancel()
			if err := d.Flush(last, true); err != nil {
				d.cfg.Log.Error("the last findings are not written; they are found again from the journal", "err", err)
			}
			return
		}
	}
}

func (d *Desk) tell() {
	if d.cfg.Tell != nil {
		d.cfg.Tell(Topic)
	}
}

// day is the hospital's day of a time, 2006-01-02.
func (d *Desk) day(t time.Time) string { return t.In(d.cfg.Zone).Format(time.DateOnly) }
