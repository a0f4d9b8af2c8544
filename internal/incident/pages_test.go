package incident_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func all() []web.Perm {
	return []web.Perm{incident.PermRead, incident.PermWrite, incident.PermEntry, incident.PermCommand, incident.PermContact}
}

// site is a house with its pages.
type site struct {
	house
	*webtest.Site
}

func newSite(t testing.TB) site {
	t.Helper()
	h := newHouse(t)
	// The register's module is there for its words: kinds of lines are named by it.
	reg, err := asset.New(t.Context(), asset.Config{Book: h.book, Clock: h.clock.Now, Zone: tokyo()})
	if err != nil {
		t.Fatal(err)
	}
	return site{house: h, Site: webtest.New(t, h.clock.Now, reg.Module(), h.Module())}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, newHouse(t).Module())
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// declared declares through the form and gives the incident's URL.
func declared(t testing.TB, c *webtest.Client, pairs ...string) string {
	t.Helper()
	v := values("kind", "cyber", "title", "電子カルテが開かない", "noticed", "画面に脅迫文", "noticed_by", "委託職員", "commander", "病院 花子")
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	p := c.Post("/incident/declare", v)
	p.Want(t, 303)
	return p.Location()
}

func TestDeclare_PrefillAndRoom(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	c.Get("/incident/declare?title=%E4%B8%8D%E5%AF%A9%E3%81%AA%E6%8E%A5%E7%B6%9A&from=/access/7&kind=suspicion").Want(t, 200, "不審な接続", `value="/access/7"`)
	c.Get("/incident/declare?from=https://192.0.2.1/x").Want(t, 200).Lacks(t, `name="from" value="https`)
	c.Post("/incident/declare", values("kind", "cyber")).Want(t, 422, "入力を確認してください")
	c.Post("/incident/declare", values("kind", "cyber", "title", "x", "noticed", "x", "noticed_by", "x", "commander", "x", "zero", "2030-01-01T00:00")).Want(t, 422, "いまより後")
	url := declared(t, c)
	c.Get(url).Want(t, 200, "電子カルテが開かない", "バックアップへの経路を切り離す", "入力された事実からは、まだ時計が動いていません", "まだ連絡がついていない相手", "厳に慎むよう求めています", "未確認")
	c.In(text.EN).Get(url).Want(t, 200, "Cut the path to the backups", "No clock runs from the facts entered", "Not reached yet")
	c.Get("/incident").Want(t, 200, "電子カルテが開かない", "対応中")
}

func TestDeclare_DrillIsSaidEverywhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c, "drill", "yes")
	for _, path := range []string{"", "/tasks", "/timeline", "/clocks", "/calls", "/evidence", "/drafts?form=police"} {
		c.Get(url+path).Want(t, 200, "【訓練】", "これは訓練です")
	}
	c.Get(url+"/drafts/press/text").Want(t, 200, "【訓練】")
}

func TestRights(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	url := declared(t, s.As(webtest.Person(all()...)))
	reader := s.As(webtest.Person(incident.PermRead))
	ward := s.As(webtest.Person(incident.PermRead, incident.PermEntry))
	ward.Get(url).Want(t, 200, url+"/entry").Lacks(t, url+"/decision", url+"/preserve")
	ward.Post(url+"/decision", values("text", "x")).Want(t, 403)
	writer := s.As(webtest.Person(incident.PermRead, incident.PermWrite, incident.PermEntry))
	reader.Get(url).Want(t, 200).Lacks(t, url+"/fact")
	for _, path := range []string{"/entry", "/fact", "/task", "/preserve", "/decision"} {
		reader.Get(url+path).Want(t, 403)
		writer.Get(url+path).Want(t, 200)
	}
	for _, path := range []string{"/zero", "/handover", "/close", "/waive?rule=prompt"} {
		writer.Get(url+path).Want(t, 403)
	}
	// A director commands without writing: sees and does the one, not the other.
	director := s.As(webtest.Person(incident.PermRead, incident.PermCommand))
	director.Get(url).Want(t, 200, url+"/zero", url+"/handover").Lacks(t, url+"/fact", url+"/entry")
	director.Get(url+"/handover").Want(t, 200)
	writer.Get(url).Want(t, 200, url+"/entry").Lacks(t, url+"/zero")
	writer.Post("/incident/contacts/check", values("key", "director")).Want(t, 403)
	s.As(web.Person{}).Get(url).Want(t, 303)
}

