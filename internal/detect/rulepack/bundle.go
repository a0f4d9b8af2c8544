package rulepack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/torideproject/toride/sigma"
)

// Limits of what a pack may be. Every public collection stays far below: 4,000
// files of together 10 MB.
const (
	MaxZip   = 32 << 20 // bytes of an uploaded zip
	maxFiles = 20_000
	maxFile  = 1 << 20
	maxTotal = 64 << 20
	maxNames = 200_000 // entries of a zip, of whatever kind
)

// Codes of problems that a pack has beside those of its rules.
const (
	BadZip      sigma.Code = "bad_zip"      // no zip, or one that is cut
	BadPath     sigma.Code = "bad_path"     // a name that leads out of the folder
	PackTooBig  sigma.Code = "pack_too_big" // beyond a limit
	BadManifest sigma.Code = "bad_manifest" // pack.json cannot be read or lacks something
	WrongCount  sigma.Code = "wrong_count"  // other than as many rules as pack.json says
	NoRules     sigma.Code = "no_rules"     // nothing to evaluate
	BadBlock    sigma.Code = "bad_block"    // the block "toride" of a rule
	Copy        sigma.Code = "copy"         // the id of another rule of the pack
	TooComplex  sigma.Code = "too_complex"  // larger than the engine takes
)

// Codes lists the codes of this package, so that texts can be checked.
func Codes() []sigma.Code {
	return []sigma.Code{BadZip, BadPath, PackTooBig, BadManifest, WrongCount, NoRules, BadBlock, Copy, TooComplex}
}

// Bundle is a pack in the form in which it is kept: the files that matter, by
// name, as they came.
type Bundle struct {
	files map[string][]byte
	loose bool
	left  []sigma.Problem // files that a loose reader left out
}

// FromZip takes the files out of a zip. A folder around everything, as
// download sites make it, is left away.
func FromZip(data []byte) (*Bundle, *sigma.Problem) {
	return (&Bundle{}).fromZip(data)
}

func (b *Bundle) fromZip(data []byte) (*Bundle, *sigma.Problem) {
	if len(data) > MaxZip {
		return nil, because(sigma.Problem{Code: PackTooBig}, whyZIPSize, len(data)>>20, MaxZip>>20)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, because(sigma.Problem{Code: BadZip}, whyZIP, err)
	}
	if len(r.File) > maxNames {
		return nil, because(sigma.Problem{Code: PackTooBig}, whyEntries, maxNames)
	}
	b.files = map[string][]byte{}
	left := int64(maxTotal)
	for _, f := range r.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if strings.HasSuffix(name, "/") {
			continue
		}
		if !fs.ValidPath(name) { // whatever it is: who packs so means no good
			return nil, &sigma.Problem{Code: BadPath, File: strings.ToValidUTF8(name[:min(len(name), 300)], "_")}
		}
		if !relevant(name) {
			continue
		}
		if p := b.leave(b.take(name, &left, f.Open)); p != nil {
			return nil, p
		}
	}
	return b.unwrapped(), nil
}

// FromFolder takes the files of a folder; links are not followed.
func FromFolder(fsys fs.FS) (*Bundle, *sigma.Problem) {
	return (&Bundle{}).fromFolder(fsys)
}

func (b *Bundle) fromFolder(fsys fs.FS) (*Bundle, *sigma.Problem) {
	b.files = map[string][]byte{}
	left, names := int64(maxTotal), 0
	var problem *sigma.Problem
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch names++; {
		case err != nil && name == ".":
			return err
		case err != nil:
			problem = b.leave(sigma.Problem{Code: sigma.Unreadable, File: name}.Because(sigma.WhySystem, bare(err)))
			if problem != nil {
				return fs.SkipAll
			}
			return nil
		case names > maxNames:
			problem = because(sigma.Problem{Code: PackTooBig, File: name}, whyEntries, maxNames)
			return fs.SkipAll
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.Type().IsRegular() || !relevant(name):
			return nil
		}
		problem = b.leave(b.take(name, &left, func() (io.ReadCloser, error) { return fsys.Open(name) }))
		if problem != nil {
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		return nil, sigma.Problem{Code: sigma.Unreadable}.Because(sigma.WhySystem, err)
	}
	if problem != nil {
		return nil, problem
	}
	return b, nil
}

// relevant says whether a file is kept: rules, the manifest, licences.
func relevant(name string) bool {
	base := path.Base(name)
	if strings.HasPrefix(base, ".") || strings.Contains("/"+name, "/.") || strings.HasPrefix(name, "__MACOSX/") {
		return false
	}
	switch strings.ToLower(path.Ext(base)) {
	case ".yml", ".yaml":
		return true
	}
	return base == "pack.json" || base == "version.txt" || strings.HasPrefix(strings.ToUpper(base), "LICENSE") || strings.HasPrefix(strings.ToUpper(base), "LICENCE")
}

// take reads one file. The budget counts what really came out, not what the zip
// says: a bomb lies about its size.
func (b *Bundle) take(name string, left *int64, open func() (io.ReadCloser, error)) *sigma.Problem {
	if !fs.ValidPath(name) || len(name) > 300 {
		return &sigma.Problem{Code: BadPath, File: strings.ToValidUTF8(name[:min(len(name), 300)], "_")}
	}
	if len(b.files) >= maxFiles {
		return because(sigma.Problem{Code: PackTooBig, File: name}, whyFiles, maxFiles)
	}
	f, err := open()
	if err != nil {
		return sigma.Problem{Code: sigma.Unreadable, File: name}.Because(sigma.WhySystem, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch *left -= int64(len(data)); {
	case err != nil:
		return because(sigma.Problem{Code: BadZip, File: name}, whyZIP, err)
	case len(data) > maxFile:
		return because(sigma.Problem{Code: PackTooBig, File: name}, whyFileKib, maxFile>>10)
	case *left < 0:
		return because(sigma.Problem{Code: PackTooBig, File: name}, whyTotalMib, maxTotal>>20)
	}
	if _, twice := b.files[name]; twice {
		return because(sigma.Problem{Code: BadZip, File: name}, whyStandsTwice)
	}
	b.files[name] = data
	return nil
}

// unwrapped leaves away the one folder in which everything stands.
func (b *Bundle) unwrapped() *Bundle {
	if b.files["pack.json"] != nil || len(b.files) == 0 {
		return b
	}
	top := ""
	for name := range b.files {
		first, _, inside := strings.Cut(name, "/")
		if !inside || (top != "" && first != top) {
			return b
		}
		top = first
	}
	out := &Bundle{files: make(map[string][]byte, len(b.files)), loose: b.loose, left: b.left}
	for name, data := range b.files {
		out.files[strings.TrimPrefix(name, top+"/")] = data
	}
	return out
}

// Names lists the files.
func (b *Bundle) Names() []string {
	names := make([]string, 0, len(b.files))
	for name := range b.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Digest is the SHA-256 over names and contents; the same files have the same
// digest however they were packed.
func (b *Bundle) Digest() string {
	h := sha256.New()
	for _, name := range b.Names() {
		sum := sha256.Sum256(b.files[name])
		fmt.Fprintf(h, "%d:%s%x", len(name), name, sum)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Zip writes the bundle as a zip, the same bytes for the same files.
func (b *Bundle) Zip() ([]byte, error) { return b.zip(zip.Deflate) }

func (b *Bundle) zip(method uint16) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range b.Names() {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			return nil, fmt.Errorf("rulepack: %w", err)
		}
		if _, err := f.Write(b.files[name]); err != nil {
			return nil, fmt.Errorf("rulepack: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("rulepack: %w", err)
	}
	return out.Bytes(), nil
}
