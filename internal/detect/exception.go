package detect

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// MaxExcept is the longest time for which findings may be hidden. Whatever is
// still right then is renewed by a person who looked again.
const MaxExcept = 90 * 24 * time.Hour

// Exception hides the findings of one rule in a scope until a time. Empty parts
// of the scope mean any.
type Exception struct {
	ID       string    `json:"id"`
	Rule     string    `json:"rule"` // Rule.Ref
	Title    string    `json:"title"`
	Host     Named     `json:"host,omitzero"`
	Account  string    `json:"account,omitempty"`
	Source   Named     `json:"source,omitzero"`
	Reason   string    `json:"reason"`
	Alert    string    `json:"alert"` // from which it was made
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
	Ended    Deed      `json:"ended,omitzero"` // before its time, or looked at after it
	Renewed  []Deed    `json:"renewed,omitempty"`
	Hidden   int64     `json:"-"`
	HiddenAt time.Time `json:"-"`
}

// Active reports whether it hides at that time.
func (x *Exception) Active(now time.Time) bool { return !x.Ended.Done() && now.Before(x.Until) }

// Overdue reports whether its time is over and nobody has looked at it since.
func (x *Exception) Overdue(now time.Time) bool { return !x.Ended.Done() && !now.Before(x.Until) }

// excepted gives the exception that hides the finding, or nil. What an upload
// or a second look at stored days finds is hidden as well: the scope is the same.
func (d *Desk) excepted(s *sighting) *Exception {
	if len(d.live.except) == 0 {
		return nil
	}
	now := d.cfg.Clock()
	for _, x := range d.live.except {
		if x.Rule == s.rule.Ref && (x.Host.Key == "" || x.Host.Key == s.host.Key) && (x.Account == "" || x.Account == s.account) &&
			(x.Source.Key == "" || x.Source.Key == s.source.Key) && x.Active(now) {
			return x
		}
	}
	return nil
}

// maxExceptions bounds those in force: each finding is compared with them.
const maxExceptions = 500

// Except writes an exception. The fault is Invalid when the scope is no scope
// at all, the reason is missing or the time is too long.
func (d *Desk) Except(ctx context.Context, actor ledger.Actor, x Exception) (string, error) {
	now := d.cfg.Clock().UTC()
	x.Reason = strings.TrimSpace(x.Reason)
	switch {
	case d.Rule(x.Rule) == nil:
		return "", fault.New(fault.NotFound, "detect.rule.none")
	case x.Host.Key == "" && x.Account == "" && x.Source.Key == "":
		return "", fault.New(fault.Invalid, "detect.except.scope")
	case x.Reason == "":
		return "", fault.New(fault.Invalid, "detect.except.reason")
	case !x.Until.After(now) || x.Until.Sub(now) > MaxExcept:
		return "", fault.New(fault.Invalid, "detect.except.time", int(MaxExcept.Hours()/24))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.settled(ctx); err != nil {
		return "", err
	}
	if len(d.live.except) >= maxExceptions {
		return "", fault.New(fault.Conflict, "detect.except.many", maxExceptions)
	}
	x.By, x.At, x.Until = actor.Name, now, x.Until.UTC()
	err := d.act(ctx, actor, "detect.except", func(tx *ledger.Tx) error {
		x.ID = tx.NewID()
		tx.Subject("detect/exception/" + x.ID)
		tx.Detail(map[string]any{"rule": x.Rule, "host": x.Host.Name, "account": x.Account, "source": x.Source.Name, "until": x.Until, "reason": x.Reason, "alert": x.Alert})
		return putException(ctx, tx, &x)
	})
	if err != nil {
		return "", err
	}
	d.live.except = append(d.live.except, &x)
	return x.ID, nil
}

// EndException ends an exception, or notes that one whose time is over was
// looked at.
func (d *Desk) EndException(ctx context.Context, actor ledger.Actor, id, note string) error {
	return d.changeException(ctx, actor, "detect.except.end", id, func(x *Exception, now time.Time) error {
		x.Ended = Deed{By: actor.Name, At: now, Note: note}
		return nil
	})
}

// RenewException lets an exception hide on, with the reason why that is still
// right.
func (d *Desk) RenewException(ctx context.Context, actor ledger.Actor, id, reason string, until time.Time) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.New(fault.Invalid, "detect.except.reason")
	}
	return d.changeException(ctx, actor, "detect.except.renew", id, func(x *Exception, now time.Time) error {
		if !until.After(now) || until.Sub(now) > MaxExcept {
			return fault.New(fault.Invalid, "detect.except.time", int(MaxExcept.Hours()/24))
		}
		x.Until = until.UTC()
		x.Renewed = append(x.Renewed, Deed{By: actor.Name, At: now, Note: reason})
		return nil
	})
}

