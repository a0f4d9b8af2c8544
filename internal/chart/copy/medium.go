package copy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Medium is a disk or stick with a vault.
type Medium struct {
	ID       string
	Vault    string // the vault's ID, as the medium says
	Label    string // what is written on the disk
	Place    string // where it is kept when detached
	Path     string // the vault's folder when attached
	Attached bool   // as people said last
	Since    time.Time
	Holder   string // who attached it or took it away
	// RotateDays is after how many days attached it should be exchanged.
	RotateDays int
	Retired    time.Time // zero: in use
	Generation string    // the newest on it, as far as known
	Made       time.Time
	Verified   time.Time // when every byte was read last
	Damaged    []string  // packs that then were damaged
}

const mediumColumns = "id, vault, label, place, path, attached, since, holder, rotate_days, retired, generation, made, verified, damaged"

func scanMedium(row sqlite.Row) (m Medium, err error) {
	var since, retired, made, verified, damaged string
	if err := row.Scan(&m.ID, &m.Vault, &m.Label, &m.Place, &m.Path, &m.Attached, &since, &m.Holder, &m.RotateDays, &retired, &m.Generation, &made, &verified, &damaged); err != nil {
		return m, err
	}
	m.Since, m.Retired, m.Made, m.Verified = stamp.Read(since), stamp.Read(retired), stamp.Read(made), stamp.Read(verified)
	if damaged != "" {
		err = json.Unmarshal([]byte(damaged), &m.Damaged)
	}
	return m, err
}

// Media lists the media in use, by label.
func (d *Copier) Media(ctx context.Context) ([]Medium, error) {
	return each(ctx, d.db(), scanMedium, "SELECT "+mediumColumns+" FROM copy_medium WHERE retired = '' ORDER BY label, id")
}

// Medium gives one medium.
func (d *Copier) Medium(ctx context.Context, id string) (Medium, error) {
	m, err := scanMedium(d.db().QueryRowContext(ctx, "SELECT "+mediumColumns+" FROM copy_medium WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return m, fault.New(fault.NotFound, "copy.medium.gone")
	}
	return m, err
}

// open opens the medium's vault if it is there and is the one it should be.
func (m Medium) open() (*vault.Vault, error) {
	v, err := vault.Open(m.Path)
	if err != nil {
		return nil, err
	}
	if id := v.About().ID; v.Damage() == nil && id != m.Vault {
		return nil, fault.New(fault.Conflict, "copy.medium.changed", m.Label, id)
	}
	return v, nil
}

// otherVault is the vault that was found in a medium's place; "" for other
// errors.
func otherVault(err error) string {
	if !isFault(err, "copy.medium.changed") {
		return ""
	}
	id, _ := fault.Of(err).Msg.Args[1].(string)
	return id
}

// State says how a medium's place is to be seen: one that is always attached
// is lost together with what it is attached to.
func (m Medium) State(now time.Time) web.Mark {
	days := int(now.Sub(m.Since).Hours() / 24)
	switch {
	case !m.Retired.IsZero():
		return web.Mark{Level: web.Nothing, Say: text.M("copy.medium.state.retired", m.Retired)}
	case !m.Attached:
		return web.Mark{Level: web.Done, Say: text.M("copy.medium.state.detached", m.Since)}
	case m.Overdue(now):
		return web.Mark{Level: web.Warn, Say: text.M("copy.medium.state.always", days)}
	}
	return web.Mark{Level: web.Info, Say: text.M("copy.medium.state.attached", m.Since)}
}

// Overdue reports whether a medium has been attached for too long.
func (m Medium) Overdue(now time.Time) bool {
	return m.Attached && m.Retired.IsZero() && now.Sub(m.Since) > time.Duration(max(1, m.RotateDays))*24*time.Hour
}

// AddMedium makes a vault in the folder, or takes the one over that this
// machine wrote before. The folder must exist; the key must have been made
// ("copy.key.none").
func (d *Copier) AddMedium(ctx context.Context, actor ledger.Actor, m Medium) (string, error) {
	machine, err := d.machine()
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(m.Path); err != nil || !info.IsDir() {
		return "", fault.New(fault.NotFound, "copy.medium.folder", m.Path).With(err)
	}
	v, err := vault.Open(m.Path)
	if isFault(err, "vault.none") {
		name := ""
		if d.cfg.Hospital != nil {
			if name, err = d.cfg.Hospital(ctx); err != nil {
				return "", err
			}
		}
		v, err = vault.Create(m.Path, name, machine, d.cfg.Clock())
	}
	if err != nil {
		return "", err
	}
	if err := d.fit(ctx, v, machine); err != nil {
		return "", err
	}
	m.Vault, m.Attached = v.About().ID, true
	err = d.cfg.Book.Write(ctx, actor, "copy.medium.add", func(tx *ledger.Tx) error {
		m.ID = tx.NewID()
		tx.Subject("copy/medium/" + m.ID)
		tx.Detail(map[string]string{"label": m.Label, "vault": m.Vault, "path": m.Path, "place": m.Place})
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM copy_medium WHERE vault = ?", m.Vault).Scan(&n); err != nil || n > 0 {
			return fault.New(fault.Conflict, "copy.medium.known").With(err)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO copy_medium(facility, "+mediumColumns+") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
			tx.Facility, m.ID, m.Vault, m.Label, m.Place, m.Path, true, stamp.Text(tx.Now), actor.Name, m.RotateDays, "", "", "", "", "")
		return err
	})
	if err == nil {
		err = d.adopt(ctx, m, v)
	}
	d.changed()
	return m.ID, err
}

