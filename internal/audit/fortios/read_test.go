package fortios_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/torideproject/toride/internal/audit/demodata"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/fault"
)

const head = "#config-version=FGT60E-5.4.8-FW-build1183-171023:opmode=0:vdom=0:user=admin\n"

const tail = "config router multicast\nend\n"

// read reads a configuration that must be taken and gives the redacted copy.
func read(t testing.TB, text string) (*fortios.Config, string) {
	t.Helper()
	var out bytes.Buffer
	c, err := fortios.Read(strings.NewReader(text), &out)
	if err != nil {
		t.Fatal(err)
	}
	return c, out.String()
}

func TestRead_Header(t *testing.T) {
	t.Parallel()
	f := func(line, model, version, build string, vdoms bool) {
		t.Helper()
		c, _ := read(t, line+"\nconfig system global\nend\n"+tail)
		if h := c.Header; h.Model != model || h.Version != version || h.Build != build || h.VDOMs != vdoms || h.Line != 1 {
			t.Errorf("%s: %+v", line, h)
		}
	}
	f("#config-version=FGT60E-5.4.8-FW-build1183-171023:opmode=0:vdom=0:user=admin", "FGT60E", "5.4.8", "1183", false)
	f("#config-version=FGT60E-5.04-FW-build1183-171023:opmode=0:vdom=0:user=admin", "FGT60E", "5.4", "1183", false)
	f("#config-version=FG33E1-7.4.10-FW-build2795-250523:opmode=0:vdom=1:user=admin", "FG33E1", "7.4.10", "2795", true)
	f("#config-version=FGT-KVM-v7.0.3-FW-build0237-211207:opmode=1:vdom=0", "FGT-KVM", "7.0.3", "0237", false)
	f("#config-version=FWF60E-6.4.15-FW-build5455:opmode=0:vdom=0:user=保守", "FWF60E", "6.4.15", "5455", false)
	f("\xef\xbb\xbf#config-version=FGT60F-7.2.5-FW-build1517:opmode=0", "FGT60F", "7.2.5", "1517", false)
	f("#config-version=FGT60F\r", "FGT60F", "", "", false)
}

func TestRead_Structure(t *testing.T) {
	t.Parallel()
	c, copied := read(t, head+`config system interface
    edit "wan1"
        set ip 198.51.100.18 255.255.255.248
        set description "院外 \"保守\" 回線"
        set alias 'it''s'
        config ipv6
            set ip6-mode dhcp
        end
    next
    edit "lan"
        set allowaccess ping
        append allowaccess https ssh
        set role wan
        unset role
    next
end
`+tail)
	if c.Missing != nil || len(c.Unread) != 0 || c.Lines != 19 {
		t.Errorf("missing %+v, unread %v, %d lines", c.Missing, c.Unread, c.Lines)
	}
	wan := c.Interface("wan1")
	if wan == nil {
		t.Fatal("no wan1")
	}
	if d, _ := wan.Get("description"); d.Value() != `院外 "保守" 回線` || d.Line != 5 {
		t.Errorf("description %q on line %d", d.Value(), d.Line)
	}
	if a, _ := wan.Get("alias"); a.Value() != "its" {
		t.Errorf("alias %q", a.Value())
	}
	if ip, _ := wan.Get("ip"); len(ip.Values) != 2 || ip.Text != "set ip 198.51.100.18 255.255.255.248" {
		t.Errorf("ip %+v", ip)
	}
	if v6 := wan.Child("ipv6"); v6 == nil || !v6.Is("ip6-mode", "dhcp") {
		t.Error("nested block is not there")
	}
	lan := c.Interface("lan")
	if a, _ := lan.Get("allowaccess"); strings.Join(a.Values, " ") != "ping https ssh" {
		t.Errorf("allowaccess %v", a.Values)
	}
	if _, ok := lan.Get("role"); ok {
		t.Error("unset does not take away")
	}
	if strings.Count(copied, "\n") != c.Lines || !strings.Contains(copied, `set description "院外 \"保守\" 回線"`) {
		t.Errorf("copy differs:\n%s", copied)
	}
}

