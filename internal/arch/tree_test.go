package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/torideproject/toride/"
)

// source is one Go file of the product.
type source struct {
	path  string // from the root, with slashes
	pkg   string // its folder
	test  bool
	lines int
	fset  *token.FileSet
	ast   *ast.File
}

// sources reads every Go file of the module, tests too. tools is a module of
// its own and follows its own rules.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "tools" || name == "bin" || name == "testdata" || name == "third_party") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s := source{path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(rel, "_test.go"), fset: token.NewFileSet()}
		s.lines = strings.Count(string(data), "\n")
		s.ast, err = parser.ParseFile(s.fset, path, data, parser.ParseComments|parser.SkipObjectResolution)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d files were found: the walk is wrong", len(all))
	}
	return all
}

// testOnly reports whether a package exists for tests.
func testOnly(pkg string) bool { return strings.HasSuffix(pkg, "test") || pkg == "internal/arch" }
