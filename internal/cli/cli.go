package cli

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/kit"
	"github.com/torideproject/toride/internal/text"
)

//go:embed text_*.json
var files embed.FS

// env is what every command has: streams, words, configuration.
type env struct {
	out, err io.Writer
	in       io.Reader
	cat      *text.Catalog
	lang     text.Lang
	config   string // path of toride.toml, or empty
	data     string // overrides the configuration
	key      string
	json     bool
}

// Exit codes, as `toride help` lists them.
const (
	exitOK      = 0
	exitFailed  = 1 // it did not work; the reason is on standard error
	exitUsage   = 2 // the command line is wrong
	exitFinding = 3 // it worked, and found something that needs action
)

// errFinding ends a command with exitFinding after it has printed.
var errFinding = errors.New("something needs action")

// Main runs the command line and returns the exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, language(os.Getenv))
}

// language is English where the environment says so, else Japanese.
func language(getenv func(string) string) text.Lang {
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
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer, lang text.Lang) int {
	e := &env{in: in, out: out, err: errOut, lang: lang}
	if v, ok := langFlag(args); ok {
		e.lang = v
	}
	var err error
	if e.cat, err = app.CommandTexts(files); err != nil {
		fmt.Fprintln(errOut, err)
		return exitFailed
	}
	root := e.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	return e.exit(root.ExecuteContext(ctx))
}

// langFlag finds --lang before cobra does, because the help is in it too.
func langFlag(args []string) (text.Lang, bool) {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return text.ParseLang(v), true
		}
		if a == "--lang" && i+1 < len(args) {
			return text.ParseLang(args[i+1]), true
		}
	}
	return "", false
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e *env) exit(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFinding):
		return exitFinding
	case errors.Is(err, context.Canceled):
		return exitFailed
	}
	if code, ok := e.host().Exit(err); ok {
		return code
	}
	if u, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintln(e.err, e.t("cli.usage", u.Error()))
		return exitUsage
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok && strings.Contains(err.Error(), "unknown command") || !ok && strings.Contains(err.Error(), "arg(s)") || !ok && strings.Contains(err.Error(), "unknown flag") {
		fmt.Fprintln(e.err, e.t("cli.usage", err.Error()))
		return exitUsage
	}
	if !ok {
		fmt.Fprintln(e.err, "toride:", err)
		return exitFailed
	}
	fmt.Fprintln(e.err, "toride: "+kit.Lines(e.cat.Say(e.lang, f.Msg)))
	return exitFailed
}

func (e *env) t(key string, args ...any) string { return e.cat.Say(e.lang, text.M(key, args...)) }

// say prints a sentence.
func (e *env) say(key string, args ...any) { fmt.Fprintln(e.out, e.t(key, args...)) }

func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// load reads the configuration and applies the flags.
func (e *env) load() (app.Config, error) {
	path, must := e.config, e.config != ""
	if !must {
		path = "/etc/toride/toride.toml"
	}
	cfg, err := app.Load(path, must)
	if err != nil {
		return cfg, err
	}
	if e.data != "" {
		cfg.Data = e.data
	}
	if e.key != "" {
		cfg.Key = e.key
	}
	return cfg, nil
}

// logger writes text to a terminal and JSON to a pipe.
func (e *env) logger(level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: l}
	if f, ok := e.err.(*os.File); ok && isTerminal(f) {
		return slog.New(slog.NewTextHandler(e.err, opts))
	}
	return slog.New(slog.NewJSONHandler(e.err, opts))
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// with runs do with a client of the data folder's Toride.
func (e *env) with(ctx context.Context, do func(*app.Client) error) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	return app.With(ctx, cfg, e.lang, do)
}

func (e *env) root() *cobra.Command {
	root := &cobra.Command{
		Use: "toride", Short: e.t("cli.short"), Long: e.t("cli.long"), SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetUsageTemplate(e.usage())
	root.SetHelpCommand(&cobra.Command{Use: "help", Short: e.t("cli.help.short"), Hidden: true, RunE: func(cmd *cobra.Command, args []string) error {
		found, _, err := cmd.Root().Find(args)
		if err != nil {
			return usageError{err}
		}
		return found.Help()
	}})
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.Flags().BoolP("help", "h", false, e.t("cli.flag.help"))
	flags := root.PersistentFlags()
	flags.StringVar(&e.config, "config", "", e.t("cli.flag.config"))
	flags.StringVar(&e.data, "data", "", e.t("cli.flag.data"))
	flags.StringVar(&e.key, "key", "", e.t("cli.flag.key"))
	flags.BoolVar(&e.json, "json", false, e.t("cli.flag.json"))
	flags.String("lang", string(e.lang), e.t("cli.flag.lang"))
	root.AddCommand(e.serve(), e.demo(), e.doctor(), e.install(), e.setupLink(), e.status(), e.backup(), e.restore(), e.ledger(), e.configCmd(), e.version())
	root.AddCommand(e.partCommands()...)
	return root
}

// usage is cobra's template with its headings in the reader's language.
func (e *env) usage() string {
	return e.t("cli.use") + `
  {{if .Runnable}}{{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]

` + e.t("cli.use.commands") + `{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + e.t("cli.use.flags") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + e.t("cli.use.global") + `
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

` + e.t("cli.use.more") + `{{end}}
`
}

// command makes a command whose texts are cli.<name>.short and .long; the
// latter has examples.
func (e *env) command(name, use string, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: e.t("cli." + name + ".short"), Long: e.t("cli."+name+".short") + "\n\n" + e.t("cli."+name+".long"), RunE: run, Args: cobra.NoArgs}
	cmd.Flags().BoolP("help", "h", false, e.t("cli.flag.help"))
	return cmd
}

// now is the time for names of files.
func now() time.Time { return time.Now() }
