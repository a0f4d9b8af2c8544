package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
)

// Actor is who acts: a signed-in person, the console of the box, or Toride
// itself.
type Actor struct {
	ID    string // "person/UUID", "console/root", "toride"
	Name  string // as shown; kept in the entry, because people leave
	Login string
	Via   string // where it came from: an address, "console", "timer"
}

// System is Toride acting by itself, for example by a timer.
func System(via string) Actor { return Actor{ID: "toride", Name: "Toride", Via: via} }

// Entry is one line of the ledger.
type Entry struct {
	Seq      int64           `json:"seq"`
	Facility string          `json:"facility"`
	At       time.Time       `json:"at"`
	ActorID  string          `json:"actor_id"`
	Actor    string          `json:"actor"`
	Via      string          `json:"via"`
	Action   string          `json:"action"`  // asset.line.update
	Subject  string          `json:"subject"` // asset/line/UUID
	Detail   json.RawMessage `json:"detail"`
	Prev     string          `json:"prev"`
	Hash     string          `json:"hash"`
}

// genesis is the Prev of the first line.
const genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// sum computes the hash of the entry: SHA-256 over each field with its length
// before it, so that no two different entries give the same bytes.
func (e Entry) sum() string {
	h := sha256.New()
	for _, field := range []string{
		strconv.FormatInt(e.Seq, 10), e.Facility, e.At.UTC().Format(time.RFC3339Nano),
		e.ActorID, e.Actor, e.Via, e.Action, e.Subject, string(e.Detail), e.Prev,
	} {
		h.Write([]byte(strconv.Itoa(len(field))))
		h.Write([]byte{':'})
		h.Write([]byte(field))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Checkpoint names a place in the chain: paper with it in the director's
// drawer finds a chain that was rewritten as a whole.
type Checkpoint struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// BrokenError says where the chain does not hold.
type BrokenError struct {
	Seq    int64
	Reason Reason
}

// Reason says what is wrong at a broken place.
type Reason string

// Reasons of a broken chain.
const (
	Altered   Reason = "altered"   // the line's own hash does not fit its content
	Unlinked  Reason = "unlinked"  // it does not follow the line before it
	Missing   Reason = "missing"   // a number is left out
	Rewritten Reason = "rewritten" // the line differs from the checkpoint
	Shortened Reason = "shortened" // the chain ends before the checkpoint
)

func (e *BrokenError) Error() string {
	return "ledger: broken at line " + strconv.FormatInt(e.Seq, 10) + ": " + string(e.Reason)
}
