package comply

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Readings gives the checklist's own: who is responsible, and whether rules,
// continuity plan and recovery procedure are on file. They rest on what people
// declared; Toride does not judge what stands in a document.
func (k *Checklist) Readings(ctx context.Context) ([]reading.Reading, error) {
	answers, err := k.answers(ctx)
	if err != nil {
		return nil, err
	}
	_, key, err := k.At(ctx, "", 0, "")
	if err != nil {
		return nil, err
	}
	officers, err := k.Officers(ctx)
	if err != nil {
		return nil, err
	}
	docs, err := k.Documents(ctx, "")
	if err != nil {
		return nil, err
	}
	out := []reading.Reading{officerReading(officers, answers[key]["officer"])}
	for _, topic := range []string{"rules", "bcp", "backup"} {
		out = append(out, documentReading(topic, docs, answers[key][topic]))
	}
	return out, nil
}

func officerReading(officers []Officer, a Answer) reading.Reading {
	const id, url = "comply.officer", "/comply/officer"
	switch {
	case len(officers) > 0:
		o := officers[0]
		r := own(id, reading.Good, text.M("comply.officer.good", o.Name, o.Post), url)
		r.At, r.By, r.Total = o.At, o.By, 1
		return r
	case a.Value == No && !a.Copied:
		r := own(id, reading.Bad, text.M("comply.officer.bad"), url)
		r.At, r.By, r.Count, r.Total = a.At, a.By, 1, 1
		return r
	}
	return own(id, reading.Unknown, text.M("comply.officer.unknown"), url)
}

// documentReading: a document on file is what was declared; いいえ outweighs
// it; はい without a document is a word without anything behind it.
func documentReading(topic string, docs []Document, a Answer) reading.Reading {
	id, url := "comply."+topic, "/comply/item/"+topic
	if a.Value == No && !a.Copied {
		r := own(id, reading.Bad, text.M(id+".bad"), url)
		r.At, r.By, r.Count, r.Total = a.At, a.By, 1, 1
		return r
	}
	for _, d := range docs {
		if d.Topic != topic {
			continue
		}
		say := text.M(id+".good", d.Title)
		if day, ok := text.ParseDay(d.Day); ok {
			say = text.M(id+".dated", d.Title, day)
		}
		r := own(id, reading.Good, say, url)
		r.At, r.By, r.Total = d.At, d.By, 1
		return r
	}
	if a.Done() {
		return own(id, reading.Unknown, text.M("comply.doc.yesonly"), url)
	}
	return own(id, reading.Unknown, text.M(id+".unknown"), url)
}

// Todos gives what somebody who keeps the checklist should do now.
func (k *Checklist) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can("comply.write") {
		return nil, nil
	}
	c, key, err := k.At(ctx, "", 0, "")
	if err != nil {
		return nil, err
	}
	rows, err := k.Rows(ctx, c, key)
	if err != nil {
		return nil, err
	}
	day := k.today()
	n := Count(rows, key.Year, day)
	_, last := YearBounds(key.Year)
	end, err := time.ParseInLocation(time.DateOnly, last, k.cfg.Zone)
	if err != nil {
		return nil, err
	}
	edition := YearText(key.Year)
	var out []today.Todo
	add := func(level today.Level, count int, name string, due time.Time) {
		if count > 0 {
			out = append(out, today.Todo{Level: level, Say: text.M("comply.todo."+name, count, edition), Why: text.M("comply.todo." + name + ".why"),
				URL: "/comply?show=" + name, Due: due, Rank: 60})
		}
	}
	missing := today.Info
	if end.Sub(k.cfg.Clock()) < 90*24*time.Hour {
		missing = today.Amber
	}
	add(today.Red, n.Overdue, "overdue", time.Time{})
	add(today.Amber, n.Contradiction, "contradiction", time.Time{})
	add(today.Amber, n.NoTarget, "notarget", time.Time{})
	add(missing, n.Missing, "missing", end)
	sheets, err := k.VendorSheets(ctx, c.ID, key.Year)
	if err != nil {
		return nil, err
	}
	late := 0
	for _, s := range sheets {
		if s.State(c.On(SheetVendor), day) == Late {
			late++
		}
	}
	if late > 0 {
		out = append(out, today.Todo{Level: today.Amber, Say: text.M("comply.todo.late", late), Why: text.M("comply.todo.late.why"), URL: "/comply/vendors", Rank: 61})
	}
	return out, nil
}
