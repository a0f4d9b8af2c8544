// Package logbook is the domain of records (記録): what is received, how it
// becomes events, and who keeps them.
//
// A configured source is a way in that people set up: a kind ("syslog"), where it
// listens or which folder it watches, in which zone its senders write, and the
// asset that it stands for. The supervisor runs the sources, starts them again
// when they fail, and knows how each of them is. A rhythm is how long a source,
// or one of its senders, is usually quiet; who is quiet for much longer is
// silent, which is a finding: attackers switch logging off first.
//
// The pipeline reads the journal in order, lets the format that a record names
// make an event of it, and hands the events to the takers, one after the other:
// the store, then detection, which sees no resends. Takers keep for good what they take;
// what all of them have kept is purged from the journal. A taker that is slow
// holds up the journal, the journal the sources, and the sources their senders;
// the state says who it is. Nothing is dropped on the way. What the journal
// itself lost is written down as a loss, and shown.
package logbook
