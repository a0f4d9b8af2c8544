package identity

import (
	"context"
	"net/netip"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

func accountKey(login string) string { return "account " + credential.HashToken(foldLogin(login)) }

// sourceKey is the address for counting. One computer has a whole /64 of
// version 6 addresses and may take another for each attempt.
func sourceKey(from string) string {
	if ip, err := netip.ParseAddr(from); err == nil && ip.Is6() && !ip.Is4In6() {
		if net, err := ip.WithZone("").Prefix(64); err == nil {
			from = net.String()
		}
	}
	return "source " + from
}

// visitor is a browser that is not signed in yet.
type visitor struct {
	from  string // address
	agent string
	old   string // the session token it came with
}

// checkLocks refuses an attempt while account or address is locked. An unknown
// login is locked like a known one, and the sentence is the same for both.
func (d *People) checkLocks(now time.Time, keys ...string) error {
	var until time.Time
	for _, key := range keys {
		if t := d.guard.locked(key, now); t.After(until) {
			until = t
		}
	}
	if until.IsZero() {
		return nil
	}
	return fault.New(fault.Busy, "identity.signin.locked", until)
}

// attemptTime bounds one attempt, waiting for a slot included.
const attemptTime = 30 * time.Second

// steadfast goes on when the browser goes away: who hangs up before the answer
// must not escape the ledger line of a failure.
func steadfast(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), attemptTime)
}

// begin is the first page: login and password. Right or wrong, known or not,
// it goes the same way, computes one hash, writes the same number of ledger
// lines and leads to the second page; only the end tells.
func (d *People) begin(ctx context.Context, login, password, next string, v visitor) (step string, err error) {
	ctx, cancel := steadfast(ctx)
	defer cancel()
	now, account, source := d.now(), accountKey(login), sourceKey(v.from)
	if err := d.checkLocks(now, account, source); err != nil {
		return "", err
	}
	policy := d.Policy()
	total, locks, until := d.guard.attempt(account, policy.account(), now)
	_, _, sourceUntil := d.guard.attempt(source, policy.source(), now)
	p, err := personBy(ctx, d.read(), "login", foldLogin(login))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", err
	}
	stored := p.password
	if p.State != Active || !p.Second {
		stored = ""
	}
	right, stale, err := d.hash.Verify(ctx, stored, password)
	if err != nil {
		return "", err
	}
	if loud(total) {
		action := or(right, "identity.signin.begun", "identity.signin.failed")
		if err := d.note(ctx, v, action, p, map[string]any{"attempt": total}); err != nil {
			return "", err
		}
	}
	if !until.IsZero() {
		if err := d.lockAccount(ctx, v, p, locks, until); err != nil {
			return "", err
		}
	}
	if !sourceUntil.IsZero() {
		detail := map[string]any{"until": sourceUntil}
		if err := d.book.Note(ctx, nobody(v.from), "identity.lockout.source", "", detail); err != nil {
			return "", err
		}
	}
	wait := pending{person: p.ID, right: right, login: foldLogin(login), next: next}
	if right && stale {
		wait.password = password
	}
	token, hash := credential.NewToken()
	return token, d.pending.put(hash, wait, now, stepLife)
}

// note writes a line about an attempt. What was typed as the login is not
// written when nobody has it: people type passwords there.
func (d *People) note(ctx context.Context, v visitor, action string, p person, detail map[string]any) error {
	subject := ""
	if p.ID != "" {
		subject = p.Ref()
		detail["login"] = p.Login
	} else {
		detail["known"] = false
	}
	return d.book.Note(ctx, nobody(v.from), action, subject, detail)
}

// lockAccount stores a lock, so that a restart does not lift it.
func (d *People) lockAccount(ctx context.Context, v visitor, p person, locks int, until time.Time) error {
	return d.book.Write(ctx, nobody(v.from), "identity.lockout", func(tx *ledger.Tx) error {
		detail := map[string]any{"until": until, "locks": locks, "known": p.ID != ""}
		if p.ID != "" {
			tx.Subject(p.Ref())
			detail["login"] = p.Login
		}
		tx.Detail(detail)
		_, err := tx.ExecContext(ctx, "UPDATE identity_person SET locks = ?, locked_until = ? WHERE id = ?", locks, sqlite.MS(until), p.ID)
		return err
	})
}

