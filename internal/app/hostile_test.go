package app_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/seal"
)

// part is one file of a forged backup.
type part struct {
	name, data string
	kind       byte
	link       string
}

// forge makes a backup as somebody could who knows the public key: age says
// for whom a backup is, not by whom.
func forge(t *testing.T, cfg app.Config, parts ...part) []byte {
	t.Helper()
	box, err := seal.Open(seal.Config{KeyFile: cfg.Key})
	if err != nil {
		t.Fatal(err)
	}
	m := app.Manifest{Format: 1, Version: "0", Made: time.Now()}
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p.data))
		m.Files = append(m.Files, app.BackedUp{Name: p.name, Size: int64(len(p.data)), SHA256: hex.EncodeToString(sum[:])})
	}
	head, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	enc, err := box.Encrypt(&out)
	if err != nil {
		t.Fatal(err)
	}
	tw := tar.NewWriter(enc)
	for _, p := range append([]part{{name: "manifest.json", data: string(head), kind: tar.TypeReg}}, parts...) {
		h := &tar.Header{Name: p.name, Typeflag: p.kind, Linkname: p.link, Mode: 0o777, Size: int64(len(p.data))}
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(p.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRestore_ForgedBackupsBringNothing(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	state, err := os.ReadFile(filepath.Join(h.Config.Data, "recovery.pub"))
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, data string) part { return part{name: name, data: data, kind: tar.TypeReg} }
	for name, parts := range map[string][]part{
		"nothing in it":   nil,
		"no database":     {file("recovery.pub", string(state))},
		"a path":          {file("../state.db", "x")},
		"an absolute one": {file("/tmp/state.db", "x")},
		"another name":    {file("state.db", "x"), file("tls-key.pem", "x")},
		"twice":           {file("state.db", ""), file("state.db", "")},
		"a symlink":       {{name: "state.db", kind: tar.TypeSymlink, link: "/etc/passwd"}},
		"a hard link":     {{name: "state.db", kind: tar.TypeLink, link: "/etc/passwd"}},
		"a folder":        {{name: "state.db", kind: tar.TypeDir}},
		"no SQLite":       {file("state.db", strings.Repeat("x", 5000))},
	} {
		cfg := h.Config
		cfg.Data = filepath.Join(t.TempDir(), "new")
		_, err := app.Restore(t.Context(), cfg, bytes.NewReader(forge(t, cfg, parts...)), false)
		if err == nil {
			t.Errorf("%s: restored", name)
		}
		if left, err := os.ReadDir(cfg.Data); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v %v", name, left, err)
		}
	}
}

func TestRestore_RefusesAFolderThatIsNotEmptyOrOpenToOthers(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	var out bytes.Buffer
	if _, err := h.Backup(t.Context(), ledger.System("test"), &out); err != nil {
		t.Fatal(err)
	}
	restore := func(prepare func(dir string) error) error {
		cfg := h.Config
		cfg.Data = filepath.Join(t.TempDir(), "new")
		if err := os.Mkdir(cfg.Data, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := prepare(cfg.Data); err != nil {
			t.Fatal(err)
		}
		_, err := app.Restore(t.Context(), cfg, bytes.NewReader(out.Bytes()), false)
		return err
	}
	// SQLite would play a journal that was left behind into the new database.
	wantFault(t, restore(func(dir string) error { return os.WriteFile(filepath.Join(dir, "state.db-wal"), []byte("x"), 0o600) }), "app.restore.notempty")
	wantFault(t, restore(func(dir string) error { return os.Symlink("/nowhere", filepath.Join(dir, "state.db")) }), "app.restore.notempty")
	wantFault(t, restore(func(dir string) error { return os.Chmod(dir, 0o755) }), "app.data.open")
}

func TestRefusals_LeaveLinesWithoutFloodingTheLedger(t *testing.T) {
	t.Parallel()
	a := apptest.Open(t, apptest.Config(t))
	site := a.Site().Handler()
	for i := range 250 {
		r := httptest.NewRequest("POST", "/lang?token=secret", strings.NewReader("lang=en"))
		r.Host = "localhost"
		r.RemoteAddr = "192.0.2.7:5000"
		r.Header.Set("Origin", "https://evil.example")
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Fatalf("request %d: %d", i, w.Code)
		}
	}
	lines, n, err := a.Book.Entries(t.Context(), ledger.Filter{Action: "web.refused.origin", Limit: 20})
	if err != nil || n != 7 {
		t.Fatalf("%d lines for 250 refusals, %v", n, err)
	}
	if all := fmt.Sprintf("%s %s", lines[0].Detail, lines[6].Detail); lines[0].Via != "192.0.2.7" || strings.Contains(all, "secret") || !strings.Contains(all, `"this_hour":200`) {
		t.Errorf("lines %v", all)
	}
}
