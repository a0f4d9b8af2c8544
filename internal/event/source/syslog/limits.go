package syslog

import "time"

const (
	// batchRecords and batchDelay bound what is handed to the sink at once: a
	// batch is full, or its first record has waited so long.
	batchRecords = 500
	batchDelay   = 50 * time.Millisecond
	// batchBytes is the memory of a batch, batches how many there are. Together
	// with maxLongMem and readStep for each connection they are all the memory
	// that senders can fill.
	batchBytes = 512 << 10
	batches    = 32
	readStep   = 16 << 10 // memory of a connection whose messages are short
	maxLongMem = 64 << 20 // memory for long messages of all connections

	// udpBuffer is how much the kernel is asked to keep of what was not read
	// yet: half a second of 30,000 messages a second.
	udpBuffer = 16 << 20

	// While half of all batches wait, a sender of datagrams may put share bytes
	// in line in shareEvery, of which each datagram costs shareLeast besides its
	// own: 2,000 short ones a second.
	shareEvery = 100 * time.Millisecond
	share      = 128 << 10
	shareLeast = 512
	// The same for lateFor after the kernel dropped some because reading was too
	// slow: to leave one out costs less than to take it.
	shareLate = 512 << 10
	lateFor   = 30 * time.Second

	handshake  = 10 * time.Second // for TLS
	retryFirst = 50 * time.Millisecond
	retryMost  = 2 * time.Second
)

// limits are those that tests make small.
type limits struct {
	conns   int           // connections
	perPeer int           // connections of one address
	evict   time.Duration // an idle connection makes way for a new one after that
	idle    time.Duration // a connection without anything
	line    time.Duration // for the rest of a message that has begun
	drain   time.Duration // for what has arrived already, when the source stops
	hand    time.Duration // for handing over what was taken, when it stops
}

// ordinary limits. Senders keep connections open for days; keep-alive finds
// those that are dead.
func ordinary() limits {
	return limits{conns: 1024, perPeer: 64, evict: time.Minute, idle: 12 * time.Hour, line: time.Minute, drain: 150 * time.Millisecond, hand: 10 * time.Second}
}
