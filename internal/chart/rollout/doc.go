// Package rollout brings the emergency chart to where people are, and proves
// beforehand that it arrives. A Place is a room that reads it (the emergency
// room, an operating theatre, a ward) with a sheet that hangs there: a code to
// join by and what to do. The Locker is what must lie in the cupboard with the
// PCs. A Rehearsal is one practice: steps whose times a person stops or Toride
// measures itself, who took part, what went wrong; its record is evidence that
// the business continuity plan was exercised.
package rollout
