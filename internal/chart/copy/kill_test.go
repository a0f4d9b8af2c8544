package copy_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/text/encoding/japanese"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/vault"
)

// killEnv names the folder of a run that is to be killed.
const killEnv = "TORIDE_COPY_KILL"

// TestKilledRun is the process that TestRun_Killed kills. It says what it
// reaches, and waits to be killed where it was told to.
func TestKilledRun(t *testing.T) {
	dir, at, ok := strings.Cut(os.Getenv(killEnv), "|")
	if !ok {
		return // only as a process of TestRun_Killed; a skipped test fails CI
	}
	key, err := os.ReadFile(filepath.Join(dir, "machine"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := vault.ParseMachine(key)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(dir, "medium"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := copy.OpenSource(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	now := night().AddDate(0, 0, 1)
	plan := copy.Plan{Source: s, Vault: v, Machine: m, Zone: now.Location(), Now: func() time.Time { now = now.Add(time.Second); return now }}
	_, err = copy.Run(context.Background(), plan, func(p copy.Progress) {
		if string(p.Phase) == at && (p.Phase != copy.PhaseCopy || p.Files > 100) {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			if err != nil {
				t.Error(err)
			}
			select {}
		}
	})
	t.Fatal("it was not killed", err)
}

func TestRun_Killed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	src := newStore()
	writeStore(t, filepath.Join(dir, "store"), src)
	s, err := copy.OpenSource(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := newBench(t, s)
	if err := os.WriteFile(filepath.Join(dir, "machine"), b.plan.Machine.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(b.dir, filepath.Join(dir, "medium")); err != nil {
		t.Fatal(err)
	}
	if b.plan.Vault, err = vault.Open(filepath.Join(dir, "medium")); err != nil {
		t.Fatal(err)
	}
	first := b.run(t)
	for _, name := range names(src, "/OML-11/") { // all of them are new to the next run
		src[name+"x"] = src[name]
	}
	writeStore(t, filepath.Join(dir, "store"), src)
	before := store()
	for _, phase := range []copy.Phase{copy.PhaseCopy, copy.PhaseBack} {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledRun$")
		cmd.Env = append(os.Environ(), killEnv+"="+dir+"|"+string(phase))
		if out, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(out), "FAIL") {
			t.Fatalf("%s: %v %s", phase, err, out)
		}
		b.same(t, first.Generation, before)
		seen, err := b.plan.Vault.Verify(t.Context(), vault.Check{Full: true})
		if err != nil || len(seen.Findings) > 0 {
			t.Errorf("%s: %v %+v", phase, err, seen)
		}
	}
	// Killed while it read back, the generation stands already: nothing changes.
	rep := b.run(t)
	b.same(t, rep.Generation, src)
	if rep.Counts.Read != 0 || rep.Previous == first.Generation {
		t.Errorf("after the kill: %+v", rep)
	}
}

func writeStore(t *testing.T, dir string, m fstest.MapFS) {
	t.Helper()
	for name, f := range m {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(full); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, f.Data, 0o400); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(full, f.ModTime, f.ModTime); err != nil {
			t.Fatal(err)
		}
	}
}

// Links out of the source are not followed, names in CP932 are read as
// Japanese, and nothing in the source is touched.
func TestRun_FolderWithLinksAndOldNames(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("names are UTF-16 there, and links need rights")
	}
	dir := t.TempDir()
	old, err := japanese.ShiftJIS.NewEncoder().String("退院サマリ.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plain.txt", old} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("content"), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "\xff\xfe.txt"), nil, 0o400); err != nil { // neither UTF-8 nor CP932
		t.Fatal(err)
	}
	for name, to := range map[string]string{"out": "/etc", "passwd": "/etc/passwd", "loop": "."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(dir, 0o700) }()
	s, err := copy.OpenSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := newBench(t, s)
	rep := b.run(t)
	r, err := b.plan.Vault.Read(rep.Generation, vault.ReadOptions{}, b.key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if data, err := r.ReadFile("退院サマリ.txt"); err != nil || string(data) != "content" || rep.Counts.Files != 2 {
		t.Errorf("%q %v %+v", data, err, rep.Counts)
	}
	if f := rep.Judgement.Findings; len(f) != 2 || f[0].Code != copy.CodeLinks || f[0].Count != 3 || f[0].Weight != copy.Notes || f[1].Code != copy.CodeNames {
		t.Errorf("%+v", f)
	}
}