// finish is the second page: a code of the second factor or from the paper. It
// gives the token of a new session. The one fault for any wrong half is
// "identity.signin.wrong".
func (d *People) finish(ctx context.Context, step, code string, v visitor) (token, next string, err error) {
	ctx, cancel := steadfast(ctx)
	defer cancel()
	now := d.now()
	wait, last, ok := d.pending.try(credential.HashToken(step), now)
	if !ok {
		return "", "", fault.New(fault.Invalid, "identity.signin.late")
	}
	p, err := personBy(ctx, d.read(), "id", wait.person)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", "", err
	}
	sealed := p.seed
	if len(sealed) == 0 {
		sealed = d.decoy
	}
	seed, err := d.cfg.Seal.Open(sealed)
	if err != nil {
		return "", "", err
	}
	stepNo, verdict := credential.CheckCode(string(seed), code, now, p.step)
	paper := !credential.LooksLikeCode(code)
	if wait.right && p.State == Active && p.Second && (paper || verdict == credential.Accepted) {
		token, err = d.enter(ctx, p, wait, entry{code: code, paper: paper, step: stepNo, visitor: v})
		if err == nil {
			d.pending.drop(credential.HashToken(step))
			d.guard.clear(accountKey(p.Login))
			d.guard.forgive(sourceKey(v.from))
			return token, wait.next, nil
		}
		if fault.Of(err).Msg.Key != wrong {
			return "", "", err
		}
	}
	n := d.guard.failed(accountKey(wait.login), now)
	if loud(n) {
		half := or(wait.right, "second factor", "password")
		if err := d.note(ctx, v, "identity.signin.failed", p, map[string]any{"half": half, "wrong": n}); err != nil {
			return "", "", err
		}
	}
	if last {
		return "", "", fault.New(fault.Invalid, "identity.signin.again")
	}
	return "", "", fault.New(fault.Invalid, wrong)
}

// wrong is the fault of a sign-in of which some half is wrong.
const wrong = "identity.signin.wrong"

// entry is how somebody proved the second factor.
type entry struct {
	code  string
	paper bool
	step  int64
	visitor
}

// enter writes the sign-in: the code is used up and the session starts in one
// transaction, so that two requests with the same code cannot both pass.
func (d *People) enter(ctx context.Context, p person, wait pending, e entry) (token string, err error) {
	raised := ""
	if wait.password != "" {
		if raised, err = d.hash.Hash(ctx, wait.password); err != nil {
			return "", err
		}
	}
	err = d.book.Write(ctx, p.actor(e.from), "identity.signin", func(tx *ledger.Tx) error {
		tx.Subject(p.Ref())
		tx.Detail(map[string]any{"second": or(e.paper, "recovery code", "totp"), "rehashed": raised != ""})
		if err := useCode(ctx, tx, p.ID, e); err != nil {
			return err
		}
		err := exec1(ctx, tx, `UPDATE identity_person SET signin_at = ?, locks = 0, locked_until = 0,
			password = CASE WHEN ? <> '' THEN ? ELSE password END WHERE id = ? AND state = 'active'`, sqlite.MS(tx.Now), raised, raised, p.ID)
		if err != nil {
			return err
		}
		token, err = d.newSession(ctx, tx, sessionStart{person: p.ID, from: e.from, agent: e.agent, old: e.old})
		return err
	})
	return token, err
}

// useCode uses up a code: the step only moves forward, a paper code is marked.
func useCode(ctx context.Context, tx *ledger.Tx, id string, e entry) error {
	var ok bool
	var err error
	if e.paper {
		ok, err = one(tx.ExecContext(ctx, "UPDATE identity_recovery SET used_at = ? WHERE hash = ? AND person = ? AND used_at = 0",
			sqlite.MS(tx.Now), recoveryHash(id, e.code), id))
	} else {
		ok, err = one(tx.ExecContext(ctx, "UPDATE identity_person SET step = ? WHERE id = ? AND step < ?", e.step, id, e.step))
	}
	if err == nil && !ok {
		return fault.New(fault.Invalid, wrong)
	}
	return err
}
