package paper

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

// pulled is a copy whose medium is away.
type pulled struct{}

func (pulled) Read(context.Context, string, source.Want) (*model.Chart, error) {
	return nil, fs.ErrNotExist
}

// While the database takes nothing, every place gets its paper once an hour and
// not one place again and again.
func TestAhead_DatabaseThatTakesNothing(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	second := t.TempDir()
	s.save(t, nil)
	s.save(t, func(p *Place) { p.Name, p.Folder = "救急外来", second })
	err := s.book.Write(t.Context(), ledgertest.Actor(), "test", func(tx *ledger.Tx) error {
		_, err := tx.ExecContext(t.Context(), "CREATE TRIGGER full BEFORE INSERT ON paper_round BEGIN SELECT RAISE(ABORT, 'disk full'); END")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		err = s.Due(t.Context())
		s.clock.Add(30 * time.Second)
	}
	for _, folder := range []string{s.folder, second} {
		if rounds, _ := filepath.Glob(filepath.Join(folder, "2026*")); len(rounds) != 1 {
			t.Errorf("%d rounds: %v", len(rounds), err)
		}
	}
	s.clock.Add(24 * time.Hour)
	if err := s.Due(t.Context()); err == nil {
		t.Error("nobody is told")
	}
	if rounds, _ := filepath.Glob(filepath.Join(second, "2026*")); len(rounds) != 2 {
		t.Errorf("%d rounds a day later", len(rounds))
	}
}

// A copy that is away does not push the last good sheets out of the folder.
func TestAhead_NothingReadKeepsWhatWasMade(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	id := s.save(t, func(p *Place) { p.Keep = 1 })
	s.make(t, id)
	good, _ := filepath.Glob(filepath.Join(s.folder, "2026*"))
	s.Desk.cfg.Data.Reader = pulled{}
	for range 3 {
		s.clock.Add(time.Hour)
		if r := s.make(t, id); r.Good || r.Fault != "paper.ahead.unread" {
			t.Errorf("%+v", r)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(s.folder, "*")); len(left) != 3 || left[0] != good[0] {
		t.Errorf("the folder holds %v, it held %v", left, good)
	}
}

// Rounds of a clock that was ahead do not keep today's sheets out, and a clock
// that was set back makes nothing again and again.
func TestAhead_ClockWasAhead(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	s.save(t, func(p *Place) { p.Keep = 2 })
	s.clock.Add(4 * 365 * 24 * time.Hour)
	for range 2 {
		if err := s.Due(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.clock.Add(time.Hour)
	}
	s.clock.Add(-4*365*24*time.Hour - 2*time.Hour)
	for range 4 {
		if err := s.Due(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.clock.Add(30 * time.Second)
	}
	rounds, _ := filepath.Glob(filepath.Join(s.folder, "20*"))
	if len(rounds) != 2 || !strings.HasPrefix(filepath.Base(rounds[0]), "20261102-0900") {
		t.Fatalf("the folder holds %v", rounds)
	}
	index, err := os.ReadFile(filepath.Join(s.folder, "index.html"))
	if err != nil || !strings.Contains(string(index), "【最新】 作成 2026/11/02 09:00") {
		t.Errorf("%s %v", index, err)
	}
}

// A place whose folder or copy was away gets its paper when it is back, not an
// hour later, and the failures between fill neither the record nor the ledger.
func TestAhead_WhatWasAwayIsTriedAgainSoon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ pull, back func(s *station) }{
		"folder": {
			func(s *station) { _ = os.Rename(s.folder, s.folder+"-away") },
			func(s *station) { _ = os.Rename(s.folder+"-away", s.folder) },
		},
		"copy": {
			func(s *station) { s.Desk.cfg.Data.Reader = pulled{} },
			func(s *station) { s.Desk.cfg.Data.Reader = s.store },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStation(t)
			id := s.save(t, nil)
			c.pull(s)
			for range 10 {
				_ = s.Due(t.Context()) // what became of it stands in the record
				s.clock.Add(30 * time.Second)
			}
			p, err := s.Place(t.Context(), id)
			if err != nil || p.Last == nil || p.Last.Good || len(s.alarms) != 1 {
				t.Fatalf("%+v %v %v", p.Last, err, s.alarms)
			}
			n := 0
			if err := s.book.DB().Read().QueryRowContext(t.Context(), "SELECT count(*) FROM paper_round").Scan(&n); err != nil || n != 1 {
				t.Errorf("%d rounds are recorded for one failure, %v", n, err)
			}
			if len(s.seen.lines) != 0 {
				t.Errorf("%d prints are recorded and nothing was printed", len(s.seen.lines))
			}
			c.back(s)
			s.clock.Add(time.Minute)
			if err := s.Due(t.Context()); err != nil {
				t.Fatal(err)
			}
			if p, err = s.Place(t.Context(), id); err != nil || p.Last == nil || !p.Last.Good {
				t.Errorf("five minutes after it was back: %+v %v", p.Last, err)
			}
			s.clock.Add(2 * time.Minute) // from here on at its time
			if err := s.Due(t.Context()); err != nil {
				t.Fatal(err)
			}
			if rounds, _ := filepath.Glob(filepath.Join(s.folder, "2026*")); len(rounds) != 1 {
				t.Errorf("%d rounds", len(rounds))
			}
		})
	}
}
