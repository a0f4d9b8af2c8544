package app

import (
	"context"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/doctor"
	"github.com/torideproject/toride/internal/identity"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Parts are the domains, in the order in which they may import each other.
type Parts struct {
	Identity *identity.People
	Asset    *asset.Register
}

// build makes every domain, hands each what it needs of the others, and joins
// their pages to the site.
func (a *App) build(ctx context.Context) (err error) {
	p := &a.Parts
	if p.Identity, err = identity.New(ctx, identity.Config{Book: a.Book, Seal: a.box, Clock: a.cfg.Clock, Log: a.log, Vendors: a.vendors, Demo: a.cfg.Demo}); err != nil {
		return newer(err)
	}
	if p.Asset, err = asset.New(ctx, asset.Config{Book: a.Book, Clock: a.cfg.Clock, Zone: a.zone}); err != nil {
		return newer(err)
	}
	a.readings = []reading.Source{a.Book.Readings, p.Identity.Readings, p.Asset.Readings}
	desk := today.New(today.Config{Todos: []today.Source{p.Identity.Todos, p.Asset.Todos}, Readings: a.readings, Tiles: []string{
		"asset.lines.always", "asset.inventory", "exposure.outside", "access.standing", "audit.files", "incident.open", "incident.contacts", "ledger.chain",
	}})
	a.Catalog = text.NewCatalog(a.zone)
	for _, texts := range kernelTexts() {
		if err := a.Catalog.Add(texts); err != nil {
			return err
		}
	}
	a.site, err = web.New(web.Config{
		Catalog: a.Catalog, Sessions: p.Identity, Setting: p.Identity.Setting, Clock: a.cfg.Clock, Log: a.log, Hosts: a.cfg.hosts(),
		Modules: []web.Module{desk.Module(), a.Book.Module(), p.Identity.Module(), p.Asset.Module(), doctor.Desk{Box: a.health}.Module()},
	})
	if err != nil {
		return err
	}
	p.Identity.Know(a.permissions())
	return nil
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
