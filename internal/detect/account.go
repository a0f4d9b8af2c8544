package detect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/house"
	"github.com/torideproject/toride/internal/detect/logon"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// VendorAccount is an account of the hospital's computers that belongs to a
// vendor.
type VendorAccount struct {
	Name   string // as logon.Account gives it
	Vendor string // ID
	Note   string
	At     time.Time
	By     string
}

// SaveAccount writes down that an account belongs to a vendor.
func (d *Desk) SaveAccount(ctx context.Context, actor ledger.Actor, a VendorAccount) error {
	name := logon.Account(a.Name)
	switch {
	case name == "" || len(name) > 100 || strings.ContainsAny(name, " \t"):
		return fault.New(fault.Invalid, "detect.account.name")
	case a.Vendor == "":
		return fault.New(fault.Invalid, "detect.account.vendor")
	}
	return d.book.Write(ctx, actor, "detect.account.save", func(tx *ledger.Tx) error {
		tx.Subject("detect/account/" + name)
		tx.Detail(map[string]string{"vendor": a.Vendor, "note": a.Note})
		_, err := tx.ExecContext(ctx, `INSERT INTO detect_account(name, facility, vendor, note, at, by) VALUES(?, ?, ?, ?, ?, ?)
			ON CONFLICT(name) DO UPDATE SET vendor = excluded.vendor, note = excluded.note, at = excluded.at, by = excluded.by`,
			name, tx.Facility, a.Vendor, a.Note, stamp.Text(tx.Now), tx.Actor.Name)
		if err != nil {
			return fmt.Errorf("detect: account: %w", err)
		}
		return nil
	})
}

// RemoveAccount takes an account off the list.
func (d *Desk) RemoveAccount(ctx context.Context, actor ledger.Actor, name string) error {
	return d.book.Write(ctx, actor, "detect.account.remove", func(tx *ledger.Tx) error {
		tx.Subject("detect/account/" + name)
		res, err := tx.ExecContext(ctx, "DELETE FROM detect_account WHERE name = ?", name)
		if err != nil {
			return fmt.Errorf("detect: account: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "detect.account.none").With(err)
		}
		return nil
	})
}

// Accounts gives the vendors' accounts by name.
func (d *Desk) Accounts(ctx context.Context) ([]VendorAccount, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT name, vendor, note, at, by FROM detect_account ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("detect: accounts: %w", err)
	}
	defer rows.Close()
	var out []VendorAccount
	for rows.Next() {
		var a VendorAccount
		var at string
		if err := rows.Scan(&a.Name, &a.Vendor, &a.Note, &at, &a.By); err != nil {
			return nil, fmt.Errorf("detect: accounts: %w", err)
		}
		if a.At, err = stamp.Parse(at); err != nil {
			return nil, fmt.Errorf("detect: accounts: %w", err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// accounts gives them to the House.
func (d *Desk) accounts(ctx context.Context) ([]house.Account, error) {
	all, err := d.Accounts(ctx)
	var out []house.Account
	for _, a := range all {
		out = append(out, house.Account{Name: a.Name, VendorID: a.Vendor})
	}
	return out, err
}
