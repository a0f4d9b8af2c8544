package access

import (
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, newHouse(t).desk.Module())
}

// as gives a client of the person with the rights.
func (h *house) as(w Who, perms ...web.Perm) *webtest.Client {
	p := webtest.Person(perms...)
	p.ID, p.Name, p.Vendor = w.ID, w.Name, w.Vendor
	return h.site.As(p)
}

func (h *house) clerk() *webtest.Client    { return h.as(clerk, PermRead, PermRequest, PermOperate) }
func (h *house) boss() *webtest.Client     { return h.as(boss, PermRead, PermApprove) }
func (h *house) reviewer() *webtest.Client { return h.as(reviewer, PermRead, PermReview) }
func (h *house) maker() *webtest.Client    { return h.as(maker, PermRead, PermRequest) }

func filled() url.Values {
	return url.Values{
		"line": {"line-1"}, "vendor": {"vendor-a"}, "purpose": {"月次の点検"}, "ticket": {"K-12"}, "from": {"2026-11-02T10:00"}, "until": {"2026-11-02T12:00"},
		"mode": {"remote"}, "persons": {"架空 四郎\n架空 五月"}, "patient": {"no"}, "assets": {"asset-1"}, "targets": {"予備機 10.20.0.6"},
		"services": {"tcp/3389、udp/161"}, "sources": {"192.0.2.10"}, "pc_company": {"架空給食システム"}, "pc_place": {"保守センター"}, "pc_name": {"PC-07"},
		"pc_patched": {"2026-10-20"}, "pc_antivirus": {"made-up AV"}, "pc_pattern": {"2026-11-01"}, "pc_sharing": {"dedicated"}, "pc_network": {"保守LAN"},
	}
}

// post sends a step with the version that stands in the page's form.
func post(t *testing.T, c *webtest.Client, path string, form url.Values) webtest.Page {
	t.Helper()
	page := c.Get(path)
	page.Want(t, http.StatusOK)
	_, after, ok := strings.Cut(page.Body, `name="version" value="`)
	version, _, _ := strings.Cut(after, `"`)
	if !ok {
		t.Fatalf("%s has no version", path)
	}
	form.Set("version", version)
	return c.Post(path, form)
}

// The whole way: asked by the clerk, approved by another, opened, extended,
// shut, reviewed by a third. Clicks are counted as pages that are left.
func TestJourney(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, b, r := h.clerk(), h.boss(), h.reviewer()
	c.Get("/access").Want(t, 200, "いま開いている回線(0件)", "常時開放の回線(1件)", "検査LTE")
	c.Get("/access/new").Want(t, 200, "給食VPN", "/access/new?line=line-1")
	c.Get("/access/new?line=line-1").Want(t, 200, "FortiGate 60E", "給食サーバ 10.20.0.5", "最長 8 時間")
	show := c.Post("/access/new", filled()).Want(t, 303).Location()
	page := c.Get(show).Want(t, 200, "2026-0001", "承認待ち", "給食サーバ (10.20.0.5)", "予備機 (10.20.0.6)", "tcp/3389 udp/161", "架空 四郎、架空 五月")
	page.Lacks(t, show+"/approve", show+"/open")
	c.Get(show+"/approve").Want(t, 403)

	b.Get("/access").Want(t, 200, "承認待ち(1件)")
	b.Get(show).Want(t, 200, show+"/approve", "FortiGate のインタフェースが決まっていない")
	b.Get(show+"/approve").Want(t, 200, "開けることを承認します", "まだ回線は開きません")
	if to := post(t, b, show+"/approve", url.Values{"reason": {"予定の作業"}}).Want(t, 303).Location(); to != show {
		t.Errorf("leads to %s", to)
	}
	b.Get("/access").Want(t, 200, "これからの作業(1件)")

	c.Post("/access/lines/line-1", url.Values{"src_intf": {"wan1"}, "dst_intf": {"internal"}}).Want(t, 303)
	c.Get(show+"/instruction").Want(t, 200, "set srcintf &#34;wan1&#34;", "set end 12:00 2026/11/02", "delete 2026000001", "090-0000-0001")
	c.Get(show+"/instruction").Lacks(t, "<details>") // is printed the day before
	c.Get(show+"/open").Want(t, 409)                 // too early
	h.clock.Set(at(10, 0))
	c.Get(show).Want(t, 200, show+"/open")
	post(t, c, show+"/open", url.Values{"how": {"fortios"}, "called": {"yes"}}).Want(t, 422, "入力してください") // not confirmed
	post(t, c, show+"/open", url.Values{"how": {"fortios"}, "called": {"yes"}, "done": {"yes"}}).Want(t, 303)
	c.Get("/access").Want(t, 200, "いま開いている回線(1件)", "開放中")

	m := h.maker()
	post(t, m, show+"/extend", url.Values{"until": {"2026-11-02T13:00"}, "reason": {"更新が長引いた"}}).Want(t, 303)
	post(t, b, show+"/lengthen", url.Values{}).Want(t, 303)
	c.Get(show+"/instruction").Want(t, 200, "延長が承認されたとき", "set end 13:00 2026/11/02")

	h.clock.Set(at(13, 40))
	c.Get("/access").Want(t, 200, "閉鎖の期限超過", "▲")
	post(t, c, show+"/close", url.Values{"done": {"yes"}}).Want(t, 303)
	c.Get(show).Want(t, 200, "事後確認待ち", "期限を過ぎてからの閉鎖")

	h.as(boss, PermRead, PermReview).Get(show+"/review").Want(t, 403)
	r.Get(show+"/review").Want(t, 200, "通信記録(アクセスログ)を集めましたか")
	answers := url.Values{"result": {"planned"}, "log": {"yes"}, "plan": {"yes"}, "personal": {"no"}, "other": {"no"}, "accounts": {"yes"}}
	post(t, r, show+"/review", answers).Want(t, 422, "答えていない問い")
	answers.Set("shut", "yes")
	post(t, r, show+"/review", answers).Want(t, 303)
	c.Get(show).Want(t, 200, "確認済み・予定どおり", "延長の承認", "点検 三郎")
	c.Get("/access").Want(t, 200, "いま開いている回線(0件)", "事後確認待ち(0件)")
	c.Get("/access/requests?state=reviewed").Want(t, 200, "2026-0001")
	c.Get("/access/requests?state=asked").Want(t, 200, "条件に合う申請はありません")
}

