package kit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/internal/release"
)

// sealFlags are the flags of chart seal.
type sealFlags struct {
	facility, machine string
	holders           []string
	need              int
	envelope          bool
}

// chartSeal makes a vault on a medium and its key.
func chartSeal(h Host) *cobra.Command {
	var o sealFlags
	cmd := h.verb("seal TO", "seal", 1, func(_ *cobra.Command, args []string) error { return plainly(runSeal(h, o, args[0])) })
	f := cmd.Flags()
	f.StringVar(&o.facility, "facility", "", h.t("kit.chart.flag.facility"))
	f.StringVar(&o.machine, "machine", "", h.t("kit.chart.flag.machine"))
	f.StringSliceVar(&o.holders, "holder", nil, h.t("kit.chart.flag.holder"))
	f.IntVar(&o.need, "need", 2, h.t("kit.chart.flag.need"))
	f.BoolVar(&o.envelope, "envelope", false, h.t("kit.chart.flag.envelope"))
	return cmd
}

func runSeal(h Host, o sealFlags, to string) error {
	switch {
	case o.facility == "" || o.machine == "":
		return Misuse("kit.chart.seal.needs")
	case len(o.holders) == 0 && !o.envelope:
		return Misuse("kit.chart.seal.key")
	case len(o.holders) > 0 && (o.need < 2 || o.need > len(o.holders)):
		return Misuse("kit.chart.seal.need", o.need, len(o.holders))
	}
	if _, err := os.Lstat(o.machine); err == nil {
		return fault.New(fault.Conflict, "kit.chart.exists", hunt.Printable(o.machine))
	}
	if err := empty(to); err != nil {
		return err
	}
	key, err := vault.NewKey()
	if err != nil {
		return err
	}
	m, err := vault.NewMachine(key.Recipient())
	if err != nil {
		return err
	}
	v, err := vault.Create(to, o.facility, m, time.Now())
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.machine, m.Bytes(), 0o600); err != nil {
		return err
	}
	fmt.Fprintln(h.Out, h.t("kit.chart.seal.done", hunt.Printable(to), hunt.Printable(o.machine), m.Fingerprint(), key.ID()))
	if err := h.tellKey(v, key, o); err != nil {
		return err
	}
	fmt.Fprintf(h.Out, "\n%s\n", h.t("kit.chart.seal.next", h.Name, hunt.Printable(to), hunt.Printable(o.machine)))
	return nil
}

// tellKey shows the key's parts and the envelope's code, once.
func (h Host) tellKey(v *vault.Vault, key *vault.Key, o sealFlags) error {
	if len(o.holders) > 0 {
		parts, err := key.Parts(o.need, o.holders...)
		if err != nil {
			return err
		}
		for _, p := range parts {
			fmt.Fprintf(h.Out, "\n%s\n%s\n", h.t("kit.chart.seal.part", p.Holder, p.Number, p.Of, p.Need, p.KeyID), p.Letters())
		}
	}
	if !o.envelope {
		return nil
	}
	code, sealed, err := key.Envelope()
	if err != nil {
		return err
	}
	if err := v.PutEnvelope(key.ID(), sealed); err != nil {
		return err
	}
	fmt.Fprintf(h.Out, "\n%s\n%s\n", h.t("kit.chart.seal.envelope"), code)
	return nil
}

// copyFlags are the flags of chart copy.
type copyFlags struct {
	machine              string
	files, mb            int
	days, weeks, least   int
	full, json, quiet    bool
	skipBack, unthrottle bool
}

