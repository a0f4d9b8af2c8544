package vault

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"strings"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/fault"
)

const machineHead = "toride-vault-machine-1"

// Machine is what the copying machine keeps of a vault, in a file of its own
// away from the medium (mode 0600, or sealed): the key it signs with, a key
// that opens directories, and the vault's recipient. The directory key shows
// which files exist and how they were (paths, sizes, digests: what the machine
// sees in the store anyway), never what stands in them.
//
// The recipient is kept here, not taken from the medium: whoever exchanges it
// on a stick would otherwise receive the next copy.
type Machine struct {
	sign      ed25519.PrivateKey
	list      *Key
	recipient string
}

// NewMachine makes the keys of a copying machine that writes for recipient
// (Key.Recipient).
func NewMachine(recipient string) (*Machine, error) {
	if _, err := age.ParseX25519Recipient(recipient); err != nil {
		return nil, fault.New(fault.Invalid, "vault.recipient.bad").With(err)
	}
	_, sign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fault.New(fault.Internal, "vault.key.make").With(err)
	}
	list, err := NewKey()
	if err != nil {
		return nil, err
	}
	return &Machine{sign: sign, list: list, recipient: recipient}, nil
}

// ParseMachine reads what Bytes gave; the fault is "vault.machine.bad".
func ParseMachine(data []byte) (*Machine, error) {
	f := strings.Fields(string(data))
	if len(f) != 4 || f[0] != machineHead {
		return nil, fault.New(fault.Internal, "vault.machine.bad")
	}
	seed, err1 := base64.StdEncoding.DecodeString(f[1])
	list, err2 := base64.StdEncoding.DecodeString(f[2])
	_, err3 := age.ParseX25519Recipient(f[3])
	if err1 != nil || err2 != nil || err3 != nil || len(seed) != ed25519.SeedSize || len(list) != keySize {
		return nil, fault.New(fault.Internal, "vault.machine.bad")
	}
	key, err := keyOf([keySize]byte(list))
	if err != nil {
		return nil, err
	}
	return &Machine{sign: ed25519.NewKeyFromSeed(seed), list: key, recipient: f[3]}, nil
}

// Bytes is the machine's file.
func (m *Machine) Bytes() []byte {
	enc := base64.StdEncoding.EncodeToString
	return []byte(strings.Join([]string{machineHead, enc(m.sign.Seed()), enc(m.list.secret[:]), m.recipient}, "\n") + "\n")
}

// For gives the same machine writing for another key, after a rotation.
func (m *Machine) For(recipient string) (*Machine, error) {
	if _, err := age.ParseX25519Recipient(recipient); err != nil {
		return nil, fault.New(fault.Invalid, "vault.recipient.bad").With(err)
	}
	return &Machine{sign: m.sign, list: m.list, recipient: recipient}, nil
}

// Recipient is the public key that the machine seals for.
func (m *Machine) Recipient() string { return m.recipient }

// KeyID names the key that opens what the machine seals (Key.ID).
func (m *Machine) KeyID() string { return keyID(m.recipient) }

// Fingerprint is the short form of the key the machine signs with: five groups
// of four hexadecimal digits, to be compared by eye.
func (m *Machine) Fingerprint() string { return fingerprint(m.public()) }

func (m *Machine) public() ed25519.PublicKey {
	return ed25519.PublicKey(m.sign[ed25519.SeedSize:])
}

// String names the machine without its keys.
func (m *Machine) String() string { return "vault.Machine(" + m.Fingerprint() + ")" }

// GoString names the machine without its keys.
func (m *Machine) GoString() string { return m.String() }

// LogValue names the machine without its keys.
func (m *Machine) LogValue() slog.Value { return slog.StringValue(m.String()) }

func fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	s := strings.ToUpper(hex.EncodeToString(sum[:10]))
	return strings.Join([]string{s[:4], s[4:8], s[8:12], s[12:16], s[16:]}, "-")
}
