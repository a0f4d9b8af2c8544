package staff

import (
	"context"
	"maps"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Whoever manages the list decides who reads charts, and could make a reader of
// himself, or of somebody whose PIN he wrote into the list. That cannot be kept
// from him on a PC that he runs; it is shown to everybody else who manages the
// list.

// gain counts who may read charts since an import and could not before, or signs
// in with a PIN that stood in the list, and says whether the rights of who
// imports it change.
func (d *Desk) gain(actor ledger.Actor, todo []touched) (gained int, own bool) {
	for _, t := range todo {
		was, known := d.byID(t.ID)
		before, after := map[web.Perm]bool{}, permsOf(t.Role, t.Extra)
		if known && was.State == Active {
			before = permsOf(was.Role, was.Extra)
		}
		if t.State != Active {
			continue
		}
		if after[right.Read] && (!before[right.Read] || t.pin != "" && t.pin != was.pin) {
			gained++
		}
		own = own || t.Ref() == actor.ID && !maps.Equal(before, after)
	}
	return gained, own
}

// watched is how long an import that gave rights is shown to others.
const watched = 14 * 24 * time.Hour

// importTodos ask somebody to look at what others imported: who reads charts
// since. One query.
func (d *Desk) importTodos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	imports, err := d.Imports(ctx)
	if err != nil {
		return nil, err
	}
	var out []today.Todo
	for _, i := range imports {
		if i.ByID == p.ID || !i.UndoneAt.IsZero() || i.Gained == 0 && !i.Own || d.now().Sub(i.At) > watched {
			continue
		}
		t := today.Todo{Level: today.Amber, Say: text.M("staff.todo.import", i.By, i.File, i.At, i.Gained), Why: text.M("staff.todo.import.why"), URL: "/staff"}
		if i.Own {
			t.Level, t.Why = today.Red, text.M("staff.todo.import.own")
		}
		out = append(out, t)
	}
	return out, nil
}
