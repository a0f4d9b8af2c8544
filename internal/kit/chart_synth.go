package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/ssmix2/synth"
)

// synthFlags are the flags of chart synth.
type synthFlags struct {
	patients, years, beds int
	seed                  uint64
	asOf                  string
	defects               float64
	quiet                 bool
}

// chartSynth writes the store of a hospital that does not exist, to practise
// with.
func chartSynth(h Host) *cobra.Command {
	var o synthFlags
	cmd := h.verb("synth TO", "synth", 1, func(cmd *cobra.Command, args []string) error { return plainly(runSynth(cmd.Context(), h, o, args[0])) })
	f := cmd.Flags()
	f.IntVar(&o.patients, "patients", 500, h.t("kit.chart.flag.patients"))
	f.IntVar(&o.years, "years", 3, h.t("kit.chart.flag.years"))
	f.IntVar(&o.beds, "beds", 60, h.t("kit.chart.flag.beds"))
	f.Uint64Var(&o.seed, "seed", 1, h.t("kit.chart.flag.seed"))
	f.StringVar(&o.asOf, "as-of", "", h.t("kit.chart.flag.asof"))
	f.Float64Var(&o.defects, "defects", 0.02, h.t("kit.chart.flag.defects"))
	f.BoolVar(&o.quiet, "quiet", false, h.t("kit.flag.quiet"))
	return cmd
}

func runSynth(ctx context.Context, h Host, o synthFlags, to string) error {
	asOf := time.Now().In(tokyo())
	if o.asOf != "" {
		var err error
		if asOf, err = time.ParseInLocation("2006-01-02T15:04", o.asOf, tokyo()); err != nil {
			if asOf, err = time.ParseInLocation(time.DateOnly, o.asOf, tokyo()); err != nil {
				return Misuse("kit.chart.asof", o.asOf)
			}
		}
	}
	hospital, err := synth.New(synth.Options{Seed: o.seed, Name: "みなと架空総合医療センター", Patients: o.patients, Years: o.years, Beds: o.beds, AsOf: asOf,
		Defects: o.defects, Extended: true, Transactions: true})
	if errors.Is(err, synth.ErrOptions) {
		return Misuse("kit.chart.synth.options", err.Error())
	}
	if err != nil {
		return err
	}
	sink, end, err := synthSink(to)
	if err != nil {
		return err
	}
	say, done := h.bar(o.quiet)
	var last synth.Progress
	err = hospital.Write(ctx, sink, synth.WriteOptions{Workers: runtime.GOMAXPROCS(0), Progress: func(p synth.Progress) {
		last = p
		say(int64(p.Patients), int64(p.Of), h.t("kit.chart.synth.progress", p.Files))
	}})
	done()
	if err := errors.Join(err, end()); err != nil {
		return err
	}
	fmt.Fprintln(h.Out, h.t("kit.chart.synth.done", last.Patients, last.Files, hunt.Printable(to)))
	return nil
}

// synthSink is a folder, or by the name's end a ZIP or TAR; end closes it.
func synthSink(to string) (sink synth.Sink, end func() error, err error) {
	name := strings.ToLower(to)
	for suffix, of := range map[string]func(io.Writer) synth.Sink{".zip": synth.Zip, ".tar": synth.Tar} {
		if !strings.HasSuffix(name, suffix) {
			continue
		}
		file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, os.ErrExist) {
			return nil, nil, fault.New(fault.Conflict, "kit.chart.exists", hunt.Printable(to))
		}
		if err != nil {
			return nil, nil, err
		}
		return of(file), file.Close, nil
	}
	if err := empty(to); err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(to)
	if err != nil {
		return nil, nil, err
	}
	return &synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile, Chtimes: root.Chtimes}, root.Close, nil
}
