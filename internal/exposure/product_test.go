package exposure

import (
	"testing"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/exposure/kev"
)

func TestFind(t *testing.T) {
	t.Parallel()
	ix := newIndex([]kev.Entry{
		{CVE: "FORTIOS", Vendor: "Fortinet", Product: "FortiOS and FortiProxy SSL-VPN"},
		{CVE: "FORTIWEB", Vendor: "Fortinet", Product: "FortiWeb"},
		{CVE: "FORTIMANY", Vendor: "Fortinet", Product: "Multiple Products"},
		{CVE: "ASA", Vendor: "Cisco", Product: "Adaptive Security Appliance (ASA)"},
		{CVE: "IOS", Vendor: "Cisco", Product: "IOS and IOS XE Software"},
		{CVE: "WINDOWS", Vendor: "Microsoft", Product: "Windows"},
		{CVE: "OFFICE", Vendor: "Microsoft", Product: "Office"},
		{CVE: "SKYSEA", Vendor: "Sky", Product: "SKYSEA Client View"},
		{CVE: "DVR", Vendor: "TVT", Product: "NVMS-1000"},
	})
	f := func(target Target, want ...string) {
		t.Helper()
		var got []string
		for _, i := range ix.find(target) {
			got = append(got, ix.entries[i].CVE)
		}
		if len(got) != len(want) {
			t.Errorf("%s: %v, want %v", target.Device(), got, want)
			return
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", target.Device(), got, want)
			}
		}
	}
	f(Target{Maker: "Fortinet", Model: "FortiGate 60E", OS: "FortiOS"}, "FORTIOS", "FORTIMANY")
	f(Target{Model: "ＦｏｒｔｉＧａｔｅ－６０Ｅ"}, "FORTIOS", "FORTIMANY")
	f(Target{Maker: "フォーティネット", Model: "FortiWeb 100E"}, "FORTIWEB", "FORTIMANY")
	f(Target{Maker: "Cisco", Model: "ASA5506-X"}, "ASA")
	f(Target{Maker: "シスコシステムズ", Model: "C1121", OS: "IOS XE"}, "IOS")
	f(Target{Maker: "架空電機", OS: "Windows Server 2012 R2"}, "WINDOWS")
	f(Target{Maker: "Sky", Model: "SKYSEA Client View"}, "SKYSEA")
	f(Target{Maker: "YAMAHA", Model: "RTX1210"})
	f(Target{Maker: "架空医療機器", Model: "CT-9000"})
	f(Target{})
}

func TestCompare_Order(t *testing.T) {
	t.Parallel()
	base := Match{Target: Target{Outside: true, Priority: 2}, Entry: kev.Entry{CVE: "CVE-2020-1000", Added: "2022-01-01", Ransomware: true}}
	base.Judged.Verdict = "matches"
	f := func(name string, worse func(*Match)) {
		t.Helper()
		other := base
		worse(&other)
		if compare(base, other) >= 0 || compare(other, base) <= 0 {
			t.Error(name)
		}
	}
	f("inside comes later", func(m *Match) { m.Target.Outside = false })
	f("may comes later", func(m *Match) { m.Judged.Verdict = "may" })
	f("no ransomware comes later", func(m *Match) { m.Entry.Ransomware = false })
	f("lower priority comes later", func(m *Match) { m.Target.Priority = 3 })
	f("newer comes later", func(m *Match) { m.Entry.Added = "2023-01-01" })
	f("higher number comes later", func(m *Match) { m.Entry.CVE = "CVE-2020-9999" })
	unknown := base
	unknown.Target.Priority = 0
	if compare(unknown, base) >= 0 {
		t.Error("an unknown priority must not come behind a known low one")
	}
}

// The register of the hospital is one that exposure can ask.
var _ Register = (*asset.Register)(nil)
