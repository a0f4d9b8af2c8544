package demo

import (
	"time"

	"github.com/torideproject/toride/internal/access"
	"github.com/torideproject/toride/internal/asset"
)

// by is one of the demo's people taking a step.
func (st *story) by(login string) access.By {
	for _, p := range people() {
		if p.login == login && p.vendor != "" {
			return access.By{Actor: st.actors[login], Vendor: st.vendors[p.vendor]}
		}
	}
	return access.By{Actor: st.actors[login]}
}

// job is what a vendor wants to do: its number and purpose.
type job struct{ ticket, purpose string }

// request is a well-filled request on a line.
func (st *story) request(line, vendor string, j job, from time.Time, hours int) access.Request {
	today := st.Clock.Now().In(st.Zone)
	return access.Request{
		VendorID: st.vendors[vendor], LineID: st.lines[line], Purpose: j.purpose, Ticket: j.ticket,
		From: from.UTC(), Until: from.Add(time.Duration(hours) * time.Hour).UTC(), Mode: access.Remote, PatientData: asset.No,
		Targets: []access.Target{{Name: "踏み台", Address: "10.10.1.20"}}, Services: []access.Service{{From: 3389, To: 3389}}, Sources: []string{"203.0.113.20"},
		PC: access.PC{Company: vendor, Place: "保守センター 2階", Name: "MNT-07", OS: "Windows 11 24H2", PatchedOn: today.AddDate(0, 0, -6).Format(time.DateOnly),
			Antivirus: "導入済み", PatternOn: today.AddDate(0, 0, -1).Format(time.DateOnly), Sharing: access.Dedicated, Network: "社内LAN(保守専用区画)"},
		Persons: []string{"東雲 次郎"},
	}
}

// walk asks for a window, approves it, opens and, if wanted, closes it, each
// at its time.
func (st *story) walk(r access.Request, closeIt bool) (access.Request, error) {
	r, err := st.Access.Ask(st.ctx, st.by("suzuki"), r)
	if err != nil {
		return r, err
	}
	if r, err = st.Access.Approve(st.ctx, st.by("sato"), access.Ref{ID: r.ID}, "作業計画を確認した"); err != nil {
		return r, err
	}
	if err = st.until(r.From); err != nil {
		return r, err
	}
	if r, err = st.Access.Open(st.ctx, st.by("suzuki"), access.Ref{ID: r.ID}, access.ByHand, ""); err != nil || !closeIt {
		return r, err
	}
	if len(r.Sources) > 0 {
		st.visit(r.From, r.Until, r.Sources[0])
	}
	if err = st.until(r.Until.Add(-10 * time.Minute)); err != nil {
		return r, err
	}
	return st.Access.Close(st.ctx, st.by("suzuki"), access.Ref{ID: r.ID}, "作業終了の連絡を受けて閉じた")
}

// cards says how three of the lines are opened.
func (st *story) cards() error {
	for _, c := range []access.Card{
		{LineID: st.lines["給食事業者VPN"], How: access.Firewall, SrcIntf: "ssl.root", DstIntf: "internal"},
		{LineID: st.lines["電子カルテ保守VPN"], How: access.Firewall, SrcIntf: "ssl.root", DstIntf: "server-dmz", Group: "vendor-ehr"},
		{LineID: st.lines["CT保守回線"], How: access.Plug, Plugger: "放射線部 当直技師", Unplugger: "放射線部 当直技師", Marking: "赤いタグ CT-RM"},
	} {
		if err := st.Access.SaveCard(st.ctx, st.by("suzuki"), c, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// goodWindow is one that went as it should.
func (st *story) goodWindow() error {
	from := st.Clock.Now().Add(2 * time.Hour).Truncate(time.Hour)
	r, err := st.walk(st.request("電子カルテ保守VPN", ehr, job{"SIR-24810", "処方オーダの不具合修正"}, from, 2), true)
	if err != nil {
		return err
	}
	if err := st.until(r.Until.Add(4 * time.Hour)); err != nil {
		return err
	}
	answers := map[access.QuestionID]access.Answered{}
	for _, q := range access.Questions() {
		answers[q] = access.Answered{Answer: asset.Yes, Note: "踏み台のログ 11行"}
	}
	answers[access.AskPersonal] = access.Answered{Answer: asset.No, Note: "患者データは参照していない"}
	answers[access.AskOther] = access.Answered{Answer: asset.No, Note: "同時間帯のほかの接続は無し"}
	_, err = st.Access.Review(st.ctx, st.by("suzuki"), access.Ref{ID: r.ID}, access.Review{Answers: answers, Result: access.AsPlanned, Note: "計画どおり"})
	return err
}

// unreviewed is closed, and nobody has looked back since.
func (st *story) unreviewed() error {
	from := st.Clock.Now().Add(time.Hour).Truncate(time.Hour)
	_, err := st.walk(st.request("電子カルテ保守VPN", ehr, job{"SIR-24877", "月次パッチの適用"}, from, 3), true)
	return err
}

// overdue was opened for the CT and never closed.
func (st *story) overdue() error {
	from := st.Clock.Now().Add(time.Hour).Truncate(time.Hour)
	r := st.request("CT保守回線", imaging, job{"CT-5512", "CT管球の遠隔診断"}, from, 2)
	r.Targets, r.Services, r.Persons = []access.Target{{Name: "CT-0001", Address: "10.20.60.11"}}, nil, []string{"青葉 三郎"}
	_, err := st.walk(r, false)
	return err
}

// waiting is the meal supplier's request, which begins soon after the demo
// does, so that a newcomer can approve, open and close it.
func (st *story) waiting() error {
	from := st.Clock.real().Add(10 * time.Minute).Truncate(5 * time.Minute)
	r := st.request("給食事業者VPN", meals, job{"KS-118", "給食サーバの定期点検"}, from, 2)
	r.Targets, r.Persons = []access.Target{{Name: "KYUSHOKU-0001", Address: "10.20.40.11"}}, []string{"山本 技師"}
	r.PC.PatchedOn, r.PC.PatternOn = "", ""
	_, err := st.Access.Ask(st.ctx, st.by("kyushoku"), r)
	return err
}
