//go:build measure

package app_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/demo"
	"github.com/torideproject/toride/sigma"
)

// TestMeasure_Noise tells the demo's story with Toride's own rules as they come,
// and again with the public rules beside them and everything switched on, and
// counts alerts by day and stories.
func TestMeasure_Noise(t *testing.T) {
	measuring(t)
	for _, public := range []bool{false, true} {
		name := map[bool]string{false: "own rules as they come", true: "own and public rules, all on"}[public]
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cfg, clock := app.DemoConfig(app.Default())
			cfg.Data, cfg.Key, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "key", "toride.key"), "127.0.0.1:0"
			a, err := app.Open(t.Context(), cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}()
			if public {
				allRules(t, a)
			}
			if _, err := a.SeedDemo(t.Context(), clock, 0); err != nil {
				t.Fatal(err)
			}
			noise(t, a, "noise, "+name)
		})
	}
}

func noise(t *testing.T, a *app.App, what string) {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.Parts.Store.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if u.Rows+int64(u.NotSealed) == 0 {
		row(what, "not measured: the demo plays no records", "", "")
		return
	}
	midnight := demo.NightOf(time.Now(), zone)
	night := midnight.Format(time.DateOnly)
	alerts := alertsOf(t, a, zone)
	days, ordinary, high := map[string]int{}, 0, 0
	for _, al := range alerts {
		day := al.at.Format(time.DateOnly)
		days[day]++
		if day != night {
			ordinary++
			if al.level >= int(sigma.High) {
				high++
			}
		}
	}
	var list []string
	for _, day := range sortedKeys(days) {
		list = append(list, fmt.Sprintf("%s: %d", day[5:], days[day]))
	}
	first, last := spanOf(t, a)
	rest := max(1, midnight.Sub(first).Hours()/24)
	row(what+", ordinary days", fmt.Sprintf("%.1f alerts a day, %.1f of them high or critical", float64(ordinary)/rest, float64(high)/rest),
		fmt.Sprintf("%d events from %s to %s; alerts by day (night: %s) %s", u.Rows+int64(u.NotSealed), first.In(zone).Format("01-02 15:04"), last.In(zone).Format("01-02 15:04"), night[5:], strings.Join(list, ", ")), "own rules: a handful")
	stories := map[string]int{}
	for _, al := range alerts {
		if al.at.Format(time.DateOnly) == night {
			stories[al.story]++
		}
	}
	var sizes []int
	for _, n := range stories {
		sizes = append(sizes, n)
	}
	slices.SortFunc(sizes, func(x, y int) int { return cmp.Compare(y, x) })
	row(what+", the night", fmt.Sprintf("%d alerts in %d stories", days[night], len(stories)), fmt.Sprintf("alerts by story %v", sizes[:min(len(sizes), 10)]), "one story")
}

type seenAlert struct {
	at    time.Time
	level int
	story string
}

func alertsOf(t *testing.T, a *app.App, zone *time.Location) (out []seenAlert) {
	t.Helper()
	rows, err := a.Book.DB().Read().QueryContext(t.Context(), "SELECT first_at, level, story FROM detect_alert")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var at string
		var al seenAlert
		if err := rows.Scan(&at, &al.level, &al.story); err != nil {
			t.Fatal(err)
		}
		when, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		al.at = when.In(zone)
		out = append(out, al)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// spanOf gives when the first and the last event came.
func spanOf(t *testing.T, a *app.App) (first, last time.Time) {
	t.Helper()
	sources, err := a.Parts.Store.Sources(t.Context(), time.UnixMicro(0), time.Now().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if first.IsZero() || s.First.Before(first) {
			first = s.First
		}
		if s.Last.After(last) {
			last = s.Last
		}
	}
	return first, last
}

func sortedKeys(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
