package asset

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed migrate/*.sql page_*.html text_*.json
var files embed.FS

// Config is what a Register is made of.
type Config struct {
	Book  *ledger.Book
	Clock func() time.Time
	Zone  *time.Location // the hospital's zone: decides which day it is
	// Notes says what other domains know of an object ("line/ID"); nil: nothing.
	Notes func(ctx context.Context, object string) ([]Note, error)
}

// Note is one thing that another domain knows of an object.
type Note struct {
	Mark web.Mark
	Say  text.Msg
	URL  string
}

// Register is the hospital's register.
type Register struct {
	book  *ledger.Book
	clock func() time.Time
	zone  *time.Location
	notes func(context.Context, string) ([]Note, error)
}

// New brings the register's tables up to date.
func New(ctx context.Context, cfg Config) (*Register, error) {
	if err := cfg.Book.DB().Migrate(ctx, "asset", files); err != nil {
		return nil, err
	}
	return &Register{book: cfg.Book, clock: cfg.Clock, zone: cfg.Zone, notes: cfg.Notes}, nil
}

func (g *Register) read() sqlite.Querier { return g.book.DB().Read() }

// Line gives one outside line. The error is a NotFound fault when there is
// none.
func (g *Register) Line(ctx context.Context, id string) (Line, error) {
	return load[Line](ctx, g.read(), id)
}

// Lines gives all outside lines by name.
func (g *Register) Lines(ctx context.Context) ([]Line, error) {
	return list[Line](ctx, g.read(), "ORDER BY name, id")
}

// Asset gives one asset.
func (g *Register) Asset(ctx context.Context, id string) (Asset, error) {
	return load[Asset](ctx, g.read(), id)
}

// System gives one departmental system.
func (g *Register) System(ctx context.Context, id string) (System, error) {
	return load[System](ctx, g.read(), id)
}

// Systems gives all departmental systems, the most pressing for care first.
func (g *Register) Systems(ctx context.Context) ([]System, error) {
	return list[System](ctx, g.read(), "ORDER BY priority = 0, priority, name, id")
}

// Vendor gives one vendor.
func (g *Register) Vendor(ctx context.Context, id string) (Vendor, error) {
	return load[Vendor](ctx, g.read(), id)
}

// Vendors gives all vendors by name.
func (g *Register) Vendors(ctx context.Context) ([]Vendor, error) {
	return list[Vendor](ctx, g.read(), "ORDER BY name, id")
}

// Contract gives one contract.
func (g *Register) Contract(ctx context.Context, id string) (Contract, error) {
	return load[Contract](ctx, g.read(), id)
}

// Contracts gives the contracts of a vendor, or all when vendor is empty.
func (g *Register) Contracts(ctx context.Context, vendor string) ([]Contract, error) {
	return list[Contract](ctx, g.read(), "AND (? = '' OR vendor = ?) ORDER BY name, id", vendor, vendor)
}

// Filter chooses assets. Empty fields choose all.
type Filter struct {
	Words    string // all of them must occur in the asset's texts
	Kind     Kind
	SystemID string
	VendorID string
	Gap      string // "eol", "antivirus", "impact", "duty": see Readings
	Offset   int
	Limit    int // 0: all
}

// where gives the condition and its arguments.
func (f Filter) where(today string) (string, []any) {
	cond, args := "", []any{}
	for _, word := range strings.Fields(Fold(f.Words)) {
		cond += " AND search LIKE ? ESCAPE '!'"
		args = append(args, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(word)+"%")
	}
	for _, eq := range []struct{ column, value string }{{"kind", string(f.Kind)}, {"system", f.SystemID}, {"vendor", f.VendorID}} {
		if eq.value != "" {
			cond += " AND " + eq.column + " = ?"
			args = append(args, eq.value)
		}
	}
	switch f.Gap {
	case "eol":
		cond += " AND " + eolCond
		args = append(args, today)
	case "antivirus":
		cond += " AND " + antivirusCond
	case "impact":
		cond += " AND " + impactCond
	case "duty":
		cond += " AND " + dutyCond
	}
	return cond, args
}

// Conditions of gaps, the same for the list and for the readings.
const (
	eolCond = "end_of_support <> '' AND end_of_support < ?"
	// Chart servers: servers of the systems that hold charts and orders.
	chartServer   = "kind = 'server' AND system IN (SELECT id FROM asset_system WHERE class IN ('ehr', 'order') AND removed_at = '')"
	antivirusCond = chartServer + " AND antivirus = 'no'"
	impactCond    = "priority = 1 AND impact = ''"
	// Six duties must have a party, by the asset itself or by its contract.
	dutyBearing = "kind IN ('server', 'network', 'medical', 'building', 'cloud')"
	dutyCond    = dutyBearing + ` AND (SELECT count(DISTINCT d.kind) FROM asset_duty d
		WHERE d.party <> '' AND (d.object = 'asset/' || asset_asset.id OR (contract <> '' AND d.object = 'contract/' || contract))) < 6`
)

// Assets gives the assets which the filter chooses, by name, and how many
// there are without Offset and Limit. The cost is one scan of the table for
// words and one index range otherwise.
func (g *Register) Assets(ctx context.Context, f Filter) ([]Asset, int, error) {
	where, args := f.where(g.today())
	var total int
	err := g.read().QueryRowContext(ctx, "SELECT count(*) FROM asset_asset WHERE removed_at = ''"+where, args...).Scan(&total)
	if err != nil {
		return nil, 0, fmt.Errorf("asset: count: %w", err)
	}
	order := where + " ORDER BY name, id"
	if f.Limit > 0 {
		order += " LIMIT ? OFFSET ?"
		args = append(args, f.Limit, f.Offset)
	}
	all, err := list[Asset](ctx, g.read(), order, args...)
	return all, total, err
}

// today is the hospital's day; a contract that ends today is still in force.
func (g *Register) today() string { return g.clock().In(g.zone).Format(time.DateOnly) }

// SaveLine creates a line (empty ID) or changes one, and returns its ID. A
// non-zero UpdatedAt must be the stored one, else the fault is a Conflict.
func (g *Register) SaveLine(ctx context.Context, actor ledger.Actor, l Line, source Source, place string) (string, error) {
	return save(ctx, g.book, actor, l, origin{source: source, place: place})
}

// SaveAsset creates or changes an asset, as SaveLine.
func (g *Register) SaveAsset(ctx context.Context, actor ledger.Actor, a Asset, source Source, place string) (string, error) {
	return save(ctx, g.book, actor, a, origin{source: source, place: place})
}

// SaveVendor creates or changes a vendor, as SaveLine.
func (g *Register) SaveVendor(ctx context.Context, actor ledger.Actor, v Vendor, source Source, place string) (string, error) {
	for seen, at := 0, v.ParentID; at != ""; seen++ { // a vendor is nobody's sub-contractor in a circle
		if at == v.ID || seen > 20 {
			return "", fault.New(fault.Invalid, "asset.vendor.circle")
		}
		parent, err := g.Vendor(ctx, at)
		if err != nil {
			return "", err
		}
		at = parent.ParentID
	}
	return save(ctx, g.book, actor, v, origin{source: source, place: place})
}

// SaveSystem creates or changes a departmental system, as SaveLine.
func (g *Register) SaveSystem(ctx context.Context, actor ledger.Actor, s System, source Source, place string) (string, error) {
	return save(ctx, g.book, actor, s, origin{source: source, place: place})
}

// SaveContract creates or changes a contract, as SaveLine.
func (g *Register) SaveContract(ctx context.Context, actor ledger.Actor, k Contract, source Source, place string) (string, error) {
	return save(ctx, g.book, actor, k, origin{source: source, place: place})
}
