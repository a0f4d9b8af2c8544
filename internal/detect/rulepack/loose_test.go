package rulepack_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/sigma"
)

// loosely reads a folder for a single look.
func loosely(t *testing.T, files fstest.MapFS) (*rulepack.Pack, []sigma.Problem) {
	t.Helper()
	b, problem := rulepack.LooseFolder(files)
	if problem != nil {
		t.Fatal(problem)
	}
	return rulepack.Read(b, rulepack.Manifest{Name: "x", Version: "1"})
}

// What refuses a pack for good is left out and listed when it is read loosely.
func TestLoose_LeavesOutAndLists(t *testing.T) {
	t.Parallel()
	good := rule(id1, "a", "")
	f := func(name string, code sigma.Code, files ...string) {
		t.Helper()
		p, problems := loosely(t, folder(append([]string{"good.yml", good}, files...)...))
		if len(problems) > 0 || p == nil || len(p.Rules) != 1 {
			t.Fatalf("%s: %v", name, problems)
		}
		if !slices.ContainsFunc(p.Refused, func(q sigma.Problem) bool { return q.Code == code && q.File != "" }) {
			t.Errorf("%s is not listed: %v", name, p.Refused)
		}
	}
	f("half a rule", sigma.BadYAML, "a.yml", strings.Replace(rule(id2, "b", ""), "{EventID: 4624}", "{EventID: [", 1))
	f("no UTF-8", sigma.BadEncoding, "a.yml", "title: \x83\x8b\n")
	f("a file too large", rulepack.PackTooBig, "a.yml", strings.Repeat("#", 1<<20+1))
	f("a name that is no text", rulepack.BadPath, "\x83\x8b.yml", rule(id2, "b", ""))
	f("half a pack", rulepack.WrongCount, "pack.json", fmt.Sprintf(manifest, 2))
	f("half a manifest", rulepack.BadManifest, "pack.json", `{"format":1,"name":"sam`)
	f("a bad block in a declared pack", rulepack.BadBlock, "pack.json", fmt.Sprintf(manifest, 1), "b.yml", rule(id2, "b", strings.Replace(block, "needs:", "need:", 1)))
	p, problems := loosely(t, folder("a.yml", "title: \x83\x8b\n", "b.yml", "- x\n"))
	if p != nil || len(problems) != 2 || problems[0].Code != sigma.BadEncoding {
		t.Errorf("nothing to use: %v", problems)
	}
	if p, problems = loosely(t, folder("LICENSE", "x")); p != nil || len(problems) != 1 || problems[0].Code != rulepack.NoRules {
		t.Errorf("nothing at all: %v", problems)
	}
}

// locked is a file system in which some names may not be opened.
type locked struct {
	fstest.MapFS
	names []string
}

func (l locked) Open(name string) (fs.File, error) {
	if slices.Contains(l.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.Open(name)
}

// ReadDir and ReadFile go by Open, as on a disk.
func (l locked) ReadDir(name string) ([]fs.DirEntry, error) {
	if slices.Contains(l.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.ReadDir(name)
}

func (l locked) ReadFile(name string) ([]byte, error) {
	if slices.Contains(l.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.ReadFile(name)
}

// A file and a folder without the right to read them.
func TestLoose_UnreadableFiles(t *testing.T) {
	t.Parallel()
	good := &fstest.MapFile{Data: []byte(rule(id1, "a", ""))}
	fsys := locked{fstest.MapFS{"a.yml": good, "locked/b.yml": good, "shut.yml": good}, []string{"locked", "shut.yml"}}
	b, problem := rulepack.LooseFolder(fsys)
	if problem != nil {
		t.Fatal(problem)
	}
	p, problems := rulepack.Read(b, rulepack.Manifest{Name: "x", Version: "1"})
	if len(problems) > 0 || len(p.Rules) != 1 || len(p.Refused) != 2 {
		t.Fatalf("%v %+v", problems, p)
	}
	if _, problem := rulepack.FromFolder(fsys); problem == nil {
		t.Error("a pack to be kept was read in part")
	}
}
