// Package reading holds what Toride has read about the hospital: a Reading is
// one statement with its time, its basis and a link to the place where it can
// be looked at. Domains publish readings; the Osaka test, the checklist and
// the page of the attack chain refer to them by ID and never compute anything
// themselves. Good, Bad, Unknown and None are four different things: nothing
// read is not the same as nothing found.
package reading
