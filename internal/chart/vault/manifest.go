package vault

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
)

const (
	manifestHead    = "toride-vault-manifest-1"
	manifestVersion = 1
	maxManifest     = 32 << 20
	maxPacks        = 100_000
	maxNote         = 64 << 10
)

// Manifest says what a generation is. It stands in clear, signed by the machine
// that made the copy: it names no patient. Counts are in a file of their own
// (Vault.Counts).
type Manifest struct {
	Version    int       `json:"version"`
	Vault      string    `json:"vault"`      // the vault's ID
	Generation string    `json:"generation"` // six digits or more
	Facility   string    `json:"facility"`
	AsOf       time.Time `json:"as_of"` // the store's state, as the copier says
	Begun      time.Time `json:"begun"`
	Made       time.Time `json:"made"`
	By         string    `json:"by"`  // program and version
	Key        string    `json:"key"` // ID of the key that opens it
	Files      int64     `json:"files"`
	Bytes      int64     `json:"bytes"`     // of the files, as they were
	Added      int64     `json:"added"`     // files written anew
	Kept       int64     `json:"kept"`      // files that older packs hold
	Written    int64     `json:"written"`   // bytes that this generation added to the medium
	Root       Root      `json:"root"`      // top of the directory
	Directory  File      `json:"directory"` //
	Counts     File      `json:"counts"`
	Packs      []Pack    `json:"packs"`
	Previous   *Link     `json:"previous,omitempty"` // nil for the first
	// Note is what the copier says of the generation (Writer.Note): any JSON,
	// in clear and signed, at most 64 KiB.
	Note json.RawMessage `json:"note,omitempty"`

	// Signer is the fingerprint of the key that signed, Digest the SHA-256 of
	// the signed text; both come from reading, not from the text.
	Signer string `json:"-"`
	Digest string `json:"-"`
}

// Pack is a sealed file with the content of files.
type Pack struct {
	File
	Key   string `json:"key"`   // ID of the key that opens it
	Plain int64  `json:"plain"` // bytes of files in it when it was written
	Live  int64  `json:"live"`  // of these, what this generation still uses
}

// Link is the generation that a generation continues.
type Link struct {
	Generation string `json:"generation"`
	SHA256     string `json:"sha256"` // of its manifest's signed text
}

var (
	errManifest  = errors.New("vault: not a manifest")
	errSignature = errors.New("vault: the signature does not fit the manifest")
)

// encodeManifest signs: a line with the format, the public key and the
// signature, then the signed text.
func encodeManifest(m *Manifest, sign ed25519.PrivateKey) ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	enc := base64.StdEncoding.EncodeToString
	head := fmt.Sprintf("%s %s %s\n", manifestHead, enc(sign[ed25519.SeedSize:]), enc(ed25519.Sign(sign, signed(body))))
	return append([]byte(head), body...), nil
}

func signed(body []byte) []byte { return append([]byte(manifestHead+"\n"), body...) }

// parseManifest reads a manifest and checks it in itself. With errSignature
// the manifest is given all the same.
func parseManifest(data []byte) (*Manifest, error) {
	head, body, ok := bytes.Cut(data, []byte("\n"))
	f := strings.Fields(string(head[:min(len(head), 1024)]))
	if !ok || len(f) != 3 || f[0] != manifestHead {
		return nil, errManifest
	}
	key, err1 := base64.StdEncoding.DecodeString(f[1])
	sig, err2 := base64.StdEncoding.DecodeString(f[2])
	if err1 != nil || err2 != nil || len(key) != ed25519.PublicKeySize {
		return nil, errManifest
	}
	m := &Manifest{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%w: %w", errManifest, err)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	m.Digest, m.Signer = hex.EncodeToString(sum[:]), fingerprint(key)
	if !ed25519.Verify(key, signed(body), sig) {
		return m, errSignature
	}
	return m, nil
}

// check refuses what would lead a reader out of the vault or into endless work.
func (m *Manifest) check() error {
	if m.Version != manifestVersion || !isGeneration(m.Generation) || len(m.Packs) > maxPacks || len(m.Note) > maxNote || m.Root.Level < 0 || m.Root.Level > maxLevel {
		return errManifest
	}
	own := path.Join(generationsDir, m.Generation)
	if path.Dir(m.Directory.Name) != own || path.Dir(m.Counts.Name) != own {
		return errManifest
	}
	for _, f := range []File{m.Directory, m.Counts} {
		if !plainName(path.Base(f.Name)) || f.Bytes < 0 {
			return errManifest
		}
	}
	for _, p := range m.Packs {
		if path.Dir(p.Name) != packsDir || !plainName(path.Base(p.Name)) || p.Bytes < 0 {
			return errManifest
		}
	}
	return nil
}

// plainName allows the names that a vault gives: they are valid on every
// system and say nothing.
func plainName(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '.' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

func isGeneration(s string) bool {
	return len(s) >= 6 && len(s) <= 12 && strings.Trim(s, "0123456789") == ""
}
