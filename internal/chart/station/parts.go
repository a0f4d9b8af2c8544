package station

import (
	"context"
	"embed"
	"io/fs"
	"net"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/apart"
	"github.com/torideproject/toride/internal/chart/backentry"
	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/document"
	"github.com/torideproject/toride/internal/chart/drill"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/paper"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/rollout"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/all"
	"github.com/torideproject/toride/internal/chart/staff"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/chart/witness"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/webtls"
)

//go:embed page_*.html text*_ja.json text*_en.json
var files embed.FS

// Texts are the sentences of every room of the chart, for commands: they may
// meet a fault of any of them and have no pages.
func Texts() []fs.FS {
	return append(withoutPages(), files, copy.Texts(), paper.Texts(), chart.Texts(), rollout.Texts(), apart.Texts())
}

// RoomTexts are the sentences of the rooms that have no pages of their own.
func RoomTexts() []fs.FS {
	return append(all.Texts(), shelf.Texts(), index.Texts(), vault.Texts(), document.Texts(), drill.Texts(), right.Texts())
}

// withoutPages are those and the sentences of the kernel's packages.
func withoutPages() []fs.FS { return append(RoomTexts(), seal.Texts(), sheet.Texts, webtls.Texts()) }

// build makes every part and joins their pages to the site.
func (s *Station) build(ctx context.Context) error {
	if err := s.makeParts(ctx); err != nil {
		return newer(err)
	}
	desk := today.New(today.Config{
		Todos:    append([]today.Source{s.Witness.Todos, s.Chart.Todos, s.Staff.Todos, s.Paper.Todos, s.Rollout.Todos}, s.cfg.Todos...),
		Readings: append([]reading.Source{s.Book.Readings, s.Witness.Readings, s.Staff.Readings, s.Chart.Readings, s.Paper.Readings, s.Rollout.Readings}, s.cfg.Readings...),
		Tiles:    []string{"chart.witness", "chart.staff", "chart.glass", "ledger.chain"},
	})
	for _, texts := range append(withoutPages(), copy.Texts()) {
		if err := s.Catalog.Add(texts); err != nil {
			return err
		}
	}
	s.modules = append([]web.Module{s.module(), elsewhere(desk.Module()), s.Chart.Module(), beside(s.Paper.Module()), beside(s.Entries.Module()), s.Rollout.Module(),
		apart.Desk{Setting: s.apart, Clock: s.cfg.Clock}.Module(), s.Witness.Module(), s.Book.Module(), s.Staff.Module()}, s.cfg.More...)
	var err error
	s.site, err = web.New(web.Config{Catalog: s.Catalog, Sessions: s.Staff, Setting: s.setting, Clock: s.cfg.Clock, Log: s.cfg.Log,
		Hosts: s.cfg.tls().Names(), Modules: s.modules, Live: s.live, Refused: s.refused})
	if err != nil {
		return err
	}
	s.setup = s.Staff.SetupCode()
	return s.stacks.wait(patience)
}

// elsewhere moves the page of what is to do away from the first page, which
// belongs to the chart.
func elsewhere(m web.Module) web.Module {
	for i := range m.Routes {
		if m.Routes[i].Pattern == "GET /{$}" {
			m.Routes[i].Pattern, m.Routes[i].Perm = "GET /todo", right.Staff
		}
	}
	for i := range m.Nav {
		if m.Nav[i].URL == "/" {
			m.Nav[i].URL, m.Nav[i].Perm = "/todo", right.Staff
		}
	}
	return m
}

// beside puts a room under the chart's heading of the navigation.
func beside(m web.Module) web.Module {
	for i := range m.Nav {
		m.Nav[i].Group = "chart.nav.group"
	}
	return m
}

