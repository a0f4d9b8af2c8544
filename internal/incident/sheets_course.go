package incident

import (
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// courseSheets are the forms about how the incident is led.
func courseSheets() []sheet {
	return []sheet{
		{name: "entry", perm: PermEntry,
			fields: func(s *scene) ([]web.Field, error) { return []web.Field{must(area("text")), s.when()}, nil },
			do: func(s *scene, f *web.Form) (string, error) {
				return "#timeline", s.d.Record(s.c.Ctx(), s.actor(), s.in.ID, Event{Kind: KindEntry, At: atOf(f), Body: &Entry{Text: f.Text("text")}})
			}},
		{name: "zero", perm: PermCommand,
			fields: func(s *scene) ([]web.Field, error) {
				zero := helped(must(valued(input("zero", web.TimeField), web.TimeValue(s.in.Zero, s.c.Zone()))))
				return []web.Field{zero, must(area("reason"))}, nil
			},
			do: func(s *scene, f *web.Form) (string, error) {
				if f.Time("zero").After(s.c.Now) {
					f.Fail("zero", "incident.zero.future")
					return "", nil
				}
				return "", s.d.SetZero(s.c.Ctx(), s.actor(), s.in.ID, f.Time("zero"), f.Text("reason"))
			}},
		{name: "handover", perm: PermCommand,
			fields: func(s *scene) ([]web.Field, error) {
				return []web.Field{must(short("to")), area("reason")}, nil
			},
			do: func(s *scene, f *web.Form) (string, error) {
				return "", s.d.Hand(s.c.Ctx(), s.actor(), s.in.ID, f.Text("to"), f.Text("reason"))
			}},
		{name: "phase", perm: PermWrite, fields: phaseFields,
			do: func(s *scene, f *web.Form) (string, error) {
				return "tasks", s.d.SetPhase(s.c.Ctx(), s.actor(), s.in.ID, PhaseSet{Phase: plan.Phase(f.Text("phase")), Reason: f.Text("reason")})
			}},
		{name: "decision", perm: PermWrite, fields: decisionFields,
			do: func(s *scene, f *web.Form) (string, error) {
				d := &Decision{What: f.Text("what"), Who: f.Text("who"), Options: f.Text("options"), Reasons: f.Text("reasons"), Care: f.Text("care"), Told: f.Text("told_to")}
				return "#decisions", s.d.Record(s.c.Ctx(), s.actor(), s.in.ID, Event{Kind: KindDecision, At: atOf(f), Body: d})
			}},
	}
}

func phaseFields(s *scene) ([]web.Field, error) {
	phase := choice("phase", "incident.phase", names(plan.Phases()[1:])...)
	phase.Value = string(s.in.Phase)
	return []web.Field{phase, area("reason")}, nil
}

func decisionFields(s *scene) ([]web.Field, error) {
	care := helped(must(area("care")))
	return []web.Field{must(area("what")), must(valued(short("who"), s.in.Commander)), s.when(), helped(area("options")),
		must(area("reasons")), care, short("told_to")}, nil
}

// careSheets are the forms about care, numbers and what the attacker left.
func careSheets() []sheet {
	return []sheet{
		{name: "care", perm: PermWrite, fields: careFields,
			do: func(s *scene, f *web.Form) (string, error) {
				c := Care{Service: f.Text("service"), State: f.Text("state"), Note: f.Text("note")}
				if !CareFits(c.Service, c.State) {
					f.Fail("state", "incident.care.misfit")
					return "", nil
				}
				return "#care", s.d.SetCare(s.c.Ctx(), s.actor(), s.in.ID, c, atOf(f))
			}},
		{name: "number", perm: PermWrite,
			fields: func(s *scene) ([]web.Field, error) {
				metric := must(input("metric", web.SelectField))
				metric.Options = options("incident.metric", Metrics()...)
				value := must(input("value", web.IntField))
				value.Max = 10_000_000
				return []web.Field{metric, value, s.when(), short("note")}, nil
			},
			do: func(s *scene, f *web.Form) (string, error) {
				n := &Number{Metric: f.Text("metric"), Value: f.Int("value"), Note: f.Text("note")}
				return "#care", s.d.Record(s.c.Ctx(), s.actor(), s.in.ID, Event{Kind: KindNumber, At: atOf(f), Body: n})
			}},
		{name: "note", perm: PermWrite, fields: noteFields,
			do: func(s *scene, f *web.Form) (string, error) {
				n := &RansomNote{Text: f.Text("note_text"), Ext: f.Text("note_ext"), Contact: f.Text("note_contact"), Where: f.Text("where")}
				return "#note", s.d.Record(s.c.Ctx(), s.actor(), s.in.ID, Event{Kind: KindNote, At: atOf(f), Body: n})
			}},
		{name: "object", perm: PermWrite, fields: objectFields,
			do: func(s *scene, f *web.Form) (string, error) {
				o := Object{ID: f.Text("object"), Name: f.Text("name"), Ref: f.Text("ref"), State: ObjectState(f.Text("state")), Note: f.Text("note")}
				_, err := s.d.AddObject(s.c.Ctx(), s.actor(), s.in.ID, o)
				return "#objects", err
			}},
	}
}

func careFields(s *scene) ([]web.Field, error) {
	service := must(input("service", web.SelectField))
	service.Options = options("incident.service", Services()...)
	service.Value = s.c.Query("service")
	return []web.Field{service, choice("state", "incident.care", CareStates()...), s.when(), short("note")}, nil
}

func noteFields(s *scene) ([]web.Field, error) {
	body := must(helped(area("note_text")))
	body.Max = 8000
	fields := []web.Field{body, helped(short("note_ext")), helped(short("note_contact")), short("where"), s.when()}
	if n := s.in.Note; n != nil {
		fields[0].Value, fields[1].Value, fields[2].Value, fields[3].Value = n.Text, n.Ext, n.Contact, n.Where
	}
	return fields, nil
}

func objectFields(s *scene) ([]web.Field, error) {
	lines, err := s.d.register.Lines(s.c.Ctx())
	if err != nil {
		return nil, err
	}
	ref := helped(input("ref", web.SelectField))
	ref.Options = []web.Option{{Value: "", Say: text.M("incident.object.no_ref")}}
	for _, l := range lines {
		ref.Options = append(ref.Options, web.Option{Value: "line/" + l.ID, Say: text.Raw(l.Name)})
	}
	fields := []web.Field{s.hidden("object"), must(valued(short("name"), s.c.Query("name"))), ref,
		choice("state", "incident.object", names(ObjectStates())...), short("note")}
	if o := s.in.Object(s.c.Query("object")); o != nil {
		fields[1].Value, fields[2].Value, fields[3].Value, fields[4].Value = o.Name, o.Ref, string(o.State), o.Note
	}
	return fields, nil
}
