package comply

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// VendorSheet is the vendors' form (事業者確認用) for one vendor and one system.
type VendorSheet struct {
	ID        string
	Catalogue string
	Year      int
	VendorID  string
	Name      string // of the vendor, when the sheet was made
	System    string // departmental system, or empty for all that the vendor serves
	Sent      string // days as 2006-01-02, or empty
	Due       string
	Answered  string
	Person    string // who answered at the vendor
	Note      string
	At        time.Time
	By        string
	Answers   map[string]VendorAnswer // by topic
}

// VendorAnswer is a vendor's answer to one item.
type VendorAnswer struct {
	Value     Value
	Confirmed string
	Target    string
	Note      string
	Source    string // empty when typed in, else the file it came from
	At        time.Time
	By        string
}

// VendorState says how far a sheet is.
type VendorState string

// The states of a vendor sheet.
const (
	NotMade  VendorState = "notmade"  // there is no sheet for the vendor
	NotSent  VendorState = "notsent"  // made, not sent
	Waiting  VendorState = "waiting"  // sent, no answers yet
	Late     VendorState = "late"     // sent, the day has passed
	Gaps     VendorState = "gaps"     // answered, with いいえ or empty rows
	Complete VendorState = "complete" // every item has はい
)

// State says how far the sheet is. today is 2006-01-02.
func (s VendorSheet) State(items []Item, today string) VendorState {
	switch {
	case s.Answered != "" && len(s.Open(items)) == 0:
		return Complete
	case s.Answered != "":
		return Gaps
	case s.Sent == "":
		return NotSent
	case s.Due != "" && s.Due < today:
		return Late
	}
	return Waiting
}

// Mark shows the state by shape and word. Complete means that every item was
// answered はい by the vendor; Toride has checked none of it.
func (s VendorState) Mark() web.Mark {
	level := map[VendorState]web.Level{NotMade: web.Warn, NotSent: web.Warn, Waiting: web.Info, Late: web.Danger, Gaps: web.Warn, Complete: web.Done}[s]
	return web.Mark{Level: level, Say: text.M("comply.vendor.state." + string(s))}
}

// Open gives the items without はい.
func (s VendorSheet) Open(items []Item) []Item {
	var out []Item
	for _, i := range items {
		if s.Answers[i.Topic].Value != Yes {
			out = append(out, i)
		}
	}
	return out
}

// VendorSheets gives the sheets of a year with their answers, by vendor and
// system. Cost: two queries.
func (k *Checklist) VendorSheets(ctx context.Context, catalogue string, fy int) ([]VendorSheet, error) {
	return k.vendorSheets(ctx, `WHERE catalogue = ? AND fy = ?`, catalogue, fy)
}

// VendorSheet gives one sheet.
func (k *Checklist) VendorSheet(ctx context.Context, id string) (VendorSheet, error) {
	sheets, err := k.vendorSheets(ctx, `WHERE id = ?`, id)
	if err != nil {
		return VendorSheet{}, err
	}
	if len(sheets) == 0 {
		return VendorSheet{}, fault.New(fault.NotFound, "comply.novendorsheet")
	}
	return sheets[0], nil
}

func (k *Checklist) vendorSheets(ctx context.Context, where string, args ...any) ([]VendorSheet, error) {
	var out []VendorSheet
	index := map[string]int{}
	err := each(ctx, k.db(), func(r *sql.Rows) error {
		s := VendorSheet{Answers: map[string]VendorAnswer{}}
		var at string
		if err := r.Scan(&s.ID, &s.Catalogue, &s.Year, &s.VendorID, &s.Name, &s.System, &s.Sent, &s.Due, &s.Answered, &s.Person, &s.Note, &at, &s.By); err != nil {
			return err
		}
		s.At = stamp.Read(at)
		index[s.ID] = len(out)
		out = append(out, s)
		return nil
	}, `SELECT id, catalogue, fy, vendor, name, system, sent, due, answered, person, note, at, actor FROM comply_vendor_sheet `+where+` ORDER BY name, system`, args...)
	if err != nil {
		return nil, err
	}
	err = each(ctx, k.db(), func(r *sql.Rows) error {
		var sheet, topic, at string
		var a VendorAnswer
		if err := r.Scan(&sheet, &topic, &a.Value, &a.Confirmed, &a.Target, &a.Note, &a.Source, &at, &a.By); err != nil {
			return err
		}
		a.At = stamp.Read(at)
		out[index[sheet]].Answers[topic] = a
		return nil
	}, `SELECT sheet, topic, value, confirmed, target, note, source, at, actor FROM comply_vendor_answer WHERE n IN (SELECT max(n) FROM comply_vendor_answer
		WHERE sheet IN (SELECT id FROM comply_vendor_sheet `+where+`) GROUP BY sheet, topic)`, args...)
	return out, err
}

