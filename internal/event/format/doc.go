// Package format has what the normalisers of log entries share.
//
// A format is a member of the family in the folders below: it knows how one kind
// of sender writes (fortigate, windows …) and turns a record into an event. This
// package holds what every member needs and none should write twice: the text
// of an entry in UTF-8 whatever it was sent in, times, addresses, a JSON
// scanner that is bounded and keeps the order, and interned names. A Body is a
// format that also reads an entry found inside another, as a FortiGate's line
// inside a syslog message.
//
// Everything here is pure: no clock, no lookup. The only state is Keys, a
// cache of names whose content never changes what is read.
package format
