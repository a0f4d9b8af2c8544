package incident

import (
	"cmp"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// say tells a record as one sentence of the timeline. Names of tasks and
// clocks are in the reader's language; what people typed stays as typed.
func (d *Desk) say(in *Incident, r Record, lang text.Lang) text.Msg {
	switch b := r.Body.(type) {
	case *Declared:
		return text.M("incident.say.declared", text.M("incident.kind."+string(b.Kind)), b.Noticed, b.NoticedBy, b.Commander)
	case *Entry:
		return text.Raw(b.Text)
	case *ZeroSet:
		return text.M("incident.say.zero", b.Was, b.Zero, b.Reason)
	case *Handover:
		return text.M("incident.say.handover", b.From, b.To, b.Reason)
	case *PhaseSet:
		return text.M("incident.say.phase", text.M("incident.phase."+string(b.Phase)), b.Reason)
	case *Task:
		return text.M("incident.say.task", b.Title.In(lang))
	case *TaskChange:
		return in.sayTask(r.Kind, b, lang)
	case *Closing:
		return text.M("incident.say.close", b.Decider, b.Reason)
	case *Reopened:
		return text.M("incident.say.reopen", b.Reason)
	}
	return d.sayFinding(in, r, lang)
}

func (in *Incident) sayTask(kind RecordKind, b *TaskChange, lang text.Lang) text.Msg {
	title := "?"
	object := ""
	if t := in.Task(b.Task); t != nil {
		title = t.Title.In(lang)
		if o := in.Object(t.Object); o != nil {
			object = o.Name
		}
	}
	switch kind {
	case KindAssign:
		return text.M("incident.say.assign", title, b.Owner, b.Due)
	case KindStart:
		return text.M("incident.say.start", title)
	case KindDone:
		return text.M("incident.say.done", title, b.Words)
	case KindDrop:
		return text.M("incident.say.drop", title, b.Words)
	}
	return text.M("incident.say.override", title, object, b.Words)
}

// sayFinding tells records about what was found, counted, decided and told.
func (d *Desk) sayFinding(in *Incident, r Record, lang text.Lang) text.Msg {
	switch b := r.Body.(type) {
	case *Object:
		return text.M("incident.say.object", b.Name, text.M("incident.object."+string(b.State)), b.Note)
	case *Evidence:
		key := "incident.say.evidence"
		object := ""
		if o := in.Object(b.Object); o != nil {
			object = o.Name
		}
		if b.Preserves {
			key = "incident.say.preserved"
		}
		return text.M(key, b.What, object, b.Place, cmp.Or(b.Hash, "-"))
	case *Custody:
		what := "?"
		if e := in.EvidenceByID(b.Evidence); e != nil {
			what = e.What
		}
		return text.M("incident.say.custody", what, b.From, b.To)
	case *Decision:
		return text.M("incident.say.decision", b.What, b.Who, b.Care)
	case *Care:
		return text.M("incident.say.care", text.M("incident.service."+b.Service), text.M("incident.care."+b.State), b.Note)
	case *Number:
		return text.M("incident.say.number", text.M("incident.metric."+b.Metric), b.Value, b.Note)
	case *RansomNote:
		return text.M("incident.say.note", b.Where)
	}
	return d.sayReport(in, r, lang)
}

// sayReport tells records about clocks, contacts and reports.
func (d *Desk) sayReport(in *Incident, r Record, lang text.Lang) text.Msg {
	switch b := r.Body.(type) {
	case *FactRecord:
		return text.M("incident.say.fact", b.KnownBy, b.KnownAt, b.Basis)
	case *FactWithdrawn:
		return text.M("incident.say.withdraw", b.Reason)
	case *Settlement:
		name := b.Rule
		for _, rule := range d.rules.Clocks {
			if rule.ID == b.Rule {
				name = rule.Name.In(lang)
			}
		}
		return text.M("incident.say.settle."+b.How, name, b.Decider, cmp.Or(b.Reference, b.Reason))
	case *Attempt:
		return text.M("incident.say.attempt", b.Caller, b.Name, text.M("incident.means."+b.Means), text.M("incident.reached."+b.Reached), cmp.Or(b.Reference, "-"))
	case *FieldValue:
		return text.M("incident.say.value", b.Field)
	case *Recipient:
		return text.M("incident.say.recipient", b.Who, b.What, text.M("incident.retrieved."+b.Retrieved))
	}
	return text.M("incident.say.unknown", string(r.Kind))
}

// TimelineRow is one line of the timeline.
type TimelineRow struct {
	Record
	Say   text.Msg
	Red   bool
	Marks []web.Mark
}

// Line gives the record as a row.
func (d *Desk) row(in *Incident, r Record, lang text.Lang) TimelineRow {
	row := TimelineRow{Record: r, Say: d.say(in, r, lang), Red: r.Red()}
	if row.Red {
		row.Marks = append(row.Marks, web.Mark{Level: web.Danger, Say: text.M("incident.mark.override")})
	}
	if r.Behind > 0 {
		row.Marks = append(row.Marks, web.Mark{Level: web.Warn, Say: text.M("incident.mark.behind", minutes(r))})
	}
	if r.Early() {
		row.Marks = append(row.Marks, web.Mark{Level: web.Warn, Say: text.M("incident.mark.early")})
	}
	return row
}

// minutes rounds up how far the clock was behind.
func minutes(r Record) int { return int((r.Behind.Seconds() + 59) / 60) }

// timeline gives the records that the timeline shows, the newest first.
func (d *Desk) timeline(in *Incident, lang text.Lang) []TimelineRow {
	var out []TimelineRow
	for i := len(in.Records) - 1; i >= 0; i-- {
		if r := in.Records[i]; !r.Quiet() {
			out = append(out, d.row(in, r, lang))
		}
	}
	return out
}
