// Package audit looks at what is really configured, and asks whether the
// hospital is where Osaka was in 2022.
//
// A File is a device's configuration as somebody brought it: Toride keeps its
// name, the hash of the original and a copy without secrets, never the
// original. It is attached to a Target of the register (an outside line or an
// asset). A Finding is a check of package check that failed on the newest file
// of a device; a Waiver lets a named person put one off until a day, with a
// reason. A file's version goes into the register through a function given at
// construction.
//
// The Osaka test asks the failings of that day one by one. A Question is
// answered by readings where there are some, else by what a named person
// declared, else it is unknown; the three are shown apart. A snapshot is
// written whenever an answer changes, so that before and after can be laid
// side by side. No answer says that the hospital is safe.
package audit
