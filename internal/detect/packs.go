package detect

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/correlate"
)

// The states of a stored pack.
const (
	packActive  = "active"
	packBefore  = "before"  // replaced; may come back
	packRemoved = "removed" // taken off by a person; may come back
	packStaged  = "staged"  // read and shown, not yet agreed to
)

// StoredPack is a pack in the database.
type StoredPack struct {
	ID          string
	Manifest    rulepack.Manifest
	Digest      string
	Rules       int
	State       string
	InstalledAt time.Time
	InstalledBy string
	BuiltIn     bool
}

// keptVersions is how many versions of a pack are kept beside the active one.
const keptVersions = 3

// stagedFor is for how long a pack that was read waits for somebody to agree.
const stagedFor = 24 * time.Hour

// Plan is what installing a pack would do.
type Plan struct {
	ID      string // of the staged pack
	Pack    *rulepack.Pack
	Before  *StoredPack // nil: it is new
	Diff    rulepack.Diff
	Same    bool     // nothing would change
	Older   bool     // its version sorts before the active one
	Unknown []string // settings that rules name and the catalogue does not have
}

// refused says why a pack is refused: the fault carries how many problems there
// are, and the first.
func refused(problems []sigma.Problem) error {
	return &PackError{Problems: problems}
}

// PackError is a pack that was refused whole. The one in use goes on.
type PackError struct{ Problems []sigma.Problem }

// Error names the first problem; pages show all of them.
func (e *PackError) Error() string {
	return fmt.Sprintf("detect: pack refused: %d problems, first: %v", len(e.Problems), &e.Problems[0])
}

// Unwrap gives the fault that people read.
func (e *PackError) Unwrap() error {
	return fault.New(fault.Invalid, "detect.pack.refused", len(e.Problems))
}

// builtInName is the name of the pack that comes with the program, or "".
func (d *Desk) builtInName() string {
	if d.cfg.BuiltIn == nil {
		return ""
	}
	var m rulepack.Manifest
	data, err := fs.ReadFile(d.cfg.BuiltIn, "pack.json")
	if err != nil || json.Unmarshal(data, &m) != nil {
		return ""
	}
	return m.Name
}

// installBuiltIn puts the program's own pack into use where another version of
// it is active. A fault in it is one of the program.
func (d *Desk) installBuiltIn(ctx context.Context) error {
	if d.cfg.BuiltIn == nil {
		return nil
	}
	b, problem := rulepack.FromFolder(d.cfg.BuiltIn)
	if problem != nil {
		return problem
	}
	var digest string
	err := d.read().QueryRowContext(ctx, "SELECT digest FROM detect_pack WHERE name = ? AND state = 'active'", d.builtInName()).Scan(&digest)
	if err == nil && digest == b.Digest() {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("detect: packs: %w", err)
	}
	p, problems := readPack(b, rulepack.Manifest{})
	if len(problems) > 0 {
		return refused(problems)
	}
	return d.book.Write(ctx, ledger.System("start"), "detect.pack.install", func(tx *ledger.Tx) error {
		id := tx.NewID()
		if err := insertPack(ctx, tx, id, p, b); err != nil {
			return err
		}
		return activate(ctx, tx, id, p.Name)
	})
}

func insertPack(ctx context.Context, tx *ledger.Tx, id string, p *rulepack.Pack, b *rulepack.Bundle) error {
	manifest, err := json.Marshal(p.Manifest)
	if err != nil {
		return fmt.Errorf("detect: pack: %w", err)
	}
	data, err := b.Zip()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO detect_pack(id, facility, name, version, digest, rules, manifest, bundle, state, installed_at, installed_by)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, tx.Facility, p.Name, p.Version, p.Digest, len(p.Rules), string(manifest), data, packStaged, stamp.Text(tx.Now), tx.Actor.Name)
	if err != nil {
		return fmt.Errorf("detect: pack: %w", err)
	}
	return nil
}

