package keys

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/event"
)

// Anywhere begins the keys of Windows events, which name an entry however it
// came: the same computer, channel, record number, time and content in an EVTX
// file and through a Beat are one event, so that source and peer do not count.
// format/windows makes them and ends them with 24 hexadecimal digits, of which
// the first eight are the entry's own time in seconds since 1970.
const Anywhere = "win/"

const anywhereEnd = 24

// Part is the day of an entry's own time, in days since 1970 (UTC); undated
// entries have a part by the day they were received.
type Part int32

// undated sets the parts of entries without a time of their own apart.
const undated Part = 1 << 24

// lookBack is how many days before its receipt an undated entry is looked for.
const lookBack = 7

// Identity appends what is compared byte by byte: two events with keys are the
// same when their identities are.
func Identity(b []byte, e *event.Event) []byte { return Compose(b, e.Source, e.Peer, e.Key) }

// Compose appends the identity made of a source, a peer and a key. Bytes that
// are no UTF-8 count as U+FFFD, as in the segments.
func Compose(b []byte, source, peer, key string) []byte {
	if strings.HasPrefix(key, Anywhere) {
		b = append(b, 'a')
	} else {
		b = binary.AppendUvarint(append(b, 's'), uint64(len(source)))
		b = append(b, source...)
		b = binary.AppendUvarint(b, uint64(len(peer)))
		b = append(b, peer...)
	}
	if !utf8.ValidString(key) {
		key = strings.ToValidUTF8(key, "\uFFFD")
	}
	return append(b, key...)
}

// Hash is the hash of an identity.
func Hash(identity []byte) uint64 {
	sum := sha256.Sum256(identity)
	return binary.BigEndian.Uint64(sum[:])
}

// PartOf gives the part of an event with a key.
func PartOf(e *event.Event) Part {
	if n := len(e.Key); strings.HasPrefix(e.Key, Anywhere) && n > anywhereEnd {
		if sec, err := strconv.ParseUint(e.Key[n-anywhereEnd:n-anywhereEnd+8], 16, 32); err == nil {
			return day(int64(sec))
		}
	}
	// Both to the microsecond, as the segments keep them.
	if e.Skew || e.Time.UnixMicro() == e.Received.UnixMicro() {
		return day(e.Received.Unix()) + undated
	}
	return day(e.Time.Unix())
}

// DayPart gives the part of entries whose own time is on the day of t.
func DayPart(t time.Time) Part { return day(t.Unix()) }

// day limits a day to 2^23 on either side, about the years 0 to 24000.
func day(seconds int64) Part {
	const most = 1 << 23
	d := seconds / 86400
	if seconds%86400 < 0 {
		d--
	}
	return Part(max(-most+1, min(most-1, d)))
}

// look lists the parts in which an identity of that part may be.
func (p Part) look() (first, last Part) {
	if p < undated-1<<23 {
		return p, p
	}
	return p - lookBack, p
}

// name is the name of the part's folder.
func (p Part) name() string {
	if p >= undated-1<<23 {
		return "u" + strconv.Itoa(int(p-undated))
	}
	return "d" + strconv.Itoa(int(p))
}

func parsePart(name string) (Part, bool) {
	if len(name) < 2 || name[0] != 'u' && name[0] != 'd' {
		return 0, false
	}
	n, err := strconv.ParseInt(name[1:], 10, 32)
	p := Part(n)
	if name[0] == 'u' {
		p += undated
	}
	return p, err == nil && p.name() == name
}
