package check

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/text"
)

// Prefix is how the keys of a check's texts begin in the catalogue.
func Prefix(id string) string { return "audit.check." + id + "." }

// Required lists the keys that every about file has. Members add keys for the
// sentences of their results.
func Required() []string {
	return []string{"title", "sentence", "why", "fix", "breaks"}
}

//go:embed shared_ja.json
var sharedJA []byte

//go:embed shared_en.json
var sharedEN []byte

// Shared gives the texts that several checks use.
func Shared() fs.FS {
	return memFS{"text_shared_ja.json": sharedJA, "text_shared_en.json": sharedEN}
}

// Overlay gives the files of base together with all texts of the checks, for
// the module of the domain.
func Overlay(base fs.FS, checks []Check) (fs.FS, error) {
	texts, err := Texts(checks)
	if err != nil {
		return nil, err
	}
	out := memFS{}
	for _, part := range []fs.FS{base, Shared(), texts} {
		entries, err := fs.ReadDir(part, ".")
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			if _, twice := out[e.Name()]; twice {
				return nil, fmt.Errorf("check: file %s stands twice", e.Name())
			}
			if out[e.Name()], err = fs.ReadFile(part, e.Name()); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Texts gives the about files of the checks as one file system with
// text_check_ja.json and text_check_en.json at its root, each key with the prefix of its
// check, so that the catalogue takes them like the texts of a domain.
func Texts(checks []Check) (fs.FS, error) {
	out := memFS{}
	for _, lang := range text.Langs() {
		all := map[string]string{}
		for _, c := range checks {
			about := c.About()
			data, err := fs.ReadFile(about.Texts, "about_"+string(lang)+".json")
			if err != nil {
				return nil, fmt.Errorf("check: %s: %w", about.ID, err)
			}
			var one map[string]string
			if err := json.Unmarshal(data, &one); err != nil {
				return nil, fmt.Errorf("check: %s: about_%s.json: %w", about.ID, lang, err)
			}
			for k, v := range one {
				all[Prefix(about.ID)+k] = v
			}
		}
		data, err := json.Marshal(all)
		if err != nil {
			return nil, err
		}
		out["text_check_"+string(lang)+".json"] = data
	}
	return out, nil
}

// memFS is a read-only file system of a few files in one folder.
type memFS map[string][]byte

// Open opens a file or the folder itself.
func (m memFS) Open(name string) (fs.File, error) {
	if name == "." {
		d := &memDir{}
		for n, data := range m {
			d.entries = append(d.entries, fs.FileInfoToDirEntry(memInfo{n, len(data)}))
		}
		return d, nil
	}
	data, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memFile{Reader: bytes.NewReader(data), info: memInfo{name, len(data)}}, nil
}

type memInfo struct {
	name string
	size int
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return int64(i.size) }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) Sys() any           { return nil }
func (i memInfo) IsDir() bool        { return i.name == "." }

func (i memInfo) Mode() fs.FileMode {
	if i.IsDir() {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type memFile struct {
	*bytes.Reader
	info memInfo
}

func (f *memFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memFile) Close() error               { return nil }

type memDir struct{ entries []fs.DirEntry }

func (d *memDir) Stat() (fs.FileInfo, error) { return memInfo{name: "."}, nil }
func (d *memDir) Close() error               { return nil }
func (d *memDir) Read([]byte) (int, error)   { return 0, io.EOF }

// ReadDir gives the entries, all at once or n at a time.
func (d *memDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.entries) {
		n = len(d.entries)
	}
	if n == 0 && len(d.entries) == 0 {
		return nil, nil
	}
	out := d.entries[:n]
	d.entries = d.entries[n:]
	return out, nil
}

// Quote writes a name as FortiOS wants it in a command.
func Quote(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}
