package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
)

// CredentialName is the name of the systemd credential that holds the key.
const CredentialName = "toride.key"

// maxKeyFile bounds what is read of a key file, in bytes.
const maxKeyFile = 64 << 10

// Config says where the keys are.
type Config struct {
	// CredentialsDir is the content of $CREDENTIALS_DIRECTORY, or empty. When
	// it holds a file named CredentialName, that one is used and KeyFile is
	// not looked at.
	CredentialsDir string
	// KeyFile is the path of the key, outside the data folder, mode 0600.
	KeyFile string
	// RecoveryFile is the path of the public half of the recovery key. It may
	// stand in the data folder: it opens nothing.
	RecoveryFile string
	// Create makes a missing KeyFile. Without it a missing key is a fault, so
	// that a key which was lost or not mounted is never silently replaced.
	Create bool
}

// Place says where a key was found.
type Place struct {
	Credential bool   // by systemd, not readable in the file system by others
	Path       string // the file that was read
}

// Open reads the keys. Its faults are "seal.key.missing", "seal.key.mode"
// (somebody else may read the file), "seal.key.bad" and "seal.recovery.bad".
func Open(cfg Config) (*Box, error) {
	place := where(cfg)
	if cfg.Create && !place.Credential {
		if err := create(place.Path); err != nil {
			return nil, err
		}
	}
	own, err := readKey(place)
	if err != nil {
		return nil, err
	}
	first, ok := own[0].(*age.X25519Identity)
	if !ok {
		return nil, fault.New(fault.Internal, "seal.key.bad", place.Path)
	}
	keys := &recipients{own: first.Recipient(), path: cfg.RecoveryFile}
	if err := keys.load(); err != nil {
		return nil, err
	}
	return &Box{place: place, own: own, keys: keys}, nil
}

func where(cfg Config) Place {
	if cfg.CredentialsDir != "" {
		path := filepath.Join(cfg.CredentialsDir, CredentialName)
		if _, err := os.Stat(path); err == nil {
			return Place{Credential: true, Path: path}
		}
	}
	return Place{Path: cfg.KeyFile}
}

// create makes the key file when there is none. The key is written under
// another name and linked to its own: the name exists with a whole key or not
// at all, also after a power cut, and of two processes that start at the same
// moment the later one reads the other's key.
func create(path string) error {
	if path == "" {
		return fault.New(fault.Internal, "seal.key.missing", path)
	}
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.New(fault.Internal, "seal.key.write", path).With(err)
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return fault.New(fault.Internal, "seal.key.write", path).With(err)
	}
	content := fmt.Sprintf("# Toride, key of this box. public key: %s\n%s\n", id.Recipient(), id)
	name := path + ".new-" + rand.Text()
	defer func() { _ = os.Remove(name) }()
	if err := durable.WriteFile(name, []byte(content), 0o600); err != nil {
		return fault.New(fault.Internal, "seal.key.write", path).With(err)
	}
	if err := os.Link(name, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Internal, "seal.key.write", path).With(err)
	}
	if err := durable.SyncDir(filepath.Dir(path)); err != nil {
		return fault.New(fault.Internal, "seal.key.write", path).With(err)
	}
	return nil
}

func readKey(place Place) ([]age.Identity, error) {
	if place.Path == "" {
		return nil, fault.New(fault.Internal, "seal.key.missing", place.Path)
	}
	f, err := os.Open(place.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Internal, "seal.key.missing", place.Path).With(err)
	}
	if err != nil {
		return nil, fault.New(fault.Internal, "seal.key.unreadable", place.Path).With(err)
	}
	defer f.Close()
	if err := checkMode(f, place); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fault.New(fault.Internal, "seal.key.unreadable", place.Path).With(err)
	}
	// age's own parse error quotes nothing of a line, but it is not kept as a
	// cause all the same: what is in this file must not reach a log.
	ids, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil || len(ids) == 0 {
		return nil, fault.New(fault.Internal, "seal.key.bad", place.Path)
	}
	return ids, nil
}

// checkMode looks at the open file, not at the name, so that nobody can swap
// it in between. systemd gives credentials to a service's user by an access
// list, which shows as a group bit; for them only the bits for all others count.
func checkMode(f *os.File, place Place) error {
	info, err := f.Stat()
	if err != nil {
		return fault.New(fault.Internal, "seal.key.unreadable", place.Path).With(err)
	}
	if !info.Mode().IsRegular() {
		return fault.New(fault.Internal, "seal.key.bad", place.Path)
	}
	if runtime.GOOS == "windows" { // no such bits there
		return nil
	}
	refused := fs.FileMode(0o077)
	if place.Credential {
		refused = 0o007
	}
	if info.Mode().Perm()&refused != 0 {
		return fault.New(fault.Internal, "seal.key.mode", place.Path, fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	return nil
}

// Recover adds the printed recovery key to the key file of a new machine, so
// that what the lost machine sealed can be opened again. The text is taken
// with spaces, line breaks and in any case. When RecoveryFile is there, a key
// that does not belong to it is refused with "seal.recovery.wrong".
// New secrets are sealed to the machine's own key; a new recovery key should
// be made afterwards, because the old one now lies on a disk.
func Recover(cfg Config, printed string) error {
	id, err := age.ParseX25519Identity(strings.ToUpper(strings.Join(strings.Fields(printed), "")))
	if err != nil { // the cause could hold a part of the key
		return fault.New(fault.Invalid, "seal.recovery.unreadable")
	}
	box, err := Open(cfg)
	if err != nil {
		return err
	}
	if known := box.keys.recovery(); known != "" && known != id.Recipient().String() {
		return fault.New(fault.Invalid, "seal.recovery.wrong")
	}
	if box.place.Credential {
		return fault.New(fault.Conflict, "seal.recovery.credential", box.place.Path)
	}
	old, err := os.ReadFile(box.place.Path)
	if err != nil {
		return fault.New(fault.Internal, "seal.key.unreadable", box.place.Path).With(err)
	}
	if bytes.Contains(old, []byte(id.String())) {
		return nil
	}
	added := fmt.Appendf(bytes.TrimRight(old, "\n"), "\n# recovery key of the machine before\n%s\n", id)
	if err := durable.WriteFile(box.place.Path, added, 0o600); err != nil {
		return fault.New(fault.Internal, "seal.key.write", box.place.Path).With(err)
	}
	return nil
}
