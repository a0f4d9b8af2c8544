package access

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/asset"
)

// update rewrites the golden files: go test ./internal/access -run Golden -update
func update() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

var _ = flag.Bool("update", false, "rewrite golden files")

func fortiLine(version string) asset.Line {
	return asset.Line{ID: "line-1", Name: "給食VPN", Maker: "Fortinet", Model: "FortiGate 60E", OS: "FortiOS", Version: version}
}

func fortiCard() Card { return Card{LineID: "line-1", SrcIntf: "wan1", DstIntf: "internal"} }

func script(in Instruction) string {
	return "## before\n" + in.Before + "## open\n" + in.Open + "## after\n" + in.After +
		"## longer\n" + in.Longer + "## close\n" + in.Close + "## gone\n" + in.Gone
}

// Each case is a file testdata/fortios/<name>.txt: what people paste.
func TestInstruct_Golden(t *testing.T) {
	t.Parallel()
	f := func(name, version string, change func(*Request, *Card)) {
		t.Helper()
		r, c := draft(), fortiCard()
		change(&r, &c)
		in := Instruct(r, fortiLine(version), c, jst)
		if in.Missing != nil {
			t.Errorf("%s: %v", name, in.Missing)
			return
		}
		path := filepath.Join("testdata", "fortios", name+".txt")
		got := script(in)
		if update() {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs:\n%s", name, got)
		}
	}
	f("v54_one_host", "5.4.8", func(*Request, *Card) {})
	f("v52_no_policy_name", "5.2.13", func(*Request, *Card) {})
	f("v62_range_and_udp", "6.2.9", func(r *Request, _ *Card) {
		r.Sources = []string{"192.0.2.10-192.0.2.20", "198.51.100.0/28"}
		r.Targets = []Target{{Name: "検査", Address: "10.20.0.5 10.20.0.6"}, {Name: "画像", Address: "10.30.0.0/24"}}
		r.Services = []Service{{From: 22, To: 22}, {From: 8000, To: 8010}, {UDP: true, From: 161, To: 161}}
	})
	f("v72_vdom_group_overnight", "v7.2.5 build1517", func(r *Request, c *Card) {
		r.From, r.Until = at(22, 30), at(22, 30).Add(4*60*60*1e9)
		c.VDOM, c.Group, c.SrcIntf = "root", "maint-kyushoku", "ssl.root"
	})
	f("v76_extended", "7.6.1", func(r *Request, _ *Card) {
		r.Until = at(13, 30)
		r.Extensions = []Extension{{Until: at(13, 30), Decision: &Decision{Yes: true}}}
	})
}