// fit makes a vault fit for the machine of now: one that still names an older
// key of this hospital is rotated, a foreign one is refused.
func (d *Copier) fit(ctx context.Context, v *vault.Vault, machine *vault.Machine) error {
	if err := v.Damage(); err != nil {
		return err
	}
	keys, err := d.Keys(ctx)
	if err != nil {
		return err
	}
	ours := map[string]Key{}
	for _, k := range keys {
		ours[k.ID] = k
	}
	about := v.About()
	last := about.Keys[len(about.Keys)-1]
	if last.Recipient != machine.Recipient() {
		if _, known := ours[last.ID]; !known {
			return fault.New(fault.Denied, "vault.recipient.other")
		}
		if err := v.Rotate(machine, d.cfg.Clock()); err != nil {
			return err
		}
	}
	now, known := ours[machine.KeyID()]
	if !known || now.Envelope == nil {
		return nil
	}
	held, err := v.Envelopes()
	for _, id := range held {
		if id == now.ID {
			return err
		}
	}
	if err != nil {
		return err
	}
	return v.PutEnvelope(now.ID, now.Envelope)
}

// SaveMedium changes label, place, path and rotation.
func (d *Copier) SaveMedium(ctx context.Context, actor ledger.Actor, m Medium) error {
	return d.mediumAct(ctx, actor, "copy.medium.change", m, "UPDATE copy_medium SET label = ?, place = ?, path = ?, rotate_days = ? WHERE id = ?", m.Label, m.Place, m.Path, m.RotateDays, m.ID)
}

// Attach says that somebody attached a medium. A job that found none the last
// time begins at once.
func (d *Copier) Attach(ctx context.Context, actor ledger.Actor, m Medium, who string) error {
	if err := d.mediumAct(ctx, actor, "copy.medium.attach", m, "UPDATE copy_medium SET attached = 1, since = ?, holder = ? WHERE id = ?", stamp.Text(d.cfg.Clock()), who, m.ID); err != nil {
		return err
	}
	jobs, err := d.Jobs(ctx)
	for _, j := range jobs {
		waits, failed := d.waitsForMedium(ctx, j.ID)
		if waits && j.Enabled && failed == nil {
			failed = d.Start(ctx, actor, j)
		}
		err = errors.Join(err, failed)
	}
	return err
}

// Detach says that somebody took a medium away, and where to.
func (d *Copier) Detach(ctx context.Context, actor ledger.Actor, m Medium, who string) error {
	return d.mediumAct(ctx, actor, "copy.medium.detach", m, "UPDATE copy_medium SET attached = 0, since = ?, holder = ?, place = ? WHERE id = ?", stamp.Text(d.cfg.Clock()), who, m.Place, m.ID)
}

// Retire takes a medium out of use: destroyed, lost or given up.
func (d *Copier) Retire(ctx context.Context, actor ledger.Actor, m Medium, why string) error {
	m.Place = why
	return d.mediumAct(ctx, actor, "copy.medium.retire", m, "UPDATE copy_medium SET retired = ?, attached = 0, place = ? WHERE id = ?", stamp.Text(d.cfg.Clock()), why, m.ID)
}

func (d *Copier) mediumAct(ctx context.Context, actor ledger.Actor, action string, m Medium, change ...any) error {
	defer d.changed()
	return d.cfg.Book.Write(ctx, actor, action, func(tx *ledger.Tx) error {
		tx.Subject("copy/medium/" + m.ID)
		tx.Detail(map[string]string{"label": m.Label, "place": m.Place, "path": m.Path})
		query, _ := change[0].(string)
		res, err := tx.ExecContext(ctx, query, change[1:]...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "copy.medium.gone").With(err)
		}
		return nil
	})
}
