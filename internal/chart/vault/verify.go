package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/torideproject/toride/internal/fault"
)

// Check says how far Verify goes.
type Check struct {
	// Full reads every byte of the medium that the generations use, each once;
	// it takes as long as the medium needs for that. Without it manifests,
	// their chain and the sizes of files are looked at: one look for each pack.
	Full bool
	// MadeBy, if not "", is a generation: only the files that its writing made
	// are looked at, to read back what was just written.
	MadeBy string
	// Trust are fingerprints of machines whose signature counts; empty is all.
	Trust []string
	// Progress, if not nil, is told how many of all bytes are done.
	Progress func(done, total int64)
}

// Finding is something that is wrong on the medium.
type Finding struct {
	Generation string // "" if it concerns several: see Generations
	File       string
	// Generations that use the file.
	Generations []string
	// Fault is one of "vault.manifest.damaged", "vault.manifest.signature",
	// "vault.manifest.signer", "vault.manifest.other", "vault.chain",
	// "vault.missing", "vault.size", "vault.unreadable", "vault.damaged".
	Fault error
}

// Verified is what Verify saw.
type Verified struct {
	Generations int
	Unfinished  int
	Files       int   // of the vault, not of the chart
	Bytes       int64 // that were read, with Full
	// ChainEnds are generations whose predecessor is not on the medium any
	// more: what they continue cannot be said. With retention there is one.
	ChainEnds []string
	Findings  []Finding
}

// Verify looks at the whole vault without a key. It goes on behind what is
// wrong; its error is the context's or that nothing can be listed.
func (v *Vault) Verify(ctx context.Context, how Check) (*Verified, error) {
	all, err := v.Generations()
	if err != nil {
		return nil, err
	}
	out := &Verified{}
	users, order := map[File][]string{}, []File{}
	byID := map[string]*Manifest{}
	for _, g := range all {
		if !g.Finished {
			out.Unfinished++
			continue
		}
		out.Generations++
		if f := trouble(g, how.Trust); f != nil {
			out.Findings = append(out.Findings, Finding{Generation: g.ID, Fault: f})
		}
		if g.Manifest == nil {
			continue
		}
		byID[g.ID] = g.Manifest
		for _, f := range filesOf(g.Manifest) {
			if how.MadeBy != "" && madeBy(f) != how.MadeBy {
				continue
			}
			if users[f] == nil {
				order = append(order, f)
			}
			users[f] = append(users[f], g.ID)
		}
	}
	out.chain(all, byID)
	return out, v.verifyFiles(ctx, how, order, out, users)
}

func trouble(g Generation, trust []string) error {
	if g.Problem != nil {
		return g.Problem
	}
	if len(trust) == 0 {
		return nil
	}
	for _, t := range trust {
		if t == g.Manifest.Signer {
			return nil
		}
	}
	return fault.New(fault.Denied, "vault.manifest.signer", g.ID, g.Manifest.Signer)
}

func filesOf(m *Manifest) []File {
	files := []File{m.Directory, m.Counts}
	for _, p := range m.Packs {
		files = append(files, p.File)
	}
	return files
}

// madeBy is the generation that wrote a file, by its name.
func madeBy(f File) string {
	dir, name := path.Split(f.Name)
	if maker, _, ok := strings.Cut(name, "-"); ok && dir == packsDir+"/" {
		return maker
	}
	return path.Base(dir)
}

// chain compares each generation's link with the manifest it names.
func (out *Verified) chain(all []Generation, byID map[string]*Manifest) {
	for _, g := range all {
		if g.Manifest == nil || g.Manifest.Previous == nil {
			continue
		}
		link := g.Manifest.Previous
		switch before := byID[link.Generation]; {
		case before == nil:
			out.ChainEnds = append(out.ChainEnds, g.ID)
		case before.Digest != link.SHA256:
			out.Findings = append(out.Findings, Finding{Generation: g.ID, Fault: fault.New(fault.Invalid, "vault.chain", g.ID, link.Generation)})
		}
	}
}

func (v *Vault) verifyFiles(ctx context.Context, how Check, order []File, out *Verified, users map[File][]string) error {
	var total int64
	for _, f := range order {
		total += f.Bytes
	}
	buf := make([]byte, 1<<20)
	for _, f := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		out.Files++
		tell := func(n int64) {
			out.Bytes += n
			if how.Progress != nil {
				how.Progress(out.Bytes, total)
			}
		}
		err := v.verifyFile(ctx, f, how.Full, buf, tell)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			out.Findings = append(out.Findings, Finding{File: f.Name, Generations: users[f], Fault: err})
		}
	}
	return nil
}

func (v *Vault) verifyFile(ctx context.Context, f File, full bool, buf []byte, tell func(int64)) error {
	file, err := v.disk.Open(f.Name)
	if err != nil {
		return readFault(err, f.Name)
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return readFault(err, f.Name)
	}
	if size != f.Bytes {
		return fault.New(fault.Internal, "vault.size", f.Name, size, f.Bytes)
	}
	if !full {
		return nil
	}
	sum, in := sha256.New(), io.NewSectionReader(file, 0, size)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(buf)
		sum.Write(buf[:n])
		tell(int64(n))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return readFault(err, f.Name)
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 {
		return readFault(fmt.Errorf("vault: SHA-256 is %s", got), f.Name)
	}
	return nil
}
