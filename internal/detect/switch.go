package detect

import (
	"context"
	"fmt"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/sigma"
)

// SwitchRule switches one rule on or off, whatever its level. back takes the
// person's decision away again, so that level and default decide.
func (d *Desk) SwitchRule(ctx context.Context, actor ledger.Actor, ref string, on, back bool) error {
	r := d.Rule(ref)
	if r == nil {
		return fault.New(fault.NotFound, "detect.rule.none")
	}
	err := d.book.Write(ctx, actor, "detect.rule.switch", func(tx *ledger.Tx) error {
		tx.Subject("detect/rule/" + ref)
		tx.Detail(map[string]any{"on": on, "back": back, "was": r.On, "level": r.Level.String()})
		var err error
		if back {
			_, err = tx.ExecContext(ctx, "DELETE FROM detect_switch WHERE rule = ?", ref)
		} else {
			_, err = tx.ExecContext(ctx, `INSERT INTO detect_switch(rule, facility, is_on, at, by) VALUES(?, ?, ?, ?, ?)
				ON CONFLICT(rule) DO UPDATE SET is_on = excluded.is_on, at = excluded.at, by = excluded.by`, ref, tx.Facility, on, stamp.Text(tx.Now), tx.Actor.Name)
		}
		if err != nil {
			return fmt.Errorf("detect: switch: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.reswitch(ctx)
}

// SwitchLevel switches all rules of a level of a pack, except those that were
// switched one by one.
func (d *Desk) SwitchLevel(ctx context.Context, actor ledger.Actor, pack string, level sigma.Level, on bool) error {
	if d.rules.Load().pack(pack) == nil && pack != watchPack {
		return fault.New(fault.NotFound, "detect.pack.none")
	}
	err := d.book.Write(ctx, actor, "detect.level.switch", func(tx *ledger.Tx) error {
		tx.Subject("detect/pack/" + pack)
		tx.Detail(map[string]any{"level": level.String(), "on": on})
		_, err := tx.ExecContext(ctx, `INSERT INTO detect_level(facility, pack, level, is_on) VALUES(?, ?, ?, ?)
			ON CONFLICT(pack, level) DO UPDATE SET is_on = excluded.is_on`, tx.Facility, pack, int(level), on)
		if err != nil {
			return fmt.Errorf("detect: switch: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.reswitch(ctx)
}

func (d *Desk) storedSwitches(ctx context.Context) (switches, error) {
	w := switches{levels: map[string]map[sigma.Level]bool{}, rules: map[string]bool{}}
	rows, err := d.read().QueryContext(ctx, "SELECT pack, level, is_on FROM detect_level")
	if err != nil {
		return w, fmt.Errorf("detect: switches: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var pack string
		var level int
		var on bool
		if err := rows.Scan(&pack, &level, &on); err != nil {
			return w, fmt.Errorf("detect: switches: %w", err)
		}
		if w.levels[pack] == nil {
			w.levels[pack] = map[sigma.Level]bool{}
		}
		w.levels[pack][sigma.Level(level)] = on
	}
	if err := rows.Err(); err != nil {
		return w, fmt.Errorf("detect: switches: %w", err)
	}
	single, err := d.read().QueryContext(ctx, "SELECT rule, is_on FROM detect_switch")
	if err != nil {
		return w, fmt.Errorf("detect: switches: %w", err)
	}
	defer single.Close()
	for single.Next() {
		var ref string
		var on bool
		if err := single.Scan(&ref, &on); err != nil {
			return w, fmt.Errorf("detect: switches: %w", err)
		}
		w.rules[ref] = on
	}
	return w, single.Err()
}
