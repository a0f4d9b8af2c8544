package chart

import (
	"cmp"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source/all"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// AboutPage says what the copy holds, how old it is, and what it lacks.
type AboutPage struct {
	AsOf, Newest string
	Old          bool
	Roots        []RootBlock
	Kinds        []KindRow
	Lacking      []KindRow // kinds that pages need and no source holds
	Progress     ProgressView
	Patients     int
	Whole        string // when everything was last gone through
	NotStored    []string
	Big          bool
}

// RootBlock is a root with what is in it.
type RootBlock struct {
	Label   string
	Mark    web.Mark
	Say     string
	Since   string
	AsOf    string
	Sources []SourceRow
	Notices []Notice
}

// SourceRow is a source of a root.
type SourceRow struct{ Name, Format, Label, Facility, AsOf string }

// KindRow is a kind of items over the whole copy.
type KindRow struct {
	Source, Code, Name string
	Items, Patients    int
	Newest             string
	Age                Val // computed: how long ago
	Mark               web.Mark
	key                kindKey
}

type kindKey struct{ source, code string }

func (d *Desk) aboutPage(c *web.Call) error {
	p := newPrinter(c, "")
	progress := d.index.Progress()
	page := AboutPage{Newest: p.Time(d.index.AsOf(), c.Zone()), Progress: p.progress(progress), Patients: progress.Patients,
		Whole: p.Time(progress.Whole, c.Zone()), NotStored: d.unstored(p), Big: big(c)}
	page.AsOf, page.Old = d.until(p, c)
	roots := d.shelf.State()
	for _, r := range roots {
		block := RootBlock{Label: r.Label, Mark: rootMark(r.State), Say: p.root(&r), Since: p.Time(r.Since, c.Zone()), AsOf: p.Time(r.AsOf, c.Zone()),
			Notices: p.Notices(r.Notices)}
		for _, s := range r.Sources {
			block.Sources = append(block.Sources, SourceRow{s.Name, p.T("chart.format." + s.Format), s.Label, s.Facility, p.Time(s.AsOf, c.Zone())})
		}
		page.Roots = append(page.Roots, block)
	}
	list := d.index.Kinds()
	slices.SortStableFunc(list, func(a, b index.KindCount) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Kind.Order, b.Kind.Order), cmp.Compare(a.Kind.Code, b.Kind.Code))
	})
	known := map[kindKey]bool{}
	for _, k := range list {
		row := p.kindRow(k, c.Now, c.Zone())
		known[row.key] = k.Items > 0
		page.Kinds = append(page.Kinds, row)
	}
	page.Lacking = d.lacking(p, roots, known)
	return c.Render("chart.about", page)
}

func (p Printer) kindRow(k index.KindCount, now time.Time, zone *time.Location) KindRow {
	row := KindRow{Source: k.Source, Code: k.Kind.Code, Name: p.Kind(k.Kind), Items: int(k.Items), Patients: int(k.Patients), Newest: p.Stamp(k.Newest), key: kindKey{k.Source, k.Kind.Code}}
	if len(k.Newest) >= 12 {
		if at, err := time.ParseInLocation("200601021504", string(k.Newest[:12]), zone); err == nil && now.After(at) {
			row.Age = Val{Show: p.T("chart.ago", p.span(now.Sub(at))), Calc: true}
		}
	}
	row.Mark = web.Mark{Level: web.Info, Say: text.M("chart.kind.stored")}
	if k.Items == 0 {
		row.Mark = stateMark(model.NotStored)
	}
	return row
}

// lacking names the kinds that feed the lists of a chart and are not there.
func (d *Desk) lacking(p Printer, roots []shelf.Root, known map[kindKey]bool) []KindRow {
	var out []KindRow
	seen := map[kindKey]bool{}
	for _, r := range roots {
		for _, s := range r.Sources {
			for _, part := range model.Parts() {
				for _, code := range all.Says(s.Format, part) {
					key := kindKey{s.Name, code}
					if seen[key] || known[key] {
						continue
					}
					seen[key] = true
					if row, lacks := d.lackingRow(p, part, key); lacks {
						out = append(out, row)
					}
				}
			}
		}
	}
	return out
}

// lackingRow is a kind that is not there, or of which that is not known yet.
func (d *Desk) lackingRow(p Printer, part model.Part, key kindKey) (row KindRow, lacks bool) {
	stored, counted := d.index.Stored(key.source, key.code)
	row = KindRow{Source: key.source, Code: key.code, Name: p.T("chart.kind.of", p.Kind(d.shelf.Kind(key.source, key.code)), p.Part(part)), key: key}
	row.Mark = stateMark(model.NotStored)
	if !counted {
		row.Mark = stateMark(model.Unknown)
	}
	return row, !stored || !counted
}

// until says of when the copy is, and whether that is older than the hospital
// allows. A copy without a manifest is as old as what was sent last, and that
// stands in the words.
func (d *Desk) until(p Printer, c *web.Call) (say string, old bool) {
	at, by := d.shelf.Until()
	say = p.Time(at, c.Zone())
	if by == shelf.ByNewest {
		say = p.T("chart.asof.newest", say)
	}
	return say, d.tooOld(at, c.Now)
}

func (d *Desk) tooOld(asOf, now time.Time) bool {
	return !asOf.IsZero() && now.Sub(asOf) > time.Duration(d.Settings().OldHours)*time.Hour
}

// takeBig remembers for a reader's browser whether he wants large letters.
func (d *Desk) takeBig(c *web.Call) error {
	if err := c.R.ParseForm(); err != nil {
		return err
	}
	age, value := 365*24*3600, "1"
	if big(c) {
		age, value = -1, ""
	}
	c.SetCookie(bigCookie, value, age)
	return c.Redirect(web.LocalPath(c.R.PostForm.Get("next")), text.Msg{})
}
