package demo

import (
	"bytes"

	"github.com/torideproject/toride/internal/audit"
	"github.com/torideproject/toride/internal/comply"
	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/incident/plan"
)

// configurations reads the file of the meal supplier's VPN device.
func (st *story) configurations() error {
	_, err := st.Audit.Take(st.ctx, st.actors["suzuki"], audit.DemoConfigName, "line/"+st.lines["給食事業者VPN"], bytes.NewReader(audit.DemoConfig()))
	return err
}

// contacts fills a part of the contact tree, as hospitals do: the outside half
// is still empty.
func (st *story) contacts() error {
	for _, c := range []incident.Contact{
		{Key: "director", Side: plan.Inside, Person: "高橋 院長", Phone: "内線 1001", Night: "090-0000-1001"},
		{Key: "commander", Side: plan.Inside, Person: "副院長 伊藤", Phone: "内線 1002", Night: "090-0000-1002"},
		{Key: "it", Side: plan.Inside, Person: "佐藤 一郎", Phone: "内線 2100", Night: "090-0000-2100"},
		{Key: "nursing", Side: plan.Inside, Person: "看護部長 渡辺", Phone: "内線 3000", Night: "当直師長 内線 3999"},
		{Key: "affairs", Side: plan.Inside, Person: "医事課長 中村", Phone: "内線 4000"},
	} {
		if _, err := st.Incident.SaveContact(st.ctx, st.actors["suzuki"], c); err != nil {
			return err
		}
		if err := st.Incident.CheckContact(st.ctx, st.actors["suzuki"], c.Key); err != nil {
			return err
		}
	}
	return nil
}

// checklist answers the first items. One answer stands against what was read:
// the clerk believes that the firmware is current.
func (st *story) checklist() error {
	by := st.actors["suzuki"]
	today := st.Clock.Now().In(st.Zone)
	if err := st.Comply.SaveOfficer(st.ctx, by, comply.Officer{Name: "佐藤 一郎", Post: "情報企画室長", Since: "2024-04-01", Duties: "医療情報システムの安全管理、教育、規程の整備", Letter: "令和6年4月1日付 辞令 第12号"}); err != nil {
		return err
	}
	_, key, err := st.Comply.At(st.ctx, "", 0, "")
	if err != nil {
		return err
	}
	confirmed := today.Format("2006-01-02")
	for _, a := range []struct {
		topic string
		value comply.Value
		note  string
	}{
		{"uses", comply.Yes, ""}, {"officer", comply.Yes, "辞令 第12号"}, {"inventory", comply.Yes, "情報資産台帳 令和8年度版"},
		{"patch", comply.Yes, "委託先で実施していると聞いている"}, {"mfa", comply.No, "電子カルテ更新(令和9年)で導入予定"}, {"contacts", comply.No, "院外の連絡先を確認中"},
	} {
		target := ""
		if a.value == comply.No {
			target = fiscalEnd(today.Year(), int(today.Month()))
		}
		err := st.Comply.SaveAnswer(st.ctx, by, key, a.topic, comply.Answer{Value: a.value, Confirmed: confirmed, Target: target, Who: "鈴木 花子", Note: a.note})
		if err != nil {
			return err
		}
	}
	return nil
}
