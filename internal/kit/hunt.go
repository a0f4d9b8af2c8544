package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

// Host is what runs a command.
type Host struct {
	Out, Err io.Writer
	In       io.Reader // what a person types; nil: nobody does
	Say      func(text.Msg) string
	Lang     text.Lang
	Name     string // of the program in examples; empty: toride
}

func (h Host) t(key string, args ...any) string { return h.Say(text.M(key, args...)) }

// HuntOptions are the flags of hunt.
type HuntOptions struct {
	Rules    []string // folders or zips of rules; empty: Toride's own
	Output   string   // table, jsonl, csv, html
	File     string   // where to write; empty: standard output
	Level    string   // least severity
	Only     []string
	From, To string
	Zone     string
	Workers  int
	Quiet    bool // no progress
	ExitCode bool // tell by the exit code what was found
}

// Hunt makes the command. A global flag --json of the program means JSON Lines.
func Hunt(h Host) *cobra.Command {
	var o HuntOptions
	name := h.Name
	if name == "" {
		name = "toride"
	}
	cmd := &cobra.Command{Use: "hunt PATH...", Short: h.t("kit.hunt.short"), Long: h.t("kit.hunt.short") + "\n\n" + h.t("kit.hunt.long") + "\n\n" + h.t("kit.hunt.example") + "\n" + h.t("kit.hunt.examples", name) + "\n\n" + h.t("kit.hunt.codes"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nothing(h, cmd)
			}
			if flag := cmd.Flags().Lookup("json"); flag != nil && flag.Value.String() == "true" {
				if cmd.Flags().Changed("output") && o.Output != string(hunt.JSONL) {
					return Misuse("kit.hunt.json", o.Output)
				}
				o.Output = string(hunt.JSONL)
			}
			return RunHunt(cmd.Context(), h, o, args)
		}}
	f := cmd.Flags()
	f.BoolP("help", "h", false, h.t("kit.flag.help"))
	f.StringArrayVar(&o.Rules, "rules", nil, h.t("kit.flag.rules"))
	f.StringVarP(&o.Output, "output", "o", string(hunt.Table), h.t("kit.flag.output"))
	f.StringVarP(&o.File, "file", "f", "", h.t("kit.flag.file"))
	f.StringVar(&o.Level, "level", "", h.t("kit.flag.level"))
	f.StringArrayVar(&o.Only, "rule", nil, h.t("kit.flag.rule"))
	f.StringVar(&o.From, "from", "", h.t("kit.flag.from"))
	f.StringVar(&o.To, "to", "", h.t("kit.flag.to"))
	f.StringVar(&o.Zone, "zone", "Asia/Tokyo", h.t("kit.flag.zone"))
	f.IntVar(&o.Workers, "workers", 0, h.t("kit.flag.workers"))
	f.BoolVar(&o.Quiet, "quiet", false, h.t("kit.flag.quiet"))
	f.BoolVar(&o.ExitCode, "exit-code", false, h.t("kit.flag.exitcode"))
	return cmd
}

// nothing is what hunt does without a path: its help, and a fault, so that a
// script whose variable was empty does not take it for a clean machine.
func nothing(h Host, cmd *cobra.Command) error {
	cmd.SetOut(h.Err)
	if err := cmd.Help(); err != nil {
		return err
	}
	fmt.Fprintln(h.Err)
	return Misuse("kit.hunt.nopath")
}

// maxWorkers is how many workers a run can be asked for.
const maxWorkers = 64

// maxHeap is how much memory the run may use before it is collected at any
// price, in bytes.
const maxHeap = 320 << 20

// RunHunt checks the flags, looks through the paths and writes the result. What
// could not be read goes to standard error in every form but the table and the
// page, which hold it. A run that was interrupted writes what it has, and says
// so.
func RunHunt(ctx context.Context, h Host, o HuntOptions, paths []string) error {
	form := hunt.Output(o.Output)
	if !slices.Contains(hunt.Outputs(), form) {
		return Misuse("kit.hunt.output", o.Output)
	}
	opts, err := o.options(paths)
	if err != nil {
		return err
	}
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // nobody set another
		debug.SetMemoryLimit(maxHeap)
	}
	if opts.Packs, err = packs(h, o.Rules); err != nil {
		return err
	}
	if err := known(opts.Packs, o.Only); err != nil {
		return err
	}
	if err := separate(o.File, paths); err != nil {
		return err
	}
	if form == hunt.JSONL || form == hunt.CSV {
		return h.stream(ctx, o, opts, form)
	}
	report, runErr := h.look(ctx, o, opts)
	if report == nil {
		return runErr
	}
	runErr = o.ended(report, runErr)
	words := hunt.Words{Say: h.Say, Lang: h.Lang, Zone: opts.Zone}
	write := func(out io.Writer) error { return report.WriteHTML(out, words, paths, opts.Now) }
	if form == hunt.Table {
		write = func(out io.Writer) error { return report.WriteTable(out, words) }
	}
	if o.File == "" {
		return errors.Join(unwritten(h.t("kit.stdout"), write(h.Out)), runErr)
	}
	if err := h.save(o.File, write); err != nil {
		return unwritten(o.File, err)
	}
	fmt.Fprintln(h.Err, h.t("kit.written", hunt.Printable(o.File)))
	return errors.Join(report.WriteSummary(h.Err, words), runErr)
}

