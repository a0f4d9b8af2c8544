package page

import (
	"fmt"
	"strings"
)

// Plain writes a sheet as text, block by block: what stands in it, in order.
func Plain(s *Sheet) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("# %s  [%s]", s.Title, s.Slogan)
	h := &s.Head
	say("%s | %s | %s", h.Hospital, h.AsOf, h.Printed)
	if h.Loud {
		say("(loud)")
	}
	if p := h.Patient; p != nil {
		say("%s %s | %s | %s | %s | %s | %s", p.IDLabel, p.ID, p.Kana, p.Kanji, p.Birth, p.Sex, p.Place)
	}
	if h.About != "" {
		say("%s", h.About)
	}
	for _, w := range h.Warnings {
		say("!! %s", w)
	}
	for _, r := range s.Repeat {
		b.WriteString("each page: ")
		plainBlock(&b, r)
	}
	for _, r := range s.Blocks {
		plainBlock(&b, r)
	}
	say("-- %s", s.Foot)
	return b.String()
}

func plainCell(c Cell) string {
	parts := make([]string, 0, len(c))
	for _, s := range c {
		parts = append(parts, strings.ReplaceAll(s.Text, "\n", " ⏎ "))
	}
	return strings.Join(parts, " / ")
}

func plainBlock(b *strings.Builder, block Block) {
	say := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	switch x := block.(type) {
	case Heading:
		say("## %s  %s", x.Text, x.Note)
	case Text:
		say("%s%s", []string{"", "[ ] ", "[!] "}[x.Frame], plainCell(x.Cell))
	case Facts:
		for _, f := range x.Facts {
			say("%s: %s", f.Label, plainCell(f.Value))
		}
	case Table:
		plainTable(b, x)
	case Lines:
		say("%s ____ x%d", x.Label, x.Count)
	case Boxes:
		say("[%s]", strings.Join(x.Labels, "] ["))
	case Labels:
		for _, l := range x.Items {
			say("<%s | %s>", plainCell(l.Lines), l.ID)
		}
	case Break:
		say("----")
	}
}

func plainTable(b *strings.Builder, t Table) {
	titles := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i] = c.Title
	}
	fmt.Fprintf(b, "| %s |\n", strings.Join(titles, " | "))
	blank := 0
	flush := func() {
		if blank > 0 {
			fmt.Fprintf(b, "| (%d empty rows) |\n", blank)
		}
		blank = 0
	}
	for _, r := range t.Rows {
		if len(r.Cells) == 0 {
			blank++
			continue
		}
		flush()
		cells := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			cells[i] = plainCell(c)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	flush()
}
