package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/sqlite"
)

//go:embed migrate/*.sql
var migrations embed.FS

// catalog is events.db: the only SQL of the store.
type catalog struct {
	db       *sqlite.DB
	facility string
	step     func(name string) error
}

func openCatalog(ctx context.Context, cfg Config) (*catalog, error) {
	db, err := sqlite.Open(cfg.Catalogue)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, "events", migrations); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &catalog{db: db, facility: cfg.Facility, step: cfg.step}, nil
}

// Keys of events_state.
const (
	stateLog    = "log"    // which log, how far, with which checkpoint: logState
	stateDone   = "done"   // the last batch of that log: a position
	stateAlive  = "alive"  // when Toride was last seen running
	stateKeys   = "keys"   // the entry up to which the index of keys is written
	stateVerify = "verify" // the last verification: Verified
)

// logState says how far the catalogue has followed a log.
type logState struct {
	Log        string // its folder's name
	Size       int64
	Root       string
	Checkpoint string // signed
}

// change is what one commit does.
type change struct {
	log   *logState
	add   []*part
	hours map[string]hours // by name, of add
	drop  []*part          // end, and are gone when nobody reads them
	marks []mark
	state map[string]string
	clear bool // all parts that were there before go: another log counts
}

// and gives what both changes do, one after the other.
func (ch change) and(next change) change {
	ch.drop = append(ch.drop, next.drop...)
	ch.add = slices.DeleteFunc(append(ch.add, next.add...), func(p *part) bool { return slices.Contains(next.drop, p) })
	ch.marks = append(ch.marks, next.marks...)
	if next.log != nil {
		ch.log = next.log
	}
	ch.hours = joinMaps(ch.hours, next.hours)
	ch.state = joinMaps(ch.state, next.state)
	ch.clear = ch.clear || next.clear
	return ch
}

func joinMaps[V any](a, b map[string]V) map[string]V {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]V{}
	}
	maps.Copy(out, b)
	return out
}

// mark is an entry of the log with its number.
type mark struct {
	Log   string
	Leaf  int64
	Entry *Entry
}

func (c *catalog) commit(ctx context.Context, ch change) error {
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		if err := c.apply(ctx, tx, ch); err != nil {
			return fmt.Errorf("store: catalogue: %w", err)
		}
		return c.step("catalogue")
	})
}

func (c *catalog) apply(ctx context.Context, tx *sql.Tx, ch change) error {
	if ch.clear {
		if _, err := tx.ExecContext(ctx, "DELETE FROM events_part; DELETE FROM events_gone"); err != nil {
			return err
		}
	}
	for _, p := range ch.drop {
		if _, err := tx.ExecContext(ctx, "DELETE FROM events_part WHERE name = ?", p.Name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO events_gone(name, facility) VALUES(?, ?)", p.Name, c.facility); err != nil {
			return err
		}
	}
	for _, p := range ch.add {
		var packed []byte
		if h, ok := ch.hours[p.Name]; ok {
			packed = h.encode()
		}
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO events_part(name, facility, day, level, epoch, batch_first, batch_last, rows, bytes, keys,
			sha256, leaf_first, leaf_last, received_min, received_max, time_min, time_max, hours) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
			p.Name, c.facility, p.day(), p.Level, p.Epoch, int64(p.From), int64(p.To), p.Rows, p.Bytes, p.Keys, p.Sum, p.LeafFirst, p.LeafLast,
			p.Received[0], p.Received[1], p.Times[0], p.Times[1], packed); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM events_gone WHERE name = ?", p.Name); err != nil {
			return err
		}
	}
	for _, m := range ch.marks {
		text, err := json.Marshal(m.Entry)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO events_mark(log, leaf, facility, kind, at, entry) VALUES(?,?,?,?,?,?)",
			m.Log, m.Leaf, c.facility, string(m.Entry.Kind), m.Entry.At.UTC().Format(time.RFC3339Nano), string(text)); err != nil {
			return err
		}
	}
	if ch.log != nil {
		text, err := json.Marshal(ch.log)
		if err != nil {
			return err
		}
		if err := c.put(ctx, tx, stateLog, string(text)); err != nil {
			return err
		}
	}
	for key, value := range ch.state {
		if err := c.put(ctx, tx, key, value); err != nil {
			return err
		}
	}
	return nil
}

