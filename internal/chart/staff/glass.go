package staff

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

// Glass is one use of break-glass.
type Glass struct {
	ID        string
	Person    string // account, or empty: not on the list
	Name      string
	Employer  string
	Reason    string
	Voucher   string // account that vouched with its PIN, or empty
	From      string
	StartedAt time.Time
	Until     time.Time
	EndedAt   time.Time // zero while it was not ended before Until
	AckAt     time.Time // zero until somebody has reviewed it
	AckBy     string
	AckText   string
	pin       string // for the lock screen; empty: that of the account
}

// Ref names the session's holder in the ledger.
func (g Glass) Ref() string { return "glass/" + g.ID }

// Running reports whether it can still be used.
func (g Glass) Running(now time.Time) bool { return g.EndedAt.IsZero() && now.Before(g.Until) }

// Break is what somebody says who comes by break-glass.
type Break struct {
	Account    string // ID of the account that is signed in, or empty
	Name       string
	Employer   string
	Reason     string
	PIN        string // for the lock screen; empty where Account has one
	Voucher    string // staff number of who vouches, or empty
	VoucherPIN string
}

// BreakGlass opens a session with the rights of care for Settings.Glass hours.
// The line of the ledger comes first; when it cannot be written the session
// opens all the same, and the line follows.
func (d *Desk) BreakGlass(ctx context.Context, b Break, v visitor) (token string, err error) {
	settings := d.Settings()
	g := Glass{ID: ledger.NewID(), Person: b.Account, Name: strings.TrimSpace(b.Name), Employer: strings.TrimSpace(b.Employer),
		Reason: strings.TrimSpace(b.Reason), From: v.from, StartedAt: d.now()}
	g.Until = g.StartedAt.Add(time.Duration(settings.Glass) * time.Hour)
	who, known := d.byID(b.Account)
	if known {
		g.Name = who.Name
	} else if g.Person = ""; settings.OnlyVouch == 1 && b.Voucher == "" {
		return "", fault.New(fault.Invalid, "staff.glass.vouch")
	}
	if g.Name == "" || g.Reason == "" {
		return "", fault.New(fault.Invalid, "staff.glass.fields")
	}
	if g.Voucher, err = d.vouched(ctx, b, v.from); err != nil {
		return "", err
	}
	key := "glass " + source(v.from)
	if wait := d.guard.waiting(key, perGlass(), d.now()); wait > 0 {
		return "", fault.New(fault.Busy, "staff.signin.wait", int(wait.Seconds())+1)
	}
	d.guard.try(key, perGlass(), d.now())
	if who.pin == "" {
		if bad := pinFault(digits(b.PIN), ""); !bad.Zero() {
			return "", fault.New(fault.Invalid, bad.Key, bad.Args...)
		}
		if g.pin, err = d.hash.Hash(ctx, digits(b.PIN)); err != nil {
			return "", fault.New(fault.Busy, "staff.busy").With(err)
		}
	}
	voucher, _ := d.byID(g.Voucher)
	d.note(ctx, ledger.Actor{ID: g.Ref(), Name: g.Name, Via: v.from}, "staff.glass.break", g.Ref(), map[string]any{
		"name": g.Name, "employer": g.Employer, "reason": g.Reason, "number": who.Number, "voucher": voucher.Number, "voucher_name": voucher.Name, "until": g.Until})
	d.mu.Lock()
	d.glasses[g.ID], d.unsaved[g.ID] = g, true
	d.mu.Unlock()
	d.Settle(ctx)
	d.cfg.Log.Warn("break-glass session opened", "vouched", g.Voucher != "", "from", v.from)
	return d.start(ctx, session{person: g.Person, glass: g.ID, from: v.from}, v.old), nil
}

// vouched checks who vouches: with a number and a PIN, or nobody.
func (d *Desk) vouched(ctx context.Context, b Break, from string) (string, error) {
	if b.Voucher == "" {
		return "", nil
	}
	p, ok := d.byNumber(b.Voucher)
	a := attempt{number: foldNumber(b.Voucher), from: from, pin: b.VoucherPIN, actor: nobody(from), action: "staff.vouch.failed"}
	if ok && p.State == Active && p.ID != b.Account {
		a.number, a.stored, a.actor = p.Number, p.pin, p.actor(from)
	}
	if err := d.verify(ctx, a); err != nil {
		if fault.Of(err).Msg.Key == wrong {
			return "", fault.New(fault.Invalid, "staff.glass.voucher")
		}
		return "", err
	}
	return p.ID, nil
}