func (d *Desk) changeException(ctx context.Context, actor ledger.Actor, action, id string, change func(*Exception, time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.settled(ctx); err != nil {
		return err
	}
	x, err := d.Exception(ctx, id)
	if err != nil {
		return err
	}
	if x.Ended.Done() {
		return fault.New(fault.Conflict, "detect.except.ended")
	}
	if err := change(x, d.cfg.Clock().UTC()); err != nil {
		return err
	}
	err = d.act(ctx, actor, action, func(tx *ledger.Tx) error {
		tx.Subject("detect/exception/" + id)
		tx.Detail(map[string]any{"rule": x.Rule, "until": x.Until, "hidden": x.Hidden})
		return putException(ctx, tx, x)
	})
	if err != nil {
		return err
	}
	d.live.except = slices.DeleteFunc(d.live.except, func(o *Exception) bool { return o.ID == id })
	if !x.Ended.Done() {
		d.live.except = append(d.live.except, x)
	}
	return nil
}

func putException(ctx context.Context, tx *ledger.Tx, x *Exception) error {
	body, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("detect: exception: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO detect_exception(id, facility, rule, host, account, source, until_at, ended_at, hidden, hidden_at, body)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, '', ?) ON CONFLICT(id) DO UPDATE SET until_at = excluded.until_at, ended_at = excluded.ended_at, body = excluded.body`,
		x.ID, tx.Facility, x.Rule, x.Host.Key, x.Account, x.Source.Key, stamp.Text(x.Until), stamp.Text(x.Ended.At), string(body))
	if err != nil {
		return fmt.Errorf("detect: exception: %w", err)
	}
	return nil
}

// Exceptions gives exceptions, the next to run out first: those in force or
// overdue, or with ended also the others, at most 500.
func (d *Desk) Exceptions(ctx context.Context, ended bool) ([]*Exception, error) {
	return d.exceptions(ctx, "WHERE ended_at = '' OR ? ORDER BY ended_at <> '', until_at, id LIMIT 500", ended)
}

func (d *Desk) activeExceptions(ctx context.Context) ([]*Exception, error) {
	return d.exceptions(ctx, "WHERE ended_at = '' ORDER BY until_at, id")
}

func (d *Desk) exceptions(ctx context.Context, where string, args ...any) ([]*Exception, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT body, hidden, hidden_at FROM detect_exception "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("detect: exceptions: %w", err)
	}
	defer rows.Close()
	var out []*Exception
	for rows.Next() {
		x := &Exception{}
		var body, at string
		if err := rows.Scan(&body, &x.Hidden, &at); err != nil {
			return nil, fmt.Errorf("detect: exceptions: %w", err)
		}
		if err := json.Unmarshal([]byte(body), x); err != nil {
			return nil, fmt.Errorf("detect: stored exception: %w", err)
		}
		if x.HiddenAt, err = stamp.Parse(at); err != nil {
			return nil, fmt.Errorf("detect: exceptions: %w", err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// Exception gives one exception. The error is a NotFound fault when there is
// none.
func (d *Desk) Exception(ctx context.Context, id string) (*Exception, error) {
	list, err := d.exceptions(ctx, "WHERE id = ?", id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.New(fault.NotFound, "detect.except.none")
	}
	return list[0], nil
}

// wouldHide counts what the scope would have hidden since a time: findings, and
// alerts that would not have been. Where an alert names several accounts or
// sources, all of its findings are counted.
func (d *Desk) wouldHide(ctx context.Context, x Exception, since time.Time) (findings int64, alerts int, err error) {
	rows, err := d.read().QueryContext(ctx, `SELECT h.count, a.body FROM detect_hit h JOIN detect_alert a ON a.id = h.alert
		WHERE h.rule = ? AND a.last_at > ? AND (? = '' OR a.host = ?)`, x.Rule, stamp.Text(since), x.Host.Key, x.Host.Key)
	if err != nil {
		return 0, 0, fmt.Errorf("detect: scope: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var body string
		if err := rows.Scan(&n, &body); err != nil {
			return 0, 0, fmt.Errorf("detect: scope: %w", err)
		}
		var a Alert
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			return 0, 0, fmt.Errorf("detect: stored alert: %w", err)
		}
		hasSource := slices.ContainsFunc(a.Sources, func(s Named) bool { return s.Key == x.Source.Key })
		if (x.Account == "" || slices.Contains(a.Accounts, x.Account)) && (x.Source.Key == "" || hasSource) {
			findings, alerts = findings+n, alerts+1
		}
	}
	return findings, alerts, rows.Err()
}
