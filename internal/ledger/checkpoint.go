package ledger

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/fault"
)

// String writes a checkpoint as "12:5f3c…", to be printed.
func (c Checkpoint) String() string {
	if c.Seq == 0 {
		return ""
	}
	return strconv.FormatInt(c.Seq, 10) + ":" + c.Hash
}

// ParseCheckpoint reads what String wrote. Empty text is the zero checkpoint.
func ParseCheckpoint(s string) (Checkpoint, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Checkpoint{}, nil
	}
	number, hash, ok := strings.Cut(s, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	raw, hexErr := hex.DecodeString(hash)
	if !ok || err != nil || seq < 1 || hexErr != nil || len(raw) != 32 {
		return Checkpoint{}, fault.New(fault.Invalid, "ledger.bad_checkpoint")
	}
	return Checkpoint{Seq: seq, Hash: strings.ToLower(hash)}, nil
}
