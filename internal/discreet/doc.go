// Package discreet keeps patients out of logs. A log is read by people who may
// not read charts, is sent to other machines and is kept for years; an error of a
// file says the file's name, and in a store of charts that holds the number of
// the patient, or his name.
//
// # Words
//
// What is discreet of an error is what failed and why: the operation, the keys of
// faults, what the system said, and words that the program itself chose. Names of
// files, what stood between quotation marks, letters of no Latin alphabet and runs
// of three and more digits are left out (…, #). A number of one or two digits, or
// one of letters alone outside of a path, is not told from a word.
//
// # Where
//
// A Logger is discreet whatever it is given; the rooms of the chart and the web
// server make theirs so when they are built. The ledger, pages and readings are
// not logs: they say names to people who may read them.
package discreet
