// Package detect turns log entries into what a person can act on: rules →
// findings → alerts → story.
//
// A Rule comes from a pack (package rulepack) or from a watch that knows the
// register (package watch). A finding is one rule that matched. Findings of one
// family, on one computer, with one account or from one source, fold into an
// Alert; its episode ends after an hour without findings, and a closed alert
// never opens again: what comes later is a new one that names it. Alerts of one
// chain are a Story, told in sentences with the register's names. An Exception
// hides findings of a rule in a scope until a day. Rules that are off are
// evaluated all the same and only counted: that is their noise, seen before
// anybody switches them on.
//
// What the package promises: every batch of the journal counts exactly once,
// because findings and position are written in one transaction; whatever comes
// in, what it holds is bounded, and what was folded or given up is said; the
// same batches give the same alerts. Coverage says which rules can fire with the
// entries that really arrive, and what has to be switched on for the others. It
// never says that nothing happened: it says what was looked at.
package detect
