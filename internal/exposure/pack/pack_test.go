package pack_test

import (
	"testing"

	"github.com/torideproject/toride/internal/exposure/pack"
)

func TestParseVersion(t *testing.T) {
	t.Parallel()
	f := func(in, want, build string) {
		t.Helper()
		v, ok := pack.ParseVersion(in)
		if got := v.String(); !ok || got != want || v.Build != build {
			t.Errorf("%q: %v %q build %q, want %q build %q", in, ok, got, v.Build, want, build)
		}
	}
	f("5.4.8", "5.4.8", "")
	f("v5.4.8", "5.4.8", "")
	f("V5.4.8", "5.4.8", "")
	f("5.4.8,build1183", "5.4.8", "1183")
	f("FortiOS v7.0.12,build0523,230605 (GA.F)", "7.0.12", "523")
	f("FGT60E-5.4.8-FW-build1183-171023", "5.4.8", "1183")
	f("FGT60E-5.04-FW-build1183-171023", "5.4", "1183")
	f("#config-version=FG100F-7.2.10-FW-build1706-240918:opmode=0", "7.2.10", "1706")
	f("６．４．１５", "6.4.15", "")
	f("6.4.x", "6.4", "")
	f("7.4", "7.4", "")
	for _, bad := range []string{"", "不明", "latest", "5", "192.168.0.1", "2026-11-22"} {
		if v, ok := pack.ParseVersion(bad); ok {
			t.Errorf("%q was read as %s", bad, v)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	p := fortios(t)
	f := func(cve, version string, want pack.Verdict, why pack.Reason) {
		t.Helper()
		v, ok := pack.ParseVersion(version)
		if j := p.Judge(cve, v, ok); j.Verdict != want || j.Reason != why {
			t.Errorf("%s on %q: %s (%s), want %s (%s)", cve, version, j.Verdict, j.Reason, want, why)
		}
	}
	// facts: 5.4.6–5.4.12, 5.6.3–5.6.7, 6.0.0–6.0.4; fixed 5.4.13, 5.6.8, 6.0.5, 6.2.0.
	const osaka = "CVE-2018-13379"
	for _, v := range []string{"5.4.6", "5.4.8", "5.4.12", "5.6.3", "5.6.7", "6.0.0", "6.0.4", "v5.4.8,build1183"} {
		f(osaka, v, pack.Matches, pack.InRange)
	}
	for _, v := range []string{"5.4.5", "5.4.13", "5.6.2", "5.6.8", "6.0.5", "6.2.0", "7.4.9"} {
		f(osaka, v, pack.Beyond, pack.OutOfRange)
	}
	f(osaka, "5.2.9", pack.May, pack.OldBranch)
	f(osaka, "5.4", pack.May, pack.NoPatchLevel)
	f(osaka, "6.2", pack.Beyond, pack.OutOfRange)
	f(osaka, "", pack.May, pack.NoVersion)
	f("CVE-2024-21762", "5.4.8", pack.May, pack.OldBranch)
	f("CVE-2024-21762", "7.4.3", pack.Beyond, pack.OutOfRange)
	f("CVE-2024-21762", "7.6.0", pack.Beyond, pack.OutOfRange)
	f("CVE-2019-5591", "5.4.8", pack.Matches, pack.InRange)
	f("CVE-2019-5591", "5.4", pack.Matches, pack.InRange)
	f("CVE-2021-44168", "6.4.9", pack.May, pack.CoarseRange)
	f("CVE-2021-44168", "7.0.2", pack.Matches, pack.InRange)
	f("CVE-2021-44168", "7.0.3", pack.Beyond, pack.OutOfRange)
	f("CVE-2025-32756", "7.4.3", pack.Beyond, pack.OtherProduct)
	f("CVE-2031-00001", "7.4.3", pack.May, pack.NoRange)
}

func TestParse_BrokenPacks(t *testing.T) {
	t.Parallel()
	f := func(json string) {
		t.Helper()
		if _, err := pack.Parse([]byte(json)); err == nil {
			t.Errorf("taken: %s", json)
		}
	}
	f(`{`)
	f(`{"product":"FortiOS"}`)
	f(`{"product":"FortiOS","edition":"1","source":"x","holes":[{"cve":"CVE-1-1","ranges":[]}]}`)
	f(`{"product":"FortiOS","edition":"1","source":"x","holes":[{"cve":"CVE-1-1","ranges":[{"from":"6.0.4","to":"6.0.0"}]}]}`)
	f(`{"product":"FortiOS","edition":"1","source":"x","holes":[{"cve":"CVE-1-1","ranges":[{"to":"6.0.4","fixed":"6.0.4"}]}]}`)
	f(`{"product":"FortiOS","edition":"1","source":"x","support":[{"branch":"6.0","end":"soon"}]}`)
}

func FuzzParseVersion(f *testing.F) {
	for _, s := range []string{"5.4.8", "v7.0.12,build0523", "FGT60E-5.04-FW-build1183", "６．４", "..", "99.99.999"} {
		f.Add(s)
	}
	p := fortios(f)
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := pack.ParseVersion(s)
		for _, h := range p.Holes {
			if j := p.Judge(h.CVE, v, ok); !ok && j.Verdict == pack.Matches {
				t.Fatalf("%q matches without a version", s)
			}
		}
		if again, _ := pack.ParseVersion(v.String()); ok && (again.Compare(v) != 0 || again.HasPatch != v.HasPatch) {
			t.Fatalf("%q: %v is written as %q", s, v, v.String())
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	p := fortios(b)
	v, ok := pack.ParseVersion("5.4.8,build1183")
	b.ReportAllocs()
	for b.Loop() {
		for _, h := range p.Holes {
			p.Judge(h.CVE, v, ok)
		}
	}
}

func fortios(t testing.TB) *pack.Pack {
	t.Helper()
	p, err := pack.FortiOS()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
