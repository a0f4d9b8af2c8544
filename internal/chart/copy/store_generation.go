package copy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

// GenerationRecord is a generation as it is remembered, also while its medium
// is away.
type GenerationRecord struct {
	Checked
	Vault     string
	Medium    string
	Label     string
	CheckedAt time.Time // zero: only judged when it was made
	Accepted  time.Time
	Removed   time.Time
}

// putGeneration writes a generation down. What an earlier check found is only
// lifted by one that read every file: a quick look without the key must not
// make a generation clean again. What was decided about it stays.
func putGeneration(ctx context.Context, tx *ledger.Tx, vault string, c Checked, checked bool) error {
	if keep, err := outweighs(ctx, tx, vault, c); keep || err != nil {
		return err
	}
	atRun, err := json.Marshal(c.AtRun)
	if err != nil {
		return err
	}
	at, judgement := "", ""
	if checked {
		data, err := json.Marshal(c.Judgement)
		if err != nil {
			return err
		}
		at, judgement = stamp.Text(tx.Now), string(data)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO copy_generation(vault, generation, facility, made, as_of, files, bytes, verdict, at_run, checked, judgement, accepted, removed)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,'','') ON CONFLICT(vault, generation) DO UPDATE SET verdict = excluded.verdict, checked = excluded.checked, judgement = excluded.judgement`,
		vault, c.ID, tx.Facility, stamp.Text(c.Made), stamp.Text(c.AsOf), c.Files, c.Bytes, c.Verdict, string(atRun), at, judgement)
	return err
}

// outweighs reports whether what is known of a generation stays: because it is
// worse than what is said now, or rests on more.
func outweighs(ctx context.Context, tx *ledger.Tx, vault string, c Checked) (bool, error) {
	var verdict Verdict
	var known string
	var old Judgement
	err := tx.QueryRowContext(ctx, "SELECT verdict, judgement FROM copy_generation WHERE vault = ? AND generation = ?", vault, c.ID).Scan(&verdict, &known)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	case c.Judgement.Depth == DepthFull && c.Judgement.Looked >= c.Files:
		return false, nil
	}
	if known != "" {
		err = json.Unmarshal([]byte(known), &old)
	}
	return worst(verdict, c.Verdict) != c.Verdict || verdict == c.Verdict && old.Looked > c.Judgement.Looked, err
}

const generationQuery = `SELECT g.vault, g.generation, COALESCE(m.id, ''), COALESCE(m.label, ''), g.made, g.as_of, g.files, g.bytes, g.verdict, g.at_run, g.checked, g.judgement, g.accepted, g.removed
	FROM copy_generation g LEFT JOIN copy_medium m ON m.vault = g.vault `

func scanGeneration(row sqlite.Row) (g GenerationRecord, err error) {
	var made, asOf, atRun, checked, judgement, accepted, removed string
	if err := row.Scan(&g.Vault, &g.ID, &g.Medium, &g.Label, &made, &asOf, &g.Files, &g.Bytes, &g.Verdict, &atRun, &checked, &judgement, &accepted, &removed); err != nil {
		return g, err
	}
	g.Made, g.AsOf, g.CheckedAt, g.Accepted, g.Removed = stamp.Read(made), stamp.Read(asOf), stamp.Read(checked), stamp.Read(accepted), stamp.Read(removed)
	err = json.Unmarshal([]byte(atRun), &g.AtRun)
	g.Judgement = g.AtRun
	if judgement != "" {
		g.Judgement = Judgement{}
		err = errors.Join(err, json.Unmarshal([]byte(judgement), &g.Judgement))
	}
	return g, err
}

// Generations lists what is known of generations, newest first; of one vault
// or, with "", of all.
func (d *Copier) Generations(ctx context.Context, vault string, limit int) ([]GenerationRecord, error) {
	return each(ctx, d.db(), scanGeneration, generationQuery+"WHERE g.removed = '' AND (? = '' OR g.vault = ?) ORDER BY g.made DESC, g.generation DESC LIMIT ?", vault, vault, limit)
}

// Generation gives what is known of one generation.
func (d *Copier) Generation(ctx context.Context, vault, id string) (GenerationRecord, error) {
	g, err := scanGeneration(d.db().QueryRowContext(ctx, generationQuery+"WHERE g.vault = ? AND g.generation = ?", vault, id))
	if errors.Is(err, sql.ErrNoRows) {
		return g, fault.New(fault.NotFound, "vault.generation.none", id)
	}
	return g, err
}

// one gives the newest generation that fits; zero if there is none.
func (d *Copier) oneGeneration(ctx context.Context, where string, args ...any) (GenerationRecord, error) {
	g, err := scanGeneration(d.db().QueryRowContext(ctx, generationQuery+"WHERE g.removed = '' AND "+where+" ORDER BY g.made DESC, g.generation DESC LIMIT 1", args...))
	if errors.Is(err, sql.ErrNoRows) {
		return GenerationRecord{}, nil
	}
	return g, err
}

// newest is the newest generation on any medium.
func (d *Copier) newest(ctx context.Context) (GenerationRecord, error) {
	return d.oneGeneration(ctx, "1")
}

// newestClean is the newest generation in which nothing that was looked at
// crossed a limit, or which people accepted.
func (d *Copier) newestClean(ctx context.Context) (GenerationRecord, error) {
	return d.oneGeneration(ctx, "(g.verdict = ? OR g.accepted != '')", Clean)
}

func (d *Copier) ids(ctx context.Context, where string, args ...any) ([]string, error) {
	return each(ctx, d.db(), func(row sqlite.Row) (id string, err error) { return id, row.Scan(&id) }, "SELECT generation FROM copy_generation WHERE removed = '' AND "+where, args...)
}

// accepted are the suspect generations of a vault that people took for right.
func (d *Copier) accepted(ctx context.Context, vault string) ([]string, error) {
	return d.ids(ctx, "vault = ? AND accepted != ''", vault)
}

// cleanOf are a vault's clean generations, for the retention.
func (d *Copier) cleanOf(ctx context.Context, vault string) ([]string, error) {
	return d.ids(ctx, "vault = ? AND (verdict = ? OR accepted != '')", vault, Clean)
}

// CheckRecord is a check as it is remembered.
type CheckRecord struct {
	ID     string
	Medium string
	Label  string
	By     string
	Begun  time.Time
	Ended  time.Time
	State  State
	Depth  Depth
	Result Result
	Error  []byte // JSON of a text.Msg
}

const checkQuery = `SELECT c.id, c.medium, COALESCE(m.label, ''), c.who, c.begun, c.ended, c.state, c.depth, c.result, c.error FROM copy_check c LEFT JOIN copy_medium m ON m.id = c.medium `

func scanCheck(row sqlite.Row) (c CheckRecord, err error) {
	var begun, ended, result, failed string
	if err := row.Scan(&c.ID, &c.Medium, &c.Label, &c.By, &begun, &ended, &c.State, &c.Depth, &result, &failed); err != nil {
		return c, err
	}
	c.Begun, c.Ended, c.Error = stamp.Read(begun), stamp.Read(ended), []byte(failed)
	if result != "" {
		err = json.Unmarshal([]byte(result), &c.Result)
	}
	return c, err
}

// Checks lists the newest checks.
func (d *Copier) Checks(ctx context.Context, limit int) ([]CheckRecord, error) {
	return each(ctx, d.db(), scanCheck, checkQuery+"ORDER BY c.begun DESC, c.id DESC LIMIT ?", limit)
}

// CheckRecord gives one check.
func (d *Copier) CheckRecord(ctx context.Context, id string) (CheckRecord, error) {
	c, err := scanCheck(d.db().QueryRowContext(ctx, checkQuery+"WHERE c.id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.NotFound, "copy.check.gone")
	}
	if err != nil {
		return c, fmt.Errorf("copy: check: %w", err)
	}
	return c, nil
}
