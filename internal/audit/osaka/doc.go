// Package osaka holds the questions of the Osaka test as data: the failings that
// the inquiry into the attack of 31 October 2022 named, each with the readings
// that answer it, the step of the attack chain that it would have stopped
// (A1 to A13), and whether the first action costs money. A question without
// readings can only be declared by a person. The questions restate the report
// through secondary sources; nothing here is a quotation.
package osaka
