package kit

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	Say      func(text.Msg) string
	Lang     text.Lang
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
}

// Hunt makes the command.
func Hunt(h Host) *cobra.Command {
	var o HuntOptions
	cmd := &cobra.Command{Use: "hunt PATH...", Short: h.t("kit.hunt.short"), Long: h.t("kit.hunt.short") + "\n\n" + h.t("kit.hunt.long"), Example: h.t("kit.hunt.examples"), Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return RunHunt(cmd.Context(), h, o, args) }}
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
	return cmd
}

// RunHunt checks the flags, looks through the paths and writes the result. What
// could not be read goes to standard error in every form but the table and the
// page, which hold it.
func RunHunt(ctx context.Context, h Host, o HuntOptions, paths []string) (err error) {
	form := hunt.Output(o.Output)
	if !slices.Contains(hunt.Outputs(), form) {
		return fault.New(fault.Invalid, "kit.hunt.output", o.Output)
	}
	opts, err := o.options(paths)
	if err != nil {
		return err
	}
	if opts.Packs, err = packs(h, o.Rules); err != nil {
		return err
	}
	if form == hunt.Table && o.File == "" || form == hunt.JSONL || form == hunt.CSV {
		return h.stream(ctx, o, opts, form)
	}
	report, err := h.look(ctx, o, opts)
	if err != nil {
		return err
	}
	words := hunt.Words{Say: h.Say, Lang: h.Lang, Zone: opts.Zone}
	write := func(out io.Writer) error { return report.WriteHTML(out, words, paths, opts.Now) }
	if form == hunt.Table {
		write = func(out io.Writer) error { return report.WriteTable(out, words) }
	}
	if o.File == "" {
		return write(h.Out)
	}
	if err := durable.Write(o.File, 0o600, write); err != nil {
		return fault.New(fault.Invalid, "kit.file", o.File, err.Error()).With(err)
	}
	fmt.Fprintln(h.Err, h.t("kit.written", o.File))
	return report.WriteSummary(h.Err, words)
}

// stream writes hits while they come.
func (h Host) stream(ctx context.Context, o HuntOptions, opts hunt.Options, form hunt.Output) error {
	out := h.Out
	if o.File != "" {
		f, err := os.OpenFile(o.File, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return fault.New(fault.Invalid, "kit.file", o.File, err.Error()).With(err)
		}
		defer f.Close()
		out = f
	}
	hit, flush, err := hunt.Streamer(form, out)
	if err != nil {
		return err
	}
	opts.Hit = hit
	report, err := h.look(ctx, o, opts)
	if flush != nil {
		if flushErr := flush(); err == nil {
			err = flushErr
		}
	}
	if err != nil {
		return err
	}
	words := hunt.Words{Say: h.Say, Lang: h.Lang, Zone: opts.Zone}
	if form == hunt.Table {
		return report.WriteTable(out, words)
	}
	return report.WriteSummary(h.Err, words)
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
	if os.IsNotExist(err) || os.IsPermission(err) {
		return nil, fault.New(fault.NotFound, "kit.path", err.Error()).With(err)
	}
	return report, err
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
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		return hunt.Options{}, fault.New(fault.Invalid, "kit.zone", o.Zone).With(err)
	}
	out := hunt.Options{Paths: paths, Only: o.Only, Zone: zone, Now: time.Now(), Workers: o.Workers}
	if o.Level != "" {
		level, ok := sigma.ParseLevel(o.Level)
		if !ok {
			return out, fault.New(fault.Invalid, "kit.hunt.level", o.Level)
		}
		out.Least = level
	}
	if out.From, err = when(o.From, zone, false); err != nil {
		return out, err
	}
	out.To, err = when(o.To, zone, true)
	return out, err
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
	return time.Time{}, fault.New(fault.Invalid, "kit.time", s)
}

// packs reads the rules: Toride's own, or folders and zips.
func packs(h Host, paths []string) ([]*rulepack.Pack, error) {
	if len(paths) == 0 {
		own, err := ownPack()
		return []*rulepack.Pack{own}, err
	}
	var out []*rulepack.Pack
	for _, path := range paths {
		p, err := readPack(h, path)
		if err != nil {
			return nil, err
		}
		if len(p.Rules) == 0 {
			return nil, fault.New(fault.Invalid, "kit.hunt.norules", path)
		}
		out = append(out, p)
	}
	return out, nil
}

// readPack reads the rules of a folder or a zip; which of them cannot be used
// goes to standard error.
func readPack(h Host, path string) (*rulepack.Pack, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.New(fault.NotFound, "kit.path", err.Error()).With(err)
	}
	var bundle *rulepack.Bundle
	var problem *sigma.Problem
	switch {
	case info.IsDir():
		bundle, problem = rulepack.FromFolder(os.DirFS(path))
	default:
		data, readErr := os.ReadFile(path)
		if readErr != nil {
			return nil, fault.New(fault.NotFound, "kit.path", readErr.Error()).With(readErr)
		}
		if info.Size() > rulepack.MaxZip {
			return nil, fault.New(fault.TooLarge, "kit.hunt.zip", path, rulepack.MaxZip>>20)
		}
		bundle, problem = rulepack.FromZip(data)
	}
	if problem != nil {
		return nil, fault.New(fault.Invalid, "kit.hunt.rules", path, problem.Error()).With(problem)
	}
	name := filepath.Base(path)
	pack, problems := rulepack.Read(bundle, rulepack.Manifest{Format: 1, Name: "rules", Version: "0", Title: rulepack.Words{JA: name, EN: name}})
	if pack == nil {
		return nil, fault.New(fault.Invalid, "kit.hunt.refused", path, len(problems), problems[0].Error())
	}
	for i, p := range pack.Refused {
		if i == 10 {
			fmt.Fprintln(h.Err, h.t("kit.hunt.leftmore", len(pack.Refused)-i))
			break
		}
		fmt.Fprintln(h.Err, h.t("kit.hunt.left", p.Error()))
	}
	return pack, nil
}
