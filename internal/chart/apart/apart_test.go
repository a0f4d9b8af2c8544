package apart_test

import (
	"context"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/apart"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/web/webtest"
)

func file(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

func TestHost_Linux(t *testing.T) {
	t.Parallel()
	plain := func() fstest.MapFS {
		return fstest.MapFS{
			"proc/version":                  file("Linux version 6.1"),
			"proc/cpuinfo":                  file("processor\t: 0\nflags\t\t: fpu vme sse2\n"),
			"sys/class/dmi/id/sys_vendor":   file("Example Computers\n"),
			"sys/class/dmi/id/product_name": file("Desk 5\n"),
			"etc/nsswitch.conf":             file("passwd: files systemd\nhosts: files dns\n"),
		}
	}
	for name, c := range map[string]struct {
		file, content   string
		domain, virtual string
	}{
		"its own machine":   {"etc/hosts", "", "", ""},
		"sssd with AD":      {"etc/sssd/sssd.conf", "[sssd]\ndomains = HOSP.EXAMPLE\n[domain/hosp.example]\nid_provider = ad\n", "hosp.example", ""},
		"sssd, files only":  {"etc/sssd/sssd.conf", "[domain/local]\nid_provider = files\n# id_provider = ad\n", "", ""},
		"samba member":      {"etc/samba/smb.conf", "[global]\n  security = ADS\n  realm = HOSP.EXAMPLE\n", "hosp.example", ""},
		"samba alone":       {"etc/samba/smb.conf", "[global]\n  security = user\n", "", ""},
		"winbind":           {"etc/nsswitch.conf", "passwd:   files winbind\n", "winbind", ""},
		"keytab":            {"etc/krb5.keytab", "x", "Kerberos", ""},
		"VMware":            {"sys/class/dmi/id/sys_vendor", "VMware, Inc.\n", "", "VMware"},
		"Hyper-V":           {"sys/class/dmi/id/sys_vendor", "Microsoft Corporation", "", ""}, // a Surface says that, too
		"only the CPU says": {"proc/cpuinfo", "flags\t: fpu hypervisor sse2\n", "", "hypervisor"},
		"Docker":            {".dockerenv", "", "", "Docker"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := plain()
			root[c.file] = file(c.content)
			h := apart.Linux(root)
			if h.Domain != c.domain || h.Virtual != c.virtual || !h.Read {
				t.Errorf("read %+v", h)
			}
		})
	}
	vm := plain()
	vm["sys/class/dmi/id/sys_vendor"], vm["sys/class/dmi/id/product_name"] = file("Microsoft Corporation\n"), file("Virtual Machine\n")
	if h := apart.Linux(vm); h.Virtual != "Hyper-V" {
		t.Errorf("Hyper-V read as %+v", h)
	}
	if h := apart.Linux(fstest.MapFS{}); h.Read {
		t.Error("an empty system was read")
	}
}

func TestMounted(t *testing.T) {
	t.Parallel()
	const mounts = "/dev/sda1 / ext4 rw 0 0\n//srv/copy /mnt/share cifs rw 0 0\n/dev/sdb1 /mnt/usb\\040stick vfat rw 0 0\n/dev/sdc1 /mnt/share/local ext4 rw 0 0\nbroken\n"
	for dir, want := range map[string][2]string{
		"/home/x":           {"/dev/sda1", ""},
		"/mnt/share/a":      {"//srv/copy", "cifs"},
		"/mnt/shared":       {"/dev/sda1", ""},
		"/mnt/usb stick/v":  {"/dev/sdb1", ""},
		"/mnt/share/local/": {"/dev/sdc1", ""},
	} {
		if device, net := apart.Mounted(mounts, dir); device != want[0] || net != want[1] {
			t.Errorf("%s lies on %s %s, want %v", dir, device, net, want)
		}
	}
}

func levels(s apart.Setting) []apart.Level {
	var out []apart.Level
	for _, f := range apart.Look(s) {
		out = append(out, f.Level)
	}
	return out
}

func TestLook(t *testing.T) {
	t.Parallel()
	good := apart.Setting{Host: apart.Host{Read: true}, Copies: []apart.Place{{Path: "/media/a", Device: "b"}}, Data: apart.Place{Path: "/var", Device: "a"}}
	bad := apart.Setting{Host: apart.Host{Domain: "x", DomainBy: "y", Virtual: "VMware", Read: true}, Main: true,
		Copies: []apart.Place{{Path: "/mnt/a", Device: "b", Net: "cifs"}}, Source: []apart.Place{{Path: "/src", Device: "b"}}, Data: apart.Place{Device: "a"}}
	dark := apart.Setting{Copies: []apart.Place{{Path: "/x", Device: "a"}}, Data: apart.Place{Path: "/x", Device: "a"}}
	for name, c := range map[string]struct {
		s    apart.Setting
		want []apart.Level
		say  reading.State
	}{
		"good": {good, []apart.Level{apart.Clear, apart.Clear, apart.Clear, apart.Clear, apart.Clear}, reading.Good},
		"bad":  {bad, []apart.Level{apart.Red, apart.Red, apart.Red, apart.Red, apart.Red}, reading.Bad},
		"dark": {dark, []apart.Level{apart.Unclear, apart.Unclear, apart.Clear, apart.Yellow, apart.Clear}, reading.Unknown},
	} {
		if got := levels(c.s); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		d := apart.Desk{Setting: func(context.Context) apart.Setting { return c.s }, Clock: time.Now}
		if r, err := d.Readings(t.Context()); err != nil || r[0].State != c.say {
			t.Errorf("%s: reading %+v, %v", name, r, err)
		}
		page := webtest.New(t, time.Now, d.Module()).As(webtest.Person(right.Setup)).Get("/apart")
		page.Want(t, 200) // a finding without words fails by itself
		webtest.CheckTemplates(t, d.Module())
	}
}

// The box of the test can be looked at without harm.
func TestSee(t *testing.T) {
	t.Parallel()
	if p := apart.Stand(t.TempDir()); p.Device == "" {
		t.Errorf("the test's folder lies nowhere: %+v", p)
	}
	_ = apart.See()
}
