package query_test

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/query"
)

// The oracle: the language as plainly as possible, one event after the other.

func plain(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, norm.NFKC.String(s))
}

// said gives the values of a field, and what kind it is.
func said(e *event.Event, name string) (values []string, kind string) {
	c := e.Core
	addr := func(a netip.Addr) string {
		if a.IsValid() {
			return a.String()
		}
		return ""
	}
	number := func(n uint64) []string {
		if n == 0 {
			return []string{""}
		}
		return []string{strconv.FormatUint(n, 10)}
	}
	switch name {
	case "", "event.original":
		return []string{string(e.Text)}, "long"
	case "message":
		return []string{c.Message}, "long"
	case "@timestamp":
		return []string{strconv.FormatInt(e.Time.UnixMicro(), 10)}, "time"
	case "event.ingested":
		return []string{strconv.FormatInt(e.Received.UnixMicro(), 10)}, "time"
	case "source.port":
		return number(uint64(c.SourcePort)), "number"
	case "destination.port":
		return number(uint64(c.DestPort)), "number"
	case "network.bytes":
		return number(c.Bytes), "number"
	case "source.ip":
		return []string{addr(c.SourceIP)}, "address"
	case "destination.ip":
		return []string{addr(c.DestIP)}, "address"
	}
	words := map[string]string{
		"host.name": c.Host, "user.name": c.User, "user.domain": c.Domain, "source.domain": c.SourceHost, "event.code": c.Code,
		"event.action": c.Action, "event.outcome": c.Outcome, "event.provider": c.Provider, "event.dataset": e.Dataset, "log.level": c.Severity,
		"process.executable": c.Process, "process.command_line": c.CommandLine, "file.path": c.File, "toride.source": e.Source,
		"toride.peer": e.Peer, "toride.unread": e.Unread, "log.product": e.Product, "log.service": e.Service, "log.category": e.Category,
	}
	if v, ok := words[name]; ok {
		return []string{v}, "word"
	}
	for _, f := range e.Fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values, "own"
}

func passes(x query.Expr, e *event.Event) bool {
	switch x.Op {
	case query.OpNot:
		return !passes(x.Kids[0], e)
	case query.OpAnd:
		return !slices.ContainsFunc(x.Kids, func(k query.Expr) bool { return !passes(k, e) })
	case query.OpOr:
		return slices.ContainsFunc(x.Kids, func(k query.Expr) bool { return passes(k, e) })
	}
	values, kind := said(e, x.Test.Field)
	return slices.ContainsFunc(values, func(v string) bool { return passesTest(x.Test, v, kind) })
}

func passesTest(t query.Test, v, kind string) bool {
	if kind == "time" && t.How != query.Exists && t.How != query.Between {
		return false
	}
	switch t.How {
	case query.Exists:
		return v != ""
	case query.Between:
		n, err := strconv.ParseFloat(v, 64)
		return err == nil && n >= t.From && n < t.To
	case query.Within:
		p, err1 := netip.ParsePrefix(t.Value)
		a, err2 := netip.ParseAddr(v)
		return plain(v) == plain(t.Value) || err1 == nil && err2 == nil && p.Contains(a.Unmap())
	case query.Like:
		return like(t.Value, plain(v), kind == "long")
	}
	switch kind {
	case "long":
		return strings.Contains(plain(v), plain(t.Value))
	case "number":
		a, err1 := strconv.ParseUint(v, 10, 64)
		b, err2 := strconv.ParseUint(t.Value, 10, 63)
		return err1 == nil && err2 == nil && a == b
	case "address":
		if a, err := netip.ParseAddr(t.Value); err == nil {
			return v == a.String()
		}
	}
	return plain(v) == plain(t.Value)
}

// like makes a regular expression of a pattern. A lone star wants something.
func like(pattern, v string, part bool) bool {
	var b strings.Builder
	var word []rune
	flush := func() {
		b.WriteString(regexp.QuoteMeta(plain(string(word))))
		word = word[:0]
	}
	stars := true
	for i, rs := 0, []rune(pattern); i < len(rs); i++ {
		switch {
		case rs[i] == '*':
			flush()
			b.WriteString(`.*`)
			continue
		case rs[i] == '\\' && i+1 < len(rs) && (rs[i+1] == '*' || rs[i+1] == '\\'):
			i++
		}
		stars = false
		word = append(word, rs[i])
	}
	flush()
	if stars && pattern != "" && !part {
		return v != ""
	}
	if part {
		return regexp.MustCompile(`(?s)` + b.String()).MatchString(v)
	}
	return regexp.MustCompile(`(?s)^(?:` + b.String() + `)$`).MatchString(v)
}

// wanted gives what a request finds, in order.
func wanted(events []*event.Event, r query.Request) []*event.Event {
	at := func(e *event.Event) time.Time {
		if r.Received {
			return e.Received
		}
		return e.Time
	}
	var out []*event.Event
	for _, e := range events {
		if (r.From.IsZero() || !at(e).Before(r.From)) && (r.To.IsZero() || at(e).Before(r.To)) && passes(r.Query, e) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *event.Event) int {
		return cmp.Or(at(b).Compare(at(a)), b.At.Compare(a.At))
	})
	return out
}