// activate puts a stored pack into use in the place of the one of its name, and
// forgets the oldest versions.
func activate(ctx context.Context, tx *ledger.Tx, id, name string) error {
	tx.Subject("detect/pack/" + name)
	for _, step := range []struct {
		query string
		args  []any
	}{
		{"UPDATE detect_pack SET state = 'before' WHERE name = ? AND state = 'active'", []any{name}},
		{"UPDATE detect_pack SET state = 'active', installed_at = ?, installed_by = ? WHERE id = ?", []any{stamp.Text(tx.Now), tx.Actor.Name, id}},
		{`DELETE FROM detect_pack WHERE name = ? AND state IN ('before', 'removed') AND id NOT IN
			(SELECT id FROM detect_pack WHERE name = ? AND state IN ('before', 'removed') ORDER BY installed_at DESC LIMIT ?)`, []any{name, name, keptVersions}},
	} {
		if _, err := tx.ExecContext(ctx, step.query, step.args...); err != nil {
			return fmt.Errorf("detect: pack: %w", err)
		}
	}
	return nil
}

// readPack reads a pack and checks that its correlations can be counted.
func readPack(b *rulepack.Bundle, said rulepack.Manifest) (*rulepack.Pack, []sigma.Problem) {
	p, problems := rulepack.Read(b, said)
	if len(problems) > 0 {
		return nil, problems
	}
	if _, err := correlate.New(p.Library.Correlations, correlOptions()); err != nil {
		if problem, ok := errors.AsType[*sigma.Problem](err); ok {
			return nil, []sigma.Problem{*problem}
		}
		return nil, []sigma.Problem{*sigma.Problem{Code: sigma.BadCorrelation}.Because(sigma.WhySystem, err)}
	}
	return p, nil
}

// refuse notes that a pack was refused, and gives the reasons.
func (d *Desk) refuse(ctx context.Context, actor ledger.Actor, problems []sigma.Problem) error {
	err := d.book.Note(ctx, actor, "detect.pack.refuse", "detect/pack", map[string]any{"problems": len(problems), "first": problems[0].Error()})
	if err != nil {
		return err
	}
	return refused(problems)
}

// maxAllRules bounds the rules of all packs together.
const maxAllRules = 100_000

// Stage reads a pack, keeps it for a day and says what installing it would do.
// A pack that is refused gives a *PackError; nothing is kept of it and the one in
// use goes on.
func (d *Desk) Stage(ctx context.Context, actor ledger.Actor, b *rulepack.Bundle, said rulepack.Manifest) (*Plan, error) {
	p, problems := readPack(b, said)
	if len(problems) > 0 {
		return nil, d.refuse(ctx, actor, problems)
	}
	if n := len(d.rules.Load().rules) + len(p.Rules); n > maxAllRules {
		return nil, d.refuse(ctx, actor, []sigma.Problem{rulepack.TooManyRules(n, maxAllRules)})
	}
	if p.Name == watchPack || (p.Name == d.builtInName() && d.cfg.BuiltIn != nil) {
		return nil, fault.New(fault.Conflict, "detect.pack.own", p.Name)
	}
	plan, err := d.plan(ctx, p)
	if err != nil {
		return nil, err
	}
	err = d.book.Write(ctx, actor, "detect.pack.stage", func(tx *ledger.Tx) error {
		plan.ID = tx.NewID()
		tx.Subject("detect/pack/" + p.Name)
		tx.Detail(map[string]any{"version": p.Version, "digest": p.Digest, "rules": len(p.Rules)})
		if _, err := tx.ExecContext(ctx, "DELETE FROM detect_pack WHERE state = 'staged' AND (name = ? OR installed_at < ?)", p.Name, stamp.Text(tx.Now.Add(-stagedFor))); err != nil {
			return fmt.Errorf("detect: pack: %w", err)
		}
		return insertPack(ctx, tx, plan.ID, p, b)
	})
	return plan, err
}

