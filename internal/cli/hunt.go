package cli

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/kit"
	"github.com/torideproject/toride/internal/text"
)

// huntCmd is the kit's command with the streams and words of toride.
func (e *env) huntCmd() *cobra.Command {
	return kit.Hunt(e.host())
}

func (e *env) host() kit.Host {
	return kit.Host{Name: "toride", Out: e.out, Err: e.err, In: os.Stdin, Lang: e.lang, Say: func(m text.Msg) string { return e.cat.Say(e.lang, m) }}
}

// chartCmd is the kit's commands of the emergency chart.
func (e *env) chartCmd() *cobra.Command {
	return kit.Chart(e.host())
}
