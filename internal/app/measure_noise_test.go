//go:build measure

package app_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/demo"
	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/sigma"
)

// TestMeasure_Noise tells the demo's story with Toride's own rules as they come,
// and again with the public rules beside them and everything switched on, and
// counts alerts and stories of a day by level, and which rules match most.
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
	first, last := spanOf(t, a)
	midnight := demo.NightOf(time.Now(), zone)
	days := max(1, midnight.Sub(first).Hours()/24)
	var alerts, stories, nightly tallies
	size, alone := []int{}, 0 // of the night
	for _, al := range bodiesOf[detect.Alert](t, a, "SELECT body FROM detect_alert") {
		switch {
		case al.First.Before(midnight):
			alerts.add(al.Level)
		default:
			nightly.add(al.Level)
			if al.Story == "" {
				alone++
			}
		}
	}
	for _, s := range bodiesOf[detect.Story](t, a, "SELECT body FROM detect_story WHERE state != 'merged'") {
		if s.First.Before(midnight) {
			stories.add(s.Level)
		} else {
			size = append(size, s.Size)
		}
	}
	slices.SortFunc(size, func(x, y int) int { return cmp.Compare(y, x) })
	row(what+", ordinary days", "alerts a day: "+alerts.perDay(days), fmt.Sprintf("%d events from %s to %s, %.1f ordinary days", u.Rows+int64(u.NotSealed),
		first.In(zone).Format("01-02 15:04"), last.In(zone).Format("01-02 15:04"), days), "own rules: a handful")
	row(what+", ordinary days", "stories a day: "+stories.perDay(days), "a story begins at medium; high and critical ones wake somebody", "")
	row(what+", the night", fmt.Sprintf("%d alerts in %d stories, %d below the level of a story", nightly.all(), len(size), alone),
		fmt.Sprintf("alerts by story %v", size[:min(len(size), 10)]), "one story")
	noisiest(t, a, what, midnight.In(zone), days)
}

// tallies counts by level.
type tallies [sigma.Critical + 1]int

func (n *tallies) add(l sigma.Level) { n[l]++ }

func (n *tallies) all() (sum int) {
	for _, x := range n {
		sum += x
	}
	return sum
}

func (n *tallies) perDay(days float64) string {
	out := fmt.Sprintf("%.1f", float64(n.all())/days)
	for l := sigma.Critical; l >= sigma.Informational; l-- {
		out += fmt.Sprintf(", %s %.2f", l, float64(n[l])/days)
	}
	return out
}

// noisiest prints the rules that match most often on ordinary days, as the page
// of a rule shows it before the rule is switched on, and what they would open.
func noisiest(t *testing.T, a *app.App, what string, midnight time.Time, days float64) {
	t.Helper()
	rows, err := a.Book.DB().Read().QueryContext(t.Context(), "SELECT rule, sum(n) FROM detect_count WHERE day < ? GROUP BY rule ORDER BY 2 DESC", midnight.Format(time.DateOnly))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	opened := map[string]int{}
	for _, al := range bodiesOf[detect.Alert](t, a, "SELECT body FROM detect_alert") {
		if !al.First.Before(midnight) {
			continue
		}
		for _, r := range al.Rules {
			opened[r.Rule]++
		}
	}
	listed, severe := 0, 0
	for rows.Next() {
		var ref string
		var n int
		if err := rows.Scan(&ref, &n); err != nil {
			t.Fatal(err)
		}
		r := a.Parts.Detect.Rule(ref)
		if r == nil {
			continue
		}
		// The ten that match most, and the ten that do so of high level or above.
		if listed++; listed > 10 {
			if r.Level < sigma.High || severe >= 10 {
				continue
			}
		}
		if r.Level >= sigma.High {
			severe++
		}
		row(what+fmt.Sprintf(", rule %d", listed), fmt.Sprintf("%.1f matches a day, in %.2f alerts a day", float64(n)/days, float64(opened[ref])/days),
			fmt.Sprintf("%s, %s %s", r.Level, ref, r.Title.EN), "")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
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