func (d *Desk) plan(ctx context.Context, p *rulepack.Pack) (*Plan, error) {
	plan := &Plan{Pack: p}
	set := d.rules.Load()
	old := set.pack(p.Name)
	plan.Diff = rulepack.Compare(old, p)
	if old != nil {
		all, err := d.Packs(ctx)
		if err != nil {
			return nil, err
		}
		for i := range all {
			if all[i].Manifest.Name == p.Name && all[i].State == packActive {
				plan.Before = &all[i]
			}
		}
		plan.Same, plan.Older = old.Digest == p.Digest, p.Version < old.Version
	}
	for _, r := range p.Rules {
		if r.About == nil {
			continue
		}
		for _, need := range slices.Concat(r.About.Needs, r.About.NeedsAny) {
			if _, ok := d.settings.Get(need); !ok && !slices.Contains(plan.Unknown, need) {
				plan.Unknown = append(plan.Unknown, need)
			}
		}
	}
	return plan, nil
}

// Staged gives the plan of a staged pack again.
func (d *Desk) Staged(ctx context.Context, id string) (*Plan, error) {
	p, state, err := d.storedPack(ctx, id)
	if err != nil {
		return nil, err
	}
	if state != packStaged {
		return nil, fault.New(fault.Conflict, "detect.pack.notstaged")
	}
	plan, err := d.plan(ctx, p)
	if err == nil {
		plan.ID = id
	}
	return plan, err
}

// Install puts a staged pack into use. Rules that are new are off unless their
// level is on in their pack already.
func (d *Desk) Install(ctx context.Context, actor ledger.Actor, id string) error {
	p, state, err := d.storedPack(ctx, id)
	if err != nil {
		return err
	}
	if state != packStaged {
		return fault.New(fault.Conflict, "detect.pack.notstaged")
	}
	return d.usePack(ctx, actor, "detect.pack.install", id, p)
}

// Rollback puts a version that was in use before, or was removed, into use
// again.
func (d *Desk) Rollback(ctx context.Context, actor ledger.Actor, id string) error {
	p, state, err := d.storedPack(ctx, id)
	if err != nil {
		return err
	}
	if state != packBefore && state != packRemoved || p.Name == d.builtInName() {
		return fault.New(fault.Conflict, "detect.pack.notbefore")
	}
	return d.usePack(ctx, actor, "detect.pack.rollback", id, p)
}

func (d *Desk) usePack(ctx context.Context, actor ledger.Actor, action, id string, p *rulepack.Pack) error {
	err := d.book.Write(ctx, actor, action, func(tx *ledger.Tx) error {
		tx.Detail(map[string]any{"version": p.Version, "digest": p.Digest, "rules": len(p.Rules)})
		return activate(ctx, tx, id, p.Name)
	})
	if err != nil {
		return err
	}
	return d.loadRules(ctx)
}