func TestPages_English(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.open(t)
	c := h.clerk().In(text.EN)
	show := requestURL(r.ID, "")
	c.Get("/access").Want(t, 200, "Open now (1)", "Lines open day and night (1)")
	c.Get(show).Want(t, 200, "Request 2026-0001", "Mon 2 Nov 2026 10:00", "Declared by the vendor")
	c.Get(show+"/instruction").Want(t, 200, "How to open and shut", "no commands")
	c.Get(show+"/close").Want(t, 200, "see that it is shut")
	c.Get("/access/calendar?month=2026-11").Want(t, 200, "Maintenance access, November 2026", "10:00–12:00")
	c.Get("/access/vendors?month=2026-11").Want(t, 200, "Vendors, November 2026")
	c.Get("/access/vendors/vendor-a?month=2026-11").Want(t, 200, "Requests whose window begins in this month")
	c.Get("/access/lines/line-2").Want(t, 200, "How to open: CT保守回線", "No photograph")
	c.Get("/access/requests/none").Want(t, 404, "no such request")
	h.reviewer().In(text.EN).Get(show+"/review").Want(t, 409, "not shut yet")
}

// Every page of a request and of the hospital's own ways, asked by another
// vendor's person, an unbound vendor's account, and nobody.
func TestVendor_Separation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.open(t)
	unboundPerson := webtest.Person(PermRead, PermRequest, PermApprove, PermOperate, PermReview)
	unboundPerson.ID, unboundPerson.Roles = "person/unbound", []string{"vendor"}
	everything := []web.Perm{PermRead, PermRequest, PermApprove, PermOperate, PermReview}
	outsiders := map[string]*webtest.Client{
		"stranger": h.as(stranger, everything...), "unbound": h.site.As(unboundPerson),
	}
	for name, c := range outsiders {
		for _, route := range h.desk.Module().Routes {
			method, path, _ := strings.Cut(route.Pattern, " ")
			if !strings.Contains(path, "{id}") {
				continue
			}
			id := r.ID
			switch {
			case strings.HasPrefix(path, "/access/lines"):
				id = "line-1"
			case strings.HasPrefix(path, "/access/vendors"):
				id = "vendor-a"
			}
			path = strings.ReplaceAll(path, "{id}", id)
			page := c.Get(path)
			if method == http.MethodPost {
				page = c.Post(path, url.Values{"version": {strconv.Itoa(r.Version)}, "reason": {"x"}, "done": {"yes"}, "called": {"yes"}, "how": {"plug"}})
			}
			switch page.Status {
			case http.StatusNotFound, http.StatusForbidden, http.StatusUnprocessableEntity:
			default:
				t.Errorf("%s %s as %s: %d", method, path, name, page.Status)
			}
			page.Lacks(t, "架空給食システム", "月次の点検", "10.20.0.5", "CT室")
		}
		c.Get("/access").Want(t, 200).Lacks(t, r.Number, "検査LTE", "給食VPN")
		c.Get("/access/requests").Want(t, 200).Lacks(t, r.Number)
		c.Get("/access/requests?vendor=vendor-a").Want(t, 200).Lacks(t, r.Number)
		c.Get("/access/calendar?month=2026-11").Want(t, 200).Lacks(t, "給食VPN")
		c.Get("/access/new?copy="+r.ID).Want(t, 404)
		c.Get("/access/new?line=line-1").Want(t, 404)
		c.Post("/access/new", filled()).Want(t, 404)
	}
	if got, err := h.desk.Request(t.Context(), r.ID); err != nil || got.Version != r.Version {
		t.Errorf("somebody else's vendor changed it: version %d, %v", got.Version, err)
	}
	if h.ledgerLines(t, "access.foreign") == 0 {
		t.Error("no line in the ledger")
	}
	for _, c := range outsiders {
		for range 50 {
			c.Get("/access/requests/"+r.ID).Want(t, 404)
		}
	}
	if n := h.ledgerLines(t, "access.foreign"); n > 20*len(outsiders) {
		t.Errorf("%d lines: a script fills the ledger", n)
	}
}

