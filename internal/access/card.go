package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// Card gives how the line is opened; an empty card when nobody entered one.
func (d *Desk) Card(ctx context.Context, lineID string) (Card, error) {
	var body string
	err := d.read().QueryRowContext(ctx, "SELECT body FROM access_card WHERE line = ?", lineID).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return Card{LineID: lineID}, nil
	}
	if err != nil {
		return Card{}, fmt.Errorf("access: card: %w", err)
	}
	var c Card
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		return Card{}, fmt.Errorf("access: stored card: %w", err)
	}
	return c, nil
}

// SaveCard stores how a line is opened. The line must be in the register. A
// card that somebody else changed since seen (its UpdatedAt) is refused.
func (d *Desk) SaveCard(ctx context.Context, by By, c Card, seen time.Time) error {
	if by.Vendor != "" {
		return d.refused(ctx, by, "access.card.save", c.LineID, refuse(Outsider))
	}
	if err := c.Check(); err != nil {
		return Fault(err)
	}
	if _, err := d.register.Line(ctx, c.LineID); err != nil {
		return err
	}
	return d.book.Write(ctx, by.Actor, "access.card.save", func(tx *ledger.Tx) error {
		var old string
		err := tx.QueryRowContext(ctx, "SELECT body FROM access_card WHERE line = ?", c.LineID).Scan(&old)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("access: card: %w", err)
		}
		var was Card
		if old != "" {
			if err := json.Unmarshal([]byte(old), &was); err != nil {
				return fmt.Errorf("access: stored card: %w", err)
			}
		}
		if !was.UpdatedAt.Equal(seen) {
			return Fault(refuse(Changed))
		}
		c.UpdatedAt, c.UpdatedBy = tx.Now, tx.Actor.Name
		body, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("access: card: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO access_card(line, facility, body) VALUES(?, ?, ?)
			ON CONFLICT(line) DO UPDATE SET body = excluded.body`, c.LineID, tx.Facility, string(body))
		if err != nil {
			return fmt.Errorf("access: card: %w", err)
		}
		tx.Subject("access/line/" + c.LineID)
		tx.Detail(map[string]any{"was": was, "now": c})
		return nil
	})
}

// Photo is what is known of a line's photograph without its bytes.
type Photo struct {
	AddedAt       time.Time
	AddedBy       string
	Width, Height int
}

// Photo tells of the line's photograph; ok is false when there is none.
func (d *Desk) Photo(ctx context.Context, lineID string) (p Photo, ok bool, err error) {
	var at string
	err = d.read().QueryRowContext(ctx, "SELECT added_at, added_by, width, height FROM access_photo WHERE line = ?", lineID).
		Scan(&at, &p.AddedBy, &p.Width, &p.Height)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	if err == nil {
		p.AddedAt, err = time.Parse(time.RFC3339Nano, at)
	}
	if err != nil {
		return p, false, fmt.Errorf("access: photo: %w", err)
	}
	return p, true, nil
}

// PhotoJPEG gives the photograph itself, a NotFound fault when there is none.
func (d *Desk) PhotoJPEG(ctx context.Context, lineID string) ([]byte, error) {
	var data []byte
	err := d.read().QueryRowContext(ctx, "SELECT jpeg FROM access_photo WHERE line = ?", lineID).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "access.photo.none")
	}
	if err != nil {
		return nil, fmt.Errorf("access: photo: %w", err)
	}
	return data, nil
}

// SavePhoto checks and re-encodes a photograph and puts it in the place of the
// one before. Its name is never used for anything.
func (d *Desk) SavePhoto(ctx context.Context, by By, lineID string, data []byte) error {
	if by.Vendor != "" {
		return d.refused(ctx, by, "access.photo.save", lineID, refuse(Outsider))
	}
	if len(data) > MaxPhoto {
		return fault.New(fault.TooLarge, "access.photo.bytes", MaxPhoto>>20)
	}
	if _, err := d.register.Line(ctx, lineID); err != nil {
		return err
	}
	d.decoding.Lock()
	jpg, w, h, err := Reencode(data)
	d.decoding.Unlock()
	if err != nil {
		var bad photoFault
		if errors.As(err, &bad) {
			return fault.New(fault.Invalid, string(bad)).With(err)
		}
		return err
	}
	return d.book.Write(ctx, by.Actor, "access.photo.save", func(tx *ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO access_photo(line, facility, added_at, added_by, width, height, jpeg)
			VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(line) DO UPDATE SET added_at = excluded.added_at,
			added_by = excluded.added_by, width = excluded.width, height = excluded.height, jpeg = excluded.jpeg`,
			lineID, tx.Facility, tx.Now.Format(time.RFC3339Nano), tx.Actor.Name, w, h, jpg)
		if err != nil {
			return fmt.Errorf("access: photo: %w", err)
		}
		tx.Subject("access/line/" + lineID)
		tx.Detail(map[string]int{"width": w, "height": h, "bytes": len(jpg)})
		return nil
	})
}

// DeletePhoto takes the photograph away, for one that shows a patient or a
// password by mistake.
func (d *Desk) DeletePhoto(ctx context.Context, by By, lineID string) error {
	if by.Vendor != "" {
		return d.refused(ctx, by, "access.photo.delete", lineID, refuse(Outsider))
	}
	return d.book.Write(ctx, by.Actor, "access.photo.delete", func(tx *ledger.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM access_photo WHERE line = ?", lineID); err != nil {
			return fmt.Errorf("access: photo: %w", err)
		}
		tx.Subject("access/line/" + lineID)
		return nil
	})
}