func TestRead_SecretsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	c, copied := read(t, string(demodata.Before()))
	all := copied + fmt.Sprintf("%+v", flat(c))
	for _, secret := range []string{"exampleOnly", "kyushoku1", `"public"`, "BEGIN ENCRYPTED"} {
		for _, line := range strings.Split(all, "\n") {
			if strings.Contains(line, secret) && !strings.Contains(line, "Certificat") {
				t.Errorf("%q stands in %q", secret, line)
			}
		}
	}
	if c.Redacted < 9 {
		t.Errorf("%d secrets", c.Redacted)
	}
	if strings.Count(copied, "\n") != bytes.Count(demodata.Before(), []byte("\n")) {
		t.Error("the copy has other line numbers")
	}
	f := func(line, secret string) {
		t.Helper()
		c, copied := read(t, head+"config x y\n    edit 1\n        "+line+"\n    next\nend\n"+line+"\n# PW: "+secret+"\n"+secret+"\n"+tail)
		if strings.Contains(copied+fmt.Sprintf("%+v", flat(c)), secret) {
			t.Errorf("%s: %s", line, copied)
		}
	}
	f(`set psksecret ENC s3cr3tValue`, "s3cr3tValue")
	f(`set passphrase "s3cr3t Value"`, "s3cr3t Value")
	f(`set anything ENC s3cr3tValue`, "s3cr3tValue")
	f(`set comments "初期パスワードは s3cr3tValue です"`, "s3cr3tValue")
	f(`set description "ID/PW=root/s3cr3tValue"`, "s3cr3tValue")
	f(`append auth-pwd "s3cr3tValue"`, "s3cr3tValue")
	f(`set private-key "-----BEGIN`+"\ns3cr3tValue\n"+`-----END"`, "s3cr3tValue")
	f(`set Password s3cr3tValue`, "s3cr3tValue")
	f(`set comment "VPN pass s3cr3tValue"`, "s3cr3tValue")
	f(`set sms-phone "s3cr3tValue"`, "s3cr3tValue")
	f(`set uri "https://toride:s3cr3tValue@log.example/x"`, "s3cr3tValue")
	f(`set script "config user local`+"\n edit a\n set passwd s3cr3tValue\n"+`end"`, "s3cr3tValue")
}

// flat gives every setting of the configuration.
func flat(c *fortios.Config) (out []fortios.Setting) {
	var block func(b *fortios.Block)
	section := func(s *fortios.Section) {
		block(&s.Block)
		for _, e := range s.Entries {
			block(&e.Block)
		}
	}
	block = func(b *fortios.Block) {
		out = append(out, b.Settings...)
		for _, s := range b.Sub {
			section(s)
		}
	}
	for _, s := range c.Sections {
		section(s)
	}
	return out
}

func TestRead_KeepsSettingsThatOnlySoundSecret(t *testing.T) {
	t.Parallel()
	c, _ := read(t, head+"config system global\n    set admin-ssh-password enable\n    set comment \"password policy を確認\"\nend\n"+tail)
	if s, _ := c.Setting("system global", "admin-ssh-password"); s.Value() != "enable" {
		t.Errorf("%+v", s)
	}
	if c.Redacted != 0 {
		t.Errorf("%d hidden", c.Redacted)
	}
}

