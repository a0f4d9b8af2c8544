package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/docs/manual"
	"github.com/torideproject/toride/internal/access"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/audit"
	"github.com/torideproject/toride/internal/chain"
	"github.com/torideproject/toride/internal/comply"
	"github.com/torideproject/toride/internal/demo"
	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/doctor"
	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/exposure"
	"github.com/torideproject/toride/internal/help"
	"github.com/torideproject/toride/internal/identity"
	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/logbook"
	"github.com/torideproject/toride/internal/notify"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Parts are the domains, in the order in which they may import each other.
type Parts struct {
	Identity *identity.People
	Asset    *asset.Register
	Exposure *exposure.Exposure
	Access   *access.Desk
	Audit    *audit.Audit
	Incident *incident.Desk
	Notify   *notify.Desk
	Store    *store.Store
	Detect   *detect.Desk
	Log      *logbook.Logbook
	LogDesk  *logbook.Desk
	Chart    ChartParts
	Comply   *comply.Checklist
	Chain    *chain.Chain
	Manual   *help.Manual
	Demo     *demo.Live // nil: this is no demo
}

// build makes every domain and joins their pages to the site.
func (a *App) build(ctx context.Context) error {
	a.Catalog = text.NewCatalog(a.zone) // filled below; whoever is made with it speaks later
	if err := a.makeParts(ctx); err != nil {
		return newer(err)
	}
	p := &a.Parts
	a.readings = []reading.Source{a.Book.Readings, p.Identity.Readings, p.Asset.Readings, p.Exposure.Readings, p.Access.Readings, p.Audit.Readings, p.Incident.Readings, p.Notify.Readings, p.Detect.Readings, p.Log.Readings, p.Comply.Readings}
	a.readings = append(a.readings, p.Chart.readings()...)
	desk := today.New(today.Config{
		Todos:    append([]today.Source{p.Identity.Todos, p.Asset.Todos, p.Exposure.Todos, p.Access.Todos, p.Audit.Todos, p.Incident.Todos, p.Notify.Todos, p.Detect.Todos, p.Log.Todos, p.Comply.Todos}, p.Chart.todos()...),
		Readings: []reading.Source{a.all},
		Tiles:    tiles(),
	})
	for _, texts := range kernelTexts() {
		if err := a.Catalog.Add(texts); err != nil {
			return err
		}
	}
	if a.cfg.Demo {
		p.Demo = a.liveDemo()
	}
	told := &refusals{book: a.Book, clock: a.cfg.Clock, warn: a.log.Warn}
	a.modules = []web.Module{
		desk.Module(), a.Book.Module(), p.Identity.Module(), p.Asset.Module(), p.Exposure.Module(), p.Access.Module(), p.Audit.Module(),
		p.Incident.Module(), p.Notify.Module(), p.Detect.Module(), p.LogDesk.Module(), p.Comply.Module(), p.Chain.Module(), doctor.Desk{Box: a.health}.Module(), p.Manual.Module(),
	}
	a.modules = append(a.modules, p.Chart.modules()...)
	if p.Demo != nil {
		a.modules = append(a.modules, a.demoModule())
	}
	var err error
	a.site, err = web.New(web.Config{
		Refused: told.take,
		Catalog: a.Catalog, Sessions: p.Identity, Setting: p.Identity.Setting, Clock: a.cfg.Clock, Log: a.log, Hosts: a.cfg.tls().Names(),
		Modules: a.modules, Live: a.live,
	})
	if err != nil {
		return err
	}
	p.Identity.Know(a.permissions())
	return nil
}

// makeParts makes every domain and hands each what it needs of those above.
func (a *App) makeParts(ctx context.Context) (err error) {
	p, now := &a.Parts, a.cfg.Clock
	if p.Identity, err = identity.New(ctx, identity.Config{Book: a.Book, Seal: a.box, Clock: now, Log: a.log, Vendors: a.vendors, Demo: a.cfg.Demo}); err != nil {
		return err
	}
	if p.Asset, err = asset.New(ctx, asset.Config{Book: a.Book, Clock: now, Zone: a.zone, Notes: a.notes}); err != nil {
		return err
	}
	if p.Exposure, err = exposure.New(ctx, exposure.Config{Book: a.Book, Clock: now, Log: a.log, Register: p.Asset}); err != nil {
		return err
	}
	rules := access.DefaultRules(a.zone)
	if rules.Holiday, err = holidays(a.zone); err != nil {
		return err
	}
	if p.Access, err = access.New(ctx, access.Config{Book: a.Book, Register: p.Asset, Clock: now, Log: a.log, Rules: rules}); err != nil {
		return err
	}
	if p.Audit, err = audit.New(ctx, audit.Config{Book: a.Book, Clock: now, Log: a.log, Register: p.Asset, OnVersion: a.versionRead, Readings: a.all}); err != nil {
		return err
	}
	if p.Incident, err = incident.New(ctx, incident.Config{Book: a.Book, Clock: now, Zone: a.zone, Register: p.Asset}); err != nil {
		return err
	}
	if p.Notify, err = notify.New(ctx, notify.Config{Book: a.Book, Seal: a.box, Clock: now, Zone: a.zone, Log: a.log,
		Say: func(l text.Lang, m text.Msg) string { return a.Catalog.Say(l, m) }, Hospital: a.hospital, Site: a.cfg.siteURL, Alive: a.alive,
		Taken: a.takenOn, Changed: func() { a.live.Tell(notify.Topic) }}); err != nil {
		return err
	}
	if err = a.makeRecords(ctx); err != nil {
		return err
	}
	if err = a.makeChart(ctx); err != nil {
		return err
	}
	if p.Comply, err = comply.New(ctx, comply.Config{Book: a.Book, Clock: now, Zone: a.zone, Log: a.log, Register: p.Asset, Readings: a.elsewhere}); err != nil {
		return err
	}
	if p.Chain, err = chain.New(chain.Config{Readings: a.all, Noticed: a.noticed, Perm: detect.PermRead, Topic: detect.Topic}); err != nil {
		return err
	}
	p.Manual, err = help.Load(manual.Files)
	return err
}