// chartCopy brings the state of a store into a generation.
func chartCopy(h Host) *cobra.Command {
	var o copyFlags
	cmd := h.verb("copy FROM TO", "copy", 2, func(cmd *cobra.Command, args []string) error {
		o.json = o.json || wantsJSON(cmd)
		return plainly(runCopy(cmd.Context(), h, o, args[0], args[1]))
	})
	f := cmd.Flags()
	f.StringVar(&o.machine, "machine", "", h.t("kit.chart.flag.machine"))
	f.IntVar(&o.files, "files", copy.Gentle().Files, h.t("kit.chart.flag.files"))
	f.IntVar(&o.mb, "mb", int(copy.Gentle().Bytes>>20), h.t("kit.chart.flag.mb"))
	f.BoolVar(&o.unthrottle, "fast", false, h.t("kit.chart.flag.fast"))
	f.IntVar(&o.days, "keep-days", 14, h.t("kit.chart.flag.days"))
	f.IntVar(&o.weeks, "keep-weeks", 8, h.t("kit.chart.flag.weeks"))
	f.IntVar(&o.least, "keep-least", 3, h.t("kit.chart.flag.least"))
	f.BoolVar(&o.full, "reread", false, h.t("kit.chart.flag.reread"))
	f.BoolVar(&o.skipBack, "skip-read-back", false, h.t("kit.chart.flag.skipback"))
	h.jsonFlag(cmd)
	f.BoolVar(&o.quiet, "quiet", false, h.t("kit.flag.quiet"))
	return cmd
}

func runCopy(ctx context.Context, h Host, o copyFlags, from, to string) error {
	m, err := readMachine(o.machine)
	if err != nil {
		return err
	}
	v, err := vault.Open(to)
	if err != nil {
		return err
	}
	source, err := copy.OpenSource(from)
	if err != nil {
		return err
	}
	defer source.Close()
	plan := copy.Plan{Source: source, Vault: v, Machine: m, By: "toride " + release.Version(), Now: time.Now, Zone: tokyo(),
		Rule: vault.Rule{Days: o.days, Weeks: o.weeks, Least: o.least}, SkipReadBack: o.skipBack}
	if o.full {
		plan.Rereads = 1
	}
	if !o.unthrottle {
		plan.Rate = func(time.Time) copy.Rate { return copy.Rate{Files: o.files, Bytes: int64(o.mb) << 20} }
	}
	say, done := h.bar(o.quiet)
	report, err := copy.Run(ctx, plan, func(p copy.Progress) {
		if p.Phase == copy.PhaseBack {
			say(p.Bytes, p.BytesOf, h.t("kit.chart.copy.back"))
			return
		}
		say(p.Files, p.Of, h.t("kit.chart.copy.progress", p.Files, p.Read))
	})
	done()
	if err != nil {
		return err
	}
	if o.json {
		return h.json(report)
	}
	c := report.Counts
	fmt.Fprintln(h.Out, h.t("kit.chart.copy.done", report.Generation, report.AsOf, c.Files, c.New, c.Changed, c.Removed, size(report.Written), int(report.Ended.Sub(report.Begun).Seconds())))
	h.tellJudgement(report.Judgement)
	return nil
}

