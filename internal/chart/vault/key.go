package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/fault"
)

const keySize = 32

// Key opens what a vault holds: an age X25519 identity. It is never written to
// a medium as it is; Parts and Seal give the two forms that are kept. It hides
// itself from logs and formats.
type Key struct {
	secret   [keySize]byte
	identity *age.X25519Identity
}

// NewKey makes a key.
func NewKey() (*Key, error) {
	var secret [keySize]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, fault.New(fault.Internal, "vault.key.make").With(err)
	}
	return keyOf(secret)
}

func keyOf(secret [keySize]byte) (*Key, error) {
	// The cause is dropped: it must not carry a part of the key into a log.
	identity, err := age.ParseX25519Identity(strings.ToUpper(bech32("age-secret-key-", secret[:])))
	if err != nil {
		return nil, fault.New(fault.Internal, "vault.key.make")
	}
	return &Key{secret: secret, identity: identity}, nil
}

// Recipient is the public half, "age1…": with it one can write and not read.
func (k *Key) Recipient() string { return k.identity.Recipient().String() }

// ID is a short name of the key, eight hexadecimal digits, which stands on its
// parts, on the envelope and in each manifest.
func (k *Key) ID() string { return keyID(k.Recipient()) }

// String names the type only.
func (k *Key) String() string { return "vault.Key(" + k.ID() + ")" }

// GoString names the type only.
func (k *Key) GoString() string { return k.String() }

// LogValue names the type only.
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText names the type only, so that JSON never holds a key.
func (k *Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// keyID is how a recipient is named: the first four bytes of its SHA-256.
func keyID(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return hex.EncodeToString(sum[:4])
}

// bech32 writes bytes in the form of BIP 173, as age's keys are written.
func bech32(prefix string, data []byte) string {
	const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	values := make([]byte, 0, len(data)*8/5+7)
	bits, held := 0, uint32(0)
	for _, b := range data {
		held, bits = held<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			values = append(values, byte(held>>bits)&31)
		}
	}
	if bits > 0 {
		values = append(values, byte(held<<(5-bits))&31)
	}
	state := uint32(1)
	for i := range prefix {
		state = bech32Step(state, prefix[i]>>5)
	}
	state = bech32Step(state, 0)
	for i := range prefix {
		state = bech32Step(state, prefix[i]&31)
	}
	for _, v := range values {
		state = bech32Step(state, v)
	}
	for range 6 {
		state = bech32Step(state, 0)
	}
	state ^= 1
	for i := range 6 {
		values = append(values, byte(state>>(5*(5-i)))&31)
	}
	out := []byte(prefix + "1")
	for _, v := range values {
		out = append(out, charset[v])
	}
	return string(out)
}

func bech32Step(state uint32, v byte) uint32 {
	top := state >> 25
	state = state&0x1ffffff<<5 ^ uint32(v)
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		state ^= -(top >> i & 1) & g
	}
	return state
}
