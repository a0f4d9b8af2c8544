package ledger_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/sqlite/sqlitetest"
)

// TestOpen_DroppedGuardsComeBackAndAreWrittenDown drops one guard, empties the
// other and adds a trigger that swallows lines.
func TestOpen_DroppedGuardsComeBackAndAreWrittenDown(t *testing.T) {
	t.Parallel()
	db := sqlitetest.Open(t)
	clock := ledgertest.NewClock()
	b, err := ledger.Open(t.Context(), db, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Note(t.Context(), ledgertest.Actor(), "sample.act", "", nil); err != nil {
		t.Fatal(err)
	}
	raw := func(q string) error {
		return db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.ExecContext(t.Context(), q); return err })
	}
	for _, q := range []string{
		"DROP TRIGGER ledger_entry_keep", "DROP TRIGGER ledger_entry_stay",
		"CREATE TRIGGER ledger_entry_stay BEFORE DELETE ON ledger_entry BEGIN SELECT 1; END",
		`CREATE TRIGGER "swa""llow" AFTER INSERT ON ledger_entry BEGIN SELECT 1; END`,
	} {
		if err := raw(q); err != nil {
			t.Fatal(err)
		}
	}
	if b, err = ledger.Open(t.Context(), db, clock.Now); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"UPDATE ledger_entry SET actor = 'x'", "DELETE FROM ledger_entry"} {
		if err := raw(q); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", q, err)
		}
	}
	lines, n, err := b.Entries(t.Context(), ledger.Filter{Action: "ledger.guard.renew", Limit: 5})
	if err != nil || n != 1 || !strings.Contains(string(lines[0].Detail), "ledger_entry_keep") || !strings.Contains(string(lines[0].Detail), "llow") {
		t.Fatalf("%d lines %v %v", n, lines, err)
	}
	if _, err := ledger.Open(t.Context(), db, clock.Now); err != nil {
		t.Fatal(err)
	}
	if _, n, err = b.Entries(t.Context(), ledger.Filter{Action: "ledger.guard.renew", Limit: 5}); err != nil || n != 1 {
		t.Errorf("a whole guard was renewed: %d %v", n, err)
	}
}
