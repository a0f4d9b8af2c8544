package logbook_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/logbook"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
)

// daysOfRecords lets one record come on each of n days, sealed; the clock stands
// on the last.
func (r *room) daysOfRecords(t *testing.T, n int) {
	t.Helper()
	for day := range n {
		if day > 0 {
			r.clock.Add(24 * time.Hour)
		}
		r.take(t, sshd("suzuki", day%50))
		if err := r.store.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// kept is the line of the last change of the settings, or "".
func (r *room) kept(t *testing.T) string {
	t.Helper()
	lines, _, err := r.book.Entries(t.Context(), ledger.Filter{Action: "log.keep", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) == 0 {
		return ""
	}
	return string(lines[0].Detail)
}

func hidden(t *testing.T, page, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<input type="hidden" name="`+name+`" value="`)
	if !ok {
		t.Fatalf("no field %s in %s", name, page)
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func TestKeep_ShorteningSaysWhatGoesAndAsks(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.daysOfRecords(t, 33)
	boss := r.site.As(webtest.Person("log.read", "log.write"))
	boss.Get("/log/keep").Want(t, 200, "最初のまま", "400 日", "1年以上", "未確認").Lacks(t, `name="seen"`)
	look := boss.Get("/log/keep?days=30&reserve=").Want(t, 200, "2026年11月2日", "2 日分", "2 件", "1時間以内", "1年より短い", `name="sure"`)
	if r.kept(t) != "" {
		t.Error("looking ahead left a line")
	}
	form := url.Values{"days": {"30"}, "reserve": {""}, "seen": {hidden(t, look.Body, "seen")}}
	boss.Post("/log/keep", form).Want(t, 422, "入力してください")
	form.Set("why", "ディスクの交換まで")
	boss.Post("/log/keep", form).Want(t, 422)
	form.Set("sure", "yes")
	stale := url.Values{"days": {"30"}, "reserve": {""}, "seen": {"400/0/1"}, "why": {"x"}, "sure": {"yes"}}
	boss.Post("/log/keep", stale).Want(t, 409, "確かめていただいた内容")
	if r.kept(t) != "" {
		t.Error("a refused change left a line")
	}
	boss.Post("/log/keep", form).Want(t, 303)
	want := `{"after":{"days":30,"reserve_bytes":0},"before":{"days":400,"reserve_bytes":0},"due_days":2,"due_rows":2,"why":"ディスクの交換まで"}`
	if got := r.kept(t); got != want {
		t.Errorf("the ledger has %s", got)
	}
	boss.Get("/log/kept").Want(t, 200, "30 日保存", "2 日分")
	if err := r.store.Tick(t.Context()); err != nil { // what Run does
		t.Fatal(err)
	}
	if p := r.store.Plan(); len(p.Days) != 0 || p.KeepDays != 30 {
		t.Errorf("%+v", p)
	}
	// Longer again needs no tick: nothing is lost by it.
	look = boss.Get("/log/keep?days=400&reserve=40").Want(t, 200, "この変更で削除される記録はありません", "40 GB").Lacks(t, `name="sure"`)
	boss.Post("/log/keep", url.Values{"days": {"400"}, "reserve": {"40"}, "seen": {hidden(t, look.Body, "seen")}}).Want(t, 303)
	again, err := logbook.OpenKeeping(t.Context(), r.book)
	if err != nil {
		t.Fatal(err)
	}
	if now := again.Now(); now.Days != 400 || now.Reserve != 40<<30 || now.By == "" || now.ChangedAt.IsZero() {
		t.Errorf("after a restart: %+v", now)
	}
}

func TestKeep_ManyDaysWaitForAPerson(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.daysOfRecords(t, 41)
	boss := r.site.As(webtest.Person("log.read", "log.write"))
	look := boss.Get("/log/keep?days=30").Want(t, 200, "10 日分", "自動では削除しません")
	boss.In(text.EN).Get("/log/keep?days=30").Want(t, 200, "10 days", "does not delete").Lacks(t, "保存", "削除")
	boss.Post("/log/keep", url.Values{"days": {"30"}, "seen": {hidden(t, look.Body, "seen")}, "why": {"試験"}, "sure": {"yes"}}).Want(t, 303)
	if err := r.store.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	boss.Get("/log/kept").Want(t, 200, "一度に8日分以上", "期間を過ぎた記録を削除する")
	r.site.As(webtest.Person("log.read")).Get("/log/kept").Want(t, 200, "一度に8日分以上").Lacks(t, "/log/delete", "/log/keep\"")
	sure := boss.Post("/log/delete", nil).Want(t, 422, "10 日分", "2026年11月2日", "10 件を削除します")
	boss.Post("/log/delete", url.Values{"days": {hidden(t, sure.Body, "days")}, "sure": {"yes"}}).Want(t, 303)
	boss.Get("/log/kept").Want(t, 200, "削除の対象はありません")
	boss.Post("/log/delete", nil).Want(t, 409)
}

func TestKeep_HeldOutOfRangeAndWithoutTheRight(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.daysOfRecords(t, 33)
	if err := r.store.Hold(t.Context(), "incident/1", time.Time{}, "toride"); err != nil {
		t.Fatal(err)
	}
	boss := r.site.As(webtest.Person("log.read", "log.write"))
	boss.Get("/log/keep?days=30").Want(t, 200, "いまは削除しません", "止めている間は何も削除しません")
	for _, bad := range []string{"days=29", "days=3651", "days=x", "days=400&reserve=0", "days=400&reserve=-1", "days=400&reserve=401", "days=400&reserve=99999999999999999999"} {
		boss.Get("/log/keep?"+bad).Want(t, 422, "aria-invalid")
		values, err := url.ParseQuery(bad)
		if err != nil {
			t.Fatal(err)
		}
		boss.Post("/log/keep", values).Want(t, 422)
	}
	boss.Get("/log/keep?days=400&reserve=101").Want(t, 422, "すぐに受け取りが止まって") // 100 GB are free
	boss.Get("/log/keep?days=４００&reserve=９０").Want(t, 200, "90 GB")
	boss.Post("/log/keep", url.Values{"days": {"400"}, "reserve": {""}}).Want(t, 409) // as it is
	reader := r.site.As(webtest.Person("log.read"))
	reader.Get("/log/keep").Want(t, 403)
	reader.Post("/log/keep", url.Values{"days": {"30"}}).Want(t, 403)
	if r.kept(t) != "" {
		t.Error("something was changed")
	}
}

func TestAnchor_OnceADayAndComparedByVerify(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	boss := r.site.As(webtest.Person("log.read", "log.write"))
	boss.Get("/log/kept").Want(t, 200, "まだ操作記録に写していません")
	r.daysOfRecords(t, 2)
	for range 3 { // each hour of the day, nothing more
		if err := r.log.Anchor(t.Context(), r.store.Head()); err != nil {
			t.Fatal(err)
		}
		r.take(t, sshd("sato", 7))
		if err := r.store.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.clock.Add(24 * time.Hour)
	if err := r.log.Anchor(t.Context(), r.store.Head()); err != nil {
		t.Fatal(err)
	}
	r.clock.Add(24 * time.Hour) // nothing new: the same state is not written again
	if err := r.log.Anchor(t.Context(), r.store.Head()); err != nil {
		t.Fatal(err)
	}
	anchors, err := r.log.Anchors(t.Context(), 10)
	if err != nil || len(anchors) != 2 || anchors[0].Head != r.store.Head() || anchors[1].Size >= anchors[0].Size {
		t.Fatalf("%+v, %v", anchors, err)
	}
	boss.Get("/log/kept").Want(t, 200, "まで)です")
	boss.Get("/log/proof?source=test&from=2026-11-02&to=2026-11-05").Want(t, 200, "操作記録に写したチェックポイント", strings.ReplaceAll(anchors[0].Root, "+", "&#43;"), "2026年11月2日(月) から")
	checkpoints, err := r.log.Checkpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report, err := r.store.Verify(t.Context(), checkpoints, nil); err != nil || len(report.Findings) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	// A ledger that knows of more than the log has: the log was cut back.
	other := newRoom(t)
	other.daysOfRecords(t, 1)
	if err := other.log.Anchor(t.Context(), r.store.Head()); err != nil {
		t.Fatal(err)
	}
	boss = other.site.As(webtest.Person("log.read", "log.write"))
	boss.Post("/log/verify", nil).Want(t, 303)
	other.Close() // waits for the verification, or cuts it short
	boss.Post("/log/verify", nil).Want(t, 409)
	checkpoints, err = other.log.Checkpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report, err := other.store.Verify(t.Context(), checkpoints, nil)
	if err != nil || !report.Broken() {
		t.Errorf("a foreign state in the ledger went unnoticed: %+v, %v", report, err)
	}
}

func TestSearch_TimesThatWereTypedComeFirst(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.take(t, sshd("suzuki", 1))
	person := r.site.As(webtest.Person("log.read"))
	own := `<option value="own" selected>`
	person.Get("/log?range=24h&from=&to=").Want(t, 200, `<option value="24h" selected>`, "<details><summary>日時で").Lacks(t, own, `name="was"`, "/log/upload")
	person.Get("/log?range=24h&from=2026-11-01T00:00&to=").Want(t, 200, own, "<details open>", `name="was" value="own"`)
	person.Get("/log?range=7d&from=2026-11-01T00:00&to=2026-11-02T00:00&was=own").Want(t, 200, `<option value="7d" selected>`).Lacks(t, own)
	person.Get("/log?range=own&from=2026-11-01T00:00&to=2026-11-02T00:00&was=own").Want(t, 200, own, `value="2026-11-02T00:00"`)
}
