package detect_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/access"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

// TestTake_SeesAnApprovalOfAMomentAgo approves a window and lets the vendor in
// before the clock has moved on: the register of the batch before is not good
// enough.
func TestTake_SeesAnApprovalOfAMomentAgo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(avOff("PC-1")) // the register is read here
	before := len(h.alerts())
	now := h.clock.Now()
	h.reg.allow(access.Request{ID: "r1", VendorID: "v1", LineID: "l1", State: access.Approved, From: now, Until: now.Add(time.Hour), Decision: &access.Decision{Yes: true, At: now}})
	if err := h.book.Note(t.Context(), ledgertest.Actor(), "access.request.approve", "x", nil); err != nil {
		t.Fatal(err)
	}
	h.seq++
	if err := h.Take(t.Context(), 1, h.seq, h.stamp(h.seq, rdp("KYUSHOKU-0001", "hosyu", "192.0.2.7"))); err != nil {
		t.Fatal(err)
	}
	if err := h.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got := h.alerts(); len(got) != before {
		t.Errorf("an approved visit is an alert: %v", got)
	}
}

// TestTake_ManyActsAtOnce lets people act, signals come and batches be taken at
// the same time. Each visit comes after its approval was over; none may be found,
// and one without an approval must be.
func TestTake_ManyActsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	stop := make(chan struct{})
	var others sync.WaitGroup
	for range 3 {
		others.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := h.book.Note(ctx, ledgertest.Actor(), "test.act", fmt.Sprint(i), nil); err != nil {
					t.Error(err)
					return
				}
				if err := h.Signal(ctx, watch.Signal{Kind: watch.SourceLost, At: h.clock.Now()}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 60 {
		h.clock.Add(10 * time.Millisecond)
		now := h.clock.Now()
		id := fmt.Sprint("r", i)
		h.reg.allow(access.Request{ID: id, VendorID: "v1", LineID: "l1", State: access.Approved, From: now, Until: now.Add(5 * time.Millisecond), Decision: &access.Decision{Yes: true, At: now}})
		if err := h.book.Note(ctx, ledgertest.Actor(), "access.request.approve", id, nil); err != nil {
			t.Fatal(err)
		}
		h.seq++
		if err := h.Take(ctx, 1, h.seq, h.stamp(h.seq, rdp("KYUSHOKU-0001", "hosyu", "192.0.2.7"))); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	others.Wait()
	found := func() (n int) {
		if err := h.Flush(context.WithoutCancel(ctx), true); err != nil {
			t.Fatal(err)
		}
		err := h.book.DB().Read().QueryRowContext(ctx, "SELECT count(*) FROM detect_alert WHERE body LIKE '%outside.no-window%'").Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := found(); n != 0 {
		t.Errorf("%d approved visits are alerts", n)
	}
	h.clock.Add(time.Second)
	h.take(rdp("KYUSHOKU-0001", "hosyu", "192.0.2.7"))
	if n := found(); n != 1 {
		t.Errorf("%d alerts of a visit without a window", n)
	}
}
