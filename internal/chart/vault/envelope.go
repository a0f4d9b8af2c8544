package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/fault"
)

const (
	codeSize   = 15 // bytes: 120 bits
	codeGroups = codeSize * 8 / groupBits

	// workFactor is the logarithm of scrypt's N. 18 takes about one second and
	// 256 MiB on a PC of 2020.
	workFactor    = 18
	maxWorkFactor = 20
	maxEnvelope   = 4 << 10
)

// Envelope makes a code of six groups of five letters (120 bits) that is
// printed and put into a sealed envelope, and the key sealed with it, which may
// lie on the medium (Vault.PutEnvelope). It takes about a second and 256 MiB.
func (k *Key) Envelope() (code string, sealed []byte, err error) { return k.envelope(workFactor) }

func (k *Key) envelope(factor int) (string, []byte, error) {
	raw := make([]byte, codeSize)
	if _, err := rand.Read(raw); err != nil {
		return "", nil, fault.New(fault.Internal, "vault.key.make").With(err)
	}
	code := toLetters(raw)
	to, err := age.NewScryptRecipient(code)
	if err != nil {
		return "", nil, fault.New(fault.Internal, "vault.key.make").With(err)
	}
	to.SetWorkFactor(factor)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return "", nil, fault.New(fault.Internal, "vault.key.make").With(err)
	}
	if _, err := w.Write(k.secret[:]); err != nil {
		return "", nil, fault.New(fault.Internal, "vault.key.make").With(err)
	}
	if err := w.Close(); err != nil {
		return "", nil, fault.New(fault.Internal, "vault.key.make").With(err)
	}
	return code, out.Bytes(), nil
}

// OpenEnvelope opens the key with the code that was typed. Its faults say which
// group is wrong ("vault.code.letter", "vault.code.group",
// "vault.code.length"), that the code belongs to another envelope
// ("vault.envelope.wrong"), or that the file is damaged
// ("vault.envelope.damaged"). It takes as long as Envelope.
func OpenEnvelope(label, typed string, sealed []byte) (*Key, error) {
	raw, err := fromLetters(typed, label, codeGroups)
	if err != nil {
		return nil, err
	}
	identity, err := age.NewScryptIdentity(toLetters(raw))
	if err != nil {
		return nil, fault.New(fault.Invalid, "vault.envelope.wrong")
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	if len(sealed) > maxEnvelope {
		return nil, fault.New(fault.Internal, "vault.envelope.damaged")
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
		return nil, fault.New(fault.Invalid, "vault.envelope.wrong")
	}
	if err != nil {
		return nil, fault.New(fault.Internal, "vault.envelope.damaged").With(err)
	}
	var secret [keySize]byte
	if _, err := io.ReadFull(r, secret[:]); err != nil {
		return nil, fault.New(fault.Internal, "vault.envelope.damaged").With(err)
	}
	return keyOf(secret)
}
