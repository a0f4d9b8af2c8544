// Package thread joins alerts into chains.
//
// A Thread is the alerts of one chain of events: it began somewhere, with one
// account, from one address, and it moved. A Knot is what of an alert counts for
// that: which computers it is about, where it came from, as whom, which steps of
// the attack chain it shows, and when. A knot belongs to a thread for a Reason: it
// comes from a computer of the thread (the way on), it is about the same
// computer, it has the same account or the same source. The window within which
// that holds is wider for a knot that moves forward along A1 to A13, because
// attackers wait for days between steps, and narrow for accounts that exist
// everywhere (administrator).
//
// Linking is a pure function of what was linked before and of the knot: the
// same alerts in the same order give the same threads.
package thread
