package kit

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/sigma"
)

// packs reads the rules: Toride's own, or folders and zips.
func packs(h Host, paths []string) ([]*rulepack.Pack, error) {
	if len(paths) == 0 {
		own, err := ownPack()
		return []*rulepack.Pack{own}, err
	}
	var out []*rulepack.Pack
	for _, path := range paths {
		p, err := readPack(h, path)
		if err != nil {
			return nil, err
		}
		if len(p.Rules) == 0 {
			return nil, fault.New(fault.Invalid, "kit.hunt.norules", path)
		}
		out = append(out, p)
	}
	return out, nil
}

// readPack reads the rules of a folder or a zip; which of them cannot be used
// goes to standard error.
func readPack(h Host, path string) (*rulepack.Pack, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.New(fault.NotFound, "kit.path", hunt.Printable(err.Error())).With(err)
	}
	var bundle *rulepack.Bundle
	var problem *sigma.Problem
	switch {
	case info.IsDir():
		bundle, problem = rulepack.FromFolder(os.DirFS(path))
	default:
		if !info.Mode().IsRegular() {
			return nil, fault.New(fault.Invalid, "kit.hunt.notfile", hunt.Printable(path))
		}
		if info.Size() > rulepack.MaxZip {
			return nil, fault.New(fault.TooLarge, "kit.hunt.zip", path, rulepack.MaxZip>>20)
		}
		data, readErr := os.ReadFile(path)
		if readErr != nil {
			return nil, fault.New(fault.NotFound, "kit.path", hunt.Printable(readErr.Error())).With(readErr)
		}
		bundle, problem = rulepack.FromZip(data)
	}
	if problem != nil {
		return nil, fault.New(fault.Invalid, "kit.hunt.rules", hunt.Printable(path), hunt.Printable(problem.Error())).With(problem)
	}
	name := filepath.Base(path)
	pack, problems := rulepack.Read(bundle, rulepack.Manifest{Format: 1, Name: "rules", Version: "0", Title: rulepack.Words{JA: name, EN: name}})
	if pack == nil {
		return nil, fault.New(fault.Invalid, "kit.hunt.refused", hunt.Printable(path), len(problems), hunt.Printable(problems[0].Error()))
	}
	for i, p := range pack.Refused {
		if i == 10 {
			fmt.Fprintln(h.Err, h.t("kit.hunt.leftmore", len(pack.Refused)-i))
			break
		}
		fmt.Fprintln(h.Err, h.t("kit.hunt.left", hunt.Printable(p.Error())))
	}
	return pack, nil
}
