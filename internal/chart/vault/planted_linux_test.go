package vault

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestVault_PipesAndLinksOnAMedium: whoever had a medium in his hands may have put
// a pipe, or a link to something endless, in the place of each of its files.
// Nothing waits for it, and nothing outside of the medium is read.
func TestVault_PipesAndLinksOnAMedium(t *testing.T) {
	t.Parallel()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMachine(key.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	plant := map[string]func(path string) error{
		"pipe":          func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"endless":       func(path string) error { return os.Symlink("/dev/zero", path) },
		"folder inside": func(path string) error { return os.Mkdir(path, 0o700) },
	}
	for _, file := range []string{"vault.json", "generations", "generations/000001/manifest", "generations/000001/directory", "generations/000001/counts", "packs/*", "keys/*"} {
		for name, put := range plant {
			dir := t.TempDir()
			v, err := Create(dir, "架空病院", m, day(1))
			if err == nil {
				err = v.PutEnvelope(key.ID(), []byte("sealed"))
			}
			if err == nil {
				_, err = write(v, m, store(2, 3), Options{AsOf: day(2), By: "test", Now: func() time.Time { return day(2) }})
			}
			if err != nil {
				t.Fatal(err)
			}
			found, err := filepath.Glob(filepath.Join(dir, file))
			if err != nil || len(found) == 0 {
				t.Fatalf("%s: %v %v", file, found, err)
			}
			for _, path := range found {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := put(path); err != nil {
					t.Fatal(err)
				}
			}
			done := make(chan error, 1)
			go func() { done <- everything(t, dir, key) }()
			select {
			case err := <-done:
				if err == nil && file != "generations/000001/counts" && file != "keys/*" {
					t.Errorf("%s is a %s: nobody is told", file, name)
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("%s is a %s: it is waited for", file, name)
			}
		}
	}
}

// everything does with a medium what a viewer and a copier do.
func everything(t *testing.T, dir string, key *Key) error {
	v, err := Open(dir)
	if err != nil {
		return err
	}
	if err := v.Damage(); err != nil {
		return err
	}
	all, err := v.Generations()
	if err != nil {
		return err
	}
	if ids, err := v.Envelopes(); err == nil {
		for _, id := range ids {
			_, _ = v.Envelope(id) // it may be what was planted
		}
	}
	if len(all) == 0 {
		return os.ErrNotExist
	}
	_, _ = v.Counts(all[0].ID) // the reader does without
	if _, err := v.Verify(t.Context(), Check{Full: true}); err != nil {
		return err
	}
	r, err := v.Read(all[0].ID, ReadOptions{}, key)
	if err != nil {
		return err
	}
	defer r.Close()
	for path := range store(2, 3) {
		if _, err := r.ReadFile(path); err != nil {
			return err
		}
	}
	_, err = v.sweep(t.Context(), false)
	return err
}

// A link where the writer's lock stands is not followed, and said.
func TestVault_LockIsALink(t *testing.T) {
	t.Parallel()
	dir, led := t.TempDir(), filepath.Join(t.TempDir(), "made")
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMachine(k.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	v, err := Create(dir, "架空病院", m, day(1))
	if err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(dir, lockName)
	if err := os.RemoveAll(lock); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(led, lock); err != nil {
		t.Fatal(err)
	}
	_, err = v.Begin(t.Context(), m, Options{AsOf: day(2), By: "test", Now: func() time.Time { return day(2) }})
	isFault(t, err, "vault.lock.link")
	if _, err := os.Lstat(led); err == nil {
		t.Error("a file was made where the link led")
	}
}
