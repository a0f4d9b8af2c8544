package audit

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/audit/osaka"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
)

// Declared is what a named person said about a question.
type Declared struct {
	Question   string
	Answer     reading.State // Good, Bad, None; Unknown takes an earlier one back
	Who        string
	On         string // day for which it holds, 2006-01-02
	Note       string
	RecordedAt time.Time
	RecordedBy string
}

// staleAfter is how long a declaration counts as recent.
const staleAfter = 365 * 24 * time.Hour

// Answer is a question with its answer now.
type Answer struct {
	Question osaka.Question
	State    reading.State
	Basis    reading.Basis // Read or Register, Declared, or empty when unknown
	At       time.Time     // newest reading, or when it was declared
	Readings []reading.Reading
	Declared Declared // last declaration, if any
	Stale    bool     // the declaration is older than a year
	Against  bool     // a declaration says good where a reading says bad
}

// Answers answers all questions from the readings and the declarations, in the
// order of the attack. It costs what the readings cost and one query.
func (a *Audit) Answers(ctx context.Context) ([]Answer, error) {
	set := reading.Set{}
	if a.cfg.Readings != nil {
		list, err := a.cfg.Readings(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			set[r.ID] = r
		}
	}
	declared, err := a.declared(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Answer, 0, len(a.questions))
	for _, q := range a.questions {
		out = append(out, answer(q, set, declared[q.ID], a.clock()))
	}
	return out, nil
}

// answer joins readings and declaration: a bad reading wins over everything;
// good needs every reading that has something to look at to be good; where
// nothing was read, the declaration counts.
func answer(q osaka.Question, set reading.Set, d Declared, now time.Time) Answer {
	out := Answer{Question: q, State: reading.Unknown, Declared: d, Stale: !d.RecordedAt.IsZero() && now.Sub(d.RecordedAt) > staleAfter}
	good, bad, unknown, none := 0, 0, 0, 0
	for _, id := range q.Readings {
		r := set.Get(id)
		out.Readings = append(out.Readings, r)
		switch r.State {
		case reading.Good:
			good++
		case reading.Bad:
			bad++
		case reading.None:
			none++
		default:
			unknown++
		}
	}
	switch {
	case bad > 0:
		out.State = reading.Bad
	case unknown == 0 && good > 0:
		out.State = reading.Good
	case unknown == 0 && none > 0:
		out.State = reading.None
	}
	if out.State != reading.Unknown {
		out.Basis, out.At = basis(out.Readings, out.State)
		out.Against = out.State == reading.Bad && d.Answer == reading.Good
		return out
	}
	if d.Answer != "" && d.Answer != reading.Unknown {
		out.State, out.Basis, out.At = d.Answer, reading.Declared, d.RecordedAt
	}
	return out
}

// basis gives the basis of the reading that decided, and the newest time.
func basis(list []reading.Reading, state reading.State) (reading.Basis, time.Time) {
	var b reading.Basis
	var at time.Time
	for _, r := range list {
		if r.State != state {
			continue
		}
		if b == "" || r.Basis == reading.Read {
			b = r.Basis
		}
		if r.At.After(at) {
			at = r.At
		}
	}
	return b, at
}

// wanting reports whether something is to be done: bad, or nobody knows.
func (a Answer) wanting() bool { return a.State == reading.Bad || a.State == reading.Unknown }

// byAction puts what is wanting and costs nothing first, bad before unknown,
// then what is wanting and costs something, then the rest; the order of the
// attack inside.
func byAction(list []Answer) []Answer {
	group := func(a Answer) int {
		switch {
		case a.wanting() && a.Question.Free && a.State == reading.Bad:
			return 0
		case a.wanting() && a.Question.Free:
			return 1
		case a.wanting():
			return 2
		}
		return 3
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(x, y Answer) int { return cmp.Compare(group(x), group(y)) })
	return out
}

