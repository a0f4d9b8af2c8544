package kit

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/internal/text"
)

//go:embed text_ja.json text_en.json
var files embed.FS

// Texts are the sentences of the commands.
func Texts() embed.FS { return files }

// Exit codes; the same as those of toride.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Main runs toride-kit and returns the exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, os.Args[1:], os.Stdout, os.Stderr, Language(os.Args[1:], os.Getenv))
}

// Language is what --lang says, else what the environment says, else Japanese.
func Language(args []string, getenv func(string) string) text.Lang {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return text.ParseLang(v)
		}
		if a == "--lang" && i+1 < len(args) {
			return text.ParseLang(args[i+1])
		}
	}
	for _, name := range []string{"TORIDE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "en") {
				return text.EN
			}
			return text.JA
		}
	}
	return text.JA
}

// Run is Main with everything given, for tests.
func Run(ctx context.Context, args []string, out, errOut io.Writer, lang text.Lang) int {
	catalog := text.NewCatalog(nil)
	for _, add := range []error{catalog.Add(files), catalog.Add(hunt.Texts())} {
		if add != nil {
			fmt.Fprintln(errOut, add)
			return exitFailed
		}
	}
	h := Host{Out: out, Err: errOut, Lang: lang, Say: func(m text.Msg) string { return catalog.Say(lang, m) }}
	root := h.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		fmt.Fprintln(errOut, "toride-kit: "+strings.ReplaceAll(h.Say(f.Msg), "\n", "\n  "))
		return exitFailed
	}
	if errors.Is(err, context.Canceled) {
		return exitFailed
	}
	fmt.Fprintln(errOut, h.t("kit.usage", err.Error()))
	return exitUsage
}

func (h Host) root() *cobra.Command {
	root := &cobra.Command{Use: "toride-kit", Short: h.t("kit.short"), Long: h.t("kit.short") + "\n\n" + h.t("kit.long"), SilenceUsage: true, SilenceErrors: true}
	root.PersistentFlags().String("lang", string(h.Lang), h.t("kit.flag.lang"))
	root.Flags().BoolP("help", "h", false, h.t("kit.flag.help"))
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(Hunt(h), &cobra.Command{Use: "version", Short: h.t("kit.version.short"), Args: cobra.NoArgs, Run: func(*cobra.Command, []string) {
		version := "devel"
		if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
			version = info.Main.Version
		}
		fmt.Fprintln(h.Out, "toride-kit", version)
	}})
	return root
}
