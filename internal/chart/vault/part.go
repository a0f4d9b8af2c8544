package vault

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/torideproject/toride/internal/fault"
)

// MaxParts is how many parts a key can be given to.
const MaxParts = 32

// A part as bytes, before it becomes letters: version, the key's ID, the
// split it belongs to, how many are needed, its place, 32 bytes, a checksum.
const (
	partVersion = 1
	partSum     = 3
	partSize    = 1 + 4 + 3 + 1 + 1 + keySize + partSum
	partGroups  = partSize * 8 / groupBits
)

// Part is one person's part of a key, to be printed and kept by that person.
type Part struct {
	Holder string // as printed; not inside the letters
	KeyID  string
	Split  string // parts of different splits do not fit together
	Number int    // from 1
	Need   int    // how many parts open
	Of     int    // how many were made; 0 after reading
	value  [keySize]byte
}

// Letters is the part as 18 groups of five letters.
func (p Part) Letters() string {
	id, _ := hex.DecodeString(p.KeyID) // made by keyID or read from a part
	set, _ := hex.DecodeString(p.Split)
	data := slices.Concat([]byte{partVersion}, id, set, []byte{byte(p.Need), byte(p.Number)}, p.value[:])
	sum := sha256.Sum256(data)
	return toLetters(append(data, sum[:partSum]...))
}

// String names the part without its content.
func (p Part) String() string {
	return fmt.Sprintf("vault.Part(%s %s %d/%d)", p.KeyID, p.Split, p.Number, p.Of)
}

// GoString names the part without its content.
func (p Part) GoString() string { return p.String() }

// MarshalText names the part without its content.
func (p Part) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Parts splits the key among holders so that any need of them open it, and
// fewer know nothing: 2 ≤ need ≤ len(holders) ≤ 32. Every call is a new split;
// the parts of an older one still open until they are destroyed, because the
// key is the same. After a theft of parts make a new key (Vault.Rotate).
func (k *Key) Parts(need int, holders ...string) ([]Part, error) {
	if need < 2 || need > len(holders) || len(holders) > MaxParts {
		return nil, fault.New(fault.Invalid, "vault.parts.count", need, len(holders), MaxParts)
	}
	set := make([]byte, 3)
	if _, err := rand.Read(set); err != nil {
		return nil, fault.New(fault.Internal, "vault.key.make").With(err)
	}
	shares, err := split(k.secret, need, len(holders))
	if err != nil {
		return nil, fault.New(fault.Internal, "vault.key.make").With(err)
	}
	parts := make([]Part, len(holders))
	for i, holder := range holders {
		parts[i] = Part{Holder: holder, KeyID: k.ID(), Split: hex.EncodeToString(set), Number: i + 1, Need: need, Of: len(holders), value: shares[i]}
	}
	return parts, nil
}

// ReadPart reads what a person typed from paper; holder names the part in
// faults. Spaces, lower case, full width and the letters I, L, O, U are taken
// as meant. Its faults say in which group something is wrong
// ("vault.code.letter", "vault.code.group"), that groups are missing
// ("vault.code.length"), or that the whole is not a part ("vault.part.sum").
func ReadPart(holder, typed string) (Part, error) {
	data, err := fromLetters(typed, holder, partGroups)
	if err != nil {
		return Part{}, err
	}
	body := data[:partSize-partSum]
	sum := sha256.Sum256(body)
	if !bytes.Equal(sum[:partSum], data[partSize-partSum:]) || body[0] != partVersion || body[9] == 0 || body[9] > MaxParts || body[8] < 2 || body[8] > MaxParts {
		return Part{}, fault.New(fault.Invalid, "vault.part.sum", holder)
	}
	p := Part{Holder: holder, KeyID: hex.EncodeToString(body[1:5]), Split: hex.EncodeToString(body[5:8]), Need: int(body[8]), Number: int(body[9])}
	copy(p.value[:], body[10:])
	return p, nil
}

// Join opens the key from parts; more than needed do no harm. Its faults say
// which part does not fit: "vault.part.other_key", "vault.part.other_split",
// "vault.part.twice", how many are missing ("vault.part.few"), or that the
// parts together give another key ("vault.part.wrong").
func Join(parts ...Part) (*Key, error) {
	if len(parts) == 0 {
		return nil, fault.New(fault.Invalid, "vault.part.few", 0, 2)
	}
	first := parts[0]
	seen := make(map[int]string, len(parts))
	for _, p := range parts {
		switch {
		case p.KeyID != first.KeyID:
			return nil, fault.New(fault.Invalid, "vault.part.other_key", p.Holder, p.KeyID, first.Holder, first.KeyID)
		case p.Split != first.Split || p.Need != first.Need:
			return nil, fault.New(fault.Invalid, "vault.part.other_split", p.Holder, first.Holder)
		}
		if other, twice := seen[p.Number]; twice {
			return nil, fault.New(fault.Invalid, "vault.part.twice", p.Holder, other, p.Number)
		}
		seen[p.Number] = p.Holder
	}
	if len(parts) < first.Need {
		return nil, fault.New(fault.Invalid, "vault.part.few", len(parts), first.Need)
	}
	places, shares := make([]byte, first.Need), make([][keySize]byte, first.Need)
	for i := range places {
		places[i], shares[i] = byte(parts[i].Number), parts[i].value
	}
	key, err := keyOf(join(places, shares))
	if err != nil {
		return nil, err
	}
	if key.ID() != first.KeyID {
		return nil, fault.New(fault.Invalid, "vault.part.wrong", first.KeyID)
	}
	return key, nil
}