func TestRead_Encodings(t *testing.T) {
	t.Parallel()
	text := head + "config firewall policy\n    edit 1\n        set comments \"給食 表示 ソ能 保守\"\n        set service \"能\" \"ALL\"\n    next\nend\n" + tail
	f := func(data []byte, want fortios.Encoding) {
		t.Helper()
		c, err := fortios.Read(bytes.NewReader(data), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range c.Entries("firewall policy") {
			s, _ := e.Get("comments")
			v, _ := e.Get("service")
			if s.Value() != "給食 表示 ソ能 保守" || strings.Join(v.Values, "|") != "能|ALL" {
				t.Errorf("%s: %q %v", want, s.Value(), v.Values)
			}
		}
		if c.Encoding != want || c.Size != int64(len(data)) {
			t.Errorf("encoding %s, want %s; size %d", c.Encoding, want, c.Size)
		}
	}
	f([]byte(text), fortios.UTF8)
	sjis, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	f(sjis, fortios.ShiftJIS)
	f(append(sjis, []byte("# 追記\n")...), fortios.Mixed)
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	f(utf16, fortios.UTF16)
	f([]byte(strings.ReplaceAll(text, "\n", "\r\n")), fortios.UTF8)
}

func TestRead_VDOMs(t *testing.T) {
	t.Parallel()
	c, _ := read(t, strings.Replace(head, "vdom=0", "vdom=1", 1)+`
config vdom
edit root
next
edit naika
next
end
config global
config system global
    set hostname "fw"
end
end
config vdom
edit root
config firewall policy
    edit 1
        set action accept
    next
end
config router multicast
end
end
config vdom
edit naika
config firewall policy
    edit 1
        set action deny
    next
end
end
`)
	if c.Missing != nil || len(c.Unread) > 0 || c.Hostname() != "fw" {
		t.Errorf("missing %+v, unread %v, host %q", c.Missing, c.Unread, c.Hostname())
	}
	got := ""
	for s, e := range c.Entries("firewall policy") {
		a, _ := e.Get("action")
		got += s.VDOM + "=" + a.Value() + " "
	}
	if got != "root=accept naika=deny " {
		t.Error(got)
	}
}

func TestRead_NotWhole(t *testing.T) {
	t.Parallel()
	f := func(text string, want fortios.MissingReason, line, open int) {
		t.Helper()
		c, _ := read(t, text)
		if c.Missing == nil || c.Missing.Reason != want || c.Missing.Line != line || len(c.Missing.Open) != open {
			t.Errorf("%.40q…: %+v", text, c.Missing)
		}
	}
	f(head+"config system global\n    set hostname \"a\"\n", fortios.EndsEarly, 3, 1)
	f(head+"config system admin\n    edit \"a\"\n        set vdom root", fortios.EndsEarly, 4, 2)
	f(head+"config system global\n    set x \"open\nand on\n", fortios.OpenQuote, 3, 1)
	f("config system global\nend\n"+tail, fortios.NoHeader, 1, 0)
	f(head+"config system global\nend\n", fortios.NoTail, 3, 0)
	c, _ := read(t, head+"config system admin\n    edit \"whole\"\n    next\n    edit \"half\"\n        set vdom root\n")
	for _, e := range c.Entries("system admin") {
		if e.Name == "half" {
			t.Error("half an entry is judged")
		}
	}
}

func TestRead_Refused(t *testing.T) {
	t.Parallel()
	f := func(text, key, word string) {
		t.Helper()
		_, err := fortios.Read(strings.NewReader(text), io.Discard)
		var fe *fault.Error
		if !errors.As(err, &fe) || fe.Msg.Key != key || (word != "" && fmt.Sprint(fe.Msg.Args...) != word) {
			t.Errorf("%.40q: %v %+v", text, err, fe)
		}
	}
	f("", "audit.file.empty", "")
	f(" \r\n\r\n", "audit.file.empty", "")
	f("#FGBK|4|FGT60E|5|04|1183|\x01\x02", "audit.file.encrypted", "")
	f("PK\x03\x04rest", "audit.file.binary", "")
	f("\x00\x01\x02config system", "audit.file.binary", "")
	f("#config-version=FMG-VM64-7.0.1-FW-build0113:opmode=0\n", "audit.file.fortinet_other", "FMG-VM64")
	f("#config-version=S124EN-6.4.3-FW-build0459:opmode=0\n", "audit.file.fortinet_other", "S124EN")
	f("Building configuration...\n\nCurrent configuration : 2341 bytes\nversion 15.1\n", "audit.file.foreign", "Cisco IOS")
	f(": Saved\n:\nASA Version 9.8(2)\nhostname asa\n", "audit.file.foreign", "Cisco ASA")
	f("# RTX1210 Rev.14.01.42\nip route default gateway pp 1\npp select 1\n", "audit.file.foreign", "YAMAHA RTX/NVR")
	f("<?xml version=\"1.0\"?>\n<config version=\"10.1.0\" urldb=\"paloaltonetworks\">\n", "audit.file.foreign", "Palo Alto Networks PAN-OS")
	f("! NEC Portable Internetwork Core Operating System Software\n! IX Series IX2215\nhostname ix\n", "audit.file.foreign", "NEC UNIVERGE IX")
	f("## Last commit: 2024-01-01\nsystem {\n", "audit.file.foreign", "Juniper")
	f("買い物メモ\n牛乳\n", "audit.file.unknown", "")
	f(head+strings.Repeat("config a\nedit 1\n", 20), "audit.file.too_deep", "16 18")
	f(head+"set x "+strings.Repeat("a", 2<<20), "audit.file.long_line", "1")
	f(head+strings.Repeat("\n", fortios.MaxLines), "audit.file.too_many", fmt.Sprint(fortios.MaxLines))
}

// endless gives the same line for ever.
type endless struct{ line string }

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e.line) <= len(p) {
		n += copy(p[n:], e.line)
	}
	return n, nil
}

