package audit_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/audit"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, newHouse(t).Module())
}

func TestPages_FromUploadToRepair(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	site := webtest.New(t, h.clock.Now, h.Module())
	p := site.As(webtest.Person("audit.read", "audit.write", "osaka.declare"))
	p.Get("/audit").Want(t, 200, "設定ファイルはまだ読み込まれていません")
	p.Get("/audit/findings").Want(t, 200, "まだ読み込まれていません")
	p.Get("/audit/new").Want(t, 200, "原本は保存せず", "給食業者VPN")
	p.Post("/audit/new", nil).Want(t, 422, "ファイルを選んでください")
	p.Upload("/audit/new", nil, "file", "cisco.txt", []byte("Building configuration...\nversion 15.1\n")).Want(t, 422, "Cisco IOS の設定ファイルです")
	p.Upload("/audit/new", nil, "file", "x.conf", []byte("#FGBK|4|FGT60E|")).Want(t, 422, "暗号化されたバックアップ")
	up := p.Upload("/audit/new", nil, "file", "../../x\\kyushoku.conf", audit.DemoConfig()).Want(t, 303)
	page := up.Location()
	got := p.Get(page).Want(t, 200, "kyushoku.conf", "機種・ホスト名などから対象の機器を推定しました", "set allowaccess ping https ssh http", "緊急", "外からのリモートデスクトップ",
		"既定値から", "set status disable", "なぜ問題か", "SHA-256", "秘密の値").Lacks(t, "exampleOnly", "kyushoku1", "../")
	if !strings.Contains(got.Body, `value="`+h.line+`" selected`) {
		t.Error("the device is not guessed")
	}
	p.Post(page+"/attach", url.Values{"target": {""}}).Want(t, 422, "対象の機器が選ばれていません")
	p.Post(page+"/attach", url.Values{"target": {"line/none"}}).Want(t, 422)
	p.Post(page+"/attach", url.Values{"target": {h.line}}).Want(t, 303)
	p.Get(page).Want(t, 200, "「給食業者VPN」の設定ファイルとして確定しました").Lacks(t, "推定しました")
	p.Get("/audit").Want(t, 200, "給食業者VPN", "5.4.8", "緊急")
	findings := p.Get("/audit/findings").Want(t, 200, "要対応 8 件", "無料でできる", "保守契約の範囲で")
	if strings.Index(findings.Body, "保守契約の範囲で") < strings.LastIndex(findings.Body, "無料でできる") {
		t.Error("what costs nothing must come first")
	}
	p.Get(page+"/diff").Want(t, 404, "これが最初です")
	waiver := page + "/waive/logging"
	p.Get(waiver).Want(t, 200, "ログの送り先")
	p.Post(waiver, url.Values{"until": {"2029-01-01"}, "reason": {"予算待ち"}}).Want(t, 422, "366 日以内")
	p.Post(waiver, url.Values{"until": {"2026-12-01"}}).Want(t, 422, "入力してください")
	p.Post(waiver, url.Values{"until": {"2026-12-01"}, "reason": {"予算待ち。毎週手で取り出す"}}).Want(t, 303)
	p.Get(page).Want(t, 200, "2026-12-01 まで延期", "毎週手で取り出す")
	p.Get("/audit/findings").Want(t, 200, "要対応 7 件", "延期中 1 件")
	p.Post(page+"/unwaive/logging", nil).Want(t, 303)
	p.Get("/audit/findings").Want(t, 200, "要対応 8 件")
	p.Get(page+"/waive/none").Want(t, 404)
	h.clock.Add(3600e9)
	after := p.Upload("/audit/new", url.Values{"target": {h.line}}, "file", "after.conf", audit.DemoConfigRepaired()).Want(t, 303).Location()
	p.Get(after).Want(t, 200, "前回と今回", "変わりました", "足りない点なし")
	p.Get(after+"/diff").Want(t, 200, "set allowaccess ping https ssh http", "set allowaccess ping<", "伏せ字にした値")
	p.Get("/audit").Want(t, 200, "以前の設定ファイル", "7.4.9")
	for _, path := range []string{"/audit", "/audit/findings", "/audit/new", page, after, after + "/diff"} {
		p.In(text.EN).Get(path).Want(t, 200).Lacks(t, "点検", "要対応")
	}
	p.Post(after+"/remove", nil).Want(t, 303)
	p.Get(after).Want(t, 404)
}

func TestPages_Osaka(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	site := webtest.New(t, h.clock.Now, h.Module())
	p := site.As(webtest.Person("audit.read", "osaka.declare"))
	p.Get("/osaka").Want(t, 200, "大阪テスト 27 問", "未確認 27", "被害を受けないとは言えません").Lacks(t, "⟦")
	p.Get("/osaka/password").Want(t, 200, "この問いを読み取る手段はまだありません", "申告はありません")
	form := url.Values{"answer": {"bad"}, "who": {"情報 花子"}, "on": {"2026-11-02"}, "note": {"全 PC で共通"}}
	p.Post("/osaka/password/declare", url.Values{"answer": {"bad"}}).Want(t, 422, "入力してください")
	p.Post("/osaka/password/declare", url.Values{"answer": {"yes"}, "who": {"a"}, "on": {"2026-11-02"}, "note": {"b"}}).Want(t, 422, "選択肢")
	p.Post("/osaka/password/declare", form).Want(t, 303)
	h.clock.Add(48 * 3600e9)
	f := h.take(t, audit.DemoConfig(), h.line)
	page := p.Get("/osaka").Want(t, 200, "情報 花子", "読み取り・台帳 7", "申告 1")
	if strings.Index(page.Body, "管理画面の公開を止め") > strings.Index(page.Body, "設定ファイルで版を読み") {
		t.Error("free actions must come first")
	}
	p.Get("/osaka?since=2026-11-02").Want(t, 200, "2026-11-02</span>")
	p.Get("/osaka?since=2026-01-01").Want(t, 200, "記録なし")
	p.Get("/osaka?since=soon").Want(t, 422, "日付として読めません")
	p.Get("/osaka/adminui").Want(t, 200, "要対応です", "/audit/files/"+f.ID+"#adminwan")
	p.Get("/osaka/nothing").Want(t, 404)
	for _, path := range []string{"/osaka", "/osaka/password", "/osaka/adminui", "/osaka/password/declare"} {
		p.In(text.EN).Get(path).Want(t, 200).Lacks(t, "未確認", "申告")
	}
}

func TestPages_Rights(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	f := h.take(t, audit.DemoConfig(), h.line)
	site := webtest.New(t, h.clock.Now, h.Module())
	reader := site.As(webtest.Person("audit.read"))
	page := "/audit/files/" + f.ID
	reader.Get(page).Want(t, 200).Lacks(t, page+"/attach", page+"/waive", page+"/remove")
	for _, path := range []string{"/attach", "/remove", "/waive/logging", "/unwaive/logging"} {
		reader.Post(page+path, nil).Want(t, 403)
	}
	reader.Post("/osaka/password/declare", nil).Want(t, 403)
	reader.Upload("/audit/new", nil, "file", "a.conf", audit.DemoConfig()).Want(t, 403)
	site.As(webtest.Person()).Get("/osaka").Want(t, 403)
	reader.Get("/audit/files/none").Want(t, 404)
}
