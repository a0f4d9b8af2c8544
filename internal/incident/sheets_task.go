package incident

import (
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// taskSheets are the forms about tasks.
func taskSheets() []sheet {
	return []sheet{
		{name: "task", perm: PermWrite, fields: taskFields, do: addTask},
		{name: "assign", perm: PermWrite, about: taskTitle, fields: assignFields,
			do: func(s *scene, f *web.Form) (string, error) {
				return "tasks", s.d.AssignTask(s.c.Ctx(), s.actor(), s.in.ID, TaskChange{Task: f.Text("task"), Owner: f.Text("owner"), Due: f.Time("due")})
			}},
		{name: "start", perm: PermWrite, about: taskTitle, fields: moveFields, do: move(KindStart)},
		{name: "finish", perm: PermWrite, about: taskTitle, fields: func(s *scene) ([]web.Field, error) {
			fields, err := moveFields(s)
			return append(fields, short("result")), err
		}, do: move(KindDone)},
		{name: "drop", perm: PermWrite, about: taskTitle, fields: func(s *scene) ([]web.Field, error) {
			fields, err := moveFields(s)
			return append(fields, must(short("reason"))), err
		}, do: move(KindDrop)},
		{name: "override", perm: PermCommand, danger: true, about: taskTitle,
			fields: func(s *scene) ([]web.Field, error) {
				fields, err := moveFields(s)
				if err != nil {
					return nil, err
				}
				return append(fields[:1:1], helped(must(area("reason")))), nil
			},
			do: func(s *scene, f *web.Form) (string, error) {
				return "tasks", s.d.OverrideTask(s.c.Ctx(), s.actor(), s.in.ID, f.Text("task"), f.Text("reason"))
			}},
	}
}

func taskFields(s *scene) ([]web.Field, error) {
	act := helped(input("act", web.SelectField))
	act.Options = []web.Option{}
	for _, a := range plan.Acts() {
		act.Options = append(act.Options, web.Option{Value: string(a), Say: actText(a)})
	}
	act.Value = s.c.Query("act")
	object := helped(input("object", web.SelectField))
	object.Options = s.objectOptions()
	object.Value = s.c.Query("object")
	return []web.Field{must(wide(short("title"))), act, object, helped(short("new_object")), short("owner"), input("due", web.TimeField)}, nil
}

func actText(a plan.Act) text.Msg {
	if a == plan.Plain {
		return text.M("incident.act.plain")
	}
	return text.M("incident.act." + string(a))
}

func (s *scene) objectOptions() []web.Option {
	out := []web.Option{{Value: "", Say: text.M("incident.object.none")}}
	for _, o := range s.in.Objects {
		out = append(out, web.Option{Value: o.ID, Say: text.Raw(o.Name)})
	}
	return out
}

func addTask(s *scene, f *web.Form) (string, error) {
	n := NewTask{Title: f.Text("title"), Owner: f.Text("owner"), Act: plan.Act(f.Text("act")), Object: f.Text("object"), Due: f.Time("due")}
	if n.Act.Dangerous() && n.Object == "" && f.Text("new_object") == "" {
		f.Fail("object", "incident.task.choose_object")
		return "", nil
	}
	if n.Object == "" && f.Text("new_object") != "" {
		id, err := s.d.AddObject(s.c.Ctx(), s.actor(), s.in.ID, Object{Name: f.Text("new_object"), State: Suspected})
		if err != nil {
			return "", err
		}
		n.Object = id
	}
	return "tasks", s.d.AddTask(s.c.Ctx(), s.actor(), s.in.ID, n)
}

func assignFields(s *scene) ([]web.Field, error) {
	t, err := s.task()
	if err != nil {
		return nil, err
	}
	return []web.Field{s.taskField(t), valued(short("owner"), t.Owner),
		valued(input("due", web.TimeField), web.TimeValue(t.Due, s.c.Zone()))}, nil
}

// task finds the task that the URL or the form names.
func (s *scene) task() (*Task, error) {
	id := s.c.Query("task")
	if id == "" {
		id = s.c.R.PostFormValue("task")
	}
	t := s.in.Task(id)
	if t == nil {
		return nil, fault.New(fault.NotFound, "incident.task.unknown")
	}
	return t, nil
}

// taskTitle names the task and its object above the form, so that nobody acts
// on the wrong one.
func taskTitle(s *scene) string {
	t, err := s.task()
	if err != nil {
		return "" // the fields of the form report it
	}
	title := t.Title.In(s.c.Lang)
	if o := s.in.Object(t.Object); o != nil {
		title += " — " + o.Name
	}
	return title
}

func (s *scene) taskField(t *Task) web.Field {
	return web.Field{Name: "task", Kind: web.HiddenField, Value: t.ID}
}

func moveFields(s *scene) ([]web.Field, error) {
	t, err := s.task()
	if err != nil {
		return nil, err
	}
	return []web.Field{s.taskField(t), s.when()}, nil
}

func move(kind RecordKind) func(*scene, *web.Form) (string, error) {
	return func(s *scene, f *web.Form) (string, error) {
		m := Move{Task: f.Text("task"), Kind: kind, At: atOf(f)}
		switch kind {
		case KindDone:
			m.Words = f.Text("result")
		case KindDrop:
			m.Words = f.Text("reason")
		}
		return "tasks", s.d.MoveTask(s.c.Ctx(), s.actor(), s.in.ID, m)
	}
}

// evidenceSheets are the forms about what is preserved and who holds it.
func evidenceSheets() []sheet {
	return []sheet{
		{name: "preserve", perm: PermWrite, fields: evidenceFields, do: addEvidence},
		{name: "custody", perm: PermWrite,
			fields: func(s *scene) ([]web.Field, error) {
				e := must(input("evidence", web.SelectField))
				for _, ev := range s.in.Evidence {
					e.Options = append(e.Options, web.Option{Value: ev.ID, Say: text.Raw(ev.What)})
				}
				e.Value = s.c.Query("evidence")
				return []web.Field{e, must(short("to")), short("place"), s.when(), short("note")}, nil
			},
			do: func(s *scene, f *web.Form) (string, error) {
				c := Custody{Evidence: f.Text("evidence"), To: f.Text("to"), Place: f.Text("place"), Note: f.Text("note")}
				return "evidence", s.d.HandEvidence(s.c.Ctx(), s.actor(), s.in.ID, c, atOf(f))
			}},
	}
}

func evidenceFields(s *scene) ([]web.Field, error) {
	object := input("object", web.SelectField)
	object.Options = s.objectOptions()
	object.Value = s.c.Query("object")
	preserves := helped(input("preserves", web.CheckField))
	preserves.Value = s.c.Query("preserves")
	return []web.Field{object, helped(short("new_object")), wide(preserves), must(helped(area("evidence_what"))), must(helped(short("place"))),
		helped(short("hash")), must(valued(short("holder"), s.c.Person.Name)), s.when(), short("note")}, nil
}

func addEvidence(s *scene, f *web.Form) (string, error) {
	e := Evidence{Object: f.Text("object"), What: f.Text("evidence_what"), Place: f.Text("place"), Hash: f.Text("hash"),
		Holder: f.Text("holder"), Preserves: f.Checked("preserves"), Note: f.Text("note")}
	if e.Object == "" && f.Text("new_object") != "" {
		id, err := s.d.AddObject(s.c.Ctx(), s.actor(), s.in.ID, Object{Name: f.Text("new_object"), State: Suspected})
		if err != nil {
			return "", err
		}
		e.Object = id
	}
	if e.Preserves && e.Object == "" {
		f.Fail("object", "incident.evidence.choose_object")
		return "", nil
	}
	_, err := s.d.AddEvidence(s.c.Ctx(), s.actor(), s.in.ID, e, atOf(f))
	return "evidence", err
}
