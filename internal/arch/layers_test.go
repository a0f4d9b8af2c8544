package arch

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// kernel packages know no hospital. Each may import those before it.
func kernel() []string {
	return []string{"internal/release", "internal/text", "internal/fault", "internal/discreet", "internal/durable", "internal/sqlite", "internal/seal", "internal/sheet", "internal/turn",
		"internal/web", "internal/webtls", "internal/reading", "internal/today"}
}

// formats are public packages; each stands alone (TestFormats_StandAlone) but
// for ssmix2, which reads hl7.
func formats() []string { return []string{"evtx", "sigma", "hl7", "ssmix2"} }

// domains in their order: each may import the kernel and those before it.
// today and reading are contracts that every domain fulfils, so they stand in
// the kernel although people see them.
func domains() []string {
	return []string{"internal/ledger", "internal/identity", "internal/asset", "internal/exposure", "internal/access", "internal/audit",
		"internal/incident", "internal/event", "internal/notify", "internal/detect", "internal/logbook", "internal/hunt", "internal/help", "internal/chart", "internal/kit", "internal/comply", "internal/chain", "internal/doctor"}
}

// rank gives a package's place in the house; a package may import only lower
// ranks, or its own subtree.
func rank(pkg string) (int, bool) {
	order := append([]string{"docs/manual", "third_party"}, formats()...)
	order = append(order, kernel()...)
	order = append(order, domains()...)
	order = append(order, "internal/demo", "internal/app", "internal/cli", "cmd")
	for i, p := range order {
		if pkg == p || strings.HasPrefix(pkg, p+"/") {
			return i, true
		}
	}
	return 0, false
}

func family(pkg string) string {
	parts := strings.SplitN(pkg, "/", 3)
	if parts[0] != "internal" {
		return parts[0]
	}
	return path.Join(parts[:min(2, len(parts))]...)
}

func TestImports_GoDownwardsOnly(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || testOnly(s.pkg) {
			continue
		}
		own, known := rank(s.pkg)
		if !known {
			t.Errorf("%s: package %s has no place in the order of this test and of ARCHITECTURE.md", s.path, s.pkg)
			continue
		}
		for _, imp := range s.ast.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			below, ours := strings.CutPrefix(name, module)
			if !ours {
				continue
			}
			if testOnly(below) {
				t.Errorf("%s imports the test helper %s", s.path, below)
			}
			if other, ok := rank(below); !ok || (other >= own && family(below) != family(s.pkg)) {
				t.Errorf("%s: %s may not import %s", s.path, s.pkg, below)
			}
		}
	}
}

// A public format needs nothing of ours, and of others only x/text; YAML is
// read in one place, and SS-MIX2 is made of HL7.
func TestFormats_StandAlone(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range sources(t) {
		own := family(s.pkg)
		if s.test || testOnly(s.pkg) || !slices.Contains(formats(), own) {
			continue
		}
		seen[own] = true
		for _, imp := range s.ast.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			below, ours := strings.CutPrefix(name, module)
			switch {
			case ours && family(below) == own, strings.HasPrefix(name, "golang.org/x/text/"):
			case !ours && !strings.Contains(strings.SplitN(name, "/", 2)[0], "."):
			case own == "ssmix2" && family(below) == "hl7": // its files are HL7 messages
			case s.pkg == "sigma/sigmayaml" && name == "go.yaml.in/yaml/v3":
			default:
				t.Errorf("%s imports %s", s.path, name)
			}
			if name == "log/slog" || name == "net/http" || name == "os" {
				t.Errorf("%s imports %s: a format has no logger, network or files", s.path, name)
			}
		}
	}
	for _, f := range formats() {
		if !seen[f] {
			t.Errorf("no source of %s was read", f)
		}
	}
}

// What runs from a USB stick links neither the journal nor the columns of the
// store, directly or by way of another package.
func TestKit_StaysSmall(t *testing.T) {
	t.Parallel()
	imports := map[string]map[string]string{} // package → import → file
	for _, s := range sources(t) {
		if s.test || testOnly(s.pkg) {
			continue
		}
		if imports[s.pkg] == nil {
			imports[s.pkg] = map[string]string{}
		}
		for _, imp := range s.ast.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			imports[s.pkg][strings.TrimPrefix(name, module)] = s.path
		}
	}
	seen, queue := map[string]bool{}, []string{"cmd/toride-kit"}
	for len(queue) > 0 {
		pkg := queue[0]
		queue = queue[1:]
		if seen[pkg] {
			continue
		}
		seen[pkg] = true
		for name, file := range imports[pkg] {
			for _, heavy := range []string{"github.com/nats-io/", "github.com/parquet-go/", "github.com/chromedp/", "internal/app", "internal/logbook"} {
				if strings.HasPrefix(name, heavy) {
					t.Errorf("%s brings %s into toride-kit", file, name)
				}
			}
			queue = append(queue, name)
		}
	}
	if !seen["evtx"] || !seen["internal/hunt"] {
		t.Error("the walk did not reach evtx: it is wrong")
	}
}

// Contracts of families import kernel and formats only, so that members stay
// small and can be linked alone.
func TestImports_CheckContractStaysSmall(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || testOnly(s.pkg) || !strings.HasPrefix(s.pkg, "internal/audit/check") {
			continue
		}
		for _, imp := range s.ast.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			for _, d := range domains() {
				if below, ours := strings.CutPrefix(name, module); ours && (below == d) {
					t.Errorf("%s imports the domain %s", s.path, below)
				}
			}
		}
	}
}
