// Package pack reads the versioned data that an incident rests on: legal
// clocks, holidays, first-day rhythms, addresses, report forms. A pack is one
// JSON file with a head that says which edition it is, where it came from,
// from which day it holds and how well it is confirmed. Rules and addresses
// change; a pack can be compared and replaced, a constant cannot.
//
// Words are a text in both languages at once. Reading is strict: an unknown
// field or a missing language is an error, never a silent gap.
package pack
