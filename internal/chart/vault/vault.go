package vault

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"embed"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
)

//go:embed text_*.json
var texts embed.FS

// Texts gives the package's sentences in both languages, for the catalogue.
func Texts() fs.FS { return texts }

// What lies in a vault's folder.
const (
	aboutName      = "vault.json"
	lockName       = "lock"
	packsDir       = "packs"
	generationsDir = "generations"
	keysDir        = "keys"
	manifestName   = "manifest"
	directoryName  = "directory"
	countsName     = "counts"
	maxAbout       = 1 << 20
)

// About is what a vault says of itself, in clear and unsigned: for showing.
// What must be trusted (to whom a copy is sealed, whose signature counts) is
// kept by the machines.
type About struct {
	Version  int          `json:"version"`
	ID       string       `json:"id"`
	Facility string       `json:"facility"`
	Made     time.Time    `json:"made"`
	Keys     []AboutKey   `json:"keys"`     // the last one is in use
	Machines []AboutMaker `json:"machines"` // that signed generations here
}

// AboutKey is a key of the vault, by its public half.
type AboutKey struct {
	ID        string    `json:"id"`
	Recipient string    `json:"recipient"`
	Since     time.Time `json:"since"`
}

// AboutMaker is a machine that writes to the vault.
type AboutMaker struct {
	Fingerprint string    `json:"fingerprint"`
	List        string    `json:"list"` // recipient of its directory key
	Since       time.Time `json:"since"`
}

// Vault is a vault on a medium. It may be used by several goroutines and read
// by several processes while one writes.
type Vault struct {
	disk  disk
	about About
	// damage is why about could not be read; reading generations goes on.
	damage error
}

// Create makes a vault in an existing folder for the machine's recipient. A
// folder with a vault in it is "vault.exists".
func Create(dir, facility string, m *Machine, now time.Time) (*Vault, error) {
	d, err := openFolder(dir)
	if err != nil {
		return nil, writeFault(err)
	}
	return create(d, facility, m, now)
}

func create(d disk, facility string, m *Machine, now time.Time) (*Vault, error) {
	f, err := d.Open(aboutName)
	if err == nil {
		_ = f.Close()
		return nil, fault.New(fault.Conflict, "vault.exists")
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, readFault(err, aboutName)
	}
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return nil, writeFault(err)
	}
	v := &Vault{disk: d, about: About{Version: 1, ID: hex.EncodeToString(id), Facility: facility, Made: now.UTC()}}
	v.about.Keys = []AboutKey{{ID: keyID(m.recipient), Recipient: m.recipient, Since: now.UTC()}}
	v.about.Machines = []AboutMaker{{Fingerprint: m.Fingerprint(), List: m.list.Recipient(), Since: now.UTC()}}
	for _, dir := range []string{packsDir, generationsDir, keysDir} {
		if err := d.Mkdir(dir); err != nil {
			return nil, writeFault(err)
		}
	}
	return v, v.save()
}

func (v *Vault) save() error {
	data, err := json.MarshalIndent(v.about, "", "  ")
	if err != nil {
		return writeFault(err)
	}
	if err := replace(v.disk, aboutName, append(data, '\n')); err != nil {
		return writeFault(err)
	}
	return nil
}

// Open opens a vault. A folder that is none is "vault.none". A damaged
// description does not stop reading: see Damage.
func Open(dir string) (*Vault, error) {
	d, err := openFolder(dir)
	if err != nil {
		return nil, fault.New(fault.NotFound, "vault.none", dir).With(err)
	}
	v, err := open(d)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "vault.none", dir).With(err)
	}
	return v, err
}

func open(d disk) (*Vault, error) {
	v := &Vault{disk: d}
	data, err := slurp(d, aboutName, maxAbout)
	if err == nil {
		err = json.Unmarshal(data, &v.about)
	}
	if err == nil && v.about.Version != 1 {
		err = fault.New(fault.Invalid, "vault.version", v.about.Version)
	}
	if err == nil {
		return v, nil
	}
	names, listed := d.Names(generationsDir)
	if listed != nil || len(names) == 0 {
		return nil, err
	}
	v.about = About{}
	v.damage = readFault(err, aboutName)
	return v, nil
}

// About is what the vault says of itself; empty if Damage is not nil.
func (v *Vault) About() About { return v.about }

// Damage is why the vault's description could not be read, or nil.
func (v *Vault) Damage() error { return v.damage }

// Generation is one generation as it lies on the medium.
type Generation struct {
	ID       string
	Manifest *Manifest // nil if Problem says that there is none to read
	// Finished is false for one whose writing was cut off: it has no manifest,
	// nothing can be read from it, and the next Begin or Prune removes it.
	Finished bool
	// Problem is nil, "vault.manifest.damaged" or "vault.manifest.signature".
	Problem error
}

