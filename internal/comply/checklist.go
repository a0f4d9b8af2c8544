package comply

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
)

//go:embed migrate/*.sql page_*.html text_*.json
var files embed.FS

// Register is what the checklist asks of the hospital's register;
// *asset.Register is one.
type Register interface {
	Vendors(ctx context.Context) ([]asset.Vendor, error)
	Systems(ctx context.Context) ([]asset.System, error)
}

// Config is what a Checklist is made of.
type Config struct {
	Book  *ledger.Book
	Clock func() time.Time
	Zone  *time.Location // the hospital's zone: decides which day it is
	Log   *slog.Logger
	// Readings gives what the other domains read. Its readings named comply.*
	// are ignored: the checklist's own are taken instead.
	Readings func(ctx context.Context) ([]reading.Reading, error)
	Register Register
}

// Checklist is the hospital's checklists with their answers, documents and
// vendor sheets.
type Checklist struct {
	cfg     Config
	builtin []*Catalogue
	axes    Axes
}

// New brings the checklist's tables up to date and reads the data packs.
func New(ctx context.Context, cfg Config) (*Checklist, error) {
	if err := cfg.Book.DB().Migrate(ctx, "comply", files); err != nil {
		return nil, err
	}
	builtin, err := Builtin()
	if err != nil {
		return nil, err
	}
	axes, err := RadarAxes()
	if err != nil {
		return nil, err
	}
	return &Checklist{cfg: cfg, builtin: builtin, axes: axes}, nil
}

// today is the day in the hospital as 2006-01-02.
func (k *Checklist) today() string {
	return k.cfg.Clock().In(k.cfg.Zone).Format(time.DateOnly)
}

// Year is the fiscal year of today.
func (k *Checklist) Year() int { return FiscalYear(k.cfg.Clock().In(k.cfg.Zone)) }

// Catalogues gives all catalogues, imported ones in place of those that come
// with Toride, newest fiscal year first.
func (k *Checklist) Catalogues(ctx context.Context) ([]*Catalogue, error) {
	imported, err := k.imported(ctx)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(k.builtin)
	for n, c := range all {
		if i := pick(imported, c.ID); i != nil {
			all[n] = i
		}
	}
	for _, c := range imported {
		if pick(all, c.ID) == nil {
			all = append(all, c)
		}
	}
	sortCatalogues(all)
	return all, nil
}

// Key names one form in one fiscal year.
type Key struct {
	Catalogue string
	Year      int
	Sheet     string
}

// At gives the catalogue and the key for what a reader asked for; empty parts
// mean this year's edition and the hospital's own form.
func (k *Checklist) At(ctx context.Context, id string, fy int, code string) (*Catalogue, Key, error) {
	all, err := k.Catalogues(ctx)
	if err != nil {
		return nil, Key{}, err
	}
	if fy == 0 {
		fy = k.Year()
	}
	if fy < 2020 || fy > k.Year()+2 {
		return nil, Key{}, fault.New(fault.NotFound, "comply.noyear", fmt.Sprint(fy))
	}
	c := ForYear(all, fy)
	if id != "" {
		c = pick(all, id)
	}
	if c == nil {
		return nil, Key{}, fault.New(fault.NotFound, "comply.nocatalogue")
	}
	if code == "" {
		code = SheetHospital
	}
	if !c.Has(code) {
		return nil, Key{}, fault.New(fault.NotFound, "comply.nosheet")
	}
	return c, Key{Catalogue: c.ID, Year: fy, Sheet: code}, nil
}

// set gives all readings, the checklist's own in place of any other of their
// names.
func (k *Checklist) set(ctx context.Context) (reading.Set, error) {
	set := reading.Set{}
	if k.cfg.Readings != nil {
		readings, err := k.cfg.Readings(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range readings {
			set[r.ID] = r
		}
	}
	own, err := k.Readings(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range own {
		set[r.ID] = r
	}
	return set, nil
}

// Rows gives the rows of a form with answers, evidence and earlier answers.
// Cost: five queries, whatever the number of items.
func (k *Checklist) Rows(ctx context.Context, c *Catalogue, key Key) ([]Row, error) {
	set, err := k.set(ctx)
	if err != nil {
		return nil, err
	}
	all, err := k.Catalogues(ctx)
	if err != nil {
		return nil, err
	}
	answers, err := k.answers(ctx)
	if err != nil {
		return nil, err
	}
	files, err := k.documentCounts(ctx)
	if err != nil {
		return nil, err
	}
	vendors, err := k.vendors(ctx)
	if err != nil {
		return nil, err
	}
	skip := answers[key]["uses"].Value == No
	today := k.today()
	var rows []Row
	for _, i := range c.On(key.Sheet) {
		a := answers[key][i.Topic]
		rows = append(rows, Row{Item: i, ID: c.ItemID(key.Sheet, i), No: i.Number(key.Sheet), Answer: a,
			Evidence: EvidenceOf(i, set), Before: before(all, answers, c, key, i), Files: files[i.Topic],
			Warnings: a.Warnings(key.Year, today), Skipped: skip && i.Topic != "uses",
			Blank: i.BlankWithoutVendor && len(vendors) == 0})
	}
	return rows, nil
}

// before gives the answers to the same matter of the year before and of the
// editions which the item came from.
func before(all []*Catalogue, answers map[Key]map[string]Answer, c *Catalogue, key Key, i Item) []Earlier {
	var out []Earlier
	add := func(old *Catalogue, fy int, topic string) {
		code := key.Sheet
		if !old.Has(code) {
			return
		}
		item, ok := old.Find(topic)
		if !ok {
			return
		}
		if a, ok := answers[Key{old.ID, fy, code}][topic]; ok && a.Value != Open {
			out = append(out, Earlier{Catalogue: old.ID, Edition: old.Edition, Year: fy, No: item.Number(code), Answer: a})
		}
	}
	for fy := key.Year - 1; fy >= key.Year-3; fy-- {
		add(c, fy, i.Topic)
		for _, old := range all {
			if old.ID == c.ID {
				continue
			}
			for _, topic := range ancestors(all, i, old.ID) {
				add(old, fy, topic)
			}
		}
	}
	return out
}

// ancestors follows From back to the catalogue of the ID.
func ancestors(all []*Catalogue, i Item, id string) []string {
	var out []string
	for _, from := range i.From {
		old, topic := splitFrom(from)
		if old == id {
			out = append(out, topic)
			continue
		}
		if c := pick(all, old); c != nil {
			if item, ok := c.Find(topic); ok && len(item.From) > 0 && old != id {
				out = append(out, ancestors(all, item, id)...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Row gives one row of a form. The error is a NotFound fault when the form has
// no such item.
func (k *Checklist) Row(ctx context.Context, c *Catalogue, key Key, topic string) (Row, error) {
	rows, err := k.Rows(ctx, c, key)
	if err != nil {
		return Row{}, err
	}
	for _, r := range rows {
		if r.Item.Topic == topic {
			return r, nil
		}
	}
	return Row{}, fault.New(fault.NotFound, "comply.noitem")
}

func (k *Checklist) vendors(ctx context.Context) ([]asset.Vendor, error) {
	if k.cfg.Register == nil {
		return nil, nil
	}
	return k.cfg.Register.Vendors(ctx)
}

// reading makes one of the checklist's own readings. Its basis is what people
// declared.
func own(id string, state reading.State, say text.Msg, url string) reading.Reading {
	return reading.Reading{ID: id, State: state, Basis: reading.Declared, Say: say, URL: url}
}
