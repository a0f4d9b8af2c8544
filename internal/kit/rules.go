package kit

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

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
		bundle, problem = rulepack.LooseFolder(os.DirFS(path))
	default:
		if !info.Mode().IsRegular() {
			return nil, fault.New(fault.Invalid, "kit.hunt.notfile", hunt.Printable(path))
		}
		if info.Size() > rulepack.MaxZip {
			return nil, fault.New(fault.TooLarge, "kit.hunt.zip", hunt.Printable(path), rulepack.MaxZip>>20)
		}
		data, readErr := os.ReadFile(path)
		if readErr != nil {
			return nil, fault.New(fault.NotFound, "kit.path", hunt.Printable(readErr.Error())).With(readErr)
		}
		bundle, problem = rulepack.LooseZip(data)
	}
	if problem != nil {
		return nil, fault.New(fault.Invalid, "kit.hunt.rules", hunt.Printable(path), clearly(h, problem)).With(problem)
	}
	name := filepath.Base(path)
	pack, problems := rulepack.Read(bundle, rulepack.Manifest{Format: 1, Name: "rules", Version: "0", Title: rulepack.Words{JA: name, EN: name}})
	switch {
	case pack == nil && problems[0].Code == rulepack.NoRules:
		return nil, fault.New(fault.Invalid, "kit.hunt.norules", hunt.Printable(path))
	case pack == nil:
		left(h, problems[1:])
		return nil, fault.New(fault.Invalid, "kit.hunt.refused", hunt.Printable(path), len(problems), clearly(h, &problems[0]))
	}
	left(h, pack.Refused)
	return pack, nil
}

// listed is how many rules that cannot be used are listed one by one.
const listed = 100

// left tells which rules are left out and why: file, line, reason.
func left(h Host, problems []sigma.Problem) {
	for i := range problems {
		if i == listed {
			fmt.Fprintln(h.Err, h.t("kit.hunt.leftmore", len(problems)-i))
			return
		}
		fmt.Fprintln(h.Err, h.t("kit.hunt.left", clearly(h, &problems[i])))
	}
}

// clearly says a problem in the reader's language, fit for a terminal. The place
// stands in front as file:line, which editors and scripts understand.
func clearly(h Host, p *sigma.Problem) string {
	rest, place := *p, ""
	if rest.File, rest.Line = "", 0; p.File != "" {
		place = p.File + ":"
		if p.Line > 0 {
			place += strconv.Itoa(p.Line) + ":"
		}
		place += " "
	}
	return hunt.Printable(place + h.Say(rulepack.SayWhole(&rest)))
}
