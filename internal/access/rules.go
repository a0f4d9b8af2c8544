package access

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/asset"
)

// Rules are the limits that a hospital may set. The zero value is not usable:
// take DefaultRules and change what differs.
type Rules struct {
	MaxWindow    time.Duration            // longest window, extensions included; default 8 h
	Early        time.Duration            // how long before From a line may be opened; default 15 min
	Grace        time.Duration            // after Until before the closing is overdue; default 30 min
	ApproveAfter time.Duration            // for the approval of an emergency after its opening; default 24 h
	ReviewDays   int                      // working days after the closing; default 2
	Undo         time.Duration            // how long a step may be undone; default 15 min
	PatternDays  int                      // antivirus patterns older than this are pointed out; default 7
	PatchDays    int                      // updates older than this are pointed out; default 40
	Zone         *time.Location           // the hospital's time
	Holiday      func(day time.Time) bool // nil: only Saturdays, Sundays and 12-29 to 01-03 are free
}

// DefaultRules gives the rules with which Toride starts, in the given zone.
func DefaultRules(zone *time.Location) Rules {
	return Rules{
		MaxWindow: 8 * time.Hour, Early: 15 * time.Minute, Grace: 30 * time.Minute,
		ApproveAfter: 24 * time.Hour, ReviewDays: 2, Undo: 15 * time.Minute,
		PatternDays: 7, PatchDays: 40, Zone: zone,
	}
}

// slack is how far a form filled in slowly may lie in the past.
const slack = 10 * time.Minute

// Bounds of what one request may carry; they keep pages and texts printable.
const (
	MaxText    = 2000 // characters of a free text
	MaxEntries = 50   // targets, persons, sources, ports
)

// Ask checks a new request, or a changed one that is still only asked, and
// gives it back as asked by who at now. Nothing of what was decided before is
// kept: a changed request is a new question.
func (u Rules) Ask(r Request, who Who, now time.Time) (Request, error) {
	if who.Vendor != "" && who.Vendor != r.VendorID {
		return r, refuse(ForeignVendor)
	}
	if err := u.whole(r); err != nil {
		return r, err
	}
	if err := u.window(r, now); err != nil {
		return r, err
	}
	r.From, r.Until = r.From.UTC(), r.Until.UTC()
	r.State, r.EnteredBy, r.EnteredAt = Asked, who, now.UTC()
	r.Decision, r.Opening, r.Closing, r.Extensions, r.Reviews, r.Ending = nil, nil, nil, nil, nil, nil
	return r, nil
}

// Change checks a request that replaces one still only asked.
func (u Rules) Change(old, next Request, who Who, now time.Time) (Request, error) {
	if old.State != Asked || old.Opening != nil {
		return old, refuse(NotAsked)
	}
	if who.Vendor != "" && who.Vendor != old.VendorID {
		return old, refuse(ForeignVendor)
	}
	if now.Before(old.last()) {
		return old, refuse(ClockBack, old.last())
	}
	next.ID, next.Number, next.Version = old.ID, old.Number, old.Version
	return u.Ask(next, who, now)
}

// whole checks that nothing is missing and nothing is beyond its bounds.
func (u Rules) whole(r Request) error {
	switch {
	case r.VendorID == "":
		return refuse(NeedVendor)
	case r.LineID == "":
		return refuse(NeedLine)
	case strings.TrimSpace(r.Purpose) == "":
		return refuse(NeedPurpose)
	case len(r.Targets) == 0:
		return refuse(NeedTargets)
	case len(r.Persons) == 0:
		return refuse(NeedPersons)
	case r.Mode == Remote && (strings.TrimSpace(r.PC.Place) == "" || strings.TrimSpace(r.PC.Name) == ""):
		return refuse(NeedPC)
	}
	for _, n := range []int{len(r.Targets), len(r.Persons), len(r.Sources), len(r.Services)} {
		if n > MaxEntries {
			return refuse(TooMany, MaxEntries)
		}
	}
	for _, s := range []string{
		r.Purpose, r.Ticket, r.PatientNote, r.PC.Company, r.PC.Place, r.PC.Name, r.PC.OS,
		r.PC.PatchedOn, r.PC.Antivirus, r.PC.PatternOn, r.PC.Network,
		strings.Join(r.Persons, ""), strings.Join(r.Sources, ""),
	} {
		if utf8.RuneCountInString(s) > MaxText {
			return refuse(TooMuchText, MaxText)
		}
	}
	for _, s := range r.Sources {
		if _, err := ParseRange(s); err != nil {
			return err
		}
	}
	return nil
}

// window checks From and Until against the rules and the clock.
func (u Rules) window(r Request, now time.Time) error {
	if r.From.IsZero() || r.Until.IsZero() || !r.Until.After(r.From) {
		return refuse(NoWindow)
	}
	if r.Until.Sub(r.From) > u.MaxWindow {
		return refuse(TooLong, int(u.MaxWindow.Hours()))
	}
	back := slack
	if r.Emergency {
		back = u.ApproveAfter // written down the morning after
	}
	if r.From.Before(now.Add(-back)) {
		return refuse(InThePast)
	}
	return nil
}

// Approve records the approval of a second person. An emergency that is already
// open, or already closed again, is approved afterwards and marked so.
func (u Rules) Approve(r Request, who Who, now time.Time, note string) (Request, error) {
	if err := u.mayDecide(r, who, now); err != nil {
		return r, err
	}
	after := r.Opening != nil
	if !after && now.After(r.Until) {
		return r, refuse(Over, r.Until)
	}
	r.Decision = &Decision{Yes: true, By: who, At: now.UTC(), Reason: strings.TrimSpace(note), After: after}
	if !after {
		r.State = Approved
	}
	return r, nil
}