func (s *Station) makeParts(ctx context.Context) (err error) {
	c := s.cfg
	s.Catalog = text.NewCatalog(c.Zone)
	people := &knownStaff{s}
	if s.Witness, err = witness.New(ctx, witness.Config{Book: s.Book, Clock: c.Clock, Log: c.Log, Late: c.Late, Staff: people, Back: s.back}); err != nil {
		return err
	}
	if s.Staff, err = staff.New(ctx, staff.Config{Book: s.Book, Clock: c.Clock, Log: c.Log, Note: s.Witness.Note, Params: c.PINCost}); err != nil {
		return err
	}
	find := finder{s.stacks}
	if s.Chart, err = chart.New(ctx, chart.Config{Book: s.Book, Clock: c.Clock, Log: c.Log, Shelf: s.stacks, Index: find, Witness: s.Witness, Places: s.places, Unlock: "/unlock", Wards: s.wards}); err != nil {
		return err
	}
	data := paper.Data{Reader: s.stacks, Census: find, AsOf: func() time.Time { at, _ := s.stacks.Until(); return at }, Find: s.hit,
		Newest:   func() bool { _, by := s.stacks.Until(); return by == shelf.ByNewest },
		Warn:     s.check.warnings,
		Complete: func() bool { return !find.Progress().Whole.IsZero() },
		Kind: func(sourceName, code string) (source.Kind, bool) {
			k := s.stacks.Kind(sourceName, code)
			return k, k.Japanese != ""
		}}
	if s.Paper, err = paper.New(ctx, paper.Config{Book: s.Book, Data: data, Witness: s.Witness, Catalog: s.Catalog, Clock: c.Clock, Zone: c.Zone, Log: c.Log,
		Hospital: func(context.Context) string { return c.Hospital }, Roots: c.Roots, Confirmed: s.Chart.Confirmed}); err != nil {
		return err
	}
	if s.Entries, err = backentry.New(ctx, backentry.Config{Book: s.Book, Seal: s.box, Clock: c.Clock, Find: s.stacks.Find}); err != nil {
		return err
	}
	s.Rollout, err = rollout.New(ctx, rollout.Config{Book: s.Book, Clock: c.Clock, Zone: c.Zone, Sites: s.sites, Measure: s.rehearse})
	return err
}

// places are the rooms that stand on the chart's first page.
func (s *Station) places(ctx context.Context) ([]chart.Site, error) {
	all, err := s.Rollout.Places(ctx)
	var out []chart.Site
	for _, one := range all {
		out = append(out, chart.Site{Name: one.Name, URL: "/join/" + one.ID})
	}
	return out, err
}

// rehearse takes the times of what a machine can do of a rehearsal.
func (s *Station) rehearse(ctx context.Context) []rollout.Measured {
	return drill.Do(ctx, drill.Config{Shelf: s.stacks, Index: finder{s.stacks}, Catalog: s.Catalog, Clock: s.cfg.Clock, Zone: s.cfg.Zone, Lang: text.JA, Hospital: s.cfg.Hospital})
}

// knownStaff is witness.Staff before there is a staff desk.
type knownStaff struct{ s *Station }

// Actor gives the ledger's ID of a staff number.
func (k *knownStaff) Actor(number string) (string, bool) { return k.s.Staff.Actor(number) }

// Number gives staff number and department of an actor.
func (k *knownStaff) Number(actor string) (number, department string) {
	return k.s.Staff.Number(actor)
}

// back is told when the ledger can be written again.
func (s *Station) back() {
	if s.Staff != nil {
		s.Staff.Settle(context.Background())
	}
}

// setting is what stands in the head of every page.
func (s *Station) setting(ctx context.Context) (web.Setting, error) {
	return web.Setting{Hospital: s.cfg.Hospital, SetUp: true, Banners: slices.Concat(s.Witness.Banners(), s.spoiledBanners(), s.check.banners(), s.Chart.Banners(ctx))}, nil
}

// refused writes down what the shell did not allow, bounded by who asks: only
// of people who are signed in.
func (s *Station) refused(r web.Refusal) {
	if r.What != web.RefusedRight {
		return
	}
	actor := ledger.Actor{ID: r.Person.ID, Name: r.Person.Name, Login: r.Person.Login, Via: r.From}
	if err := s.Witness.Note(context.Background(), actor, "station.refused", "page", map[string]string{"right": r.Reason, "page": r.Path}); err != nil {
		s.cfg.Log.Warn("a refusal was not written", "err", err)
	}
}

// hit finds a patient's place in the index over all sources.
func (s *Station) hit(_ context.Context, id string) (index.Hit, bool) {
	find := finder{s.stacks}
	for _, root := range s.stacks.State() {
		for _, info := range root.Sources {
			if h, ok := find.Patient(info.Name, id); ok {
				return h, true
			}
		}
	}
	return index.Hit{}, false
}

// sites are the addresses under which the pages can be opened.
func (s *Station) sites() []string {
	host, port, err := net.SplitHostPort(s.cfg.Listen)
	if err != nil {
		return nil
	}
	hosts := append([]string{}, s.cfg.Hosts...)
	if host == "" || host == "0.0.0.0" || host == "::" {
		hosts = append(hosts, addresses()...)
	} else {
		hosts = append(hosts, host)
	}
	var out []string
	for _, h := range hosts {
		out = append(out, "https://"+net.JoinHostPort(h, port))
	}
	return out
}

// apart says how the box stands.
func (s *Station) apart(context.Context) apart.Setting {
	set := apart.Setting{Host: apart.See(), Data: apart.Stand(s.cfg.Data)}
	for _, root := range s.cfg.Roots {
		set.Copies = append(set.Copies, apart.Stand(root))
	}
	return set
}
