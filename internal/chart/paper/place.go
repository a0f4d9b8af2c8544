package paper

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// Limits of a place.
const (
	minEvery = 15      // minutes
	maxEvery = 24 * 60 // minutes
	maxKeep  = 100     // rounds
)

// Place is a folder near a printer.
type Place struct {
	ID       string    `json:"-"`
	Name     string    `json:"-"`
	Folder   string    `json:"-"`
	Wards    []string  `json:"wards"` // none: all
	Forms    []string  `json:"forms"` // none: DefaultForms
	Every    int       `json:"every"` // minutes
	Keep     int       `json:"keep"`  // rounds
	Lang     text.Lang `json:"lang"`
	Large    bool      `json:"large"`
	Blanks   int       `json:"blanks"` // copies of blank forms
	LastGood *Round    `json:"-"`
	Last     *Round    `json:"-"`
	Hangs    time.Time `json:"-"` // since when its folder does not answer; zero: nothing is known of that
}

// Round is what one making of a place's sheets came to.
type Round struct {
	At       time.Time `json:"at"`
	Good     bool      `json:"-"`
	AsOf     time.Time `json:"as_of,omitzero"`
	Files    int       `json:"files"`
	Patients int       `json:"patients"`
	Unread   int       `json:"unread"`
	Partial  bool      `json:"partial,omitempty"` // the census was not complete
	Pages    int       `json:"pages"`
	Bytes    int64     `json:"bytes"`
	Took     string    `json:"took"`
	Fault    string    `json:"fault,omitempty"` // key of what went wrong
	Cause    string    `json:"cause,omitempty"` // in the system's words
}

// DefaultForms are what a ward needs when nothing starts any more.
func DefaultForms() []string {
	return []string{"beds", "drugs", "allergies", "meals", "blank_orders", "blank_course", "blank_mar", "blank_tests", "blank_rx", "blank_views"}
}

// Places lists the places with their last rounds, by name. Cost: two queries.
func (d *Desk) Places(ctx context.Context) ([]Place, error) {
	rows, err := d.cfg.Book.DB().Read().QueryContext(ctx, "SELECT id, name, folder, body FROM paper_place WHERE facility = ? ORDER BY name, id", d.cfg.Book.Facility())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Place
	for rows.Next() {
		var p Place
		var body string
		if err := rows.Scan(&p.ID, &p.Name, &p.Folder, &body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range out {
		if w := d.working(out[i].Folder); w != nil {
			out[i].Hangs = w.hangs(d.cfg.Clock())
		}
	}
	return out, d.rounds(ctx, out)
}

// rounds fills in the newest round and the newest good one of each place.
func (d *Desk) rounds(ctx context.Context, places []Place) error {
	rows, err := d.cfg.Book.DB().Read().QueryContext(ctx, `SELECT place, good, body FROM paper_round WHERE facility = ? ORDER BY at DESC`, d.cfg.Book.Facility())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, body string
		var r Round
		if err := rows.Scan(&id, &r.Good, &body); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return err
		}
		i := slices.IndexFunc(places, func(p Place) bool { return p.ID == id })
		if i < 0 {
			continue
		}
		if places[i].Last == nil {
			places[i].Last = &r
		}
		if r.Good && places[i].LastGood == nil {
			places[i].LastGood = &r
		}
	}
	return rows.Err()
}

// Place gives one place. NotFound where there is none.
func (d *Desk) Place(ctx context.Context, id string) (Place, error) {
	all, err := d.Places(ctx)
	if err != nil {
		return Place{}, err
	}
	for _, p := range all {
		if p.ID == id {
			return p, nil
		}
	}
	return Place{}, fault.New(fault.NotFound, "paper.fault.no_place")
}

