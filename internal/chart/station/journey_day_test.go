package station_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/ssmix2/synth"
)

// journeyStaff has a physician with a PIN and a nurse without one.
const journeyStaff = `職員番号,氏名,カナ,職種,部署,PIN
9001,架空 情子,カクウ ジョウコ,情報システム,情報室,
1001,架空 医子,カクウ イコ,医師,救急,730184
1002,架空 護,カクウ マモル,看護師,3階東病棟,
`

// day is one station from its first start on.
type day struct {
	t       *testing.T
	b       *browsertest.Browser
	r       *running
	h       *synth.Hospital
	root    string
	patient synth.Expected // lies in the ward, with allergies and drugs
	other   synth.Expected // lies there too
}

func firstDay(t *testing.T, b *browsertest.Browser) {
	o := synth.Small(3)
	o.Patients, o.Years, o.Beds = 24, 1, 6
	o.Wards = []synth.Ward{{Code: "3E", Name: "3階東病棟", Dept: "01", Beds: 6, PerRoom: 4}}
	h, root := write(t, o)
	d := &day{t: t, b: b, h: h, root: root}
	d.choose()
	d.r = serve(t, func(c *station.Config) { c.Roots = []string{root} })
	admin := d.page()
	code := d.setUp(admin)
	nurse := d.firstPIN(code)
	d.fourClicks()
	d.wardPrint(nurse)
	d.lock(nurse)
	d.glass(admin)
	d.signs(admin, nurse)
	d.unplug(nurse)
	d.english()
}

func (d *day) page() *browsertest.Page {
	return d.b.Page(d.t, d.r.url, browsertest.Reader{Width: 1366, Height: 768})
}

// choose finds an inpatient with something in the bands, and another.
func (d *day) choose() {
	for _, i := range d.h.Census() {
		e := d.h.Expect(i)
		if d.patient.ID == "" && len(e.Allergies) > 0 && e.Allergies[0].Name != "" && len(e.Active("20261102")) > 0 {
			d.patient = e
		} else {
			d.other = e
		}
	}
	if d.patient.ID == "" || d.other.ID == "" {
		d.t.Fatal("nobody in the ward has allergies and drugs: take another seed")
	}
}

// setUp registers the first administrator and takes the staff list over; it
// gives the code on the nurse's slip.
func (d *day) setUp(p *browsertest.Page) string {
	p.Open("/").See("まだ済んでいません").Axe().Fits().Shot("1-signin")
	p.Within(2, func() {
		p.Click("最初の設定").Axe().Fits().Shot("1-setup")
		p.Fill("設定コード", strings.ToLower(d.r.SetupCode())).Fill("職員番号", "9001").Fill("氏名", "架空 情子").Fill("暗証番号", pin).Fill("暗証番号(確認のためもう一度)", pin)
		p.Click("登録してサインイン")
	})
	p.See("職員名簿を取り込んでください").Axe().Fits().Shot("1-staff")
	file := filepath.Join(d.t.TempDir(), "職員名簿.csv")
	if err := os.WriteFile(file, []byte(journeyStaff), 0o600); err != nil {
		d.t.Fatal(err)
	}
	p.Within(3, func() {
		p.Click("職員名簿の取り込み").Axe().Fits().Shot("1-import")
		p.Attach("職員名簿のファイル", file).Click("読み込んで差分を見る")
		p.See("追加(2人)", "名簿にあり", "用紙を発行").Axe().Fits().Shot("1-plan")
		p.Click("この内容で取り込む")
	})
	p.See("一度しか表示されません").Axe().Fits().Shot("1-slips")
	var code string
	p.Eval(`[...document.querySelectorAll("tr")].find((r) => r.innerText.includes("架空 護")).querySelector(".code").innerText.trim()`, &code)
	p.Click("印刷したので").See("架空 医子", "架空 護").Axe().Fits().Shot("1-list")
	p.Open("/").See("使用目的").Axe().Fits().Shot("1-todo")
	return code
}

// firstPIN is the nurse's first sign-in, with the code of her slip.
func (d *day) firstPIN(code string) *browsertest.Page {
	p := d.page()
	p.Open("/signin").Within(2, func() {
		p.Fill("職員番号", "1002").Fill("暗証番号", code).Follow("Enter")
		p.See("暗証番号を決める").Axe().Fits().Shot("1-first")
		p.Fill("暗証番号", pin).Fill("暗証番号(確認のためもう一度)", pin).Click("この暗証番号にする")
	})
	p.See("暗証番号を登録しました", "患者を探す")
	until(d.t, p, "/chart", func() bool { return shows(p, "6人") })
	p.See("3E").Axe().Fits().Shot("2-home")
	return p
}

// fourClicks: sign in, patient by kana, confirmed, and what matters stands above
// the fold. Number, PIN, kana and day of birth are typed; Enter is pressed for
// each of the three forms, and once on the patient who was found.
func (d *day) fourClicks() {
	p := d.page()
	p.Within(4, func() {
		signIn(d.t, p, "1002")
		focused(d.t, p, "患者を探す").Type(d.patient.Kana).Follow("Enter")
		p.See("該当する患者 1人", d.patient.ID).Axe().Fits().Shot("2-found")
		focused(d.t, p, d.patient.Kana[:3]).Follow("Enter")
		p.See("リストバンド", d.patient.ID).Axe().Fits().Shot("2-confirm")
		focused(d.t, p, "または、生年月日").Type(d.patient.Birth[4:]).Follow("Enter")
	})
	p.See(d.patient.ID, d.patient.Allergies[0].Name, "写しの時点").Axe().Fits().Shot("2-now")
	drugs := d.patient.Active("20261102")
	d.above(p, 768, d.patient.Allergies[0].Name, drugs[len(drugs)-1].Name)
	d.t.Logf("sign in → patient by kana → allergies and drugs: %d clicks", p.Clicks())
}

// above checks that words stand on the first screen.
func (d *day) above(p *browsertest.Page, fold int, words ...string) {
	d.t.Helper()
	for _, w := range words {
		quoted, err := json.Marshal(w)
		if err != nil {
			d.t.Fatal(err)
		}
		var bottom float64
		p.Eval(fmt.Sprintf(`(() => { scrollTo(0, 0); let at = 1e9; const words = %s, has = (e) => e.textContent.includes(words);
			for (const e of document.querySelectorAll("main *")) if (has(e) && ![...e.children].some(has)) { const b = e.getBoundingClientRect(); if (b.height > 0) at = Math.min(at, b.bottom); } return at; })()`, quoted), &bottom)
		if bottom > float64(fold) {
			d.t.Errorf("%s: %q ends at %.0f px, the fold is at %d", p.Path(), w, bottom, fold)
		}
		d.t.Logf("%q ends at %.0f px", w, bottom)
	}
}
