package app

import (
	"context"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

// refusals writes what the shell did not allow into the ledger, without
// letting anybody fill the disk by being refused: for each person or address
// and each kind of refusal the first lineEach of an hour are written, then
// each hundredth, and in all no more than linesHour.
type refusals struct {
	book  *ledger.Book
	clock func() time.Time
	warn  func(msg string, args ...any)

	mu    sync.Mutex
	hour  time.Time
	count map[string]int
	lines int
}

const (
	lineEach  = 5
	linesHour = 500
	// noteTime is how long a line may wait for the database.
	noteTime = 10 * time.Second
)

// take is web.Config.Refused.
func (r *refusals) take(x web.Refusal) {
	actor := ledger.Actor{ID: "nobody", Name: "-", Via: x.From}
	key := string(x.What) + " " + x.From
	if x.Person.ID != "" {
		actor = ledger.Actor{ID: x.Person.ID, Name: x.Person.Name, Login: x.Person.Login, Via: x.From}
		key = string(x.What) + " " + x.Person.ID
	}
	n, ok := r.loud(key)
	if !ok {
		return
	}
	detail := map[string]any{"method": x.Method, "path": x.Path}
	if x.File != "" {
		detail["file"] = x.File
	}
	if x.Reason != "" {
		detail["reason"] = x.Reason
	}
	if n > lineEach {
		detail["this_hour"] = n
	}
	ctx, cancel := context.WithTimeout(context.Background(), noteTime) // the browser may have gone; the line is due all the same
	defer cancel()
	if err := r.book.Note(ctx, actor, "web.refused."+string(x.What), "", detail); err != nil {
		r.warn("refusal not written", "err", err)
	}
}

// loud counts one refusal of the key and says whether it gets a line.
func (r *refusals) loud(key string) (n int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if hour := r.clock().Truncate(time.Hour); !hour.Equal(r.hour) {
		r.hour, r.count, r.lines = hour, map[string]int{}, 0
	}
	if r.lines >= linesHour {
		return 0, false
	}
	r.count[key]++
	n = r.count[key]
	ok = n <= lineEach || n%100 == 0
	if ok {
		r.lines++
	}
	return n, ok
}
