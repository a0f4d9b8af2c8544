package arch

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// Limits of STYLE.md. A file may only be larger with a reason in this table.
const (
	maxLines   = 500
	maxFunc    = 60
	maxMethods = 8
	maxParams  = 5
)

func TestSizes(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.lines > maxLines {
			t.Errorf("%s has %d lines, more than %d", s.path, s.lines, maxLines)
		}
		if s.test {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				checkFunc(t, s, n)
			case *ast.InterfaceType:
				if n.Methods.NumFields() > maxMethods {
					t.Errorf("%s: interface with %d methods", s.fset.Position(n.Pos()), n.Methods.NumFields())
				}
			}
			return true
		})
	}
}

func checkFunc(t *testing.T, s source, f *ast.FuncDecl) {
	t.Helper()
	from, to := s.fset.Position(f.Pos()).Line, s.fset.Position(f.End()).Line
	if to-from+1 > maxFunc {
		t.Errorf("%s:%d: %s has %d lines, more than %d", s.path, from, f.Name.Name, to-from+1, maxFunc)
	}
	params := f.Type.Params.NumFields()
	if params > 0 && isContext(f.Type.Params.List[0].Type) {
		params-- // a context is not counted
	}
	if params > maxParams {
		t.Errorf("%s:%d: %s has %d parameters", s.path, from, f.Name.Name, params)
	}
	if f.Name.Name == "init" && f.Recv == nil {
		t.Errorf("%s:%d: init()", s.path, from)
	}
}

func isContext(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Context"
}

func TestPackages_SayWhatTheyAre(t *testing.T) {
	t.Parallel()
	docs, seen := map[string]int{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		seen[s.pkg] = true
		if s.ast.Doc != nil {
			docs[s.pkg] += len(s.ast.Doc.Text())
		}
	}
	for pkg := range seen {
		if docs[pkg] < 80 {
			t.Errorf("package %s: its comment must define its words in two sentences", pkg)
		}
	}
}

func TestCode_HasNoneOfThese(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if strings.HasPrefix(s.pkg, "internal/arch") {
			continue
		}
		for _, imp := range s.ast.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			if name == "testing" && !s.test && !testOnly(s.pkg) {
				t.Errorf("%s imports testing", s.path)
			}
			if imp.Name != nil && imp.Name.Name == "_" && name != "modernc.org/sqlite" && name != "time/tzdata" && name != "embed" && !strings.HasPrefix(name, "image/") {
				t.Errorf("%s imports %s for its side effects", s.path, name)
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if ok && pkg.Name == "time" && sel.Sel.Name == "Sleep" {
				t.Errorf("%s: time.Sleep", s.fset.Position(n.Pos()))
			}
			return true
		})
	}
}

// A package variable that changes is a global. Errors, embedded files and
// tables that nobody writes are not.
func TestPackages_HaveNoVariablesThatChange(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, d := range s.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			embedded := g.Doc != nil && strings.Contains(docOf(g), "go:embed")
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if embedded || (v.Doc != nil && strings.Contains(rawDoc(v.Doc), "go:embed")) || constantLike(v) {
					continue
				}
				t.Errorf("%s: package variable %s", s.fset.Position(v.Pos()), v.Names[0].Name)
			}
		}
	}
}

func docOf(g *ast.GenDecl) string { return rawDoc(g.Doc) }

func rawDoc(c *ast.CommentGroup) string {
	out := ""
	for _, line := range c.List {
		out += line.Text + "\n"
	}
	return out
}

// constantLike allows sentinel errors, compiled expressions, proofs that a
// type fulfils an interface, and the blank name.
func constantLike(v *ast.ValueSpec) bool {
	if v.Names[0].Name == "_" {
		return true
	}
	if len(v.Values) != 1 {
		return false
	}
	call, ok := v.Values[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	if !ok {
		return false
	}
	name := pkg.Name + "." + sel.Sel.Name
	return name == "errors.New" || name == "regexp.MustCompile" || name == "fault.New" || name == "strings.NewReplacer"
}
