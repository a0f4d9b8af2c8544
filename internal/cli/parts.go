package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// partCommands are the commands of single domains.
func (e *env) partCommands() []*cobra.Command {
	return []*cobra.Command{e.importCmd(), e.kev(), e.huntCmd(), e.chartCmd(), e.logCmd()}
}

func splitLines(s string) []string { return strings.Split(strings.TrimRight(s, "\n"), "\n") }
