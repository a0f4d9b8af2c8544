package copy

import (
	"context"
	"slices"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// ChooseClean picks the newest generation that was found clean when it was
// made and that one of the machines signed (any, if none are named): for a
// viewer that has no records of its own. Its fault is "copy.choose.none";
// "" without a fault is never given.
func ChooseClean(all []vault.Generation, trust []string) (string, error) {
	for _, g := range slices.Backward(all) {
		if usable(g, trust) && noteOf(g.Manifest).Verdict == Clean {
			return g.ID, nil
		}
	}
	return "", fault.New(fault.Denied, "copy.choose.none")
}

// ChooseNamed is ChooseClean for the generation that a person named. What
// ChooseClean would pass over is refused, too, with "copy.choose.suspect": two
// people open it, at a viewer that keeps their decision. "copy.choose.unknown"
// says that the medium has no such generation.
func ChooseNamed(all []vault.Generation, trust []string, id string) (string, error) {
	at := slices.IndexFunc(all, func(g vault.Generation) bool { return g.ID == id })
	if at < 0 {
		return "", fault.New(fault.NotFound, "copy.choose.unknown", id)
	}
	if _, err := ChooseClean(all[at:at+1], trust); err != nil {
		return "", fault.New(fault.Denied, "copy.choose.suspect", id)
	}
	return id, nil
}

func usable(g vault.Generation, trust []string) bool {
	return g.Finished && g.Problem == nil && g.Manifest != nil && (len(trust) == 0 || slices.Contains(trust, g.Manifest.Signer))
}

// Choose picks the newest generation that may be opened: clean by the newest
// check (or, if it was never checked here, when it was made), accepted by two
// people, or open by their override. It fits shelf's Config.Choose.
func (d *Copier) Choose(_ string, all []vault.Generation) (string, error) {
	return d.choose(d.life, all)
}

func (d *Copier) choose(ctx context.Context, all []vault.Generation) (string, error) {
	for _, g := range slices.Backward(all) {
		if !g.Finished || g.Manifest == nil {
			continue
		}
		ok, override, err := d.Allow(ctx, g.Manifest.Vault, g.ID)
		if err != nil {
			return "", err
		}
		if ok && (g.Problem == nil || override) {
			return g.ID, nil
		}
		_, err = d.Generation(ctx, g.Manifest.Vault, g.ID)
		if isFault(err, "vault.generation.none") && usable(g, nil) && noteOf(g.Manifest).Verdict == Clean {
			return g.ID, nil
		}
	}
	return "", fault.New(fault.Denied, "copy.choose.none")
}

// adopt writes down the generations that a medium brings along: from before
// this Toride's records, or made by the kit.
func (d *Copier) adopt(ctx context.Context, m Medium, v *vault.Vault) error {
	all, err := v.Generations()
	if err != nil {
		return err
	}
	return d.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		for _, g := range all {
			if !usable(g, nil) {
				continue
			}
			var known int
			if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM copy_generation WHERE vault = ? AND generation = ?", m.Vault, g.ID).Scan(&known); err != nil {
				return err
			}
			if known > 0 {
				continue
			}
			note := noteOf(g.Manifest)
			x := Checked{ID: g.ID, Made: g.Manifest.Made, AsOf: g.Manifest.AsOf, Files: g.Manifest.Files, Bytes: g.Manifest.Bytes, Verdict: note.Verdict, AtRun: note}
			if err := putGeneration(ctx, tx, m.Vault, x, false); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "UPDATE copy_medium SET generation = ?, made = ? WHERE id = ? AND made < ?", g.ID, stamp.Text(g.Manifest.Made), m.ID, stamp.Text(g.Manifest.Made)); err != nil {
				return err
			}
		}
		return nil
	})
}
