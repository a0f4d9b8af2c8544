package chart_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	words "github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
	"github.com/torideproject/toride/ssmix2/view"
)

// above is the part of a page before the folded lists of drugs.
func above(body string) string {
	_, rest, _ := strings.Cut(body, `id="c-drugs"`)
	table, _, _ := strings.Cut(rest, "</table>")
	return table
}

func TestNow_ShowsAllergiesAndDrugsInUse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.on(t)
	c := h.site.As(reader())
	drugs, allergies := 0, 0
	for i := range hospital().Patients() {
		e := hospital().Expect(i)
		page := c.Get(h.open(t, c, e.ID)).Want(t, 200)
		head, _, _ := strings.Cut(page.Body, `<nav class="tabs`)
		for _, a := range e.Allergies {
			if a.Deleted {
				continue
			}
			allergies++
			if !strings.Contains(head, a.Name) {
				t.Errorf("%s: %s is not in the head", e.ID, a.Name)
			}
		}
		for _, d := range e.Active("20261102") {
			drugs++
			if !strings.Contains(above(page.Body), d.Name) {
				t.Errorf("%s: %s is not among the drugs in use", e.ID, d.Name)
			}
		}
		for _, d := range e.Drugs {
			if d.On("20261102") == "over" && !strings.Contains(page.Body, d.Name) && !strings.Contains(page.Body, "処方歴で見る") {
				t.Errorf("%s: %s is hidden", e.ID, d.Name)
			}
		}
		for _, l := range e.Labs {
			if !strings.Contains(page.Body, l.Name) {
				t.Errorf("%s: no result of %s", e.ID, l.Name)
			}
		}
	}
	if drugs < 50 || allergies < 5 {
		t.Errorf("only %d drugs and %d allergies were looked for", drugs, allergies)
	}
}

func TestNow_SwitchedOffShowsWhatWasSent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	id := hospital().ID(hospital().Census()[0])
	at := h.open(t, c, id)
	c.Get(at).Want(t, 200, "使用中の判定は停止中", "処方(オーダの新しい順)", "転帰による振り分けは停止中").Lacks(t, "いま使用中の処方", "終了と計算された", ">差<", "▲▲高")
	h.on(t)
	c.Get(at).Want(t, 200, "いま使用中の処方", "計算値").Lacks(t, "停止中")
}

// Five reasons for an empty list have words and marks of their own.
func TestNow_StatesInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.on(t)
	c := h.site.As(reader())
	id := hospital().ID(1)
	at := h.open(t, c, id)
	seen := map[string]model.State{}
	for state, want := range map[model.State][]string{
		model.Unknown:    {"未確認", "mark-unclear", "まだ調べています"},
		model.NotStored:  {"保存なし", "mark-warn", "この写しに保存されていないもの", "どの患者のアレルギーも入っていません"},
		model.NoRecord:   {"記録なし", "mark-nothing", "見つかりません。無いという意味ではありません"},
		model.SaysNone:   {"「無し」の記録あり", "原文を確かめてください"},
		model.Unreadable: {"読み取り不可", "mark-danger", "読み取れません"},
	} {
		h.shelf.change(t, id, func(c *model.Chart) { c.Allergies = model.List[model.Allergy]{State: state} })
		page := c.Get(at).Want(t, 200, want...)
		head, _, _ := strings.Cut(page.Body, `<nav class="tabs`)
		_, band, _ := strings.Cut(head, `class="bands"`)
		band, _, _ = strings.Cut(band, "感染症")
		if other, twice := seen[band]; twice {
			t.Errorf("%s and %s look the same", state, other)
		}
		seen[band] = state
		c.In(words.EN).Get(at).Want(t, 200).Lacks(t, "記録なし", "保存なし")
	}
}

func TestNow_SaysUnreadBrokenAndStruck(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.on(t)
	c := h.site.As(reader())
	id := hospital().ID(2)
	at := h.open(t, c, id)
	h.shelf.change(t, id, func(c *model.Chart) {
		c.Drugs.Unread, c.Drugs.Broken = 1234, 3
		c.Allergies = model.List[model.Allergy]{State: model.Some, Broken: 2, Rows: []model.Allergy{
			{Life: view.Live, Allergen: model.Text{Show: "架空薬甲"}, Severity: model.Text{Show: "重度", Code: "SV"}},
			{Life: view.Deleted, Allergen: model.Text{Show: "架空薬乙"}},
			{Life: view.Live, Allergen: model.Text{Show: "なし"}, SaysNone: model.Computed[bool]{Value: true, OK: true}},
		}}
		c.Notices = []model.Notice{{Level: model.Danger, Code: "made.up", Args: []string{"理由"}}, {Level: model.Warn, Code: "made.up.too"}}
		c.Stores = []model.Store{{Source: "s1", AsOf: "202611020700"}, {Source: "s2", AsOf: "202610010700"}}
	})
	page := c.Get(at).Want(t, 200, "1,234件は、件数が多いため", "3件は読み取れませんでした", "2件は読み取れませんでした", "<del>架空薬乙</del>", "取り消し・誤りとされた記録 1件",
		"made.up 理由", "2026/10/01 07:00", "class=\"old\"")
	head, _, _ := strings.Cut(page.Body, `<nav class="tabs`)
	if strings.Contains(head, "架空薬乙") || !strings.Contains(head, "架空薬甲") {
		t.Error("the strip must show what holds, and nothing else")
	}
	if strings.Index(page.Body, "made.up 理由") > strings.Index(page.Body, "made.up.too") {
		t.Error("danger comes first")
	}
}

