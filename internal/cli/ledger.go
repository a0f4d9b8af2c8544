package cli

import (
	"errors"
	"net/http"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

func (e *env) ledger() *cobra.Command {
	cmd := e.command("ledger", "ledger", func(cmd *cobra.Command, _ []string) error { return cmd.Help() })
	var checkpoint, file string
	verify := e.command("ledger.verify", "verify", func(cmd *cobra.Command, _ []string) error {
		if file != "" {
			return e.verifyFile(file, checkpoint)
		}
		return e.with(cmd.Context(), func(c *app.Client) error {
			var v app.Verified
			if err := c.GetJSON(cmd.Context(), "/ledger/verify?checkpoint="+url.QueryEscape(checkpoint), &v); err != nil {
				return err
			}
			return e.verified(v)
		})
	})
	verify.Flags().StringVar(&checkpoint, "checkpoint", "", e.t("cli.flag.checkpoint"))
	verify.Flags().StringVar(&file, "file", "", e.t("cli.flag.ledgerfile"))
	export := e.command("ledger.export", "export", func(cmd *cobra.Command, _ []string) error {
		return e.with(cmd.Context(), func(c *app.Client) error {
			_, err := c.Do(cmd.Context(), http.MethodGet, "/ledger", nil, e.out)
			return err
		})
	})
	cmd.AddCommand(verify, export)
	return cmd
}

// verifyFile checks an exported chain without any data folder.
func (e *env) verifyFile(path, checkpoint string) error {
	against, err := ledger.ParseCheckpoint(checkpoint)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return fault.New(fault.Invalid, "cli.input", path, err.Error()).With(err)
	}
	defer f.Close()
	v := app.Verified{}
	v.Report, err = ledger.VerifyExport(f, against)
	if be, ok := errors.AsType[*ledger.BrokenError](err); ok {
		v.Broken, v.Reason = be.Seq, be.Reason
	} else if err != nil {
		return err
	}
	return e.verified(v)
}

func (e *env) verified(v app.Verified) error {
	if e.json {
		if err := e.printJSON(v); err != nil {
			return err
		}
	}
	if v.Reason != "" {
		if !e.json {
			e.say("cli.ledger.broken", v.Broken, e.t("cli.ledger.reason."+string(v.Reason)))
		}
		return errFinding
	}
	if !e.json {
		e.say("cli.ledger.holds", v.Report.Lines, v.Report.Last.String())
	}
	return nil
}
