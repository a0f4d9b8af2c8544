package detect

import (
	"context"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/ledger"
)

// learning is for how long a space of pairs only learns. Two weeks hold the
// week-end, the monthly job mostly, and the maintenance that comes every other
// week.
const learning = 14 * 24 * time.Hour

// maxPairs bounds the pairs that are remembered.
const maxPairs = 200_000

// memory remembers the pairs that watches met. It is used under mu.
type memory struct {
	draft  *draft
	spaces map[string]*space
	size   int
}

type space struct {
	since time.Time
	keys  map[string]bool
}

type pair struct {
	space, key string
	at         time.Time
}

var _ watch.Memory = (*memory)(nil)

// Meet notes a pair.
func (m *memory) Meet(name, key string, at time.Time) watch.Meeting {
	s := m.spaces[name]
	if s == nil {
		if m.size >= maxPairs {
			return watch.Meeting{Full: true}
		}
		s = &space{since: at, keys: map[string]bool{}}
		m.spaces[name] = s
	}
	out := watch.Meeting{Since: s.since, Learning: at.Sub(s.since) < learning}
	if s.keys[key] {
		return out
	}
	if m.size >= maxPairs {
		out.Full = true
		return out
	}
	out.New = true
	s.keys[key] = true
	m.size++
	m.draft.pairs = append(m.draft.pairs, pair{name, key, at})
	return out
}

func (d *Desk) storedPairs(ctx context.Context) (*memory, error) {
	m := &memory{draft: &d.draft, spaces: map[string]*space{}}
	rows, err := d.read().QueryContext(ctx, "SELECT space, key, first_at FROM detect_pair")
	if err != nil {
		return nil, fmt.Errorf("detect: pairs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, key, first string
		if err := rows.Scan(&name, &key, &first); err != nil {
			return nil, fmt.Errorf("detect: pairs: %w", err)
		}
		at, err := stamp.Parse(first)
		if err != nil {
			return nil, fmt.Errorf("detect: pairs: %w", err)
		}
		s := m.spaces[name]
		if s == nil {
			s = &space{since: at, keys: map[string]bool{}}
			m.spaces[name] = s
		}
		if at.Before(s.since) {
			s.since = at
		}
		s.keys[key] = true
		m.size++
	}
	return m, rows.Err()
}

func writePairs(ctx context.Context, tx *ledger.Tx, pairs []pair) error {
	for _, p := range pairs {
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO detect_pair(space, key, facility, first_at) VALUES(?, ?, ?, ?)", p.space, p.key, tx.Facility, stamp.Text(p.at)); err != nil {
			return fmt.Errorf("detect: pair: %w", err)
		}
	}
	return nil
}

// Learning says, by space, until when a watch learns in silence. Spaces that
// have learnt are left out.
func (d *Desk) Learning(now time.Time) map[string]time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]time.Time{}
	for name, s := range d.memory.spaces {
		if end := s.since.Add(learning); now.Before(end) {
			out[name] = end
		}
	}
	return out
}
