package logbook

import "context"

// Check looks at once for sources that fell silent and for entries that were
// lost, as Run does every ten seconds. It is for clocks that jump, as that of
// the demo does; Run must be running.
func (l *Logbook) Check(ctx context.Context) { l.check(ctx) }

// Progress gives how many records a running source has received, and how many of
// them are durable, since it was started; ok is false while it does not run. Who
// plays records to it waits for them.
func (l *Logbook) Progress(source string) (received, durable uint64, ok bool) {
	st := l.sup.station(source)
	if st == nil {
		return 0, 0, false
	}
	return st.stamps.Load(), st.records.Load(), true
}
