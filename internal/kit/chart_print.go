package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/paper"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/internal/text"
)

// printFlags are the flags of chart print.
type printFlags struct {
	shelfFlags
	form, file, by, hospital string
	patients, wards          []string
	all, large, confidential bool
	days                     int
}

// chartPrint prints a form for patients, wards or everybody as one PDF.
func chartPrint(h Host) *cobra.Command {
	var o printFlags
	cmd := h.verb("print ROOT", "print", 1, func(cmd *cobra.Command, args []string) error { return plainly(runPrint(cmd.Context(), h, o, args)) })
	o.on(h, cmd)
	f := cmd.Flags()
	f.StringVar(&o.form, "form", "drugs", h.t("kit.chart.flag.form", strings.Join(formCodes(), ", ")))
	f.StringVarP(&o.file, "file", "f", "", h.t("kit.chart.flag.pdf"))
	f.StringSliceVar(&o.patients, "patient", nil, h.t("kit.chart.flag.patient"))
	f.StringSliceVar(&o.wards, "ward", nil, h.t("kit.chart.flag.wards"))
	f.BoolVar(&o.all, "all", false, h.t("kit.chart.flag.all"))
	f.StringVar(&o.by, "by", "", h.t("kit.chart.flag.by"))
	f.StringVar(&o.hospital, "hospital", "", h.t("kit.chart.flag.hospital"))
	f.BoolVar(&o.large, "large", false, h.t("kit.chart.flag.large"))
	f.BoolVar(&o.confidential, "confidential", false, h.t("kit.chart.flag.confidential"))
	f.IntVar(&o.days, "days", 7, h.t("kit.chart.flag.resultdays"))
	return cmd
}

func formCodes() []string {
	var out []string
	for _, f := range paper.Forms() {
		out = append(out, f.Code)
	}
	return out
}

func runPrint(ctx context.Context, h Host, o printFlags, roots []string) error {
	if _, ok := paper.FormOf(o.form); !ok {
		return Misuse("kit.chart.form", o.form, strings.Join(formCodes(), ", "))
	}
	if o.file == "" {
		return Misuse("kit.chart.nofile")
	}
	if _, err := os.Lstat(o.file); err == nil {
		return fault.New(fault.Conflict, "kit.chart.exists", hunt.Printable(o.file))
	}
	s, err := h.openShelf(ctx, o.shelfFlags, roots)
	if err != nil {
		return err
	}
	defer s.Close()
	if len(o.wards) > 0 || o.all {
		if err := h.indexed(ctx, s, o.quiet); err != nil {
			return err
		}
	}
	catalog := text.NewCatalog(tokyo())
	if err := addTexts(catalog); err != nil {
		return err
	}
	job := paper.Job{Catalog: catalog, Lang: h.Lang, Zone: tokyo(), Hospital: o.hospital, Now: time.Now(), By: o.by, Form: o.form,
		Patients: o.patients, Wards: o.wards, Everyone: o.all, Options: paper.Options{Large: o.large, Confidential: o.confidential, Days: o.days},
		Data: paper.OfShelf(s)}
	say, done := h.bar(o.quiet)
	var result paper.Result
	err = durable.Write(filepath.Clean(o.file), 0o600, func(w io.Writer) (err error) {
		result, err = paper.Write(ctx, w, job, func(p paper.Progress) { say(int64(p.Done), int64(p.Of), h.t("kit.chart.print.progress")) })
		return err
	})
	done()
	switch {
	case errors.Is(err, paper.ErrNobody):
		return Misuse("kit.chart.print.nobody")
	case err != nil:
		return err
	}
	fmt.Fprintln(h.Out, h.t("kit.chart.print.done", result.Patients, result.Pages, hunt.Printable(o.file)))
	if result.Patients > 0 {
		fmt.Fprintln(h.Out, h.t("kit.chart.print.clear"))
	}
	return nil
}

// indexed waits until it is known who lies where.
func (h Host) indexed(ctx context.Context, s *shelf.Shelf, quiet bool) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	say, done := h.bar(quiet)
	defer done()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		p := s.Index().Progress()
		say(p.Items, p.Of, h.t("kit.chart.list.progress", p.Patients))
		switch {
		case !p.Whole.IsZero():
			stop()
			return <-ended
		case p.Phase == index.PhaseFailed && p.Err != nil:
			stop()
			return errors.Join(p.Err, <-ended)
		}
		select {
		case err := <-ended:
			if err == nil {
				err = ctx.Err()
			}
			return err
		case <-tick.C:
		}
	}
}
