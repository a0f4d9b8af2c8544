package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Weights of what every page loads, in bytes before compression: DESIGN §7
// allows a full page 150 kB.
const (
	cssLimit = 40_000
	jsLimit  = 60_000
)

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestStatic_StaysWithinItsBudget(t *testing.T) {
	t.Parallel()
	if n := len(read(t, "static/app.css")); n > cssLimit {
		t.Errorf("app.css weighs %d bytes, more than %d", n, cssLimit)
	}
	if n := len(read(t, "static/app.js")); n > jsLimit {
		t.Errorf("app.js weighs %d bytes, more than %d", n, jsLimit)
	}
}

// TestBundle_IsFresh finds a bundle that does not belong to the islands. The
// hash is made as tools/bundle makes it.
func TestBundle_IsFresh(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("islands/*.ts")
	if err != nil || len(names) == 0 {
		t.Fatalf("no islands: %v", err)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		data := read(t, name)
		fmt.Fprintf(h, "%s %d\n%s", filepath.Base(name), len(data), data)
	}
	want := "// islands " + hex.EncodeToString(h.Sum(nil)[:16]) + "\n"
	if first, _, _ := strings.Cut(read(t, "static/app.js"), "\n"); first+"\n" != want {
		t.Errorf("static/app.js begins with %q, want %q: run go generate ./internal/web", first, want)
	}
}

// TestIslands_SayNothing keeps sentences for readers out of TypeScript: the
// server knows the reader's language.
func TestIslands_SayNothing(t *testing.T) {
	t.Parallel()
	words := regexp.MustCompile("[\u3040-\u30ff\u4e00-\u9fff]|[\"'`][A-Z][a-z]+ [a-z]+")
	names, err := filepath.Glob("islands/*.ts")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		for i, line := range strings.Split(read(t, name), "\n") {
			code, _, _ := strings.Cut(line, "//")
			if words.MatchString(code) {
				t.Errorf("%s:%d speaks: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}

// TestIslands_MakeNoHTML keeps the ways from text to markup out of the script.
// The policy of every page demands Trusted Types and allows one policy of the
// name toride. One place uses it: live.ts reads the very page it stands on,
// fetched anew from this server, with a parser that runs no script.
func TestIslands_MakeNoHTML(t *testing.T) {
	t.Parallel()
	sink := regexp.MustCompile(`[iI]nnerHTML\s*[+]?=[^=]|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function`)
	if found := sink.FindString(read(t, "static/app.js")); found != "" {
		t.Errorf("app.js uses %s", found)
	}
	for _, once := range []string{"DOMParser", "createPolicy", ".createHTML("} {
		if n := strings.Count(read(t, "static/app.js"), once); n != 1 {
			t.Errorf("app.js uses %s %d times, not once", once, n)
		}
	}
}

// TestTokens_AreThoseOfTheAgency checks that each token in app.css has the value of
// the pinned file.
func TestTokens_AreThoseOfTheAgency(t *testing.T) {
	t.Parallel()
	token := regexp.MustCompile(`(--(?:color-(?:primitive|neutral)|border-radius|elevation)-[a-z0-9-]+): ([^;]+);`)
	pinned := map[string]string{}
	for _, m := range token.FindAllStringSubmatch(read(t, "../../third_party/digital-go-design-tokens/tokens.css"), -1) {
		pinned[m[1]] = m[2]
	}
	css := read(t, "static/app.css")
	for _, m := range token.FindAllStringSubmatch(css, -1) {
		if pinned[m[1]] != m[2] {
			t.Errorf("%s is %q, pinned %q", m[1], m[2], pinned[m[1]])
		}
		if strings.Count(css, "var("+m[1]+")") == 0 {
			t.Errorf("%s is used nowhere", m[1])
		}
	}
}

// TestClasses_AllHaveALook reads every page of every domain: a class that is
// used and neither in app.css nor in the domain's own sheet is a typing mistake,
// or a look that is missing.
func TestClasses_AllHaveALook(t *testing.T) {
	t.Parallel()
	styled := map[string]bool{}
	addStyled(t, styled, "static/app.css")
	// Classes that only name a thing, without a look of its own.
	for _, plain := range []string{"lang", "me", "brand-name"} {
		styled[plain] = true
	}
	pages := []string{"layout.html", "parts.html", "page_fault.html", "page_form.html"}
	for _, pattern := range []string{"../*/page_*.html", "../*/parts_*.html", "../chart/*/page_*.html", "../chart/*/parts_*.html"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	for _, name := range pages {
		known := maps.Clone(styled)
		sheets, err := filepath.Glob(filepath.Join(filepath.Dir(name), "*.css"))
		if err != nil {
			t.Fatal(err)
		}
		for _, sheet := range sheets {
			addStyled(t, known, sheet)
		}
		for _, class := range classesOf(read(t, name)) {
			if !known[class] && !prefixStyled(known, class) {
				t.Errorf("%s: class %q is not in app.css", name, class)
			}
		}
	}
}

func addStyled(t *testing.T, styled map[string]bool, sheet string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9-]*)`).FindAllStringSubmatch(read(t, sheet), -1) {
		styled[m[1]] = true
	}
}

// classesOf gives the classes in a template. A word that stands directly behind
// an action is the end of the name begun before it, as in
// mark-{{if .Old}}danger{{else}}info{{end}}; a name that an action ends itself
// is given with a star.
func classesOf(html string) []string {
	var out []string
	action := regexp.MustCompile(`\{\{[^}]*\}\}`)
	for _, m := range regexp.MustCompile(`class="((?:[^"{]|\{\{[^}]*\}\}|\{)*)"`).FindAllStringSubmatch(html, -1) {
		attr, prefix, last := m[1], "", 0
		for _, at := range append(action.FindAllStringIndex(attr, -1), []int{len(attr), len(attr)}) {
			words := attr[last:at[0]]
			names := strings.Fields(words)
			if len(names) > 0 && !strings.HasPrefix(words, " ") {
				names[0] = prefix + names[0]
			}
			if strings.HasPrefix(words, " ") {
				prefix = ""
			}
			if n := len(names); n > 0 && strings.HasSuffix(names[n-1], "-") && at[0] < len(attr) {
				prefix = names[n-1]
				names[n-1] += "*"
			}
			out, last = append(out, names...), at[1]
		}
	}
	return out
}

func prefixStyled(styled map[string]bool, class string) bool {
	prefix, ok := strings.CutSuffix(class, "*")
	if !ok {
		return false
	}
	for s := range styled {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

func TestLetters_AreStableAndUnique(t *testing.T) {
	t.Parallel()
	got := letters([]Nav{{URL: "/"}, {URL: "/assets"}, {URL: "/access"}, {URL: "/lines"}, {URL: "/l"}})
	want := map[string]string{"/": "h", "/assets": "a", "/access": "c", "/lines": "l"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("letters %v, want %v", got, want)
	}
}

func TestLayout_HasNothingInline(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"layout.html", "parts.html"} {
		if html := read(t, name); regexp.MustCompile(` (style|on[a-z]+)="`).MatchString(html) {
			t.Errorf("%s has an inline style or script", name)
		}
	}
}