// MakeVendorSheet makes the sheet of a vendor and system for a year.
func (k *Checklist) MakeVendorSheet(ctx context.Context, actor ledger.Actor, s VendorSheet) (string, error) {
	c, key, err := k.At(ctx, s.Catalogue, s.Year, SheetVendor)
	if err != nil {
		return "", err
	}
	vendors, err := k.vendors(ctx)
	if err != nil {
		return "", err
	}
	for _, v := range vendors {
		if v.ID == s.VendorID {
			s.Name = v.Name
		}
	}
	if s.Name == "" || !isDay(s.Sent) || !isDay(s.Due) {
		return "", fault.New(fault.Invalid, "comply.badvendorsheet")
	}
	s.Catalogue, s.Year = c.ID, key.Year
	err = k.cfg.Book.Write(ctx, actor, "comply.vendor.make", func(tx *ledger.Tx) error {
		s.ID = tx.NewID()
		tx.Subject("comply/vendor/" + s.ID)
		tx.Detail(map[string]any{"vendor": s.Name, "system": s.System, "year": s.Year, "sent": s.Sent})
		res, err := tx.ExecContext(ctx, `INSERT INTO comply_vendor_sheet(id, facility, catalogue, fy, vendor, name, system, sent, due, answered, person, note, at, actor)
			VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '', ?, ?) ON CONFLICT(catalogue, fy, vendor, system) DO NOTHING`,
			s.ID, tx.Facility, s.Catalogue, s.Year, s.VendorID, s.Name, s.System, s.Sent, s.Due, stamp.Text(tx.Now), tx.Actor.Name)
		if err != nil {
			return fmt.Errorf("comply: vendor sheet: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.Conflict, "comply.vendor.exists", s.Name)
		}
		return nil
	})
	return s.ID, err
}

// SaveVendorSheet stores head and answers of a sheet. Only answers that differ
// from the stored ones are written, so that the history has no noise.
func (k *Checklist) SaveVendorSheet(ctx context.Context, actor ledger.Actor, s VendorSheet) error {
	old, err := k.VendorSheet(ctx, s.ID)
	if err != nil {
		return err
	}
	c, _, err := k.At(ctx, old.Catalogue, old.Year, SheetVendor)
	if err != nil {
		return err
	}
	for _, day := range []string{s.Sent, s.Due, s.Answered} {
		if !isDay(day) {
			return fault.New(fault.Invalid, "comply.badvendorsheet")
		}
	}
	return k.cfg.Book.Write(ctx, actor, "comply.vendor.save", func(tx *ledger.Tx) error {
		changed := []string{}
		_, err := tx.ExecContext(ctx, `UPDATE comply_vendor_sheet SET sent = ?, due = ?, answered = ?, person = ?, note = ?, at = ?, actor = ? WHERE id = ?`,
			s.Sent, s.Due, s.Answered, s.Person, s.Note, stamp.Text(tx.Now), tx.Actor.Name, s.ID)
		if err != nil {
			return fmt.Errorf("comply: vendor sheet: %w", err)
		}
		for _, i := range c.On(SheetVendor) {
			a, was := s.Answers[i.Topic], old.Answers[i.Topic]
			if a.Value == was.Value && a.Confirmed == was.Confirmed && a.Target == was.Target && a.Note == was.Note {
				continue
			}
			if !slices.Contains([]Value{Open, Yes, No}, a.Value) || !isDay(a.Confirmed) || !isDay(a.Target) {
				return fault.New(fault.Invalid, "comply.badanswer")
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO comply_vendor_answer(facility, sheet, topic, value, confirmed, target, note, source, at, actor)
				VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, tx.Facility, s.ID, i.Topic, a.Value, a.Confirmed, a.Target, a.Note, a.Source, stamp.Text(tx.Now), tx.Actor.Name)
			if err != nil {
				return fmt.Errorf("comply: vendor answer: %w", err)
			}
			changed = append(changed, i.Number(SheetVendor)+"="+string(a.Value))
		}
		tx.Subject("comply/vendor/" + s.ID)
		tx.Detail(map[string]any{"vendor": old.Name, "answered": s.Answered, "changed": strings.Join(changed, " ")})
		return nil
	})
}
