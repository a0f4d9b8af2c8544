// Package correlate counts what Sigma correlations ask for: rules that match so
// often, on so many values, or one with another, within a time.
//
// A Hit is an event that a rule matched. Hits with the same values of the
// group-by fields share a group; a State holds all groups of all correlations
// and nothing else: no clock, no files, no goroutine. Time is what the caller
// passes, so that the same hits give the same firings again. A Firing is the
// beginning of an episode: while the condition goes on holding, and until it has
// not held for the quiet time, the same group does not fire again.
//
// Conditions with gt and gte alone are prompt: they fire with the hit that
// fulfils them, over the sliding window that ends with it. Where a later hit
// could still undo the condition (lt, lte, eq, neq, not) it is judged when the
// window that the group's first hit opened has passed.
//
// A hit without one of the group-by fields belongs to no group and is not
// counted. Logs of last year, read again, are older than every group knows: give
// them a State of their own.
//
// Everything is bounded: groups, bytes, values of a group. What had to be given
// up is counted in Stats and never hidden.
package correlate