// Settle writes break-glass sessions that the database could not take when they
// began or ended. It is called again when the ledger works again.
func (d *Desk) Settle(ctx context.Context) {
	d.mu.RLock()
	var todo []Glass
	for id := range d.unsaved {
		todo = append(todo, d.glasses[id])
	}
	d.mu.RUnlock()
	if len(todo) == 0 {
		return
	}
	ok := d.save(ctx, "break-glass sessions", func(ctx context.Context, tx *ledger.Tx) error {
		for _, g := range todo {
			_, err := tx.ExecContext(ctx, `INSERT INTO staff_glass(id, facility, person, name, employer, reason, voucher, pin, from_addr, started_at, until, ended_at)
				VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET ended_at = excluded.ended_at`,
				g.ID, tx.Facility, g.Person, g.Name, g.Employer, g.Reason, g.Voucher, g.pin, g.From, sqlite.MS(g.StartedAt), sqlite.MS(g.Until), sqlite.MS(g.EndedAt))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if !ok {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range todo {
		if d.glasses[g.ID].EndedAt.Equal(g.EndedAt) {
			delete(d.unsaved, g.ID)
		}
	}
}

// endGlass ends a break-glass session.
func (d *Desk) endGlass(ctx context.Context, id string) bool {
	d.mu.Lock()
	g, ok := d.glasses[id]
	ok = ok && g.Running(d.now())
	if ok {
		g.EndedAt = d.now()
		d.glasses[id], d.unsaved[id] = g, true
		for hash, s := range d.sessions {
			if s.glass == id {
				delete(d.sessions, hash)
			}
		}
	}
	d.mu.Unlock()
	d.Settle(ctx)
	return ok
}

// EndGlass ends somebody's break-glass session before its time.
func (d *Desk) EndGlass(ctx context.Context, actor ledger.Actor, id string) error {
	if err := refuseGlass(actor); err != nil {
		return err
	}
	d.note(ctx, actor, "staff.glass.end", "glass/"+id, nil)
	if !d.endGlass(ctx, id) {
		return fault.New(fault.Conflict, "staff.glass.over")
	}
	return nil
}

// Review closes a use of break-glass with the words of who looked into it.
func (d *Desk) Review(ctx context.Context, actor ledger.Actor, id, words string) error {
	if err := refuseGlass(actor); err != nil {
		return err
	}
	if words = strings.TrimSpace(words); words == "" {
		return fault.New(fault.Invalid, "staff.glass.words")
	}
	d.mu.RLock()
	own := d.glasses[id].Person != "" && "staff/"+d.glasses[id].Person == actor.ID
	d.mu.RUnlock()
	if own {
		return fault.New(fault.Denied, "staff.glass.own")
	}
	d.Settle(ctx)
	now := d.now()
	err := d.book.Write(ctx, actor, "staff.glass.review", func(tx *ledger.Tx) error {
		tx.Subject("glass/" + id)
		tx.Detail(map[string]any{"words": words})
		res, err := tx.ExecContext(ctx, "UPDATE staff_glass SET ack_at = ?, ack_by = ?, ack_text = ? WHERE id = ? AND ack_at = 0", sqlite.MS(now), actor.Name, words, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.Conflict, "staff.glass.reviewed")
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if g, ok := d.glasses[id]; ok {
		g.AckAt, g.AckBy, g.AckText = now, actor.Name, words
		d.glasses[id] = g
	}
	return nil
}

// loadGlasses reads the uses of break-glass: those that nobody reviewed and
// the newest of the others.
func (d *Desk) loadGlasses(ctx context.Context) error {
	rows, err := d.book.DB().Read().QueryContext(ctx, `SELECT id, person, name, employer, reason, voucher, pin, from_addr, started_at, until, ended_at, ack_at, ack_by, ack_text
		FROM staff_glass ORDER BY ack_at = 0 DESC, started_at DESC LIMIT 2000`)
	if err != nil {
		return err
	}
	defer rows.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	for rows.Next() {
		var g Glass
		var started, until, ended, ack int64
		if err := rows.Scan(&g.ID, &g.Person, &g.Name, &g.Employer, &g.Reason, &g.Voucher, &g.pin, &g.From, &started, &until, &ended, &ack, &g.AckBy, &g.AckText); err != nil {
			return err
		}
		g.StartedAt, g.Until, g.EndedAt, g.AckAt = sqlite.FromMS(started), sqlite.FromMS(until), sqlite.FromMS(ended), sqlite.FromMS(ack)
		d.glasses[g.ID] = g
	}
	return rows.Err()
}

// Glasses lists the uses of break-glass: those to be reviewed first, the
// newest first.
func (d *Desk) Glasses() []Glass {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var all []Glass
	for _, g := range d.glasses {
		all = append(all, g)
	}
	open := func(g Glass) int {
		if g.AckAt.IsZero() {
			return 0
		}
		return 1
	}
	slices.SortFunc(all, func(a, b Glass) int {
		return cmp.Or(open(a)-open(b), b.StartedAt.Compare(a.StartedAt), strings.Compare(a.ID, b.ID))
	})
	return all
}

// Glass gives one use of break-glass.
func (d *Desk) Glass(id string) (Glass, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	g, ok := d.glasses[id]
	return g, ok
}
