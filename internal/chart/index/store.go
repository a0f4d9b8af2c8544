package index

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
)

//go:embed text_*.json
var texts embed.FS

// Texts gives the package's sentences in both languages, for the catalogue.
func Texts() fs.FS { return texts }

// Store keeps the bytes of an index. Load gives nil for none. Save replaces
// what was there whole or not at all.
type Store interface {
	Load() ([]byte, error)
	Save(data []byte) error
}

// maxFile is the largest file of an index that is read.
const maxFile = 8 << 30

// Outside gives the fault "index.file.inside" if a file would lie below one of
// the roots, by whatever way: nothing is ever written to a copy.
func Outside(path string, roots ...string) error {
	at, err := real(filepath.Dir(path))
	if err != nil {
		return fault.New(fault.Invalid, "index.file.folder", path).With(err)
	}
	for _, root := range roots {
		top, err := real(root)
		if err != nil {
			// A root that is not there now is compared as it was named.
			if top, err = filepath.Abs(root); err != nil {
				return fault.New(fault.Invalid, "index.file.folder", path).With(err)
			}
		}
		if rel, err := filepath.Rel(top, at); err == nil && filepath.IsLocal(rel) {
			return fault.New(fault.Invalid, "index.file.inside", path, root)
		}
	}
	return nil
}

func real(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// Plain keeps the index in a file as it is, readable for whoever may read the
// file (mode 0600): for copies that are not sealed either.
type Plain struct{ Path string }

// Load reads the file.
func (p Plain) Load() ([]byte, error) { return slurp(p.Path) }

// Save replaces the file.
func (p Plain) Save(data []byte) error { return saveFault(durable.WriteFile(p.Path, data, 0o600)) }

// Sealed keeps the index in a file that is sealed as the copy is: written with
// the public half, read with the key.
type Sealed struct {
	Path string
	Key  *vault.Key
}

// Load reads the file. Another key's file is "vault.key.wrong".
func (s Sealed) Load() ([]byte, error) {
	data, err := slurp(s.Path)
	if data == nil || err != nil {
		return nil, err
	}
	r, err := s.Key.Unseal(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(make([]byte, 0, len(data)))
	if _, err := out.ReadFrom(r); err != nil {
		return nil, fault.New(fault.Internal, "index.file.damaged", s.Path).With(err)
	}
	return out.Bytes(), nil
}

// Save replaces the file.
func (s Sealed) Save(data []byte) error {
	return saveFault(durable.Write(s.Path, 0o600, func(w io.Writer) error {
		to, err := vault.SealTo(s.Key.Recipient(), w)
		if err != nil {
			return err
		}
		if _, err := to.Write(data); err != nil {
			return err
		}
		return to.Close()
	}))
}

func saveFault(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Internal, "index.save").With(err)
}

func slurp(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(fault.Internal, "index.file.damaged", path).With(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fault.New(fault.Internal, "index.file.damaged", path).With(err)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fault.New(fault.Internal, "index.file.damaged", path).With(err)
	}
	return data, nil
}
