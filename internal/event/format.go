package event

// Format turns records of one kind of sender into events.
type Format interface {
	// Name is what Record.Format says; it never changes.
	Name() string
	// Normalise fills e from r. The pipeline has set At, Key, Received, Backfill,
	// Source, Peer and Original, and Time to Received. It is a pure function of
	// r: no clock, no lookup, so that reading the journal again gives the same
	// event. What it cannot read it says in e.Unread; it never fails and never
	// keeps r.Data or e beyond the call, but e may point into r.Data.
	Normalise(r *Record, e *Event)
}
