package exposure_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, newHouse(t).Module())
}

func TestPages_FromImportToClosedCase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	site := webtest.New(t, h.clock.Now, h.Module())
	person := site.As(webtest.Person("exposure.read", "exposure.write"))
	person.Get("/exposure").Want(t, 200, "未読み込み", "カタログがまだ読み込まれていません")
	person.Get("/exposure/import").Want(t, 200, "known_exploited_vulnerabilities.json")
	person.Upload("/exposure/import", nil, "file", "../../kev.json", small()[:300]).Want(t, 422, "途中で切れています")
	person.Post("/exposure/import", url.Values{}).Want(t, 422, "ファイルを選んでください")
	person.Upload("/exposure/import", nil, "file", "../../kev.json", small()).Want(t, 303)
	list := person.Get("/exposure").Want(t, 200, "給食業者VPN", "範囲に該当", "CVE-2018-13379", "kev.json", "発行から13日").Lacks(t, "../")
	if strings.Index(list.Body, "CVE-2018-13379") > strings.Index(list.Body, "CVE-2018-13382") {
		t.Error("CVE-2018-13379 must come first")
	}
	id := open(t, h)["line/l1 CVE-2018-13379"].ID
	page := "/exposure/cases/" + id
	person.Get(page).Want(t, 200, "5.4.6~5.4.12", "5.4.13 以降", "ログの確認", "ランサムウェアでの悪用", "パスワードの変更", "更新・再起動・初期化の前に")
	person.Get(page+"/letter").Want(t, 200, "架空保守サービス 御中", "CVE-2018-13379", "架空総合病院", "FG-IR-18-384")
	form := url.Values{"on": {"2026-11-02"}, "who": {"情報 花子"}, "evidence": {"syslog を 2021年11月から確認"}}
	person.Post(page+"/patched", form).Want(t, 409, "まだ脆弱性の範囲に入っています")
	person.Post(page+"/logs", url.Values{"on": {"2026-11-02"}}).Want(t, 422, "入力してください")
	person.Post(page+"/logs", url.Values{"on": {"2027-01-01"}, "who": {"a"}, "evidence": {"b"}}).Want(t, 422, "今日より後")
	person.Post(page+"/sleep", form).Want(t, 404)
	form.Set("all", "yes")
	person.Post(page+"/logs", form).Want(t, 303)
	form.Del("all")
	person.Post(page+"/passwords", form).Want(t, 303)
	h.reg.setVersion(t, "7.4.9")
	person.Get(page).Want(t, 200, "いまの版は範囲外", "情報 花子", "syslog を 2021年11月から確認")
	person.Post(page+"/patched", form).Want(t, 303)
	person.Get(page).Want(t, 200, "三つの手順が完了")
	person.Get("/exposure?show=closed").Want(t, 200, "CVE-2018-13379", "三つの手順が完了")
	if c := open(t, h)["line/l1 CVE-2018-13382"]; len(c.Lacking()) != 2 {
		t.Errorf("the same record for all cases: %+v", c.Lacking())
	}
	for _, path := range []string{"/exposure", page, page + "/letter", "/exposure?show=closed"} {
		person.In(text.EN).Get(path).Want(t, 200).Lacks(t, "脆弱性", "未完了")
	}
}

func TestPages_Rights(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	load(t, h, small())
	site := webtest.New(t, h.clock.Now, h.Module())
	page := "/exposure/cases/" + open(t, h)["line/l1 CVE-2018-13379"].ID
	reader := site.As(webtest.Person("exposure.read"))
	reader.Get(page).Want(t, 200).Lacks(t, page+"/logs")
	reader.Get(page+"/logs").Want(t, 403)
	reader.Post(page+"/logs", url.Values{}).Want(t, 403)
	reader.Upload("/exposure/import", nil, "file", "kev.json", small()).Want(t, 403)
	site.As(webtest.Person()).Get("/exposure").Want(t, 403)
	reader.Get("/exposure/cases/none").Want(t, 404)
}

func TestPages_BigRegister(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	load(t, h, published(t))
	big(t, h)
	site := webtest.New(t, h.clock.Now, h.Module())
	page := site.As(webtest.Person("exposure.read")).Get("/exposure").Want(t, 200, "Windows 10", "3,000")
	if len(page.Body) > 150_000 {
		t.Errorf("the page has %d bytes", len(page.Body))
	}
}
