package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/release"
	"github.com/torideproject/toride/internal/text"
)

func (e *env) serve() *cobra.Command {
	var listen string
	cmd := e.command("serve", "serve", func(cmd *cobra.Command, _ []string) error {
		cfg, err := e.load()
		if err != nil {
			return err
		}
		if listen != "" {
			cfg.Listen = listen
		}
		return e.runServe(cmd, cfg)
	})
	cmd.Flags().StringVar(&listen, "listen", "", e.t("cli.flag.listen"))
	return cmd
}

// runServe opens the data folder, serves, and says how to get in.
func (e *env) runServe(cmd *cobra.Command, cfg app.Config) (err error) {
	a, err := app.Open(cmd.Context(), cfg, e.logger(cfg.Log))
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := a.Close(); err == nil {
			err = closeErr
		}
	}()
	return a.Run(cmd.Context(), func(addr net.Addr) {
		url := urlOf(addr)
		e.say("cli.serve.ready", url, a.Fingerprint())
		e.sayEntrance(cmd.Context(), a, url)
	})
}

// sayEntrance tells how the set-up begins, while it is not done. A one-time
// link is no matter for the journal, which is kept and read by more people.
func (e *env) sayEntrance(ctx context.Context, a *app.App, url string) {
	if os.Getenv("JOURNAL_STREAM") != "" {
		e.say("cli.serve.service")
		return
	}
	if path, err := a.SetupPath(ctx); err == nil && path != "" {
		e.say("cli.serve.setup", url+path)
	}
}

func urlOf(addr net.Addr) string {
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "https://" + addr.String()
	}
	return "https://localhost:" + port
}

// demoFolder is where `toride demo` keeps the made-up hospital.
const demoFolder = ".demo"

func (e *env) demo() *cobra.Command {
	var listen, night string
	var fresh bool
	cmd := e.command("demo", "demo", func(cmd *cobra.Command, _ []string) error {
		cfg := app.Default()
		cfg.Data, cfg.Key, cfg.Listen, cfg.Log = demoFolder+"/data", demoFolder+"/key/toride.key", listen, "warn"
		if e.data != "" {
			cfg.Data = e.data
		}
		if e.key != "" {
			cfg.Key = e.key
		}
		switch night {
		case "told":
		case "live":
			cfg.DemoLater = true
		default:
			return fault.New(fault.Invalid, "cli.demo.night", night)
		}
		if fresh {
			if err := app.ClearDemo(cfg); err != nil {
				return err
			}
		}
		return e.runDemo(cmd, cfg)
	})
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8443", e.t("cli.flag.listen"))
	cmd.Flags().BoolVar(&fresh, "fresh", false, e.t("cli.flag.fresh"))
	cmd.Flags().StringVar(&night, "night", "told", e.t("cli.flag.night"))
	return cmd
}

func (e *env) runDemo(cmd *cobra.Command, cfg app.Config) (err error) {
	started := time.Now()
	if err := app.OnlyDemo(cfg); err != nil {
		return err
	}
	cfg, clock := app.DemoConfig(cfg)
	a, err := app.Open(cmd.Context(), cfg, e.logger(cfg.Log))
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := a.Close(); err == nil {
			err = closeErr
		}
	}()
	clock.Watch(e.tellDays())
	links, err := a.SeedDemo(cmd.Context(), clock, 0)
	if err != nil {
		return err
	}
	feeding, stop := context.WithCancel(cmd.Context())
	fed := make(chan error, 1)
	go func() { fed <- a.Parts.Demo.Run(feeding) }()
	defer func() {
		stop()
		err = errors.Join(err, <-fed)
	}()
	return a.Run(cmd.Context(), func(addr net.Addr) {
		url := urlOf(addr)
		e.say("cli.demo.ready", url, int(time.Since(started).Milliseconds()))
		for _, l := range links {
			fmt.Fprintf(e.out, "  %s\n    %s%s\n", e.cat.Say(e.lang, l.Who), url, l.Path)
		}
		if n := a.Parts.Demo.Night(); n.From.IsZero() {
			e.say("cli.demo.later", url+"/demo")
		} else if cfg.DemoLater {
			e.say("cli.demo.already", n.From)
		}
		e.say("cli.demo.stop")
	})
}

// tellDays says now and then up to which day the demo's story is told.
func (e *env) tellDays() func(at time.Time) {
	const often = 4 * 24 * time.Hour
	var said time.Time
	return func(at time.Time) {
		if at.Sub(said) >= often {
			said = at
			e.say("cli.demo.told", text.Day(at))
		}
	}
}

func (e *env) setupLink() *cobra.Command {
	return e.command("setuplink", "setup-link", func(cmd *cobra.Command, _ []string) error {
		return e.with(cmd.Context(), func(c *app.Client) error {
			var answer struct{ Path string }
			if err := c.PostJSON(cmd.Context(), "/setup-link", nil, &answer); err != nil {
				return err
			}
			e.say("cli.setuplink.path", answer.Path)
			return nil
		})
	})
}

func (e *env) status() *cobra.Command {
	return e.command("status", "status", func(cmd *cobra.Command, _ []string) error {
		return e.with(cmd.Context(), func(c *app.Client) error {
			var s app.Status
			if err := c.GetJSON(cmd.Context(), "/status", &s); err != nil {
				return err
			}
			if e.json {
				return e.printJSON(s)
			}
			e.say("cli.status.say", s.Version, s.Hospital, s.Facility, s.Listen, s.Fingerprint, s.Ledger.String())
			return nil
		})
	})
}

func (e *env) version() *cobra.Command {
	var sbom bool
	cmd := e.command("version", "version", func(*cobra.Command, []string) error {
		switch {
		case sbom:
			return e.printJSON(app.BillOfMaterials())
		case e.json:
			return e.printJSON(map[string]any{"version": release.Version(), "modules": app.Modules()})
		}
		fmt.Fprintln(e.out, "toride", release.Version())
		return nil
	})
	cmd.Flags().BoolVar(&sbom, "sbom", false, e.t("cli.flag.sbom"))
	return cmd
}

func (e *env) configCmd() *cobra.Command {
	return e.command("config", "config", func(*cobra.Command, []string) error {
		cfg, err := e.load()
		if err != nil {
			return err
		}
		if e.json {
			return e.printJSON(cfg)
		}
		return app.Explain(e.out, cfg, func(key string) string { return e.t("cli.config." + key) })
	})
}

func createOutput(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}