func TestPages_BothLanguages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lists.lacks = []string{"ADT-61", "ADT-00", "OMD"}
	c := h.site.As(reader())
	id := hospital().ID(hospital().Census()[0])
	ward := hospital().Expect(hospital().Census()[0]).Stay.Ward
	h.open(t, c, id)
	for _, path := range []string{"/chart", "/chart/about", "/chart/use", "/chart/ward/" + ward, "/chart/ward/" + ward + "?view=map", "/chart/p/" + id, "/chart/p/" + id + "/confirm",
		"/chart/use/setting", "/chart/use/switch/use", "/chart/use/switch/trends", "/chart/use/switch/derived"} {
		c.Get(path).Want(t, 200)
		c.In(words.EN).Get(path).Want(t, 200).Lacks(t, "ありません", "写し", "です。")
	}
	c.Get("/chart").Want(t, 200, "この写しに保存されていないもの", "アレルギー", "食事")
	c.Get("/chart/about").Want(t, 200, "ADT-61", "保存なし", "/media/copy", "読み取り中")
	c.Get("/chart/ward/"+ward).Want(t, 200, wide(hospital().Expect(hospital().Census()[0]).Kanji))
	c.Get("/chart/ward/none").Want(t, 404, "誰もいないという意味ではありません")
	if !h.witness.has("chart.ward chart/search") {
		t.Errorf("lines %v", h.witness.lines)
	}
}

func TestBig_IsRememberedForTheBrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	c.Get("/chart").Lacks(t, "chart-big")
	if got := c.Post("/chart/big", map[string][]string{"next": {"https://example.org/"}}).Want(t, 303).Location(); got != "/" {
		t.Errorf("leads to %s", got)
	}
	c.Get("/chart").Want(t, 200, "chart-big", "文字を元に戻す")
	at := h.open(t, c, hospital().ID(0))
	c.Get(at).Want(t, 200, "chart-big")
	c.Post("/chart/big", map[string][]string{"next": {"/chart"}}).Want(t, 303)
	c.Get("/chart").Lacks(t, "chart-big")
}

func TestWard_SaysWhatWasNotRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	h.shelf.err = errPulled
	ward := hospital().Expect(hospital().Census()[0]).Stay.Ward
	c.Get("/chart/ward/"+ward).Want(t, 200, "未読", "まだ読めていません")
}

func TestHome_SaysThatARootIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.shelf.roots[0].State = "gone"
	c := h.site.As(reader())
	c.Get("/chart").Want(t, 200, "見つからない", "つなぎ直すと")
	if b := h.Banners(t.Context()); len(b) != 1 || b[0].Say.Key != "chart.banner.root" {
		t.Errorf("banners %+v", b)
	}
	h.shelf.roots[0].State = "open"
	h.clock.Add(48 * time.Hour)
	if b := h.Banners(t.Context()); len(b) != 1 || b[0].Say.Key != "chart.banner.old" {
		t.Errorf("banners %+v", b)
	}
	c.Get("/chart").Want(t, 200, "◆")
	for more, want := range map[time.Duration]string{0: "chart.span.hours", 48 * time.Hour: "chart.span.days"} {
		h.clock.Add(more)
		if b := h.Banners(t.Context()); len(b) != 1 || b[0].Say.Args[1].(words.Msg).Key != want {
			t.Errorf("banners %+v, want the age in %s", b, want)
		}
		h.clock.Add(-more)
	}
}

