package seal

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
)

// recipients is to whom a Box seals: its own key and the recovery key.
type recipients struct {
	own  age.Recipient
	path string

	mu    sync.RWMutex
	extra *age.X25519Recipient // nil until a recovery key was made
}

func (r *recipients) all() []age.Recipient {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.extra == nil {
		return []age.Recipient{r.own}
	}
	return []age.Recipient{r.own, r.extra}
}

func (r *recipients) recovery() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.extra == nil {
		return ""
	}
	return r.extra.String()
}

func (r *recipients) load() error {
	if r.path == "" {
		return nil
	}
	data, err := os.ReadFile(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.New(fault.Internal, "seal.recovery.bad", r.path).With(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if r.extra, err = age.ParseX25519Recipient(line); err != nil {
			return fault.New(fault.Internal, "seal.recovery.bad", r.path).With(err)
		}
	}
	return nil
}

// Recovery names the public half of the recovery key, or is empty when none
// was made. It may be printed and shown.
func (b *Box) Recovery() string { return b.keys.recovery() }

// NewRecovery makes a recovery key, stores its public half in RecoveryFile and
// gives the secret half, which is kept nowhere. What was sealed before is not
// sealed again: call Reseal for each value, or make the key first.
func (b *Box) NewRecovery() (Secret, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return Secret{}, fault.New(fault.Internal, "seal.failed").With(err)
	}
	b.keys.mu.Lock()
	defer b.keys.mu.Unlock()
	if b.keys.path != "" {
		line := "# Toride, public half of the recovery key\n" + id.Recipient().String() + "\n"
		if err := durable.WriteFile(b.keys.path, []byte(line), 0o600); err != nil {
			return Secret{}, fault.New(fault.Internal, "seal.key.write", b.keys.path).With(err)
		}
	}
	b.keys.extra = id.Recipient()
	return Secret{text: id.String()}, nil
}

// Reseal opens a value and seals it to the keys of now.
func (b *Box) Reseal(sealed []byte) ([]byte, error) {
	plain, err := b.Open(sealed)
	if err != nil {
		return nil, err
	}
	return b.Seal(plain)
}
