package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/fault"
)

// Topic is something that open pages may be told of, and the right that a
// reader needs to be told. A page hears that something changed, never what: it
// asks for itself again, with the reader's rights.
type Topic struct {
	Name string
	Perm Perm
}

// LivePart is what {{template "live" .}} takes: the element For of the page is
// kept fresh by Topic. Put it outside that element.
type LivePart struct{ Topic, For string }

// Live tells open pages that a topic changed (<t-live> in the page). Telling
// costs nothing when nobody listens, never waits, and many tellings in a short
// time become one. It is safe for several goroutines.
type Live struct {
	mu      sync.Mutex
	waiting map[chan string]map[string]bool // by reader: the topics
	of      map[string]int                  // readers of each person
	closed  bool
	done    chan struct{}
}

// NewLive makes a Live without listeners.
func NewLive() *Live {
	return &Live{waiting: map[chan string]map[string]bool{}, of: map[string]int{}, done: make(chan struct{})}
}

// Tell lets every page that shows the topic know.
func (l *Live) Tell(topic string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for reader, topics := range l.waiting {
		if !topics[topic] {
			continue
		}
		select {
		case reader <- topic:
		default: // it has not read the last one yet, and will look anyway
		}
	}
}

// Close ends all streams, so that a server can stop without waiting for them.
func (l *Live) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.done)
	}
}

// maxListeners bounds the streams at once, and maxOfOne those of one person, who
// could otherwise keep all others from hearing anything; a hospital's PCs that
// show a page with live parts stay far below.
const (
	maxListeners = 1000
	maxOfOne     = 40
)

func (l *Live) listen(person string, topics map[string]bool) (heard chan string, leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.waiting) >= maxListeners || l.of[person] >= maxOfOne {
		return nil, nil, fault.New(fault.Busy, "web.live.crowded")
	}
	heard = make(chan string, 1)
	l.waiting[heard] = topics
	l.of[person]++
	return heard, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.waiting, heard)
		if l.of[person]--; l.of[person] == 0 {
			delete(l.of, person)
		}
	}, nil
}

// How long a stream lasts before the browser opens it again, and how often it
// says that it is alive; the session and its rights are looked at again then.
const (
	liveFor   = 4 * time.Minute
	liveBeat  = 20 * time.Second
	liveRetry = 3 * time.Second
)

// live is the stream: an event with the topic's name and no content. It does
// not count as use of the session (Passive).
func (s *Server) live(c *Call) error {
	topics := map[string]bool{}
	for name := range strings.SplitSeq(c.Query("topic"), ",") {
		perm, known := s.topics[name]
		if !known {
			return fault.New(fault.NotFound, "web.not_found")
		}
		if !c.Person.Can(perm) {
			return c.denied(perm)
		}
		topics[name] = true
	}
	heard, leave, err := s.cfg.Live.listen(c.Person.ID, topics)
	if err != nil {
		return err
	}
	defer leave()
	c.W.Header().Set("Content-Type", "text/event-stream")
	c.W.Header().Set("X-Accel-Buffering", "no")
	return c.stream(heard, s.cfg.Live.done, liveBeat, func() bool { return s.still(c, topics) })
}

// still says whether the session of a stream goes on and may hear the topics.
func (s *Server) still(c *Call, topics map[string]bool) bool {
	again := &Call{W: c.W, R: c.R, Now: s.cfg.Clock(), srv: s, id: c.id}
	if again.open() != nil || again.Person.ID != c.Person.ID {
		return false
	}
	for name := range topics {
		if !again.Person.Can(s.topics[name]) {
			return false
		}
	}
	return true
}

func (c *Call) stream(heard <-chan string, done <-chan struct{}, every time.Duration, still func() bool) error {
	ctx, cancel := context.WithTimeout(c.Ctx(), liveFor)
	defer cancel()
	beat := time.NewTicker(every)
	defer beat.Stop()
	flush := http.NewResponseController(c.W)
	line := fmt.Sprintf("retry: %d\n\n", liveRetry.Milliseconds())
	for {
		if _, err := c.W.Write([]byte(line)); err != nil || flush.Flush() != nil {
			return nil // the reader went away
		}
		select {
		case topic := <-heard:
			line = "event: changed\ndata: " + topic + "\n\n"
		case <-beat.C:
			if !still() {
				return nil
			}
			line = ": \n\n"
		case <-done:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// passiveHeader is sent by <t-live> with what it asks for by itself.
const passiveHeader = "X-Toride-Live"

type passiveKey struct{}

// Passive says that a request was made by a page that keeps itself fresh, not
// by a person: it must not keep a session from ending.
func Passive(ctx context.Context) bool { return ctx.Value(passiveKey{}) != nil }

func passive(r *http.Request) *http.Request {
	if r.URL.Path != "/live" && r.Header.Get(passiveHeader) == "" {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), passiveKey{}, true))
}
