package logon

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/sigma"
)

// Kind is the way in.
type Kind string

// The ways in.
const (
	RDP     Kind = "rdp"     // remote desktop
	SSH     Kind = "ssh"     //
	Network Kind = "network" // a share, a service: no screen
	VPN     Kind = "vpn"     // into the network itself
	Admin   Kind = "admin"   // administration of a network device
	Flow    Kind = "flow"    // a connection that a firewall let through to a port of remote control
)

// Logon is one attempt to come in.
type Logon struct {
	Kind    Kind
	Came    bool   // it came off; false is a failed try
	Account string // as Account gives it; empty where the entry names none
	Source  netip.Addr
	Host    string // the computer that was entered, as the entry names it; an address for Flow
	// Began is when it began: before the entry's own time where a firewall tells
	// of a connection at its end.
	Began time.Time
}

// Interactive says whether somebody could then work on the computer.
func (l Logon) Interactive() bool { return l.Kind == RDP || l.Kind == SSH || l.Kind == Flow }

// Account gives the key of an account: folded, without domain.
func Account(name string) string {
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = name[i+1:]
	}
	if i := strings.IndexByte(name, '@'); i > 0 {
		name = name[:i]
	}
	name = strings.TrimSpace(name)
	if name == "" || name == "-" || strings.HasSuffix(name, "$") {
		return ""
	}
	name = sigma.Fold(name)
	switch name {
	case "system", "local service", "network service", "anonymous logon", "(null)", "n/a", "localsystem":
		return ""
	}
	if rest, ok := strings.CutPrefix(name, "dwm-"); ok && digits(rest) {
		return ""
	}
	if rest, ok := strings.CutPrefix(name, "umfd-"); ok && digits(rest) {
		return ""
	}
	return name
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Wants says whether entries of this shape may tell of a logon; it looks at
// product, service, data set, code and provider.
func Wants(e *event.Event) bool {
	switch e.Product {
	case "windows":
		switch e.Core.Code {
		case "4624", "4625", "4778", "1149", "21", "25":
			return true
		}
	case "linux":
		return e.Service == "sshd"
	case "samba":
		return e.Service == "auth"
	case "fortigate":
		return e.Service == "traffic" || e.Service == "event"
	}
	return false
}

// Of gives the logon that an entry tells of, or false.
func Of(e *event.Event) (Logon, bool) {
	l := Logon{Account: Account(e.Core.User), Source: e.Core.SourceIP, Host: e.Core.Host, Came: e.Core.Outcome != "failure", Began: e.Time}
	switch e.Product {
	case "windows":
		return windows(e, l)
	case "linux":
		l.Kind = SSH
		return l, e.Service == "sshd" && e.Core.Action == "ssh-login" && e.Core.Outcome != ""
	case "samba":
		l.Kind = Network
		return l, e.Service == "auth" && e.Core.Outcome != ""
	case "fortigate":
		if e.Service == "traffic" {
			return flow(e, l)
		}
		return device(e, l)
	}
	return l, false
}

func windows(e *event.Event, l Logon) (Logon, bool) {
	switch e.Core.Code {
	case "4624", "4625":
		l.Came = e.Core.Code == "4624"
		kind, _ := e.Get("LogonType")
		switch kind {
		case "10":
			l.Kind = RDP
		case "7": // unlock: a session that is taken up again from afar has an address
			l.Kind = RDP
			return l, outer(l.Source)
		case "3", "8":
			l.Kind = Network
		default:
			return l, false
		}
		return l, true
	case "4778":
		l.Kind, l.Came = RDP, true
		l.fill(e, "AccountName", "ClientAddress")
		return l, outer(l.Source)
	case "1149":
		l.Kind, l.Came = RDP, true
		l.fill(e, "Param1", "Param3")
		return l, strings.Contains(e.Core.Provider, "RemoteConnectionManager")
	case "21", "25":
		l.Kind, l.Came = RDP, true
		l.fill(e, "User", "Address")
		return l, strings.Contains(e.Core.Provider, "LocalSessionManager") && outer(l.Source)
	}
	return l, false
}

// fill takes account and address from fields of their own where the core has
// none.
func (l *Logon) fill(e *event.Event, account, address string) {
	if l.Account == "" {
		v, _ := e.Get(account)
		l.Account = Account(v)
	}
	if !l.Source.IsValid() {
		v, _ := e.Get(address)
		l.Source = addr(v)
	}
}

// addr reads an address without making an error of a host name.
func addr(s string) netip.Addr {
	if s == "" || strings.Trim(s, "0123456789abcdefABCDEF.:") != "" {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

// outer says whether an address is another computer's.
func outer(a netip.Addr) bool {
	return a.IsValid() && !a.IsLoopback() && !a.IsUnspecified() && !a.IsLinkLocalUnicast()
}

// control are the ports of remote control: remote desktop, SSH, VNC, WinRM.
func control(port uint16) bool {
	switch port {
	case 22, 3389, 5900, 5985, 5986:
		return true
	}
	return false
}

func flow(e *event.Event, l Logon) (Logon, bool) {
	l.Kind = Flow
	if !control(e.Core.DestPort) || !e.Core.DestIP.IsValid() || !l.Source.IsValid() {
		return l, false
	}
	l.Host = e.Core.DestIP.String()
	if seconds, ok := e.Get("duration"); ok && len(seconds) < 9 {
		if n, err := strconv.Atoi(seconds); err == nil && n > 0 {
			l.Began = l.Began.Add(-time.Duration(n) * time.Second)
		}
	}
	switch e.Core.Action {
	case "accept", "start", "close", "timeout", "client-rst", "server-rst", "ip-conn":
		l.Came = true
	case "deny", "blocked":
		l.Came = false
	default:
		return l, false
	}
	return l, true
}

func device(e *event.Event, l Logon) (Logon, bool) {
	switch e.Core.Provider {
	case "vpn":
		l.Kind = VPN
		switch e.Core.Action {
		case "tunnel-up", "ssl-new-con", "ssl-login-fail":
		default:
			return l, false
		}
		l.Came = e.Core.Outcome != "failure"
		return l, l.Source.IsValid() && e.Core.Action != "ssl-new-con"
	case "system":
		l.Kind = Admin
		return l, e.Core.Action == "login" && e.Core.Outcome != ""
	}
	return l, false
}
