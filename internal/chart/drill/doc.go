// Package drill does what a machine can do of a rehearsal of the emergency
// chart, on the copies that are open now, and takes the times.
//
// A step is one thing that is timed: the first chart by number, a search by
// kana, a ward's list, its medication lists as PDF. A Shelf is where it reads;
// nothing that it reads is kept or printed, and no patient is named in what it
// says.
package drill
