package identity

import (
	"context"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Readings publishes identity.mfa, identity.lockout and identity.stale. They
// speak of Toride's own accounts, not of the hospital's directory. One query.
func (d *People) Readings(ctx context.Context) ([]reading.Reading, error) {
	all, err := d.People(ctx)
	if err != nil {
		return nil, err
	}
	now, p := d.now(), d.Policy()
	second := reading.Reading{ID: "identity.mfa", State: reading.None, Basis: reading.Register, At: now, URL: "/people",
		Say: text.M("identity.reading.nobody")}
	unused := second
	unused.ID = "identity.stale"
	for _, one := range all {
		if one.State != Active {
			continue
		}
		item := reading.Item{Say: text.M("identity.reading.item", one.Name, one.Login), URL: "/people/person/" + one.ID}
		count(&second, !one.Second, item)
		count(&unused, one.stale(now), item)
	}
	conclude(&second, "identity.reading.mfa")
	conclude(&unused, "identity.reading.stale")
	lockout := reading.Reading{ID: "identity.lockout", State: reading.Good, Basis: reading.Register, At: now, URL: "/people/rules",
		Say: text.M("identity.reading.lockout", p.Tries, p.Lock)}
	return []reading.Reading{second, lockout, unused}, nil
}

func count(r *reading.Reading, wanting bool, item reading.Item) {
	r.Total++
	if !wanting {
		return
	}
	r.Count++
	if len(r.Items) < reading.MaxItems {
		r.Items = append(r.Items, item)
	}
}

func conclude(r *reading.Reading, key string) {
	switch {
	case r.Total == 0:
	case r.Count == 0:
		r.State, r.Say = reading.Good, text.M(key+".good", r.Total)
	default:
		r.State, r.Say = reading.Bad, text.M(key+".bad", r.Count, r.Total)
	}
}

// Todos lists what administrators must do about accounts, and what everybody
// must do about their own.
func (d *People) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	var todos []today.Todo
	if id, err := ownUUID(p); err == nil {
		left, err := d.recoveryLeft(ctx, id)
		if err != nil {
			return nil, err
		}
		if left <= fewCodes {
			todos = append(todos, today.Todo{Level: today.Info, Rank: 80, URL: "/me/second",
				Say: text.M("identity.todo.codes", left), Why: text.M("identity.todo.codes.why")})
		}
	}
	if !p.Can(Admin) {
		return todos, nil
	}
	open, err := d.Glasses(ctx, true)
	if err != nil {
		return nil, err
	}
	for _, b := range open {
		todos = append(todos, today.Todo{Level: today.Red, Rank: 5, URL: "/people/glass/" + b.ID, Due: b.StartedAt,
			Say: text.M("identity.todo.glass", b.Name, b.StartedAt), Why: text.M("identity.todo.glass.why")})
	}
	people, err := d.adminTodos(ctx)
	return append(todos, people...), err
}

func (d *People) adminTodos(ctx context.Context) ([]today.Todo, error) {
	readings, err := d.Readings(ctx)
	if err != nil {
		return nil, err
	}
	var todos []today.Todo
	for _, r := range readings {
		if r.State != reading.Bad {
			continue
		}
		todo := today.Todo{Level: today.Amber, Rank: 40, URL: r.URL, Say: text.M("identity.todo.mfa", r.Count), Why: text.M("identity.todo.mfa.why")}
		if r.ID == "identity.stale" {
			todo.Rank, todo.Say, todo.Why = 60, text.M("identity.todo.stale", r.Count), text.M("identity.todo.stale.why")
		}
		todos = append(todos, todo)
	}
	envelopes, err := d.Envelopes(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range envelopes {
		if e.InSafe() {
			return todos, nil
		}
	}
	return append(todos, today.Todo{Level: today.Info, Rank: 70, URL: "/people/envelopes",
		Say: text.M("identity.todo.envelope"), Why: text.M("identity.todo.envelope.why")}), nil
}
