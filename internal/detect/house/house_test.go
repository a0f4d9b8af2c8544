package house_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/access"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/detect/house"
)

type register struct {
	assets  []asset.Asset
	lines   []asset.Line
	windows []access.Request
}

func (r register) Lines(context.Context) ([]asset.Line, error) { return r.lines, nil }
func (r register) Assets(context.Context, asset.Filter) ([]asset.Asset, int, error) {
	return r.assets, len(r.assets), nil
}
func (register) Systems(context.Context) ([]asset.System, error) {
	return []asset.System{{ID: "s1", Name: "電子カルテ", Class: "ehr", Priority: 1, Impact: "止まる", VendorID: "v1"}}, nil
}
func (register) Vendors(context.Context) ([]asset.Vendor, error) {
	return []asset.Vendor{{ID: "v1", Name: "架空カルテ"}, {ID: "v2", Name: "架空給食"}}, nil
}
func (r register) Windows(context.Context, time.Time, time.Time) ([]access.Request, error) {
	return r.windows, nil
}

func now() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }

func build(t testing.TB, r register) *house.House {
	t.Helper()
	h := house.New(house.Config{Register: r, Desk: r, Self: []string{"toride.hosp.example", "10.10.9.9"},
		Accounts: func(context.Context) ([]house.Account, error) {
			return []house.Account{{Name: "hosyu01", VendorID: "v2"}}, nil
		}})
	if _, ok := h.Place("KARTE-DB1", netip.Addr{}); ok {
		t.Error("it knows something before it was asked to look")
	}
	if err := h.Refresh(t.Context(), now()); err != nil {
		t.Fatal(err)
	}
	return h
}

func hospital() register {
	return register{
		assets: []asset.Asset{
			{ID: "k", Name: "電子カルテDB (KARTE-DB1)", Kind: asset.Server, SystemID: "s1", Address: "10.10.1.5 10.10.1.6"},
			{ID: "m", Name: "KYUSHOKU-0001", Kind: asset.Server, Address: "10.20.40.11", VendorID: "v2"},
			{ID: "f", Name: "給食VPN装置", Kind: asset.Network, Address: "10.20.40.1"},
		},
		lines: []asset.Line{
			{ID: "l1", Name: "給食事業者VPN", VendorID: "v2", AssetID: "f", Destinations: "給食サーバ 10.20.40.11(電子カルテ網と同じ区画)"},
			{ID: "l2", Name: "電子カルテ保守VPN", VendorID: "v1", Sources: "203.0.113.16/28、198.51.100.1 ～ 198.51.100.9", Destinations: "踏み台 10.10.1.20"},
			{ID: "l3", Name: "分析装置LTE", Destinations: "分析装置 10.20.50.0/27"},
		},
	}
}

func addr(s string) netip.Addr {
	a, _ := netip.ParseAddr(s)
	return a
}

