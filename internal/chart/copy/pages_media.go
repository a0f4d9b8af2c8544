package copy

import (
	"encoding/json"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// MediaPage lists the media and where they are.
type MediaPage struct {
	Live   web.LivePart
	Rows   []MediumRow
	CanRun bool
	Always int // media that have been attached for too long
}

func (d *Copier) mediaPage(c *web.Call) error {
	all, err := d.Media(c.Ctx())
	if err != nil {
		return err
	}
	p := MediaPage{Live: web.LivePart{Topic: Topic, For: "media"}, Rows: mediumRows(all, c.Now), CanRun: c.Person.Can(right.CopyRun)}
	for _, m := range all {
		if m.Overdue(c.Now) {
			p.Always++
		}
	}
	return c.Render("copy.media", p)
}

// MediumPage is one medium with its generations.
type MediumPage struct {
	Live        web.LivePart
	Row         MediumRow
	There       bool // its vault can be seen now
	Why         text.Msg
	Generations []GenerationRow
	Checks      []CheckRow
	CanRun      bool
	CanCheck    bool
}

// PageTitle is the medium's label.
func (p MediumPage) PageTitle() text.Msg { return text.M("copy.medium.title.of", p.Row.Label) }

// GenerationRow is a generation in a list.
type GenerationRow struct {
	GenerationRecord
	Mark web.Mark
	URL  string
}

func generationRow(g GenerationRecord) GenerationRow {
	r := GenerationRow{GenerationRecord: g, Mark: g.Verdict.Mark(), URL: generationURL(g.Medium, g.ID)}
	if !g.Accepted.IsZero() && g.Verdict == Suspect {
		r.Mark = web.Mark{Level: web.Warn, Say: text.M("copy.verdict.accepted")}
	}
	return r
}

// CheckRow is a check in a list.
type CheckRow struct {
	CheckRecord
	Mark web.Mark
}

func (d *Copier) mediumPage(c *web.Call) error {
	ctx := c.Ctx()
	m, err := d.Medium(ctx, c.Path("id"))
	if err != nil {
		return err
	}
	p := MediumPage{Live: web.LivePart{Topic: Topic, For: "now"}, Row: mediumRows([]Medium{m}, c.Now)[0], CanRun: c.Person.Can(right.CopyRun) && m.Retired.IsZero(), CanCheck: c.Person.Can(right.CopyCheck) && m.Retired.IsZero()}
	if _, err := m.open(); err == nil {
		p.There = true
	} else {
		p.Why = fault.Of(err).Msg
	}
	all, err := d.Generations(ctx, m.Vault, web.PerPage)
	if err != nil {
		return err
	}
	for _, g := range all {
		p.Generations = append(p.Generations, generationRow(g))
	}
	checks, err := d.Checks(ctx, 50)
	if err != nil {
		return err
	}
	for _, k := range checks {
		if k.Medium == m.ID && len(p.Checks) < 10 {
			p.Checks = append(p.Checks, CheckRow{CheckRecord: k, Mark: stateMark(k.State)})
		}
	}
	return c.Render("copy.medium", p)
}

// GenerationPage is one generation: what is in it, and what is said of it.
type GenerationPage struct {
	Live      web.LivePart
	Medium    Medium
	Row       GenerationRow
	At        Judgement // the one that is shown
	Findings  []FindingRow
	AtRun     []FindingRow
	NotDone   []text.Msg
	Picture   CountsPicture
	NoPicture bool // the medium is away: its counts cannot be read
	Decisions []Decision
	Open      time.Time // until when an override holds
	OpenID    string
	CanSign   bool
}

// PageTitle is the generation's number.
func (p GenerationPage) PageTitle() text.Msg {
	return text.M("copy.generation.title.of", p.Row.ID, p.Medium.Label)
}

func (d *Copier) generationPage(c *web.Call) error {
	ctx := c.Ctx()
	m, g, err := d.generationOf(c)
	if err != nil {
		return err
	}
	p := GenerationPage{Live: web.LivePart{Topic: Topic, For: "now"}, Medium: m, Row: generationRow(g), At: g.Judgement, Findings: d.findingRows(g.Judgement), NoPicture: true}
	if !g.CheckedAt.IsZero() {
		p.AtRun = d.findingRows(g.AtRun)
	}
	for _, gap := range g.Judgement.NotDone {
		p.NotDone = append(p.NotDone, gap.Say())
	}
	if v, err := m.open(); err == nil {
		if counts, err := v.Counts(g.ID); err == nil {
			p.Picture, p.NoPicture = countsPicture(counts, g.AsOf.In(d.cfg.Zone)), false
		}
	}
	if p.Decisions, err = d.Decisions(ctx, m.Vault, g.ID); err != nil {
		return err
	}
	if p.Open, err = d.openUntil(ctx, m.Vault, g.ID); err != nil {
		return err
	}
	for _, x := range p.Decisions {
		if x.What == ToOpen && x.Ended.IsZero() && x.Until.Equal(p.Open) {
			p.OpenID = x.ID
		}
	}
	p.CanSign = c.Person.Can(right.CopyOverride) && (g.Verdict == Suspect || g.Verdict == NotChecked) && g.Accepted.IsZero()
	return c.Render("copy.generation", p)
}

func (d *Copier) generationOf(c *web.Call) (Medium, GenerationRecord, error) {
	m, err := d.Medium(c.Ctx(), c.Path("id"))
	if err != nil {
		return m, GenerationRecord{}, err
	}
	g, err := d.Generation(c.Ctx(), m.Vault, c.Path("generation"))
	return m, g, err
}

func (d *Copier) takeEndOverride(c *web.Call) error {
	if err := d.EndOverride(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/copy", text.M("copy.override.ended"))
}

// CheckPage is one check: which generation to go live with.
type CheckPage struct {
	Live     web.LivePart
	Check    CheckRecord
	Mark     web.Mark
	Going    bool
	Progress CheckProgress
	Error    text.Msg
	Rows     []CheckedRow
	CanCheck bool
}

// CheckedRow is one generation of a check.
type CheckedRow struct {
	Checked
	Mark     web.Mark
	URL      string
	Findings []FindingRow
	NotDone  []text.Msg
	Newest   bool // the newest clean one
}

func (d *Copier) checkPage(c *web.Call) error {
	k, err := d.CheckRecord(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	p := CheckPage{Live: web.LivePart{Topic: Topic, For: "now"}, Check: k, Mark: stateMark(k.State), CanCheck: c.Person.Can(right.CopyCheck)}
	if g, on := d.progress(k.ID); on {
		p.Going, p.Progress = true, g.check
	}
	if len(k.Error) > 0 {
		if err := json.Unmarshal(k.Error, &p.Error); err != nil {
			return err
		}
	}
	for _, g := range k.Result.Generations {
		row := CheckedRow{Checked: g, Mark: g.Verdict.Mark(), URL: generationURL(k.Medium, g.ID), Findings: d.findingRows(g.Judgement), Newest: g.ID == k.Result.NewestClean}
		if g.Verdict == Suspect && g.Judgement.Verdict != Suspect {
			row.Findings = append(row.Findings, d.findingRows(g.AtRun)...)
		}
		for _, gap := range g.Judgement.NotDone {
			row.NotDone = append(row.NotDone, gap.Say())
		}
		p.Rows = append(p.Rows, row)
	}
	return c.Render("copy.check", p)
}

// checkJSON gives a check's result for other programs.
func (d *Copier) checkJSON(c *web.Call) error {
	k, err := d.CheckRecord(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	if k.State != Finished {
		return fault.New(fault.Conflict, "copy.check.unfinished")
	}
	data, err := json.MarshalIndent(k.Result, "", " ")
	if err != nil {
		return err
	}
	return c.Download("toride-copy-check.json", "application/json", data)
}

// KeysPage lists the keys and what is known of their paper.
type KeysPage struct {
	Keys        []KeyRow
	Fingerprint string
	CanRun      bool
}

// KeyRow is a key in a list.
type KeyRow struct {
	Key
	Mark web.Mark
	How  text.Msg
}

func (d *Copier) keysPage(c *web.Call) error {
	keys, err := d.Keys(c.Ctx())
	if err != nil {
		return err
	}
	p := KeysPage{CanRun: c.Person.Can(right.CopyRun)}
	if p.Fingerprint, err = d.Fingerprint(); err != nil {
		return err
	}
	for _, k := range keys {
		p.Keys = append(p.Keys, keyRow(k))
	}
	return c.Render("copy.keys", p)
}

func keyRow(k Key) KeyRow {
	r := KeyRow{Key: k, Mark: web.Mark{Level: web.Warn, Say: text.M("copy.key.untested")}, How: text.M("copy.key.how.parts", k.Need, len(k.Holders))}
	switch {
	case len(k.Holders) == 0:
		r.How = text.M("copy.key.how.envelope")
	case k.Envelope != nil:
		r.How = text.M("copy.key.how.both", k.Need, len(k.Holders))
	}
	if !k.Tested.IsZero() {
		r.Mark = web.Mark{Level: web.Done, Say: text.M("copy.key.tested", k.Tested, k.Tester)}
	}
	if !k.Retired.IsZero() {
		r.Mark = web.Mark{Level: web.Nothing, Say: text.M("copy.key.retired", k.Retired)}
	}
	return r
}

// MadePage shows a key's parts and code, once.
type MadePage struct {
	Made     *Made
	Hospital string
	Parts    []PartSheet
	Code     []string
}

// PartSheet is the sheet of one holder.
type PartSheet struct {
	vault.Part
	Groups []string
}
