package access

import (
	"sync"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

// foreignHour is how many lines of tries one person can make in an hour. The
// first tell the story; a script that goes on must not fill the ledger.
const foreignHour = 20

// tries counts what vendors' people tried in the present hour.
type tries struct {
	mu   sync.Mutex
	hour time.Time
	of   map[string]int
}

// loud counts one try and says whether it gets a line.
func (t *tries) loud(who string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if hour := now.Truncate(time.Hour); t.of == nil || !hour.Equal(t.hour) {
		t.hour, t.of = hour, map[string]int{}
	}
	t.of[who]++
	return t.of[who] <= foreignHour
}

// foreign writes down that a vendor's person asked for what is not theirs.
func (d *Desk) foreign(c *web.Call, subject string) error {
	if !d.tries.loud(c.Person.ID, c.Now) {
		return nil
	}
	return d.book.Note(c.Ctx(), ledger.ActorOf(c), "access.foreign", subject,
		map[string]string{"vendor": vendorOf(c.Person), "path": c.R.URL.Path})
}
