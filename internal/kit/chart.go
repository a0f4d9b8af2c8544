package kit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/hunt"
)

// Chart makes the commands of the emergency chart: reading a copy, making it,
// checking it, printing from it, without an installation.
func Chart(h Host) *cobra.Command {
	if h.Name == "" {
		h.Name = "toride"
	}
	root := &cobra.Command{Use: "chart", Short: h.t("kit.chart.short"), Long: h.t("kit.chart.short") + "\n\n" + h.t("kit.chart.long")}
	root.Flags().BoolP("help", "h", false, h.t("kit.flag.help"))
	root.AddCommand(chartServe(h), chartShow(h), chartList(h), chartPrint(h), chartSeal(h), chartCopy(h), chartCheck(h), chartRehearse(h), chartSynth(h))
	return root
}

// verb is one command of chart: its help and example come from the texts
// kit.chart.<name>, .long and .examples.
func (h Host) verb(use, name string, args int, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: h.t("kit.chart." + name),
		Long: h.t("kit.chart."+name) + "\n\n" + h.t("kit.chart."+name+".long") + "\n\n" + h.t("kit.hunt.example") + "\n" + h.t("kit.chart."+name+".examples", h.Name),
		Args: func(cmd *cobra.Command, given []string) error {
			if len(given) < args {
				return Misuse("kit.chart.args", h.Name+" chart "+use)
			}
			return nil
		}, RunE: run}
	cmd.Flags().BoolP("help", "h", false, h.t("kit.flag.help"))
	return cmd
}

// wantsJSON reports whether the program's or the command's --json is set.
func wantsJSON(cmd *cobra.Command) bool {
	flag := cmd.Flags().Lookup("json")
	return flag != nil && flag.Value.String() == "true"
}

// bar is progress for a person who watches; say is called with what is done, of
// how much (0: not known), and a sentence. done takes it off.
func (h Host) bar(quiet bool) (say func(done, of int64, words string), done func()) {
	if quiet || !watched(h.Err) {
		return func(int64, int64, string) {}, func() {}
	}
	b := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(h.Err), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	return func(n, of int64, words string) {
		b.ChangeMax64(max(n, of, 1))
		b.Describe(words)
		_ = b.Set64(n) // a bar that cannot be drawn stops nothing
	}, func() { _ = b.Finish() }
}

// plainly turns the errors of files and of an interruption into sentences.
func plainly(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); err == nil || ok {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled):
		return fault.New(fault.Busy, "kit.stopped") // without its cause, which cli would take for an end wished for
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrExist):
		return fault.New(fault.NotFound, "kit.path", hunt.Printable(err.Error())).With(err)
	}
	return err
}

// empty refuses a folder that holds something already.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(dir, 0o700)
	}
	if err == nil && len(entries) > 0 {
		return fault.New(fault.Conflict, "kit.chart.notempty", hunt.Printable(dir))
	}
	return err
}

// in is what a person types.
func (h Host) in() io.Reader {
	if h.In == nil {
		return strings.NewReader("")
	}
	return h.In
}
