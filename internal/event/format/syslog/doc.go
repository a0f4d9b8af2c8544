// Package syslog reads syslog lines: RFC 5424 with structured data, RFC 3164,
// and what devices send instead of either: no host, no time, no tag, a year in
// various places, ISO times, Cisco's sequence numbers.
//
// A line is a head (priority, time, host, program) around a message. When
// another format knows the message (a FortiGate's pairs, sshd's words, Samba's
// audit, a Windows event as JSON), that format makes the event and the head
// gives it host and time. Of any other line the fields are facility, severity,
// hostname, program, pid, msgid, message and the parameters of structured
// data, and the log source is product linux where the program is one of
// Linux's own. A message that is a list of pairs (利用者=田中 操作=参照, as chart
// systems write their audit) gives a field for each pair too; names that say who
// did what from where fill the core.
//
// A time without a year is that of the latest possible year; a time without a
// zone is in the zone of the source.
package syslog