func (h Host) json(v any) error {
	e := json.NewEncoder(h.Out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// tokyo is the zone of the hospital's days.
func tokyo() *time.Location {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil { // the zones are in the binary
		return time.FixedZone("JST", 9*3600)
	}
	return zone
}

// readMachine reads the copying machine's file, which nobody else may read.
func readMachine(name string) (*vault.Machine, error) {
	if name == "" {
		return nil, Misuse("kit.chart.machine")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return vault.ParseMachine(data)
}

func (h Host) tellJudgement(j copy.Judgement) {
	fmt.Fprintln(h.Out, h.t("copy.verdict."+string(j.Verdict)))
	for _, f := range j.Findings {
		fmt.Fprintln(h.Out, "  "+f.Mark().Shape()+" "+h.Say(f.Say()))
		for _, e := range f.Examples {
			fmt.Fprintln(h.Out, "      "+hunt.Printable(e))
		}
	}
	var gaps []string
	for _, g := range j.NotDone {
		gaps = append(gaps, h.Say(g.Say()))
	}
	if len(gaps) > 0 {
		fmt.Fprintln(h.Out, h.t("kit.chart.check.gaps", strings.Join(gaps, " / ")))
	}
}

// checkFlags are the flags of chart check.
type checkFlags struct {
	machine      string
	generations  []string
	trust        []string
	full, unlock bool
	json, quiet  bool
	exit         bool
	sample       int
}

// chartCheck looks at generations before people go live with one.
func chartCheck(h Host) *cobra.Command {
	var o checkFlags
	cmd := h.verb("check VAULT", "check", 1, func(cmd *cobra.Command, args []string) error {
		o.json = o.json || wantsJSON(cmd)
		return plainly(runCheck(cmd.Context(), h, o, args[0]))
	})
	f := cmd.Flags()
	f.StringVar(&o.machine, "machine", "", h.t("kit.chart.flag.machine"))
	f.BoolVar(&o.unlock, "unlock", false, h.t("kit.chart.flag.unlock"))
	f.StringSliceVar(&o.generations, "generation", nil, h.t("kit.chart.flag.generation"))
	f.StringSliceVar(&o.trust, "trust", nil, h.t("kit.chart.flag.trust"))
	f.IntVar(&o.sample, "sample", copy.SampleFiles, h.t("kit.chart.flag.sample"))
	f.BoolVar(&o.full, "full", false, h.t("kit.chart.flag.full"))
	f.BoolVar(&o.quiet, "quiet", false, h.t("kit.flag.quiet"))
	f.BoolVar(&o.exit, "exit-code", false, h.t("kit.chart.flag.exitcode"))
	h.jsonFlag(cmd)
	return cmd
}

func runCheck(ctx context.Context, h Host, o checkFlags, path string) error {
	cfg := copy.CheckConfig{Generations: o.generations, Trust: o.trust, Depth: copy.DepthQuick, Sample: o.sample, Now: time.Now, Zone: tokyo()}
	if o.full {
		cfg.Depth = copy.DepthFull
	}
	if o.machine != "" {
		m, err := readMachine(o.machine)
		if err != nil {
			return err
		}
		cfg.Machine = m
	}
	closing, err := h.checked(ctx, &cfg, path, o.unlock)
	if err != nil {
		return err
	}
	defer closing()
	say, done := h.bar(o.quiet)
	cfg.Progress = func(p copy.CheckProgress) { say(p.Done, p.Of, h.t("kit.chart.check.progress", p.Generation)) }
	result, err := copy.Check(ctx, cfg)
	done()
	if err != nil {
		return err
	}
	if o.json {
		err = h.json(result)
	} else {
		h.tellCheck(result)
	}
	if err == nil && o.exit && (len(result.Generations) == 0 || result.Generations[0].Verdict != copy.Clean) {
		return found(exitHits)
	}
	return err
}

// checked puts a vault, or a plain folder, into the configuration.
func (h Host) checked(ctx context.Context, cfg *copy.CheckConfig, path string, unlock bool) (closing func(), err error) {
	v, err := vault.Open(path)
	if err == nil {
		cfg.Vault = v
		if unlock {
			key, err := station.Prompt(ctx, h.in(), h.Err, h.Say, []string{path})
			if err != nil {
				return nil, err
			}
			cfg.Keys = []*vault.Key{key}
		}
		return func() {}, nil
	}
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Msg.Key != "vault.none" {
		return nil, err
	}
	folder, err := copy.OpenSource(path)
	if err != nil {
		return nil, err
	}
	cfg.Folder = folder
	return func() { _ = folder.Close() }, nil // it was only read
}

func (h Host) tellCheck(r *copy.Result) {
	for _, g := range r.Generations {
		name := g.ID
		if name == "" {
			name = h.t("kit.chart.check.folder")
		}
		fmt.Fprintln(h.Out, h.t("kit.chart.check.generation", name, g.Age(), g.Files, size(g.Bytes)))
		if g.Unreadable != nil {
			fmt.Fprintln(h.Out, "  "+strings.ReplaceAll(h.Say(*g.Unreadable), "\n", "\n  "))
			continue
		}
		h.tellJudgement(g.Judgement)
	}
	switch {
	case r.NewestClean != "":
		fmt.Fprintln(h.Out, h.t("kit.chart.check.newest", r.NewestClean))
	case r.Vault != "":
		fmt.Fprintln(h.Out, h.t("kit.chart.check.noclean"))
	}
	fmt.Fprintln(h.Out, h.t("kit.chart.check.careful"))
}
