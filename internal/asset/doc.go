// Package asset is the register (台帳): what the hospital has and who looks
// after it. An Asset is anything that is connected or holds data; a System is
// a departmental system which assets carry; a Vendor sells or maintains, and
// may be another's sub-contractor; a Contract says what a vendor owes; a Line
// is one connection to the outside (外接点); a Duty says who does one thing
// for a device.
//
// Every field has a history: each Change says what it was, what it became, who
// or which file said so, and when. Changes that were saved together form a
// batch, and a batch can be undone as far as nobody has changed its fields
// since. Nothing is deleted; what is removed is hidden and can come back.
package asset
