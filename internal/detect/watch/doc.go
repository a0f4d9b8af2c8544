// Package watch is the contract of the family of rules that know the register.
//
// Sigma rules look at one entry; a watch also knows the hospital: which outside
// line an address comes from and whether a window is approved on it now, which
// server holds charts, which account belongs to a vendor. A member is a folder
// with a Watch and its rules in rules.json (title, meaning, what to do, the
// sentence, in Japanese and English). watch/all lists the members,
// watch/watchtest is the suite that each of them passes.
//
// A House answers what the register says, at once and without a database. A
// Memory remembers pairs that were met before, and learns in silence for a
// while before it calls one new. A Signal is something that another part of
// Toride noticed and that is no log entry, such as a source gone silent. A Hit
// is a finding of a watch.
//
// What a member must keep: no clock, no database, no network; what it is not
// told it does not assume: an address that belongs to no line is no finding of
// a line's watch.
package watch