// RemovePack takes a pack out of use. It can come back by Rollback.
func (d *Desk) RemovePack(ctx context.Context, actor ledger.Actor, name string) error {
	if name == d.builtInName() {
		return fault.New(fault.Conflict, "detect.pack.own", name)
	}
	err := d.book.Write(ctx, actor, "detect.pack.remove", func(tx *ledger.Tx) error {
		tx.Subject("detect/pack/" + name)
		res, err := tx.ExecContext(ctx, "UPDATE detect_pack SET state = 'removed' WHERE name = ? AND state = 'active'", name)
		if err != nil {
			return fmt.Errorf("detect: pack: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "detect.pack.none").With(err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.loadRules(ctx)
}

// Packs gives all stored packs by name, the active version of each first.
// Staged ones are left out.
func (d *Desk) Packs(ctx context.Context) ([]StoredPack, error) {
	rows, err := d.read().QueryContext(ctx, `SELECT id, digest, rules, manifest, state, installed_at, installed_by FROM detect_pack
		WHERE state <> 'staged' ORDER BY name, state <> 'active', installed_at DESC`)
	if err != nil {
		return nil, fmt.Errorf("detect: packs: %w", err)
	}
	defer rows.Close()
	var out []StoredPack
	for rows.Next() {
		var p StoredPack
		var manifest, at string
		if err := rows.Scan(&p.ID, &p.Digest, &p.Rules, &manifest, &p.State, &at, &p.InstalledBy); err != nil {
			return nil, fmt.Errorf("detect: packs: %w", err)
		}
		if err := json.Unmarshal([]byte(manifest), &p.Manifest); err != nil {
			return nil, fmt.Errorf("detect: packs: %w", err)
		}
		if p.InstalledAt, err = stamp.Parse(at); err != nil {
			return nil, fmt.Errorf("detect: packs: %w", err)
		}
		p.BuiltIn = p.Manifest.Name == d.builtInName()
		out = append(out, p)
	}
	return out, rows.Err()
}

// storedPack reads a stored pack whole.
func (d *Desk) storedPack(ctx context.Context, id string) (p *rulepack.Pack, state string, err error) {
	var manifest string
	var data []byte
	err = d.read().QueryRowContext(ctx, "SELECT manifest, bundle, state FROM detect_pack WHERE id = ?", id).Scan(&manifest, &data, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", fault.New(fault.NotFound, "detect.pack.none")
	}
	if err != nil {
		return nil, "", fmt.Errorf("detect: pack: %w", err)
	}
	p, err = readStored(manifest, data)
	return p, state, err
}

func readStored(manifest string, data []byte) (*rulepack.Pack, error) {
	var m rulepack.Manifest
	if err := json.Unmarshal([]byte(manifest), &m); err != nil {
		return nil, fmt.Errorf("detect: pack: %w", err)
	}
	b, problem := rulepack.FromZip(data)
	if problem != nil {
		return nil, refused([]sigma.Problem{*problem})
	}
	p, problems := rulepack.Read(b, m)
	if len(problems) > 0 {
		return nil, refused(problems)
	}
	return p, nil
}

// activePacks reads the packs in use; those that old holds already are not read
// again. A pack that a newer program refuses is left out and stays stored: the
// others go on, and a reading says so.
func (d *Desk) activePacks(ctx context.Context, old *ruleset) ([]*rulepack.Pack, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT name, digest, manifest, bundle FROM detect_pack WHERE state = 'active' ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("detect: packs: %w", err)
	}
	defer rows.Close()
	var out []*rulepack.Pack
	for rows.Next() {
		var name, digest, manifest string
		var data []byte
		if err := rows.Scan(&name, &digest, &manifest, &data); err != nil {
			return nil, fmt.Errorf("detect: packs: %w", err)
		}
		if old != nil {
			if p := old.pack(name); p != nil && p.Digest == digest {
				out = append(out, p)
				continue
			}
		}
		p, err := readStored(manifest, data)
		if err != nil {
			d.cfg.Log.Error("a rule pack can no longer be read and is out of use", "pack", name, "err", err)
			continue
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// Folders lists the packs that were laid into the pack folder, by name.
func (d *Desk) Folders() ([]string, error) {
	if d.cfg.Packs == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(d.cfg.Packs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(fault.Internal, "fault.internal").With(err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// folder gives a pack of the pack folder. The name is one that Folders listed.
func (d *Desk) folder(ctx context.Context, actor ledger.Actor, name string) (*rulepack.Bundle, error) {
	names, err := d.Folders()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, name) {
		return nil, fault.New(fault.NotFound, "detect.pack.none")
	}
	b, problem := rulepack.FromFolder(os.DirFS(filepath.Join(d.cfg.Packs, name)))
	if problem != nil {
		return nil, d.refuse(ctx, actor, []sigma.Problem{*problem})
	}
	return b, nil
}
