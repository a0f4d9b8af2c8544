//go:build unix

package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/torideproject/toride/internal/durable"
)

// What somebody put where the lock stands is not followed, made, or waited for.
func TestLock_FollowsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret, absent := filepath.Join(dir, "secret"), filepath.Join(dir, "absent")
	if err := os.WriteFile(secret, []byte("another file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(string) error{
		"link":      func(at string) error { return os.Symlink(secret, at) },
		"to_none":   func(at string) error { return os.Symlink(absent, at) },
		"to_device": func(at string) error { return os.Symlink(os.DevNull, at) },
		"pipe":      func(at string) error { return syscall.Mkfifo(at, 0o600) },
	} {
		at := filepath.Join(dir, name)
		if err := plant(at); err != nil {
			t.Fatal(err)
		}
		if held, err := durable.Lock(at); !errors.Is(err, durable.ErrNotPlain) || held != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if data, err := os.ReadFile(secret); err != nil || string(data) != "another file" {
		t.Errorf("%q %v", data, err)
	}
	if _, err := os.Lstat(absent); err == nil {
		t.Error("a file was made where a link led")
	}
	if _, err := durable.Lock(dir); err == nil || errors.Is(err, durable.ErrNotPlain) {
		t.Errorf("a folder: %v", err)
	}
}
