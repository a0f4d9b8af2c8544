package today

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Level says how pressing a todo is.
type Level string

// The levels, most pressing first.
const (
	Red   Level = "red"   // overdue, or an open door
	Amber Level = "amber" // soon
	Info  Level = "info"  // when there is time
)

// Todo is one thing that a person should do.
type Todo struct {
	Level Level
	Say   text.Msg  // what to do
	Why   text.Msg  // what it means when it is not done
	URL   string    // where it is done
	Due   time.Time // zero when there is no deadline
	Rank  int       // inside a level; smaller comes first
}

// Mark gives shape, word and colour of the todo's level.
func (t Todo) Mark() web.Mark {
	switch t.Level {
	case Red:
		return web.Mark{Level: web.Danger, Say: text.M("today.level.red")}
	case Amber:
		return web.Mark{Level: web.Warn, Say: text.M("today.level.amber")}
	}
	return web.Mark{Level: web.Info, Say: text.M("today.level.info")}
}

// Source publishes the todos which the person may see and do.
type Source func(ctx context.Context, p web.Person) ([]Todo, error)

// Shown is how many todos the first page shows at once.
const Shown = 7

// Collect asks all sources and puts the most pressing first: by level, rank,
// deadline.
func Collect(ctx context.Context, p web.Person, sources []Source) ([]Todo, error) {
	var all []Todo
	for _, source := range sources {
		todos, err := source(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, todos...)
	}
	order := map[Level]int{Red: 0, Amber: 1, Info: 2}
	slices.SortStableFunc(all, func(a, b Todo) int {
		return cmp.Or(cmp.Compare(order[a.Level], order[b.Level]), cmp.Compare(a.Rank, b.Rank), compareDue(a.Due, b.Due))
	})
	return all, nil
}

// compareDue puts a todo with a deadline before one without.
func compareDue(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}
