package app

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/demo"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

// ClearDemo removes the demo's folders, so that it begins anew. It refuses a
// folder that no demo made.
func ClearDemo(cfg Config) error {
	if _, err := os.Stat(cfg.Data); os.IsNotExist(err) {
		return nil
	}
	if _, err := os.Stat(cfg.path(demoMark)); err != nil {
		return fault.New(fault.Conflict, "app.demo.notdemo", cfg.Data).With(err)
	}
	held, err := take(cfg.path("lock"))
	if err != nil {
		return err
	}
	if err := held.release(); err != nil {
		return err
	}
	if err := os.RemoveAll(cfg.Data); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Clean(cfg.Key))
}

// OnlyDemo refuses a data folder that holds something which no demo made, set
// up or not: a made-up hospital and a real one must never mix.
func OnlyDemo(cfg Config) error {
	if _, err := os.Stat(cfg.path("state.db")); err != nil {
		return nil // nothing is there yet
	}
	if _, err := os.Stat(cfg.path(demoMark)); err != nil {
		return fault.New(fault.Conflict, "app.demo.notdemo", cfg.Data).With(err)
	}
	return nil
}

// demoMark is the file which says that a data folder holds made-up data.
const demoMark = "this-is-a-demo"

// DemoConfig puts the clock of the demo's story into a configuration.
func DemoConfig(cfg Config) (Config, *demo.Clock) {
	clock := demo.NewClock(time.Now)
	cfg.Demo, cfg.Clock = true, clock.Now
	if zone, err := time.LoadLocation(cfg.Zone); err == nil { // a wrong zone is refused when the folder is opened
		if store, err := demo.Chart(clock.Now(), zone); err == nil {
			cfg.Chart, cfg.ChartMade = []string{demo.ChartRoot}, map[string]shelf.Made{demo.ChartRoot: store}
		}
	}
	return cfg, clock
}

// SeedDemo tells the story of the made-up hospital to an empty data folder and
// gives a one-time sign-in for each of its people.
// most bounds the devices of each kind in its list; 0: all.
func (a *App) SeedDemo(ctx context.Context, clock *demo.Clock, most int) ([]demo.SignIn, error) {
	setting, err := a.Parts.Identity.Setting(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(a.cfg.path(demoMark)); err != nil && setting.SetUp {
		return nil, fault.New(fault.Conflict, "app.demo.notdemo", a.cfg.Data).With(err)
	}
	if !setting.SetUp {
		if err := os.WriteFile(a.cfg.path(demoMark), nil, 0o600); err != nil {
			return nil, err
		}
	}
	p := a.Parts
	links, err := demo.Tell(ctx, demo.Stage{Clock: clock, Zone: a.zone, Identity: p.Identity, Asset: p.Asset, Exposure: p.Exposure, Access: p.Access,
		Audit: p.Audit, Incident: p.Incident, Comply: p.Comply, Log: p.Log, Detect: p.Detect, Notify: p.Notify, Run: a.runRecords,
		Chart: demo.ChartStage{Copy: p.Chart.Copy, Rollout: p.Chart.Rollout, Desk: p.Chart.Desk}, Most: most, File: a.cfg.path(demoMark), Later: a.cfg.DemoLater})
	if err != nil {
		return nil, err
	}
	return links, p.Demo.Remember()
}

// liveDemo is what goes on sending in the demo.
func (a *App) liveDemo() *demo.Live {
	return demo.NewLive(demo.LiveConfig{Log: a.Parts.Log, Clock: a.cfg.Clock, Zone: a.zone, Logger: a.log, File: a.cfg.path(demoMark), Span: a.cfg.DemoSpan, Tell: a.live.Tell})
}

// demoModule is the demo's share of the site.
func (a *App) demoModule() web.Module {
	return a.Parts.Demo.Module(func(c *web.Call, by ledger.Actor) error {
		return a.Book.Note(c.Ctx(), by, "demo.night.play", "demo/night", nil)
	})
}
