package app

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/apart"
	"github.com/torideproject/toride/internal/chart/backentry"
	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/drill"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/paper"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/rollout"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/witness"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/notify"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/release"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// ChartParts is the emergency chart's share of an installation. The last four
// are nil where no copy is read here.
type ChartParts struct {
	Copy    *copy.Copier
	Entries *backentry.Desk
	Rollout *rollout.Desk
	Apart   *apart.Desk
	Shelf   *shelf.Shelf
	Desk    *chart.Desk
	Paper   *paper.Desk
	Witness *witness.Witness
}

// makeChart opens what makes and checks copies, and, where copies are
// configured, what reads them.
func (a *App) makeChart(ctx context.Context) (err error) {
	p, now := &a.Parts.Chart, a.cfg.Clock
	if err := os.MkdirAll(a.cfg.path("copy"), 0o700); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", a.cfg.path("copy"), err.Error()).With(err)
	}
	if p.Copy, err = copy.New(ctx, copy.Config{Book: a.Book, Seal: a.box, Clock: now, Zone: a.zone, Log: a.log, Dir: a.cfg.path("copy"), By: "toride " + release.Version(),
		Hospital: a.hospital, Alarm: a.copyAlarm, Second: a.Parts.Identity.Second, Office: office, Changed: func() { a.live.Tell(copy.Topic) }}); err != nil {
		return err
	}
	if p.Entries, err = backentry.New(ctx, backentry.Config{Book: a.Book, Seal: a.box, Clock: now, Find: a.find}); err != nil {
		return err
	}
	if len(a.cfg.Chart) > 0 {
		if err := a.makeReading(ctx); err != nil {
			return err
		}
	}
	set := rollout.Config{Book: a.Book, Clock: now, Zone: a.zone, Sites: func() []string { return []string{a.cfg.siteURL()} }}
	if p.Shelf != nil {
		set.Measure = a.rehearse
	}
	p.Rollout, err = rollout.New(ctx, set)
	return err
}

// office says for which of the two signatures on a suspect generation a person
// stands. The head of a Japanese hospital is a physician or dentist (Medical
// Care Act, article 10); who runs copies is the IT department.
func office(p web.Person) (physician, it bool) {
	return slices.Contains(p.Roles, "executive"), p.Can(right.CopyRun)
}

// makeReading opens the copies that are read here and the pages that read them.
func (a *App) makeReading(ctx context.Context) (err error) {
	p, now := &a.Parts.Chart, a.cfg.Clock
	p.Apart = &apart.Desk{Setting: a.standing, Clock: now}
	if p.Witness, err = witness.New(ctx, witness.Config{Book: a.Book, Clock: now, Log: a.log, Late: []string{a.cfg.path("chart-late.jsonl")}}); err != nil {
		return err
	}
	cfg := shelf.Config{Roots: a.cfg.Chart, Made: a.cfg.ChartMade, Choose: p.Copy.Choose, Clock: now, Log: a.log, Zone: a.zone}
	cfg.Index.Wards = index.OpenWards(ctx, a.cfg.path(""), a.log)
	if a.cfg.ChartMade == nil { // what is made up is made again as quickly
		cfg.Store = index.Plain{Path: a.cfg.path("chart.index")}
	}
	if p.Shelf, err = shelf.Open(ctx, cfg); err != nil {
		return err
	}
	if p.Desk, err = chart.New(ctx, chart.Config{Book: a.Book, Clock: now, Log: a.log, Shelf: p.Shelf, Index: p.Shelf.Index(), Witness: p.Witness, Places: p.places, Wards: cfg.Index.Wards}); err != nil {
		return err
	}
	p.Paper, err = paper.New(ctx, paper.Config{Book: a.Book, Clock: now, Zone: a.zone, Log: a.log, Witness: p.Witness, Catalog: a.Catalog, Roots: a.cfg.Chart,
		Data: paper.OfShelf(p.Shelf), Confirmed: p.Desk.Confirmed,
		Hospital: func(ctx context.Context) string {
			name, err := a.hospital(ctx)
			if err != nil {
				a.log.Error("the hospital's name cannot be read", "err", err)
			}
			return name
		},
		Alarm: func(ctx context.Context, say text.Msg) {
			if err := a.copyAlarm(ctx, copy.Alarm{Key: "paper/ahead", Level: web.Warn, Title: say, URL: "/paper/ahead"}); err != nil {
				a.log.Error("a call about sheets made ahead failed", "err", err)
			}
		}})
	return err
}

