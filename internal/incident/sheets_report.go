package incident

import (
	"slices"
	"strconv"

	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// clockSheets are the forms about facts and the clocks that they start.
func clockSheets() []sheet {
	return []sheet{
		{name: "fact", perm: PermWrite, fields: factFields, do: addFact},
		{name: "withdraw", perm: PermWrite,
			fields: func(s *scene) ([]web.Field, error) {
				return []web.Field{s.hidden("fact"), must(area("reason"))}, nil
			},
			do: func(s *scene, f *web.Form) (string, error) {
				return "clocks", s.d.WithdrawFact(s.c.Ctx(), s.actor(), s.in.ID, FactWithdrawn{Fact: f.Text("fact"), Reason: f.Text("reason")})
			}},
		{name: "met", perm: PermWrite, about: ruleName,
			fields: func(s *scene) ([]web.Field, error) {
				return []web.Field{s.ruleField(), must(helped(short("reference"))), must(valued(short("reporter"), s.c.Person.Name)), s.when()}, nil
			},
			do: func(s *scene, f *web.Form) (string, error) {
				st := Settlement{Rule: f.Text("rule"), How: Met, Reference: f.Text("reference"), Decider: f.Text("reporter")}
				return "clocks", s.d.Settle(s.c.Ctx(), s.actor(), s.in.ID, st, atOf(f))
			}},
		{name: "waive", perm: PermCommand, danger: true, about: ruleName,
			fields: func(s *scene) ([]web.Field, error) {
				return []web.Field{s.ruleField(), must(helped(short("decider"))), must(area("reason")), s.when()}, nil
			},
			do: func(s *scene, f *web.Form) (string, error) {
				st := Settlement{Rule: f.Text("rule"), How: Waived, Decider: f.Text("decider"), Reason: f.Text("reason")}
				return "clocks", s.d.Settle(s.c.Ctx(), s.actor(), s.in.ID, st, atOf(f))
			}},
	}
}

func (s *scene) ruleField() web.Field { return s.hidden("rule") }

func ruleName(s *scene) string {
	id := s.c.Query("rule")
	if id == "" {
		id = s.c.R.PostFormValue("rule")
	}
	for _, r := range s.d.rules.Clocks {
		if r.ID == id {
			return r.Name.In(s.c.Lang)
		}
	}
	return id
}

// factFields is the wizard: when, who, then one question for each category.
func factFields(s *scene) ([]web.Field, error) {
	people := helped(input("people", web.IntField))
	people.Max = 100_000_000
	fields := []web.Field{
		must(helped(input("known_at", web.TimeField))),
		must(helped(short("known_by"))),
	}
	for _, cat := range s.d.rules.Categories {
		q := choice("cat_"+cat.ID, "incident.answer", names(clock.Answers())...)
		q.Label = text.Raw(strconv.Itoa(cat.No) + ". " + cat.Name.In(s.c.Lang))
		q.Help = text.Raw(cat.Ask.In(s.c.Lang) + " " + cat.Hint.In(s.c.Lang))
		fields = append(fields, q)
	}
	return append(fields, people, must(helped(area("basis")))), nil
}

func addFact(s *scene, f *web.Form) (string, error) {
	fact := FactRecord{KnownAt: f.Time("known_at"), KnownBy: f.Text("known_by"), Basis: f.Text("basis"), People: -1, Answers: map[string]clock.Answer{}}
	if f.Text("people") != "" {
		fact.People = f.Int("people")
	}
	if fact.KnownAt.After(s.c.Now) {
		f.Fail("known_at", "incident.fact.future")
	}
	for _, cat := range s.d.rules.Categories {
		a := clock.Answer(f.Text("cat_" + cat.ID))
		fact.Answers[cat.ID] = a
		// A number known so far may still grow, so only a plain contradiction is one.
		if over := fact.People > cat.Over; cat.Over > 0 && fact.People >= 0 && ((over && a == clock.No) || (!over && a == clock.Yes)) {
			f.Fail("cat_"+cat.ID, "incident.fact.people", fact.People)
		}
	}
	if len(f.Errors()) > 0 {
		return "", nil
	}
	return "clocks", s.d.AddFact(s.c.Ctx(), s.actor(), s.in.ID, fact)
}

// Means lists the ways of reaching somebody.
func Means() []string { return []string{"phone", "visit", "mail", "fax", "web", "other"} }

// reportSheets are the forms about contacts, drafts, recipients and the end.
func reportSheets() []sheet {
	return []sheet{
		{name: "attempt", perm: PermWrite, fields: attemptFields, do: addAttempt},
		{name: "values", perm: PermWrite, fields: valueFields,
			do: func(s *scene, f *web.Form) (string, error) {
				var values []FieldValue
				for _, field := range f.Fields {
					values = append(values, FieldValue{Field: field.Name, Text: field.Value})
				}
				return "drafts", s.d.SetValues(s.c.Ctx(), s.actor(), s.in.ID, values)
			}},
		{name: "recipient", perm: PermWrite, fields: recipientFields,
			do: func(s *scene, f *web.Form) (string, error) {
				p := Recipient{ID: f.Text("recipient"), Who: f.Text("recipient_who"), What: f.Text("recipient_what"), People: f.Int("recipient_people"),
					Retrieved: f.Text("retrieved"), Opened: f.Text("opened"), Told: f.Text("told"), Note: f.Text("note")}
				return "#recipients", s.d.PutRecipient(s.c.Ctx(), s.actor(), s.in.ID, p, atOf(f))
			}},
		{name: "close", perm: PermCommand, danger: true,
			fields: func(s *scene) ([]web.Field, error) {
				return []web.Field{must(helped(short("decider"))), must(helped(area("reason"))), valued(area("lessons"), s.in.Values["lessons"].Text)}, nil
			},
			do: closeIncident},
		{name: "reopen", perm: PermCommand,
			fields: func(*scene) ([]web.Field, error) { return []web.Field{must(area("reason"))}, nil },
			do: func(s *scene, f *web.Form) (string, error) {
				return "", s.d.Reopen(s.c.Ctx(), s.actor(), s.in.ID, f.Text("reason"))
			}},
	}
}

func closeIncident(s *scene, f *web.Form) (string, error) {
	if lessons := f.Text("lessons"); lessons != s.in.Values["lessons"].Text {
		if err := s.d.SetValues(s.c.Ctx(), s.actor(), s.in.ID, []FieldValue{{Field: "lessons", Text: lessons}}); err != nil {
			return "", err
		}
	}
	return "", s.d.Close(s.c.Ctx(), s.actor(), s.in.ID, Closing{Decider: f.Text("decider"), Reason: f.Text("reason")})
}

func attemptFields(s *scene) ([]web.Field, error) {
	contacts, err := s.d.Contacts(s.c.Ctx())
	if err != nil {
		return nil, err
	}
	contact := wide(must(input("contact", web.SelectField)))
	for _, c := range contacts {
		contact.Options = append(contact.Options, web.Option{Value: c.Key, Say: text.Raw(c.Name.In(s.c.Lang))})
	}
	contact.Value = s.c.Query("contact")
	means := must(input("means", web.SelectField))
	means.Options = options("incident.means", Means()...)
	return []web.Field{contact, must(valued(short("caller"), s.c.Person.Name)), means, s.when(),
		choice("reached", "incident.reached", ReachedYes, ReachedMessage, ReachedNo), short("person"), helped(short("reference")), area("said")}, nil
}

func addAttempt(s *scene, f *web.Form) (string, error) {
	contact, err := s.d.Contact(s.c.Ctx(), f.Text("contact"))
	if err != nil {
		return "", err
	}
	a := &Attempt{Contact: contact.Key, Name: contact.Name.In(s.c.Lang), Caller: f.Text("caller"), Means: f.Text("means"),
		Reached: f.Text("reached"), Person: f.Text("person"), Reference: f.Text("reference"), Note: f.Text("said")}
	return "calls", s.d.Record(s.c.Ctx(), s.actor(), s.in.ID, Event{Kind: KindAttempt, At: atOf(f), Body: a})
}

// maxValue is how many characters one field of a report may have.
const maxValue = 8000

func valueFields(s *scene) ([]web.Field, error) {
	var fields []web.Field
	for _, def := range s.d.forms.Fields {
		if def.Auto {
			continue
		}
		fields = append(fields, web.Field{Name: def.ID, Kind: web.AreaField, Wide: true, Max: maxValue, Value: s.in.Values[def.ID].Text,
			Label: text.Raw(def.Label.In(s.c.Lang)), Help: text.Raw(def.Help.In(s.c.Lang))})
	}
	if only := s.c.Query("field"); only != "" {
		fields = slices.DeleteFunc(fields, func(f web.Field) bool { return f.Name != only })
	}
	if s.c.R.Method == "POST" { // a form that showed one field sends one
		fields = slices.DeleteFunc(fields, func(f web.Field) bool { return !s.c.R.PostForm.Has(f.Name) })
	}
	return fields, nil
}

func recipientFields(s *scene) ([]web.Field, error) {
	people := must(input("recipient_people", web.IntField))
	people.Max = 10_000_000
	fields := []web.Field{s.hidden("recipient"), must(helped(short("recipient_who"))), must(helped(short("recipient_what"))), people,
		choice("retrieved", "incident.retrieved", "yes", "asked", "no"), choice("opened", "incident.opened", "no", "yes", "unknown"),
		choice("told", "incident.told", "yes", "no"), s.when(), short("note")}
	if p := s.in.Recipient(s.c.Query("recipient")); p != nil {
		fields[1].Value, fields[2].Value, fields[3].Value = p.Who, p.What, strconv.Itoa(p.People)
		fields[4].Value, fields[5].Value, fields[6].Value, fields[8].Value = p.Retrieved, p.Opened, p.Told, p.Note
	}
	return fields, nil
}
