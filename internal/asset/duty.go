package asset

import (
	"context"
	"fmt"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// Split is who does what for one object: one Duty of each kind, in the order
// of DutyKinds. A duty that the object does not name itself comes from its
// contract; ByContract says so.
type Split struct {
	Duties     []Duty
	ByContract map[DutyKind]bool
}

// Gaps counts the duties that nobody has.
func (s Split) Gaps() int {
	n := 0
	for _, d := range s.Duties {
		if d.Party == NoParty {
			n++
		}
	}
	return n
}

// Duties gives the duties that are written down for an object: "asset/ID",
// "line/ID" or "contract/ID".
func (g *Register) Duties(ctx context.Context, object string) ([]Duty, error) {
	rows, err := g.read().QueryContext(ctx, "SELECT object, kind, party, note FROM asset_duty WHERE object = ?", object)
	if err != nil {
		return nil, fmt.Errorf("asset: duties: %w", err)
	}
	defer rows.Close()
	var all []Duty
	for rows.Next() {
		var d Duty
		if err := rows.Scan(&d.Object, &d.Kind, &d.Party, &d.Note); err != nil {
			return nil, fmt.Errorf("asset: duties: %w", err)
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

// SplitOf gives the whole split of an object. contract may be empty.
func (g *Register) SplitOf(ctx context.Context, object, contract string) (Split, error) {
	own, err := g.Duties(ctx, object)
	if err != nil {
		return Split{}, err
	}
	var byContract []Duty
	if contract != "" {
		if byContract, err = g.Duties(ctx, "contract/"+contract); err != nil {
			return Split{}, err
		}
	}
	return merge(object, own, byContract), nil
}

func merge(object string, own, byContract []Duty) Split {
	s := Split{ByContract: map[DutyKind]bool{}}
	for _, kind := range DutyKinds() {
		d := Duty{Object: object, Kind: kind}
		for _, c := range byContract {
			if c.Kind == kind && c.Party != NoParty {
				d.Party, d.Note = c.Party, c.Note
				s.ByContract[kind] = true
			}
		}
		for _, o := range own {
			if o.Kind == kind && o.Party != NoParty {
				d.Party, d.Note = o.Party, o.Note
				s.ByContract[kind] = false
			}
		}
		s.Duties = append(s.Duties, d)
	}
	return s
}

// SetDuties writes the duties of an object. A line's patching duty and its
// PatchParty are one fact and are written together.
func (g *Register) SetDuties(ctx context.Context, actor ledger.Actor, object string, duties []Duty) error {
	table, id, _ := strings.Cut(object, "/")
	return g.book.Write(ctx, actor, "asset.duty.update", func(tx *ledger.Tx) error {
		tx.Subject("asset/" + object)
		old, err := g.Duties(ctx, object)
		if err != nil {
			return err
		}
		from := origin{source: Declared, batch: tx.NewID()}
		for _, d := range duties {
			if err := setDuty(ctx, tx, object, d, old, from); err != nil {
				return err
			}
			if table == "line" && d.Kind == Patching {
				if err := setPatchParty(ctx, tx, id, d.Party); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func setDuty(ctx context.Context, tx *ledger.Tx, object string, d Duty, old []Duty, from origin) error {
	if !contains(choices(Parties()), string(d.Party)) || !contains(choices(DutyKinds()), string(d.Kind)) {
		return fault.New(fault.Invalid, "asset.not_a_choice", labelOf("duties"), string(d.Party))
	}
	was := Duty{}
	for _, o := range old {
		if o.Kind == d.Kind {
			was = o
		}
	}
	if was.Party == d.Party && was.Note == d.Note {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO asset_duty(object, facility, kind, party, note) VALUES(?, ?, ?, ?, ?)
		ON CONFLICT(object, kind) DO UPDATE SET party = excluded.party, note = excluded.note`,
		object, tx.Facility, string(d.Kind), string(d.Party), d.Note)
	if err != nil {
		return fmt.Errorf("asset: duty: %w", err)
	}
	return note(ctx, tx, object, from, change{"duty_" + string(d.Kind), words(was), words(d)})
}

func words(d Duty) string { return strings.TrimSpace(string(d.Party) + " " + d.Note) }

func setPatchParty(ctx context.Context, tx *ledger.Tx, id string, party Party) error {
	if _, err := tx.ExecContext(ctx, "UPDATE asset_line SET patch_party = ? WHERE id = ?", string(party), id); err != nil {
		return fmt.Errorf("asset: patch party: %w", err)
	}
	return nil
}

// lineSplits gives the split of every line in two queries, for lists.
func (g *Register) lineSplits(ctx context.Context, lines []Line) (map[string]Split, error) {
	rows, err := g.read().QueryContext(ctx, "SELECT object, kind, party, note FROM asset_duty WHERE object LIKE 'line/%' OR object LIKE 'contract/%'")
	if err != nil {
		return nil, fmt.Errorf("asset: duties: %w", err)
	}
	defer rows.Close()
	byObject := map[string][]Duty{}
	for rows.Next() {
		var d Duty
		if err := rows.Scan(&d.Object, &d.Kind, &d.Party, &d.Note); err != nil {
			return nil, fmt.Errorf("asset: duties: %w", err)
		}
		byObject[d.Object] = append(byObject[d.Object], d)
	}
	splits := map[string]Split{}
	for _, l := range lines {
		splits[l.ID] = l.split(byObject["line/"+l.ID], byObject["contract/"+l.ContractID])
	}
	return splits, rows.Err()
}

// split merges the duties of a line; the line's own PatchParty is its patching
// duty.
func (l Line) split(own, byContract []Duty) Split {
	if l.PatchParty != NoParty {
		own = append(own, Duty{Kind: Patching, Party: l.PatchParty, Note: noteOf(own, Patching)})
	}
	return merge("line/"+l.ID, own, byContract)
}

func noteOf(duties []Duty, kind DutyKind) string {
	for _, d := range duties {
		if d.Kind == kind {
			return d.Note
		}
	}
	return ""
}

// LineSplit gives the whole split of one line.
func (g *Register) LineSplit(ctx context.Context, l Line) (Split, error) {
	splits, err := g.lineSplits(ctx, []Line{l})
	return splits[l.ID], err
}