// rehearse does what a machine can do of a drill, on the copies read here.
func (a *App) rehearse(ctx context.Context) []rollout.Measured {
	s := a.Parts.Chart.Shelf
	return drill.Do(ctx, drill.Config{Shelf: s, Index: s.Index(), Catalog: a.Catalog, Clock: time.Now, Zone: a.zone, Lang: text.JA})
}

// places are the rooms that stand on the chart's first page.
func (p *ChartParts) places(ctx context.Context) ([]chart.Site, error) {
	all, err := p.Rollout.Places(ctx)
	var out []chart.Site
	for _, one := range all {
		out = append(out, chart.Site{Name: one.Name, URL: "/join/" + one.ID})
	}
	return out, err
}

// find looks for a number in the copies, where there are any.
func (a *App) find(ctx context.Context, number string) ([]source.Found, error) {
	if a.Parts.Chart.Shelf == nil {
		return nil, nil
	}
	return a.Parts.Chart.Shelf.Find(ctx, number)
}

// standing says how this box stands to what the chart must outlive.
func (a *App) standing(ctx context.Context) apart.Setting {
	s := apart.Setting{Host: apart.See(), Main: true, Data: apart.Stand(a.cfg.Data)}
	for _, root := range a.cfg.Chart {
		s.Copies = append(s.Copies, apart.Stand(root))
	}
	jobs, err := a.Parts.Chart.Copy.Jobs(ctx)
	if err != nil {
		a.log.Error("the copy's jobs cannot be read", "err", err)
	}
	for _, j := range jobs {
		s.Source = append(s.Source, apart.Stand(j.Source))
	}
	return s
}

// copyAlarm wakes people because of a copy.
func (a *App) copyAlarm(ctx context.Context, alarm copy.Alarm) error {
	level := notify.High
	if alarm.Level == web.Danger {
		level = notify.Critical
	}
	err := a.Book.Record(ctx, func(tx *ledger.Tx) error {
		return a.Parts.Notify.Raise(ctx, tx, notify.Raise{Key: alarm.Key, Level: level, Title: alarm.Title, Body: alarm.Body, URL: alarm.URL})
	})
	if err == nil {
		a.Parts.Notify.Nudge()
	}
	return err
}

// modules are the pages, in the order of the navigation.
func (p *ChartParts) modules() []web.Module {
	out := []web.Module{p.Copy.Module(), p.Entries.Module(), p.Rollout.Module()}
	if p.Desk != nil {
		out = append([]web.Module{p.Desk.Module(), p.Paper.Module()}, append(out, p.Witness.Module(), p.Apart.Module())...)
	}
	for i := range out { // one group of the navigation, behind the everyday rooms
		for j := range out[i].Nav {
			out[i].Nav[j].Order, out[i].Nav[j].Group = chartOrder, "app.nav.chart"
		}
	}
	return out
}

// chartOrder is the chart's place in the navigation.
const chartOrder = 87

func (p *ChartParts) readings() []reading.Source {
	out := []reading.Source{p.Copy.Readings, p.Entries.Readings, p.Rollout.Readings}
	if p.Desk != nil {
		out = append(out, p.Desk.Readings, p.Paper.Readings, p.Witness.Readings, p.Apart.Readings)
	}
	return out
}

func (p *ChartParts) todos() []today.Source {
	out := []today.Source{p.Copy.Todos, p.Entries.Todos, p.Rollout.Todos}
	if p.Desk != nil {
		out = append(out, p.Desk.Todos, p.Paper.Todos, p.Witness.Todos)
	}
	return out
}

// run copies, indexes and prints ahead until ctx ends.
func (p *ChartParts) run(ctx context.Context, warn func(msg string, args ...any)) {
	var all sync.WaitGroup
	all.Go(func() { p.Copy.Run(ctx) })
	for name, run := range p.readers() {
		all.Go(func() {
			if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				warn("a part of the emergency chart ended", "part", name, "err", err)
			}
		})
	}
	all.Wait()
}

func (p *ChartParts) readers() map[string]func(context.Context) error {
	if p.Desk == nil {
		return nil
	}
	return map[string]func(context.Context) error{"index": p.Shelf.Run, "paper": p.Paper.Run}
}

// close ends what holds media and files.
func (p *ChartParts) close() error {
	var errs []error
	if p.Shelf != nil {
		errs = append(errs, p.Shelf.Close())
	}
	if p.Witness != nil {
		errs = append(errs, p.Witness.Close())
	}
	return errors.Join(errs...)
}