// Declare writes down what a person says about a question.
func (a *Audit) Declare(ctx context.Context, actor ledger.Actor, d Declared) error {
	if !slices.ContainsFunc(a.questions, func(q osaka.Question) bool { return q.ID == d.Question }) {
		return fault.New(fault.NotFound, "web.not_found")
	}
	err := a.book.Write(ctx, actor, "audit.osaka.declare", func(tx *ledger.Tx) error {
		tx.Subject("audit/osaka/" + d.Question)
		tx.Detail(map[string]string{"answer": string(d.Answer), "who": d.Who, "on": d.On})
		_, err := tx.ExecContext(ctx, `INSERT INTO audit_declared(id, facility, question, answer, who, done_on, note, recorded_at, recorded_by)
			VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`, tx.NewID(), tx.Facility, d.Question, d.Answer, d.Who, d.On, d.Note, tx.Now.Format(stamp), tx.Actor.Name)
		if err != nil {
			return fmt.Errorf("audit: declared: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	answers, err := a.Answers(ctx)
	if err != nil {
		return err
	}
	return a.observe(ctx, answers)
}

// declared gives the last declaration of each question.
func (a *Audit) declared(ctx context.Context) (map[string]Declared, error) {
	rows, err := a.book.DB().Read().QueryContext(ctx, `SELECT question, answer, who, done_on, note, recorded_at, recorded_by FROM audit_declared ORDER BY recorded_at, id`)
	if err != nil {
		return nil, fmt.Errorf("audit: declared: %w", err)
	}
	defer rows.Close()
	out := map[string]Declared{}
	for rows.Next() {
		var d Declared
		var at string
		if err := rows.Scan(&d.Question, &d.Answer, &d.Who, &d.On, &d.Note, &at, &d.RecordedBy); err != nil {
			return nil, fmt.Errorf("audit: declared: %w", err)
		}
		if d.RecordedAt, err = time.Parse(stamp, at); err != nil {
			return nil, fmt.Errorf("audit: declared: %w", err)
		}
		out[d.Question] = d
	}
	return out, rows.Err()
}

// Snapshot is what a question was answered at a time.
type Snapshot struct {
	Question string
	State    reading.State
	Basis    reading.Basis
	At       time.Time
}

// Observe compares the answers with the last snapshot and writes down those
// that changed. Pages call it; app may call it once a day, so that the history
// does not depend on visits.
func (a *Audit) Observe(ctx context.Context) error {
	answers, err := a.Answers(ctx)
	if err != nil {
		return err
	}
	return a.observe(ctx, answers)
}

func (a *Audit) observe(ctx context.Context, answers []Answer) error {
	last, err := a.snapshot(ctx, time.Time{})
	if err != nil {
		return err
	}
	var changed []Answer
	for _, now := range answers {
		if was, ok := last[now.Question.ID]; !ok || was.State != now.State || was.Basis != now.Basis {
			changed = append(changed, now)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return a.book.Write(ctx, ledger.System("audit"), "audit.osaka.snapshot", func(tx *ledger.Tx) error {
		tx.Subject("audit/osaka")
		tx.Detail(map[string]int{"changed": len(changed)})
		for _, c := range changed {
			_, err := tx.ExecContext(ctx, "INSERT INTO audit_snapshot(id, facility, question, state, basis, at) VALUES(?, ?, ?, ?, ?, ?)",
				tx.NewID(), tx.Facility, c.Question.ID, c.State, c.Basis, tx.Now.Format(stamp))
			if err != nil {
				return fmt.Errorf("audit: snapshot: %w", err)
			}
		}
		return nil
	})
}

// snapshot gives the answers as they were at a time; the zero time means now.
func (a *Audit) snapshot(ctx context.Context, at time.Time) (map[string]Snapshot, error) {
	until := "9999"
	if !at.IsZero() {
		until = at.UTC().Format(stamp)
	}
	rows, err := a.book.DB().Read().QueryContext(ctx, "SELECT question, state, basis, at FROM audit_snapshot WHERE at <= ? ORDER BY at, id", until)
	if err != nil {
		return nil, fmt.Errorf("audit: snapshot: %w", err)
	}
	defer rows.Close()
	out := map[string]Snapshot{}
	for rows.Next() {
		var s Snapshot
		var when string
		if err := rows.Scan(&s.Question, &s.State, &s.Basis, &when); err != nil {
			return nil, fmt.Errorf("audit: snapshot: %w", err)
		}
		if s.At, err = time.Parse(stamp, when); err != nil {
			return nil, fmt.Errorf("audit: snapshot: %w", err)
		}
		out[s.Question] = s
	}
	return out, rows.Err()
}

// firstSnapshot gives the time of the first snapshot, zero when there is none.
func (a *Audit) firstSnapshot(ctx context.Context) (time.Time, error) {
	var at string
	err := a.book.DB().Read().QueryRowContext(ctx, "SELECT at FROM audit_snapshot ORDER BY at LIMIT 1").Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("audit: snapshot: %w", err)
	}
	return time.Parse(stamp, at)
}
