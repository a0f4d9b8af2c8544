package house

import (
	"context"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/access"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/detect/logon"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/sigma"
)

// Register is what a House asks of the register; *asset.Register is one.
type Register interface {
	Lines(ctx context.Context) ([]asset.Line, error)
	Assets(ctx context.Context, f asset.Filter) ([]asset.Asset, int, error)
	Systems(ctx context.Context) ([]asset.System, error)
	Vendors(ctx context.Context) ([]asset.Vendor, error)
}

// Desk knows the approved windows; *access.Desk is one.
type Desk interface {
	Windows(ctx context.Context, from, until time.Time) ([]access.Request, error)
}

// Account is an account that belongs to a vendor, as a person wrote it down.
type Account struct {
	Name     string // as logon.Account gives it
	VendorID string
}

// Config is what a House is built from.
type Config struct {
	Register Register
	Desk     Desk
	Accounts func(ctx context.Context) ([]Account, error)
	// Self are names and addresses of the computer that Toride runs on.
	Self []string
	// Revision grows with every act of a person. While it stays the same the
	// register and the accounts are not read again; nil: they always are.
	Revision func(ctx context.Context) (int64, error)
}

// House answers from the last snapshot. It is safe for several goroutines.
type House struct {
	cfg Config
	now atomic.Pointer[snapshot]
}

// New makes a House that knows nothing until Refresh.
func New(cfg Config) *House {
	h := &House{cfg: cfg}
	h.now.Store(&snapshot{register: &register{revision: -1}})
	return h
}

var _ watch.House = (*House)(nil)

// windowSpan is how far from now windows are held. Entries may be late and
// uploads old; older ones than this find no window and are judged without.
const windowSpan = 40 * 24 * time.Hour

// Refresh takes a new snapshot. It costs five queries and one pass over the
// register, about 10 ms for 3,000 assets; where the revision is still that of the
// last snapshot, one query for the windows, which come into reach with time.
func (h *House) Refresh(ctx context.Context, now time.Time) error {
	b := builder{ctx: ctx, now: now}
	var revision int64
	if h.cfg.Revision != nil {
		var err error // asked before the rest is read: what is written meanwhile is read next time
		if revision, err = h.cfg.Revision(ctx); err != nil {
			return err
		}
	}
	last := h.now.Load()
	if r := last.register; h.cfg.Revision != nil && r.revision == revision {
		b.s = &snapshot{register: r}
	} else {
		b.s = &snapshot{register: &register{
			revision: revision,
			byName:   map[string]*watch.Place{}, byAddr: map[netip.Addr]*watch.Place{}, own: map[netip.Prefix]bool{},
			device: map[netip.Addr]int{}, leadsTo: map[*watch.Place][]int{}, accounts: map[string]watch.Vendor{}, selfNames: map[string]bool{}, selfAddrs: map[netip.Addr]bool{},
		}}
		if err := b.build(h.cfg); err != nil {
			return err
		}
	}
	if err := b.windows(h.cfg); err != nil {
		return err
	}
	h.now.Store(b.s)
	return nil
}

// snapshot is never changed once it is built.
type snapshot struct {
	*register
	lines   []line // those of the register, with the sources that requests add
	windows []access.Request
}

// register is what a snapshot takes over from the one before while the revision
// is the same. It is never changed once it is built.
type register struct {
	revision  int64
	byName    map[string]*watch.Place
	byAddr    map[netip.Addr]*watch.Place
	own       map[netip.Prefix]bool // /24 and /64 networks in which assets stand
	plain     []line                // lines with the sources that stand in the register
	device    map[netip.Addr]int    // address of a line's device → index in plain
	leadsTo   map[*watch.Place][]int
	accounts  map[string]watch.Vendor
	selfNames map[string]bool
	selfAddrs map[netip.Addr]bool
}

type line struct {
	watch.Line
	sources []addrRange
	dests   []addrRange
}

// Place finds an asset.
func (h *House) Place(host string, addr netip.Addr) (watch.Place, bool) {
	s := h.now.Load()
	if host != "" {
		var room [64]byte
		if p := s.byName[string(appendName(room[:0], host))]; p != nil {
			return *p, true
		}
	}
	if a, ok := Addr(host); ok {
		if p := s.byAddr[a]; p != nil {
			return *p, true
		}
	}
	if p := s.byAddr[addr]; p != nil {
		return *p, true
	}
	return watch.Place{}, false
}

