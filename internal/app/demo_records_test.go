package app_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/demo"
	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/sigma"
)

// highPerDay is how many alerts that wake somebody an ordinary day may bring
// with Toride's own rules. It was 0 on every day when this was written.
const highPerDay = 1

// bodiesOf reads what a table of detect holds.
func bodiesOf[T any](t *testing.T, a *app.App, query string) (out []T) {
	t.Helper()
	rows, err := a.Book.DB().Read().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		var one T
		if err := rows.Scan(&body); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(body, &one); err != nil {
			t.Fatal(err)
		}
		out = append(out, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func tokyo(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestDemo_OrdinaryDaysAreQuiet counts what the ordinary days bring, and that
// they bring something: rules that never match anything show nothing.
func TestDemo_OrdinaryDaysAreQuiet(t *testing.T) {
	t.Parallel()
	h, zone := stories.Demo(t), tokyo(t)
	told := bodiesOf[detect.Story](t, h.App, "SELECT body FROM detect_story WHERE state != 'merged' ORDER BY level DESC LIMIT 1")
	if len(told) == 0 {
		t.Fatal("no story")
	}
	night := demo.NightOf(told[0].First.Add(9*time.Hour), zone)
	high, low := map[string]int{}, 0
	for _, a := range bodiesOf[detect.Alert](t, h.App, "SELECT body FROM detect_alert") {
		switch {
		case !a.First.Before(night):
		case a.Level >= sigma.High:
			high[a.First.In(zone).Format(time.DateOnly)]++
		case a.Level <= sigma.Low:
			low++
		}
	}
	for day, n := range high {
		if n > highPerDay {
			t.Errorf("%s brings %d alerts of high level or above", day, n)
		}
	}
	if low == 0 {
		t.Error("no rule of low level matches: the days are too quiet to be true")
	}
}

// TestDemo_TheNightIsOneStory holds the night to one story with all its steps,
// told with the register's names, and one call that waits.
func TestDemo_TheNightIsOneStory(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	var open []detect.Story
	for _, s := range bodiesOf[detect.Story](t, h.App, "SELECT body FROM detect_story") {
		if s.State != detect.IsMerged {
			open = append(open, s)
		}
	}
	if len(open) != 1 {
		t.Fatalf("%d stories", len(open))
	}
	s := open[0]
	var steps []string
	for _, step := range s.Steps {
		steps = append(steps, step.String())
	}
	for _, want := range strings.Fields("A1 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13") {
		if !slices.Contains(steps, want) {
			t.Errorf("%s is missing: %v", want, steps)
		}
	}
	if s.State != detect.IsNew || s.Level != sigma.Critical || s.Old || s.Retro {
		t.Errorf("state %s, level %v, old %t, retro %t", s.State, s.Level, s.Old, s.Retro)
	}
	c := h.As(t, "sato")
	page := c.Get(s.URL()).Body.String()
	for _, want := range []string{"給食事業者VPN", "架空給食サービス株式会社のID kyushoku-hosyu", "KYUSHOKU-0001から電子カルテのKARTE-DB-0001へ、初めての遠隔操作", "シャドウコピーが削除されました", "ファイル名が変えられました", "監査ログが消されました", "ログが届かなくなりました", "外へ送られました", "外来・入院とも記録と参照ができない"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the story does not say %q", want)
		}
	}
	if calls := c.Get("/notify").Body.String(); !strings.Contains(calls, "佐藤 一郎") {
		t.Error("nobody is on duty on the page of calls")
	}
	var n int
	if err := h.Book.DB().Read().QueryRowContext(t.Context(), "SELECT count(*) FROM notify_call WHERE key = ?", "story/"+s.ID).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d calls of the story, %v", n, err)
	}
}

// TestDemo_TheChainReadsTheLogs holds the page A1 to A13 to the records: with
// them, each step but the vendor's own can be noticed.
func TestDemo_TheChainReadsTheLogs(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	rows, err := h.Parts.Chain.Rows(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, c := range row.Cells {
			for _, r := range c.Readings {
				if strings.HasPrefix(r.ID, "detect.step.") && r.State != reading.Good {
					t.Errorf("%s: %s is %s", row.Step.ID, r.ID, r.State)
				}
			}
		}
	}
}
