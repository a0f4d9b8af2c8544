package vault

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// A pack whose end is missing or damaged gives every file that stands before;
// nothing that is given is wrong, and what is lost is said to be damaged.
func TestRead_WhatIsLeftOfAPack(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 8))
	files := map[string]string{}
	for p := range 60 {
		noise := make([]byte, 50_000) // does not get smaller
		for i := range noise {
			noise[i] = byte(rng.Uint32())
		}
		files[fmt.Sprintf("h/%03d/scan.bin", p)] = string(noise)
	}
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMachine(k.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	v, err := Create(dir, "砦病院(架空)", m, day(1))
	if err != nil {
		t.Fatal(err)
	}
	opt := (&fixture{}).options("", day(2))
	opt.PackBytes = 8 << 20
	manifest, err := write(v, m, files, opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Packs) == 0 {
		t.Fatal("no pack")
	}
	last := manifest.Packs[0]
	for _, p := range manifest.Packs {
		if p.Bytes > last.Bytes {
			last = p
		}
	}
	name := filepath.Join(dir, filepath.FromSlash(last.Name))
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, x := range map[string]struct {
		data []byte
		most int // files that may be lost
	}{
		"whole":              {whole, 0},
		"its end is missing": {whole[:len(whole)-10], 25},
		"a bad last sector":  {append(append([]byte{}, whole[:len(whole)-512]...), make([]byte, 512)...), 25},
		"something behind":   {append(append([]byte{}, whole...), "garbage"...), 0},
		"half of it":         {whole[:len(whole)/2], len(files)/2 + 25},
		"without its head":   {append([]byte("age-encryption.org/v1\n-> none\n\n--- x\n"), whole[400:]...), len(files)},
		"nothing":            {nil, len(files)},
	} {
		if err := os.WriteFile(name, x.data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := v.Read(manifest.Generation, ReadOptions{}, k)
		if err != nil {
			t.Fatal(what, err)
		}
		lost := 0
		for path, want := range files {
			data, err := r.ReadFile(path)
			switch {
			case err != nil:
				lost++
				isFault(t, err, "vault.damaged")
			case string(data) != want:
				t.Errorf("%s: %s is wrong", what, path)
			}
		}
		_ = r.Close()
		if lost > x.most || what == "nothing" && lost == 0 || what == "its end is missing" && lost == 0 {
			t.Errorf("%s: %d of %d files are lost, %d bytes in %d packs", what, lost, len(files), len(whole), len(manifest.Packs))
		}
		if seen, err := v.Verify(t.Context(), Check{}); err != nil || (len(seen.Findings) > 0) != (len(x.data) != len(whole)) {
			t.Errorf("%s: %+v %v", what, seen, err)
		}
	}
}
