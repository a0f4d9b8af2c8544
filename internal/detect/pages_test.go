package detect_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func (h *house) site() *webtest.Site {
	h.t.Helper()
	s := webtest.New(h.t, h.clock.Now, h.Module())
	if err := s.Catalog.Add(rulepack.Texts()); err != nil {
		h.t.Fatal(err)
	}
	return s
}

func analyst() web.Person {
	return webtest.Person(detect.PermRead, detect.PermWrite, detect.PermRules, "incident.write")
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, newHouse(t).Module())
}

func TestPages_TheNightOnATelephone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site().As(analyst())
	c.Get("/alerts").Want(t, 200, "まだログが1件も届いていません")
	h.night()
	c.Get("/alerts").Want(t, 200, "S-1", "給食事業者VPNから給食サーバ (KYUSHOKU-0001)への、承認を確認できない遠隔接続", "重大 5", "未対応", `topic="detect"`)
	page := c.Get("/alerts/stories/"+h.storyID(1)).Want(t, 200, "対応を引き受ける", "まずすること", "外接点の事業者に電話し", "給食事業者VPNを通って192.0.2.7から給食サーバ (KYUSHOKU-0001)へ、承認した時間枠のない遠隔接続がありました(利用者 administrator)",
		"給食サーバ (KYUSHOKU-0001)でウイルス対策ソフトが止められました", "給食サーバ (KYUSHOKU-0001)から6個のIDが試されました(user0, user1, user2, user3, user4, user5)", "外来・入院とも記録と参照ができない", "<svg", "/alerts/one/", "A12", "事案にする")
	if first, button := strings.Index(page.Body, "まずすること"), strings.Index(page.Body, "何が起きたか"); first > button || first < 0 {
		t.Error("what to do first does not stand first")
	}
	c.In(text.EN).Get("/alerts/stories/"+h.storyID(1)).Want(t, 200, "I take this on", "without an approved window").Lacks(t, "承認を確認")
	c.Post("/alerts/stories/"+h.storyID(1)+"/ack", nil).Want(t, 303)
	c.Get("/alerts/stories/"+h.storyID(1)).Want(t, 200, "対応中", "試験 太郎").Lacks(t, "対応を引き受ける")
	c.Post("/alerts/stories/"+h.storyID(1)+"/ack", nil).Want(t, 409, "引き受けています")
	to := c.Post("/alerts/stories/"+h.storyID(1)+"/incident", nil).Want(t, 303)
	if to.Location() != "/incident/i1" {
		t.Errorf("led to %s", to.Location())
	}
	c.Get("/alerts/stories/"+h.storyID(1)).Want(t, 200, "事案を開く").Lacks(t, "事案にする")
	c.Get("/alerts/stories/"+h.storyID(1)+"/close").Want(t, 200, "正当な操作だった")
	c.Post("/alerts/stories/"+h.storyID(1)+"/close", url.Values{"result": {"true"}}).Want(t, 422, "必須")
	c.Post("/alerts/stories/"+h.storyID(1)+"/close", url.Values{"result": {"true"}, "reason": {"訓練で確かめた"}}).Want(t, 303)
	c.Get("/alerts/stories/"+h.storyID(1)).Want(t, 200, "攻撃・不正だった", "訓練で確かめた")
	c.Get("/alerts?show=closed").Want(t, 200, "S-1")
	c.Get("/alerts?show=open").Want(t, 200).Lacks(t, "S-1")
	c.Get("/alerts/stories/none").Want(t, 404, "見つかりません")
}

