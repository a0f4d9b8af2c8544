package chart_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/web/webtest"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, newHouse(t).Module())
}

func TestConfirm_NoPageOpensWithoutIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	id := hospital().ID(0)
	at := "/chart/p/" + id
	for _, route := range h.Module().Routes {
		method, path, _ := strings.Cut(route.Pattern, " ")
		if method != "GET" || !strings.HasPrefix(path, "/chart/p/{id}") || strings.HasSuffix(path, "/confirm") {
			continue
		}
		path = strings.NewReplacer("{id}", id, "{ref}", "s1.eA", "{file}", "x", "{name}", "x", "{kind}", "x").Replace(path)
		if got := c.Get(path).Want(t, 303).Location(); !strings.HasPrefix(got, at+"/confirm") {
			t.Errorf("%s leads to %s", route.Pattern, got)
		}
	}
	e := hospital().Expect(0)
	c.Get(at+"/confirm").Want(t, 200, wide(e.Kanji), wide(e.Kana), id, "この患者を開く", "見比べてください").Lacks(t, "アレルギー")
	c.Post(at+"/confirm", url.Values{"seal": {"other"}, "how": {"seen"}}).Want(t, 422, "もう一度見比べて")
	c.Get(at).Want(t, 303)
	h.open(t, c, id)
	c.Get(at).Want(t, 200, wide(e.Kanji), wide(e.Kana))
	if !h.witness.has("chart.confirm chart/p/"+id) || !h.witness.has("chart.view chart/p/"+id) {
		t.Errorf("lines %v", h.witness.lines)
	}
	c.Get("/chart/p/"+hospital().ID(1)).Want(t, 303) // another patient is not opened by it
	other := reader()
	other.ID = "person/other"
	h.site.As(other).Get(at).Want(t, 303) // nor another session
}

func TestConfirm_EndsAfterMinutesWithoutAView(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	at := h.open(t, c, hospital().ID(0))
	h.clock.Add(29 * time.Minute)
	c.Get(at).Want(t, 200)
	h.clock.Add(29 * time.Minute)
	c.Get(at).Want(t, 200)
	h.clock.Add(31 * time.Minute)
	c.Get(at).Want(t, 303)
}

func TestConfirm_ByDayOfBirth(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	e := hospital().Expect(3)
	at := "/chart/p/" + e.ID
	s := seal(t, c.Get(at+"/confirm").Body)
	c.Post(at+"/confirm", url.Values{"seal": {s}, "birth": {" "}}).Want(t, 422, "生年月日が入っていません", "「この患者を開く」")
	for _, wrong := range []string{"00000000", e.Birth[:4], "abc"} {
		c.Post(at+"/confirm", url.Values{"seal": {s}, "birth": {wrong}}).Want(t, 422, "合いません")
	}
	c.Get(at).Want(t, 303)
	c.Post(at+"/confirm", url.Values{"seal": {s}, "birth": {e.Birth[4:]}, "next": {"/labs"}}).Want(t, 303)
	c.Get(at).Want(t, 200)
}

func TestSearch_BirthThatDoesNotFitTheNumberIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	e := hospital().Expect(4)
	for _, typed := range []string{"19000101", "1900/01/01"} {
		at := c.Post("/chart/search", url.Values{"q": {e.ID + " " + typed}}).Want(t, 303).Location()
		c.Get(at).Want(t, 200, "番号と一緒に入れた生年月日が", "写しの時点", e.ID)
	}
	c.Get("/chart/p/"+e.ID).Want(t, 303)
	at := c.Post("/chart/search", url.Values{"q": {e.ID}}).Want(t, 303).Location()
	c.Get(at).Want(t, 200, "写しの時点").Lacks(t, "番号と一緒に入れた")
	found := c.Post("/chart/search", url.Values{"q": {strings.Fields(e.Kana)[0]}}).Want(t, 303).Location()
	c.Get(found).Want(t, 200, "写しの時点")
}

