package incident

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Readings says how well the hospital is prepared, and whether it is in an
// incident: incident.contacts, incident.folder, incident.holidays and
// incident.open.
func (d *Desk) Readings(ctx context.Context) ([]reading.Reading, error) {
	var out []reading.Reading
	for _, read := range []func(context.Context) (reading.Reading, error){d.readContacts, d.readFolder, d.readHolidays, d.readOpen} {
		r, err := read(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// readContacts is Unknown until somebody has touched the tree: shipped
// addresses alone say nothing about this hospital.
func (d *Desk) readContacts(ctx context.Context) (reading.Reading, error) {
	contacts, err := d.Contacts(ctx)
	if err != nil {
		return reading.Reading{}, err
	}
	bad, total := wanting(contacts, d.clock())
	r := reading.Reading{ID: "incident.contacts", State: reading.Good, Basis: reading.Register, At: d.clock(), Count: len(bad), Total: total,
		URL: "/incident/contacts", Say: text.M("incident.reading.contacts", total-len(bad), total)}
	touched := false
	for _, c := range contacts {
		touched = touched || (c.Side != vendorSide && !c.ChangedAt.IsZero())
	}
	switch {
	case !touched:
		r.State, r.At, r.Say = reading.Unknown, time.Time{}, text.M("incident.reading.contacts.none")
	case len(bad) > 0:
		r.State = reading.Bad
	}
	for _, c := range bad {
		if len(r.Items) < reading.MaxItems {
			key := "incident.reading.contacts.unchecked"
			if !c.Callable() {
				key = "incident.reading.contacts.empty"
			}
			r.Items = append(r.Items, reading.Item{Say: text.M(key, c.nameText()), URL: "/incident/contacts/edit?key=" + c.Key})
		}
	}
	return r, nil
}

// nameText names the contact in a sentence that has no language yet.
func (c Contact) nameText() text.Msg {
	if c.Own || c.Side == vendorSide {
		return text.Raw(c.Name.JA)
	}
	return text.M("incident.slot." + c.Key)
}

func (d *Desk) readFolder(ctx context.Context) (reading.Reading, error) {
	p, err := d.LastPrint(ctx, "folder")
	if err != nil {
		return reading.Reading{}, err
	}
	r := reading.Reading{ID: "incident.folder", State: reading.Unknown, Basis: reading.Declared, Total: 1, URL: "/incident/folder", Say: text.M("incident.reading.folder.none")}
	if p.At.IsZero() {
		return r, nil
	}
	r.At, r.By = p.At, p.By
	r.State, r.Say = reading.Good, text.M("incident.reading.folder", text.Day(p.At.In(d.zone)), p.Place)
	if d.clock().Sub(p.At) > checkedFor {
		r.State, r.Count, r.Say = reading.Bad, 1, text.M("incident.reading.folder.old", text.Day(p.At.In(d.zone)))
	}
	return r, nil
}

func (d *Desk) readHolidays(ctx context.Context) (reading.Reading, error) {
	cal, err := d.Calendar(ctx)
	if err != nil {
		return reading.Reading{}, err
	}
	missing, computed := cal.Coverage(d.today(), d.today().Add(365))
	r := reading.Reading{ID: "incident.holidays", State: reading.Good, Basis: reading.Register, At: d.clock(), By: cal.Head().Edition, URL: "/incident/holidays",
		Count: len(missing), Total: 2, Say: text.M("incident.reading.holidays", len(computed))}
	if len(missing) > 0 {
		r.State, r.Say = reading.Bad, text.M("incident.reading.holidays.missing", itoa(missing[0]))
	}
	for _, h := range computed {
		r.Items = append(r.Items, reading.Item{Say: text.M("incident.clock.computed", h.Day), URL: "/incident/holidays"})
	}
	return r, nil
}

// readOpen is None while no real incident is open; a drill is none.
func (d *Desk) readOpen(ctx context.Context) (reading.Reading, error) {
	heads, _, err := d.Heads(ctx, true, 0, 0)
	if err != nil {
		return reading.Reading{}, err
	}
	r := reading.Reading{ID: "incident.open", State: reading.None, Basis: reading.Register, At: d.clock(), URL: "/incident", Say: text.M("incident.reading.open.none")}
	for _, h := range heads {
		if h.Drill {
			continue
		}
		r.Count, r.Total = r.Count+1, r.Total+1
		if len(r.Items) < reading.MaxItems {
			r.Items = append(r.Items, reading.Item{Say: text.Raw(h.Title), URL: "/incident/" + h.ID})
		}
	}
	if r.Count > 0 {
		r.State, r.Say = reading.Bad, text.M("incident.reading.open", r.Count)
	}
	return r, nil
}

// Todos says what incidents and preparedness ask of the person now. Cost: one
// load per open incident.
func (d *Desk) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	var out []today.Todo
	if p.Can(PermWrite) {
		heads, _, err := d.Heads(ctx, true, 0, 0)
		if err != nil {
			return nil, err
		}
		for _, h := range heads {
			todos, err := d.incidentTodos(ctx, h)
			if err != nil {
				return nil, err
			}
			out = append(out, todos...)
		}
	}
	if p.Can(PermRead) && !p.Can(PermWrite) { // wards and the director: there is a room to go to
		heads, _, err := d.Heads(ctx, true, 0, 0)
		if err != nil {
			return nil, err
		}
		for _, h := range heads {
			out = append(out, today.Todo{Level: today.Amber, Rank: 3, Say: text.M("incident.todo.follow", h.Title), Why: text.M("incident.todo.follow.why"), URL: "/incident/" + h.ID})
		}
	}
	prepared, err := d.preparedTodos(ctx, p)
	return append(out, prepared...), err
}

// maxTodos bounds what one incident puts on the first page, which has seven
// lines for everything.
const maxTodos = 4

func (d *Desk) incidentTodos(ctx context.Context, h Head) ([]today.Todo, error) {
	in, err := d.Incident(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	cal, err := d.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	url, title := "/incident/"+in.ID, titleOf(in)
	var out []today.Todo
	add := func(t today.Todo) {
		if in.Drill && t.Level == today.Red { // a drill never pushes a real duty away
			t.Level = today.Amber
		}
		if len(out) < maxTodos {
			out = append(out, t)
		}
	}
	for _, dl := range d.clocks(in, cal) {
		if !dl.Running() || !dl.Dated() || dl.Left > 7*soon/3 {
			continue
		}
		level := today.Amber
		if dl.Left < soon {
			level = today.Red
		}
		add(today.Todo{Level: level, Rank: 0, Say: text.M("incident.todo.clock", title, text.Day(dl.Clock.Target().Time())), Why: text.M("incident.todo.clock.why"),
			URL: url + "/clocks", Due: dl.Clock.Target().End(d.zone)})
	}
	if len(in.ClockFacts()) == 0 {
		add(today.Todo{Level: today.Red, Rank: 1, Say: text.M("incident.todo.fact", title), Why: text.M("incident.todo.fact.why"), URL: url + "/fact"})
	}
	held, over := 0, 0
	for _, t := range in.Tasks {
		if in.Held(t) {
			held++
		} else if !t.State.Finished() && !t.Due.IsZero() && t.Due.Before(d.clock()) {
			over++
		}
	}
	if held > 0 {
		add(today.Todo{Level: today.Red, Rank: 1, Say: text.M("incident.todo.held", title, held), Why: text.M("incident.todo.held.why"), URL: url + "/evidence"})
	}
	if over > 0 {
		add(today.Todo{Level: today.Red, Rank: 2, Say: text.M("incident.todo.over", title, over), Why: text.M("incident.todo.over.why"), URL: url + "/tasks"})
	}
	if len(out) == 0 {
		add(today.Todo{Level: today.Amber, Rank: 3, Say: text.M("incident.todo.open", title), Why: text.M("incident.todo.open.why"), URL: url})
	}
	return out, nil
}

func (d *Desk) preparedTodos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	var out []today.Todo
	if p.Can(PermContact) {
		contacts, err := d.Contacts(ctx)
		if err != nil {
			return nil, err
		}
		if bad, total := wanting(contacts, d.clock()); len(bad) > 0 {
			out = append(out, today.Todo{Level: today.Amber, Rank: 10, Say: text.M("incident.todo.contacts", len(bad), total), Why: text.M("incident.todo.contacts.why"), URL: "/incident/contacts"})
		}
		cal, err := d.Calendar(ctx)
		if err != nil {
			return nil, err
		}
		if missing, _ := cal.Coverage(d.today(), d.today().Add(365)); len(missing) > 0 {
			out = append(out, today.Todo{Level: today.Amber, Rank: 12, Say: text.M("incident.todo.holidays", itoa(missing[0])), Why: text.M("incident.todo.holidays.why"), URL: "/incident/holidays"})
		}
	}
	if p.Can(PermWrite) {
		printed, err := d.LastPrint(ctx, "folder")
		if err != nil {
			return nil, err
		}
		if printed.At.IsZero() || d.clock().Sub(printed.At) > checkedFor {
			out = append(out, today.Todo{Level: today.Amber, Rank: 11, Say: text.M("incident.todo.folder"), Why: text.M("incident.todo.folder.why"), URL: "/incident/folder"})
		}
	}
	return out, nil
}