// Save stores a place, new where it has no ID, and gives its ID. Invalid: a
// folder that does not exist, lies in a copy, or belongs to another place; Busy:
// one that does not answer.
func (d *Desk) Save(ctx context.Context, actor ledger.Actor, p Place) (string, error) {
	p.Folder = filepath.Clean(strings.TrimSpace(p.Folder))
	if err := d.check(&p); err != nil {
		return "", err
	}
	body, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	action := "paper.place.update"
	if p.ID == "" {
		action = "paper.place.create"
	}
	err = d.cfg.Book.Write(ctx, actor, action, func(tx *ledger.Tx) error {
		var other string
		err := tx.QueryRowContext(ctx, "SELECT id FROM paper_place WHERE facility = ? AND folder = ? AND id != ?", tx.Facility, p.Folder, p.ID).Scan(&other)
		if !errors.Is(err, sql.ErrNoRows) {
			if err != nil {
				return err
			}
			return fault.New(fault.Conflict, "paper.fault.folder_taken", p.Folder)
		}
		if p.ID == "" {
			p.ID = tx.NewID()
		}
		tx.Subject("paper/place/" + p.ID)
		tx.Detail(map[string]any{"name": p.Name, "folder": p.Folder, "wards": p.Wards, "forms": p.Forms, "every": p.Every, "keep": p.Keep})
		_, err = tx.ExecContext(ctx, `INSERT INTO paper_place (id, facility, name, folder, body) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, folder = excluded.folder, body = excluded.body`, p.ID, tx.Facility, p.Name, p.Folder, string(body))
		return err
	})
	d.wake()
	return p.ID, err
}

// check puts a place's numbers into their limits and looks at its folder, which
// may take saveTime.
func (d *Desk) check(p *Place) error {
	if strings.TrimSpace(p.Name) == "" {
		return fault.New(fault.Invalid, "paper.fault.no_name")
	}
	if !filepath.IsAbs(p.Folder) {
		return fault.New(fault.Invalid, "paper.fault.folder_relative", p.Folder)
	}
	if err := d.checkFolder(p.Folder); err != nil {
		return err
	}
	for _, f := range p.Forms {
		if _, ok := FormOf(f); !ok {
			return fault.New(fault.Invalid, "paper.fault.no_form")
		}
	}
	p.Every, p.Keep, p.Blanks = min(max(p.Every, minEvery), maxEvery), min(max(p.Keep, 1), maxKeep), min(max(p.Blanks, 1), maxCopies)
	return nil
}

// checkNow looks at a folder that somebody entered.
func (d *Desk) checkNow(folder string) error {
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return fault.New(fault.Invalid, "paper.fault.folder_missing", folder).With(err)
	}
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return fault.New(fault.Invalid, "paper.fault.folder_missing", folder).With(err)
	}
	for _, root := range d.cfg.Roots {
		if at, err := filepath.EvalSymlinks(root); err == nil && (within(real, at) || within(at, real)) {
			return fault.New(fault.Invalid, "paper.fault.folder_in_copy", folder, root)
		}
	}
	return nil
}

// within reports whether a path is a folder or lies in it.
func within(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// Delete forgets a place. The files in its folder stay: somebody may need them.
func (d *Desk) Delete(ctx context.Context, actor ledger.Actor, id string) error {
	p, err := d.Place(ctx, id)
	if err != nil {
		return err
	}
	return d.cfg.Book.Write(ctx, actor, "paper.place.delete", func(tx *ledger.Tx) error {
		tx.Subject("paper/place/" + id)
		tx.Detail(map[string]any{"name": p.Name, "folder": p.Folder})
		if _, err := tx.ExecContext(ctx, "DELETE FROM paper_round WHERE place = ?", id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM paper_place WHERE id = ? AND facility = ?", id, tx.Facility)
		return err
	})
}

// Openness says who may read a folder besides its owner, as far as the system
// tells.
type Openness string

// What a folder's permissions say.
const (
	OpenToOwner Openness = "owner"
	OpenToGroup Openness = "group"
	OpenToAll   Openness = "all"
	OpenUnknown Openness = "unknown" // not told (Windows, a share), or the folder is away
)

// Open looks at a folder's permissions. On Windows, and of what lies behind a
// share, they are not known here.
func Open(folder string) Openness {
	info, err := os.Stat(folder)
	switch {
	case err != nil || runtime.GOOS == "windows":
		return OpenUnknown
	case info.Mode().Perm()&0o007 != 0:
		return OpenToAll
	case info.Mode().Perm()&0o070 != 0:
		return OpenToGroup
	}
	return OpenToOwner
}
