package copy

import (
	"context"
	"encoding/json"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/ledger"
)

// StartCheck checks all generations of a medium in the background and gives
// the check's ID. key opens contents; nil leaves them sealed and says so.
func (d *Copier) StartCheck(ctx context.Context, actor ledger.Actor, m Medium, depth Depth, key *vault.Key) (string, error) {
	v, err := m.open()
	if err != nil {
		return "", err
	}
	id := ""
	err = d.cfg.Book.Write(ctx, actor, "copy.check.start", func(tx *ledger.Tx) error {
		id = tx.NewID()
		tx.Subject("copy/check/" + id)
		tx.Detail(map[string]any{"medium": m.Label, "depth": depth, "with_key": key != nil})
		_, err := tx.ExecContext(ctx, "INSERT INTO copy_check(id, facility, medium, who, begun, ended, state, depth, result, error) VALUES(?,?,?,?,?,'',?,?,'','')",
			id, tx.Facility, m.ID, actor.Name, stamp.Text(tx.Now), Running, depth)
		return err
	})
	if err != nil {
		return "", err
	}
	d.background(func(ctx context.Context) { d.runCheck(ctx, id, m, v, CheckConfig{Depth: depth, Keys: keysOf(key)}) })
	return id, nil
}

func keysOf(key *vault.Key) []*vault.Key {
	if key == nil {
		return nil
	}
	return []*vault.Key{key}
}

func (d *Copier) runCheck(ctx context.Context, id string, m Medium, v *vault.Vault, cfg CheckConfig) {
	runCtx, end := d.begin(ctx, id)
	defer end()
	cfg.Vault, cfg.Now, cfg.Zone, cfg.Limits = v, d.cfg.Clock, d.cfg.Zone, d.limits
	machine, err := d.machine()
	if err == nil {
		cfg.Machine, cfg.Trust = machine, []string{machine.Fingerprint()}
	}
	if cfg.Accepted, err = d.accepted(ctx, m.Vault); err != nil {
		d.cfg.Log.Error("a check did not begin", "medium", m.Label, "err", err)
	}
	said := time.Time{}
	cfg.Progress = func(p CheckProgress) {
		d.mu.Lock()
		if g := d.now[id]; g != nil {
			g.check = p
		}
		d.mu.Unlock()
		if now := d.cfg.Clock(); now.Sub(said) >= 2*time.Second {
			said = now
			d.changed()
		}
	}
	res, err := Check(runCtx, cfg)
	ctx = context.WithoutCancel(ctx)
	if err := d.rememberCheck(ctx, id, m, res, err); err != nil {
		d.cfg.Log.Error("a check could not be written down", "medium", m.Label, "err", err)
	}
}

// rememberCheck writes a check down, and what it says of each generation.
func (d *Copier) rememberCheck(ctx context.Context, id string, m Medium, res *Result, failed error) error {
	state, words, err := outcome(failed, "copy.check.cancelled")
	if err != nil {
		return err
	}
	result := ""
	if failed == nil {
		data, err := json.Marshal(res)
		if err != nil {
			return err
		}
		result = string(data)
	}
	return d.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE copy_check SET ended = ?, state = ?, result = ?, error = ? WHERE id = ?", stamp.Text(tx.Now), state, result, words, id); err != nil {
			return err
		}
		if res == nil {
			return nil
		}
		for _, g := range res.Generations {
			if err := putGeneration(ctx, tx, m.Vault, g, true); err != nil {
				return err
			}
		}
		if res.Depth != DepthFull {
			return nil
		}
		damaged, err := json.Marshal(damagedPacks(res))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE copy_medium SET verified = ?, damaged = ? WHERE id = ?", stamp.Text(tx.Now), string(damaged), m.ID)
		return err
	})
}

// damagedPacks are the files that the next run writes anew.
func damagedPacks(res *Result) []string {
	seen, packs := map[string]bool{}, []string{}
	for _, g := range res.Generations {
		for _, f := range g.Judgement.Findings {
			for _, name := range f.Examples {
				if f.Code == CodeMedium && !seen[name] {
					seen[name] = true
					packs = append(packs, name)
				}
			}
		}
	}
	return packs
}
