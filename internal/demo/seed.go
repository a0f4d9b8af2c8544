package demo

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"time"

	"github.com/torideproject/toride/internal/access"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/audit"
	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/rollout"
	"github.com/torideproject/toride/internal/comply"
	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/exposure"
	"github.com/torideproject/toride/internal/identity"
	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/logbook"
	"github.com/torideproject/toride/internal/notify"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
)

//go:embed kev.json
var catalogue []byte

// Stage is what the story is told to: the real parts of one installation.
type Stage struct {
	Clock    *Clock
	Zone     *time.Location
	Identity *identity.People
	Asset    *asset.Register
	Exposure *exposure.Exposure
	Access   *access.Desk
	Audit    *audit.Audit
	Incident *incident.Desk
	Comply   *comply.Checklist
	// Log, Detect and Notify take in records and what is found in them, while Run
	// runs. Without Log the story is told without records.
	Log    *logbook.Logbook
	Detect *detect.Desk
	Notify *notify.Desk
	Run    func(ctx context.Context) error
	// Chart is the emergency chart's share; without Copy it is left out.
	Chart ChartStage
	// Most bounds how many devices of each kind the list holds; 0: all.
	Most int
	// File is where the folder says what was told to it.
	File string
	// Later says that the Night is not told: it is played while people watch.
	Later bool
}

// ChartStage is what the chapters of the emergency chart act on. Desk may be
// nil.
type ChartStage struct {
	Copy    *copy.Copier
	Rollout *rollout.Desk
	Desk    *chart.Desk
}

// SignIn is a one-time sign-in of one of the demo's people.
type SignIn struct {
	Who  text.Msg
	Path string
}

// story remembers IDs while it is told.
type story struct {
	Stage
	ctx     context.Context
	actors  map[string]ledger.Actor
	vendors map[string]string
	systems map[string]string
	lines   map[string]string
	agreed  map[string]string
	player  player
	chart   chartStory
}

// Tell fills an empty installation and gives the sign-ins. An installation
// that the demo filled before is left as it is and only gets new sign-ins.
func Tell(ctx context.Context, s Stage) ([]SignIn, error) {
	st := &story{Stage: s, ctx: ctx, actors: map[string]ledger.Actor{}, vendors: map[string]string{}, systems: map[string]string{}, lines: map[string]string{}, agreed: map[string]string{}}
	setting, err := s.Identity.Setting(ctx)
	if err != nil {
		return nil, err
	}
	if !setting.SetUp {
		if err := st.tell(); err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
	}
	return st.signIns()
}

// tell goes through the chapters, each at its time.
func (st *story) tell() (err error) {
	now := st.Clock.real()
	defer st.Clock.at(0)
	defer debug.SetGCPercent(debug.SetGCPercent(storyGC))
	defer func() { err = errors.Join(err, st.end()) }()
	for _, chapter := range []struct {
		before time.Duration // how long before now
		tell   func() error
	}{
		{18 * day, st.register}, {18*day - time.Hour, st.observe}, {17*day + 6*time.Hour, st.list}, {17*day + 3*time.Hour, st.people}, {17*day + 2*time.Hour, st.accounts}, {17*day + time.Hour, st.intake},
		{11 * day, st.cards}, {10 * day, st.goodWindow}, {8 * day, st.charts}, {6 * day, st.unreviewed}, {6*day - time.Hour, st.chartNight}, {5 * day, st.roster}, {4 * day, st.chartNight}, {3 * day, st.readings}, {2 * day, st.contacts}, {2*day - time.Hour, st.declare},
		{2*day - 2*time.Hour, st.chartNight}, {day, st.overdue}, {20 * time.Hour, st.checklist}, {2 * time.Hour, st.waiting}, {time.Hour, st.chartSpoilt},
	} {
		if err := st.until(now.Add(-chapter.before)); err != nil {
			return err
		}
		if err := chapter.tell(); err != nil {
			return err
		}
	}
	return st.until(now)
}

const day = 24 * time.Hour

// storyGC lets the heap grow further than usual while the story is told: nearly
// all of it is soon forgotten, and a fifth of the time would go into looking.
const storyGC = 400

