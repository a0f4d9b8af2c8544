package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/app"
)

func (e *env) doctor() *cobra.Command {
	return e.command("doctor", "doctor", func(cmd *cobra.Command, _ []string) error {
		return e.with(cmd.Context(), func(c *app.Client) error {
			var findings []app.Finding
			if err := c.GetJSON(cmd.Context(), "/doctor", &findings); err != nil {
				return err
			}
			if e.json {
				if err := e.printJSON(findings); err != nil {
					return err
				}
			}
			red := false
			for _, f := range findings {
				red = red || f.Level == "danger"
				if e.json {
					continue
				}
				fmt.Fprintf(e.out, "%s %s\n", sign(f.Level), f.Say)
				if f.Todo != "" {
					fmt.Fprintf(e.out, "    → %s\n", f.Todo)
				}
			}
			if red {
				return errFinding
			}
			return nil
		})
	})
}

func sign(level string) string {
	switch level {
	case "danger":
		return "▲"
	case "warn":
		return "◆"
	case "done":
		return "✓"
	}
	return "？"
}
