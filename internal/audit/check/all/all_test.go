package all_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/check/all"
	"github.com/torideproject/toride/internal/audit/check/checktest"
	"github.com/torideproject/toride/internal/audit/demodata"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/exposure/pack"
)

func checks(t testing.TB) []check.Check {
	t.Helper()
	ranges, err := pack.FortiOS()
	if err != nil {
		t.Fatal(err)
	}
	return all.All(ranges)
}

// TestAll_NamesItsFolders keeps the list and the folders together: an ID is
// stored and must be the folder's name.
func TestAll_NamesItsFolders(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range checks(t) {
		id := c.About().ID
		if _, err := os.Stat("../" + id + "/about_ja.json"); err != nil || seen[id] {
			t.Errorf("%s: twice %v, folder %v", id, seen[id], err)
		}
		seen[id] = true
	}
	if _, err := check.Texts(checks(t)); err != nil {
		t.Error(err)
	}
}

func FuzzChecks(f *testing.F) {
	f.Add(demodata.Before())
	f.Add(demodata.After())
	f.Add([]byte(checktest.Wide(3)))
	f.Add([]byte("#config-version=FGT60E-5.4.8-FW-build1183:vdom=1\nconfig vdom\nedit a\nconfig firewall service group\nedit g\nset member g\nnext\nend\nend\n"))
	members := checks(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := fortios.Read(bytes.NewReader(data), io.Discard)
		if err != nil {
			return
		}
		facts := check.NewFacts(c, checktest.Today())
		for _, m := range members {
			r := check.Run(m, facts)
			if (r.Verdict == check.Pass || r.Verdict == check.None) && !c.Whole() {
				t.Fatalf("%s passes what is not whole", m.About().ID)
			}
			for _, e := range r.Evidence {
				if e.Line > c.Lines {
					t.Fatalf("%s cites line %d of %d", m.About().ID, e.Line, c.Lines)
				}
			}
		}
	})
}

// BenchmarkChecks runs all checks on 2,000 interfaces, users and policies.
func BenchmarkChecks(b *testing.B) {
	c, err := fortios.Read(bytes.NewReader([]byte(checktest.Wide(2000))), io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	members := checks(b)
	b.ReportAllocs()
	for b.Loop() {
		facts := check.NewFacts(c, checktest.Today())
		for _, m := range members {
			check.Run(m, facts)
		}
	}
}
