package identity

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/web"
)

func (d *People) read() *sql.DB { return d.book.DB().Read() }

func (d *People) loadHospital(ctx context.Context) error {
	var h Hospital
	var at int64
	err := d.read().QueryRowContext(ctx, "SELECT name, kana, beds, prefecture, set_up_at FROM identity_hospital LIMIT 1").
		Scan(&h.Name, &h.Kana, &h.Beds, &h.Prefecture, &at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("identity: hospital: %w", err)
	}
	h.SetUpAt = sqlite.FromMS(at)
	d.mu.Lock()
	d.hospital = h
	d.mu.Unlock()
	return nil
}

func putHospital(ctx context.Context, tx *ledger.Tx, h Hospital) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO identity_hospital(facility, name, kana, beds, prefecture, set_up_at)
		VALUES(?, ?, ?, ?, ?, ?)`, tx.Facility, h.Name, h.Kana, h.Beds, h.Prefecture, sqlite.MS(tx.Now))
	return err
}

func (d *People) loadPolicy(ctx context.Context) error {
	p := DefaultPolicy()
	rows, err := d.read().QueryContext(ctx, "SELECT name, value FROM identity_policy")
	if err != nil {
		return fmt.Errorf("identity: policy: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var value int
		if err := rows.Scan(&name, &value); err != nil {
			return fmt.Errorf("identity: policy: %w", err)
		}
		for _, r := range p.ranges() {
			if r.name == name {
				*r.value = min(max(value, r.min), r.max)
			}
		}
	}
	d.mu.Lock()
	d.policy = p
	d.mu.Unlock()
	return rows.Err()
}

func putPolicy(ctx context.Context, tx *ledger.Tx, p Policy) error {
	for _, r := range p.ranges() {
		_, err := tx.ExecContext(ctx, `INSERT INTO identity_policy(facility, name, value) VALUES(?, ?, ?)
			ON CONFLICT(facility, name) DO UPDATE SET value = excluded.value`, tx.Facility, r.name, *r.value)
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *People) storedRoles(ctx context.Context) ([]Role, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT id, name, perms, edited_at FROM identity_role")
	if err != nil {
		return nil, fmt.Errorf("identity: roles: %w", err)
	}
	defer rows.Close()
	var roles []Role
	for rows.Next() {
		var r Role
		var perms string
		var at int64
		if err := rows.Scan(&r.ID, &r.Name, &perms, &at); err != nil {
			return nil, fmt.Errorf("identity: roles: %w", err)
		}
		if err := json.Unmarshal([]byte(perms), &r.Perms); err != nil {
			return nil, fmt.Errorf("identity: role %s: %w", r.ID, err)
		}
		r.EditedAt = sqlite.FromMS(at)
		roles = append(roles, r)
	}
	return roles, rows.Err()
}

func putRole(ctx context.Context, tx *ledger.Tx, r Role) error {
	if r.Perms == nil {
		r.Perms = []web.Perm{}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO identity_role(id, facility, name, perms, edited_at) VALUES(?, ?, ?, ?, ?)
		ON CONFLICT(id) DO UPDATE SET name = excluded.name, perms = excluded.perms, edited_at = excluded.edited_at`,
		r.ID, tx.Facility, r.Name, toJSON(r.Perms), sqlite.MS(r.EditedAt))
	return err
}

func dropRole(ctx context.Context, tx *ledger.Tx, id string) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM identity_role WHERE id = ?", id)
	return err
}

