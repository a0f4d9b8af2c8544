package kit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/hunt"
)

// shelfFlags are the flags of commands that open copies.
type shelfFlags struct {
	generation string
	trust      []string
	quiet      bool
}

func (o *shelfFlags) on(h Host, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.generation, "generation", "", h.t("kit.chart.flag.generation.one"))
	f.StringSliceVar(&o.trust, "trust", nil, h.t("kit.chart.flag.trust"))
	f.BoolVar(&o.quiet, "quiet", false, h.t("kit.flag.quiet"))
}

// openShelf opens the roots; the key of a sealed one is asked for at the
// terminal. Every root must open: a script must not take half for the whole.
func (h Host) openShelf(ctx context.Context, o shelfFlags, roots []string) (*shelf.Shelf, error) {
	cfg := shelf.Config{Roots: roots, Trust: o.trust, Zone: tokyo(), Index: index.Config{Quick: -1}}
	key, err := station.Prompt(ctx, h.in(), h.Err, h.Say, roots)
	if err != nil {
		return nil, err
	}
	if key != nil {
		cfg.Key = func([]string) (*vault.Key, error) { return key, nil }
	}
	cfg.Choose = h.choose(o)
	s, err := shelf.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	for _, root := range s.State() {
		if root.State == shelf.StateOpen {
			if root.Fault != nil { // it can be read, and not all of it
				fmt.Fprintln(h.Err, "! "+Lines(h.Say(fault.Of(root.Fault).Msg)))
			}
			h.tellNotices(h.Err, root.Notices)
			continue
		}
		_ = s.Close() // it was only read
		if root.Fault != nil {
			return nil, root.Fault
		}
		return nil, fault.New(fault.NotFound, "kit.chart.root", hunt.Printable(root.Label), root.State)
	}
	return s, nil
}

// choose picks the generation of a sealed copy and says so, once, where it is
// not the newest.
func (h Host) choose(o shelfFlags) func(string, []vault.Generation) (string, error) {
	var mu sync.Mutex
	told := map[string]bool{}
	return func(root string, all []vault.Generation) (string, error) {
		if o.generation != "" {
			return copy.ChooseNamed(all, o.trust, o.generation)
		}
		id, err := copy.ChooseClean(all, o.trust)
		if err != nil {
			return "", err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, g := range slices.Backward(all) {
			if g.ID == id || told[root] {
				break
			}
			if g.Finished {
				told[root] = true
				fmt.Fprintln(h.Err, h.t("kit.chart.older", hunt.Printable(root), g.ID, id))
			}
		}
		return id, nil
	}
}

// chartShow prints one patient.
func chartShow(h Host) *cobra.Command {
	var o shelfFlags
	var limit int
	cmd := h.verb("show ROOT PATIENT", "show", 2, func(cmd *cobra.Command, args []string) error {
		return plainly(runShow(cmd, h, o, showing{root: args[:len(args)-1], patient: args[len(args)-1], limit: limit}))
	})
	o.on(h, cmd)
	cmd.Flags().IntVar(&limit, "limit", 0, h.t("kit.chart.flag.limit", source.DefaultLimit))
	h.jsonFlag(cmd)
	return cmd
}

// jsonFlag declares --json where the program has no global one.
func (h Host) jsonFlag(cmd *cobra.Command) {
	if h.Name == "toride-kit" {
		cmd.Flags().Bool("json", false, h.t("kit.chart.flag.json"))
	}
}

type showing struct {
	root    []string
	patient string
	limit   int
}

func runShow(cmd *cobra.Command, h Host, o shelfFlags, what showing) error {
	ctx := cmd.Context()
	s, err := h.openShelf(ctx, o, what.root)
	if err != nil {
		return err
	}
	defer s.Close()
	found, err := s.Find(ctx, what.patient)
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	for _, f := range found {
		ids[f.ID] = true
	}
	switch {
	case len(found) == 0:
		return fault.New(fault.NotFound, "kit.chart.nobody", hunt.Printable(what.patient))
	case len(ids) > 1:
		return fault.New(fault.Conflict, "kit.chart.several", hunt.Printable(what.patient), strings.Join(sorted(ids), ", "))
	}
	c, err := s.Read(ctx, found[0].ID, source.Want{Today: dayOf(time.Now()), Limit: what.limit})
	if err != nil {
		return err
	}
	if wantsJSON(cmd) {
		return h.json(c)
	}
	h.tellChart(c)
	return nil
}

// chartList prints the patients of a copy.
func chartList(h Host) *cobra.Command {
	var o shelfFlags
	var only listing
	cmd := h.verb("list ROOT", "list", 1, func(cmd *cobra.Command, args []string) error {
		only.json = wantsJSON(cmd)
		return plainly(runList(cmd.Context(), h, o, only, args))
	})
	o.on(h, cmd)
	cmd.Flags().BoolVar(&only.in, "inpatients", false, h.t("kit.chart.flag.inpatients"))
	cmd.Flags().StringVar(&only.ward, "ward", "", h.t("kit.chart.flag.ward"))
	h.jsonFlag(cmd)
	return cmd
}

type listing struct {
	in, json bool
	ward     string
}

// patientLine is a patient in the list's JSON.
type patientLine struct {
	Source    string      `json:"source"`
	ID        string      `json:"id"`
	Kanji     string      `json:"kanji,omitempty"`
	Kana      string      `json:"kana,omitempty"`
	Birth     string      `json:"birth,omitempty"`
	Sex       string      `json:"sex,omitempty"`
	Ward      string      `json:"ward,omitempty"`
	Room      string      `json:"room,omitempty"`
	Bed       string      `json:"bed,omitempty"`
	Dept      string      `json:"dept,omitempty"`
	Attending string      `json:"attending,omitempty"`
	Admitted  model.Stamp `json:"admitted,omitempty"`
	Doubt     bool        `json:"doubt,omitempty"` // the movements do not fit together
	Files     int         `json:"files"`
}

func runList(ctx context.Context, h Host, o shelfFlags, only listing, roots []string) error {
	s, err := h.openShelf(ctx, o, roots)
	if err != nil {
		return err
	}
	defer s.Close()
	out := json.NewEncoder(h.Out)
	say, done := h.bar(o.quiet)
	defer done()
	seen, shown := int64(0), 0
	err = s.Walk(ctx, func(name string, e source.Entry) error {
		seen++
		say(seen, 0, h.t("kit.chart.list.progress", seen))
		if (only.in || only.ward != "") && (e.Stay == nil || (only.ward != "" && e.Stay.Ward != only.ward)) {
			return nil
		}
		shown++
		l := patientLine{Source: name, ID: e.ID, Kanji: e.Brief.Kanji, Kana: e.Brief.Kana, Birth: e.Brief.Birth, Sex: e.Brief.Sex, Files: e.Files}
		if b := e.Stay; b != nil {
			l.Ward, l.Room, l.Bed, l.Dept, l.Attending, l.Admitted, l.Doubt = b.Ward, b.Room, b.Bed, b.Dept, b.Attending, b.Admitted, b.Doubt
		}
		if only.json {
			return out.Encode(l)
		}
		cells := []string{l.ID, l.Kanji, l.Kana, l.Birth, l.Sex, strings.TrimRight(l.Ward+" "+l.Room+" "+l.Bed, " ")}
		for i, c := range cells {
			cells[i] = hunt.Printable(c)
		}
		_, err := fmt.Fprintln(h.Out, strings.Join(cells, "\t"))
		return err
	})
	if err == nil && !only.json {
		fmt.Fprintln(h.Err, h.t("kit.chart.list.done", shown, seen))
	}
	return err
}
