package station_test

import (
	"os"
	"strings"

	"github.com/torideproject/toride/internal/web/browsertest"
)

func contains(text, words string) bool {
	return strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(words), " "))
}

// family is the first half of a name, which pages print with a blank of their own.
func family(name string) string { return strings.Fields(name)[0] }

// wardPrint goes from the list of wards to the ward's medication lists on paper.
func (d *day) wardPrint(p *browsertest.Page) {
	p.Open("/chart").Within(2, func() {
		p.Click("3E")
		p.See(family(d.patient.Kanji), d.patient.ID, d.patient.Allergies[0].Name).Axe().Fits().Shot("3-ward")
		p.Click("薬剤一覧")
	})
	p.See("参照用・投与指示ではない", "医師署名", d.patient.ID, d.other.ID).Axe().Fits().Shot("3-print")
	name, pdf := p.Download("PDF")
	if !strings.HasSuffix(name, ".pdf") || len(pdf) < 10_000 || !strings.HasPrefix(string(pdf[:5]), "%PDF-") {
		d.t.Errorf("%s is no PDF: %d bytes", name, len(pdf))
	}
	var kind string
	p.Eval(`fetch(document.querySelector("a[download]").href).then((r) => r.headers.get("content-type"))`, &kind)
	if kind != "application/pdf" {
		d.t.Errorf("the PDF is sent as %q", kind)
	}
	p.PDF("3-print")
	p.Open("/paper").Axe().Fits().Shot("3-paper")
}

// lock: the page comes back after the lock.
func (d *day) lock(p *browsertest.Page) {
	d.open(p, d.patient.ID, d.patient.Birth)
	p.Open("/chart/p/" + d.patient.ID + "/labs").Axe().Fits().Shot("7-labs")
	p.Within(2, func() {
		p.Click("画面をロック").See("画面をロックしています", "架空 護").Lacks(family(d.patient.Kanji), d.patient.ID).Axe().Fits().Shot("7-lock")
		focused(d.t, p, "暗証番号").Type(pin).Follow("Enter")
	})
	if p.Path() != "/chart/p/"+d.patient.ID+"/labs" {
		d.t.Errorf("the lock led to %s", p.Path())
	}
	p.See(family(d.patient.Kanji))
}

// open opens a chart by number and confirms with the day of birth.
func (d *day) open(p *browsertest.Page, id, birth string) {
	d.t.Helper()
	p.Open("/chart").Within(1, func() {
		p.Fill("患者を探す", strings.TrimLeft(id, "0")+" "+birth).Follow("Enter")
	})
	p.See(id)
}

// glass: a doctor of another hospital comes to help.
func (d *day) glass(admin *browsertest.Page) {
	p := d.page()
	p.Open("/signin").Within(2, func() {
		p.Click("緊急アクセス").Axe().Fits().Shot("4-glass")
		p.Fill("氏名", "応援 一郎").Fill("所属(病院・会社)", "架空大学病院").Fill("理由", "DMATとして救急外来を応援").Fill("暗証番号", "482913")
		p.Click("記録して入る")
	})
	p.See("緊急アクセス", "患者を探す").Axe().Fits().Shot("4-home")
	d.open(p, d.other.ID, d.other.Birth)
	p.See(family(d.other.Kanji), "緊急アクセス").Axe().Fits().Shot("4-now")
	p.Open("/staff").See("権限")

	admin.Open("/todo").See("応援 一郎").Axe().Fits().Shot("4-todo").Within(3, func() {
		admin.Click("応援 一郎 さんの緊急アクセス").See("架空大学病院", "DMATとして救急外来を応援", "利用中").Axe().Fits().Shot("4-review")
		admin.Fill("確認した内容", "救急部長に確認。災害派遣で来院中。").Click("確認して閉じる")
	})
	admin.See("確認を記録しました").Axe().Fits().Shot("4-reviewed")

	doctor := d.page()
	signIn(d.t, doctor, "1001")
	doctor.Click("閲覧の記録").Axe().Fits().Shot("4-seen-ask")
	doctor.Fill("患者番号", strings.TrimLeft(d.other.ID, "0")).Follow("Enter")
	doctor.See("応援 一郎 緊急アクセス", "架空大学病院", "架空 護", "印刷").Axe().Fits().Shot("4-seen")
	if _, csv := doctor.Download("CSVで書き出す"); !strings.Contains(string(csv), "応援 一郎") || !strings.Contains(string(csv), "架空 護") {
		d.t.Errorf("the export does not say who saw the patient: %.500s", csv)
	}
}

