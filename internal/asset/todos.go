package asset

import (
	"context"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Todos says what the register asks of the person now.
func (g *Register) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can("asset.write") {
		return nil, nil
	}
	lines, err := g.Lines(ctx)
	if err != nil {
		return nil, err
	}
	var out []today.Todo
	_, total, err := g.count(ctx, "1", "1")
	if err != nil {
		return nil, err
	}
	if total == 0 {
		out = append(out, today.Todo{Level: today.Amber, Rank: 1, Say: text.M("asset.todo.import"), Why: text.M("asset.todo.import.why"), URL: "/import"})
	}
	if len(lines) == 0 {
		out = append(out, today.Todo{Level: today.Amber, Rank: 2, Say: text.M("asset.todo.lines"), Why: text.M("asset.todo.lines.why"), URL: "/lines/new"})
	}
	for _, l := range lines {
		url := "/lines/" + l.ID
		if l.Hours == AlwaysOpen && l.RDP == Yes {
			out = append(out, today.Todo{Level: today.Red, Rank: 20, Say: text.M("asset.todo.rdp", l.Name), Why: text.M("asset.todo.rdp.why"), URL: url})
		}
		if l.PatchParty == NoParty {
			out = append(out, today.Todo{Level: today.Amber, Rank: 20, Say: text.M("asset.todo.patch", l.Name), Why: text.M("asset.todo.patch.why"), URL: url + "/duties"})
		}
	}
	vendors, err := g.Vendors(ctx)
	if err != nil {
		return nil, err
	}
	silent := 0
	for _, v := range vendors {
		if v.NightContact == "" {
			silent++
		}
	}
	if silent > 0 {
		out = append(out, today.Todo{Level: today.Info, Rank: 20, Say: text.M("asset.todo.contacts", silent), Why: text.M("asset.todo.contacts.why"), URL: "/vendors"})
	}
	return out, nil
}