func TestPages_AlertToException(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 3 {
		h.take(process("PC-1", "backupuser", "vssadmin.exe delete shadows /oldest"))
	}
	h.take(process("PC-2", "backupuser", "vssadmin.exe delete shadows /oldest"))
	c := h.site().As(analyst())
	c.Get("/alerts/all?q=backupuser&level=high").Want(t, 200, "復元用データの削除", "3")
	c.Get("/alerts/all?q=nobody").Want(t, 200, "条件に合うものはありません")
	alert := "/alerts/one/" + h.alertID(1)
	c.Get(alert).Want(t, 200, "PC-1", "backupuser", `href="/log/event/1-1-0"`, `href="/log/event/1-3-0"`, "電話する", "例外にする")
	c.Get(alert+"/except").Want(t, 200, "PC-1のID backupuserだけ — 過去30日なら検知3回、警報1件が隠れていました", "ID backupuser(すべてのコンピューター) — 過去30日なら検知4回、警報2件")
	c.Post(alert+"/except", url.Values{"scope": {"both"}, "days": {"91"}, "reason": {"毎晩の処理"}}).Want(t, 422, "90")
	c.Post(alert+"/except", url.Values{"scope": {"all"}, "days": {"30"}, "reason": {"毎晩の処理"}}).Want(t, 422)
	c.Post(alert+"/except", url.Values{"scope": {"both"}, "days": {"30"}, "reason": {""}}).Want(t, 422, "必須")
	c.Post(alert+"/except", url.Values{"scope": {"both"}, "days": {"30"}, "reason": {"毎晩の処理"}}).Want(t, 303)
	h.clock.Add(2 * time.Hour)
	h.take(process("PC-1", "backupuser", "vssadmin.exe delete shadows /oldest"))
	h.take(process("PC-2", "backupuser", "vssadmin.exe delete shadows /oldest"))
	if got := h.alerts(); len(got) != 3 || !strings.Contains(got[2], "pc-2") {
		t.Errorf("%v", got)
	}
	c.Get("/alerts/exceptions").Want(t, 200, "毎晩の処理", "有効", "PC-1のID backupuserだけ", ">1<")
	h.clock.Add(31 * 24 * time.Hour)
	h.take(process("PC-1", "backupuser", "vssadmin.exe delete shadows /oldest"))
	if got := h.alerts(); len(got) != 4 {
		t.Errorf("an exception hides beyond its time: %v", got)
	}
	c.Get("/alerts/exceptions").Want(t, 200, "期限切れ")
	todos, err := h.Todos(t.Context(), analyst())
	if err != nil || !strings.Contains(fmt.Sprint(todos), "detect.todo.except") {
		t.Errorf("%+v %v", todos, err)
	}
	id := h.one("SELECT id FROM detect_exception")
	c.Get("/alerts/exceptions/"+id+"/renew").Want(t, 200, "1回の検知を隠しています")
	c.Post("/alerts/exceptions/"+id+"/renew", url.Values{"days": {"10"}, "reason": {"来月まで"}}).Want(t, 303)
	c.Get("/alerts/exceptions").Want(t, 200, "有効", "来月まで")
	c.Post("/alerts/exceptions/"+id+"/end", nil).Want(t, 303)
	c.Post("/alerts/exceptions/"+id+"/end", nil).Want(t, 409)
	c.Get("/alerts/exceptions?show=all").Want(t, 200, "終了(試験 太郎)")
	lines, n, err := h.book.Entries(t.Context(), ledger.Filter{Action: "detect.except", Limit: 10})
	if err != nil || n != 3 || !strings.Contains(string(lines[2].Detail), "毎晩の処理") {
		t.Errorf("%d lines %v %v", n, lines, err)
	}
}

func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sigmaRule(id, title, level, detection string) string {
	return "title: " + title + "\nid: " + id + "\nlevel: " + level + "\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {" + detection + "}, condition: s}\n"
}

const (
	foreign1 = "10000000-0000-4000-8000-000000000001"
	foreign2 = "10000000-0000-4000-8000-000000000002"
)

// install adds a pack through the pages and gives the address of its plan.
func install(t *testing.T, c *webtest.Client, version string, files ...string) string {
	t.Helper()
	staged := c.Upload("/alerts/packs/add", url.Values{"name": {"others"}, "version": {version}, "licence": {"DRL 1.1"}}, "file", "rules.zip", zipped(t, files...)).Want(t, 303)
	plan := staged.Location()
	c.Post(strings.TrimSuffix(plan, "/plan")+"/install", nil).Want(t, 303)
	return plan
}

func TestPages_PackFromFileToSwitchedOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site().As(analyst())
	c.Get("/alerts/packs").Want(t, 200, "砦に付属")
	broken := c.Upload("/alerts/packs/add", url.Values{"name": {"others"}, "version": {"1"}}, "file", "x.zip", zipped(t, "a.yml", sigmaRule(foreign1, "net user", "medium", "CommandLine|contains: 'net user'"), "b.yml", "title: [")).Want(t, 422, "b.yml", "YAMLとして読めません", "いま使っているルールはそのままです")
	if broken.Status == 303 || len(h.alerts()) != 0 {
		t.Error("half a pack was taken")
	}
	c.Upload("/alerts/packs/add", url.Values{"name": {"others"}, "version": {"1"}}, "file", "x.zip", []byte("PK")).Want(t, 422, "ZIPファイルとして読めません")
	c.Upload("/alerts/packs/add", url.Values{"name": {"toride"}, "version": {"1"}}, "file", "x.zip", zipped(t, "a.yml", sigmaRule(foreign1, "x", "medium", "CommandLine: x"))).Want(t, 409, "付属")

	staged := c.Upload("/alerts/packs/add", url.Values{"name": {"others"}, "version": {"1"}, "licence": {"DRL 1.1"}}, "file", "rules.zip", zipped(t, "a.yml", sigmaRule(foreign1, "net user", "medium", "CommandLine|contains: 'net user'"),
		"b.yml", sigmaRule(foreign2, "bad", "medium", "CommandLine|sounds: 'x'"))).Want(t, 303)
	c.Get(staged.Location()).Want(t, 200, "新しい1件、変わる0件、なくなる0件", "net user", "使えないルール 1件", "知らない修飾子", "b.yml")
	h.take(process("PC-1", "tanaka", "cmd.exe /c net user x"))
	c.Post(strings.TrimSuffix(staged.Location(), "/plan")+"/install", nil).Want(t, 303)
	c.Post(strings.TrimSuffix(staged.Location(), "/plan")+"/install", nil).Want(t, 409)
	for range 4 {
		h.take(process("PC-1", "tanaka", "cmd.exe /c net user x"))
	}
	if got := h.alerts(); len(got) != 0 {
		t.Errorf("a rule that nobody switched on makes alerts: %v", got)
	}
	h.clock.Add(time.Minute)
	h.take(process("PC-1", "tanaka", "whoami.exe"))
	rule := "/alerts/rules/others/" + foreign1
	c.Get(rule).Want(t, 200, "30日間に4回該当しました", "初めからオフ", "オンにする", "検知できる")
	c.Get("/alerts/rules?q=net+user&on=off").Want(t, 200, "net user", "others")
	c.Get("/alerts/levels/others/medium").Want(t, 200, "1件のうち0件がオン", "30日間に4回", "net user")
	c.Post(rule+"/switch", url.Values{"to": {"on"}}).Want(t, 303)
	h.take(process("PC-1", "tanaka", "cmd.exe /c net user x"))
	if got := h.alerts(); len(got) != 2 || !strings.Contains(got[1], "others/"+foreign1) {
		t.Errorf("%v", got)
	}
	c.Post(rule+"/switch", url.Values{"to": {"back"}}).Want(t, 303)
	c.Post("/alerts/levels/others/medium/switch", url.Values{"to": {"on"}}).Want(t, 303)
	c.Get(rule).Want(t, 200, "重大度ごとの設定")
	c.Post("/alerts/levels/others/medium/switch", url.Values{"to": {"sideways"}}).Want(t, 422)
	c.Get("/alerts/levels/others/critical").Want(t, 404)
}

func TestPages_PackUpdateBackAndRemoved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site().As(analyst())
	install(t, c, "1", "a.yml", sigmaRule(foreign1, "first", "medium", "CommandLine|contains: aaa"), "b.yml", sigmaRule(foreign2, "second", "medium", "CommandLine|contains: bbb"))
	c.Post("/alerts/levels/others/medium/switch", url.Values{"to": {"on"}}).Want(t, 303)
	plan := install(t, c, "2", "a.yml", sigmaRule(foreign1, "first changed", "medium", "CommandLine|contains: ccc"))
	c.Get(plan).Want(t, 409)
	h.take(process("PC-1", "x", "cmd.exe ccc"))
	h.take(process("PC-1", "x", "cmd.exe bbb"))
	if got := h.alerts(); len(got) != 1 {
		t.Fatalf("%v", got)
	}
	c.Get("/alerts/packs").Want(t, 200, "前の版", "この版に戻す")
	c.Post("/alerts/packs/"+h.one("SELECT id FROM detect_pack WHERE state = 'before'")+"/back", nil).Want(t, 303)
	h.take(process("PC-1", "x", "cmd.exe bbb"))
	if got := h.alerts(); len(got) != 2 || !strings.Contains(got[1], foreign2) {
		t.Errorf("after going back: %v", got)
	}
	h.open() // the same after a restart
	if h.Rule("others/"+foreign2) == nil || !h.Rule("others/"+foreign2).On {
		t.Error("pack or switch is lost with a restart")
	}
	c = h.site().As(analyst())
	c.Post("/alerts/packs/others/remove", nil).Want(t, 303)
	c.Post("/alerts/packs/others/remove", nil).Want(t, 404)
	c.Post("/alerts/packs/toride/remove", nil).Want(t, 409)
	c.Get("/alerts/rules/others/"+foreign2).Want(t, 404)
	c.Get("/alerts/one/"+h.alertID(2)).Want(t, 200, "second") // its words stay
}

