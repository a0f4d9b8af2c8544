package comply

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

const stamp = sqlite.Seconds

func (k *Checklist) db() *sql.DB { return k.cfg.Book.DB().Read() }

func splitFrom(from string) (id, topic string) {
	id, topic, _ = strings.Cut(from, ":")
	return id, topic
}

// each runs a query and hands every row to do.
func each(ctx context.Context, db *sql.DB, do func(*sql.Rows) error, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("comply: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows); err != nil {
			return fmt.Errorf("comply: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("comply: %w", err)
	}
	return nil
}

// imported gives the newest import of each catalogue.
func (k *Checklist) imported(ctx context.Context) ([]*Catalogue, error) {
	var out []*Catalogue
	err := each(ctx, k.db(), func(r *sql.Rows) error {
		var data string
		if err := r.Scan(&data); err != nil {
			return err
		}
		c, err := ParseCatalogue([]byte(data))
		if err != nil {
			return err
		}
		out = append(out, c)
		return nil
	}, `SELECT data FROM comply_catalogue WHERE n IN (SELECT max(n) FROM comply_catalogue GROUP BY id) ORDER BY id`)
	return out, err
}

// saveCatalogue stores an imported catalogue and takes its upload away.
func saveCatalogue(ctx context.Context, tx *ledger.Tx, c *Catalogue, imp Import, upload string) error {
	data, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("comply: %w", err)
	}
	if _, err := ParseCatalogue(data); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO comply_catalogue(facility, id, data, file, sha256, sheet, at, actor) VALUES(?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.Facility, c.ID, string(data), imp.File, imp.SHA256, imp.Sheet, stamp.Text(tx.Now), tx.Actor.Name)
	if err != nil {
		return fmt.Errorf("comply: %w", err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM comply_upload WHERE id = ?`, upload)
	return err
}

// answers gives the answer that counts for each key and topic. There are some
// dozens a year.
func (k *Checklist) answers(ctx context.Context) (map[Key]map[string]Answer, error) {
	out := map[Key]map[string]Answer{}
	err := each(ctx, k.db(), func(r *sql.Rows) error {
		var key Key
		topic, a, err := scanAnswer(r, &key)
		if err != nil {
			return err
		}
		if out[key] == nil {
			out[key] = map[string]Answer{}
		}
		out[key][topic] = a
		return nil
	}, answerColumns+` WHERE n IN (SELECT max(n) FROM comply_answer GROUP BY catalogue, fy, sheet, topic)`)
	return out, err
}

// History gives all answers to one item, newest first.
func (k *Checklist) History(ctx context.Context, key Key, topic string) ([]Answer, error) {
	var out []Answer
	err := each(ctx, k.db(), func(r *sql.Rows) error {
		_, a, err := scanAnswer(r, &Key{})
		out = append(out, a)
		return err
	}, answerColumns+` WHERE catalogue = ? AND fy = ? AND sheet = ? AND topic = ? ORDER BY n DESC LIMIT 200`,
		key.Catalogue, key.Year, key.Sheet, topic)
	return out, err
}

const answerColumns = `SELECT catalogue, fy, sheet, topic, value, confirmed, target, who, note, copied, at, actor FROM comply_answer`

func scanAnswer(r *sql.Rows, key *Key) (topic string, a Answer, err error) {
	var at string
	err = r.Scan(&key.Catalogue, &key.Year, &key.Sheet, &topic, &a.Value, &a.Confirmed, &a.Target, &a.Who, &a.Note, &a.Copied, &at, &a.By)
	a.At = stamp.Read(at)
	return topic, a, err
}

func insertAnswer(ctx context.Context, tx *ledger.Tx, key Key, topic string, a Answer) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO comply_answer(facility, catalogue, fy, sheet, topic, value, confirmed, target, who, note, copied, at, actor_id, actor)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, tx.Facility, key.Catalogue, key.Year, key.Sheet, topic, a.Value, a.Confirmed, a.Target,
		a.Who, a.Note, a.Copied, stamp.Text(tx.Now), tx.Actor.ID, tx.Actor.Name)
	if err != nil {
		return fmt.Errorf("comply: answer: %w", err)
	}
	return nil
}

// Officer is the person responsible for the systems' security (安全管理責任者).
type Officer struct {
	Name   string
	Post   string
	Since  string // 2006-01-02 or empty
	Duties string
	Letter string // appointment record: number, place
	Note   string
	At     time.Time
	By     string
}

// Officers gives the officers, the present one first.
func (k *Checklist) Officers(ctx context.Context) ([]Officer, error) {
	var out []Officer
	err := each(ctx, k.db(), func(r *sql.Rows) error {
		var o Officer
		var at string
		if err := r.Scan(&o.Name, &o.Post, &o.Since, &o.Duties, &o.Letter, &o.Note, &at, &o.By); err != nil {
			return err
		}
		o.At = stamp.Read(at)
		out = append(out, o)
		return nil
	}, `SELECT name, post, since, duties, letter, note, at, actor FROM comply_officer ORDER BY n DESC LIMIT 100`)
	return out, err
}

func insertOfficer(ctx context.Context, tx *ledger.Tx, o Officer) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO comply_officer(facility, name, post, since, duties, letter, note, at, actor) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.Facility, o.Name, o.Post, o.Since, o.Duties, o.Letter, o.Note, stamp.Text(tx.Now), tx.Actor.Name)
	if err != nil {
		return fmt.Errorf("comply: officer: %w", err)
	}
	return nil
}

// Kept is a figure of the radar that somebody kept.
type Kept struct {
	At     time.Time
	By     string
	Levels []Level
}

// lastRadar gives the figure that was kept last, or a zero one.
func (k *Checklist) lastRadar(ctx context.Context) (Kept, error) {
	var kept Kept
	err := each(ctx, k.db(), func(r *sql.Rows) error {
		var at, levels string
		if err := r.Scan(&levels, &at, &kept.By); err != nil {
			return err
		}
		kept.At = stamp.Read(at)
		return json.Unmarshal([]byte(levels), &kept.Levels)
	}, `SELECT levels, at, actor FROM comply_radar ORDER BY n DESC LIMIT 1`)
	return kept, err
}

func insertRadar(ctx context.Context, tx *ledger.Tx, levels []Level) error {
	data, err := json.Marshal(levels)
	if err != nil {
		return fmt.Errorf("comply: radar: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO comply_radar(facility, levels, at, actor) VALUES(?, ?, ?, ?)`, tx.Facility, string(data), stamp.Text(tx.Now), tx.Actor.Name)
	return err
}