func (c *catalog) put(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO events_state(key, facility, value) VALUES(?, ?, ?)
		ON CONFLICT(key) DO UPDATE SET value = excluded.value`, key, c.facility, value)
	return err
}

// state reads one value; one that is not there is empty.
func (c *catalog) state(ctx context.Context, key string) (string, error) {
	var v string
	err := c.db.Read().QueryRowContext(ctx, "SELECT value FROM events_state WHERE key = ?", key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

func (c *catalog) logState(ctx context.Context) (logState, error) {
	var s logState
	text, err := c.state(ctx, stateLog)
	if err != nil || text == "" {
		return s, err
	}
	return s, json.Unmarshal([]byte(text), &s)
}

const partColumns = "name, level, epoch, batch_first, batch_last, rows, bytes, keys, sha256, leaf_first, leaf_last, received_min, received_max, time_min, time_max"

// parts gives all parts in the order in which they were sealed.
func (c *catalog) parts(ctx context.Context) ([]*part, error) {
	rows, err := c.db.Read().QueryContext(ctx, "SELECT "+partColumns+" FROM events_part ORDER BY leaf_first")
	if err != nil {
		return nil, fmt.Errorf("store: catalogue: %w", err)
	}
	defer rows.Close()
	var out []*part
	for rows.Next() {
		p := &part{}
		var from, to int64
		if err := rows.Scan(&p.Name, &p.Level, &p.Epoch, &from, &to, &p.Rows, &p.Bytes, &p.Keys, &p.Sum, &p.LeafFirst, &p.LeafLast,
			&p.Received[0], &p.Received[1], &p.Times[0], &p.Times[1]); err != nil {
			return nil, fmt.Errorf("store: catalogue: %w", err)
		}
		p.From, p.To = uint64(from), uint64(to)
		out = append(out, p)
	}
	return out, rows.Err()
}

// eachHours gives the counts of parts whose receipt lies between two times,
// both included, and nil for those that were not counted yet.
func (c *catalog) eachHours(ctx context.Context, from, to int64, yield func(name string, h hours) error) error {
	rows, err := c.db.Read().QueryContext(ctx, "SELECT name, hours FROM events_part WHERE received_max >= ? AND received_min <= ? ORDER BY leaf_first", from, to)
	if err != nil {
		return fmt.Errorf("store: catalogue: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var packed []byte
		if err := rows.Scan(&name, &packed); err != nil {
			return fmt.Errorf("store: catalogue: %w", err)
		}
		var h hours
		if packed != nil {
			if h, err = decodeHours(packed); err != nil {
				h = nil // it is a cache: counted again
			}
		}
		if err := yield(name, h); err != nil {
			return err
		}
	}
	return rows.Err()
}

// uncounted lists the parts whose events are not counted.
func (c *catalog) uncounted(ctx context.Context) ([]string, error) {
	return c.strings(ctx, "SELECT name FROM events_part WHERE hours IS NULL ORDER BY leaf_first DESC")
}

func (c *catalog) setHours(ctx context.Context, name string, h hours) error {
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE events_part SET hours = ? WHERE name = ?", h.encode(), name)
		return err
	})
}

// hoursOf reads the counts of some parts.
func (c *catalog) hoursOf(ctx context.Context, parts []*part) (map[string]hours, error) {
	out := map[string]hours{}
	for _, p := range parts {
		var packed []byte
		err := c.db.Read().QueryRowContext(ctx, "SELECT hours FROM events_part WHERE name = ?", p.Name).Scan(&packed)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("store: catalogue: %w", err)
		}
		if h, err := decodeHours(packed); err == nil && packed != nil {
			out[p.Name] = h
		}
	}
	return out, nil
}

func (c *catalog) gone(ctx context.Context) ([]string, error) {
	return c.strings(ctx, "SELECT name FROM events_gone")
}

func (c *catalog) forget(ctx context.Context, names []string) error {
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		for _, name := range names {
			if _, err := tx.ExecContext(ctx, "DELETE FROM events_gone WHERE name = ?", name); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *catalog) strings(ctx context.Context, query string) ([]string, error) {
	rows, err := c.db.Read().QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("store: catalogue: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("store: catalogue: %w", err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// marks gives the entries of some kinds, the oldest first.
func (c *catalog) marks(ctx context.Context, kinds ...Kind) ([]mark, error) {
	rows, err := c.db.Read().QueryContext(ctx, "SELECT log, leaf, entry FROM events_mark ORDER BY log, leaf")
	if err != nil {
		return nil, fmt.Errorf("store: catalogue: %w", err)
	}
	defer rows.Close()
	var out []mark
	for rows.Next() {
		m := mark{Entry: &Entry{}}
		var text string
		if err := rows.Scan(&m.Log, &m.Leaf, &text); err != nil {
			return nil, fmt.Errorf("store: catalogue: %w", err)
		}
		if err := json.Unmarshal([]byte(text), m.Entry); err != nil {
			return nil, fmt.Errorf("store: catalogue: %w", err)
		}
		if slices.Contains(kinds, m.Entry.Kind) {
			out = append(out, m)
		}
	}
	return out, rows.Err()
}
