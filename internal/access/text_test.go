package access

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func words(t *testing.T, lang string) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := filepath.Glob("text*_" + lang + ".json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(name, err)
		}
	}
	return all
}

// constants gives the values of all constants of the named type.
func constants(t *testing.T, typeName string) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typeName {
				if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
					v, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					values = append(values, v)
				}
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("no constant of type %s", typeName)
	}
	return values
}

// Every constant that becomes a sentence has one in both languages.
func TestText_EveryConstant(t *testing.T) {
	t.Parallel()
	ja, en := words(t, "ja"), words(t, "en")
	f := func(typeName, prefix string) {
		t.Helper()
		for _, v := range constants(t, typeName) {
			if v == "" {
				v = "unknown"
			}
			if ja[prefix+v] == "" || en[prefix+v] == "" {
				t.Errorf("%s%s has no words", prefix, v)
			}
		}
	}
	f("Why", "access.no.")
	f("Doubt", "access.doubt.")
	f("State", "access.state.")
	f("Result", "access.result.")
	f("Mode", "access.mode.")
	f("Sharing", "access.sharing.")
	f("How", "access.how.")
	f("QuestionID", "access.q.")
	for _, s := range actSpecs() {
		for _, part := range []string{"", ".title", ".what", ".undo", ".done"} {
			if key := "access.act." + s.name + part; ja[key] == "" || en[key] == "" {
				t.Errorf("%s has no words", key)
			}
		}
	}
	for _, step := range constants(t, "Step") {
		if key := "access.act.undo.what." + step; step != "" && ja[key] == "" {
			t.Errorf("%s has no words", key)
		}
	}
}

// Each refusal says what happened, what it means and what to do; both
// languages use the same arguments; no sentence promises what nobody knows.
func TestText_Shape(t *testing.T) {
	t.Parallel()
	ja, en := words(t, "ja"), words(t, "en")
	places := regexp.MustCompile(`\{\d\}`)
	of := func(s string) []string {
		found := places.FindAllString(s, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	for key := range ja {
		if _, ok := en[key]; !ok {
			t.Errorf("%s has no English", key)
		}
		if strings.HasPrefix(key, "access.no.") && (strings.Count(ja[key], "\n") != 2 || strings.Count(en[key], "\n") != 2) {
			t.Errorf("%s has not three lines", key)
		}
		if !slices.Equal(of(ja[key]), of(en[key])) {
			t.Errorf("%s: arguments differ: %v %v", key, of(ja[key]), of(en[key]))
		}
		for _, promise := range []string{"準拠", "安全です", "報告不要", "問題ありません", "compliant", "is safe"} {
			if strings.Contains(ja[key]+en[key], promise) {
				t.Errorf("%s promises %q", key, promise)
			}
		}
	}
	if len(en) != len(ja) {
		t.Errorf("%d Japanese, %d English texts", len(ja), len(en))
	}
}
