package logbook

import "context"

// Check looks at once for sources that fell silent and for entries that were
// lost, as Run does every ten seconds. It is for clocks that jump, as that of
// the demo does; Run must be running.
func (l *Logbook) Check(ctx context.Context) { l.check(ctx) }
