package ledger

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/torideproject/toride/internal/sqlite"
)

//go:embed migrate/*.sql
var migrateFS embed.FS

// Book is the open ledger of one facility.
type Book struct {
	db       *sqlite.DB
	facility string
	clock    func() time.Time

	acts atomic.Int64

	mu    sync.Mutex
	proof proof // guarded by mu
}

// Open brings the ledger's tables up to date. A new database gets the UUID of
// its facility here; it goes onto every line and to every transaction.
func Open(ctx context.Context, db *sqlite.DB, clock func() time.Time) (*Book, error) {
	if err := db.Migrate(ctx, "ledger", migrateFS); err != nil {
		return nil, err
	}
	b := &Book{db: db, clock: clock}
	err := db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO ledger_facility(one, id) VALUES(1, ?) ON CONFLICT DO NOTHING", NewID())
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT id FROM ledger_facility").Scan(&b.facility)
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: facility: %w", err)
	}
	return b, b.renewGuards(ctx)
}

// DB gives the database for reading.
func (b *Book) DB() *sqlite.DB { return b.db }

// Facility is the UUID of the hospital.
func (b *Book) Facility() string { return b.facility }

// Tx is a transaction with its ledger line. The line is written when the
// function given to Write returns nil.
type Tx struct {
	*sql.Tx
	Facility string
	Now      time.Time // UTC
	Actor    Actor
	subject  string
	detail   any
}

// Subject names what the act was about, for example "asset/line/UUID".
func (tx *Tx) Subject(subject string) { tx.subject = subject }

// Detail says more about the act. It is stored as JSON; it must hold no secret
// and no patient's data.
func (tx *Tx) Detail(detail any) { tx.detail = detail }

// NewID gives a new UUID (version 7: later ones sort later).
func (tx *Tx) NewID() string { return NewID() }

// NewID gives a new UUID (RFC 9562, version 7).
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Write runs fn and appends the line of the act in the same transaction. It is
// the only way to change Toride's data. When fn fails neither the change nor
// the line exists.
func (b *Book) Write(ctx context.Context, actor Actor, action string, fn func(*Tx) error) error {
	defer b.acts.Add(1) // of an act that failed too: whoever asks looks once too often
	return b.db.Write(ctx, func(sqltx *sql.Tx) error {
		tx := &Tx{Tx: sqltx, Facility: b.facility, Now: b.clock().UTC(), Actor: actor}
		if err := fn(tx); err != nil {
			return err
		}
		return tx.append(ctx, action)
	})
}

// Acts grows with every Write, before Write returns. Whoever holds a copy of the
// data and sees the number it noted before it read has what all acts did that
// were over by then. It asks no database, so that it may be asked for every
// batch of events.
func (b *Book) Acts() int64 { return b.acts.Load() }

// Record writes what Toride itself observed: a finding, a position, a delivery.
// No person acted, so there is no line; such rows are their own record. What a
// person did or decided goes through Write. Actor of the transaction is empty.
func (b *Book) Record(ctx context.Context, fn func(*Tx) error) error {
	return b.db.Write(ctx, func(sqltx *sql.Tx) error {
		return fn(&Tx{Tx: sqltx, Facility: b.facility, Now: b.clock().UTC()})
	})
}

// Note appends a line without a change of data: a refused act, a failed
// sign-in, a print.
func (b *Book) Note(ctx context.Context, actor Actor, action, subject string, detail any) error {
	return b.Write(ctx, actor, action, func(tx *Tx) error {
		tx.Subject(subject)
		tx.Detail(detail)
		return nil
	})
}

func (tx *Tx) append(ctx context.Context, action string) error {
	detail, err := encode(action, tx.detail)
	if err != nil {
		return err
	}
	last, err := head(ctx, tx.Tx)
	if err != nil {
		return err
	}
	e := Entry{Facility: tx.Facility, At: tx.Now, ActorID: tx.Actor.ID, Actor: tx.Actor.Name,
		Via: tx.Actor.Via, Action: action, Subject: tx.subject, Detail: detail}
	e.after(last)
	_, err = tx.ExecContext(ctx, insertEntry, e.columns()...)
	if err != nil {
		return fmt.Errorf("ledger: append: %w", err)
	}
	return nil
}

// encode gives a line's detail as JSON.
func encode(action string, detail any) (json.RawMessage, error) {
	if detail == nil {
		return json.RawMessage("{}"), nil
	}
	data, err := json.Marshal(detail)
	if err != nil {
		return nil, fmt.Errorf("ledger: detail of %s: %w", action, err)
	}
	return data, nil
}

// head is the end of the chain inside a transaction.
func head(ctx context.Context, tx *sql.Tx) (Checkpoint, error) {
	last := Checkpoint{Hash: genesis}
	err := tx.QueryRowContext(ctx, "SELECT seq, hash FROM ledger_entry ORDER BY seq DESC LIMIT 1").Scan(&last.Seq, &last.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return last, fmt.Errorf("ledger: last line: %w", err)
	}
	return last, nil
}

const insertEntry = `INSERT INTO ledger_entry(seq, facility, at, actor_id, actor, via, action, subject, detail, prev, hash)
	VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// after puts the entry behind another one.
func (e *Entry) after(last Checkpoint) {
	e.Seq, e.Prev = last.Seq+1, last.Hash
	e.Hash = e.sum()
}

// columns are the values of insertEntry.
func (e *Entry) columns() []any {
	return []any{e.Seq, e.Facility, e.At.Format(time.RFC3339Nano), e.ActorID, e.Actor,
		e.Via, e.Action, e.Subject, string(e.Detail), e.Prev, e.Hash}
}
