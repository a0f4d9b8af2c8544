package cli

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/kit"
)

// logOptions are the flags of `toride log …`.
type logOptions struct {
	folder      string
	keys        []string
	checkpoints []string
	from, to    string
	limit       int
}

func (e *env) logCmd() *cobra.Command {
	cmd := e.command("log", "log", func(cmd *cobra.Command, _ []string) error { return cmd.Help() })
	var o logOptions
	verify := e.command("log.verify", "verify", func(cmd *cobra.Command, _ []string) error { return e.runLogVerify(cmd, o) })
	verify.Flags().StringVar(&o.folder, "folder", "", e.t("cli.flag.logfolder"))
	verify.Flags().StringArrayVar(&o.keys, "public-key", nil, e.t("cli.flag.logkey"))
	verify.Flags().StringArrayVar(&o.checkpoints, "checkpoint", nil, e.t("cli.flag.logcheckpoint"))
	search := e.command("log.search", "search [QUERY]", func(cmd *cobra.Command, args []string) error { return e.runLogSearch(cmd, strings.Join(args, " "), o) })
	search.Args = cobra.ArbitraryArgs
	search.Flags().StringVar(&o.from, "from", "", e.t("cli.flag.logfrom"))
	search.Flags().StringVar(&o.to, "to", "", e.t("cli.flag.logto"))
	search.Flags().IntVar(&o.limit, "limit", 100, e.t("cli.flag.loglimit"))
	cmd.AddCommand(verify, search)
	return cmd
}

// runLogVerify verifies the running store, or, with --folder, a copy of its
// files with nothing but public keys.
func (e *env) runLogVerify(cmd *cobra.Command, o logOptions) error {
	checkpoints, err := readAll(o.checkpoints)
	if err != nil {
		return err
	}
	if o.folder != "" {
		return e.verifyFolder(cmd, o, checkpoints)
	}
	return e.with(cmd.Context(), func(c *app.Client) error {
		q := url.Values{"checkpoint": checkpoints}
		var v app.LogVerified
		if err := c.PostJSON(cmd.Context(), "/log/verify?"+q.Encode(), nil, &v); err != nil {
			return err
		}
		return e.logVerified(v)
	})
}

func readAll(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fault.New(fault.Invalid, "cli.input", path, err.Error()).With(err)
		}
		out = append(out, string(data))
	}
	return out, nil
}

func (e *env) verifyFolder(cmd *cobra.Command, o logOptions, checkpoints []string) error {
	cfg := store.VerifyConfig{Folder: o.folder, Checkpoints: checkpoints, Now: now()}
	for _, key := range o.keys {
		if data, err := os.ReadFile(key); err == nil { // a file of keys, or the key itself
			key = string(data)
		}
		for line := range strings.Lines(key) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			v, err := note.NewVerifier(line)
			if err != nil {
				return fault.New(fault.Invalid, "cli.log.key", line).With(err)
			}
			cfg.Keys = append(cfg.Keys, v)
		}
	}
	if len(cfg.Keys) == 0 {
		return kit.Misuse("cli.log.nokey")
	}
	if f, ok := e.err.(*os.File); ok && isTerminal(f) {
		bar := progressbar.DefaultBytes(-1, e.t("cli.log.progress"))
		cfg.Progress = func(done, total int64) {
			bar.ChangeMax64(max(total, 1))
			_ = bar.Set64(done) // a bar that cannot be drawn stops nothing
		}
	}
	report, err := store.VerifyFolder(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	v := app.LogVerified{Report: report, Broken: report.Broken()}
	for _, f := range report.Findings {
		v.Says = append(v.Says, e.cat.Say(e.lang, f.Say()))
	}
	return e.logVerified(v)
}

func (e *env) logVerified(v app.LogVerified) error {
	if e.json {
		if err := e.printJSON(v); err != nil {
			return err
		}
	} else {
		e.say("cli.log.looked", v.Rows, v.Files, cmp.Or(shortTime(v.From), "-"), cmp.Or(shortTime(v.To), "-"))
		for _, say := range v.Says {
			fmt.Fprintln(e.out, "  "+strings.ReplaceAll(say, "\n", "\n  "))
		}
		if v.Broken {
			e.say("cli.log.broken")
		} else {
			e.say("cli.log.holds")
		}
	}
	if v.Broken {
		return errFinding
	}
	return nil
}

func shortTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

// runLogSearch prints one JSON object for each event, the newest first.
func (e *env) runLogSearch(cmd *cobra.Command, words string, o logOptions) error {
	q := url.Values{"q": {words}, "limit": {strconv.Itoa(o.limit)}}
	for name, value := range map[string]string{"from": o.from, "to": o.to} {
		if value == "" {
			continue
		}
		t, err := flagTime(value)
		if err != nil {
			return err
		}
		q.Set(name, t.Format(time.RFC3339))
	}
	return e.with(cmd.Context(), func(c *app.Client) error {
		_, err := c.Do(cmd.Context(), http.MethodGet, "/log/search?"+q.Encode(), nil, e.out)
		return err
	})
}

// flagTime reads 24h (so long ago), a day, or a time.
func flagTime(s string) (time.Time, error) {
	if d, err := time.ParseDuration(s); err == nil {
		return now().Add(-d), nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, kit.Misuse("kit.time", s)
}