func TestTimeline_EntryAndClockSetBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c)
	c.Post(url+"/entry", values("text", "<b>病棟</b>のプリンタが大量に印刷", "at", "2026-11-02T08:15")).Want(t, 303)
	c.Get(url+"/timeline").Want(t, 200, "&lt;b&gt;病棟", "2026年11月2日(月) 08:15", "2026年11月2日(月) 09:00").Lacks(t, "時計が戻された可能性")
	s.clock.Add(-30 * time.Minute)
	c.Post(url+"/entry", values("text", "二行目")).Want(t, 303)
	c.Get(url+"/timeline").Want(t, 200, "記録時刻が前の行より30分前", "時計が戻された可能性")
	c.Post(url+"/entry", values("text", "あとから分かった未明の話", "at", "2026-11-02T03:00")).Want(t, 303)
	entered := c.Get(url+"/timeline?order=entered").Want(t, 200, "起きた順に並べる").Body
	happened := c.Get(url+"/timeline").Want(t, 200, "記録した順に並べる").Body
	late, line := "あとから分かった未明の話", "二行目"
	if strings.Index(entered, late) > strings.Index(entered, line) || strings.Index(happened, late) < strings.Index(happened, line) {
		t.Error("the late entry stands first by writing and last by event")
	}
	c.In(text.EN).Get(url).Want(t, 200, "The clock of this box may have been set back")
	c.Post(url+"/entry", values("text", "")).Want(t, 422)
}

func TestHardStep_ThroughPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c)
	c.Post(url+"/task", values("title", "VPN装置の更新", "act", "update")).Want(t, 422, "対象を選ぶか")
	c.Post(url+"/task", values("title", "VPN装置の更新", "act", "update", "new_object", "給食VPN装置")).Want(t, 303)
	in := s.load(t, strings.TrimPrefix(url, "/incident/"))
	task, object := in.Tasks[len(in.Tasks)-1], in.Objects[0].ID
	c.Get(url+"/tasks").Want(t, 200, "止まっています(保全の記録がない)", "保全なしで許可")
	c.Post(url+"/finish", values("task", task.ID)).Want(t, 409, "この作業はまだ始められません", "給食VPN装置")
	c.In(text.EN).Post(url+"/start", values("task", task.ID)).Want(t, 409, "This task may not start yet")
	c.Get(url+"/override?task="+task.ID).Want(t, 200, "VPN装置の更新 — 給食VPN装置")
	c.Post(url+"/override", values("task", task.ID, "reason", "")).Want(t, 422)
	c.Post(url+"/override", values("task", task.ID, "reason", "感染が広がり続けているため")).Want(t, 303)
	c.Get(url+"/timeline").Want(t, 200, `class="row-danger"`, "保全の記録なしで許可した", "感染が広がり続けているため")
	c.Post(url+"/finish", values("task", task.ID)).Want(t, 303)
	c.Get(url+"/preserve?object="+object+"&preserves=yes").Want(t, 200, "checked", "selected")
	c.Post(url+"/preserve", values("object", object, "preserves", "yes", "evidence_what", "設定とログ", "place", "金庫", "holder", "試験 太郎")).Want(t, 303)
	c.Get(url+"/evidence").Want(t, 200, "設定とログ", "保全済み")
}

func TestClocks_WizardToSettled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c)
	c.Get(url+"/fact").Want(t, 200, "要配慮個人情報", "おそれがある", "まだ分からない")
	fact := values("known_at", "2026-11-01T07:45", "known_by", "医事課 甲", "basis", "脅迫文", "cat_sensitive", "may", "cat_financial", "no", "cat_malicious", "may", "cat_many", "unknown")
	future := values("known_at", "2027-01-01T00:00", "known_by", "甲", "basis", "x", "cat_sensitive", "no", "cat_financial", "no", "cat_malicious", "no", "cat_many", "no", "people", "5000")
	c.Post(url+"/fact", future).Want(t, 422, "いまより後", "答えが合っていません")
	c.Post(url+"/fact", fact).Want(t, 303)
	c.Get(url+"/clocks").Want(t, 200, "2026年11月3日(火)", "2026年11月5日(木)", "2026年11月30日(月)", "2027年1月4日(月)", "2026年12月30日(水)", "参考", "1,000人を超える", "判断するのは病院")
	c.In(text.EN).Get(url).Want(t, 200, "Mon 4 Jan 2027", "Thu 5 Nov 2026")
	c.Post(url+"/met", values("rule", "prompt", "reference", "受付 12", "reporter", "甲")).Want(t, 303)
	c.Get(url+"/clocks").Want(t, 200, "済み(記録あり)", "受付 12")
	c.Post(url+"/close", values("decider", "乙", "reason", "済")).Want(t, 409, "まだ終結できません")
	s.clock.Add(100 * 24 * time.Hour)
	c.Get(url).Want(t, 200, "日超過")
}

