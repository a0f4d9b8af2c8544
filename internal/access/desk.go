package access

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

//go:embed migrate/*.sql page_*.html text_*.json
var files embed.FS

// Register is what the package needs of the hospital's register;
// *asset.Register has it. Errors about a thing that is not there are NotFound
// faults.
type Register interface {
	Line(ctx context.Context, id string) (asset.Line, error)
	Lines(ctx context.Context) ([]asset.Line, error)
	Vendor(ctx context.Context, id string) (asset.Vendor, error)
	Vendors(ctx context.Context) ([]asset.Vendor, error)
	Assets(ctx context.Context, f asset.Filter) ([]asset.Asset, int, error)
}

// Config is what a Desk is made of.
type Config struct {
	Book     *ledger.Book
	Register Register
	Clock    func() time.Time
	Log      *slog.Logger
	Rules    Rules // zero Zone: DefaultRules in Japan's time
}

// Desk is where windows are asked for, decided, recorded and looked back on.
// All methods may be called by many goroutines.
type Desk struct {
	book     *ledger.Book
	register Register
	clock    func() time.Time
	log      *slog.Logger
	rules    Rules
	tries    tries
	decoding sync.Mutex // one photograph at a time: a picture needs much memory
}

// New brings the tables up to date. Rules without a zone mean the defaults.
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if err := cfg.Book.DB().Migrate(ctx, "access", files); err != nil {
		return nil, err
	}
	if cfg.Rules.Zone == nil {
		// Japan has had no summer time since 1951: a fixed zone needs no data.
		cfg.Rules = DefaultRules(time.FixedZone("JST", 9*60*60))
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Desk{book: cfg.Book, register: cfg.Register, clock: cfg.Clock, log: cfg.Log, rules: cfg.Rules}, nil
}

// Rules gives the limits in force.
func (d *Desk) Rules() Rules { return d.rules }

// By is the person who takes a step: the actor of the ledger, and the vendor
// to which the person's account is bound (empty for the hospital's own people).
type By struct {
	Actor  ledger.Actor
	Vendor string
}

func (b By) who() Who { return Who{ID: b.Actor.ID, Name: b.Actor.Name, Vendor: b.Vendor} }

// Ref names a request as its reader saw it. A Version of zero means whatever
// version it has now.
type Ref struct {
	ID      string
	Version int
}

// Ask stores a new request and gives it its number. Names of line and vendor
// are taken from the register. A refused request is a fault whose cause is the
// Refusal.
func (d *Desk) Ask(ctx context.Context, by By, r Request) (Request, error) {
	r, err := d.named(ctx, r)
	if err != nil {
		return r, err
	}
	err = d.book.Write(ctx, by.Actor, "access.request.ask", func(tx *ledger.Tx) error {
		r.ID, r.Version = tx.NewID(), 0
		asked, err := d.rules.Ask(r, by.who(), tx.Now)
		if err != nil {
			return err
		}
		year := tx.Now.In(d.rules.Zone).Year()
		if asked, err = number(ctx, tx, asked, year); err != nil {
			return err
		}
		r = asked
		return d.put(ctx, tx, &r, note{step: "ask", text: r.Purpose})
	})
	return r, d.refused(ctx, by, "access.request.ask", r.ID, err)
}

// Change replaces a request that is still only asked.
func (d *Desk) Change(ctx context.Context, by By, ref Ref, next Request) (Request, error) {
	next, err := d.named(ctx, next)
	if err != nil {
		return next, err
	}
	return d.step(ctx, by, ref, act{name: "change", do: func(r Request, now time.Time) (Request, error) {
		return d.rules.Change(r, next, by.who(), now)
	}})
}

// named fills the names of line and vendor from the register.
func (d *Desk) named(ctx context.Context, r Request) (Request, error) {
	if r.LineID == "" {
		return r, Fault(refuse(NeedLine))
	}
	if r.VendorID == "" {
		return r, Fault(refuse(NeedVendor))
	}
	line, err := d.register.Line(ctx, r.LineID)
	if err != nil {
		return r, err
	}
	vendor, err := d.register.Vendor(ctx, r.VendorID)
	if err != nil {
		return r, err
	}
	r.LineName, r.VendorName = line.Name, vendor.Name
	return r, nil
}

// Approve approves; see Rules.Approve.
func (d *Desk) Approve(ctx context.Context, by By, ref Ref, words string) (Request, error) {
	return d.step(ctx, by, ref, act{name: "approve", words: words, do: func(r Request, now time.Time) (Request, error) {
		return d.rules.Approve(r, by.who(), now, words)
	}})
}

// Refuse refuses with a reason; see Rules.Refuse.
func (d *Desk) Refuse(ctx context.Context, by By, ref Ref, reason string) (Request, error) {
	return d.step(ctx, by, ref, act{name: "refuse", words: reason, do: func(r Request, now time.Time) (Request, error) {
		return d.rules.Refuse(r, by.who(), now, reason)
	}})
}

