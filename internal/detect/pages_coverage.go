package detect

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/detect/setting"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// CoveragePage says what can be noticed with the logs that arrive.
type CoveragePage struct {
	Tabs    []Tab
	At      time.Time
	Steps   []StepCover
	Next    []SettingRow
	Later   int // settings that would wake no rule
	Arrive  []ArriveRow
	On      int // rules that are on
	Can     int // of them, those that can fire
	Learn   []LearnRow
	Nothing bool
}

// StepCover is one step of the chain.
type StepCover struct {
	Step  rulepack.Step
	Say   text.Msg
	Mark  web.Mark
	Rules int
	Can   int
	URL   string
}

// SettingRow is one setting with its place and command.
type SettingRow struct {
	ID      string
	Anchor  string
	On      text.Msg
	Name    string
	Where   []string
	Command string
	Note    string
	Volume  string
	Mark    web.Mark
	Rules   int
	Off     int
	Steps   []rulepack.Step
	After   string // name of the setting that must be on first
}

// ArriveRow is one kind of log that arrives.
type ArriveRow struct {
	Dataset string
	Shapes  int
	Codes   int
	Last    time.Time
	Count   int
}

// LearnRow is a watch that still learns, about so many computers.
type LearnRow struct {
	Say   text.Msg
	Count int
	Until time.Time
}

func settingRow(s setting.Setting, state SettingState, lang text.Lang) SettingRow {
	r := SettingRow{ID: s.ID, Anchor: strings.ReplaceAll(s.ID, ".", "-"), On: text.M("detect.setting.on." + s.On), Name: s.Name.In(lang), Command: strings.Join(s.Command, "\n"),
		Note: s.Note.In(lang), Volume: s.Volume.In(lang), Mark: web.Mark{Say: text.M("detect.setting.state." + string(state))}}
	for _, w := range s.Where {
		r.Where = append(r.Where, w.In(lang))
	}
	switch state {
	case SettingOn:
		r.Mark.Level = web.Done
	case SettingOff:
		r.Mark.Level = web.Warn
	default:
		r.Mark.Level = web.Unclear
	}
	return r
}

func (d *Desk) coveragePage(c *web.Call) error {
	cover := d.Coverage()
	p := CoveragePage{Tabs: tabs("coverage"), At: cover.At, Nothing: len(cover.Seen) == 0, Steps: stepCovers(cover), Arrive: arrivals(cover)}
	for _, x := range cover.Covers {
		if x.Rule.On && !x.Rule.Feeds {
			p.On++
			if x.State.Can() {
				p.Can++
			}
		}
	}
	for _, l := range cover.Lacking {
		if l.Rules+l.Off == 0 {
			p.Later++
			continue
		}
		row := settingRow(l.Setting, l.State, c.Lang)
		row.Rules, row.Off, row.Steps = l.Rules, l.Off, l.Steps
		if before, ok := d.settings.Get(l.Setting.After); ok && l.State == SettingBlocked {
			row.After = before.Name.In(c.Lang)
		}
		p.Next = append(p.Next, row)
	}
	p.Learn = learnRows(d.Learning(c.Now))
	return c.Render("detect.coverage", p)
}

// learnRows adds up the spaces of each watch; a space is named after its watch.
func learnRows(spaces map[string]time.Time) []LearnRow {
	var out []LearnRow
	at := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(spaces)) {
		watch, _, _ := strings.Cut(name, "/")
		i, known := at[watch]
		if !known {
			i = len(out)
			at[watch] = i
			out = append(out, LearnRow{Say: text.M("detect.learn." + watch)})
		}
		out[i].Count++
		if until := spaces[name]; until.After(out[i].Until) {
			out[i].Until = until
		}
	}
	return out
}

func stepCovers(cover *Coverage) []StepCover {
	var out []StepCover
	for _, s := range rulepack.Steps() {
		row := StepCover{Step: s, Say: stepText(s), URL: "/alerts/rules?on=on&step=" + s.String()}
		row.Rules, row.Can = cover.step(s)
		switch {
		case row.Can > 0:
			row.Mark = web.Mark{Level: web.Done, Say: text.M("detect.cover.can")}
		case len(cover.Seen) == 0:
			row.Mark = web.Mark{Level: web.Unclear, Say: text.M("detect.cover.unknown")}
		case row.Rules == 0:
			row.Mark = web.Mark{Level: web.Danger, Say: text.M("detect.cover.norules")}
		default:
			row.Mark = web.Mark{Level: web.Danger, Say: text.M("detect.cover.cannot")}
		}
		out = append(out, row)
	}
	return out
}