func TestRead_EndlessInputStops(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"config system global\nend\n" + strings.Repeat("# long comment to reach the size first ", 40) + "\n", "config system global\nend\n"} {
		if _, err := fortios.Read(io.MultiReader(strings.NewReader(head), endless{line}), io.Discard); fault.KindOf(err) != fault.TooLarge {
			t.Errorf("%v", err)
		}
	}
}

func TestRead_TerminalCopy(t *testing.T) {
	t.Parallel()
	c, _ := read(t, "FW01 # show full-configuration\n"+head+"config system admin\n    edit \"a\"\n--More-- \b\b\b\b\b\b        set vdom \"root\"\n    next\nend\n"+tail)
	for _, e := range c.Entries("system admin") {
		if !e.Is("vdom", "root") {
			t.Errorf("%+v", e)
		}
	}
	if len(c.Unread) != 1 || c.Header.Line != 2 {
		t.Errorf("unread %v, header on line %d", c.Unread, c.Header.Line)
	}
}

func TestRead_ErrorOfTheWriter(t *testing.T) {
	t.Parallel()
	_, err := fortios.Read(bytes.NewReader(demodata.Before()), failing{})
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func FuzzRead(f *testing.F) {
	f.Add(demodata.Before())
	f.Add(demodata.After())
	f.Add([]byte(head + "config vdom\nedit a\nconfig system admin\nedit 1\nset a \"b\nend\nend\nnext\n"))
	f.Add([]byte(head + "config global\nend\nend\nset password \"x\nedit\n"))
	f.Add([]byte("#FGBK|4|"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		c, err := fortios.Read(bytes.NewReader(data), &out)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != c.Lines {
			t.Fatalf("%d lines in, %d out", c.Lines, n)
		}
		for _, s := range flat(c) {
			if s.Line < 1 || s.Line > c.Lines {
				t.Fatalf("setting on line %d of %d", s.Line, c.Lines)
			}
		}
		faces := c.Faces()
		c.Inbound(faces)
		c.Objects()
		c.SSLVPN()
	})
}

func BenchmarkRead(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(head)
	for range 200 {
		body := demodata.Before()
		text.Write(body[bytes.IndexByte(body, '\n')+1:])
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fortios.Read(bytes.NewReader(text.Bytes()), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
