package vault

import (
	"errors"
	"io"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/fault"
)

// SealTo seals what is written for a recipient (Key.Recipient), for files beside
// a vault that hold what patients are named and must be no easier to read than
// the copy. The content is whole when Close was called. The fault is
// "vault.recipient.bad".
func SealTo(recipient string, w io.Writer) (io.WriteCloser, error) {
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, fault.New(fault.Invalid, "vault.recipient.bad").With(err)
	}
	return age.Encrypt(w, to)
}

// Unseal reads what SealTo wrote. The fault is "vault.key.wrong" for a file that
// another key opens, with this key's ID; damage further on is an error of Read.
func (k *Key) Unseal(r io.Reader) (io.Reader, error) {
	out, err := age.Decrypt(r, k.identity)
	if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
		return nil, fault.New(fault.Denied, "vault.key.wrong", k.ID()).With(err)
	}
	return out, err
}