// register enters vendors, contracts, systems and outside lines by hand.
func (st *story) register() error {
	console := ledger.Actor{ID: "console/demo", Name: "佐藤 一郎(情報企画室長)", Via: "console"}
	for _, v := range vendors() {
		if v.Name == mealsIT {
			v.ParentID = st.vendors[meals]
		}
		id, err := st.Asset.SaveVendor(st.ctx, console, v, asset.Declared, "")
		if err != nil {
			return err
		}
		st.vendors[v.Name] = id
	}
	for _, k := range contracts() {
		id, err := st.Asset.SaveContract(st.ctx, console, asset.Contract{VendorID: st.vendors[k.vendor], Name: k.name, Number: k.number,
			StartDay: k.start, EndDay: k.end, DutySplit: k.split, Clause: k.clause}, asset.Declared, "")
		if err != nil {
			return err
		}
		st.agreed[k.name] = id
	}
	for _, s := range systems() {
		edition := ""
		if s.disclosure != "" {
			edition = "MDS/SDS Ver.5.0"
		}
		id, err := st.Asset.SaveSystem(st.ctx, console, asset.System{Name: s.name, Class: s.class, Department: s.department, VendorID: st.vendors[s.vendor],
			Priority: s.priority, Impact: s.impact, Disclosure: s.disclosure, DiscloseEd: edition}, asset.Declared, "")
		if err != nil {
			return err
		}
		st.systems[s.name] = id
	}
	for _, l := range lines() {
		l.VendorID, l.ContractID = st.vendors[l.vendor], st.agreed[l.contract]
		id, err := st.Asset.SaveLine(st.ctx, console, l.Line, asset.Declared, "")
		if err != nil {
			return err
		}
		st.lines[l.Name] = id
	}
	duties := []asset.Duty{{Kind: asset.Patching, Party: asset.ByVendor, Note: "別紙2-1"}, {Kind: asset.Notice, Party: asset.ByVendor, Note: "別紙2-2"}, {Kind: asset.Remote, Party: asset.ByHospital, Note: "別紙2-3"},
		{Kind: asset.Logs, Party: asset.ByBoth, Note: "別紙2-4"}, {Kind: asset.Backup, Party: asset.ByVendor, Note: "別紙2-5"}, {Kind: asset.Call, Party: asset.ByVendor, Note: "別紙2-6 24時間"}}
	return st.Asset.SetDuties(st.ctx, console, "contract/"+st.agreed["電子カルテシステム保守契約"], duties)
}

// list imports the hospital's own workbook.
func (st *story) list() error {
	book, err := workbook(cmp.Or(st.Most, 10_000))
	if err != nil {
		return err
	}
	clerk := ledger.Actor{ID: "console/demo", Name: "鈴木 花子(情報企画室)", Via: "console"}
	report, err := st.Asset.ImportFile(st.ctx, clerk, "情報資産台帳_令和8年度.xlsx", bytes.NewReader(book), asset.ImportOptions{})
	if err != nil {
		return err
	}
	if !report.Applied {
		return fmt.Errorf("the list was not applied: %+v", report.Counts)
	}
	return nil
}

// people makes the accounts.
func (st *story) people() error {
	var all []identity.NewPerson
	for _, p := range people() {
		all = append(all, identity.NewPerson{Login: p.login, Name: p.name, Vendor: st.vendors[p.vendor], Roles: []string{p.role}})
	}
	if err := st.Identity.SeedDemo(st.ctx, identity.Hospital{Name: Name, Kana: "みなとかくうそうごういりょうせんたー", Beds: 865, Prefecture: "大阪府"}, all); err != nil {
		return err
	}
	saved, err := st.Identity.People(st.ctx)
	if err != nil {
		return err
	}
	for _, p := range saved {
		st.actors[p.Login] = ledger.Actor{ID: p.ID, Name: p.Name, Login: p.Login, Via: "10.50.0.9"}
	}
	return nil
}

// readings imports the catalogue of exploited holes and reads the
// configurations of two firewalls.
func (st *story) readings() error {
	if _, err := st.Exposure.ImportKEV(st.ctx, st.actors["suzuki"], "known_exploited_vulnerabilities.json", bytes.NewReader(catalogue)); err != nil {
		return err
	}
	if err := st.configurations(); err != nil {
		return err
	}
	_, err := st.Exposure.Sync(st.ctx)
	return err
}

// observe keeps how the Osaka test stands at that time.
func (st *story) observe() error { return st.Audit.Observe(st.ctx) }

// declare says what no file shows: two failings of 2022 and one thing done.
func (st *story) declare() error {
	for _, d := range []audit.Declared{
		{Question: "lockout", Answer: reading.Bad, Note: "端末のアカウントロックは設定していない"},
		{Question: "password", Answer: reading.Bad, Note: "端末の管理者パスワードは導入時から共通"},
		{Question: "restore", Answer: reading.Good, Note: "令和8年6月に部門システム1つで復元を試した"},
	} {
		d.Who, d.On = "佐藤 一郎", st.Clock.Now().In(st.Zone).Format(time.DateOnly)
		if err := st.Audit.Declare(st.ctx, st.actors["sato"], d); err != nil {
			return err
		}
	}
	return nil
}

// signIns makes a one-time link for each of the people.
func (st *story) signIns() ([]SignIn, error) {
	var out []SignIn
	for _, p := range people() {
		token, err := st.Identity.DemoLink(st.ctx, p.login)
		if err != nil {
			return nil, err
		}
		out = append(out, SignIn{Who: text.M(p.who, p.name), Path: "/signin/demo?token=" + token})
	}
	return out, nil
}

//go:embed text_*.json
var texts embed.FS

// Texts gives the demo's sentences for the catalogue.
func Texts() fs.FS { return texts }

// Logins lists the demo's people in the order of their sign-ins.
func Logins() []string {
	var all []string
	for _, p := range people() {
		all = append(all, p.login)
	}
	return all
}
