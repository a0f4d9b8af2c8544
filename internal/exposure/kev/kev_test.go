package kev_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/exposure/kev"
	"github.com/torideproject/toride/internal/fault"
)

// entry is one made-up entry of a catalogue.
func entry(cve, vendor, product string) string {
	return fmt.Sprintf(`{"cveID":%q,"vendorProject":%q,"product":%q,"vulnerabilityName":"x","dateAdded":"2024-02-09",
		"shortDescription":"s","requiredAction":"a","dueDate":"2024-03-01","knownRansomwareCampaignUse":"Known","notes":"","cwes":["CWE-1"]}`, cve, vendor, product)
}

func catalogue(count int, entries ...string) string {
	return fmt.Sprintf(`{"title":"t","catalogVersion":"2025.08.25","dateReleased":"2025-08-25T17:04:19.9796Z","count":%d,"vulnerabilities":[%s]}`,
		count, strings.Join(entries, ","))
}

func TestRead(t *testing.T) {
	t.Parallel()
	for _, bom := range []string{"", "\xef\xbb\xbf"} {
		c, err := kev.Read(strings.NewReader(bom + catalogue(2, entry("CVE-2024-21762", "Fortinet", "FortiOS"), entry("CVE-2020-3259", "Cisco", "ASA"))))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Entries) != 2 || c.Version != "2025.08.25" || c.Released.Year() != 2025 || len(c.SHA256) != 64 {
			t.Errorf("read %+v", c)
		}
		if e := c.Entries[0]; e.CVE != "CVE-2024-21762" || !e.Ransomware || e.Added != "2024-02-09" {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestRead_BadInput(t *testing.T) {
	t.Parallel()
	good := entry("CVE-2024-21762", "Fortinet", "FortiOS")
	whole := catalogue(2, good, entry("CVE-2020-3259", "Cisco", "ASA"))
	f := func(in, key string) {
		t.Helper()
		_, err := kev.Read(strings.NewReader(in))
		var fe *fault.Error
		if !errors.As(err, &fe) || fe.Msg.Key != key {
			t.Errorf("%.60q: %v, want %s", in, err, key)
		}
	}
	f("", "exposure.kev.empty")
	f(whole[:len(whole)-2], "exposure.kev.truncated")
	f(whole[:len(whole)/2], "exposure.kev.truncated")
	f(whole[:20], "exposure.kev.truncated")
	f(catalogue(1404, good), "exposure.kev.count")
	f(catalogue(0, good), "exposure.kev.count")
	f(catalogue(2, good, good), "exposure.kev.twice")
	f(catalogue(1, entry("CVE-24-1", "Fortinet", "FortiOS")), "exposure.kev.entry")
	f(catalogue(1, entry("CVE-2024-21762", "", "FortiOS")), "exposure.kev.entry")
	f(`<!doctype html><html>403</html>`, "exposure.kev.other")
	f(`[1,2,3]`, "exposure.kev.other")
	f(`{"vulnerabilities":7}`, "exposure.kev.other")
	f(`{"CVE_data_type":"CVE","CVE_Items":[]}`, "exposure.kev.other")
	f(`cveID,vendorProject`, "exposure.kev.other")
	f(strings.Replace(whole, `"vendorProject":"Cisco"`, `"vendorProject":{}`, 1), "exposure.kev.broken")
	f(strings.Repeat(" ", kev.MaxSize+10), "exposure.kev.too_large")
}

// TestRead_Published reads the catalogue of 2025-08-25 beside the project.
func TestRead_Published(t *testing.T) {
	t.Parallel()
	data := published(t)
	c, err := kev.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	fortios := 0
	for _, e := range c.Entries {
		if e.Vendor == "Fortinet" {
			fortios++
		}
	}
	if len(c.Entries) != 1404 || c.Version != "2025.08.25" || fortios != 20 {
		t.Errorf("%d entries, version %s, %d of Fortinet", len(c.Entries), c.Version, fortios)
	}
	for cut := len(data) - 1; cut > len(data)-4000; cut -= 97 {
		if _, err := kev.Read(bytes.NewReader(data[:cut])); err == nil && cut < len(bytes.TrimSpace(data)) {
			t.Fatalf("taken although cut at %d of %d", cut, len(data))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(catalogue(1, entry("CVE-2024-21762", "Fortinet", "FortiOS"))))
	f.Add([]byte(catalogue(0)))
	f.Add([]byte(`{"vulnerabilities":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := kev.Read(bytes.NewReader(data))
		if err != nil {
			var fe *fault.Error
			if !errors.As(err, &fe) {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		for _, e := range c.Entries {
			if e.Vendor == "" || e.Product == "" {
				t.Fatalf("empty entry %+v", e)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	data := published(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := kev.Read(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

func published(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "kev", "known_exploited_vulnerabilities.json")
	data, err := os.ReadFile(path)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no catalogue beside the project: ", err)
	}
	return data
}
