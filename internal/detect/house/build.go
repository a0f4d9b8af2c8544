package house

import (
	"cmp"
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/detect/watch"
)

// builder makes a snapshot.
type builder struct {
	ctx     context.Context
	now     time.Time
	s       *snapshot
	vendors map[string]string // names by ID
	systems map[string]asset.System
}

func (b *builder) build(cfg Config) error {
	vendors, err := cfg.Register.Vendors(b.ctx)
	if err != nil {
		return err
	}
	b.vendors = map[string]string{}
	for _, v := range vendors {
		b.vendors[v.ID] = v.Name
	}
	systems, err := cfg.Register.Systems(b.ctx)
	if err != nil {
		return err
	}
	b.systems = map[string]asset.System{}
	for _, s := range systems {
		b.systems[s.ID] = s
	}
	assets, _, err := cfg.Register.Assets(b.ctx, asset.Filter{})
	if err != nil {
		return err
	}
	byID := map[string]asset.Asset{}
	for _, a := range assets {
		byID[a.ID] = a
		b.asset(a)
	}
	lines, err := cfg.Register.Lines(b.ctx)
	if err != nil {
		return err
	}
	for _, l := range lines {
		b.line(l, byID[l.AssetID])
	}
	for addr, p := range b.s.byAddr {
		for i := range b.s.plain {
			if within(b.s.plain[i].dests, addr) && !slices.Contains(b.s.leadsTo[p], i) {
				b.s.leadsTo[p] = append(b.s.leadsTo[p], i)
			}
		}
	}
	return b.rest(cfg)
}

// windows reads the approved windows and gives the lines the sources that they
// name.
func (b *builder) windows(cfg Config) error {
	var err error
	b.s.lines = slices.Clone(b.s.plain)
	if b.s.windows, err = cfg.Desk.Windows(b.ctx, b.now.Add(-windowSpan), b.now.Add(windowSpan)); err != nil {
		return err
	}
	for _, r := range b.s.windows { // where a vendor was seen at the line, it comes through the line
		for i := range b.s.lines {
			if b.s.lines[i].ID == r.LineID {
				l := &b.s.lines[i] // the plain line's own sources stay as they are
				l.sources = append(slices.Clip(l.sources), ranges(strings.Join(r.Sources, " "))...)
			}
		}
	}
	return nil
}

func (b *builder) rest(cfg Config) error {
	accounts, err := cfg.Accounts(b.ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		b.s.accounts[a.Name] = watch.Vendor{ID: a.VendorID, Name: b.vendors[a.VendorID]}
	}
	for _, name := range cfg.Self {
		if a, ok := Addr(name); ok {
			b.s.selfAddrs[a] = true
		} else if name != "" {
			b.s.selfNames[Name(name)] = true
		}
	}
	return nil
}

func (b *builder) asset(a asset.Asset) {
	sys := b.systems[a.SystemID]
	p := &watch.Place{Ref: "asset/" + a.ID, Name: a.Name, Kind: string(a.Kind), System: sys.Name, Class: sys.Class,
		Priority: a.Priority, Impact: cmp.Or(a.Impact, sys.Impact), VendorID: cmp.Or(a.VendorID, sys.VendorID)}
	if p.Priority == 0 {
		p.Priority = sys.Priority
	}
	p.Vendor = b.vendors[p.VendorID]
	// A name that people gave may hold the computer's name among other words.
	for _, word := range append(computerName.FindAllString(a.Name, 4), a.Name) {
		if key := Name(word); key != "" && b.s.byName[key] == nil {
			b.s.byName[key] = p
		}
	}
	for _, r := range ranges(a.Address) {
		if r.first != r.last {
			continue
		}
		if b.s.byAddr[r.first] == nil {
			b.s.byAddr[r.first] = p
		}
		b.s.own[network(r.first)] = true
	}
}

// computerName finds what may be a computer's name among other words:
// "電子カルテDB (KARTE-DB1)".
var computerName = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_-]{2,62}`)

func (b *builder) line(l asset.Line, device asset.Asset) {
	n := line{Line: watch.Line{ID: l.ID, Name: l.Name, Vendor: watch.Vendor{ID: l.VendorID, Name: b.vendors[l.VendorID]}, Sure: true},
		sources: ranges(l.Sources), dests: ranges(l.Destinations)}
	b.s.plain = append(b.s.plain, n)
	for _, r := range ranges(device.Address) {
		if r.first == r.last {
			b.s.device[r.first] = len(b.s.plain) - 1
		}
	}
}

// addrRange is a run of addresses of one family.
type addrRange struct{ first, last netip.Addr }

func within(list []addrRange, a netip.Addr) bool {
	for _, r := range list {
		if a.BitLen() == r.first.BitLen() && !a.Less(r.first) && !r.last.Less(a) {
			return true
		}
	}
	return false
}

// maxRanges bounds what one free text may hold.
const maxRanges = 200

var written = regexp.MustCompile(`[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2}|\s*[-–~〜～]\s*[0-9]{1,3}(?:\.[0-9]{1,3}){3})?|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]{2,}(?:/[0-9]{1,3})?`)

// ranges finds addresses, networks and runs of addresses in a text that people
// wrote: "給食サーバ 10.20.40.11(電子カルテ網)", "203.0.113.16/28". A network of
// everything is left out: it limits nothing.
func ranges(s string) []addrRange {
	var out []addrRange
	for _, word := range written.FindAllString(s, maxRanges) {
		if i := strings.IndexAny(word, "-–~〜～"); i >= 0 {
			first, err1 := netip.ParseAddr(strings.TrimSpace(word[:i]))
			last, err2 := netip.ParseAddr(strings.TrimLeft(word[i:], "-–~〜～ \t"))
			if err1 == nil && err2 == nil && !last.Less(first) {
				out = append(out, addrRange{first, last})
			}
			continue
		}
		if p, err := netip.ParsePrefix(word); err == nil {
			if p.Bits() > 0 {
				out = append(out, addrRange{p.Masked().Addr(), lastOf(p)})
			}
			continue
		}
		if a, err := netip.ParseAddr(word); err == nil {
			out = append(out, addrRange{a.Unmap(), a.Unmap()})
		}
	}
	return out
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b) // same length as before
	return a
}
