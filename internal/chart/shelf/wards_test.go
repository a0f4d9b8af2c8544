package shelf

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
)

// A running shelf shows the names of a list of wards that was put there after its
// start.
func TestRun_ReadsTheListOfWardsAgain(t *testing.T) {
	t.Parallel()
	const watch = 42 * time.Second
	ticks, dir := make(chan time.Time), t.TempDir()
	cfg := Config{Roots: []string{store(t)}, Watch: watch, After: func(d time.Duration) <-chan time.Time {
		if d == watch {
			return ticks
		}
		return nil
	}}
	cfg.Index = index.Config{Quick: -1, Wards: index.OpenWards(t.Context(), dir, slog.New(slog.DiscardHandler))}
	s := indexed(t, cfg)
	wards := s.Index().Wards()
	if len(wards) == 0 || wards[0].Name != "" {
		t.Fatalf("%+v", wards)
	}
	if err := os.WriteFile(filepath.Join(dir, index.WardList), []byte(wards[0].Code+",架空病棟\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ticks <- time.Time{}
	waitFor(t, func() bool { return s.Index().Wards()[0].Name == "架空病棟" })
}
