package copy

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed migrate/*.sql
var migrateFS embed.FS

//go:embed parts_*.html page_*.html text*_ja.json text*_en.json
var files embed.FS

// Texts gives the package's sentences, for commands without pages. A site that
// has the Module has them already.
func Texts() embed.FS { return files }

// Alarm is what the hospital must hear of now.
type Alarm struct {
	Key   string // "copy/age/JOB": the same trouble has the same key
	Level web.Level
	Title text.Msg
	Body  text.Msg
	URL   string
}

// Sealer keeps the machine's key at rest: seal.Box.
type Sealer interface {
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// Config is what a Copier is made of.
type Config struct {
	Book  *ledger.Book
	Seal  Sealer
	Clock func() time.Time
	Zone  *time.Location
	Log   *slog.Logger
	Dir   string // a folder of its own below the data folder, 0700, for the machine's key
	By    string // program and version, for manifests
	// Hospital is the name that new vaults say in clear.
	Hospital func(ctx context.Context) (string, error)
	// Alarm tells the hospital; nil tells nobody, and the pages only.
	Alarm func(ctx context.Context, a Alarm) error
	// Second checks the number and secret of a second person who signs at the
	// same screen; nil: no override can be signed.
	Second func(ctx context.Context, login, secret string) (web.Person, error)
	// Office says which office a person holds for an override; nil goes by the
	// roles "physician" and "it".
	Office func(p web.Person) (physician, it bool)
	// Changed is called after something that pages show changed; nil: nobody.
	Changed func()
}

// Copier is the open copy domain.
type Copier struct {
	cfg    Config
	limits *Limits

	mu     sync.Mutex
	now    map[string]*going   // runs and checks in progress, by ID
	told   map[string]struct{} // alarms that were given, so that each is given once
	writer sync.Mutex          // one run at a time: two would share the source's strength
	work   sync.WaitGroup
	life   context.Context // of what goes on in the background
	end    context.CancelFunc
}

// going is a run or check in progress.
type going struct {
	stop  context.CancelFunc
	run   Progress
	check CheckProgress
}

// New opens the domain.
func New(ctx context.Context, cfg Config) (*Copier, error) {
	if err := cfg.Book.DB().Migrate(ctx, "copy", migrateFS); err != nil {
		return nil, err
	}
	l, err := DefaultLimits()
	if err != nil {
		return nil, err
	}
	if cfg.Office == nil {
		cfg.Office = officeByRole
	}
	cfg.Log = discreet.Logger(cfg.Log)
	d := &Copier{cfg: cfg, limits: l, now: map[string]*going{}, told: map[string]struct{}{}}
	d.life, d.end = context.WithCancel(context.WithoutCancel(ctx))
	return d, d.forgetRunning(ctx)
}

func (d *Copier) changed() {
	if d.cfg.Changed != nil {
		d.cfg.Changed()
	}
}

// Run copies when jobs are due, and watches the age of copies, until ctx ends.
// It returns when what was under way has stopped.
func (d *Copier) Run(ctx context.Context) {
	defer d.work.Wait()
	defer d.end()
	for {
		if err := d.Round(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Log.Error("copying the chart failed", "err", err)
		}
		timer := time.NewTimer(time.Minute)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Round starts what is due and raises what must be known. Runs go on in the
// background.
func (d *Copier) Round(ctx context.Context) error {
	jobs, err := d.Jobs(ctx)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		at, due, err := d.due(ctx, j)
		if err != nil {
			return err
		}
		if due {
			d.background(func(ctx context.Context) { d.runJob(ctx, ledger.System("timer"), j, at) })
		}
	}
	return d.watch(ctx, jobs)
}

// background does something that outlives a request and ends with the service.
func (d *Copier) background(do func(context.Context)) { d.work.Go(func() { do(d.life) }) }

// Wait waits for what is under way; for tests and stopping.
func (d *Copier) Wait() { d.work.Wait() }

// begin registers something in progress; the function ends it.
func (d *Copier) begin(ctx context.Context, id string) (context.Context, func()) {
	ctx, stop := context.WithCancel(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now[id] = &going{stop: stop}
	return ctx, func() {
		stop()
		d.mu.Lock()
		delete(d.now, id)
		d.mu.Unlock()
		d.changed()
	}
}

// Stop cancels a run or check; false if it is not under way.
func (d *Copier) Stop(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.now[id]
	if g != nil {
		g.stop()
	}
	return g != nil
}

// progress tells how far a run or check is; ok is false if it is not under
// way.
func (d *Copier) progress(id string) (going, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.now[id]
	if g == nil {
		return going{}, false
	}
	return *g, true
}

// alarm raises something once until it is quiet again.
func (d *Copier) alarm(ctx context.Context, a Alarm) {
	d.mu.Lock()
	_, known := d.told[a.Key]
	d.told[a.Key] = struct{}{}
	d.mu.Unlock()
	if known || d.cfg.Alarm == nil {
		return
	}
	if err := d.cfg.Alarm(ctx, a); err != nil {
		d.cfg.Log.Error("an alarm was not taken", "key", a.Key, "err", err)
		d.quiet(a.Key)
	}
}

func (d *Copier) quiet(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.told, key)
}
