package arch

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// What reads charts logs through discreet.Logger only: errors of files name
// patients. A package that keeps a logger makes it discreet itself, and nothing
// makes a text of an error before the logger sees it.
func TestChart_LogsAreDiscreet(t *testing.T) {
	t.Parallel()
	keeps, discreet, calls := map[string]string{}, map[string]bool{}, 0
	for _, s := range sources(t) {
		if s.test || testOnly(s.pkg) || family(s.pkg) != "internal/chart" && family(s.pkg) != "internal/kit" && s.pkg != "internal/web" {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.StructType:
				for _, f := range n.Fields.List {
					if star, ok := f.Type.(*ast.StarExpr); ok && isSelector(star.X, "slog", "Logger") {
						keeps[s.pkg] = s.path
					}
				}
			case *ast.CallExpr:
				if isSelector(n.Fun, "discreet", "Logger") {
					discreet[s.pkg] = true
				}
				if !isLogCall(n) {
					return true
				}
				calls++
				for _, arg := range n.Args {
					if call, ok := arg.(*ast.CallExpr); ok && len(call.Args) == 0 && strings.HasSuffix(selected(call.Fun), ".Error") {
						t.Errorf("%s: an error is logged as text: give the error itself", s.fset.Position(arg.Pos()))
					}
				}
			}
			return true
		})
	}
	for pkg, path := range keeps {
		if !discreet[pkg] {
			t.Errorf("%s keeps a logger, and %s makes none discreet", path, pkg)
		}
	}
	if len(keeps) < 8 || calls < 30 {
		t.Errorf("%d packages with a logger, %d lines: they were not found", len(keeps), calls)
	}
}

// isLogCall reports a line of a logger that stands in a field or variable named
// log or Log.
func isLogCall(n *ast.CallExpr) bool {
	name := selected(n.Fun)
	at := strings.LastIndexByte(name, '.')
	return at >= 0 && slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, name[at+1:]) && strings.HasSuffix(strings.ToLower("."+name[:at]), ".log")
}

func isSelector(e ast.Expr, of, name string) bool { return selected(e) == of+"."+name }

// selected writes a chain of selectors; what is not one begins it empty.
func selected(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return selected(e.X) + "." + e.Sel.Name
	}
	return ""
}
