package demo

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/logbook"
)

// patience is how long the player waits for a source before it gives up.
const patience = 30 * time.Second

// errNotHeard means that a source did not confirm what was sent to it.
var errNotHeard = errors.New("demo: a source does not confirm what was sent")

// wire is the way to one source, over the socket on which it listens, as rsyslog
// or Winlogbeat would use it. It sends one entry after the other; the source's
// own counters and answers say when each was received and when all are durable.
type wire struct {
	log   *logbook.Logbook
	id    string
	addr  string
	token string // of bulk
	// framed says that the syslog lines are counted (RFC 6587, 3.4.1) and not
	// ended by a line feed.
	framed bool
	bulk   bool

	received, durable uint64 // what its counters are when all of ours are
	open              bool
	waits             bool     // something was sent, and nobody looked whether it was received
	conn              net.Conn // of syslog
	body              *io.PipeWriter
	done              chan error // of the request
	one               http.Client
}

// send sends an entry. Once heard returns the source has it, and what time it
// gives it is settled.
func (w *wire) send(ctx context.Context, data []byte) error {
	if !w.open {
		if err := w.begin(ctx); err != nil {
			return err
		}
	}
	var out io.Writer = w.conn
	b := make([]byte, 0, len(data)+64)
	switch {
	case w.bulk:
		out = w.body
		b = append(append(append(b, `{"create":{"_index":"winlogbeat-8.11.1"}}`+"\n"...), data...), '\n')
	case w.framed:
		b = append(append(strconv.AppendInt(b, int64(len(data)), 10), ' '), data...)
	default:
		b = append(append(b, data...), '\n')
	}
	if _, err := out.Write(b); err != nil {
		return w.fail(err)
	}
	w.received++
	w.durable++
	w.waits = true
	return nil
}

// heard returns when the source has all that was sent.
func (w *wire) heard(ctx context.Context) error {
	if !w.waits {
		return nil
	}
	w.waits = false
	if err := w.wait(ctx, func(received, _ uint64) bool { return received >= w.received }); err != nil {
		return w.fail(err)
	}
	return nil
}

// begin connects.
func (w *wire) begin(ctx context.Context) error {
	var ok bool
	if w.received, w.durable, ok = w.log.Progress(w.id); !ok {
		return errNotHeard
	}
	if !w.bulk {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.addr)
		if err != nil {
			return err
		}
		w.conn, w.open = conn, true
		return nil
	}
	r, body := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+w.addr+"/_bulk", r)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("User-Agent", "Elastic-winlogbeat/8.11.1")
	req.Header.Set("Authorization", "ApiKey "+base64.StdEncoding.EncodeToString([]byte("toride:"+w.token)))
	done := make(chan error, 1)
	w.body, w.done, w.open = body, done, true
	go func() {
		err := w.ask(req)
		_ = r.CloseWithError(cmpErr(err, io.ErrClosedPipe)) // nobody reads any more
		done <- err
	}()
	return nil
}

func cmpErr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// ask makes the request and holds the answer to having taken every entry.
func (w *wire) ask(req *http.Request) error {
	res, err := w.one.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return err
	}
	var said struct {
		Errors bool `json:"errors"`
	}
	if err := json.Unmarshal(answer, &said); err != nil || res.StatusCode != http.StatusOK || said.Errors {
		return fmt.Errorf("%w: %s: %s", errNotHeard, res.Status, bytes.TrimSpace(answer[:min(len(answer), 300)]))
	}
	return nil
}

// finish hangs up and returns when all that was sent is durable.
func (w *wire) finish(ctx context.Context) error {
	if !w.open {
		return nil
	}
	w.open, w.waits = false, false
	if w.bulk {
		_ = w.body.Close() // the pipe's own end cannot fail
		return <-w.done
	}
	if err := w.conn.Close(); err != nil {
		return err
	}
	return w.wait(ctx, func(_, durable uint64) bool { return durable >= w.durable })
}

// fail hangs up after an error, and gives the one that came first.
func (w *wire) fail(err error) error {
	w.open, w.waits = false, false
	if w.bulk {
		_ = w.body.CloseWithError(err)
		if first := <-w.done; first != nil && !errors.Is(first, err) {
			return first
		}
		return err
	}
	_ = w.conn.Close()
	return err
}

// wait returns when the source's counters are as wanted. They change within
// microseconds, so it looks often before it looks seldom.
func (w *wire) wait(ctx context.Context, enough func(received, durable uint64) bool) error {
	look := func() (bool, error) {
		received, durable, ok := w.log.Progress(w.id)
		if !ok {
			return false, errNotHeard
		}
		return enough(received, durable), nil
	}
	for range 200 {
		if ok, err := look(); ok || err != nil {
			return err
		}
		runtime.Gosched()
	}
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		if ok, err := look(); ok || err != nil {
			return err
		}
		select {
		case err := <-w.done:
			w.done <- err // finish or fail takes it
			return cmpErr(err, errNotHeard)
		case <-tick.C:
		case <-late.C:
			return errNotHeard
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// address takes what SourceState.Addr says ("tcp 127.0.0.1:40123") apart.
func address(addr string) string {
	_, at, _ := strings.Cut(addr, " ")
	return at
}
