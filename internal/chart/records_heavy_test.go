package chart_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/ssmix2/view"
)

// heavy makes a patient of whom there is more of everything than of any real
// one: as many rows as the limit of a reading allows.
func heavy(c *model.Chart) *model.Chart {
	out := *c
	at := func(i int) model.Stamp { return model.Stamp(fmt.Sprintf("2026%02d%02d0630", 12-i%12, 28-i/12%28)) }
	from := func(i int) model.Origin {
		return model.Origin{Ref: model.Ref{Source: "s1", Item: fmt.Sprintf("標準化ストレージ/2299999999/000/000/%d", i)}, Place: "12-5~1"}
	}
	out.Labs = model.List[model.Lab]{State: model.Some}
	for day := range 30 {
		for i := range 200 {
			value := fmt.Sprintf("%d.%d", i, day)
			out.Labs.Rows = append(out.Labs.Rows, model.Lab{Life: view.Live, Stage: view.Corrected, Item: model.Share(model.Text{Show: fmt.Sprintf("長い名前の検査項目%d", i), Code: fmt.Sprintf("3A%03d", i)}), Values: []model.Text{{Show: value}},
				Unit: model.Share(model.Text{Show: "mEq/L"}), Range: model.Share(model.Text{Show: fmt.Sprintf("%d.1-%d.9", i, i+day)}), Flag: model.Share(model.Computed[string]{Value: "H", OK: true, Rule: "flag.range"}), Key: model.Share(view.SortKey(value)),
				Collected: model.When{Stamp: at(day)}, Panel: model.Share(model.Text{Show: fmt.Sprintf("分類%d", i/20)}), Specimen: model.Share(model.Text{Show: "血清"}), Notes: []model.Text{{Show: "注"}}, Origin: from(i)})
		}
	}
	out.Vitals = out.Labs
	out.Drugs = model.List[model.Drug]{State: model.Some}
	for order := range 60 {
		for i := range 10 {
			d := model.Drug{Life: view.Live, Kind: "oral", Name: model.Text{Show: "とても長い名前の薬品錠１００ｍｇ「架空」"}, Dose: model.Text{Show: "1錠"}, Daily: model.Text{Show: "3錠"}, Usage: []model.Text{{Show: "内服・経口・１日３回朝昼夕食後"}},
				Days: model.Text{Show: "7日"}, Rp: model.Computed[string]{Value: fmt.Sprint(i), OK: true}, Order: fmt.Sprint(order), Ordered: model.When{Stamp: at(order)}, Carried: view.Mixed, Origin: from(i)}
			for k := range 60 {
				outcome := view.Given
				if k%9 == 0 {
					outcome = view.Refused
				}
				d.Doses = append(d.Doses, model.Dose{Life: view.Live, Outcome: string(outcome), At: model.When{Stamp: at(k)}, Amount: model.Text{Show: "1錠"}, By: model.Text{Show: "看護 花子"}, Origin: from(k)})
			}
			out.Drugs.Rows = append(out.Drugs.Rows, d)
		}
	}
	out.Injections = model.List[model.Injection]{State: model.Some}
	for i := range 600 {
		in := model.Injection{Life: view.Live, Start: model.When{Stamp: at(i)}, Rate: model.Text{Show: "100 mL/h"}, Carried: view.CarriedOut, Origin: from(i), Doses: out.Drugs.Rows[0].Doses}
		for range 6 {
			in.Drugs = append(in.Drugs, model.Component{Name: model.Text{Show: "長い名前の注射液５００ｍＬ"}, Amount: model.Text{Show: "1袋"}})
		}
		out.Injections.Rows = append(out.Injections.Rows, in)
	}
	out.Orders, out.Reports = model.List[model.Order]{State: model.Some}, model.List[model.Report]{State: model.Some}
	for i := range 500 {
		o := model.Order{Life: view.Live, Kind: "OML-01", Title: model.Text{Show: "生化学的検査"}, Carried: view.Unrecorded, Ordered: model.When{Stamp: at(i)}, Origin: from(i), Records: []model.Ref{from(i).Ref}}
		r := model.Report{Life: view.Live, Kind: "OMG-12", Title: model.Text{Show: "上部消化管内視鏡"}, At: model.When{Stamp: at(i)}, Origin: from(i)}
		for k := range 25 {
			o.Parts = append(o.Parts, model.Text{Show: fmt.Sprintf("項目%d", k)})
			r.Lines = append(r.Lines, model.Line{Label: model.Text{Show: "所見"}, Texts: []model.Text{{Show: "異常所見の記載", Origin: new(from(k))}}})
		}
		out.Orders.Rows, out.Reports.Rows = append(out.Orders.Rows, o), append(out.Reports.Rows, r)
	}
	for i := range 800 {
		e := model.Event{Move: view.Visited, Life: view.Live, At: model.When{Stamp: at(i)}, Dept: model.Text{Show: "01", Code: "01"}, By: model.Text{Show: "医師 花子"}, Origin: from(i)}
		out.Visits.Rows = append(out.Visits.Rows, e)
	}
	return &out
}

// However much there is of a patient, every page is light, and says what stands
// elsewhere.
func TestRecords_HeavyPatient(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	if err := r.Sign(t.Context(), ledgertest.Actor(), chart.TrendsSwitch, chart.Switch{On: true, Name: "架空 院長", Day: "2026-11-01"}); err != nil {
		t.Fatal(err)
	}
	id := hospital().ID(5)
	c, at := r.person(t, id)
	big := heavy(r.chart(t, id))
	big.Items = append([]model.Item{{Ref: model.Ref{Source: "s1", Item: "long"}, Kind: "OML-11", Day: "20261101", Media: "hl7"}}, big.Items...)
	r.store.mu.Lock()
	r.store.charts[id] = big
	r.store.mu.Unlock()
	data := []byte("MSH|^~\\&|HIS|SEND\rPID|1||" + id + "\r" + strings.Repeat("OBX|1|NM|3A010000002327101^総蛋白^JC10^10222^ＴＰ^99X03|1|7.1|g/dL^g/dL^ISO+|6.7-8.3|N|||F|||20261101\r", 2000))
	r.add(t, id, model.Item{Title: "long", Media: "hl7"}, file("long", "hl7", bytes.Clone(data)))
	keys := ""
	for _, part := range strings.Split(c.Get(at+"/labs").Want(t, 200, "次の項目", "古い結果").Body, `name="key" value="`)[1:9] {
		key, _, _ := strings.Cut(part, `"`)
		keys += "&key=" + key
	}
	long := model.Ref{Source: "s1", Item: "added/long"}.String()
	for _, page := range append(recordPages(), "/labs?row=165", "/labs?from=12&row=55", "/labs/trend?"+keys[1:], "/labs/trend?"+strings.Split(keys, "&")[1], "/original/"+long, "/original/"+long+"?at=1500-5~1", "/original/"+long+"?from=1800") {
		got := c.Get(at+page).Want(t, 200)
		if len(got.Body) > heaviest {
			t.Errorf("%s: %d bytes", page, len(got.Body))
		}
	}
	c.Get(at+"/original/"+long+"?at=1500-5~1").Want(t, 200, `id="at"`, "続き", "先頭から")
	c.Get(at+"/drugs").Want(t, 200, "拒否", "ほかに")
}
