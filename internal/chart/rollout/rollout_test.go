package rollout_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/rollout"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func desk(t *testing.T) (*rollout.Desk, *ledgertest.Clock) {
	t.Helper()
	c := ledgertest.NewClock()
	d, err := rollout.New(t.Context(), rollout.Config{Book: ledgertest.BookAt(t, c), Clock: c.Now, Zone: time.FixedZone("JST", 9*3600),
		Sites: func() []string { return []string{"https://192.0.2.10:8444"} },
		Measure: func(context.Context) []rollout.Measured {
			return []rollout.Measured{{Step: "first", Took: 412 * time.Millisecond, OK: true, Note: text.Raw("1 人目")}, {Step: "paper", Took: 40 * time.Second, Note: text.Raw("紙切れ")}}
		}})
	if err != nil {
		t.Fatal(err)
	}
	return d, c
}

func state(t *testing.T, d *rollout.Desk, id string) reading.Reading {
	t.Helper()
	all, err := d.Readings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no reading %s", id)
	return reading.Reading{}
}

func TestRehearsal_TimesAndEvidence(t *testing.T) {
	t.Parallel()
	d, c := desk(t)
	ctx, actor := t.Context(), ledgertest.Actor()
	if r := state(t, d, "chart.rehearsed"); r.State != reading.Unknown {
		t.Errorf("before any drill: %+v", r)
	}
	id, err := d.Begin(ctx, actor, "救急", "医師 架空太郎")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.End(ctx, actor, id, ""); err == nil {
		t.Error("a drill without steps was ended")
	}
	for i, step := range []string{"alarm", "locker"} {
		c.Add(time.Duration(3+i) * time.Minute)
		if err := d.Stop(ctx, actor, id, rollout.Step{Name: step, Result: rollout.ResultOK}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Stop(ctx, actor, id, rollout.Step{Name: "start", Result: rollout.ResultTrouble}); err == nil {
		t.Error("trouble without a word was taken")
	}
	if err := d.Stop(ctx, actor, id, rollout.Step{Name: "dance", Result: rollout.ResultOK}); err == nil {
		t.Error("a step that does not exist was taken")
	}
	if err := d.Measure(ctx, actor, id, func(m text.Msg) string { return m.Args[0].(string) }); err != nil {
		t.Fatal(err)
	}
	if err := d.End(ctx, actor, id, "紙を足す"); err != nil {
		t.Fatal(err)
	}
	r, err := d.Rehearsal(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range r.Steps {
		got = append(got, s.Name+" "+s.Took.String()+" "+s.Result)
	}
	if want := "alarm 3m0s ok, locker 4m0s ok, first 412ms ok, paper 40s trouble"; strings.Join(got, ", ") != want {
		t.Errorf("steps %v, want %s", got, want)
	}
	if r.Took() != 7*time.Minute || r.Result != rollout.ResultTrouble {
		t.Errorf("took %v, %s", r.Took(), r.Result)
	}
	if err := d.Stop(ctx, actor, id, rollout.Step{Name: "close", Result: rollout.ResultOK}); err == nil {
		t.Error("a finished drill was changed")
	}
	if r := state(t, d, "chart.rehearsed"); r.State != reading.Bad {
		t.Errorf("after trouble: %+v", r)
	}
}

func TestRehearsal_CountsForAYear(t *testing.T) {
	t.Parallel()
	d, c := desk(t)
	ctx, actor := t.Context(), ledgertest.Actor()
	id, err := d.Begin(ctx, actor, "救急", "医師")
	if err == nil {
		err = d.Stop(ctx, actor, id, rollout.Step{Name: "alarm", Result: rollout.ResultOK})
	}
	if err == nil {
		err = d.End(ctx, actor, id, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	if r := state(t, d, "chart.rehearsed"); r.State != reading.Good {
		t.Errorf("fresh: %+v", r)
	}
	c.Add(366 * 24 * time.Hour)
	if r := state(t, d, "chart.rehearsed"); r.State != reading.Bad {
		t.Errorf("a year later: %+v", r)
	}
}

func TestLocker(t *testing.T) {
	t.Parallel()
	d, c := desk(t)
	s := webtest.New(t, c.Now, d.Module())
	setup := s.As(webtest.Person(right.Setup))
	if r := state(t, d, "chart.locker"); r.State != reading.Unknown {
		t.Errorf("never looked at: %+v", r)
	}
	values := url.Values{}
	for _, item := range rollout.LockerItems() {
		values.Set("there-"+item, "yes")
	}
	values.Del("there-printer")
	values.Set("note-printer", "修理中")
	setup.Post("/rollout/locker", values).Want(t, 303)
	if r := state(t, d, "chart.locker"); r.State != reading.Bad || r.Count != 1 {
		t.Errorf("without printer: %+v", r)
	}
	setup.Get("/rollout/locker").Want(t, 200, "修理中", "ない")
	values.Set("there-printer", "yes")
	setup.Post("/rollout/locker", values).Want(t, 303)
	if r := state(t, d, "chart.locker"); r.State != reading.Good {
		t.Errorf("all there: %+v", r)
	}
	c.Add(100 * 24 * time.Hour)
	if r := state(t, d, "chart.locker"); r.State != reading.Bad {
		t.Errorf("three months later: %+v", r)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	d, c := desk(t)
	s := webtest.New(t, c.Now, d.Module())
	setup := s.As(webtest.Person(right.Setup))
	setup.Get("/rollout").Want(t, 200, "場所がまだありません")
	setup.Post("/rollout/place/new", url.Values{"name": {"救急"}, "site": {"http://192.0.2.10"}}).Want(t, 422, "https://")
	sheet := setup.Post("/rollout/place/new", url.Values{"name": {"救急 <外来>"}, "ward": {"ER 1"}, "site": {"https://192.0.2.10:8444/"}, "note": {"内線 1234"}}).Want(t, 303).Location()
	page := setup.Get(sheet).Want(t, 200, "救急 &lt;外来&gt;", "内線 1234", "https://192.0.2.10:8444/join/", "<path d=\"M")
	id := strings.TrimSuffix(strings.TrimPrefix(sheet, "/rollout/place/"), "/sheet")
	setup.Get("/rollout/place/"+id).Want(t, 200, "ER 1")
	if got := s.As(web.Person{}).Get("/join/"+id).Want(t, 303).Location(); got != "/signin?next=%2Fchart%2Fward%2FER%25201" {
		t.Errorf("the code leads to %s", got)
	}
	if got := setup.Get("/join/"+id).Want(t, 303).Location(); got != "/chart/ward/ER%201" {
		t.Errorf("signed in, the code leads to %s", got)
	}
	s.As(webtest.Person("chart.read")).Get(sheet).Want(t, 403)
	setup.Post("/rollout/place/"+id+"/drop", nil).Want(t, 303)
	s.As(web.Person{}).Get("/join/"+id).Want(t, 404, "外された")
	if len(page.Body) > 150_000 {
		t.Errorf("the sheet has %d bytes", len(page.Body))
	}
	run := setup.Post("/rollout/rehearse/new", url.Values{"place": {"救急"}, "people": {"医師"}}).Want(t, 303).Location()
	c.Add(2 * time.Minute)
	setup.Post(run+"/stop", url.Values{"step": {"alarm"}, "result": {"ok"}}).Want(t, 303)
	setup.Post(run+"/measure", nil).Want(t, 303)
	setup.Get(run).Want(t, 200, "2 分 0 秒", "412 ミリ秒", "砦が測定", "紙切れ")
	setup.Post(run+"/end", url.Values{"note": {"次は夜に"}}).Want(t, 303)
	setup.In(text.EN).Get(run).Want(t, 200, "With trouble", "次は夜に").Lacks(t, "/stop")
	setup.In(text.JA).Get("/rollout").Want(t, 200, "課題あり")
	todos, err := d.Todos(t.Context(), webtest.Person(right.Setup))
	if err != nil || len(todos) != 2 {
		t.Errorf("todos %v, %v", todos, err)
	}
}

func TestModule_TemplatesFitTheirData(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	webtest.CheckTemplates(t, d.Module())
}
