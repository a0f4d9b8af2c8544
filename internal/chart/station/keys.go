package station

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
)

// keyring holds keys in memory, and knows which ones were asked for.
type keyring struct {
	mu    sync.Mutex
	keys  map[string]*vault.Key
	asked map[string]bool
	added chan struct{} // closed and made anew with each key
	over  chan struct{} // closed at the end
	once  sync.Once
}

func newKeyring(keys []*vault.Key) *keyring {
	r := &keyring{keys: map[string]*vault.Key{}, asked: map[string]bool{}, added: make(chan struct{}), over: make(chan struct{})}
	for _, k := range keys {
		r.keys[k.ID()] = k
	}
	return r
}

// give is shelf.Config.Key.
func (r *keyring) give(ids []string) (*vault.Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		r.asked[id] = true
	}
	for _, id := range ids {
		if k := r.keys[id]; k != nil {
			return k, nil
		}
	}
	return nil, nil
}

// fits reports whether some root waits for the key.
func (r *keyring) fits(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[id]
}

// wanted lists the keys that were asked for and are not there.
func (r *keyring) wanted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for id := range r.asked {
		if r.keys[id] == nil {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// add keeps a key; who waits for one is told by tell.
func (r *keyring) add(k *vault.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[k.ID()] = k
}

// tell wakes who waits for a key: the index, which would find no source before
// the copy that the key opens is open.
func (r *keyring) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.added)
	r.added = make(chan struct{})
}

// first waits for any key; nil at the end.
func (r *keyring) first() *vault.Key {
	for {
		r.mu.Lock()
		added := r.added
		for _, k := range r.keys {
			r.mu.Unlock()
			return k
		}
		r.mu.Unlock()
		select {
		case <-added:
		case <-r.over:
			return nil
		}
	}
}

// all gives every key.
func (r *keyring) all() []*vault.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.keys))
}

func (r *keyring) close() { r.once.Do(func() { close(r.over) }) }

// sealedStore keeps the index sealed as the copies are. Nothing of it can be
// read before somebody unlocks them, so Load waits for that.
type sealedStore struct {
	path string
	keys *keyring
}

var errNoKey = errors.New("station: no key was given")

// Load reads the index with the key that opens the copy. A file that belongs to
// another key counts as none: it is made anew.
func (s sealedStore) Load() ([]byte, error) {
	k := s.keys.first()
	if k == nil {
		return nil, errNoKey
	}
	data, err := index.Sealed{Path: s.path, Key: k}.Load()
	if fault.KindOf(err) == fault.Invalid {
		return nil, nil
	}
	return data, err
}

// Save writes the index for the same key.
func (s sealedStore) Save(data []byte) error {
	k := s.keys.first()
	if k == nil {
		return errNoKey
	}
	return index.Sealed{Path: s.path, Key: k}.Save(data)
}

// vaults are the roots that are vaults.
func vaults(roots []string) []*vault.Vault {
	var out []*vault.Vault
	for _, root := range roots {
		if v, err := vault.Open(root); err == nil {
			out = append(out, v)
		}
	}
	return out
}

// Typed is what people typed to unlock a copy: the envelope's code, or parts.
type Typed struct {
	Code  string
	Parts []TypedPart
}

// TypedPart is one person's part.
type TypedPart struct{ Holder, Letters string }

// Wrong is a fault of one thing that was typed: "code", or "part" with its
// place from 0.
type Wrong struct {
	Field string
	Place int
	Fault error
}

func (w Wrong) Error() string { return w.Fault.Error() }

// Unwrap gives the fault.
func (w Wrong) Unwrap() error { return w.Fault }

// openKey makes the key of what was typed. Wrong says what of it is at fault.
func openKey(t Typed, all []*vault.Vault) (*vault.Key, error) {
	if t.Code != "" {
		return openEnvelope(t.Code, all)
	}
	var parts []vault.Part
	for i, p := range t.Parts {
		if p.Letters == "" {
			continue
		}
		part, err := vault.ReadPart(p.Holder, p.Letters)
		if err != nil {
			return nil, Wrong{"part", i, err}
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return nil, Wrong{"code", 0, fault.New(fault.Invalid, "station.unlock.nothing")}
	}
	key, err := vault.Join(parts...)
	if err != nil {
		return nil, Wrong{"part", len(t.Parts) - 1, err}
	}
	return key, nil
}

// openEnvelope tries the code on every envelope that lies on the media.
func openEnvelope(code string, all []*vault.Vault) (*vault.Key, error) {
	err := error(fault.New(fault.NotFound, "station.unlock.envelope"))
	for _, v := range all {
		ids, listErr := v.Envelopes()
		if listErr != nil {
			err = listErr
			continue
		}
		for _, id := range ids {
			sealed, readErr := v.Envelope(id)
			if readErr != nil {
				err = readErr
				continue
			}
			key, openErr := vault.OpenEnvelope(id, code, sealed)
			if openErr == nil {
				return key, nil
			}
			err = openErr
		}
	}
	return nil, Wrong{"code", 0, err}
}
