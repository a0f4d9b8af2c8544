package paper

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Whoever may write into a place's folder can plant links, pipes and nonsense
// there. None of it is followed, waited for, or keeps the next sheets out.
func TestAhead_WhatSomebodyPlanted(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	id := s.save(t, nil)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(`{"place":"secret","files":[{"name":"x","title":"TOP SECRET"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	plant := func(name string) string {
		dir := filepath.Join(s.folder, name)
		if err := os.Mkdir(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, manifestName)
	}
	huge := plant("20261101-0803_asof-unknown")
	for _, err := range []error{
		os.Symlink(secret, plant("20261101-0801_asof-unknown")),
		syscall.Mkfifo(plant("20261101-0802_asof-unknown"), 0o600),
		os.WriteFile(huge, []byte("{"), 0o600), os.Truncate(huge, 1<<40),
		os.WriteFile(plant("20261101-0804_asof-unknown"), []byte("encrypted"), 0o600),
		os.Symlink(filepath.Dir(secret), filepath.Join(s.folder, "20261101-0805_asof-unknown")),
		os.Symlink(filepath.Dir(secret), filepath.Join(s.folder, "part-1")),
		os.Symlink(secret, filepath.Join(s.folder, "index.html")),
		os.Symlink(secret, filepath.Join(s.folder, "READ ME.txt")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if r := s.make(t, id); !r.Good {
		t.Fatalf("%+v", r)
	}
	index, err := os.ReadFile(filepath.Join(s.folder, "index.html"))
	if err != nil || strings.Contains(string(index), "TOP SECRET") || !strings.Contains(string(index), "2026/11/02 09:00") {
		t.Errorf("%s %v", index, err)
	}
	if data, err := os.ReadFile(secret); err != nil || !strings.Contains(string(data), "TOP SECRET") {
		t.Errorf("what a link led to was written over: %v", err)
	}
}
