package apart

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Level says how bad a tie is.
type Level string

// The levels of a finding.
const (
	Red     Level = "danger"
	Yellow  Level = "warn"
	Clear   Level = "done"    // looked at, and no such tie was seen
	Unclear Level = "unclear" // could not be looked at
)

// Finding is the outcome of one look. Its text is "apart.<ID>.<Level>" with
// Args.
type Finding struct {
	ID    string   `json:"id"`
	Level Level    `json:"level"`
	Args  []string `json:"args,omitempty"`
}

// Host is what can be seen of the box.
type Host struct {
	// Domain is the directory that the box trusts for signing in; "" is none.
	Domain string
	// DomainBy says where that stands.
	DomainBy string
	// Virtual names the hypervisor or container that the box runs in; "" is
	// none seen.
	Virtual string
	// Read is false where the system let nothing be read.
	Read bool
}

// Place is a folder that matters.
type Place struct {
	Path string
	// Device names the disk that it lies on; "" if it is not known.
	Device string
	// Net names the kind of a network file system; "" is a local disk.
	Net string
}

// Setting is what is known of the installation.
type Setting struct {
	Host   Host
	Copies []Place // what is read
	Source []Place // where a copy is made from on this box, if any
	Data   Place   // the data folder
	// Main: this process also is the hospital's Toride.
	Main bool
}

// Look judges. The order is always the same.
func Look(s Setting) []Finding {
	out := []Finding{domain(s.Host), virtual(s.Host)}
	if s.Main {
		out = append(out, Finding{ID: "main", Level: Red})
	} else {
		out = append(out, Finding{ID: "main", Level: Clear})
	}
	return append(out, disks(s), shares(s))
}

func domain(h Host) Finding {
	f := Finding{ID: "domain", Level: Clear}
	switch {
	case h.Domain != "":
		f.Level, f.Args = Red, []string{h.Domain, h.DomainBy}
	case !h.Read:
		f.Level = Unclear
	}
	return f
}

func virtual(h Host) Finding {
	f := Finding{ID: "virtual", Level: Clear}
	switch {
	case h.Virtual != "":
		f.Level, f.Args = Red, []string{h.Virtual}
	case !h.Read:
		f.Level = Unclear
	}
	return f
}

// disks finds copies on the disk of what they were made from.
func disks(s Setting) Finding {
	for _, c := range s.Copies {
		for _, o := range s.Source {
			if c.Device != "" && c.Device == o.Device {
				return Finding{ID: "disk", Level: Red, Args: []string{c.Path, o.Path}}
			}
		}
		if c.Device != "" && c.Device == s.Data.Device {
			return Finding{ID: "disk", Level: Yellow, Args: []string{c.Path, s.Data.Path}}
		}
	}
	return Finding{ID: "disk", Level: Clear}
}

// shares finds copies on a file system that others can write to.
func shares(s Setting) Finding {
	for _, c := range s.Copies {
		if c.Net != "" {
			return Finding{ID: "share", Level: Red, Args: []string{c.Path, c.Net}}
		}
	}
	return Finding{ID: "share", Level: Clear}
}

// maxFile is how much of a system's file is read.
const maxFile = 256 << 10

func content(root fs.FS, name string) (string, bool) {
	f, err := root.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close()
	buf := make([]byte, maxFile)
	n := 0
	for n < len(buf) {
		k, err := f.Read(buf[n:])
		n += k
		if err != nil || k == 0 {
			break
		}
	}
	return string(buf[:n]), true
}

// linux reads the host from the files of a Linux system below root.
func linux(root fs.FS) Host {
	var h Host
	_, h.Read = content(root, "proc/version")
	h.Domain, h.DomainBy = linuxDomain(root)
	h.Virtual = linuxVirtual(root)
	return h
}

