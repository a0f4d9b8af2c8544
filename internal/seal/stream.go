package seal

import (
	"errors"
	"io"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/fault"
)

// Encrypt gives a writer whose content only the box's own key and the recovery
// key open. It must be closed; without that the file counts as damaged.
func (b *Box) Encrypt(w io.Writer) (io.WriteCloser, error) {
	out, err := age.Encrypt(w, b.keys.all()...)
	if err != nil {
		return nil, fault.New(fault.Internal, "seal.failed").With(err)
	}
	return out, nil
}

// Decrypt gives the content of what Encrypt wrote. Its faults are those of
// Open; damage further inside shows as an error of Read.
func (b *Box) Decrypt(r io.Reader) (io.Reader, error) {
	in, err := age.Decrypt(r, b.own...)
	if err != nil {
		if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
			return nil, fault.New(fault.Internal, "seal.wrongkey").With(err)
		}
		return nil, fault.New(fault.Invalid, "seal.damaged").With(err)
	}
	return in, nil
}