func TestReadings_SayHowOldTheCopyIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	want := func(copyState, useState string, todos int) {
		t.Helper()
		all, err := h.Readings(t.Context())
		if err != nil || len(all) != 2 || string(all[0].State) != copyState || string(all[1].State) != useState {
			t.Errorf("readings %+v %v", all, err)
		}
		list, err := h.Todos(t.Context(), reader())
		if err != nil || len(list) != todos {
			t.Errorf("todos %+v %v", list, err)
		}
	}
	want("good", "unknown", 1)
	h.on(t)
	want("good", "good", 0)
	h.clock.Add(48 * time.Hour)
	want("bad", "good", 1)
	h.shelf.by = "newest"
	want("unknown", "good", 0)
	if b := h.Banners(t.Context()); len(b) != 1 || b[0].Say.Key != "chart.banner.old.newest" {
		t.Errorf("banners %+v", b)
	}
	h.site.As(reader()).Get("/chart").Want(t, 200, "最後の送信 2026/11/02 07:00 まで")
	c := h.site.As(reader()) // the patient's page says the same as every other
	c.Get(h.open(t, c, hospital().ID(0))).Want(t, 200, "最後の送信 2026/11/02 07:00 まで")
	h.shelf.asOf = time.Time{}
	want("unknown", "good", 0)
	h.shelf.roots[0].State = "failed"
	want("bad", "good", 1)
	h.shelf.roots = nil
	want("none", "good", 0)
}

func TestUse_DecisionsAreSignedAndKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	c.Get("/chart/use").Want(t, 200, "参照専用", "まだ決定がありません", "停止中", "未確認", "計算の規則", "生年月日から")
	form := map[string][]string{"state": {"on"}, "name": {"架空 院長"}, "post": {"院長"}, "day": {"2026-11-03"}}
	c.Post("/chart/use/switch/derived", form).Want(t, 422, "今日より後")
	form["day"] = []string{"2026-11-02"}
	c.Post("/chart/use/switch/derived", map[string][]string{"state": {"on"}}).Want(t, 422)
	c.Post("/chart/use/switch/other", form).Want(t, 404)
	c.Post("/chart/use/switch/derived", form).Want(t, 303)
	c.Get("/chart/use").Want(t, 200, "架空 院長", "表示中")
	if s := h.Settings().Derived; !s.On || s.Name != "架空 院長" || s.Day != "2026-11-02" {
		t.Errorf("%+v", s)
	}
	h.site.As(withoutSetup()).Post("/chart/use/switch/derived", form).Want(t, 403)
	form["state"] = []string{"off"}
	c.Post("/chart/use/switch/derived", form).Want(t, 303)
	if h.Settings().Derived.On {
		t.Error("still on")
	}
	c.Post("/chart/use/setting", map[string][]string{"old_hours": {"0"}, "confirm_minutes": {"10"}}).Want(t, 422)
	c.Post("/chart/use/setting", map[string][]string{"old_hours": {"2"}, "confirm_minutes": {"10"}}).Want(t, 303)
	if s := h.Settings(); s.OldHours != 2 || s.ConfirmMinutes != 10 {
		t.Errorf("%+v", s)
	}
	if err := h.Sign(t.Context(), ledgertest.Actor(), "nothing", signed()); err == nil {
		t.Error("a switch that does not exist was signed")
	}
}

