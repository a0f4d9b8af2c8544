package access

import (
	"fmt"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/ledger"
)

// years fills a house with n requests, one per line and hour, all reviewed but
// the last ten, as several years of a large hospital leave them.
func years(b *testing.B, n int) *house {
	b.Helper()
	h := newHouse(b)
	err := h.book.Write(b.Context(), ledger.Actor{ID: "person/clerk"}, "access.bench", func(tx *ledger.Tx) error {
		for i := range n {
			from := at(0, 0).Add(-time.Duration(n-i) * time.Hour)
			r := draft()
			r.ID, r.LineID, r.From, r.Until = tx.NewID(), fmt.Sprintf("line-%d", i%40), from, from.Add(time.Hour)
			r, err := number(b.Context(), tx, r, 2020)
			if err != nil {
				return err
			}
			r.State, r.EnteredBy, r.EnteredAt = Reviewed, clerk, from
			r.Decision, r.Opening = &Decision{Yes: true, By: boss, At: from}, &Opening{By: clerk, At: from}
			r.Closing, r.Reviews = &Closing{By: clerk, At: from.Add(time.Hour)}, []Review{planned()}
			if n-i <= 10 {
				r.State, r.Reviews = Closed, nil
			}
			if err := h.desk.put(b.Context(), tx, &r, note{step: "ask"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return h
}

func BenchmarkDesk_Allowed(b *testing.B) {
	h := years(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if ok, _, err := h.desk.Allowed(b.Context(), "line-39", at(0, 0).Add(-30*time.Minute)); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkPage_List(b *testing.B) {
	h := years(b, 10_000)
	c := h.clerk()
	b.ReportAllocs()
	for b.Loop() {
		if page := c.Get("/access"); page.Status != 200 {
			b.Fatal(page.Status)
		}
	}
}

func BenchmarkReadings(b *testing.B) {
	h := years(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.desk.Readings(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
