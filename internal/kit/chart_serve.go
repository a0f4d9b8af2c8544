package kit

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torideproject/toride/docs/manual"
	"github.com/torideproject/toride/internal/chart/apart"
	"github.com/torideproject/toride/internal/chart/drill"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/help"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/internal/release"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// serveFlags are the flags of chart serve.
type serveFlags struct {
	data, listen, hospital string
	hosts, trust           []string
	lan, unlock            bool
}

// chartServe reads copies on a PC of its own.
func chartServe(h Host) *cobra.Command {
	var o serveFlags
	cmd := h.verb("serve ROOT...", "serve", 1, func(cmd *cobra.Command, args []string) error { return plainly(runServe(cmd.Context(), h, o, args)) })
	f := cmd.Flags()
	f.StringVar(&o.data, "station", "", h.t("kit.chart.flag.station"))
	f.StringVar(&o.listen, "address", "", h.t("kit.chart.flag.address"))
	f.BoolVar(&o.lan, "lan", false, h.t("kit.chart.flag.lan"))
	f.StringSliceVar(&o.hosts, "host", nil, h.t("kit.chart.flag.host"))
	f.StringVar(&o.hospital, "hospital", "", h.t("kit.chart.flag.hospital"))
	f.StringSliceVar(&o.trust, "trust", nil, h.t("kit.chart.flag.trust"))
	f.BoolVar(&o.unlock, "unlock", false, h.t("kit.chart.flag.unlock.now"))
	return cmd
}

// where is the station's folder when nobody said one: the user's own.
func (o serveFlags) where() (string, error) {
	if o.data != "" {
		return o.data, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", Misuse("kit.chart.serve.nodata")
	}
	return filepath.Join(dir, "toride-station"), nil
}

func runServe(ctx context.Context, h Host, o serveFlags, roots []string) error {
	data, err := o.where()
	if err != nil {
		return err
	}
	cfg := station.Config{Data: data, Roots: roots, Listen: o.listen, Hosts: o.hosts, Hospital: o.hospital, Trust: o.trust,
		Log: slog.New(slog.NewTextHandler(h.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	if o.lan && o.listen == "" {
		cfg.Listen = station.LAN
	}
	if o.unlock {
		key, err := station.Prompt(ctx, h.in(), h.Err, h.Say, roots)
		if err != nil {
			return err
		}
		if key != nil {
			cfg.Keys = []*vault.Key{key}
		}
	}
	began := time.Now()
	m, err := chartManual()
	if err != nil {
		return err
	}
	cfg.More = []web.Module{m.Module()}
	s, err := station.Open(ctx, cfg)
	if err != nil {
		return err
	}
	err = s.Run(ctx, func(at net.Addr) { h.tellStation(s, at, data, time.Since(began)) })
	if closing := s.Close(); err == nil {
		err = closing
	}
	return err
}

// chartManual are the chapters that a reader of the chart needs where there is
// nothing but the chart. They open without a network and without signing in.
func chartManual() (*help.Manual, error) {
	return help.Load(manual.Files, "chart", "copies", "paper", "commands", "words")
}

// tellStation says where the station is, once it listens.
func (h Host) tellStation(s *station.Station, at net.Addr, data string, took time.Duration) {
	for _, site := range s.Addresses(at) {
		h.line("kit.chart.serve.at", site)
	}
	h.line("kit.chart.serve.ready", took.Milliseconds(), s.Fingerprint(), hunt.Printable(data))
	if opened := s.Shelf(); opened != nil {
		for _, r := range opened.State() {
			if r.State == shelf.StateSealed {
				h.line("kit.chart.serve.sealed", hunt.Printable(r.Label))
			}
		}
	}
	if names := s.Spoiled(); len(names) > 0 {
		h.line("kit.chart.serve.renewed", strings.Join(names, ", "))
	}
	if code := s.SetupCode(); code != "" {
		h.line("kit.chart.serve.setup", code)
	}
	for _, f := range apart.Look(apart.Setting{Host: apart.See(), Data: apart.Stand(data)}) {
		if f.Level == apart.Red {
			h.row("! ", h.Say(f.Say()))
		}
	}
}

// chartRehearse times what a machine can do of a rehearsal.
func chartRehearse(h Host) *cobra.Command {
	var o shelfFlags
	cmd := h.verb("rehearse ROOT...", "rehearse", 1, func(cmd *cobra.Command, args []string) error { return plainly(runRehearse(cmd, h, o, args)) })
	o.on(h, cmd)
	h.jsonFlag(cmd)
	return cmd
}

// rehearsed is the record of a rehearsal as JSON.
type rehearsed struct {
	At    time.Time       `json:"at"`
	By    string          `json:"by"`
	Roots []string        `json:"roots"`
	AsOf  time.Time       `json:"as_of,omitzero"`
	Steps []rehearsedStep `json:"steps"`
	OK    bool            `json:"ok"`
}

type rehearsedStep struct {
	Step string  `json:"step"`
	MS   float64 `json:"ms"`
	OK   bool    `json:"ok"`
	Note string  `json:"note"`
}

func runRehearse(cmd *cobra.Command, h Host, o shelfFlags, roots []string) error {
	ctx, began := cmd.Context(), time.Now()
	catalog := text.NewCatalog(tokyo())
	if err := addTexts(catalog); err != nil {
		return err
	}
	s, err := h.openShelf(ctx, o, roots)
	if err != nil {
		return err
	}
	defer s.Close()
	r := rehearsed{At: began, By: h.Name + " " + release.Version(), Roots: roots, OK: true}
	add := func(step string, took time.Duration, ok bool, note string) {
		r.Steps = append(r.Steps, rehearsedStep{Step: step, MS: float64(took.Microseconds()) / 1000, OK: ok, Note: note})
		r.OK = r.OK && ok
	}
	add("open", time.Since(began), true, h.t("kit.chart.rehearse.open"))
	from := time.Now()
	if err := h.indexed(ctx, s, o.quiet); err != nil {
		return err
	}
	p := s.Index().Progress()
	add("index", time.Since(from), true, h.t("kit.chart.rehearse.index", p.Patients, p.Items))
	r.AsOf, _ = s.Until()
	for _, m := range drill.Do(ctx, drill.Config{Shelf: s, Index: s.Index(), Catalog: catalog, Clock: time.Now, Zone: tokyo(), Lang: h.Lang}) {
		add(m.Step, m.Took, m.OK, h.Say(m.Note))
	}
	if wantsJSON(cmd) {
		err = h.json(r)
	} else {
		h.tellRehearsed(r)
	}
	if err == nil && !r.OK {
		return found(exitFailed)
	}
	return err
}

func (h Host) tellRehearsed(r rehearsed) {
	h.line("kit.chart.rehearse.head", r.At, r.AsOf)
	for _, s := range r.Steps {
		shape := "✓"
		if !s.OK {
			shape = "▲"
		}
		fmt.Fprintf(h.Out, "%s %10.1f ms  %s  %s\n", shape, s.MS, h.t("kit.chart.rehearse.step."+s.Step), s.Note)
	}
	h.line("kit.chart.rehearse.rest")
}