// A vendor's person with every right, on its own request: may ask, extend and
// withdraw, and sees nothing of the hospital's own ways.
func TestVendor_OwnRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.as(maker, PermRead, PermRequest, PermApprove, PermOperate, PermReview)
	c.Get("/access/new").Want(t, 200, "給食VPN").Lacks(t, "CT保守回線", "検査LTE")
	form := filled()
	form.Set("vendor", "vendor-b") // forged: the account decides
	show := c.Post("/access/new", form).Want(t, 303).Location()
	c.Get(show).Want(t, 200, "架空給食システム", show+"/cancel", show+"/change").Lacks(t, show+"/approve", show+"/open", "instruction", "承認の前に")
	for _, page := range []string{"/approve", "/refuse", "/open", "/close", "/instruction", "/review"} {
		if got := c.Get(show + page).Status; got != 403 && got != 409 {
			t.Errorf("%s: %d", page, got)
		}
	}
	c.Post(show+"/approve", url.Values{"version": {"1"}}).Want(t, 403)
	post(t, h.boss(), show+"/approve", url.Values{"reason": {"内部メモ"}}).Want(t, 303)
	c.Get(show).Want(t, 200, "承認").Lacks(t, boss.Name)
	c.Get("/access/vendors").Want(t, 303)
	c.Get("/access/vendors/vendor-a?month=2026-11").Want(t, 200, "2026-0001")
	post(t, c, show+"/cancel", url.Values{"reason": {"延期"}}).Want(t, 303)
	post(t, c, show+"/undo", url.Values{}).Want(t, 303)
	c.Get(show).Want(t, 200, "承認待ち")
}

// A sub-contractor may ask for the line of the vendor whose work it does.
func TestVendor_SubContractor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.as(Who{ID: "person/sub", Name: "下請 六月", Vendor: "vendor-c"}, PermRead, PermRequest)
	show := c.Post("/access/new", filled()).Want(t, 303).Location()
	c.Get(show).Want(t, 200, "架空下請サービス")
	h.maker().Get(show).Want(t, 404)
}

// Role by role: who lacks the right of a route is refused by the shell.
func TestRoles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.open(t)
	all := []web.Perm{PermRead, PermRequest, PermApprove, PermOperate, PermReview}
	for _, route := range h.desk.Module().Routes {
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = strings.ReplaceAll(path, "{id}", r.ID)
		var others []web.Perm
		for _, p := range all {
			if p != route.Perm {
				others = append(others, p)
			}
		}
		c := h.as(reviewer, others...)
		page := c.Get(path)
		if method == http.MethodPost {
			page = c.Post(path, url.Values{})
		}
		if page.Status != http.StatusForbidden {
			t.Errorf("%s without %s: %d", route.Pattern, route.Perm, page.Status)
		}
	}
}

