// Package syslog takes syslog in over UDP, TCP and TLS (RFC 5426, 6587, 5425)
// and hands the messages on as they came; the format of the same name reads
// them.
//
// Syslog over UDP and plain TCP has no acknowledgement. The source therefore
// never gives up what it has read: while the sink refuses, it keeps offering
// the same batch and reads no further, so that TCP senders are held back and
// keep their own queues, and the kernel drops datagrams, which is counted in
// Stats.Lost by the kernel's own counter. What cannot be handed over when the
// source stops is counted there too.
//
// A connection begins in one of two framings and stays in it: octet counting
// when its first bytes are a number, a blank and "<", otherwise one message a
// line. A message longer than Settings.MaxLine is cut: its first part is kept,
// the rest is skipped as it arrives, and Stats.Cut counts it. The numbers of
// connections, of idle ones and of unfinished lines are limited (see limits.go).
package syslog
