package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"filippo.io/age"
)

func FuzzManifest(f *testing.F) {
	x := newFixture(f)
	m := x.write(f, store(3, 3), x.options("", day(2)))
	f.Add(x.d.files["generations/"+m.Generation+"/manifest"].data)
	f.Add([]byte(manifestHead + " AA== AA==\n{}"))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil && m == nil {
			return
		}
		for _, file := range filesOf(m) {
			if strings.Contains(file.Name, "..") || strings.HasPrefix(file.Name, "/") {
				t.Errorf("the name %q leads out", file.Name)
			}
		}
	})
}

func FuzzBlock(f *testing.F) {
	w := &blockWriter{}
	w.entry("a\x00b", &Entry{Size: 3, ModTime: day(1), Kind: "OMP-01", Day: 20261101, frame: 100, in: 3})
	w.entry("a\x00c", &Entry{Size: 1 << 40, ModTime: day(1), Kind: "OMP-01"})
	f.Add(w.bytes(0), 0)
	w.child("a", child{at: 10})
	w.child("b", child{at: 20})
	f.Add(w.bytes(1), 1)
	f.Add([]byte{0, 255, 255, 255, 255, 255, 255, 255, 255, 1}, 0)
	f.Fuzz(func(t *testing.T, data []byte, level int) {
		r, err := parseBlock(data, level)
		if err != nil {
			return
		}
		n := 0
		for r.next() {
			if n++; n > len(data) || len(r.key) > maxKey {
				t.Fatal("more entries than bytes")
			}
		}
	})
}

// FuzzTree opens a directory that is any block at the top, as a forged but
// signed manifest could have it.
func FuzzTree(f *testing.F) {
	w := &blockWriter{}
	w.child("a", child{at: 0})
	f.Add(w.bytes(1), 1, "a")
	w.entry("a\x00b", &Entry{})
	f.Add(w.bytes(0), 0, "a/b")
	f.Fuzz(func(_ *testing.T, data []byte, level int, name string) {
		sum := sha256.Sum256(data)
		c, err := newCursor(Root{Level: level, SHA256: hex.EncodeToString(sum[:])}, func(child) ([]byte, error) { return data, nil })
		if err != nil {
			return
		}
		for ok := c.seek(keyFor(name)); ok; ok = c.next() {
			_ = c.key()
		}
	})
}

func FuzzFrame(f *testing.F) {
	k := newTestKey(f)
	enc, err := newEncoder()
	if err != nil {
		f.Fatal(err)
	}
	dec, err := newDecoder()
	if err != nil {
		f.Fatal(err)
	}
	good := enc.EncodeAll([]byte("content"), nil)
	f.Add(append([]byte{byte(len(good)), 0, 0, 0, 7, 0, 0, 0}, good...), int64(0))
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255}, int64(0))
	f.Add([]byte{}, int64(-1))
	f.Fuzz(func(t *testing.T, data []byte, at int64) {
		var out bytes.Buffer
		w, err := age.Encrypt(&out, k.identity.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(data)
		_ = w.Close()
		d := newMemDisk()
		d.files["x"] = &memFile{data: out.Bytes()}
		u, err := openSealed(d, File{Name: "x", Bytes: int64(out.Len())}, "", k.identity)
		if err != nil {
			t.Fatal(err)
		}
		if plain, _, err := u.frame(dec, at); err == nil && len(plain) > maxFrame {
			t.Errorf("%d bytes", len(plain))
		}
	})
}

// FuzzSealed is a file of any bytes in place of a sealed one.
func FuzzSealed(f *testing.F) {
	k := newTestKey(f)
	f.Add([]byte("age-encryption.org/v1\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		d := newMemDisk()
		d.files["x"] = &memFile{data: data}
		if _, err := openSealed(d, File{Name: "x", Bytes: int64(len(data))}, "", k.identity); err == nil {
			t.Error("it was opened")
		}
	})
}

func FuzzReadPart(f *testing.F) {
	parts, err := newTestKey(f).Parts(2, "a", "b")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(parts[0].Letters())
	f.Add("")
	f.Add("０ー\xff")
	f.Fuzz(func(t *testing.T, typed string) {
		p, err := ReadPart("x", typed)
		if err != nil {
			return
		}
		if again, err := ReadPart("x", p.Letters()); err != nil || again != p {
			t.Errorf("%v is not read again: %v", p, err)
		}
	})
}