// Open records an opening; see Rules.Open.
func (d *Desk) Open(ctx context.Context, by By, ref Ref, how How, words string) (Request, error) {
	return d.step(ctx, by, ref, act{name: "open", words: words, do: func(r Request, now time.Time) (Request, error) {
		return d.rules.Open(r, by.who(), now, how, words)
	}})
}

// Close records a closing; see Rules.Close.
func (d *Desk) Close(ctx context.Context, by By, ref Ref, words string) (Request, error) {
	return d.step(ctx, by, ref, act{name: "close", words: words, do: func(r Request, now time.Time) (Request, error) {
		return d.rules.Close(r, by.who(), now, words)
	}})
}

// Review records a look back; see Rules.Review.
func (d *Desk) Review(ctx context.Context, by By, ref Ref, v Review) (Request, error) {
	return d.step(ctx, by, ref, act{name: "review", words: v.Note, do: func(r Request, now time.Time) (Request, error) {
		return d.rules.Review(r, v, by.who(), now)
	}})
}

// Extend asks for a later end; see Rules.Extend.
func (d *Desk) Extend(ctx context.Context, by By, ref Ref, until time.Time, reason string) (Request, error) {
	return d.step(ctx, by, ref, act{name: "extend", words: reason, until: until, do: func(r Request, now time.Time) (Request, error) {
		return d.rules.Extend(r, by.who(), now, until, reason)
	}})
}

// Lengthen decides on the extension that waits; see Rules.DecideExtension.
func (d *Desk) Lengthen(ctx context.Context, by By, ref Ref, yes bool, reason string) (Request, error) {
	name := "lengthen"
	if !yes {
		name = "not_lengthen"
	}
	return d.step(ctx, by, ref, act{name: name, words: reason, do: func(r Request, now time.Time) (Request, error) {
		return d.rules.DecideExtension(r, by.who(), now, yes, reason)
	}})
}

// Cancel ends a request whose line is not open; see Rules.Cancel.
func (d *Desk) Cancel(ctx context.Context, by By, ref Ref, reason string) (Request, error) {
	return d.step(ctx, by, ref, act{name: "cancel", words: reason, do: func(r Request, now time.Time) (Request, error) {
		return d.rules.Cancel(r, by.who(), now, reason)
	}})
}

// TakeBack undoes the newest step; see Rules.TakeBack.
func (d *Desk) TakeBack(ctx context.Context, by By, ref Ref) (Request, error) {
	return d.step(ctx, by, ref, act{name: "undo", do: func(r Request, now time.Time) (Request, error) {
		next, _, err := d.rules.TakeBack(r, by.who(), now)
		return next, err
	}})
}

// act is one step: its name in ledger and story, what was said, and the rule.
type act struct {
	name  string
	words string
	until time.Time
	do    func(r Request, now time.Time) (Request, error)
}

// step takes one step inside one transaction: the request is read again, the
// rule is asked, and only then is it written. Of two people who press at once
// the second is told who was faster: there is one writer, and the rule sees
// what the first one did.
func (d *Desk) step(ctx context.Context, by By, ref Ref, a act) (Request, error) {
	var done Request
	action := "access.request." + a.name
	err := d.book.Write(ctx, by.Actor, action, func(tx *ledger.Tx) error {
		r, err := load(ctx, tx, ref.ID)
		if err != nil {
			return err
		}
		if by.Vendor != "" && by.Vendor != r.VendorID {
			return refuse(ForeignVendor)
		}
		next, err := a.do(r, tx.Now)
		if err != nil {
			return err
		}
		if ref.Version != 0 && ref.Version != r.Version {
			return refuse(Changed)
		}
		done = next
		return d.put(ctx, tx, &done, note{step: a.name, text: a.words, until: a.until})
	})
	return done, d.refused(ctx, by, action, ref.ID, err)
}

// refused turns a Refusal into a fault. What touches two-people rules, foreign
// vendors or a clock set back is also a line of the ledger, because somebody
// may have meant it.
func (d *Desk) refused(ctx context.Context, by By, action, id string, err error) error {
	var r *Refusal
	if !errors.As(err, &r) {
		return err
	}
	if r.Class() == ClassDenied || r.Why == ClockBack {
		detail := map[string]string{"why": string(r.Why)}
		if noteErr := d.book.Note(ctx, by.Actor, action+".refused", "access/request/"+id, detail); noteErr != nil {
			return errors.Join(noteErr, Fault(r))
		}
	}
	return Fault(r)
}

// Fault gives the fault of a Refusal: its kind by the class, its text
// access.no.<why>, the Refusal as its cause.
func Fault(err error) error {
	var r *Refusal
	if !errors.As(err, &r) {
		return err
	}
	kind := fault.Invalid
	switch r.Class() {
	case ClassDenied:
		kind = fault.Denied
	case ClassConflict:
		kind = fault.Conflict
	}
	return fault.New(kind, "access.no."+string(r.Why), spoken(r.Args)...).With(r)
}

// spoken turns arguments that are names of this package into words.
func spoken(args []any) []any {
	said := make([]any, len(args))
	for i, a := range args {
		if s, ok := a.(State); ok {
			a = text.M("access.state." + string(s))
		}
		said[i] = a
	}
	return said
}