func TestPages_Coverage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site().As(analyst())
	c.Get("/alerts/coverage").Want(t, 200, "まだログが届いていません", "ログがなく、分からない", "Winlogbeat", "config log syslogd setting")
	h.take(rdp("KARTE-DB1", "tanaka", "10.10.1.50"))
	h.clock.Add(2 * time.Minute)
	page := c.Get("/alerts/coverage").Want(t, 200, "いまのログでは気づけない", "気づける見込み", "windows.security", "プロセス作成の監査", "auditpol /set /subcategory:{0CCE922B", "学習中")
	if strings.Contains(page.Body, `id="windows-logon"`) {
		t.Error("a setting that is on is still asked for")
	}
	c.In(text.EN).Get("/alerts/coverage").Want(t, 200, "Audit Process Creation", "Group Policy")
}

func TestPages_VendorAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site().As(analyst())
	c.Post("/alerts/accounts", url.Values{"name": {`HOSP\Hosyu01`}, "vendor": {"v1"}, "note": {"給食の保守"}}).Want(t, 303)
	c.Post("/alerts/accounts", url.Values{"name": {"SYSTEM"}, "vendor": {"v1"}}).Want(t, 422, "ID として読めません")
	c.Post("/alerts/accounts", url.Values{"name": {"x"}, "vendor": {"nobody"}}).Want(t, 422)
	c.Get("/alerts/accounts").Want(t, 200, "hosyu01", "架空給食サービス", "給食の保守")
	h.clock.Add(time.Minute)
	h.take(rdp("PC-1", "hosyu01", "10.10.30.5"))
	if got := h.alerts(); len(got) != 1 || !strings.Contains(got[0], "watch/vendoraccount.no-window") {
		t.Errorf("%v", got)
	}
	c.Post("/alerts/accounts/hosyu01/remove", nil).Want(t, 303)
	c.Post("/alerts/accounts/hosyu01/remove", nil).Want(t, 404)
}

func TestPages_Export(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(process("＝cmd|calc", "tanaka", "vssadmin delete shadows"))
	c := h.site().As(webtest.Person(detect.PermRead))
	csv := c.Post("/alerts/export", url.Values{"format": {"csv"}}).Want(t, 200, "\xef\xbb\xbf番号", "'＝cmd|calc", "復元用データの削除")
	if !strings.Contains(csv.Header.Get("Content-Disposition"), ".csv") {
		t.Error(csv.Header)
	}
	c.Post("/alerts/export", url.Values{"format": {"json"}, "state": {"new"}}).Want(t, 200, `"level":"high"`, `"story":1`, `"ref":"toride/`)
	if body := c.Post("/alerts/export", url.Values{"state": {"closed"}}).Want(t, 200).Body; body != "" {
		t.Errorf("%q", body)
	}
	if _, n, err := h.book.Entries(t.Context(), ledger.Filter{Action: "detect.export", Limit: 10}); err != nil || n != 3 {
		t.Errorf("%d lines %v", n, err)
	}
}

func TestPages_Rights(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.night()
	site := h.site()
	reader, nobody := site.As(webtest.Person(detect.PermRead)), site.As(webtest.Person("asset.read"))
	story, alert := "/alerts/stories/"+h.storyID(1), "/alerts/one/"+h.alertID(1)
	for _, path := range []string{"/alerts", "/alerts/all", story, alert, "/alerts/rules", "/alerts/packs", "/alerts/exceptions", "/alerts/coverage", "/alerts/accounts"} {
		nobody.Get(path).Want(t, 403)
		reader.Get(path).Want(t, 200).Lacks(t, "対応を引き受ける", "事案にする", `action="/alerts/accounts"`, "パックを読み込む")
	}
	for _, path := range []string{story + "/ack", story + "/close", story + "/incident", alert + "/ack", alert + "/close", alert + "/except", "/alerts/try", "/alerts/packs/add", "/alerts/accounts", "/alerts/packs/folder"} {
		reader.Post(path, nil).Want(t, 403)
	}
	if _, err := h.Story(t.Context(), h.storyID(1)); err != nil || len(h.incidents.declared) > 0 {
		t.Error("a reader acted")
	}
}

// TestPages_HostileNames plays entries whose values would be markup.
func TestPages_HostileNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(process(`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `vssadmin delete shadows {host} [x] </textarea><script>`))
	c := h.site().As(analyst())
	for _, path := range []string{"/alerts", "/alerts/all", "/alerts/stories/" + h.storyID(1), "/alerts/one/" + h.alertID(1), "/alerts/one/" + h.alertID(1) + "/except"} {
		c.Get(path).Want(t, 200).Lacks(t, "<script>alert", "<img src=x", "</textarea><script>")
	}
}