// Generations lists what is on the medium, oldest first. It reads the
// manifests, whose size grows with the number of packs.
func (v *Vault) Generations() ([]Generation, error) {
	names, err := v.disk.Names(generationsDir)
	if err != nil {
		return nil, readFault(err, generationsDir)
	}
	var all []Generation
	for _, name := range names {
		if isGeneration(name) {
			all = append(all, v.generation(name))
		}
	}
	slices.SortFunc(all, func(a, b Generation) int { return sequence(a.ID) - sequence(b.ID) })
	return all, nil
}

// Generation gives one generation; one that is not there is not Finished.
func (v *Vault) Generation(id string) Generation {
	if !isGeneration(id) {
		return Generation{ID: id}
	}
	return v.generation(id)
}

func (v *Vault) generation(id string) Generation {
	name := path.Join(generationsDir, id, manifestName)
	data, err := slurp(v.disk, name, maxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return Generation{ID: id}
	}
	g := Generation{ID: id, Finished: true}
	if err == nil {
		g.Manifest, err = parseManifest(data)
	}
	switch {
	case err == nil && (g.Manifest.Generation != id || v.damage == nil && g.Manifest.Vault != v.about.ID):
		g.Problem = fault.New(fault.Invalid, "vault.manifest.other", id)
	case errors.Is(err, errSignature):
		g.Problem = fault.New(fault.Denied, "vault.manifest.signature", id).With(err)
	case err != nil:
		g.Problem = fault.New(fault.Internal, "vault.manifest.damaged", id).With(err)
	}
	return g
}

// find gives a generation that is finished.
func (v *Vault) find(id string) (Generation, error) {
	if !isGeneration(id) {
		return Generation{}, fault.New(fault.NotFound, "vault.generation.none", id)
	}
	g := v.generation(id)
	if !g.Finished {
		return g, fault.New(fault.NotFound, "vault.generation.none", id)
	}
	return g, nil
}

func sequence(id string) int {
	n, _ := strconv.Atoi(id) // digits only: isGeneration
	return n
}

func generationID(n int) string { return fmt.Sprintf("%06d", n) }

// lock takes the writer's lock.
func (v *Vault) lock() (io.Closer, error) {
	l, err := v.disk.Lock(lockName)
	if errors.Is(err, durable.ErrLocked) {
		return nil, fault.New(fault.Busy, "vault.locked").With(err)
	}
	if errors.Is(err, durable.ErrNotPlain) {
		return nil, fault.New(fault.Conflict, "vault.lock.link").With(err)
	}
	if err != nil {
		return nil, writeFault(err)
	}
	return l, nil
}

// Rotate makes later generations open with another key: m writes for it from
// now on (Machine.For). The next generation writes every file anew; the older
// ones keep opening with the older keys until they are removed. A machine that
// is new to the vault is entered the same way.
func (v *Vault) Rotate(m *Machine, now time.Time) error {
	if v.damage != nil {
		return v.damage
	}
	l, err := v.lock()
	if err != nil {
		return err
	}
	defer l.Close()
	now = now.UTC()
	if last := v.about.Keys; len(last) == 0 || last[len(last)-1].Recipient != m.recipient {
		v.about.Keys = append(v.about.Keys, AboutKey{ID: keyID(m.recipient), Recipient: m.recipient, Since: now})
	}
	if !slices.ContainsFunc(v.about.Machines, func(a AboutMaker) bool { return a.Fingerprint == m.Fingerprint() }) {
		v.about.Machines = append(v.about.Machines, AboutMaker{Fingerprint: m.Fingerprint(), List: m.list.Recipient(), Since: now})
	}
	return v.save()
}

// PutEnvelope keeps a key's sealed envelope (Key.Envelope) on the medium.
func (v *Vault) PutEnvelope(keyID string, sealed []byte) error {
	if !plainName(keyID) || len(sealed) > maxEnvelope {
		return fault.New(fault.Internal, "vault.envelope.damaged")
	}
	if err := v.disk.Mkdir(keysDir); err != nil {
		return writeFault(err)
	}
	if err := replace(v.disk, path.Join(keysDir, keyID+".envelope"), sealed); err != nil {
		return writeFault(err)
	}
	return nil
}

// Envelopes gives the IDs of the keys whose envelope lies on the medium.
func (v *Vault) Envelopes() ([]string, error) {
	names, err := v.disk.Names(keysDir)
	if err != nil {
		return nil, readFault(err, keysDir)
	}
	var ids []string
	for _, n := range names {
		if id, ok := strings.CutSuffix(n, ".envelope"); ok && plainName(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Envelope gives a key's envelope, for OpenEnvelope.
func (v *Vault) Envelope(keyID string) ([]byte, error) {
	if !plainName(keyID) {
		return nil, fault.New(fault.NotFound, "vault.missing", keysDir)
	}
	name := path.Join(keysDir, keyID+".envelope")
	data, err := slurp(v.disk, name, maxEnvelope)
	if err != nil {
		return nil, readFault(err, name)
	}
	return data, nil
}