// A number known so far contradicts only a plain yes or no.
func TestFact_NumberAgainstAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c)
	for _, v := range []struct {
		people, answer string
		status         int
	}{{"5", "no", 303}, {"5", "may", 303}, {"5", "unknown", 303}, {"5", "yes", 422}, {"5000", "no", 422}, {"5000", "yes", 303}, {"1000", "yes", 422}, {"1001", "no", 422}, {"", "yes", 303}} {
		f := values("known_at", "2026-11-01T07:45", "known_by", "甲", "basis", "x", "cat_sensitive", "no", "cat_financial", "no", "cat_malicious", "no", "cat_many", v.answer, "people", v.people)
		if got := c.Post(url+"/fact", f).Status; got != v.status {
			t.Errorf("%s people, answer %s: status %d, want %d", v.people, v.answer, got, v.status)
		}
	}
}

func TestCareNoteDecisionAndObject(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c)
	c.Post(url+"/care", values("service", "outpatients", "state", "used")).Want(t, 422, "この診療には使えない")
	c.Post(url+"/care", values("service", "outpatients", "state", "stopped", "note", "再診のみ電話")).Want(t, 303)
	c.Post(url+"/number", values("metric", "postponed", "value", "１２")).Want(t, 303)
	c.Post(url+"/decision", values("what", "外来を止める", "who", "病院長", "reasons", "検査が出せない", "care", "再診120人に影響")).Want(t, 303)
	c.Post(url+"/decision", values("what", "救急を止める", "who", "病院長", "reasons", "x")).Want(t, 422)
	c.Post(url+"/note", values("note_text", "All files are encrypted", "note_ext", ".locked", "note_contact", "someone@example.com")).Want(t, 303)
	c.Post(url+"/object", values("name", "給食サーバー", "state", "affected", "ref", "line/l1")).Want(t, 303)
	c.Post(url+"/object", values("name", "x", "state", "affected", "ref", "line/none")).Want(t, 422)
	c.Post(url+"/handover", values("to", "副院長 乙")).Want(t, 303)
	c.Post(url+"/zero", values("zero", "2026-11-02T12:00", "reason", "x")).Want(t, 422, "いまより後")
	c.Post(url+"/zero", values("zero", "2026-11-02T07:45", "reason", "委託職員の記録")).Want(t, 303)
	c.Get(url).Want(t, 200, "2026年11月2日(月) 07:45", "2026年11月2日(月) 08:00", "停止中", "延期した手術", "12", "再診120人に影響", "All files are encrypted", "給食サーバー", "保全の記録なし", "副院長 乙")
}

func TestCalls_ProofOfContact(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c)
	c.Get(url+"/attempt?contact=police").Want(t, 200, `value="police" selected`, "架空給食")
	c.Post(url+"/attempt", values("contact", "police", "caller", "甲", "means", "phone", "reached", "no")).Want(t, 303)
	c.Get(url+"/calls").Want(t, 200, "つながらない", "試みた")
	c.Post(url+"/attempt", values("contact", "police", "caller", "甲", "means", "phone", "reached", "yes", "person", "丙", "reference", "R-5")).Want(t, 303)
	c.Get(url+"/calls").Want(t, 200, "連絡がついた", "R-5")
	c.Post(url+"/attempt", values("contact", "nobody", "caller", "甲", "means", "phone", "reached", "yes")).Want(t, 422)
}

