package chart_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/web/webtest"
	"github.com/torideproject/toride/ssmix2/synth"
)

// stripped is the text of a page without markup and blanks.
func stripped(body string) string {
	_, body, _ = strings.Cut(body, "<main")
	body = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, "")
	return strings.Join(strings.Fields(strings.ReplaceAll(body, "&#43;", "+")), " ")
}

// rowOf is the row of a page's table that holds the words, as text.
func rowOf(body, words string) string {
	for _, row := range strings.Split(body, "<tr") {
		if strings.Contains(row, words) {
			return stripped("<main" + row)
		}
	}
	return ""
}

// The newest result of every item that the store is known to hold stands on the
// page of results.
func TestLabs_NewestResultsAgainstTheOracle(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	seen := 0
	for i := 0; i < hospital().Patients(); i += 7 {
		e := hospital().Expect(i)
		c, at := r.person(t, e.ID)
		pages := stripped(c.Get(at+"/labs").Want(t, 200).Body) + stripped(c.Get(at+"/labs/cultures").Want(t, 200).Body)
		for _, l := range e.Labs {
			if !strings.Contains(pages, l.Value) || !strings.Contains(pages, l.Name) && !strings.Contains(pages, l.Local) {
				t.Errorf("%s: %s %s is not on the page", e.ID, l.Name, l.Value)
			}
			seen++
		}
	}
	if seen < 20 {
		t.Errorf("only %d results were compared", seen)
	}
}

// The matrix with its history counts every file of a patient.
func TestMatrix_CountsEveryFile(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	for i := 0; i < hospital().Patients(); i += 6 {
		e := hospital().Expect(i)
		c, at := r.person(t, e.ID)
		body := c.Get(at+"/matrix?history=1").Want(t, 200).Body
		m := regexp.MustCompile(`計([0-9,]+)件`).FindStringSubmatch(body)
		if m == nil || strings.ReplaceAll(m[1], ",", "") != strconv.Itoa(e.Files) {
			t.Errorf("%s: the matrix says %v, the store holds %d files", e.ID, m, e.Files)
		}
	}
}

// Every drug of every prescription is in the history, those that were stopped
// with their word.
func TestDrugs_AgainstTheOracle(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	e := patientWith(t, func(e synth.Expected) bool {
		return len(e.Drugs) > 5 && slices.ContainsFunc(e.Drugs, func(d synth.Drug) bool { return d.Stopped })
	})
	c, at := r.person(t, e.ID)
	all := ""
	for page := 1; page <= 1+len(e.Drugs)/4; page++ {
		all += c.Get(at+"/drugs?page="+strconv.Itoa(page)).Want(t, 200).Body
	}
	for _, d := range e.Drugs {
		if !strings.Contains(all, d.Name) || !strings.Contains(all, d.Order) {
			t.Errorf("%s of %s is not in the history", d.Name, d.Order)
		}
		if d.Stopped && !strings.Contains(rowOf(all[strings.Index(all, d.Order):], "<del>"), "中止・取消") {
			t.Errorf("%s was stopped, and the history does not say so", d.Name)
		}
	}
	name := e.Drugs[0].Name
	found := c.Get(at+"/drugs?name="+name).Want(t, 200, name)
	found.Lacks(t, "条件に合う記録は見つかりません")
	c.Get(at+"/drugs?name=%E5%AD%98%E5%9C%A8%E3%81%97%E3%81%AA%E3%81%84").Want(t, 200, "条件に合う記録は見つかりません")
}

func TestInjections_AgainstTheOracle(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	e := patientWith(t, func(e synth.Expected) bool {
		return len(e.Injections) > 2 && len(e.Injections) < 40 && slices.ContainsFunc(e.Injections, func(i synth.Injection) bool { return !i.Given })
	})
	c, at := r.person(t, e.ID)
	body := c.Get(at+"/injections").Want(t, 200, "未実施または記録なし").Body
	for _, i := range e.Injections {
		for _, d := range i.Drugs {
			if !strings.Contains(body, d) {
				t.Errorf("%s is not on the page", d)
			}
		}
	}
	if n := strings.Count(body, "<ul class=\"plain rx-parts\">"); n != len(e.Injections) {
		t.Errorf("%d injections on the page, %d expected", n, len(e.Injections))
	}
}

func TestStays_AgainstTheOracle(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	e := patientWith(t, func(e synth.Expected) bool { return e.Stay != nil && len(e.Past) > 0 })
	c, at := r.person(t, e.ID)
	page := c.Get(at+"/stays").Want(t, 200, "退院の記録なし", e.Stay.Ward+"-"+e.Stay.Room+"-"+e.Stay.Bed)
	if n := strings.Count(page.Body, `<section class="stay">`); n != len(e.Past)+1 {
		t.Errorf("%d stays on the page, %d expected", n, len(e.Past)+1)
	}
}