// loadLocks brings the locks that still hold back into the guard.
func (d *People) loadLocks(ctx context.Context) error {
	now := d.now()
	rows, err := d.read().QueryContext(ctx, "SELECT login, locks, locked_until FROM identity_person WHERE locked_until > ?", sqlite.MS(now))
	if err != nil {
		return fmt.Errorf("identity: locks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var login string
		var locks int
		var until int64
		if err := rows.Scan(&login, &locks, &until); err != nil {
			return fmt.Errorf("identity: locks: %w", err)
		}
		d.guard.restore(accountKey(login), locks, sqlite.FromMS(until), now)
	}
	return rows.Err()
}

const personColumns = `p.id, p.login, p.name, p.vendor, p.lang, p.state, p.password, p.seed, p.step, p.created_at,
	p.password_at, p.signin_at, p.locked_until,
	COALESCE((SELECT group_concat(r.role) FROM identity_person_role r WHERE r.person = p.id), '')`

func scanPerson(scan func(...any) error) (person, error) {
	var p person
	var created, password, signin, locked int64
	var roles string
	err := scan(&p.ID, &p.Login, &p.Name, &p.Vendor, &p.Lang, &p.State, &p.password, &p.seed, &p.step,
		&created, &password, &signin, &locked, &roles)
	p.CreatedAt, p.PasswordAt, p.SignInAt, p.LockedUntil = sqlite.FromMS(created), sqlite.FromMS(password), sqlite.FromMS(signin), sqlite.FromMS(locked)
	p.Second = len(p.seed) > 0
	p.Roles = splitList(roles)
	return p, err
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// personBy finds one person by "id" or "login"; nobody is a NotFound fault.
func personBy(ctx context.Context, q sqlite.Querier, column, value string) (person, error) {
	where := map[string]string{"id": " WHERE p.id = ?", "login": " WHERE p.login = ?"}[column]
	p, err := scanPerson(q.QueryRowContext(ctx, "SELECT "+personColumns+" FROM identity_person p"+where, value).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return person{}, fault.New(fault.NotFound, "identity.person.none")
	}
	if err != nil {
		return person{}, fmt.Errorf("identity: person: %w", err)
	}
	return p, nil
}

// People lists everybody, those who may sign in first. One query, whatever
// their number.
func (d *People) People(ctx context.Context) ([]Person, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT "+personColumns+` FROM identity_person p
		ORDER BY CASE p.state WHEN 'active' THEN 0 WHEN 'invited' THEN 1 ELSE 2 END, p.login`)
	if err != nil {
		return nil, fmt.Errorf("identity: people: %w", err)
	}
	defer rows.Close()
	var all []Person
	for rows.Next() {
		p, err := scanPerson(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("identity: people: %w", err)
		}
		all = append(all, p.Person)
	}
	return all, rows.Err()
}

// Person finds somebody by UUID.
func (d *People) person(ctx context.Context, id string) (person, error) {
	return personBy(ctx, d.read(), "id", id)
}

func insertPerson(ctx context.Context, tx *ledger.Tx, p person) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO identity_person(id, facility, login, name, vendor, lang, state, password, seed, step, created_at, password_at, signin_at)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.ID, tx.Facility, p.Login, p.Name, p.Vendor, p.Lang, p.State,
		p.password, p.seed, p.step, sqlite.MS(tx.Now), sqlite.MS(p.PasswordAt), sqlite.MS(p.SignInAt))
	if err != nil {
		if strings.Contains(err.Error(), "identity_person.login") {
			return fault.New(fault.Conflict, "identity.person.login.taken", p.Login).With(err)
		}
		return err
	}
	return putPersonRoles(ctx, tx, p.ID, p.Roles)
}

func putPersonRoles(ctx context.Context, tx *ledger.Tx, id string, roles []string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM identity_person_role WHERE person = ?", id); err != nil {
		return err
	}
	for _, role := range roles {
		_, err := tx.ExecContext(ctx, "INSERT INTO identity_person_role(facility, person, role) VALUES(?, ?, ?)", tx.Facility, id, role)
		if err != nil {
			return err
		}
	}
	return nil
}

// keepAdmin refuses a change after which nobody could administrate: it counts
// active people with a second factor and one of the roles, without except.
func (d *People) keepAdmin(ctx context.Context, tx *ledger.Tx, except, roles string) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(DISTINCT p.id) FROM identity_person p JOIN identity_person_role r ON r.person = p.id
		WHERE p.state = 'active' AND p.seed IS NOT NULL AND p.id <> ? AND r.role IN (SELECT value FROM json_each(?))`, except, roles).Scan(&n)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "identity.admin.last")
	}
	return nil
}

// putRecovery replaces the person's recovery codes.
func putRecovery(ctx context.Context, tx *ledger.Tx, id string, codes []string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM identity_recovery WHERE person = ?", id); err != nil {
		return err
	}
	for _, code := range codes {
		_, err := tx.ExecContext(ctx, "INSERT INTO identity_recovery(hash, facility, person) VALUES(?, ?, ?)",
			recoveryHash(id, code), tx.Facility, id)
		if err != nil {
			return err
		}
	}
	return nil
}

// recoveryHash binds a code to its person.
func recoveryHash(id, code string) string {
	return credential.HashToken(id + credential.HashPaperCode(code))
}

func (d *People) recoveryLeft(ctx context.Context, id string) (int, error) {
	var n int
	err := d.read().QueryRowContext(ctx, "SELECT count(*) FROM identity_recovery WHERE person = ? AND used_at = 0", id).Scan(&n)
	return n, err
}

// one reports whether a statement changed exactly one row.
func one(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// exec1 runs a statement on a person and demands that the person exists.
func exec1(ctx context.Context, tx *ledger.Tx, query string, args ...any) error {
	ok, err := one(tx.ExecContext(ctx, query, args...))
	if err == nil && !ok {
		return fault.New(fault.NotFound, "identity.person.none")
	}
	return err
}

// lastSeenWait bounds how long a request waits to note that a session is in
// use while somebody else writes.
const lastSeenWait = 200 * time.Millisecond
