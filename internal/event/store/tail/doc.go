// Package tail holds events in little memory until they are in a file.
//
// A Tail copies each event into large blocks of bytes without pointers: what
// repeats (names, hosts, datasets) is a number, what stands in the original is a
// place in it, so that an event costs about a third more than its original and
// the garbage collector has nothing to look at. A View is a tail as it was at one
// moment; it is read without a lock while the tail grows, and its events are the
// same at every reading.
package tail
