package kit

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	_ "time/tzdata" // Windows has no zone files, and times are shown in Asia/Tokyo

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/internal/release"
	"github.com/torideproject/toride/internal/text"
)

//go:embed text*_ja.json text*_en.json
var files embed.FS

// Texts are the sentences of the commands and of all that they use.
func Texts() []fs.FS {
	return append(station.Texts(), files, hunt.Texts(), rulepack.Texts())
}

// Exit codes; the same as those of toride. The last two are only for who asks
// with --exit-code: scripts that read the lines take any other than 0 for a
// failure.
const (
	exitOK     = 0
	exitFailed = 1 // it did not work; the reason is on standard error
	exitUsage  = 2 // the command line is wrong
	exitHits   = 3 // looked through to the end: a rule matched
	exitLosses = 4 // no rule matched, but something could not be read, or a rule not be used
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
	catalog := text.NewCatalog(tokyo())
	if err := addTexts(catalog); err != nil {
		fmt.Fprintln(errOut, err)
		return exitFailed
	}
	h := Host{Name: "toride-kit", Out: out, Err: errOut, In: os.Stdin, Lang: lang, Say: func(m text.Msg) string { return catalog.Say(lang, m) }}
	root := h.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if code, ok := h.Exit(err); ok {
		return code
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		fmt.Fprintln(errOut, "toride-kit: "+Lines(h.Say(f.Msg)))
		return exitFailed
	}
	if _, ok := errors.AsType[usageError](err); ok || strings.HasPrefix(err.Error(), "unknown command") { // cobra has no type for it
		fmt.Fprintln(errOut, h.t("kit.usage", hunt.Printable(err.Error())))
		return exitUsage
	}
	fmt.Fprintln(errOut, "toride-kit:", hunt.Printable(err.Error()))
	return exitFailed
}

// Lines indents the lines of a sentence behind its first, for a terminal, without
// what would move its cursor: a path in a sentence may be anybody's.
func Lines(say string) string {
	lines := strings.Split(say, "\n")
	for i := range lines {
		lines[i] = hunt.Printable(lines[i])
	}
	return strings.Join(lines, "\n  ")
}

// addTexts adds the sentences of the commands.
func addTexts(catalog *text.Catalog) error {
	for _, texts := range Texts() {
		if err := catalog.Add(texts); err != nil {
			return err
		}
	}
	return nil
}

// Exit says with which code a program ends that ran one of these commands, and
// tells a misuse. ok is false for errors that are no matter of this package.
func (h Host) Exit(err error) (code int, ok bool) {
	if err == nil {
		return exitOK, true
	}
	_, failed := errors.AsType[*fault.Error](err)
	if found, is := errors.AsType[found](err); is && !failed {
		return int(found), true
	}
	if m, is := errors.AsType[misuse](err); is {
		fmt.Fprintln(h.Err, h.Name+": "+Lines(h.Say(m.fault.Msg)))
		return exitUsage, true
	}
	return 0, false
}

// found ends a run that did all it should with exitHits or exitLosses.
type found int

func (f found) Error() string { return "ended with exit code " + strconv.Itoa(int(f)) }

// misuse is a fault of the command line: what it asks for makes no sense,
// whatever the files are.
type misuse struct{ fault *fault.Error }

func (m misuse) Error() string { return m.fault.Error() }

// Misuse makes an error of a fault of the command line; Exit ends with 2.
func Misuse(key string, args ...any) error {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = hunt.Printable(s)
		}
	}
	return misuse{fault.New(fault.Invalid, key, args...)}
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func (h Host) root() *cobra.Command {
	root := &cobra.Command{Use: "toride-kit", Short: h.t("kit.short"), Long: h.t("kit.short") + "\n\n" + h.t("kit.long"), SilenceUsage: true, SilenceErrors: true}
	root.PersistentFlags().String("lang", string(h.Lang), h.t("kit.flag.lang"))
	root.Flags().BoolP("help", "h", false, h.t("kit.flag.help"))
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true, RunE: func(cmd *cobra.Command, args []string) error {
		found, _, err := cmd.Root().Find(args)
		if err != nil {
			return err
		}
		return found.Help()
	}})
	root.SetUsageTemplate(h.usage())
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	version := &cobra.Command{Use: "version", Short: h.t("kit.version.short"), Args: cobra.NoArgs, Run: func(*cobra.Command, []string) { fmt.Fprintln(h.Out, "toride-kit", release.Version()) }}
	version.Flags().BoolP("help", "h", false, h.t("kit.flag.help"))
	root.AddCommand(Hunt(h), Chart(h), version)
	return root
}

// usage is cobra's template with its headings in the reader's language.
func (h Host) usage() string {
	return h.t("kit.use") + `
  {{if .Runnable}}{{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}{{.CommandPath}} [command]

` + h.t("kit.use.commands") + `{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + h.t("kit.use.flags") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + h.t("kit.use.global") + `
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
}