func TestConfirm_MixUpNeedsOneMoreTick(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	e := hospital().Expect(2)
	h.shelf.change(t, e.ID, func(c *model.Chart) {
		c.Notices = []model.Notice{{Level: model.Danger, Code: "patient.other_id", Args: []string{"123"}}}
	})
	at := "/chart/p/" + e.ID
	s := seal(t, c.Get(at+"/confirm").Want(t, 200, "食い違いを承知で開く", "mark-danger").Body)
	c.Post(at+"/confirm", url.Values{"seal": {s}, "how": {"seen"}}).Want(t, 422, "チェックを入れてください")
	c.Post(at+"/confirm", url.Values{"seal": {s}, "birth": {e.Birth}}).Want(t, 422, "チェックを入れてください")
	c.Post("/chart/search", url.Values{"q": {e.ID + " " + e.Birth}}).Want(t, 303)
	c.Get(at).Want(t, 303) // two identifiers typed do not pass it either
	c.Post(at+"/confirm", url.Values{"seal": {s}, "sure": {"yes"}, "how": {"seen"}}).Want(t, 303)
	c.Get(at).Want(t, 200, "notice-danger")
	// A source that is away is a danger, and no mix-up.
	o := hospital().Expect(6)
	h.shelf.change(t, o.ID, func(c *model.Chart) {
		c.Notices = []model.Notice{{Level: model.Danger, Code: "source.away", Args: []string{"s2"}}}
	})
	c.Get("/chart/p/"+o.ID+"/confirm").Want(t, 200, "mark-danger", "この患者を開く").Lacks(t, "食い違いを承知で開く")
}

// A record without name and day of birth has nothing but its number to compare:
// that is said, and one more tick is asked for.
func TestConfirm_NumberAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	e := hospital().Expect(1)
	h.shelf.change(t, e.ID, func(c *model.Chart) {
		c.Notices, c.Person.Kanji, c.Person.Kana, c.Person.Birth = nil, model.Text{}, model.Text{}, model.When{}
	})
	at := "/chart/p/" + e.ID
	s := seal(t, c.Get(at+"/confirm").Want(t, 200, "氏名も生年月日もありません", e.ID).Lacks(t, "食い違い", "照合して開く").Body)
	c.Post(at+"/confirm", url.Values{"seal": {s}, "how": {"seen"}}).Want(t, 422, "別の方法で確かめたうえで")
	c.Get(at).Want(t, 303)
	c.Post(at+"/confirm", url.Values{"seal": {s}, "sure": {"yes"}, "how": {"seen"}}).Want(t, 303)
	c.Get(at).Want(t, 200)
	c.Get("/chart/p/"+hospital().ID(0)+"/confirm").Want(t, 200).Lacks(t, "氏名も生年月日も")
}

func TestSearch_LeavesNoWordsInAddresses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	e := hospital().Expect(5)
	found := c.Post("/chart/search", url.Values{"q": {strings.Fields(e.Kana)[0]}}).Want(t, 303).Location()
	if !strings.HasPrefix(found, "/chart/found/") || strings.Contains(found, "q=") {
		t.Errorf("leads to %s", found)
	}
	c.Get(found).Want(t, 200, wide(e.Kanji), wide(e.Kana), e.ID, "計算値", "カナ")
	if !h.witness.has("chart.search chart/search") {
		t.Errorf("lines %v", h.witness.lines)
	}
	other := reader()
	other.ID = "person/other"
	h.site.As(other).Get(found).Want(t, 303)
	if got := c.Post("/chart/search", url.Values{"q": {e.ID}}).Want(t, 303).Location(); got != "/chart/p/"+e.ID+"/confirm" {
		t.Errorf("one number leads to %s", got)
	}
	if got := c.Post("/chart/search", url.Values{"q": {e.ID + " " + e.Birth}}).Want(t, 303).Location(); got != "/chart/p/"+e.ID {
		t.Errorf("number and day of birth lead to %s", got)
	}
	c.Get("/chart/p/"+e.ID).Want(t, 200)
	c.Post("/chart/search", url.Values{"q": {strings.Repeat("あ", 201)}}).Want(t, 422, "長すぎます")
	none := c.Post("/chart/search", url.Values{"q": {"そんざいしない"}}).Want(t, 303).Location()
	c.Get(none).Want(t, 200, "見つかりません")
}

func TestSearch_ByNumberBeforeAnyIndex(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lists.progress.Phase = "building"
	h.lists.progress.Left = 90 * time.Second
	c := h.site.As(reader())
	c.Get("/chart").Want(t, 200, "番号での検索はもうできます", "残り約2分")
	id := hospital().ID(4)
	if got := c.Post("/chart/search", url.Values{"q": {strings.TrimLeft(id, "0")}}).Want(t, 303).Location(); got != "/chart/p/"+id+"/confirm" {
		t.Errorf("leads to %s", got)
	}
}

func TestWitness_FailureIsLoudAndDoesNotKeepFromReading(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.witness.err = errPulled
	c := h.site.As(reader())
	at := h.open(t, c, hospital().ID(0))
	c.Get(at).Want(t, 200, "閲覧を記録できませんでした")
}

func TestShelf_AwayIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	at := h.open(t, c, hospital().ID(0))
	h.shelf.err = errPulled
	c.Get(at).Want(t, 503, "媒体をつなぎ直して")
	h.shelf.err = nil
	c.Get("/chart/p/0000000000/confirm").Want(t, 404, "いないという意味ではありません")
}