// signs: originals only, until somebody responsible decides.
func (d *day) signs(admin, nurse *browsertest.Page) {
	at := "/chart/p/" + d.patient.ID
	nurse.Open(at).See("使用中の判定は停止中です").Lacks("終了と計算された処方")
	admin.Open("/todo").Click("緊急時カルテの使用目的を責任者が確認する").See("使用目的の確認", "まだ決定がありません").Axe().Fits().Shot("7-use")
	for _, what := range []string{"use", "derived", "trends"} {
		admin.Open("/chart/use/switch/" + what).Axe().Fits().Shot("7-switch-" + what)
		first := map[string]string{"use": "確認した。参照専用として使う", "derived": "表示する", "trends": "表示する"}[what]
		admin.Tick("決定", first).Fill("決定した責任者の氏名", "架空 院長").Fill("職名", "病院長").Click("決定を記録する").See("決定を台帳に記録しました")
	}
	admin.Axe().Fits().Shot("7-used")
	nurse.Open(at).See("いま使用中の処方", "写しの時点の後に終わりの日が来た処方", "計算値").Lacks("使用中の判定は停止中です").Axe().Fits().Shot("7-now")
	for _, name := range []string{"matrix", "drugs", "injections", "stays", "orders", "documents"} {
		nurse.Open(at + "/" + name).See(family(d.patient.Kanji)).Axe().Fits().Shot("7-" + name)
	}
}

// unplug takes the copy away while a chart is open, and gives it back.
func (d *day) unplug(p *browsertest.Page) {
	at := "/chart/p/" + d.patient.ID
	p.Open(at)
	if err := os.Rename(d.root, d.root+"-外した"); err != nil {
		d.t.Fatal(err)
	}
	// What was read of a patient stays readable; every page says what is away.
	until(d.t, p, at+"/drugs", func() bool { return shows(p, "が読めません") })
	p.See(family(d.patient.Kanji)).Axe().Fits().Shot("6-kept")
	third := d.h.Expect(d.h.Patients() - 1) // whom nobody has read
	p.Open("/chart/p/"+third.ID).See("が読めません", "今は読めません", "という意味ではありません").Lacks("写しの中に見つかりません").Axe().Fits().Shot("6-away")
	if p.Status() == 200 {
		d.t.Errorf("a chart of a copy that is away answers %d", p.Status())
	}
	p.Open("/chart").See("外れています").Axe().Fits().Shot("6-home")
	p.Open("/paper/blank_orders").See("指示簿")
	p.Open("/backentry/new").Axe().Fits().Shot("6-backentry")
	p.Open("/paper/drugs?ward=3E").Shot("6-print")
	if err := os.Rename(d.root+"-外した", d.root); err != nil {
		d.t.Fatal(err)
	}
	until(d.t, p, "/chart/p/"+third.ID, func() bool { return p.Status() == 200 })
	p.See(family(third.Kanji)).Lacks("が読めません").Shot("6-back")
}

// english is one pass for the words.
func (d *day) english() {
	p := d.b.Page(d.t, d.r.url, browsertest.Reader{Width: 1366, Height: 768, Lang: "en"})
	focused(d.t, p.Open("/signin"), "Staff number").Shot("en-signin").Type("1002").Press("Tab").Type(pin).Follow("Enter")
	p.See("Find a patient").Axe().Fits().Shot("en-home")
	focused(d.t, p, "Find").Type(strings.TrimLeft(d.patient.ID, "0")).Follow("Enter")
	focused(d.t, p, "Or check").Shot("en-confirm").Type(d.patient.Birth[4:]).Follow("Enter")
	p.See(d.patient.ID, "Allerg").Fits().Shot("en-now")
	for _, path := range []string{"/chart/ward/3E", "/paper", "/paper/drugs?patient=" + d.patient.ID, "/chart/about", "/chart/use", "/backentry", "/unlock", "/me", "/glass"} {
		p.Open(path).Axe().Fits().Shot("en" + strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(path))
	}
}