func TestForm_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.clerk()
	f := func(field, value string, words ...string) {
		t.Helper()
		form := filled()
		form.Set(field, value)
		c.Post("/access/new", form).Want(t, 422, append(words, "予備機 10.20.0.6")...)
	}
	f("until", "2026-11-02T19:00", "長すぎます")
	f("from", "2026-11-02T08:00", "開始が過去です")
	f("services", "all", "ポートとして読めません: all")
	f("sources", "0.0.0.0/0", "IPv4アドレスとして読めません")
	f("persons", "", "入力してください")
	f("vendor", "vendor-x", "選択肢の中から")
	f("pc_place", "", "設置場所と名前がありません")
	f("purpose", strings.Repeat("あ", MaxText+1), "字までにしてください")
	if _, n, err := h.desk.Find(t.Context(), Find{}); n != 0 || err != nil {
		t.Errorf("%d stored, %v", n, err)
	}
}

func TestPage_EscapesWhatPeopleType(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := filled()
	form.Set("purpose", `<script>alert("x")</script>`)
	form.Set("targets", `"><img src=x onerror=y>`)
	show := h.clerk().Post("/access/new", form).Want(t, 303).Location()
	for _, path := range []string{show, "/access", "/access/requests", show + "/instruction"} {
		h.clerk().Get(path).Want(t, 200).Lacks(t, "<script>alert", "<img src=x")
	}
}

func TestAct_SecondPersonIsTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.ask(t, nil)
	show := requestURL(r.ID, "")
	form := url.Values{"version": {"1"}}
	h.boss().Post(show+"/approve", form).Want(t, 303)
	other := h.as(reviewer, PermRead, PermApprove)
	other.Post(show+"/approve", form).Want(t, 409, boss.Name, "先に別の操作")
	other.Post(show+"/refuse", url.Values{"version": {"1"}, "reason": {"x"}}).Want(t, 409, boss.Name)
	other.Get(show+"/approve").Want(t, 409)
}

func TestAct_ClockSetBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.ask(t, nil)
	show := requestURL(r.ID, "")
	h.clock.Set(at(8, 30))
	h.boss().Post(show+"/approve", url.Values{"version": {"1"}}).Want(t, 409, "時計")
	h.clock.Set(at(9, 30))
	h.boss().Post(show+"/approve", url.Values{"version": {"1"}}).Want(t, 303)
	h.clock.Set(at(10, 0))
	c := h.clerk()
	post(t, c, show+"/open", url.Values{"how": {"plug"}, "called": {"yes"}, "done": {"yes"}}).Want(t, 303)
	h.clock.Set(at(7, 0))
	post(t, c, show+"/close", url.Values{"done": {"yes"}}).Want(t, 303) // a closing is always recorded
	c.Get(show).Want(t, 200, "時計が戻っています")
}

func TestEmergency(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := filled()
	form.Set("emergency", "yes")
	form.Set("from", "2026-11-02T09:00")
	show := h.clerk().Post("/access/new", form).Want(t, 303).Location()
	c := h.clerk()
	post(t, c, show+"/open", url.Values{"how": {"plug"}, "called": {"yes"}, "done": {"yes"}}).Want(t, 303)
	c.Get("/access").Want(t, 200, "緊急・事後承認待ち", "承認待ち(1件)")
	h.boss().Get(show+"/approve").Want(t, 200, "事後承認します")
	post(t, h.boss(), show+"/approve", url.Values{}).Want(t, 303)
	c.Get(show).Want(t, 200, "事後承認", "緊急")
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask(t, func(r *Request) { r.From, r.Until = at(22, 0), at(22, 0).Add(4*time.Hour) })
	page := h.clerk().Get("/access/calendar").Want(t, 200, "2026年11月", "22:00–24:00", "00:00–02:00", "?month=2026-10", "?month=2026-12", "今日")
	if n := strings.Count(page.Body, `class="day"`); n != 35 {
		t.Errorf("%d days in November 2026, want 35", n)
	}
	h.clerk().Get("/access/calendar?month=2026-12").Want(t, 200, "この月の作業は記録されていません")
	h.clerk().Get("/access/calendar?month=x';--").Want(t, 200, "2026年11月")
}

