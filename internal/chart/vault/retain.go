package vault

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Rule says which generations stay. One stays if any part of the rule keeps
// it; the newest stays always.
type Rule struct {
	Days  int // all of the last days, by when they were made; 0 keeps none for that
	Weeks int // of so many calendar weeks (ISO), the last one of each
	Least int // at least so many of the newest
	// Clean are generations that were found clean; the newest of them stays.
	Clean []string
}

// Why a generation stays.
const (
	BecauseNewest  = "newest"
	BecauseClean   = "clean"
	BecauseLeast   = "least"
	BecauseDay     = "day"
	BecauseWeek    = "week"
	BecauseUnclear = "unclear" // its manifest cannot be trusted: a person decides (Remove)
)

// Plan is what a rule would do.
type Plan struct {
	Keep   map[string]string // generation → why
	Remove []string          // oldest first
	Packs  []string          // files that go with them
	Bytes  int64             // that become free
}

// PlanFor applies a rule to generations as Generations lists them. It changes
// nothing. Weeks are counted in now's time zone.
func PlanFor(all []Generation, rule Rule, now time.Time) Plan {
	p := Plan{Keep: map[string]string{}}
	keep := func(id, why string) {
		if _, known := p.Keep[id]; !known {
			p.Keep[id] = why
		}
	}
	var finished []Generation
	for _, g := range all {
		switch {
		case g.Finished && g.Problem != nil:
			keep(g.ID, BecauseUnclear)
		case g.Finished:
			finished = append(finished, g)
		}
	}
	slices.Reverse(finished) // newest first
	weeks, clean := map[string]bool{}, false
	for i, g := range finished {
		made := g.Manifest.Made.In(now.Location())
		year, week := made.ISOWeek()
		label := fmt.Sprint(year, week)
		switch {
		case i == 0:
			keep(g.ID, BecauseNewest)
		case i < rule.Least:
			keep(g.ID, BecauseLeast)
		case made.After(now.AddDate(0, 0, -rule.Days)):
			keep(g.ID, BecauseDay)
		case !weeks[label] && made.After(now.AddDate(0, 0, -7*rule.Weeks)):
			keep(g.ID, BecauseWeek)
		}
		weeks[label] = true
		if !clean && slices.Contains(rule.Clean, g.ID) {
			clean = true
			keep(g.ID, BecauseClean)
		}
		if _, kept := p.Keep[g.ID]; !kept {
			p.Remove = append(p.Remove, g.ID)
		}
	}
	slices.Reverse(p.Remove)
	p.freed(all)
	return p
}

// freed finds what only the removed generations use. With a generation whose
// manifest cannot be read nobody knows which packs it uses: then none goes.
func (p *Plan) freed(all []Generation) {
	used, gone, blind := map[string]bool{}, map[string]int64{}, false
	for _, g := range all {
		removed := slices.Contains(p.Remove, g.ID)
		switch {
		case !g.Finished:
		case g.Manifest == nil:
			blind = true
		case removed:
			p.Bytes += g.Manifest.Directory.Bytes + g.Manifest.Counts.Bytes
			for _, pack := range g.Manifest.Packs {
				gone[pack.Name] = pack.Bytes
			}
		default:
			for _, pack := range g.Manifest.Packs {
				used[pack.Name] = true
			}
		}
	}
	for name, bytes := range gone {
		if !used[name] && !blind {
			p.Packs = append(p.Packs, name)
			p.Bytes += bytes
		}
	}
	slices.Sort(p.Packs)
}

// Prune removes what a rule does not keep, and packs without a user. With dry
// it only says what it would do. Cut off at any point it leaves every
// generation either whole or gone; what remains of one that is gone goes with
// the next Prune.
func (v *Vault) Prune(ctx context.Context, rule Rule, now time.Time, dry bool) (Plan, error) {
	if dry { // also on a medium that cannot be written to
		all, err := v.Generations()
		return PlanFor(all, rule, now), err
	}
	l, err := v.lock()
	if err != nil {
		return Plan{}, err
	}
	defer l.Close()
	all, err := v.Generations()
	if err != nil {
		return Plan{}, err
	}
	p := PlanFor(all, rule, now)
	for _, id := range p.Remove {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		if err := v.forget(id); err != nil {
			return p, err
		}
	}
	_, err = v.sweep(ctx, false)
	return p, err
}

// Remove removes one generation, whatever it is: for one whose manifest is
// damaged, after persons decided.
func (v *Vault) Remove(ctx context.Context, id string) error {
	if _, err := v.find(id); err != nil {
		return err
	}
	l, err := v.lock()
	if err != nil {
		return err
	}
	defer l.Close()
	if err := v.forget(id); err != nil {
		return err
	}
	_, err = v.sweep(ctx, false)
	return err
}

// forget takes a generation's manifest away: from then on it is unfinished.
func (v *Vault) forget(id string) error {
	dir := path.Join(generationsDir, id)
	if err := v.disk.Remove(path.Join(dir, manifestName)); err != nil {
		return writeFault(err)
	}
	if err := v.disk.SyncDir(dir); err != nil {
		return writeFault(err)
	}
	return nil
}

// sweep removes what an interrupted copy or removal left: generations without
// a manifest and packs that no generation uses. With dry it only lists them.
// Files that a reader on Windows still has open stay until the next time.
func (v *Vault) sweep(ctx context.Context, dry bool) ([]string, error) {
	files, err := v.leftovers()
	if err != nil || dry {
		return files, err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return files, err
		}
		if err := v.disk.Remove(f); err != nil && isFull(err) {
			return files, writeFault(err)
		}
	}
	return files, nil
}

// leftovers lists packs first and each generation's folder last: as long as
// the folder stands it is known whose packs they were.
func (v *Vault) leftovers() ([]string, error) {
	all, err := v.Generations()
	if err != nil {
		return nil, err
	}
	used, blind, unfinished := map[string]bool{}, false, []string{}
	for _, g := range all {
		switch {
		case !g.Finished:
			unfinished = append(unfinished, g.ID)
		case g.Manifest == nil:
			blind = true
		default:
			for _, p := range g.Manifest.Packs {
				used[p.Name] = true
			}
		}
	}
	packs, err := v.disk.Names(packsDir)
	if err != nil {
		return nil, readFault(err, packsDir)
	}
	var files []string
	for _, name := range packs {
		maker, _, _ := strings.Cut(name, "-")
		full := path.Join(packsDir, name)
		if plainName(name) && isGeneration(maker) && !used[full] && (!blind || slices.Contains(unfinished, maker)) {
			files = append(files, full)
		}
	}
	for _, id := range unfinished {
		dir := path.Join(generationsDir, id)
		names, err := v.disk.Names(dir)
		if err != nil {
			return nil, readFault(err, dir)
		}
		for _, n := range names {
			files = append(files, path.Join(dir, n))
		}
		files = append(files, dir)
	}
	return files, nil
}
