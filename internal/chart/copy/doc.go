// Package copy is the supply chain of the emergency chart: it brings the state
// of a store into sealed generations, night by night, and says which of them
// was found clean.
//
// # Words
//
// A Source is the folder that is copied: SS-MIX2 storage, a document archive,
// any folder; it is only read. A Run is one attempt to bring its state as a
// generation into a vault (package vault); a Plan says how. A Job is a Plan
// that a hospital set up: which source, which media, when, how gently, how
// long generations stay. A Medium is a disk or stick with a vault, which
// somebody carries away and brings back.
//
// A Finding is one thing about a generation that was found wanting, with
// counts and examples that name paths, never content. A Judgement is what is
// said of a generation: Clean, Suspect, Unreadable or NotChecked, with what was
// looked at and what was not. It is made twice: by every run, of what the run
// saw, and stored in the signed manifest without examples; and by Check, before
// people go live with a copy. A Limit is a number beyond which something counts
// as suspect, with its reason (limits.json).
//
// An Override is the decision of a physician and of a person of the IT
// department to open a generation that is suspect, for a few hours, because
// there is nothing better.
//
// # What a run promises
//
// The source is never written to and no link in it is followed. A file is kept
// from the generation before if its name, size and time are the same; what is
// due to be read again is compared by digest even so. Everything else is read,
// and read again if it changed while it was read. What cannot be read tonight
// is carried over from the generation before, and said. A run that is cut off
// leaves older generations as they were. A run whose source has vanished or is
// empty makes no generation. A generation that shrank or looks encrypted is
// kept as evidence, is marked suspect, raises the alarm, and removes nothing.
//
// Clean means: nothing of what was looked at crossed a limit. It never means
// that a copy is free of faults.
package copy
