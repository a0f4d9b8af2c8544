package seal

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"log/slog"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/fault"
)

//go:embed text_*.json
var texts embed.FS

// Texts gives the package's sentences in both languages, for the catalogue.
func Texts() fs.FS { return texts }

// MaxSize is the size in bytes above which Seal and Open refuse: a Box is for
// secrets, not for files. One sealed value needs about this much memory.
const MaxSize = 1 << 20

// overhead bounds what age adds: header, two recipients, one tag per 64 KiB.
const overhead = 4 << 10

// Secret is a text that must be shown to one person once. It hides itself from
// logs, formats and JSON; Reveal is the only way to its content.
type Secret struct{ text string }

const hidden = "[hidden]"

// String gives a placeholder, never the secret.
func (Secret) String() string { return hidden }

// GoString gives a placeholder, never the secret.
func (Secret) GoString() string { return hidden }

// LogValue gives a placeholder, never the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText gives a placeholder, so that JSON and the ledger never hold the
// secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Reveal gives the content, for the one page or print that shows it.
func (s Secret) Reveal() string { return s.text }

// Box seals and opens. It is safe for use by several goroutines.
type Box struct {
	place Place
	own   []age.Identity
	keys  *recipients
}

// Seal encrypts plain to the box's own key and to the recovery key, when there
// is one. It costs two X25519 operations, about 0.1 ms.
func (b *Box) Seal(plain []byte) ([]byte, error) {
	if len(plain) > MaxSize {
		return nil, fault.New(fault.TooLarge, "seal.toolarge")
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, b.keys.all()...)
	if err != nil {
		return nil, fault.New(fault.Internal, "seal.failed").With(err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fault.New(fault.Internal, "seal.failed").With(err)
	}
	if err := w.Close(); err != nil {
		return nil, fault.New(fault.Internal, "seal.failed").With(err)
	}
	return out.Bytes(), nil
}

// Open decrypts what Seal made. The fault "seal.wrongkey" means that it was
// sealed for another key (for example after a restore onto a new machine);
// "seal.damaged" means that the bytes were altered or cut off.
func (b *Box) Open(sealed []byte) ([]byte, error) {
	if len(sealed) > MaxSize+overhead {
		return nil, fault.New(fault.TooLarge, "seal.toolarge")
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), b.own...)
	if err != nil {
		if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
			return nil, fault.New(fault.Internal, "seal.wrongkey").With(err)
		}
		return nil, fault.New(fault.Internal, "seal.damaged").With(err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fault.New(fault.Internal, "seal.damaged").With(err)
	}
	return plain, nil
}

// Place says where the box's own key was found.
func (b *Box) Place() Place { return b.place }

// String names the type only: a Box in a log line shows no key.
func (b *Box) String() string { return "seal.Box" }

// LogValue names the type only.
func (b *Box) LogValue() slog.Value { return slog.StringValue("seal.Box") }
