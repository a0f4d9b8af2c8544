package seal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/text"
)

func config(dir string) seal.Config {
	return seal.Config{
		KeyFile:      filepath.Join(dir, "key", "toride.key"),
		RecoveryFile: filepath.Join(dir, "recovery.pub"),
		Create:       true,
	}
}

func open(t *testing.T, cfg seal.Config) *seal.Box {
	t.Helper()
	box, err := seal.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func wantFault(t *testing.T, err error, key string) {
	t.Helper()
	if err == nil || fault.Of(err).Msg.Key != key {
		t.Fatalf("error = %v, want fault %s", err, key)
	}
}

func TestBox_SealsAndOpensAfterReopen(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	sealed, err := open(t, cfg).Seal([]byte("二要素の種"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("二要素")) {
		t.Fatal("the plain text stands in the sealed value")
	}
	cfg.Create = false
	plain, err := open(t, cfg).Open(sealed)
	if err != nil || string(plain) != "二要素の種" {
		t.Fatalf("Open = %q, %v", plain, err)
	}
	info, err := os.Stat(cfg.KeyFile)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file: %v, %v", info.Mode(), err)
	}
}

func TestBox_FaultsOfSealedValues(t *testing.T) {
	t.Parallel()
	mine, theirs := open(t, config(t.TempDir())), open(t, config(t.TempDir()))
	sealed, err := theirs.Seal([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = mine.Open(sealed)
	wantFault(t, err, "seal.wrongkey")
	own, err := mine.Seal([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Clone(own)
	altered[len(altered)-1] ^= 1
	for _, bad := range [][]byte{nil, []byte("x"), own[:len(own)-5], altered} {
		_, err = mine.Open(bad)
		wantFault(t, err, "seal.damaged")
	}
	_, err = mine.Seal(make([]byte, seal.MaxSize+1))
	wantFault(t, err, "seal.toolarge")
	_, err = mine.Open(make([]byte, 2*seal.MaxSize))
	wantFault(t, err, "seal.toolarge")
	largest, err := mine.Seal(make([]byte, seal.MaxSize))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := mine.Open(largest); err != nil || len(plain) != seal.MaxSize {
		t.Fatalf("the largest value comes back as %d bytes, %v", len(plain), err)
	}
}

func TestOpen_MissingKeyIsNeverReplaced(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.Create = false
	_, err := seal.Open(cfg)
	wantFault(t, err, "seal.key.missing")
	if _, err := os.Stat(cfg.KeyFile); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a key was made unasked: %v", err)
	}
}

func TestOpen_RefusesKeyThatOthersMayRead(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	open(t, cfg)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o666} {
		if err := os.Chmod(cfg.KeyFile, mode); err != nil {
			t.Fatal(err)
		}
		_, err := seal.Open(cfg)
		wantFault(t, err, "seal.key.mode")
	}
}

func TestOpen_DamagedKeyDoesNotLeak(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	open(t, cfg)
	data, err := os.ReadFile(cfg.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cfg.KeyFile, data[:len(data)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = seal.Open(cfg)
	wantFault(t, err, "seal.key.bad")
	if strings.Contains(fmt.Sprintf("%+v", fault.Of(err)), "AGE-SECRET") {
		t.Fatal("the error holds a part of the key")
	}
}

func TestOpen_CredentialComesFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, seal.CredentialName)
	if err := os.WriteFile(path, []byte(id.String()), 0o440); err != nil {
		t.Fatal(err)
	}
	cfg := config(t.TempDir())
	cfg.CredentialsDir = dir
	box := open(t, cfg)
	if place := box.Place(); !place.Credential || place.Path != path {
		t.Fatalf("place = %+v", place)
	}
	if _, err := os.Stat(cfg.KeyFile); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("a key file was made beside the credential")
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	_, err = seal.Open(cfg)
	wantFault(t, err, "seal.key.mode")
}

func TestRecover_NewMachineOpensOldSecrets(t *testing.T) {
	t.Parallel()
	old := config(t.TempDir())
	box := open(t, old)
	secret, err := box.NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := box.Seal([]byte("種"))
	if err != nil {
		t.Fatal(err)
	}
	fresh := config(t.TempDir())
	fresh.RecoveryFile = old.RecoveryFile // it came with the backup
	_, err = open(t, fresh).Open(sealed)
	wantFault(t, err, "seal.wrongkey")
	wantFault(t, seal.Recover(fresh, "AGE-SECRET-KEY-1QQQ"), "seal.recovery.unreadable")
	other, err := open(t, config(t.TempDir())).NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	wantFault(t, seal.Recover(fresh, other.Reveal()), "seal.recovery.wrong")
	typed := strings.ToLower(secret.Reveal())
	for range 2 { // a second time changes nothing
		if err := seal.Recover(fresh, typed[:20]+" \n"+typed[20:]); err != nil {
			t.Fatal(err)
		}
	}
	plain, err := open(t, fresh).Open(sealed)
	if err != nil || string(plain) != "種" {
		t.Fatalf("Open = %q, %v", plain, err)
	}
}

func TestReseal_OldValueGetsTheRecoveryKey(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	box := open(t, cfg)
	before, err := box.Seal([]byte("種"))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := box.NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	after, err := box.Reseal(before)
	if err != nil {
		t.Fatal(err)
	}
	id, err := age.ParseX25519Identity(secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := age.Decrypt(bytes.NewReader(before), id); err == nil {
		t.Fatal("a value sealed before the recovery key was made opens with it")
	}
	if _, err := age.Decrypt(bytes.NewReader(after), id); err != nil {
		t.Fatal(err)
	}
	if open(t, cfg).Recovery() != id.Recipient().String() {
		t.Fatal("the recovery key was forgotten")
	}
}

func TestOpen_DamagedRecoveryFile(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	if err := os.WriteFile(cfg.RecoveryFile, []byte("age1nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := seal.Open(cfg)
	wantFault(t, err, "seal.recovery.bad")
}

func TestSecret_HidesItself(t *testing.T) {
	t.Parallel()
	box := open(t, config(t.TempDir()))
	secret, err := box.NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(map[string]any{"secret": secret})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "secret", secret, "box", box)
	all := fmt.Sprint(secret) + fmt.Sprintf("%v %+v %#v %s", secret, secret, secret, box) + string(asJSON) + log.String()
	if strings.Contains(all, "AGE-SECRET") {
		t.Fatalf("the secret is shown: %s", all)
	}
	if !strings.HasPrefix(secret.Reveal(), "AGE-SECRET-KEY-1") {
		t.Fatal("Reveal gives no key")
	}
}

func TestTexts_BothLanguages(t *testing.T) {
	t.Parallel()
	c := text.NewCatalog(time.UTC)
	if err := c.Add(seal.Texts()); err != nil {
		t.Fatal(err)
	}
	for _, key := range c.Keys() {
		for _, lang := range text.Langs() {
			if words := c.Say(lang, text.M(key)); strings.Count(words, "\n") != 2 {
				t.Errorf("%s %s has not three lines: %q", lang, key, words)
			}
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	dir := b.TempDir()
	box, err := seal.Open(seal.Config{KeyFile: filepath.Join(dir, "k"), Create: true})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := box.Seal([]byte("JBSWY3DPEHPK3PXP")); err != nil {
			b.Fatal(err)
		}
	}
}