func TestMonth_CSV(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.open(t)
	h.clock.Set(at(12, 45))
	if _, err := h.desk.Close(t.Context(), by(clerk), Ref{ID: r.ID}, ""); err != nil {
		t.Fatal(err)
	}
	h.ask(t, func(r *Request) { r.Purpose, r.From, r.Until = "=HYPERLINK(1)", at(15, 0), at(16, 0) })
	h.clerk().Get("/access/vendors/vendor-a?month=2026-11").Want(t, 200, "2:45", "2:00", "遅れ")
	csv := h.clerk().Get("/access/vendors/vendor-a/month.csv?month=2026-11").Want(t, 200, "\ufeff番号", "2026-0001", "2026-11-02 12:45", "2:45")
	if strings.Contains(csv.Body, ",=HYPERLINK") || !strings.Contains(csv.Body, "HYPERLINK") {
		t.Errorf("a cell would run as a formula: %s", csv.Body)
	}
	if got := csv.Header.Get("Content-Disposition"); !strings.Contains(got, "access-2026-11.csv") {
		t.Errorf("file name %q", got)
	}
	h.clerk().Get("/access/vendors?month=2026-11").Want(t, 200, "架空給食システム", "2:45")
}

func TestLine_CardAndPhoto(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.clerk()
	c.Get("/access/lines/line-2/photo").Want(t, 404)
	c.Upload("/access/lines/line-2/photo", nil, "photo", "../../etc/x.png", picture(t, 60, 40)).Want(t, 303)
	c.Get("/access/lines/line-2").Want(t, 200, `src="/access/lines/line-2/photo"`, clerk.Name)
	img := c.Get("/access/lines/line-2/photo").Want(t, 200)
	if img.Header.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(img.Body, "\xff\xd8") {
		t.Errorf("%s", img.Header.Get("Content-Type"))
	}
	c.Upload("/access/lines/line-2/photo", nil, "photo", "x.png", []byte("<html>")).Want(t, 422, "PNG でも JPEG でもない")
	c.Upload("/access/lines/line-2/photo", nil, "photo", "x.png", make([]byte, MaxPhoto+1)).Want(t, 413)
	c.Upload("/access/lines/line-2/photo", nil, "photo", "x.png", make([]byte, MaxPhoto+2<<20)).Want(t, 413)
	c.Upload("/access/lines/none/photo", nil, "photo", "x.png", picture(t, 6, 4)).Want(t, 404)
	c.Post("/access/lines/line-2/photo/delete", nil).Want(t, 303)
	c.Get("/access/lines/line-2/photo").Want(t, 404)

	c.Post("/access/lines/line-2", url.Values{"plugger": {"放射線科 当直"}, "unplugger": {"防災センター"}}).Want(t, 303)
	c.Get("/access/lines/line-2").Want(t, 200, "防災センター")
	c.Post("/access/lines/line-2", url.Values{"plugger": {"別の人"}}).Want(t, 409, "内容が変わっています")
	c.Post("/access/lines/line-1", url.Values{"src_intf": {`wan1" end`}}).Want(t, 422, "FortiGate の名前として使えません")
	form := filled()
	form.Set("line", "line-2")
	show := c.Post("/access/new", form).Want(t, 303).Location()
	c.Get(show+"/instruction").Want(t, 200, "□", "抜く人: 防災センター", "本館1階 CT室", "この手順で開けないでください")
}

func TestReview_IncidentLeadsOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.open(t)
	h.clock.Set(at(11, 0))
	if _, err := h.desk.Close(t.Context(), by(clerk), Ref{ID: r.ID}, ""); err != nil {
		t.Fatal(err)
	}
	show := requestURL(r.ID, "")
	c := h.reviewer()
	post(t, c, show+"/review", url.Values{"result": {"incident"}}).Want(t, 422, "理由がありません")
	post(t, c, show+"/review", url.Values{"result": {"incident"}, "note": {"申請にない接続 192.0.2.77"}}).Want(t, 303)
	c.Get(show).Want(t, 200, "確認済み・事案").Lacks(t, "/incident/declare") // has no right to declare
	page := h.as(reviewer, PermRead, "incident.write").Get(show).Want(t, 200, "/incident/declare?", "確認済み・事案")
	_, after, _ := strings.Cut(page.Body, "/incident/declare?")
	query, _, _ := strings.Cut(after, `"`)
	q, err := url.ParseQuery(html.UnescapeString(query))
	if err != nil || !strings.Contains(q.Get("noticed"), "192.0.2.77") || q.Get("from") != show {
		t.Errorf("%v %v", q, err)
	}
}