// save writes a file whole or not at all. What is no ordinary file, as a device,
// is written to and not replaced.
func (h Host) save(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
		return durable.Write(path, 0o600, write)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// separate refuses an output that is one of the files to be looked at: a result
// must never take the place of evidence.
func separate(file string, paths []string) error {
	there, err := os.Stat(file)
	if file == "" || err != nil || !there.Mode().IsRegular() {
		return nil
	}
	full, err := filepath.Abs(file)
	if err != nil {
		return unwritten(file, err)
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(full)); err == nil {
		full = filepath.Join(dir, filepath.Base(full))
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			continue // told by the run
		}
		same := os.SameFile(there, info)
		if root, err := filepath.EvalSymlinks(path); err == nil && info.IsDir() && hunt.Wanted(full) {
			root, _ = filepath.Abs(root) // fails only where the line above did
			rel, err := filepath.Rel(root, full)
			same = err == nil && filepath.IsLocal(rel)
		}
		if same {
			return Misuse("kit.hunt.evidence", file)
		}
	}
	return nil
}

// unwritten makes a fault of an error of writing.
func unwritten(path string, err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Invalid, "kit.file", hunt.Printable(path), hunt.Printable(err.Error())).With(err)
}

// known refuses IDs that no rule has: a typing mistake must not read like a
// clean machine.
func known(packs []*rulepack.Pack, only []string) error {
	for _, key := range only {
		if !slices.ContainsFunc(packs, func(p *rulepack.Pack) bool {
			return slices.ContainsFunc(p.Rules, func(r *rulepack.Rule) bool { return r.Key == key })
		}) {
			return fault.New(fault.NotFound, "kit.hunt.norule", hunt.Printable(key))
		}
	}
	return nil
}

// stream writes hits while they come.
func (h Host) stream(ctx context.Context, o HuntOptions, opts hunt.Options, form hunt.Output) (err error) {
	out, name := h.Out, h.t("kit.stdout")
	if o.File != "" {
		f, err := os.OpenFile(o.File, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return unwritten(o.File, err)
		}
		defer func() { err = errors.Join(err, unwritten(o.File, f.Close())) }()
		if opts.Except, err = f.Stat(); err != nil {
			return unwritten(o.File, err)
		}
		out, name = f, o.File
	}
	hit, flush, err := hunt.Streamer(form, out)
	if err != nil {
		return unwritten(name, err)
	}
	opts.Hit = func(h *hunt.Hit) error { return unwritten(name, hit(h)) }
	report, runErr := h.look(ctx, o, opts)
	if err := flush(); err != nil {
		return unwritten(name, err)
	}
	if report == nil {
		return runErr
	}
	return errors.Join(report.WriteSummary(h.Err, hunt.Words{Say: h.Say, Lang: h.Lang, Zone: opts.Zone}), o.ended(report, runErr))
}

// ended is how a run ends whose report is written.
func (o HuntOptions) ended(r *hunt.Report, err error) error {
	switch {
	case err != nil || !o.ExitCode:
		return err
	case r.Hits > 0:
		return found(exitHits)
	case len(r.Losses) > 0 || len(r.Refused) > 0 || r.Overfed > 0 || r.Events == 0:
		return found(exitLosses)
	}
	return nil
}

// look runs with a progress bar where somebody watches.
func (h Host) look(ctx context.Context, o HuntOptions, opts hunt.Options) (*hunt.Report, error) {
	if !o.Quiet && watched(h.Err) {
		bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(h.Err), progressbar.OptionShowBytes(true), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
		opts.Progress = func(p hunt.Progress) {
			bar.ChangeMax64(max(p.Of, p.Bytes, 1))
			bar.Describe(h.t("kit.hunt.progress", p.Files, p.In, p.Events, p.Hits))
			_ = bar.Set64(p.Bytes) // a bar that cannot be drawn stops nothing
		}
		defer func() { _ = bar.Finish() }()
	}
	report, err := hunt.Run(ctx, opts)
	switch {
	case err == nil:
		return report, nil
	case errors.Is(err, context.Canceled):
		return report, fault.New(fault.Busy, "kit.stopped") // without its cause, which cli would take for an end wished for
	case os.IsNotExist(err), os.IsPermission(err):
		return nil, fault.New(fault.NotFound, "kit.path", hunt.Printable(err.Error())).With(err)
	}
	return nil, err
}

// watched reports whether a person sees what is written there.
func watched(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// options reads the flags that are words.
func (o HuntOptions) options(paths []string) (hunt.Options, error) {
	if o.Workers < 0 || o.Workers > maxWorkers {
		return hunt.Options{}, Misuse("kit.hunt.workers", o.Workers, maxWorkers)
	}
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		return hunt.Options{}, Misuse("kit.zone", o.Zone)
	}
	out := hunt.Options{Paths: paths, Only: o.Only, Zone: zone, Now: time.Now(), Workers: o.Workers}
	if o.Level != "" {
		level, ok := sigma.ParseLevel(o.Level)
		if !ok {
			return out, Misuse("kit.hunt.level", o.Level)
		}
		out.Least = level
	}
	if out.From, err = when(o.From, zone, false); err != nil {
		return out, err
	}
	if out.To, err = when(o.To, zone, true); err != nil {
		return out, err
	}
	if !out.From.IsZero() && !out.To.IsZero() && out.To.Before(out.From) {
		return out, Misuse("kit.hunt.backwards", o.From, o.To)
	}
	return out, nil
}

// when reads a day, or a day and a time; a day alone ends at its last moment
// when it is the end.
func when(s string, zone *time.Location, end bool) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		if end {
			t = t.AddDate(0, 0, 1).Add(-time.Nanosecond)
		}
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, Misuse("kit.time", s)
}
