package web

import "github.com/torideproject/toride/internal/text"

// Level is how something is marked. Each has a shape of its own, so that
// nothing is told by colour alone.
type Level string

// The levels of a mark.
const (
	Danger  Level = "danger"  // ▲ overdue, open door, broken
	Warn    Level = "warn"    // ◆ needs attention
	Info    Level = "info"    // ● neutral
	Done    Level = "done"    // ✓ done, read and nothing found wanting
	Unclear Level = "unclear" // ？ not known
	Nothing Level = "nothing" // － does not apply
)

// Mark is a word with a shape and a colour.
type Mark struct {
	Level Level
	Say   text.Msg
}

// Shape is the sign beside the word.
func (m Mark) Shape() string {
	switch m.Level {
	case Danger:
		return "▲"
	case Warn:
		return "◆"
	case Done:
		return "✓"
	case Unclear:
		return "？"
	case Nothing:
		return "－"
	}
	return "●"
}

// Pager is the part below a long list.
type Pager struct {
	Page, Pages, Total int
	Prev, Next         string // URLs, empty at the ends
}

// PerPage is how many rows a list shows at once.
const PerPage = 100

// NewPager makes the links of a list with total rows, keeping the other
// parameters of the URL.
func (c *Call) NewPager(total int) Pager {
	p := Pager{Page: c.PageNumber(), Pages: max(1, (total+PerPage-1)/PerPage), Total: total}
	if p.Page > 1 {
		p.Prev = c.withPage(p.Page - 1)
	}
	if p.Page < p.Pages {
		p.Next = c.withPage(p.Page + 1)
	}
	return p
}
