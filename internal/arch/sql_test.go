package arch

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A table belongs to the package whose name it begins with: nobody else reads or
// writes it. A page asks a method; it holds no statement.
func TestSQL_StandsWithItsTables(t *testing.T) {
	t.Parallel()
	statement := regexp.MustCompile(`^\s*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|CREATE|DROP)\s`)
	table := regexp.MustCompile(`\b(?:FROM|INTO|JOIN|UPDATE)\s+([a-z]+)_[a-z_]+`)
	found := 0
	for _, s := range sources(t) {
		if s.test || testOnly(s.pkg) || !strings.HasPrefix(s.pkg, "internal/") {
			continue
		}
		page := strings.HasPrefix(path.Base(s.path), "pages")
		ast.Inspect(s.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				return true
			}
			if page && statement.MatchString(text) {
				t.Errorf("%s: a page holds SQL", s.fset.Position(n.Pos()))
			}
			for _, m := range table.FindAllStringSubmatch(text, -1) {
				found++
				own := append(strings.Split(s.pkg, "/"), "json", "sqlite") // SQLite's own: json_each, sqlite_master
				if !slices.Contains(own, m[1]) && !slices.Contains(own, strings.TrimSuffix(m[1], "s")) && s.pkg != "internal/sqlite" {
					t.Errorf("%s: the table %s… is of another package", s.fset.Position(n.Pos()), m[1])
				}
			}
			return true
		})
	}
	if found < 100 {
		t.Errorf("only %d tables were found: the search is wrong", found)
	}
}
