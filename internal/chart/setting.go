package chart

import (
	"context"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/ledger"
)

// Settings are what the hospital decided about the viewer.
type Settings struct {
	OldHours       int // hours after which the copy is called old; 1 to 720
	ConfirmMinutes int // how long a confirmation holds without a view; 1 to 240
	Use            Switch
	Trends         Switch
	Derived        Switch
}

// What a Switch is about.
const (
	UseSwitch     = "use"     // the page of intended use was read and signed
	TrendsSwitch  = "trends"  // lines of results over time, differences to the value before
	DerivedSwitch = "derived" // drugs in use, active diagnoses
)

// Switch is a decision of the responsible person. The zero value is off and
// was never signed.
type Switch struct {
	On   bool
	Name string // who decided
	Post string // as what
	Day  string // 2006-01-02, as signed
	At   time.Time
	By   string // who was signed in
}

// Signed reports whether anybody ever decided.
func (s Switch) Signed() bool { return s.Name != "" }

func defaults() Settings { return Settings{OldHours: 26, ConfirmMinutes: 30} }

// Settings gives the settings as they are now. It asks no database.
func (d *Desk) Settings() Settings {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.settings
}

// load reads the settings from the database.
func (d *Desk) load(ctx context.Context) error {
	s := defaults()
	rows, err := d.book.DB().Read().QueryContext(ctx, "SELECT name, value FROM chart_setting")
	if err != nil {
		return fmt.Errorf("chart: settings: %w", err)
	}
	defer rows.Close()
	numbers := s.numbers()
	for rows.Next() {
		var name string
		var value int
		if err := rows.Scan(&name, &value); err != nil {
			return fmt.Errorf("chart: settings: %w", err)
		}
		if into := numbers[name]; into != nil {
			*into = value
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("chart: settings: %w", err)
	}
	if err := d.loadSwitches(ctx, &s); err != nil {
		return fmt.Errorf("chart: switches: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settings = s
	return nil
}

func (d *Desk) loadSwitches(ctx context.Context, s *Settings) error {
	// IDs are UUIDs of version 7: later ones sort later.
	rows, err := d.book.DB().Read().QueryContext(ctx, "SELECT what, on_, name, post, day, at, by FROM chart_switch ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var what, at string
		var w Switch
		if err := rows.Scan(&what, &w.On, &w.Name, &w.Post, &w.Day, &at, &w.By); err != nil {
			return err
		}
		if w.At, err = time.Parse(time.RFC3339, at); err != nil {
			return err
		}
		if into := s.of(what); into != nil {
			*into = w
		}
	}
	return rows.Err()
}

// numbers are the places of the plain numbers by their names in the database.
func (s *Settings) numbers() map[string]*int {
	return map[string]*int{"old_hours": &s.OldHours, "confirm_minutes": &s.ConfirmMinutes}
}

// of is the place of a switch; nil for what is none.
func (s *Settings) of(what string) *Switch {
	switch what {
	case UseSwitch:
		return &s.Use
	case TrendsSwitch:
		return &s.Trends
	case DerivedSwitch:
		return &s.Derived
	}
	return nil
}

// Set stores the plain numbers of s; its switches are not looked at.
func (d *Desk) Set(ctx context.Context, actor ledger.Actor, s Settings) error {
	err := d.book.Write(ctx, actor, "chart.setting", func(tx *ledger.Tx) error {
		tx.Subject("chart/setting")
		tx.Detail(map[string]int{"old_hours": s.OldHours, "confirm_minutes": s.ConfirmMinutes})
		for name, value := range s.numbers() {
			_, err := tx.ExecContext(ctx, `INSERT INTO chart_setting(facility, name, value) VALUES(?, ?, ?)
				ON CONFLICT DO UPDATE SET value = excluded.value`, tx.Facility, name, *value)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.load(ctx)
}

// Sign stores the decision about one switch. Earlier ones stay in the table.
func (d *Desk) Sign(ctx context.Context, actor ledger.Actor, what string, s Switch) error {
	if (&Settings{}).of(what) == nil || s.Name == "" {
		return fmt.Errorf("chart: switch %q needs a name that is known and somebody who signs", what)
	}
	err := d.book.Write(ctx, actor, "chart.switch", func(tx *ledger.Tx) error {
		tx.Subject("chart/switch/" + what)
		tx.Detail(map[string]any{"on": s.On, "name": s.Name, "post": s.Post, "day": s.Day})
		_, err := tx.ExecContext(ctx, "INSERT INTO chart_switch(id, facility, what, on_, name, post, day, at, by) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
			ledger.NewID(), tx.Facility, what, s.On, s.Name, s.Post, s.Day, tx.Now.Format(time.RFC3339), tx.Actor.Name)
		return err
	})
	if err != nil {
		return err
	}
	return d.load(ctx)
}