// Refuse records a refusal and its reason. An emergency that is already open
// stays open until somebody closes it, and its closing is due at once.
func (u Rules) Refuse(r Request, who Who, now time.Time, reason string) (Request, error) {
	if err := u.mayDecide(r, who, now); err != nil {
		return r, err
	}
	if strings.TrimSpace(reason) == "" {
		return r, refuse(NeedReason)
	}
	after := r.Opening != nil
	r.Decision = &Decision{By: who, At: now.UTC(), Reason: strings.TrimSpace(reason), After: after}
	if !after {
		r.State = Refused
	}
	return r, nil
}

func (u Rules) mayDecide(r Request, who Who, now time.Time) error {
	switch {
	case who.Vendor != "":
		return refuse(Outsider)
	case r.Decision != nil:
		return refuse(Already, r.State, r.Decision.By.Name, r.Decision.At)
	case r.State == Cancelled:
		return refuse(Already, r.State, r.Ending.By.Name, r.Ending.At)
	case r.EnteredBy.ID == who.ID:
		return refuse(SamePerson)
	}
	return forward(r, now)
}

// forward refuses a step that would lie before one already taken: the clock was
// set back, and with it a window that is over could be opened again.
func forward(r Request, now time.Time) error {
	if at := r.last(); now.Before(at) {
		return refuse(ClockBack, at)
	}
	return nil
}

// Open records that who has really opened the line. An emergency that was
// entered after the fact takes the times that were told.
func (u Rules) Open(r Request, who Who, now time.Time, how How, note string) (Request, error) {
	switch {
	case who.Vendor != "":
		return r, refuse(Outsider)
	case r.Opening != nil:
		return r, refuse(Already, r.State, r.Opening.By.Name, r.Opening.At)
	case r.State == Cancelled:
		return r, refuse(Already, r.State, r.Ending.By.Name, r.Ending.At)
	case r.State == Refused:
		return r, refuse(Already, r.State, r.Decision.By.Name, r.Decision.At)
	case r.State == Asked && !r.Emergency:
		return r, refuse(NotApproved)
	case now.Before(r.From.Add(-u.Early)):
		return r, refuse(TooEarly, r.From)
	}
	told, over := r.told()
	if over.IsZero() && !now.Before(r.Until) {
		return r, refuse(Over, r.Until)
	}
	if err := forward(r, now); err != nil {
		return r, err
	}
	r.State = Opened
	r.Opening = &Opening{By: who, At: now.UTC(), RecordedAt: now.UTC(), How: how, Note: strings.TrimSpace(note)}
	if !told.IsZero() {
		r.Opening.At = told
	}
	return r, nil
}

// Close records that who has really shut the line. It is never refused for the
// sake of the clock: see Closing.ClockDoubt.
func (u Rules) Close(r Request, who Who, now time.Time, note string) (Request, error) {
	switch {
	case who.Vendor != "":
		return r, refuse(Outsider)
	case r.Closing != nil:
		return r, refuse(Already, r.State, r.Closing.By.Name, r.Closing.At)
	case r.State != Opened:
		return r, refuse(NotOpen)
	}
	c := Closing{By: who, At: now.UTC(), RecordedAt: now.UTC(), Note: strings.TrimSpace(note), ClockDoubt: now.Before(r.last())}
	if _, shut := r.told(); !shut.IsZero() {
		c.At = shut
	}
	c.Late = c.At.After(u.CloseDue(r))
	r.State, r.Closing = Closed, &c
	return r, nil
}

// Review records a look back. The first needs a closed line and, for an
// emergency, a decision; a review that ended in a question may be followed by
// another one.
func (u Rules) Review(r Request, v Review, who Who, now time.Time) (Request, error) {
	last := r.LastReview()
	switch {
	case who.Vendor != "":
		return r, refuse(Outsider)
	case r.State == Reviewed && last != nil && last.Result != Question:
		return r, refuse(Already, r.State, last.By.Name, last.At)
	case r.State != Closed && r.State != Reviewed:
		return r, refuse(NotClosed)
	case r.Decision == nil:
		return r, refuse(Undecided)
	case r.Approvers()[who.ID]:
		return r, refuse(SameReviewer)
	}
	if err := forward(r, now); err != nil && !r.Closing.ClockDoubt {
		return r, err
	}
	if err := answersAllow(r, v); err != nil {
		return r, err
	}
	v.By, v.At, v.Note = who, now.UTC(), strings.TrimSpace(v.Note)
	r.Reviews = append(r.Reviews[:len(r.Reviews):len(r.Reviews)], v)
	r.State = Reviewed
	return r, nil
}

// answersAllow checks that the result follows from the answers: as planned
// needs a known and expected answer to each question; the other two results
// need a word of explanation.
func answersAllow(r Request, v Review) error {
	if v.Result != AsPlanned {
		if v.Result != Question && v.Result != Incident {
			return refuse(NeedAnswers)
		}
		if strings.TrimSpace(v.Note) == "" {
			return refuse(NeedReason)
		}
		return nil
	}
	for _, q := range Questions() {
		got := v.Answers[q].Answer
		if got == asset.NotKnown {
			return refuse(NeedAnswers)
		}
		if want := Expected(q, r); want != asset.NotKnown && got != want {
			return refuse(NotPlanned)
		}
	}
	return nil
}

// Expected gives the answer that the plan leads to expect, or NotKnown when
// either answer may be as planned.
func Expected(q QuestionID, r Request) asset.Answer {
	switch q {
	case AskOther:
		return asset.No
	case AskPersonal:
		if r.PatientData == asset.No {
			return asset.No
		}
		return asset.NotKnown
	}
	return asset.Yes
}
