package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// guards are the triggers that keep lines as they were written, by name, as
// the first migration made them.
func guards() map[string]string {
	return map[string]string{
		"ledger_entry_keep": "CREATE TRIGGER ledger_entry_keep BEFORE UPDATE ON ledger_entry\nBEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
		"ledger_entry_stay": "CREATE TRIGGER ledger_entry_stay BEFORE DELETE ON ledger_entry\nBEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
	}
}

// renewGuards puts the triggers back when somebody took them off, changed them
// or added one, and writes that into the ledger: who drops a guard wants to
// change lines, and the chain alone does not show that it was tried.
func (b *Book) renewGuards(ctx context.Context) error {
	rows, err := b.db.Read().QueryContext(ctx, "SELECT name, COALESCE(sql, '') FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entry'")
	if err != nil {
		return fmt.Errorf("ledger: guards: %w", err)
	}
	defer rows.Close()
	missing := guards()
	var strange []string
	for rows.Next() {
		var name, made string
		if err := rows.Scan(&name, &made); err != nil {
			return fmt.Errorf("ledger: guards: %w", err)
		}
		if missing[name] == made {
			delete(missing, name)
			continue
		}
		strange = append(strange, name)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ledger: guards: %w", err)
	}
	if len(missing)+len(strange) == 0 {
		return nil
	}
	return b.Write(ctx, System("start"), "ledger.guard.renew", func(tx *Tx) error {
		tx.Subject("ledger")
		tx.Detail(map[string]any{"missing": slices.Sorted(maps.Keys(missing)), "strange": strange})
		for _, name := range strange {
			if _, err := tx.ExecContext(ctx, `DROP TRIGGER "`+strings.ReplaceAll(name, `"`, `""`)+`"`); err != nil {
				return fmt.Errorf("ledger: guards: %w", err)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(missing)) {
			if _, err := tx.ExecContext(ctx, missing[name]); err != nil {
				return fmt.Errorf("ledger: guards: %w", err)
			}
		}
		return nil
	})
}