func TestHome_ListsPlaces(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d, err := chart.New(t.Context(), chart.Config{Book: ledgertest.Book(t), Clock: h.clock.Now, Log: slog.New(slog.DiscardHandler), Shelf: h.shelf, Index: h.lists, Witness: h.witness,
		Places: func(context.Context) ([]chart.Site, error) {
			return []chart.Site{{Name: "救急外来", URL: "/chart/ward/3W"}}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	webtest.New(t, h.clock.Now, d.Module()).As(reader()).Get("/chart").Want(t, 200, "救急外来", "/chart/ward/3W")
}

// What a store says is text, whatever it looks like.
func TestNow_HostileTextStaysText(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.on(t)
	c := h.site.As(reader())
	id := hospital().ID(3)
	const bad = `<script>alert(1)</script>"><img src=x onerror=alert(2)>{{.}}`
	h.shelf.change(t, id, func(c *model.Chart) {
		c.Person.Kanji.Show, c.Person.Kana.Show = bad, bad
		c.Person.Birth = model.When{Stamp: "9", Raw: bad}
		c.Allergies = model.List[model.Allergy]{State: model.Some, Rows: []model.Allergy{{Life: view.Live, Allergen: model.Text{Show: bad}}}}
		c.Labs = model.List[model.Lab]{State: model.Some, Rows: []model.Lab{{Life: view.Live, Item: model.Share(model.Text{Show: bad}), Values: []model.Text{{Show: bad}}, Flag: model.Share(model.Computed[string]{Value: bad, OK: true}),
			Collected: model.When{Stamp: "2026"}}}}
		c.Drugs = model.List[model.Drug]{State: model.Some, Rows: []model.Drug{{Name: model.Text{Show: bad}, Kind: "other"}, {}}}
		c.Injections = model.List[model.Injection]{State: model.Some, Rows: []model.Injection{{Start: model.When{Stamp: "20261199"}}, {}}}
		c.Meals = model.List[model.Meal]{State: model.Some, Rows: []model.Meal{{}}}
		c.Stays = model.List[model.Stay]{State: model.Some, Rows: []model.Stay{{Place: model.Place{Ward: bad}}}}
		c.Notices = []model.Notice{{Level: "other", Code: bad, Args: []string{bad}}}
	})
	at := "/chart/p/" + id
	page := c.Get(at+"/confirm").Want(t, 200).Lacks(t, "<script>alert", "<img src=x")
	c.Post(at+"/confirm", map[string][]string{"seal": {seal(t, page.Body)}, "how": {"seen"}}).Want(t, 303)
	c.Get(at).Want(t, 200, "&lt;script&gt;").Lacks(t, "<script>alert", "<img src=x")
}

// AL1 and IAM often name the same substance: the strip has it once, with what
// both say.
func TestNow_SubstanceOfTwoListsStandsOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	id := hospital().ID(4)
	at := h.open(t, c, id)
	allergy := func(name, kind, severity string) model.Allergy {
		return model.Allergy{Life: view.Live, Kind: model.Text{Show: kind}, Allergen: model.Text{Show: name}, Severity: model.Text{Show: severity, Code: map[string]string{"軽度": "MI"}[severity]}}
	}
	h.shelf.change(t, id, func(c *model.Chart) {
		c.Allergies = model.List[model.Allergy]{State: model.Some, Rows: []model.Allergy{allergy("架空薬甲", "薬剤", ""), allergy("架空薬甲", "薬剤", "軽度"), allergy("架空薬甲", "その他", ""), allergy("架空薬乙", "薬剤", "")}}
	})
	page := c.Get(at).Want(t, 200, "その他 / 薬剤、軽度")
	head, _, _ := strings.Cut(page.Body, `<nav class="tabs`)
	if strings.Count(head, "架空薬甲") != 1 || strings.Count(head, "架空薬乙") != 1 {
		t.Errorf("strip: %s", head)
	}
	h.shelf.change(t, id, func(c *model.Chart) {
		c.Allergies = model.List[model.Allergy]{State: model.Some}
		for range 14 {
			c.Allergies.Rows = append(c.Allergies.Rows, allergy("架空薬"+string(rune('あ'+len(c.Allergies.Rows))), "薬剤", ""), allergy("架空薬"+string(rune('あ'+len(c.Allergies.Rows))), "薬剤", ""))
		}
	})
	c.Get(at).Want(t, 200, "ほか", "下の一覧")
}

func TestNow_WhatIsFolded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.on(t)
	c := h.site.As(reader())
	id := hospital().ID(5)
	at := h.open(t, c, id)
	drug := func(name, start, end string, use model.Usage, life model.Life) model.Drug {
		d := model.Drug{Life: life, Kind: "external", Name: model.Text{Show: name}, Use: model.Computed[model.Usage]{Value: use, OK: true}}
		if day, ok := model.ParseDay(start); ok {
			d.Start = model.Computed[model.Day]{Value: day, OK: true}
		}
		if day, ok := model.ParseDay(end); ok {
			d.End = model.Computed[model.Day]{Value: day, OK: true}
		}
		return d
	}
	h.shelf.change(t, id, func(c *model.Chart) {
		c.Drugs = model.List[model.Drug]{State: model.Some, Rows: []model.Drug{
			drug("使用中の薬", "20261030", "20261105", view.InUse, view.Live),
			drug("中止したばかりの薬", "20261030", "20261105", view.Stopped, view.Cancelled),
			drug("くり返す薬", "20261001", "", view.Open, view.Live), drug("くり返す薬", "20260901", "", view.Open, view.Live), drug("くり返す薬", "20260101", "", view.OpenOld, view.Live),
			drug("昔の外用薬", "20240101", "", view.OpenOld, view.Live), drug("期間不明の薬", "", "", view.Undated, view.Live), drug("来週からの薬", "20261109", "20261115", view.Before, view.Live),
			drug("終わった薬", "20260901", "20260910", view.Over, view.Live), drug("昔中止した薬", "20240101", "", view.Stopped, view.Cancelled),
		}}
	})
	page := c.Get(at).Want(t, 200, "終了と計算された処方・中止 2件", "前回までの処方 2件", "終わった薬", "昔中止した薬")
	table := above(page.Body)
	for _, in := range []string{"使用中の薬", "中止したばかりの薬", "くり返す薬", "昔の外用薬", "期間不明の薬", "来週からの薬"} {
		if strings.Count(table, in) != 1 {
			t.Errorf("%s stands %d times in the table", in, strings.Count(table, in))
		}
	}
	for _, folded := range []string{"終わった薬", "昔中止した薬"} {
		if strings.Contains(table, folded) {
			t.Errorf("%s is not folded", folded)
		}
	}
}
