package samba

import (
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// maxPrefix is how many fields full_audit:prefix may have. It is the
// administrator's choice; %u|%I, %u|%I|%S and %u|%I|%m|%S are those of handbooks.
const maxPrefix = 6

// audit reads "tanaka|10.1.1.5|karte|renameat|ok|/old|/new". Where the prefix
// ends shows in the result behind the operation, "ok" or "fail (reason)".
func audit(s string, e *event.Event) bool {
	var prefix [maxPrefix]string
	rest, n := s, 0
	for {
		part, after, more := strings.Cut(rest, "|")
		if !more || n == maxPrefix {
			return false
		}
		result, args, _ := strings.Cut(after, "|")
		failed := strings.HasPrefix(result, "fail (") || result == "fail"
		if n > 0 && word(part) && (result == "ok" || failed) {
			a := line{e}
			a.head(prefix[:n])
			a.act(part, result, failed)
			a.args(part, args)
			return true
		}
		prefix[n] = part
		n++
		rest = after
	}
}

// word reports whether s can be an operation's name: renameat, mkdirat, pwrite.
func word(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && c != '_' {
			return false
		}
	}
	return s != "" && len(s) < 40
}

type line struct{ e *event.Event }

func (l line) add(name, value string) { format.AddSome(l.e, name, value) }

// head reads the prefix: the account, then the address wherever it stands, the last of
// what is left is the share and what stands before that the client's name.
func (l line) head(prefix []string) {
	c := &l.e.Core
	l.e.Product, l.e.Service, l.e.Dataset = "samba", "full_audit", "samba.full_audit"
	c.Provider = "vfs_full_audit"
	user := prefix[0]
	l.add("user", user)
	c.Domain, c.User = format.Account(user)
	share := -1
	for i := len(prefix) - 1; i > 0; i-- {
		switch a := format.Addr(prefix[i]); {
		case a.IsValid() && !c.SourceIP.IsValid():
			l.add("ip", prefix[i])
			c.SourceIP = a
		case share < 0:
			share = i
			l.add("share", prefix[i])
		case c.SourceHost == "":
			l.add("machine", prefix[i])
			c.SourceHost = prefix[i]
		}
	}
}

func (l line) act(operation, result string, failed bool) {
	c := &l.e.Core
	l.add("operation", operation)
	c.Action, c.Outcome = operation, format.Success
	if failed {
		c.Outcome = format.Failure
		l.add("result", "fail")
		l.add("error", strings.TrimSuffix(strings.TrimPrefix(result, "fail ("), ")"))
		return
	}
	l.add("result", "ok")
}

// args reads what stands behind the result; it differs by operation. Names of
// files may hold bars only where Samba maps them, so the last takes the rest.
func (l line) args(operation, s string) {
	c := &l.e.Core
	switch operation {
	case "create_file":
		access, rest, _ := strings.Cut(s, "|")
		kind, rest, _ := strings.Cut(rest, "|")
		disposition, path, _ := strings.Cut(rest, "|")
		l.add("access", access)
		l.add("type", kind)
		l.add("disposition", disposition)
		l.add("path", path)
		c.File = path
	case "rename", "renameat", "link", "linkat", "symlink", "symlinkat":
		from, to, _ := strings.Cut(s, "|")
		l.add("path", from)
		l.add("newpath", to)
		c.File = format.Or(to, from)
	case "connect", "disconnect":
		l.add("service", s)
	default:
		l.add("path", s)
		c.File = s
	}
	c.Message = format.Line(s)
}
