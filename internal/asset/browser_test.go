package asset_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

// browserHouse is a made-up hospital's register with some of everything, in a
// site that a browser can reach.
type browserHouse struct {
	g    *asset.Register
	url  string
	site *webtest.Site
	line string // ID of the line that nobody patches
}

func newBrowserHouse(t *testing.T) browserHouse {
	t.Helper()
	clock := ledgertest.NewClock()
	book := ledgertest.BookAt(t, clock)
	zone := time.FixedZone("JST", 9*3600)
	g, err := asset.New(t.Context(), asset.Config{Book: book, Clock: clock.Now, Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	h := browserHouse{g: g}
	h.fill(t)
	h.site = webtest.New(t, clock.Now, g.Module())
	h.url = browsertest.Serve(t, h.site.Server.Handler())
	return h
}

func (h *browserHouse) fill(t *testing.T) {
	t.Helper()
	ctx, who := t.Context(), ledgertest.Actor()
	id := func(id string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	meal := id(h.g.SaveVendor(ctx, who, asset.Vendor{Name: "架空フードサービス株式会社", Role: "患者給食の調理と献立システムの運用", DayContact: "佐藤 一郎 03-0000-0001"}, asset.Declared, ""))
	id(h.g.SaveVendor(ctx, who, asset.Vendor{Name: "架空ネットワーク工事", ParentID: meal, Role: "VPN装置の設置", DayContact: "鈴木 03-0000-0002"}, asset.Declared, ""))
	maker := id(h.g.SaveVendor(ctx, who, asset.Vendor{Name: "見本電子カルテ株式会社", Role: "電子カルテの保守", DayContact: "窓口 03-0000-0003", NightContact: "当番 080-0000-0003"}, asset.Declared, ""))
	id(h.g.SaveContract(ctx, who, asset.Contract{VendorID: maker, Name: "電子カルテ保守契約", StartDay: "2024-04-01", EndDay: "2026-03-31", DutySplit: asset.Yes}, asset.Declared, ""))
	chart := id(h.g.SaveSystem(ctx, who, asset.System{Name: "電子カルテ", Class: "ehr", Department: "医療情報部", VendorID: maker, Priority: 1, Impact: "全病棟・外来で記録の参照と記載が止まる", Disclosure: "2025-06-01", DiscloseEd: "MDS 5.0"}, asset.Declared, ""))
	id(h.g.SaveSystem(ctx, who, asset.System{Name: "給食管理", Class: "meals", VendorID: meal}, asset.Declared, ""))
	for i := range 24 {
		a := asset.Asset{Name: "電子カルテ端末 " + strconv.Itoa(i+1), Number: "PC-" + strconv.Itoa(1001+i), Kind: asset.PC, SystemID: chart, VendorID: maker, Place: "本館3階 東病棟 スタッフステーション", Maker: "見本電機", Model: "EX-200", OS: "Windows 10", Version: "22H2", Address: "10.20.3." + strconv.Itoa(i+10), EndOfSupport: "2025-10-14"}
		if i%3 == 0 {
			a.OS, a.Version, a.EndOfSupport = "Windows 11", "24H2", "2027-10-12"
		}
		id(h.g.SaveAsset(ctx, who, a, asset.FromFile, "端末台帳.xlsx"))
	}
	for _, l := range []asset.Line{
		{Name: "給食業者の保守回線", Kind: asset.VPN, Maker: "Fortinet", Model: "FortiGate 60E", OS: "FortiOS", Version: "5.4.8", Place: "給食棟1階 機械室", Port: "SW-K1 5番", OwnerParty: asset.ByVendor, VendorID: meal, Purpose: "献立システムの遠隔保守", Hours: asset.AlwaysOpen, RDP: asset.Yes, SourceLimit: asset.No, MFA: asset.No},
		{Name: "電子カルテの保守回線", Kind: asset.VPN, Maker: "見本ネット", Model: "VX-10", OS: "VX-OS", Version: "3.2", OwnerParty: asset.ByHospital, PatchParty: asset.ByVendor, VendorID: maker, Purpose: "障害時の遠隔対応", Hours: asset.OnDemand, SourceLimit: asset.Yes, MFA: asset.Yes},
		{Name: "オンライン資格確認", Kind: asset.Insurance, OwnerParty: asset.ByHospital, PatchParty: asset.ByHospital, Hours: asset.AlwaysOpen},
		{Name: "地域医療連携ネットワーク", Kind: asset.Region, OwnerParty: asset.ByHospital},
	} {
		saved := id(h.g.SaveLine(ctx, who, l, asset.Declared, ""))
		if h.line == "" {
			h.line = saved
		}
	}
}

func (h browserHouse) reader(lang string, width int) browsertest.Reader {
	return browsertest.Reader{Lang: lang, Width: width, Cookies: map[string]string{
		web.SessionCookie: h.site.Token(webtest.Person("asset.read", "asset.write")),
	}}
}

// TestBrowser_Pages visits each kind of page in both languages on a desk and
// on a telephone.
func TestBrowser_Pages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	h := newBrowserHouse(t)
	assets, _, err := h.g.Assets(t.Context(), asset.Filter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{
		"list": "/assets", "list-none": "/assets?q=zzz", "lines": "/lines", "vendors": "/vendors", "systems": "/systems",
		"gaps": "/assets/duties", "show": "/assets/" + assets[0].ID, "line": "/lines/" + h.line, "form": "/lines/new",
		"duties": "/lines/" + h.line + "/duties", "import": "/import", "export": "/export", "missing": "/assets/none",
	}
	for _, r := range []browsertest.Reader{h.reader("ja", 1280), h.reader("en", 1280), h.reader("ja", 390)} {
		p := b.Page(t, h.url, r)
		for name, path := range paths {
			p.Open(path).Axe().Fits().Shot("asset-" + name + "-" + r.Lang + "-" + strconv.Itoa(r.Width))
		}
	}
	p := b.Page(t, h.url, h.reader("ja", 1280))
	for _, name := range []string{"list", "lines", "line", "vendors"} {
		p.Open(paths[name]).PDF("asset-" + name)
	}
	p.Open("/lines").Vision("asset-lines")
}

// TestBrowser_RegisterLine registers a line with two clicks, first with
// mistakes, and finds it.
func TestBrowser_RegisterLine(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	h := newBrowserHouse(t)
	p := b.Page(t, h.url, h.reader("ja", 1280))
	p.Open("/lines").Within(2, func() { p.Click("外接点を登録").Click("保存") })
	p.See("入力を確認してください").Axe().Fits().Shot("asset-form-errors")
	if p.Status() != 422 {
		t.Errorf("status %d, want 422", p.Status())
	}
	if got := p.Focused(); !strings.Contains(got, "入力を確認してください") {
		t.Errorf("focus on %q, want the summary of errors", got)
	}
	p.Within(1, func() { p.Fill("名称", "検体検査の保守回線").Choose("種類", "VPN").Click("保存") })
	p.See("検体検査の保守回線").Axe().Shot("asset-saved")
}