func TestDrafts_TextAndWorkbook(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c)
	c.Post(url+"/values", values("summary", "給食システムから侵入された疑い", "people", "未確認")).Want(t, 303)
	c.Get(url+"/drafts?form=ppc-prompt").Want(t, 200, "給食システムから侵入された疑い", "未記入", "架空総合病院")
	page := c.Get(url+"/drafts/ppc-prompt/text").Want(t, 200, "下書き", "給食システムから侵入された疑い", "未記入", "試験 太郎 2026年11月2日(月) 09:00")
	if !strings.HasPrefix(page.Header.Get("Content-Disposition"), "attachment") {
		t.Error("the text is not a download")
	}
	for _, lang := range text.Langs() {
		page = c.In(lang).Get(url+"/drafts/ransom/xlsx").Want(t, 200)
		f, err := excelize.OpenReader(bytes.NewReader([]byte(page.Body)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows(f.GetSheetName(0))
		want := map[text.Lang]string{text.JA: "未記入", text.EN: "not filled in"}[lang]
		if err != nil || !strings.Contains(strings.Join(flat(rows), "\n"), want) {
			t.Errorf("%s: %v, no %q in the workbook", lang, err, want)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	c.Get(url+"/drafts/none/xlsx").Want(t, 404)
	if got := s.actions(t); strings.Count(got, "incident.draft.download") != 3 {
		t.Errorf("downloads leave ledger lines: %s", got)
	}
	// One field alone leaves the others as they are.
	c.Post(url+"/values", values("cause", "調査中")).Want(t, 303)
	if in := s.load(t, strings.TrimPrefix(url, "/incident/")); in.Values["summary"].Text == "" || in.Values["cause"].Text != "調査中" {
		t.Errorf("values: %+v", in.Values)
	}
}

func flat(rows [][]string) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}

func TestLight_RecipientsToClose(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c, "kind", "light", "title", "検査結果を別の方に渡した")
	c.Get(url).Want(t, 200, "広がりを止める", "相手と回収").Lacks(t, "脅迫文の記録はありません")
	c.Post(url+"/recipient", values("recipient_who", "別の外来患者", "recipient_what", "検査結果1枚", "recipient_people", "1", "retrieved", "asked", "opened", "unknown", "told", "no")).Want(t, 303)
	id := s.load(t, strings.TrimPrefix(url, "/incident/")).Recipients[0].ID
	c.Get(url+"/recipient?recipient="+id).Want(t, 200, "別の外来患者")
	c.Post(url+"/recipient", values("recipient", id, "recipient_who", "別の外来患者", "recipient_what", "検査結果1枚", "recipient_people", "1", "retrieved", "yes", "opened", "no", "told", "yes")).Want(t, 303)
	if got := s.load(t, strings.TrimPrefix(url, "/incident/")).Recipients; len(got) != 1 || got[0].Retrieved != "yes" {
		t.Errorf("recipients: %+v", got)
	}
	c.Post(url+"/fact", values("known_at", "2026-11-02T08:00", "known_by", "外来 甲", "basis", "控え", "people", "1", "cat_sensitive", "no", "cat_financial", "no", "cat_malicious", "no", "cat_many", "no")).Want(t, 303)
	c.Get(url).Want(t, 200, "入力された事実からは、まだ時計が動いていません", "終結するかどうかは責任者が判断します")
	c.Post(url+"/close", values("decider", "個人情報管理者 乙", "reason", "回収し説明した", "lessons", "二人で照合する")).Want(t, 303)
	c.Get(url).Want(t, 200, "終結しました", "個人情報管理者 乙")
	c.Get(url+"/entry").Want(t, 409, "終結しています")
	c.Post(url+"/reopen", values("reason", "もう1枚あった")).Want(t, 303)
	c.Get(url+"/entry").Want(t, 200)
}

func TestContacts_ShippedFilledChecked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	c.Get("/incident/contacts").Want(t, 200, "未記入", "03-6812-7837", "2022年11月10日(木) 時点", "未確認", "090-0000-0001")
	c.Post("/incident/contacts/check", values("key", "director")).Want(t, 409, "電話もメールもありません")
	c.Post("/incident/contacts/edit", values("key", "director", "person", "病院 花子", "phone", "内線1001", "night", "090-0000-0002")).Want(t, 303)
	c.Post("/incident/contacts/check", values("key", "director")).Want(t, 303)
	c.Post("/incident/contacts/check", values("key", "ministry")).Want(t, 303)
	c.Get("/incident/contacts").Want(t, 200, "確認 2026年11月2日(月)", "病院 花子", "03-6812-7837")
	c.Post("/incident/contacts/edit", values("key", "director", "person", "病院 花子", "phone", "内線2002")).Want(t, 303)
	all, err := s.Contacts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, contact := range all {
		if contact.Key == "director" && !contact.CheckedAt.IsZero() {
			t.Error("a changed number keeps the check of the old one")
		}
	}
	c.Post("/incident/contacts/edit", values("name", "近隣の透析施設", "side", "outside", "phone", "03-0000-0009")).Want(t, 303)
	c.Get("/incident/contacts").Want(t, 200, "近隣の透析施設")
	c.Post("/incident/contacts/remove", values("key", "director")).Want(t, 409, "外せません")
	c.Post("/incident/contacts/check", values("key", "vendor/v1")).Want(t, 422, "台帳で管理")
	c.Post("/incident/contacts/edit", values("key", "nobody")).Want(t, 404)
}

