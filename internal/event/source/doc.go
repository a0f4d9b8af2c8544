// Package source is the contract of everything that takes log entries in.
//
// A Source receives from one kind of sender (a port, a folder) and gives
// Records to a Sink. A Sink makes them durable; only then may the source
// acknowledge to its sender. Sources never retry, never normalise and never
// decide what is important; what they lose they count. source/all lists the members,
// source/sourcetest is the suite that each of them passes.
package source