// noticed gives what the alerts tell of each step of the chain.
func (a *App) noticed(ctx context.Context, since time.Time) (map[string]chain.Noticed, error) {
	found, err := a.Parts.Detect.NoticedSince(ctx, since)
	out := map[string]chain.Noticed{}
	for step, n := range found {
		out[step.String()] = chain.Noticed(n)
	}
	return out, err
}

// holidays says which days are free, from the holiday data that comes with
// Toride. Days that the hospital added count for legal clocks only.
func holidays(zone *time.Location) (func(time.Time) bool, error) {
	shipped, err := clock.ShippedHolidays()
	if err != nil {
		return nil, err
	}
	cal, err := clock.NewCalendar(shipped, nil)
	if err != nil {
		return nil, err
	}
	return func(day time.Time) bool {
		why, _ := cal.Closed(clock.DayOf(day, zone))
		return why != ""
	}, nil
}

// tiles are the readings on the first page.
func tiles() []string {
	return []string{"asset.lines.always", "asset.inventory", "exposure.outside", "access.standing", "audit.files", "incident.open", "incident.contacts", "ledger.chain"}
}

// elsewhere gives the readings of all domains but the checklist, which shows
// them and adds its own.
func (a *App) elsewhere(ctx context.Context) ([]reading.Reading, error) {
	p := &a.Parts
	set, err := reading.Collect(ctx, append([]reading.Source{a.Book.Readings, p.Identity.Readings, p.Asset.Readings, p.Exposure.Readings, p.Access.Readings, p.Audit.Readings, p.Incident.Readings, p.Notify.Readings, p.Detect.Readings, p.Log.Readings}, p.Chart.readings()...))
	return openable(ctx, set.List()), err
}

// all gives the readings of all domains.
func (a *App) all(ctx context.Context) ([]reading.Reading, error) {
	set, err := reading.Collect(ctx, a.readings)
	return openable(ctx, set.List()), err
}

// openable takes the links away which the reader would be refused.
func openable(ctx context.Context, all []reading.Reading) []reading.Reading {
	for i, r := range all {
		if !web.MayOpen(ctx, r.URL) {
			all[i].URL = ""
		}
		items := slices.Clone(r.Items) // the ledger keeps its reading for a while
		for j := range items {
			if !web.MayOpen(ctx, items[j].URL) {
				items[j].URL = ""
			}
		}
		all[i].Items = items
	}
	return all
}

// versionRead writes a version that a configuration file named into the
// register. The cases of exploited holes are compared before and after, so
// that no hole is patched without its case.
func (a *App) versionRead(ctx context.Context, actor ledger.Actor, v audit.VersionRead) error {
	if _, err := a.Parts.Exposure.Sync(ctx); err != nil {
		return err
	}
	table, id, _ := strings.Cut(v.Target, "/")
	switch table {
	case "line":
		l, err := a.Parts.Asset.Line(ctx, id)
		if err != nil {
			return err
		}
		l.OS, l.Version = v.OS, v.Version
		l.Maker, l.Model = cmp.Or(l.Maker, v.Maker), cmp.Or(l.Model, v.Model)
		if _, err := a.Parts.Asset.SaveLine(ctx, actor, l, asset.FromFile, v.File); err != nil {
			return err
		}
	case "asset":
		d, err := a.Parts.Asset.Asset(ctx, id)
		if err != nil {
			return err
		}
		d.OS, d.Version = v.OS, v.Version
		d.Maker, d.Model = cmp.Or(d.Maker, v.Maker), cmp.Or(d.Model, v.Model)
		if _, err := a.Parts.Asset.SaveAsset(ctx, actor, d, asset.FromFile, v.File); err != nil {
			return err
		}
	}
	if err := a.Parts.Asset.Confirm(ctx, actor, v.Target, "version", asset.FromFile, v.File); err != nil {
		return err
	}
	_, err := a.Parts.Exposure.Sync(ctx)
	return err
}

// permissions lists every right that a route asks for.
func (a *App) permissions() []web.Perm {
	var perms []web.Perm
	for _, r := range a.site.Routes() {
		if r.Perm != web.Public && r.Perm != web.SignedIn {
			perms = append(perms, r.Perm)
		}
	}
	return append(perms, "today.readings")
}

// vendors lists the register's companies for the accounts of vendors' people.
func (a *App) vendors(ctx context.Context) ([]identity.Vendor, error) {
	all, err := a.Parts.Asset.Vendors(ctx)
	var out []identity.Vendor
	for _, v := range all {
		out = append(out, identity.Vendor{ID: v.ID, Name: v.Name})
	}
	return out, err
}
