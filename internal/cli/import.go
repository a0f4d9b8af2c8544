package cli

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/exposure"
	"github.com/torideproject/toride/internal/fault"
)

// importOptions are the flags of `toride import`.
type importOptions struct {
	dryRun bool
	table  string
}

func (e *env) importCmd() *cobra.Command {
	var o importOptions
	cmd := e.command("import", "import FILE", func(cmd *cobra.Command, args []string) error {
		return e.with(cmd.Context(), func(c *app.Client) error { return e.runImport(cmd, c, args[0], o) })
	})
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, e.t("cli.flag.jobrows"))
	cmd.Flags().StringVar(&o.table, "table", "", e.t("cli.flag.kind"))
	return cmd
}

func (e *env) runImport(cmd *cobra.Command, c *app.Client, path string, o importOptions) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.New(fault.Invalid, "cli.input", path, err.Error()).With(err)
	}
	defer f.Close()
	q := url.Values{"name": {filepath.Base(path)}, "table": {o.table}}
	if o.dryRun {
		q.Set("dry", "1")
	}
	var got app.Imported
	if err := c.PostJSON(cmd.Context(), "/import?"+q.Encode(), f, &got); err != nil {
		return err
	}
	refused := got.Counts[asset.RowRejected]
	if e.json {
		err = e.printJSON(got)
	} else {
		e.sayImport(got, refused)
	}
	if err == nil && refused > 0 {
		return errFinding
	}
	return err
}

func (e *env) sayImport(got app.Imported, refused int) {
	key := "cli.import.done"
	if !got.Applied {
		key = "cli.import.dry"
	}
	e.say(key, got.File, got.Counts[asset.RowNew]+got.Counts[asset.RowCreated], got.Counts[asset.RowChanged], got.Counts[asset.RowUnchanged], refused, got.Fields, fmt.Sprintf("%.1f", got.Seconds))
	for i, words := range got.Says {
		if i == 30 {
			e.say("cli.import.more", len(got.Says)-i)
			break
		}
		fmt.Fprintln(e.out, "  "+strings.ReplaceAll(words, "\n", " "))
	}
}

func (e *env) kev() *cobra.Command {
	cmd := e.command("kev", "kev FILE", func(cmd *cobra.Command, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return fault.New(fault.Invalid, "cli.input", args[0], err.Error()).With(err)
		}
		defer f.Close()
		return e.with(cmd.Context(), func(c *app.Client) error {
			var feed exposure.Feed
			if err := c.PostJSON(cmd.Context(), "/kev?name="+url.QueryEscape(filepath.Base(args[0])), f, &feed); err != nil {
				return err
			}
			if e.json {
				return e.printJSON(feed)
			}
			e.say("cli.kev.done", feed.Version, feed.Entries, feed.SHA256)
			return nil
		})
	})
	cmd.Args = cobra.ExactArgs(1)
	return cmd
}
