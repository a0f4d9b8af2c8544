// Package check is the contract of the family of audit checks. A Check looks at
// one configuration that was read and gives a Result: a Verdict, the lines of
// the file that it rests on (Evidence), and the commands that would change it.
// A finding is a Result whose verdict is Fail.
//
// What a check may rely on: the configuration's secrets are gone, line numbers
// are those of the file, and Facts does not change while it runs. What it must
// keep: no clock, no database, no network; the same facts give the same
// result; what the file leaves out is Unknown unless the file is whole; what
// follows from a default of FortiOS and not from a line is marked as such.
package check
