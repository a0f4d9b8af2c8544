package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/fault"
)

func (e *env) backup() *cobra.Command {
	cmd := e.command("backup", "backup [FILE]", func(cmd *cobra.Command, args []string) error {
		path := "toride-" + now().Format("20060102-150405") + ".backup"
		if len(args) == 1 {
			path = args[0]
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, "toride-"+now().Format("20060102-150405")+".backup")
		}
		return e.with(cmd.Context(), func(c *app.Client) error { return e.runBackup(cmd, c, path) })
	})
	cmd.Args = cobra.MaximumNArgs(1)
	return cmd
}

// runBackup writes to a new file, and keeps it only if the last word of the
// answer, the manifest, arrived.
func (e *env) runBackup(cmd *cobra.Command, c *app.Client, path string) (err error) {
	part := path + ".part"
	f, err := createOutput(part)
	if err != nil {
		return fault.New(fault.Conflict, "cli.output", part, err.Error()).With(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(part))
		}
	}()
	var w io.Writer = f
	if file, ok := e.err.(*os.File); ok && isTerminal(file) && !e.json {
		w = io.MultiWriter(f, progressbar.DefaultBytes(-1, e.t("cli.backup.progress")))
	}
	trailer, err := c.Do(cmd.Context(), http.MethodGet, "/backup", nil, w)
	if err != nil {
		return err
	}
	var m app.Manifest
	if err := json.Unmarshal([]byte(trailer.Get("Toride-Backup")), &m); err != nil {
		return fault.New(fault.Busy, "cli.backup.cut").With(err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("cli: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("cli: %w", err)
	}
	if _, err := os.Stat(path); err == nil {
		return fault.New(fault.Conflict, "cli.exists", path)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("cli: %w", err)
	}
	if e.json {
		return e.printJSON(m)
	}
	e.say("cli.backup.done", path, m.Made, m.Ledger.String())
	return nil
}

func (e *env) restore() *cobra.Command {
	var check bool
	cmd := e.command("restore", "restore FILE", func(cmd *cobra.Command, args []string) error {
		cfg, err := e.load()
		if err != nil {
			return err
		}
		f, err := os.Open(args[0])
		if err != nil {
			return fault.New(fault.Invalid, "cli.input", args[0], err.Error()).With(err)
		}
		defer f.Close()
		m, err := app.Restore(cmd.Context(), cfg, f, check)
		if err != nil {
			return err
		}
		if e.json {
			return e.printJSON(m)
		}
		key := "cli.restore.done"
		if check {
			key = "cli.restore.checked"
		}
		e.say(key, m.Made, cfg.Data, m.Ledger.String())
		return nil
	})
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().BoolVar(&check, "check", false, e.t("cli.flag.check"))
	recover := e.command("recoverkey", "recovery-key", func(cmd *cobra.Command, _ []string) error {
		cfg, err := e.load()
		if err != nil {
			return err
		}
		e.say("cli.recoverkey.ask")
		typed, err := io.ReadAll(io.LimitReader(e.in, 4096))
		if err != nil {
			return fmt.Errorf("cli: %w", err)
		}
		if err := app.Recover(cfg, string(typed)); err != nil {
			return err
		}
		e.say("cli.recoverkey.done", cfg.Key)
		return nil
	})
	cmd.AddCommand(recover)
	return cmd
}
