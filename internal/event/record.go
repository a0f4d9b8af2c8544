package event

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Record is one log entry as a source received it.
type Record struct {
	Source   string    // ID of the configured source ("syslog-udp")
	Format   string    // name of the Format that reads Data
	Peer     string    // address or name of the sender, or the name of the file
	Received time.Time // UTC, when Toride had it
	// Key is the sender's own identity of the entry, where it sends one; a
	// second record with the same key, source and peer is the same event.
	Key      string
	Backfill bool   // uploaded or replayed: its own time counts, however old
	Data     []byte // as it came, complete
}

// Position is a record's place in the journal. Epoch grows each time a journal
// is made anew, Seq is the batch in it, Index the record in the batch.
type Position struct {
	Epoch uint32
	Seq   uint64
	Index uint32
}

// Compare orders positions as the journal does.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Epoch, q.Epoch), cmp.Compare(p.Seq, q.Seq), cmp.Compare(p.Index, q.Index))
}

// String is the form of a position in addresses and file names: "1-42-7".
func (p Position) String() string { return fmt.Sprintf("%d-%d-%d", p.Epoch, p.Seq, p.Index) }

// ParsePosition reads what String wrote.
func ParsePosition(s string) (Position, bool) {
	parts := strings.Split(s, "-")
	if len(parts) != 3 {
		return Position{}, false
	}
	epoch, err1 := strconv.ParseUint(parts[0], 10, 32)
	seq, err2 := strconv.ParseUint(parts[1], 10, 64)
	index, err3 := strconv.ParseUint(parts[2], 10, 32)
	return Position{uint32(epoch), seq, uint32(index)}, err1 == nil && err2 == nil && err3 == nil
}

// Batch is a message of the journal: records that became durable together.
type Batch struct {
	Epoch   uint32
	Seq     uint64
	Records []Record
}
