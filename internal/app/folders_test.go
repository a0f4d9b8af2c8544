package app_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/ledger"
)

var makeFolder = flag.String("make-folder", "", "write testdata/folders/<name>.tar.gz with a data folder of this version")

// TestFolders opens the data folder of every version that was ever released,
// each as it was left. Folders are only added, never changed: a hospital's
// folder of that version must open in this one.
//
//	go test ./internal/app -run TestFolders -make-folder 0.2.0
func TestFolders_OfEveryVersionOpen(t *testing.T) {
	t.Parallel()
	if *makeFolder != "" {
		writeFolder(t, filepath.Join("testdata", "folders", *makeFolder+".tar.gz"))
	}
	folders, err := filepath.Glob("testdata/folders/*.tar.gz")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no folders: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			cfg := apptest.Config(t)
			unpackFolder(t, folder, filepath.Dir(cfg.Data))
			_, err := os.Stat(filepath.Join(cfg.Data, "events"))
			withRecords := err == nil // its version kept records
			a := apptest.Open(t, cfg)
			if _, err := a.Book.Verify(t.Context(), ledger.Checkpoint{}); err != nil {
				t.Error(err)
			}
			lines, err := a.Parts.Asset.Lines(t.Context())
			if err != nil || len(lines) != 10 {
				t.Errorf("%d outside lines, %v", len(lines), err)
			}
			if _, n, err := a.Parts.Asset.Assets(t.Context(), asset.Filter{Limit: 1}); err != nil || n < 20 {
				t.Errorf("%d assets, %v", n, err)
			}
			if cases, err := a.Parts.Exposure.Cases(t.Context()); err != nil || len(cases) == 0 {
				t.Errorf("%d cases, %v", len(cases), err)
			}
			if files, err := a.Parts.Audit.Files(t.Context()); err != nil || len(files) == 0 {
				t.Errorf("%d configuration files, %v", len(files), err)
			}
			if heads, _, err := a.Parts.Incident.Heads(t.Context(), false, 0, 10); err != nil || len(heads) != 1 {
				t.Errorf("%d incidents, %v", len(heads), err)
			}
			if setting, err := a.Parts.Identity.Setting(t.Context()); err != nil || !setting.SetUp {
				t.Errorf("not set up: %v", err)
			}
			checkRecords(t, a, withRecords)
			// Writing works too, and the new lines follow the old ones.
			if _, err := a.Parts.Asset.SaveLine(t.Context(), actor(), asset.Line{Name: "後から", Kind: asset.VPN}, asset.Declared, ""); err != nil {
				t.Error(err)
			}
			if _, err := a.Book.Verify(t.Context(), ledger.Checkpoint{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// checkRecords verifies the records of a folder that came with some: every file
// under its seal, and nothing missing.
func checkRecords(t *testing.T, a *app.App, has bool) {
	t.Helper()
	if !has {
		return
	}
	report, err := a.Parts.Store.Verify(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows < 3000 || len(report.Findings) > 0 {
		t.Errorf("%d records, found %+v", report.Rows, report.Findings)
	}
}

// writeFolder makes the folder of a small made-up hospital with an incident.
func writeFolder(t *testing.T, path string) {
	t.Helper()
	cfg, clock := app.DemoConfig(apptest.Config(t))
	a, err := app.Open(t.Context(), cfg, discard())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.SeedDemo(t.Context(), clock, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Parts.Incident.Declare(t.Context(), actor(), incident.Declaration{Kind: incident.Cyber, Title: "画面に脅迫文", Noticed: "端末3台", NoticedBy: "田中", Commander: "佐藤"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Parts.Store.Merge(t.Context()); err != nil { // as in the nights since
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	packFolder(t, w, filepath.Dir(cfg.Data))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// packFolder packs the files of a folder, without those that belong to the
// machine: its certificate and the lock.
func packFolder(t *testing.T, w *tar.Writer, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "lock" || strings.HasPrefix(d.Name(), "tls") || strings.Contains(path, "backup") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o600, Size: int64(len(data))}); err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func unpackFolder(t *testing.T, path, dir string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		head, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil || strings.Contains(head.Name, "..") {
			t.Fatal(err, head)
		}
		to := filepath.Join(dir, head.Name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