// Lines are drawn only once somebody answers for them; the table is there
// either way.
func TestTrend_OnlyWhenSwitchedOn(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	e := patientWith(t, func(e synth.Expected) bool { return len(e.Labs) > 10 })
	c, at := r.person(t, e.ID)
	body := c.Get(at+"/labs").Want(t, 200).Body
	_, key, _ := strings.Cut(body, `name="key" value="`)
	key, _, _ = strings.Cut(key, `"`)
	off := c.Get(at+"/labs/trend?key="+key).Want(t, 200, "折れ線は、責任者が", "全結果").Lacks(t, "<polyline", "線に使った数値")
	if err := r.Sign(t.Context(), ledgertest.Actor(), chart.TrendsSwitch, chart.Switch{On: true, Name: "架空 院長", Day: "2026-11-01"}); err != nil {
		t.Fatal(err)
	}
	on := c.Get(at+"/labs/trend?key="+key).Want(t, 200, "<svg", "<circle", "線に使った数値", "計算値")
	if strings.Count(on.Body, "<tr>") != strings.Count(off.Body, "<tr>") {
		t.Error("the table behind the line has other rows")
	}
	c.Get(at+"/labs/trend").Want(t, 422, "項目が選ばれていません")
	c.Get(at+"/labs/trend?key=zzzzzzzz").Want(t, 404)
}

// A value leads to the very place of the message it was read from.
func TestOriginal_OfAValueIsMarked(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	e := patientWith(t, func(e synth.Expected) bool { return len(e.Labs) > 10 })
	c, at := r.person(t, e.ID)
	body := c.Get(at+"/labs").Want(t, 200).Body
	m := regexp.MustCompile(`<a class="origin" href="` + at + `/original/([^"#]+)#at">([0-9.]+)</a>`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no result leads to its original")
	}
	link := strings.ReplaceAll(m[1], "&amp;", "&")
	page := c.Get(at+"/original/"+link).Want(t, 200, `id="at"`, "この箇所", "OBX-", "送られたままのファイル")
	if row := rowOf(page.Body, `id="at"`); !strings.Contains(row, m[2]) {
		t.Errorf("the marked row says %q, the result is %s", row, m[2])
	}
	c.In("en").Get(at+"/original/"+link).Want(t, 200, "Observation value", "Patient name")
	raw := c.Get(at+"/original/"+strings.Split(link, "?")[0]+"/raw/0").Want(t, 200)
	if !strings.HasPrefix(raw.Body, "MSH|^~") || raw.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("raw file: %.40q %v", raw.Body, raw.Header)
	}
}

// Versions of one item stand side by side.
func TestOriginal_Versions(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	for i := range hospital().Patients() {
		id := hospital().ID(i)
		for _, it := range r.chart(t, id).Items {
			if len(it.Older) == 0 || it.Media != "hl7" {
				continue
			}
			c, at := r.person(t, id)
			page := c.Get(at+"/original/"+it.Ref.String()).Want(t, 200, "旧版", "有効")
			if !strings.Contains(page.Body, "?with=") {
				t.Error("no link to the older version")
			}
			both := c.Get(at+"/original/"+it.Ref.String()+"?with="+it.Older[0].Ref.String()).Want(t, 200)
			if strings.Count(both.Body, `class="table raw"`) != 2 {
				t.Error("the versions do not stand side by side")
			}
			c.Get(at+"/original/"+it.Older[0].Ref.String()).Want(t, 200, "これは有効な版ではありません")
			return
		}
	}
	t.Fatal("no item has an older version")
}

func BenchmarkLabsPage(b *testing.B) { benchmark(b, "/labs") }

func BenchmarkDrugsPage(b *testing.B) { benchmark(b, "/drugs") }

func BenchmarkMatrixPage(b *testing.B) { benchmark(b, "/matrix") }

// benchmark renders a page of the patient with the most files; the chart is
// read already.
func benchmark(b *testing.B, page string) {
	r := newRecords(b)
	most, id := 0, ""
	for i := range hospital().Patients() {
		if e := hospital().Expect(i); e.Files > most {
			most, id = e.Files, e.ID
		}
	}
	c, at := r.person(b, id)
	var got webtest.Page
	b.ReportAllocs()
	for b.Loop() {
		got = c.Get(at + page)
	}
	if got.Status != 200 {
		b.Fatal(got.Status)
	}
	b.ReportMetric(float64(len(got.Body)), "bytes")
}
