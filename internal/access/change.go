package access

import (
	"strings"
	"time"
)

// Extend asks for a later end of a window that is approved or open. The old end
// counts until a second person has approved the new one.
func (u Rules) Extend(r Request, who Who, now, until time.Time, reason string) (Request, error) {
	switch {
	case who.Vendor != "" && who.Vendor != r.VendorID:
		return r, refuse(ForeignVendor)
	case r.State != Approved && r.State != Opened:
		return r, refuse(NotOpen)
	case r.Unapproved():
		return r, refuse(Undecided)
	case r.Decision != nil && !r.Decision.Yes:
		return r, refuse(NotApproved)
	case r.Pending() != nil:
		return r, refuse(Undecided)
	case !now.Before(r.Until.Add(u.Grace)):
		return r, refuse(Over, r.Until)
	case !until.After(r.Until) || !until.After(now):
		return r, refuse(NotLonger, r.Until)
	case until.Sub(r.From) > u.MaxWindow:
		return r, refuse(TooLong, int(u.MaxWindow.Hours()))
	case strings.TrimSpace(reason) == "":
		return r, refuse(NeedReason)
	}
	if err := forward(r, now); err != nil {
		return r, err
	}
	x := Extension{Until: until.UTC(), Was: r.Until, Reason: strings.TrimSpace(reason), By: who, At: now.UTC()}
	r.Extensions = append(r.Extensions[:len(r.Extensions):len(r.Extensions)], x)
	return r, nil
}

// DecideExtension approves or refuses the extension that waits. Only an
// approval moves the end of the window. A refusal needs a reason.
func (u Rules) DecideExtension(r Request, who Who, now time.Time, yes bool, reason string) (Request, error) {
	x := r.Pending()
	switch {
	case who.Vendor != "":
		return r, refuse(Outsider)
	case x == nil && len(r.Extensions) > 0:
		d := r.Extensions[len(r.Extensions)-1].Decision
		return r, refuse(Already, r.State, d.By.Name, d.At)
	case x == nil:
		return r, refuse(NotAsked)
	case x.By.ID == who.ID:
		return r, refuse(SamePerson)
	case r.State != Approved && r.State != Opened:
		return r, refuse(NotOpen)
	case !yes && strings.TrimSpace(reason) == "":
		return r, refuse(NeedReason)
	case yes && !now.Before(x.Until):
		return r, refuse(Over, x.Until)
	}
	if err := forward(r, now); err != nil {
		return r, err
	}
	decided := *x
	decided.Decision = &Decision{Yes: yes, By: who, At: now.UTC(), Reason: strings.TrimSpace(reason)}
	list := append([]Extension(nil), r.Extensions...)
	list[len(list)-1] = decided
	r.Extensions = list
	if yes {
		r.Until = decided.Until
	}
	return r, nil
}

// Cancel ends a request whose line is not open: withdrawn, or never carried
// out. A vendor's person may cancel the own vendor's requests.
func (u Rules) Cancel(r Request, who Who, now time.Time, reason string) (Request, error) {
	switch {
	case who.Vendor != "" && who.Vendor != r.VendorID:
		return r, refuse(ForeignVendor)
	case r.State == Cancelled:
		return r, refuse(Already, r.State, r.Ending.By.Name, r.Ending.At)
	case r.State != Asked && r.State != Approved:
		return r, refuse(NotAsked)
	case strings.TrimSpace(reason) == "":
		return r, refuse(NeedReason)
	}
	r.State = Cancelled
	r.Ending = &Ending{By: who, At: now.UTC(), Reason: strings.TrimSpace(reason)}
	return r, nil
}

// Step names what an undo would take back. The names are stored in the story.
type Step string

// The steps that can be taken back.
const (
	StepNone     Step = ""
	StepDecision Step = "decision"
	StepOpening  Step = "opening"
	StepClosing  Step = "closing"
	StepCancel   Step = "cancel"
	StepExtend   Step = "extend" // an extension that nobody has decided yet
	StepLonger   Step = "longer" // the decision on an extension
)

// Undoable gives the newest step that can be taken back, and who took it when.
// A review cannot: a second look is added to it instead.
func (r Request) Undoable() (Step, Who, time.Time) {
	switch r.State {
	case Cancelled:
		return StepCancel, r.Ending.By, r.Ending.At
	case Refused:
		return StepDecision, r.Decision.By, r.Decision.At
	case Closed:
		if d := r.Decision; d != nil && d.After && !d.At.Before(r.Closing.RecordedAt) {
			return StepDecision, d.By, d.At
		}
		return StepClosing, r.Closing.By, r.Closing.RecordedAt
	case Approved, Opened:
		return r.undoableLive()
	}
	return StepNone, Who{}, time.Time{}
}

func (r Request) undoableLive() (Step, Who, time.Time) {
	step, by, at := StepNone, Who{}, time.Time{}
	newer := func(s Step, w Who, t time.Time) {
		if !t.Before(at) {
			step, by, at = s, w, t
		}
	}
	if d := r.Decision; d != nil {
		newer(StepDecision, d.By, d.At)
	}
	if o := r.Opening; o != nil {
		newer(StepOpening, o.By, o.RecordedAt)
	}
	if d := r.Decision; d != nil && d.After {
		newer(StepDecision, d.By, d.At)
	}
	if n := len(r.Extensions); n > 0 {
		x := r.Extensions[n-1]
		if x.Decision == nil {
			newer(StepExtend, x.By, x.At)
		} else {
			newer(StepLonger, x.Decision.By, x.Decision.At)
		}
	}
	return step, by, at
}

// CanUndo reports whether who may take the newest step back now.
func (u Rules) CanUndo(r Request, who Who, now time.Time) (Step, error) {
	step, by, at := r.Undoable()
	limited := step == StepOpening || step == StepClosing || step == StepCancel || step == StepLonger ||
		step == StepDecision && r.Opening != nil
	switch {
	case step == StepNone:
		return StepNone, refuse(NoUndo)
	case by.ID != who.ID:
		return StepNone, refuse(NotYours)
	case limited && now.After(at.Add(u.Undo)):
		return StepNone, refuse(TooLate, int(u.Undo.Minutes()))
	}
	return step, nil
}

// TakeBack undoes the newest step. What was undone stays in the story; an
// approval that is taken back makes the request a question again, and a
// cancelled request that comes back must be approved anew.
func (u Rules) TakeBack(r Request, who Who, now time.Time) (Request, Step, error) {
	step, err := u.CanUndo(r, who, now)
	if err != nil {
		return r, step, err
	}
	switch step {
	case StepDecision:
		if !r.Decision.After {
			r.State = Asked
		}
		r.Decision = nil
	case StepOpening:
		r.State, r.Opening = Approved, nil
		if r.Decision == nil {
			r.State = Asked
		}
	case StepClosing:
		r.State, r.Closing = Opened, nil
	case StepCancel:
		r.State, r.Ending, r.Decision = Asked, nil, nil
		if n := len(r.Extensions); n > 0 {
			r.Extensions = nil
		}
	case StepExtend:
		r.Extensions = r.Extensions[:len(r.Extensions)-1]
	case StepLonger:
		list := append([]Extension(nil), r.Extensions...)
		x := &list[len(list)-1]
		if x.Decision.Yes {
			r.Until = x.Was
		}
		x.Decision = nil
		r.Extensions = list
	}
	return r, step, nil
}
