package asset

import (
	"context"
	"fmt"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// names: IDs of records that others refer to, with their names.
type names map[string]string

// names reads the names of vendors, systems, contracts and of the assets that
// a line may name as its device.
func (g *Register) names(ctx context.Context) (names, error) {
	out := names{}
	rows, err := g.read().QueryContext(ctx, `SELECT id, name FROM asset_vendor UNION ALL SELECT id, name FROM asset_system
		UNION ALL SELECT id, name FROM asset_contract UNION ALL SELECT a.id, a.name FROM asset_asset a
		WHERE a.kind = 'network' OR a.id IN (SELECT asset FROM asset_line)`)
	if err != nil {
		return nil, fmt.Errorf("asset: names: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, fmt.Errorf("asset: names: %w", err)
		}
		out[id] = name
	}
	return out, rows.Err()
}

// form makes the form of a record from its fields.
func (g *Register) form(ctx context.Context, r record) (web.Form, error) {
	id, updated := r.head()
	base := pathOf(r.table())
	f := web.Form{Title: text.M("asset." + r.table() + ".new"), Action: base + "/new", Submit: text.M("asset.save"), Cancel: base}
	if *id != "" {
		f.Title = text.M("asset."+r.table()+".edit", r.fields()[0].at.get())
		f.Action, f.Cancel = base+"/"+*id+"/edit", base+"/"+*id
		f.Fields = append(f.Fields, web.Field{Name: "seen", Kind: web.HiddenField, Value: updated.UTC().Format(timeSeen)})
	}
	for _, field := range r.fields() {
		wf := web.Field{Name: field.name, Label: labelOf(field.name), Required: field.must, Value: field.at.get()}
		if helpKey := "asset.h." + r.table() + "." + field.name; helped(helpKey) {
			wf.Help = text.M(helpKey)
		}
		if err := g.input(ctx, &wf, r, field); err != nil {
			return f, err
		}
		f.Fields = append(f.Fields, wf)
	}
	return f, nil
}

// timeSeen carries UpdatedAt through a form without losing precision.
const timeSeen = "2006-01-02T15:04:05.999999999Z07:00"

// input sets kind and options of one input.
func (g *Register) input(ctx context.Context, wf *web.Field, r record, field field) error {
	none := web.Option{Say: text.M("asset.not_chosen")}
	switch field.shape {
	case long:
		wf.Kind, wf.Wide = web.AreaField, true
	case day:
		wf.Kind = web.DayField
	case choice:
		wf.Kind = web.SelectField
		if wf.Value == "" && field.must {
			wf.Options = append(wf.Options, none)
		}
		for _, c := range field.choices {
			wf.Options = append(wf.Options, web.Option{Value: c, Say: choiceOf(r.table(), field.name, c)})
		}
	case toVendor:
		vendors, err := g.Vendors(ctx)
		if err != nil {
			return err
		}
		wf.Kind, wf.Options = web.SelectField, []web.Option{none}
		for _, v := range vendors {
			wf.Options = append(wf.Options, web.Option{Value: v.ID, Say: text.Raw(v.Name)})
		}
	case toSystem:
		systems, err := g.Systems(ctx)
		if err != nil {
			return err
		}
		wf.Kind, wf.Options = web.SelectField, []web.Option{none}
		for _, s := range systems {
			wf.Options = append(wf.Options, web.Option{Value: s.ID, Say: text.Raw(s.Name)})
		}
	case toContract:
		contracts, err := g.Contracts(ctx, "")
		if err != nil {
			return err
		}
		wf.Kind, wf.Options = web.SelectField, []web.Option{none}
		for _, k := range contracts {
			wf.Options = append(wf.Options, web.Option{Value: k.ID, Say: text.Raw(k.Name)})
		}
	case toAsset:
		return g.assetOptions(ctx, wf, none)
	default:
		wf.Kind = web.TextField
	}
	return nil
}

// assetOptions offers the network devices as the device of a line.
func (g *Register) assetOptions(ctx context.Context, wf *web.Field, none web.Option) error {
	devices, _, err := g.Assets(ctx, Filter{Kind: Network, Limit: 500})
	if err != nil {
		return err
	}
	wf.Kind, wf.Options = web.SelectField, []web.Option{none}
	known := wf.Value == ""
	for _, a := range devices {
		known = known || a.ID == wf.Value
		wf.Options = append(wf.Options, web.Option{Value: a.ID, Say: text.Raw(a.Name)})
	}
	if !known {
		wf.Options = append(wf.Options, web.Option{Value: wf.Value, Say: text.Raw(wf.Value)})
	}
	return nil
}

// choiceOf names a choice in the reader's words. Answers, parties and clinical
// priorities read the same everywhere.
func choiceOf(table, name, value string) text.Msg {
	switch name {
	case "antivirus", "duty_split", "rdp", "source_limit", "mfa":
		return AnswerText(Answer(value))
	case "owner_party", "patch_party":
		return PartyText(Party(value))
	case "priority":
		return text.M("asset.priority." + value)
	case "class":
		return text.M("asset.class." + value)
	case "hours":
		if value == "" {
			value = "unknown"
		}
		return text.M("asset.hours." + value)
	}
	return text.M("asset." + table + "." + name + "." + value)
}

// AnswerText says yes, no, or not known.
func AnswerText(a Answer) text.Msg {
	if a == NotKnown {
		return text.M("asset.answer.unknown")
	}
	return text.M("asset.answer." + string(a))
}

// PartyText says who does it.
func PartyText(p Party) text.Msg {
	if p == NoParty {
		return text.M("asset.party.none")
	}
	return text.M("asset.party." + string(p))
}

// helped lists the fields that have a help sentence.
func helped(key string) bool {
	return contains([]string{"asset.h.asset.impact", "asset.h.asset.antivirus", "asset.h.asset.priority", "asset.h.system.disclosure",
		"asset.h.system.impact", "asset.h.vendor.parent", "asset.h.vendor.night_contact", "asset.h.contract.duty_split",
		"asset.h.line.hours", "asset.h.line.version", "asset.h.line.patch_party", "asset.h.line.port", "asset.h.line.rdp",
		"asset.h.line.source_limit"}, key)
}

// take puts a form's values into the record.
func take(r record, f *web.Form) error {
	for _, field := range r.fields() {
		if err := field.at.set(f.Text(field.name)); err != nil {
			return err
		}
	}
	return nil
}

// pathOf is where the pages of a table live.
func pathOf(table string) string { return "/" + table + "s" }

// value says a field's value in the reader's words.
func value(r record, f field, n names) (say text.Msg, link string) {
	v := f.at.get()
	switch f.shape {
	case choice:
		if v == "" && f.must {
			return text.Msg{}, ""
		}
		return choiceOf(r.table(), f.name, v), ""
	case day:
		if d, ok := text.ParseDay(v); ok {
			return text.Msg{Args: []any{d}}, ""
		}
	case toVendor:
		return text.Raw(n[v]), "/vendors/" + v
	case toSystem:
		return text.Raw(n[v]), "/systems/" + v
	case toContract:
		return text.Raw(n[v]), "/contracts/" + v
	case toAsset:
		return text.Raw(n[v]), "/assets/" + v
	}
	return text.Raw(v), ""
}
