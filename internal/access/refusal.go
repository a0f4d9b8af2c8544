package access

import "errors"

// Why names the rule that refused a step. Each has a text access.no.<why>.
type Why string

// The rules that refuse.
const (
	NeedPurpose   Why = "purpose"    // nothing says what the work is
	NeedLine      Why = "line"       // no outside line chosen
	NeedVendor    Why = "vendor"     // no vendor chosen
	NeedPersons   Why = "persons"    // nobody is named
	NeedTargets   Why = "targets"    // nothing says what will be reached
	NeedReason    Why = "reason"     // the step wants a reason
	NeedPC        Why = "pc"         // remote work without saying from where
	NoWindow      Why = "window"     // from or until missing, or until not after from
	TooLong       Why = "long"       // longer than the rule allows; args: hours allowed
	InThePast     Why = "past"       // begins before now
	Over          Why = "over"       // the window has ended; args: its end
	TooEarly      Why = "early"      // opening long before the window; args: its beginning
	SamePerson    Why = "same"       // the approver entered the request
	SameReviewer  Why = "reviewer"   // the reviewer approved it
	Outsider      Why = "outsider"   // a vendor's person may ask, never decide, open, close or review
	ForeignVendor Why = "foreign"    // a vendor's person may only ask for the own vendor
	Already       Why = "already"    // somebody was faster; args: state, who, when
	NotApproved   Why = "unapproved" // the step needs an approval first
	NotOpen       Why = "notopen"    // nothing is open that could be closed or extended
	NotClosed     Why = "notclosed"  // a review looks back: the line must be shut
	NotAsked      Why = "notasked"   // can no longer be changed
	Changed       Why = "changed"    // the reader saw an older version
	ClockBack     Why = "clock"      // now lies before a step already taken; args: that step's time
	NotLonger     Why = "notlonger"  // an extension must end later than the window
	Undecided     Why = "undecided"  // an extension or emergency still waits for a decision
	TooLate       Why = "toolate"    // an undo came too late; args: minutes allowed
	NotYours      Why = "notyours"   // only the person who took the step may undo it
	NoUndo        Why = "noundo"     // nothing that could be undone
	NotPlanned    Why = "notplanned" // answers do not allow the result as planned
	NeedAnswers   Why = "answers"    // a question of the review has no answer
	BadAddress    Why = "address"    // not an IPv4 address, network or range; args: what was written
	BadService    Why = "service"    // not a port; args: what was written
	BadName       Why = "name"       // an interface or group name the firewall cannot have; args: it
	OldFirmware   Why = "firmware"   // the text cannot be written for this version; args: it
	NeedSources   Why = "sources"    // a firewall line without a source would be open to all
	NeedServices  Why = "services"   // a firewall line without ports would be open to all
	NeedCard      Why = "card"       // interfaces of the firewall are not entered
	NeedAddress   Why = "noaddress"  // a target has no address for the firewall; args: its name
	TooMany       Why = "many"       // more entries than the rule allows; args: allowed
	TooMuchText   Why = "text"       // a field longer than the rule allows; args: allowed
)

// Class says what sort of refusal it is, so that the caller can choose a status.
type Class int

// The classes of refusal.
const (
	ClassInvalid  Class = iota // what was entered cannot be
	ClassDenied                // this person may not
	ClassConflict              // the request is no longer what the reader saw
)

// Refusal is the error of every rule in this package.
type Refusal struct {
	Why  Why
	Args []any // arguments of the text access.no.<why>
}

// Error names the rule; people read the text of the key instead.
func (e *Refusal) Error() string { return "access: refused by rule " + string(e.Why) }

// Class sorts the refusal.
func (e *Refusal) Class() Class {
	switch e.Why {
	case SamePerson, SameReviewer, Outsider, ForeignVendor, NotYours:
		return ClassDenied
	case Already, NotApproved, NotOpen, NotClosed, NotAsked, Changed, Over, TooEarly, Undecided, NoUndo, TooLate, ClockBack:
		return ClassConflict
	}
	return ClassInvalid
}

// Because reports whether err is a Refusal by the given rule.
func Because(err error, why Why) bool {
	var r *Refusal
	return errors.As(err, &r) && r.Why == why
}

func refuse(why Why, args ...any) error { return &Refusal{Why: why, Args: args} }

// asRefusal is errors.As for a Refusal.
func asRefusal(err error, target **Refusal) bool { return errors.As(err, target) }
