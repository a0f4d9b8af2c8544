// Package notify wakes somebody up.
//
// A Call is one reason to wake people: a story of detect, or Toride's own
// trouble. Members are the people who can be woken, Shifts say who of them is
// on duty when and in which order. A call climbs Steps: first the first on
// duty, then the next, then everybody, and again, until a person acknowledges
// it (has seen it and takes it on) or it is settled. A Channel is a way to
// reach people: mail, webhook, warning lamp, SNMP trap, syslog. Quiet hours hold
// back what can wait; they never hold back a critical call.
//
// A call is written in the transaction of what caused it. Each round sends what
// is due and writes down what came of it; after a crash a message may go out
// twice, but none is left out. Heartbeats go out while the whole chain works, so
// that others notice when Toride is silent.
package notify
