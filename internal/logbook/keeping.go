package logbook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// Bounds of what people can choose. Below a month nothing would be left to
// compare the machine's clock with, before days are deleted by it.
const (
	MinKeepDays = 30
	MaxKeepDays = 3650
	MinReserve  = 1 << 30 // bytes
)

// Keeping is for how long records are kept. It is shared with the store, which
// asks often, and safe for several goroutines.
type Keeping struct {
	book *ledger.Book
	now  atomic.Pointer[Kept]
}

// Kept is a choice of people about keeping.
type Kept struct {
	Days    int    // of receipt
	Reserve uint64 // bytes of the disk that stay free; 0: by the size of the disk
	// ChangedAt and By say who decided it; zero while nobody did.
	ChangedAt time.Time
	By        string
}

// same reports whether both mean the same for the records.
func (k Kept) same(other Kept) bool { return k.Days == other.Days && k.Reserve == other.Reserve }

// keptDetail is a choice as the ledger has it.
type keptDetail struct {
	Days    int    `json:"days"`
	Reserve uint64 `json:"reserve_bytes"` // 0: by the size of the disk
}

func (k Kept) detail() keptDetail { return keptDetail{k.Days, k.Reserve} }

// OpenKeeping reads what was decided.
func OpenKeeping(ctx context.Context, book *ledger.Book) (*Keeping, error) {
	if err := book.DB().Migrate(ctx, "logbook", files); err != nil {
		return nil, err
	}
	k := &Keeping{book: book}
	now, err := readKept(ctx, book.DB().Read(), book.Facility())
	if err != nil {
		return nil, err
	}
	k.now.Store(&now)
	return k, nil
}

type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readKept(ctx context.Context, q rowQuerier, facility string) (Kept, error) {
	k := Kept{Days: store.DefaultKeepDays}
	var reserve int64
	var at string
	err := q.QueryRowContext(ctx, "SELECT days, reserve, changed_at, changed_by FROM logbook_keeping WHERE facility = ?", facility).Scan(&k.Days, &reserve, &at, &k.By)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return k, fmt.Errorf("logbook: keeping: %w", err)
	}
	k.Reserve, k.ChangedAt = uint64(reserve), stamp.Read(at)
	return k, nil
}

// Now is the choice that is in force.
func (k *Keeping) Now() Kept { return *k.now.Load() }

// Settings is the choice as the store asks for it; it costs nothing.
func (k *Keeping) Settings(zone *time.Location) store.Settings {
	now := k.now.Load()
	return store.Settings{KeepDays: now.Days, Reserve: now.Reserve, Zone: zone}
}

// Change takes another choice. seen is the one that the person had before
// their eyes: the fault "logbook.keep.changed" says that it is another one by
// now. why and due go into the ledger: the reason, and what becomes due by it.
func (k *Keeping) Change(ctx context.Context, actor ledger.Actor, seen, to Kept, why string, due store.Plan) error {
	if to.Days < MinKeepDays || to.Days > MaxKeepDays {
		return fault.New(fault.Invalid, "logbook.keep.days.bad", MinKeepDays, MaxKeepDays)
	}
	if to.Reserve != 0 && to.Reserve < MinReserve || to.Reserve > 1<<62 {
		return fault.New(fault.Invalid, "logbook.keep.reserve.bad", MinReserve>>30)
	}
	err := k.book.Write(ctx, actor, "log.keep", func(tx *ledger.Tx) error {
		before, err := readKept(ctx, tx, tx.Facility)
		if err != nil {
			return err
		}
		if !before.same(seen) {
			return fault.New(fault.Conflict, "logbook.keep.changed")
		}
		rows := int64(0)
		for _, d := range due.Days {
			rows += d.Rows
		}
		tx.Subject("log")
		tx.Detail(map[string]any{"before": before.detail(), "after": to.detail(), "why": why, "due_days": len(due.Days), "due_rows": rows})
		to.ChangedAt, to.By = tx.Now, actor.Name
		_, err = tx.ExecContext(ctx, `INSERT INTO logbook_keeping(facility, days, reserve, changed_at, changed_by) VALUES(?,?,?,?,?)
			ON CONFLICT(facility) DO UPDATE SET days = excluded.days, reserve = excluded.reserve, changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
			tx.Facility, to.Days, int64(to.Reserve), stamp.Text(tx.Now), actor.Name)
		return err
	})
	if err != nil {
		return err
	}
	k.now.Store(&to)
	return nil
}
