package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/internal/durable"
)

func TestWriteFile_ReplacesWhole(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	for _, words := range []string{"first", "second and longer", "3"} {
		if err := durable.WriteFile(path, []byte(words), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != words {
			t.Fatalf("%q %v", got, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestWrite_FailureLeavesTheOldFileAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := durable.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	err := durable.Write(path, 0o600, func(w io.Writer) error {
		if _, err := w.Write([]byte("half")); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("%q", got)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v %v", left, err)
	}
	if err := durable.WriteFile(filepath.Join(dir, "no", "such"), nil, 0o600); err == nil {
		t.Error("wrote into a folder that is not there")
	}
}

func TestLock_OneAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	for range 2 { // what was let go can be taken again
		held, err := durable.Lock(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := durable.Lock(path); !errors.Is(err, durable.ErrLocked) {
			t.Errorf("a second one took it: %v", err)
		}
		if err := held.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := durable.Lock(filepath.Join(path, "no", "such")); err == nil || errors.Is(err, durable.ErrLocked) {
		t.Errorf("locked where no file can be: %v", err)
	}
}
