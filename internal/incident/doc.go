// Package incident is the room from which a hospital leads an incident: who
// does what by when, what was decided and what it meant for care, whom one
// must tell and whether they were reached, which days the law gives.
//
// An Incident is computed from its Records, which are only appended: each
// carries when something happened and when it was written down, so that a
// clock that was set back is seen and nothing is rewritten afterwards. Time
// zero is the moment from which the first day is counted; the commander leads
// and hands over by a record. An object is a system or device that is
// affected; evidence preserves it. A dangerous task (update, reset, reboot,
// restore) is held until its object is preserved or the commander overrides
// with a written reason. A fact (who knew what, when) starts legal clocks; a
// clock is settled by a report or waived by a named person. The light track is
// the short course for papers, mail and fax that reached the wrong person.
//
// The package says what was recorded, what may apply and who decides. It never
// says that nothing needs to be reported.
package incident