func TestFolder_StandsAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	c.Get("/incident/folder").Want(t, 200, "最初の15分", "切断順序カード", "給食保守VPN", "機械室", "SW1-24", "090-0000-0001", "意思決定の記録", "証拠保全の記録", "紙カルテ", "08:50", "まだ印刷の記録がありません")
	c.In(text.EN).Get("/incident/folder").Want(t, 200, "The first fifteen minutes", "Cut-order card", "In Osaka at 08:50")
	c.Post("/incident/folder", values("kept_at", "")).Want(t, 422)
	c.Post("/incident/folder", values("kept_at", "防災センター")).Want(t, 303)
	c.Get("/incident/folder").Want(t, 200, "防災センター")
}

func TestHolidays_AddConfirmsComputed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	c.Get("/incident/holidays").Want(t, 200, "2028", "計算値", "春分の日", "国民の休日")
	c.Post("/incident/holidays", values("day", "2027-03-22", "holiday_name", "振替休日")).Want(t, 422)
	c.Post("/incident/holidays", values("day", "2027-03-22", "holiday_name", "振替休日", "source", "官報")).Want(t, 303)
	c.Get("/incident/holidays").Want(t, 200, "官報", "病院で追加")
	c.Post("/incident/holidays/remove", values("day", "2027-03-22")).Want(t, 303)
	c.Post("/incident/holidays/remove", values("day", "2027-03-22")).Want(t, 404, "追加されていません")
}

func TestUnknownIncident(t *testing.T) {
	t.Parallel()
	c := newSite(t).As(webtest.Person(all()...))
	for _, path := range []string{"", "/tasks", "/clocks", "/entry", "/drafts/police/text"} {
		c.Get("/incident/none"+path).Want(t, 404, "その事案は見つかりません")
	}
	url := declared(t, c)
	c.Get(url+"/finish?task=none").Want(t, 404, "その作業は見つかりません")
}

// Both languages have every word on every page and form.
func TestEveryPageInBothLanguages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.As(webtest.Person(all()...))
	url := declared(t, c)
	c.Post(url+"/task", values("title", "再起動", "act", "reboot", "new_object", "装置")).Want(t, 303)
	task := s.load(t, strings.TrimPrefix(url, "/incident/")).Tasks[0].ID
	paths := []string{"/incident", "/incident/declare", "/incident/contacts", "/incident/contacts/edit", "/incident/contacts/edit?key=it", "/incident/folder", "/incident/holidays", url}
	for _, sub := range []string{"tasks", "timeline", "clocks", "calls", "evidence", "drafts", "drafts?form=final", "entry", "zero", "handover", "phase", "decision", "care", "number",
		"note", "object", "task", "assign?task=" + task, "start?task=" + task, "finish?task=" + task, "drop?task=" + task, "override?task=" + task, "preserve", "custody", "fact", "withdraw",
		"met?rule=prompt", "waive?rule=prompt", "attempt", "values", "recipient", "close", "reopen"} {
		paths = append(paths, url+"/"+sub)
	}
	for _, lang := range text.Langs() {
		for _, path := range paths {
			page := c.In(lang).Get(path).Want(t, 200)
			for _, word := range []string{"%!", "報告不要", "安全です", "準拠しています", "問題ありません", "compliant", "is safe"} {
				page.Lacks(t, word)
			}
		}
	}
}