// Line finds the outside line of a source.
func (h *House) Line(source, dest netip.Addr, host string) (watch.Line, bool) {
	s := h.now.Load()
	if !source.IsValid() || source.IsLoopback() {
		return watch.Line{}, false
	}
	if i, ok := s.device[source]; ok {
		return s.lines[i].Line, true
	}
	for i := range s.lines {
		if within(s.lines[i].sources, source) {
			return s.lines[i].Line, true
		}
	}
	if s.inside(source) {
		return watch.Line{}, false
	}
	if !dest.IsValid() {
		dest, _ = Addr(host)
	}
	return s.guess(dest, host)
}

// guess finds the only line that leads to the destination, an address or the
// computer of that name.
func (s *snapshot) guess(dest netip.Addr, host string) (watch.Line, bool) {
	found := -1
	for i := range s.lines {
		if dest.IsValid() && within(s.lines[i].dests, dest) {
			if found >= 0 {
				return watch.Line{}, false
			}
			found = i
		}
	}
	if found < 0 && host != "" {
		if lead := s.leadsTo[s.byName[Name(host)]]; len(lead) == 1 {
			found = lead[0]
		}
	}
	if found < 0 {
		return watch.Line{}, false
	}
	l := s.lines[found].Line
	l.Sure = false
	return l, true
}

// inside says whether assets of the register stand in the address's network.
func (s *snapshot) inside(a netip.Addr) bool { return s.own[network(a)] }

func network(a netip.Addr) netip.Prefix {
	bits := 24
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil { // the zero address
		return netip.Prefix{}
	}
	return p
}

// Window finds the approved window of a line.
func (h *House) Window(lineID string, at time.Time) (watch.Window, bool) {
	return h.now.Load().window(at, func(r *access.Request) bool { return r.LineID == lineID })
}

// VendorWindow finds an approved window of a vendor.
func (h *House) VendorWindow(vendorID string, at time.Time) (watch.Window, bool) {
	return h.now.Load().window(at, func(r *access.Request) bool { return r.VendorID == vendorID })
}

func (s *snapshot) window(at time.Time, fits func(*access.Request) bool) (watch.Window, bool) {
	for i := range s.windows {
		if r := &s.windows[i]; fits(r) && r.Covers(at) {
			return watch.Window{ID: r.ID, Number: r.Number, From: r.From, Until: r.Until}, true
		}
	}
	return watch.Window{}, false
}

// Account finds the vendor of an account.
func (h *House) Account(name string) (watch.Vendor, bool) {
	if name = logon.Account(name); name == "" {
		return watch.Vendor{}, false
	}
	v, ok := h.now.Load().accounts[name]
	return v, ok
}

// Own says whether it is Toride's own computer.
func (h *House) Own(host string, addr netip.Addr) bool {
	s := h.now.Load()
	if s.selfAddrs[addr] || host == "" {
		return s.selfAddrs[addr]
	}
	var room [64]byte
	if s.selfNames[string(appendName(room[:0], host))] {
		return true
	}
	a, ok := Addr(host)
	return ok && s.selfAddrs[a]
}

// Name is the key of a computer's name: folded, without domain. Addresses stay
// as they are.
func Name(host string) string { return string(appendName(nil, host)) }

// appendName appends the key of a name. It allocates nothing where dst has room
// and the name is ASCII: it is asked for every logon.
func appendName(dst []byte, host string) []byte {
	host = strings.TrimSuffix(strings.TrimSpace(host), ".")
	if _, ok := Addr(host); ok {
		return append(dst, host...)
	}
	if i := strings.IndexByte(host, '.'); i > 0 {
		host = host[:i]
	}
	for i := range len(host) {
		c := host[i]
		if c >= 0x80 {
			return append(dst[:len(dst)-i], sigma.Fold(host)...)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// Addr reads an address; ok is false for anything else, names too.
func Addr(s string) (netip.Addr, bool) {
	if len(s) < 2 || len(s) > 45 || strings.Trim(s, "0123456789abcdefABCDEF.:") != "" || !strings.ContainsAny(s, ".:") {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}