func TestPlace(t *testing.T) {
	t.Parallel()
	h := build(t, hospital())
	for _, c := range [][3]string{{"karte-db1.hosp.example", "", "asset/k"}, {"KARTE-DB1", "", "asset/k"}, {"", "10.10.1.6", "asset/k"}, {"10.10.1.5", "", "asset/k"}, {"電子カルテDB (KARTE-DB1)", "", "asset/k"},
		{"kyushoku-0001", "192.0.2.1", "asset/m"}, {"nobody", "", ""}, {"", "192.0.2.1", ""}, {"", "", ""}, {"unknown", "10.20.40.11", "asset/m"}} {
		p, ok := h.Place(c[0], addr(c[1]))
		if p.Ref != c[2] || ok != (c[2] != "") {
			t.Errorf("%q %q: %+v", c[0], c[1], p)
		}
	}
	if p, _ := h.Place("KARTE-DB1", netip.Addr{}); !p.Chart() || p.Priority != 1 || p.Impact != "止まる" || p.Vendor != "架空カルテ" {
		t.Errorf("what the system says is missing: %+v", p)
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	h := build(t, hospital())
	f := func(source, dest, host, want string, sure bool) {
		t.Helper()
		l, ok := h.Line(addr(source), addr(dest), host)
		if l.ID != want || ok != (want != "") || l.Sure != sure {
			t.Errorf("%s → %s %s: %+v %t", source, dest, host, l, ok)
		}
	}
	f("203.0.113.20", "10.10.1.20", "", "l2", true)
	f("198.51.100.5", "", "", "l2", true)
	f("198.51.100.10", "", "", "", false)
	f("10.20.40.1", "10.20.40.11", "", "l1", true) // the device translates addresses
	f("172.16.9.9", "10.20.40.11", "", "l1", false)
	f("172.16.9.9", "", "KYUSHOKU-0001", "l1", false)
	f("172.16.9.9", "10.20.50.7", "", "l3", false)
	f("10.10.1.77", "10.20.40.11", "", "", false) // of a network of the hospital
	f("172.16.9.9", "10.10.1.5", "", "", false)   // no line leads there
	f("127.0.0.1", "10.20.40.11", "", "", false)
	f("", "10.20.40.11", "", "", false)
}

func TestLine_TwoThatLeadThereAreNoAnswer(t *testing.T) {
	t.Parallel()
	r := hospital()
	r.lines = append(r.lines, asset.Line{ID: "l4", Name: "もう1本", Destinations: "10.20.40.0/24"})
	h := build(t, r)
	if l, ok := h.Line(addr("172.16.9.9"), addr("10.20.40.11"), ""); ok {
		t.Errorf("%+v", l)
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	r := hospital()
	r.windows = []access.Request{{ID: "r1", Number: "2026-0001", LineID: "l1", VendorID: "v2", State: access.Approved, Sources: []string{"192.0.2.9"}, From: now(), Until: now().Add(time.Hour), Decision: &access.Decision{Yes: true}}}
	h := build(t, r)
	if w, ok := h.Window("l1", now().Add(time.Minute)); !ok || w.Number != "2026-0001" {
		t.Errorf("%+v %t", w, ok)
	}
	if _, ok := h.VendorWindow("v2", now().Add(59*time.Minute)); !ok {
		t.Error("the vendor's window is not found")
	}
	for _, at := range []time.Time{now().Add(-time.Second), now().Add(time.Hour)} {
		if _, ok := h.Window("l1", at); ok {
			t.Errorf("a window at %v", at)
		}
	}
	if _, ok := h.Window("l2", now()); ok {
		t.Error("the window of another line")
	}
	if l, ok := h.Line(addr("192.0.2.9"), netip.Addr{}, ""); !ok || l.ID != "l1" || !l.Sure {
		t.Errorf("the address of a request: %+v", l)
	}
}

func TestAccountAndOwn(t *testing.T) {
	t.Parallel()
	h := build(t, hospital())
	if v, ok := h.Account(`HOSP\HOSYU01`); !ok || v.Name != "架空給食" {
		t.Errorf("%+v", v)
	}
	if _, ok := h.Account(""); ok {
		t.Error("the empty account belongs to somebody")
	}
	if !h.Own("TORIDE", netip.Addr{}) || !h.Own("10.10.9.9", netip.Addr{}) || !h.Own("", addr("10.10.9.9")) || h.Own("other", netip.Addr{}) || h.Own("", netip.Addr{}) {
		t.Error("own")
	}
}

// counted counts how often the assets are read.
type counted struct {
	register
	reads *int
}

func (c counted) Assets(ctx context.Context, f asset.Filter) ([]asset.Asset, int, error) {
	*c.reads++
	return c.register.Assets(ctx, f)
}

func TestRefresh_ReadsTheRegisterOncePerRevision(t *testing.T) {
	t.Parallel()
	reads, revision := 0, int64(0)
	r := hospital()
	windows := &register{}
	h := house.New(house.Config{Register: counted{r, &reads}, Desk: windows, Accounts: func(context.Context) ([]house.Account, error) { return nil, nil },
		Revision: func(context.Context) (int64, error) { return revision, nil }})
	refresh := func(want int) {
		t.Helper()
		if err := h.Refresh(t.Context(), now()); err != nil || reads != want {
			t.Fatalf("%d reads, %v", reads, err)
		}
	}
	refresh(1)
	windows.windows = []access.Request{{ID: "r1", LineID: "l1", State: access.Approved, Sources: []string{"192.0.2.9"}, From: now(), Until: now().Add(time.Hour), Decision: &access.Decision{Yes: true}}}
	refresh(1) // the register is the same, the windows are read all the same
	if _, ok := h.Window("l1", now().Add(time.Minute)); !ok {
		t.Error("the window that came into reach is not found")
	}
	if l, _ := h.Line(addr("192.0.2.9"), netip.Addr{}, ""); l.ID != "l1" {
		t.Error("the address of the request does not belong to the line")
	}
	windows.windows = nil
	refresh(1)
	if l, ok := h.Line(addr("192.0.2.9"), netip.Addr{}, ""); ok {
		t.Errorf("the address of a request that is gone still belongs to %s", l.ID)
	}
	if p, _ := h.Place("KARTE-DB1", netip.Addr{}); p.Ref != "asset/k" {
		t.Error("the register is lost")
	}
	revision++
	refresh(2)
}

func TestRefresh_WithoutARevisionIsNoRefresh(t *testing.T) {
	t.Parallel()
	broken := errors.New("no revision")
	h := house.New(house.Config{Register: hospital(), Desk: hospital(), Revision: func(context.Context) (int64, error) { return 0, broken }})
	if err := h.Refresh(t.Context(), now()); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func BenchmarkRefresh(b *testing.B) {
	r := hospital()
	for i := range 3000 {
		r.assets = append(r.assets, asset.Asset{ID: fmt.Sprint(i), Name: fmt.Sprint("PC-", i), Address: fmt.Sprintf("10.30.%d.%d", i/250, i%250+1)})
	}
	h := build(b, r)
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Refresh(b.Context(), now()); err != nil {
			b.Fatal(err)
		}
	}
}
