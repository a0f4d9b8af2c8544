package chart

import (
	"net/url"
	"slices"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// printForm leads from the confirmation of a patient whose number was typed
// among the pages of print back to the sheet.
func printForm(c *web.Call, p *Patient) error {
	q := c.R.URL.Query()
	if id := c.Path("id"); !slices.Contains(q["patient"], id) {
		q.Add("patient", id)
	}
	at := "/paper/" + url.PathEscape(c.Path("form"))
	if q.Get("as") == "pdf" {
		q.Del("as")
		at += "/pdf"
	}
	return c.Redirect(at+"?"+q.Encode(), text.Msg{})
}

// printed is what stands on every sheet of a printed page: whose chart it is, and
// of when. A sheet that lies alone must still say it.
func (h Head) printed() text.Msg {
	return text.M("chart.printed", h.Kanji, h.Kana, h.ID, h.Birth.Show, h.AsOf)
}

// PrintTitle is the title on paper. On screen pages have none with a name: titles
// stay in the history of a shared PC.
func (p NowPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p CulturesPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p DocumentsPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p DocumentPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p AskPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p DrugsPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p InjectionsPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p LabsPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p TrendPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p MatrixPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p ItemsPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p OrdersPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p ReportsPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p OriginalPage) PrintTitle() text.Msg { return p.Head.printed() }

// PrintTitle is the title on paper.
func (p StaysPage) PrintTitle() text.Msg { return p.Head.printed() }