// linuxDomain finds sssd, winbind, realmd or Kerberos: any of them makes the
// box believe what a domain controller says.
func linuxDomain(root fs.FS) (domain, by string) {
	if s, ok := content(root, "etc/sssd/sssd.conf"); ok {
		for _, provider := range []string{"ad", "ldap", "ipa", "krb5"} {
			if slices.Contains(settings(s, "id_provider"), provider) || slices.Contains(settings(s, "auth_provider"), provider) {
				return first(settings(s, "domains"), provider), "sssd.conf"
			}
		}
	}
	if s, ok := content(root, "etc/samba/smb.conf"); ok && slices.Contains(settings(s, "security"), "ads") {
		return first(settings(s, "realm"), "ads"), "smb.conf"
	}
	if s, ok := content(root, "etc/nsswitch.conf"); ok {
		for _, line := range strings.Split(s, "\n") {
			key, value, _ := strings.Cut(line, ":")
			if strings.TrimSpace(key) != "passwd" {
				continue
			}
			for _, word := range strings.Fields(value) {
				if word == "winbind" || word == "ldap" {
					return word, "nsswitch.conf"
				}
			}
		}
	}
	if _, ok := content(root, "etc/krb5.keytab"); ok {
		s, _ := content(root, "etc/krb5.conf")
		return first(settings(s, "default_realm"), "Kerberos"), "krb5.keytab"
	}
	return "", ""
}

// settings gives the values of a key in a file of "key = value" lines, in lower
// case; comments and sections do not count.
func settings(s, key string) []string {
	var out []string
	for _, line := range strings.Split(s, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		k, v, ok := strings.Cut(line, "=")
		if ok && strings.EqualFold(strings.TrimSpace(k), key) {
			out = append(out, strings.ToLower(strings.TrimSpace(v)))
		}
	}
	return out
}

func first(list []string, otherwise string) string {
	if len(list) > 0 && list[0] != "" {
		return list[0]
	}
	return otherwise
}

// linuxVirtual names a container or hypervisor. The processor's flag
// "hypervisor" is set by every hypervisor that wants to be seen (Intel SDM
// volume 2, CPUID leaf 1, ECX bit 31).
func linuxVirtual(root fs.FS) string {
	for name, what := range map[string]string{".dockerenv": "Docker", "run/.containerenv": "Podman"} {
		if _, err := fs.Stat(root, name); err == nil {
			return what
		}
	}
	maker, _ := content(root, "sys/class/dmi/id/sys_vendor")
	product, _ := content(root, "sys/class/dmi/id/product_name")
	if what := hypervisor(maker + " " + product); what != "" {
		return what
	}
	if kind, ok := content(root, "sys/hypervisor/type"); ok {
		return strings.TrimSpace(kind)
	}
	cpu, _ := content(root, "proc/cpuinfo")
	for _, line := range strings.Split(cpu, "\n") {
		if strings.HasPrefix(line, "flags") && slices.Contains(strings.Fields(line), "hypervisor") {
			return "hypervisor"
		}
	}
	return ""
}

// hypervisor reads what the firmware says of maker and product.
func hypervisor(firmware string) string {
	firmware = strings.ToLower(strings.Join(strings.Fields(firmware), " "))
	for _, h := range []struct{ word, name string }{
		{"vmware", "VMware"}, {"qemu", "QEMU/KVM"}, {"kvm", "KVM"}, {"virtualbox", "VirtualBox"}, {"innotek", "VirtualBox"}, {"xen", "Xen"},
		{"microsoft corporation virtual machine", "Hyper-V"}, {"nutanix", "Nutanix AHV"}, {"bhyve", "bhyve"}, {"google compute", "Google Cloud"}, {"amazon ec2", "Amazon EC2"},
	} {
		if strings.Contains(firmware, h.word) {
			return h.name
		}
	}
	return ""
}

// netKinds are file systems that come over a network.
func netKinds() []string {
	return []string{"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "fuse.sshfs", "afs", "glusterfs", "fuse.glusterfs"}
}

// mounted gives device and kind of the mount that a path lies on, from the
// lines of /proc/self/mounts.
func mounted(mounts, dir string) (device, net string) {
	best := -1
	for _, line := range strings.Split(mounts, "\n") {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		at := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`).Replace(f[1])
		if !under(dir, at) || len(at) < best {
			continue
		}
		best, device, net = len(at), f[0], ""
		if slices.Contains(netKinds(), f[2]) {
			net = f[2]
		}
	}
	return device, net
}

func under(dir, at string) bool {
	dir, at = path.Clean(dir), path.Clean(at)
	return at == "/" || dir == at || strings.HasPrefix(dir, at+"/")
}