func TestInstruct_Refuses(t *testing.T) {
	t.Parallel()
	f := func(why Why, version string, change func(*Request, *Card)) {
		t.Helper()
		r, c := draft(), fortiCard()
		change(&r, &c)
		in := Instruct(r, fortiLine(version), c, jst)
		if in.Missing == nil || in.Missing.Why != why || in.Open != "" || in.Close != "" {
			t.Errorf("got %v and %d bytes of text, want refusal by %q", in.Missing, len(in.Open), why)
		}
		if len(in.Opening) == 0 || len(in.Closing) == 0 {
			t.Errorf("%s: nothing is left to do by hand", why)
		}
	}
	f(OldFirmware, "4.3.18", func(*Request, *Card) {})
	f(NeedSources, "7.2.5", func(r *Request, _ *Card) { r.Sources = nil })
	f(NeedServices, "7.2.5", func(r *Request, _ *Card) { r.Services = nil })
	f(NeedCard, "7.2.5", func(_ *Request, c *Card) { c.DstIntf = "" })
	f(NeedAddress, "7.2.5", func(r *Request, _ *Card) { r.Targets[0].Address = "" })
	f(BadAddress, "7.2.5", func(r *Request, _ *Card) { r.Targets[0].Address = "all" })
	f(BadAddress, "7.2.5", func(r *Request, _ *Card) { r.Sources = []string{"0.0.0.0/0"} })
	f(BadName, "7.2.5", func(r *Request, _ *Card) { r.Number = "2026-0007\"\nend" })
	for _, evil := range []string{
		"wan1\"\nset status enable", "wan1\nend", `wan1"`, `wan1\`, "wan1?", "wan1 ", " wan1", "wan'1", "wan<1>",
		"wan1\r", "wan1\x00", "wan1\u2028", "wan1;", "$wan", strings.Repeat("w", 36), "\xff",
	} {
		f(BadName, "7.2.5", func(_ *Request, c *Card) { c.SrcIntf = evil })
		f(BadName, "7.2.5", func(_ *Request, c *Card) { c.Group = evil })
		f(BadName, "7.2.5", func(_ *Request, c *Card) { c.VDOM = evil })
		if (Card{DstIntf: evil}).Check() == nil {
			t.Errorf("a card takes %q", evil)
		}
	}
}

// What people type about the work never reaches the firewall's text.
func TestInstruct_FreeTextStaysOut(t *testing.T) {
	t.Parallel()
	r := draft()
	evil := "x\"\nend\nconfig system admin\nedit evil"
	r.Purpose, r.Ticket, r.VendorName, r.LineName, r.PC.Name = evil, evil, evil, evil, evil
	r.Targets[0].Name, r.Persons = evil, []string{evil}
	line := fortiLine("7.2.5")
	line.Name = evil
	if got := script(Instruct(r, line, fortiCard(), jst)); strings.Contains(got, "evil") || strings.Contains(got, "system admin") {
		t.Errorf("free text in the firewall's text:\n%s", got)
	}
}

// allowed is every form that a line of the text may have.
var allowed = regexp.MustCompile(`^ *(config (vdom|firewall (address|service custom|schedule onetime|policy))|edit (\d+|"[^"]+")|next|end|delete (\d+|"TRD-[0-9A-Z-]+")|` +
	`set (type (ipmask|iprange)|subnet [\d.]+ [\d.]+|(start|end)-ip [\d.]+|(tcp|udp)-portrange [\d -]+|(start|end) \d\d:\d\d \d{4}/\d\d/\d\d|` +
	`(name|srcintf|dstintf|srcaddr|dstaddr|schedule|service|groups|comments)( "[^"]+")+|action accept|schedule-timeout enable|logtraffic all|logtraffic-start enable|status (enable|disable)))$`)

// FuzzInstruct: whatever stands in request and card, each line of the text has
// one of the known forms, or there is no text.
func FuzzInstruct(f *testing.F) {
	f.Add("2026-0007", "192.0.2.10", "10.0.0.5", "wan1", "internal", "root", "g", "7.2.5")
	f.Add("2026-0007", "192.0.2.0/24", "10.0.0.5-10.0.0.9", "給食", "a b", "", "", "5.2")
	f.Add("2026-0007\"", "::1", "any", "wan1\"\nend", "?", "\\", "\x00", "4")
	f.Fuzz(func(t *testing.T, number, source, target, src, dst, vdom, group, version string) {
		r := draft()
		r.Number, r.Sources, r.Targets = number, []string{source}, []Target{{Name: target, Address: target}}
		in := Instruct(r, fortiLine(version), Card{How: Firewall, SrcIntf: src, DstIntf: dst, VDOM: vdom, Group: group}, jst)
		if in.Missing != nil {
			if in.Open+in.Close+in.Before != "" {
				t.Fatal("refused, and a text all the same")
			}
			return
		}
		for _, l := range strings.Split(strings.TrimRight(in.Open+in.Close, "\n"), "\n") {
			if !allowed.MatchString(l) {
				t.Fatalf("unknown form of a line: %q", l)
			}
		}
	})
}

func TestInstruct_Plug(t *testing.T) {
	t.Parallel()
	line := asset.Line{Name: "CT保守回線", Maker: "架空医療機器", Model: "R-1", Place: "本館1階 CT室", Port: "壁 A-12"}
	in := Instruct(draft(), line, Card{Plugger: "放射線科 当直", Unplugger: "防災センター", Marking: "赤い札"}, jst)
	if in.How != Plug || in.Open != "" || in.Missing != nil {
		t.Fatalf("got %+v", in)
	}
	keys := func(list []string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(strings.Join(list, " "), w) {
				t.Errorf("lacks %s: %v", w, list)
			}
		}
	}
	var open, shut []string
	for _, m := range in.Opening {
		open = append(open, m.Key)
	}
	for _, m := range in.Closing {
		shut = append(shut, m.Key)
	}
	keys(open, "access.step.caller", "access.step.find", "access.step.plug", "access.step.record_open")
	keys(shut, "access.step.unplug", "access.step.dark", "access.step.record_close")
}

func TestChooseHow(t *testing.T) {
	t.Parallel()
	f := func(want How, line asset.Line, card Card) {
		t.Helper()
		if got := ChooseHow(line, card); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(Firewall, asset.Line{OS: "FortiOS", Version: "5.4.8"}, Card{})
	f(Firewall, asset.Line{Model: "FortiGate-60E", Port: "3"}, Card{})
	f(Plug, asset.Line{OS: "FortiOS"}, Card{How: Plug})
	f(Plug, asset.Line{Maker: "架空", Port: "壁 A-1"}, Card{})
	f(ByHand, asset.Line{Maker: "架空"}, Card{})
}
