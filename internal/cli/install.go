package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/app"
)

func (e *env) install() *cobra.Command {
	var o app.InstallOptions
	o.About = func(key string) string { return e.t("cli.config." + key) }
	cmd := e.command("install", "install", func(cmd *cobra.Command, _ []string) error {
		steps, err := app.PlanInstall(o)
		if err != nil {
			return err
		}
		for _, s := range steps {
			fmt.Fprintln(e.out, "  "+e.cat.Say(e.lang, s.Say))
			if s.Content != "" && o.DryRun {
				fmt.Fprintln(e.out, indent(s.Content))
			}
			if o.DryRun {
				continue
			}
			if err := s.Do(cmd.Context()); err != nil {
				return err
			}
		}
		if o.DryRun {
			e.say("cli.install.dry")
			return nil
		}
		e.say("cli.install.done")
		return nil
	})
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, e.t("cli.flag.dryrun"))
	cmd.Flags().StringVar(&o.Root, "root", "/", e.t("cli.flag.root"))
	cmd.Flags().BoolVar(&o.NoStart, "no-start", false, e.t("cli.flag.nostart"))
	return cmd
}

func indent(s string) string {
	out := ""
	for _, line := range splitLines(s) {
		out += "      │ " + line + "\n"
	}
	return out
}
