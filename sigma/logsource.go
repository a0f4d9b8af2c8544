package sigma

import "slices"

// SourcesOf appends every log source that an event belongs to of which a format
// knows its own one: what it is itself, and the generic ones that rules are
// written for. A web server's access log is category webserver whatever the
// product; sshd and sudo write to Linux's auth log, the other programs to its
// syslog; traffic of a firewall is category firewall. For Windows ask
// WindowsSources. The answer depends on own alone.
func SourcesOf(dst []LogSource, own LogSource) []LogSource {
	own.Definition = ""
	dst = append(dst, own)
	from := len(dst) - 1
	add := func(l LogSource) {
		if !slices.Contains(dst[from:], l) {
			dst = append(dst, l)
		}
	}
	switch own.Service {
	case "sshd", "sudo", "su", "login", "systemd-logind", "polkitd", "useradd", "usermod", "groupadd", "passwd", "gdm":
		if own.Product == "linux" {
			add(LogSource{Product: "linux", Service: "auth"})
		}
	case "apache", "apache2", "httpd", "nginx", "iis", "lighttpd":
		if own.Category == "" {
			add(LogSource{Category: "webserver", Product: own.Product, Service: own.Service})
		}
		if own.Service == "apache2" || own.Service == "httpd" {
			add(LogSource{Category: "webserver", Product: own.Product, Service: "apache"})
		}
	case "squid":
		add(LogSource{Category: "proxy", Product: own.Product, Service: own.Service})
	case "named", "bind", "unbound", "dnsmasq":
		add(LogSource{Category: "dns", Product: own.Product, Service: own.Service})
	case "traffic":
		add(LogSource{Category: "firewall", Product: own.Product, Service: own.Service})
	}
	if own.Product == "linux" && own.Category == "" && own.Service != "auth" && own.Service != "auditd" && len(dst) == from+1 {
		add(LogSource{Product: "linux", Service: "syslog"})
	}
	return dst
}
