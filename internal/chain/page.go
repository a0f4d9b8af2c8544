package chain

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/comply"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed page_*.html text_*.json
var files embed.FS

// Config is what a Chain is made of.
type Config struct {
	// Readings gives what all domains read.
	Readings func(ctx context.Context) ([]reading.Reading, error)
	// Noticed gives what was noticed of each step, by its ID, since a time. It is
	// asked for readers with the right Perm only; nil: nothing is looked for.
	Noticed func(ctx context.Context, since time.Time) (map[string]Noticed, error)
	Perm    web.Perm
	Topic   string // what tells that something was noticed
}

// Noticed is what was noticed of a step: alerts, and when what they tell of
// happened.
type Noticed struct {
	Alerts      int
	First, Last time.Time
	URL         string
}

// recently is how far back the page looks for what was noticed.
const recently = 24 * time.Hour

// Chain shows the attack chain. It stores nothing.
type Chain struct {
	cfg  Config
	pack Pack
}

// New reads the data pack.
func New(cfg Config) (*Chain, error) {
	pack, err := Load()
	if err != nil {
		return nil, err
	}
	return &Chain{cfg: cfg, pack: pack}, nil
}

// Rows computes the chain from what has been read until now.
func (ch *Chain) Rows(ctx context.Context) ([]Row, error) {
	set := reading.Set{}
	if ch.cfg.Readings != nil {
		readings, err := ch.cfg.Readings(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range readings {
			set[r.ID] = r
		}
	}
	return ch.pack.Compute(set), nil
}

// Module is the chain's share of the site. Its pages use the words that the
// checklist has for readings.
func (ch *Chain) Module() web.Module {
	return web.Module{Name: "chain", Files: files, Pages: []web.Page{{Name: "show", Data: ShowPage{}}},
		Routes: []web.Route{{Pattern: "GET /chain", Perm: "chain.read", Do: ch.show}},
		Nav:    []web.Nav{{Key: "chain.nav", URL: "/chain", Perm: "chain.read", Order: 85}}}
}

// ShowPage is the whole chain.
type ShowPage struct {
	Lang    text.Lang
	Source  string
	Now     time.Time
	Summary Summary
	Picture template.HTML
	Legend  []LegendRow
	Heads   []text.Msg // the columns
	Rows    []RowView
	Live    web.LivePart
	Sees    bool // the reader may know what was noticed
}

// LegendRow explains one state.
type LegendRow struct {
	Mark web.Mark
	Say  text.Msg
}

// RowView is one step as the page shows it.
type RowView struct {
	Step    Step
	Cells   []CellView
	Noticed Noticed
}

// CellView is one cell as the page shows it.
type CellView struct {
	Column   text.Msg
	Mark     web.Mark
	Share    string // "2 / 3" of the readings that apply, or empty
	Readings []comply.ReadingView
	Note     string
	Blank    string
}

func (ch *Chain) show(c *web.Call) error {
	rows, err := ch.Rows(c.Ctx())
	if err != nil {
		return err
	}
	p := ShowPage{Lang: c.Lang, Source: ch.pack.Source.In(c.Lang), Now: c.Now, Summary: Sum(rows), Picture: Draw(rows, pictureTexts(c))}
	noticed := map[string]Noticed{}
	if p.Sees = ch.cfg.Noticed != nil && c.Person.Can(ch.cfg.Perm); p.Sees {
		p.Live = web.LivePart{Topic: ch.cfg.Topic, For: "chain"}
		if noticed, err = ch.cfg.Noticed(c.Ctx(), c.Now.Add(-recently)); err != nil {
			return err
		}
	}
	for _, s := range States() {
		p.Legend = append(p.Legend, LegendRow{StateMark(s), text.M("chain.state." + string(s) + ".means")})
	}
	for _, col := range Columns() {
		p.Heads = append(p.Heads, text.M("chain.column."+string(col)))
	}
	for _, r := range rows {
		v := RowView{Step: r.Step, Noticed: noticed[r.Step.ID]}
		for _, cell := range r.Cells {
			v.Cells = append(v.Cells, cellView(cell, c.Lang))
		}
		p.Rows = append(p.Rows, v)
	}
	return c.Render("chain.show", p)
}

func cellView(cell Cell, lang text.Lang) CellView {
	v := CellView{Column: text.M("chain.column." + string(cell.Column)), Mark: StateMark(cell.State), Share: cell.Share(),
		Note: cell.Means.Note.In(lang), Blank: cell.Means.Blank.In(lang)}
	for _, r := range cell.Readings {
		v.Readings = append(v.Readings, comply.ViewReading(r))
	}
	return v
}

// Share says in how many of the readings that apply nothing was found wanting.
func (c Cell) Share() string {
	good, of := 0, 0
	for _, r := range c.Readings {
		switch r.State {
		case reading.None:
			continue
		case reading.Good:
			good++
		}
		of++
	}
	if of == 0 {
		return ""
	}
	return strconv.Itoa(good) + "/" + strconv.Itoa(of)
}

// StateMark shows a cell's state by shape and word.
func StateMark(s State) web.Mark {
	level := map[State]web.Level{Working: web.Done, Partly: web.Info, Hole: web.Danger, Unread: web.Unclear, NoneOf: web.Nothing, Blank: web.Nothing}[s]
	return web.Mark{Level: level, Say: text.M("chain.state." + string(s))}
}

// PictureTexts are the words of the picture, already in the reader's language.
type PictureTexts struct {
	Title   string
	Columns map[Column]string
	States  map[State]string
}

func pictureTexts(c *web.Call) PictureTexts {
	t := PictureTexts{Title: c.T("chain.picture"), Columns: map[Column]string{}, States: map[State]string{}}
	for _, col := range Columns() {
		t.Columns[col] = c.T("chain.short." + string(col))
	}
	for _, s := range States() {
		t.States[s] = c.T("chain.state." + string(s))
	}
	return t
}

// Sizes of the picture in its own units.
const (
	linkWidth  = 80
	headWidth  = 96
	linkTop    = 14
	cellTop    = 84
	cellHeight = 50
	chainWide  = headWidth + 13*linkWidth + 8
	chainHigh  = cellTop + 3*cellHeight + 6
)

// Draw draws the thirteen links with their three cells each: shape, word and
// number. A link with a hole is drawn broken. The same rows give the same
// bytes.
func Draw(rows []Row, t PictureTexts) template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-labelledby="chain-title" xmlns="http://www.w3.org/2000/svg"><title id="chain-title">%s</title>`, chainWide, chainHigh, esc(t.Title))
	for n, col := range Columns() {
		y := cellTop + n*cellHeight
		fmt.Fprintf(&b, `<text x="4" y="%d" font-size="13" font-weight="bold" fill="#1a1a1a">%s</text><line x1="0" y1="%d" x2="%d" y2="%d" stroke="#949494" stroke-width="0.5"/>`,
			y+28, esc(t.Columns[col]), y, chainWide, y)
	}
	for n, r := range rows {
		x := headWidth + n*linkWidth
		drawLink(&b, x, r)
		for m, c := range r.Cells {
			drawCell(&b, x, cellTop+m*cellHeight, c, t)
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // numbers, and words that went through esc
}

func drawLink(b *strings.Builder, x int, r Row) {
	stroke := `stroke="#1a1a1a" stroke-width="5"`
	if r.State() == Hole {
		stroke = `stroke="#a90000" stroke-width="5" stroke-dasharray="14 7"`
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="44" rx="22" fill="#ffffff" %s/>`, x-4, linkTop, linkWidth+4, stroke)
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="16" font-weight="bold" text-anchor="middle" fill="#1a1a1a">%s</text>`, x+linkWidth/2-2, linkTop+28, esc(r.Step.ID))
}

func drawCell(b *strings.Builder, x, y int, c Cell, t PictureTexts) {
	fill := map[State]string{Working: "#115a36", Partly: "#0017c1", Hole: "#a90000", Unread: "#4d4d4d", NoneOf: "#4d4d4d", Blank: "#4d4d4d"}[c.State]
	cx := x + linkWidth/2 - 2
	switch c.State {
	case Working:
		fmt.Fprintf(b, `<path d="M%d %dl5 6 10-12" fill="none" stroke="%s" stroke-width="3"/>`, cx-8, y+12, fill)
	case Partly:
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="6" fill="none" stroke="%s" stroke-width="2"/><path d="M%d %dv12a6 6 0 0 0 0-12z" fill="%s"/>`, cx, y+12, fill, cx, y+6, fill)
	case Hole:
		fmt.Fprintf(b, `<path d="M%d %dl8 13h-16z" fill="%s"/>`, cx, y+5, fill)
	case Blank:
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="12" height="12" fill="none" stroke="%s" stroke-width="1.5" stroke-dasharray="3 2"/>`, cx-6, y+6, fill)
	case NoneOf:
		fmt.Fprintf(b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="3"/>`, cx-7, y+12, cx+7, y+12, fill)
	default:
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="15" font-weight="bold" text-anchor="middle" fill="%s">?</text>`, cx, y+17, fill)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="13" text-anchor="middle" fill="%s">%s</text>`, cx, y+32, fill, esc(t.States[c.State]))
	if share := c.Share(); share != "" {
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="12" text-anchor="middle" fill="%s">%s</text>`, cx, y+46, fill, share)
	}
}

func esc(s string) string { return template.HTMLEscapeString(s) }