// step counts the rules of a step that are on, and those of them that can fire.
func (c *Coverage) step(s rulepack.Step) (rules, can int) {
	for _, x := range c.Covers {
		if !x.Rule.On || x.Rule.Feeds || !slices.Contains(x.Rule.Steps, s) {
			continue
		}
		rules++
		if x.State.Can() {
			can++
		}
	}
	return rules, can
}

// arrivals groups what arrives by data set.
func arrivals(cover *Coverage) []ArriveRow {
	at := map[string]int{}
	var out []ArriveRow
	for _, s := range cover.Seen {
		i, known := at[s.Dataset]
		if !known {
			i = len(out)
			at[s.Dataset] = i
			out = append(out, ArriveRow{Dataset: s.Dataset})
		}
		out[i].Shapes++
		out[i].Codes += len(s.Codes)
		out[i].Count += int(s.Count)
		if s.Last.After(out[i].Last) {
			out[i].Last = s.Last
		}
	}
	slices.SortFunc(out, func(a, b ArriveRow) int { return cmp.Compare(a.Dataset, b.Dataset) })
	return out
}

// AccountsPage lists the accounts of vendors.
type AccountsPage struct {
	Tabs []Tab
	Rows []AccountRow
	Form web.Form
	Can  bool
}

// AccountRow is one account.
type AccountRow struct {
	VendorAccount
	VendorName string
	URL        string
}

func (d *Desk) accountForm(c *web.Call) (web.Form, map[string]string, error) {
	vendors, err := d.cfg.Register.Vendors(c.Ctx())
	if err != nil {
		return web.Form{}, nil, err
	}
	names := map[string]string{}
	options := []web.Option{{Value: "", Say: text.M("detect.account.choose")}}
	for _, v := range vendors {
		names[v.ID] = v.Name
		options = append(options, web.Option{Value: v.ID, Say: text.Raw(v.Name)})
	}
	return web.Form{Action: "/alerts/accounts", Submit: text.M("detect.account.submit"), Fields: []web.Field{
		{Name: "name", Label: text.M("detect.account.label"), Kind: web.TextField, Required: true, Max: 100, Help: text.M("detect.account.help")},
		{Name: "vendor", Label: text.M("detect.account.of"), Kind: web.SelectField, Options: options, Required: true},
		{Name: "note", Label: text.M("detect.account.note"), Kind: web.TextField, Max: 300, Wide: true},
	}}, names, nil
}

func (d *Desk) accountsPage(c *web.Call) error {
	f, names, err := d.accountForm(c)
	if err != nil {
		return err
	}
	return d.renderAccounts(c, 200, f, names)
}

func (d *Desk) renderAccounts(c *web.Call, status int, f web.Form, names map[string]string) error {
	all, err := d.Accounts(c.Ctx())
	if err != nil {
		return err
	}
	p := AccountsPage{Tabs: tabs("accounts"), Form: f, Can: c.Person.Can(PermRules)}
	for _, a := range all {
		p.Rows = append(p.Rows, AccountRow{VendorAccount: a, VendorName: names[a.Vendor], URL: "/vendors/" + a.Vendor})
	}
	return c.RenderStatus(status, "detect.accounts", p)
}

func (d *Desk) saveAccount(c *web.Call) error {
	f, names, err := d.accountForm(c)
	if err != nil {
		return err
	}
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if ok {
		err = d.SaveAccount(c.Ctx(), ledger.ActorOf(c), VendorAccount{Name: f.Text("name"), Vendor: f.Text("vendor"), Note: f.Text("note")})
		if bad := fault.Of(err); bad != nil && bad.Msg.Key == "detect.account.name" {
			f.Fail("name", "detect.account.name.short")
			ok = false
		} else if err != nil {
			return err
		}
	}
	if !ok {
		return d.renderAccounts(c, 422, f, names)
	}
	return c.Redirect("/alerts/accounts", text.M("detect.done.account"))
}

func (d *Desk) removeAccount(c *web.Call) error {
	if err := d.RemoveAccount(c.Ctx(), ledger.ActorOf(c), c.Path("name")); err != nil {
		return err
	}
	return c.Redirect("/alerts/accounts", text.M("detect.done.account.remove"))
}
