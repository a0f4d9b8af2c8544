package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
)

// gate lets only a few uploads be worked on at the same time. One photograph or
// workbook takes some hundred megabytes for a moment; a dozen at once would
// take the memory of a small box. The body is received before the gate, so
// that a slow line holds nobody up.
type gate chan struct{}

// gateWidth is how many are worked on at once, gateWait how long one waits.
const (
	gateWidth = 2
	gateWait  = time.Minute
)

func newGate() gate { return make(gate, gateWidth) }

// enter waits for a place; leave gives it back.
func (g gate) enter(ctx context.Context) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, gateWait)
	defer cancel()
	select {
	case g <- struct{}{}:
		return func() { <-g }, nil
	case <-ctx.Done():
		return nil, fault.New(fault.Busy, "web.busy").With(ctx.Err())
	}
}

// Of a line of long requests so many are worked on at once, so many of one
// person, and longWait is how long one waits: one search alone can keep the
// processors busy for its whole time and take a hundred megabytes.
const (
	longAll  = 4
	longEach = 2
	longWait = 20 * time.Second
)

// inLine runs the handler of a long route when it is its turn.
func (c *Call) inLine(route Route) error {
	ctx, cancel := context.WithTimeout(c.Ctx(), longWait)
	defer cancel()
	line := c.srv.long[route.Long]
	if !line.Enter(ctx, c.Person.ID) {
		return fault.New(fault.Busy, "web.crowded").With(ctx.Err())
	}
	defer line.Leave(c.Person.ID)
	return route.Do(c)
}

// do runs the handler of a route; one that takes files, within the gate.
func (c *Call) do(route Route) error {
	if route.Long != "" {
		return c.inLine(route)
	}
	if route.Body <= MaxBody {
		return route.Do(c)
	}
	if err := c.parse(); err != nil {
		return err
	}
	leave, err := c.srv.gate.enter(c.Ctx())
	if err != nil {
		return err
	}
	defer leave()
	return route.Do(c)
}

// parse receives the whole body, once.
func (c *Call) parse() error {
	if c.parsed {
		return c.parseErr
	}
	c.parsed = true
	var err error
	if strings.HasPrefix(c.R.Header.Get("Content-Type"), "multipart/form-data") {
		err = c.R.ParseMultipartForm(memory)
	} else {
		err = c.R.ParseForm()
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); err != nil && !tooLarge {
		err = fault.New(fault.Invalid, "web.form.broken").With(err)
	}
	c.parseErr = err
	return err
}

// maxSwallow is how much of a body that nobody read is received and thrown
// away, in bytes.
const maxSwallow = 64 << 20

// swallow receives what no handler read: the rest of a body that is too large,
// or the file of somebody without the right. A browser shows the answer only
// once it has sent everything; cut off before, it says that the connection was
// lost, and nobody learns why.
func (c *Call) swallow() {
	if c.body != nil {
		_, _ = io.CopyN(io.Discard, c.body, maxSwallow) // whatever comes: it is thrown away
	}
}
