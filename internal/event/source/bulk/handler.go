package bulk

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/turn"
)

// handler answers requests.
type handler struct {
	s     *Source
	sink  source.Sink
	hand  context.Context // ends when nothing is handed over any more
	turns *turn.Turns
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Elastic-Product", "Elasticsearch") // senders since 7.14 look for it
	head.Set("Content-Type", "application/json; charset=UTF-8")
	head.Set("X-Content-Type-Options", "nosniff")
	now, control := time.Now(), http.NewResponseController(w)
	if !h.s.allowed(r) {
		// Who shows no token gets no time: the server reads on after the answer.
		_ = control.SetReadDeadline(now.Add(h.s.lim.stranger))
		_ = control.SetWriteDeadline(now.Add(h.s.lim.stranger))
		head.Add("WWW-Authenticate", `Basic realm="toride" charset="UTF-8"`)
		head.Add("WWW-Authenticate", `Bearer realm="toride"`)
		head.Add("WWW-Authenticate", "ApiKey")
		fail(w, http.StatusUnauthorized, "security_exception", "event.bulk.token")
		return
	}
	_ = control.SetReadDeadline(now.Add(h.s.lim.queue + h.s.lim.chunk)) // bulk sets its own as it reads
	path := strings.Trim(r.URL.Path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	writes := r.Method == http.MethodPost || r.Method == http.MethodPut
	switch {
	case writes && last == "_bulk":
		h.bulk(w, r, nil)
	case writes && strings.HasSuffix(path, "_monitoring/bulk"): // a collector's figures about itself
		_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxBody))
		say(w, http.StatusOK, `{"took":0,"ignored":true,"errors":false}`)
	case writes && document(path) != nil:
		h.bulk(w, r, document(path))
	default:
		h.ask(w, r, path)
	}
}

// document reads "index/_doc", "index/_doc/id" and "index/_create/id": one
// document that is the whole body.
func document(path string) *action {
	parts := strings.Split(path, "/")
	if len(parts) < 2 || len(parts) > 3 || parts[1] != "_doc" && parts[1] != "_create" || strings.HasPrefix(parts[0], "_") {
		return nil
	}
	act := &action{op: index}
	if parts[1] == "_create" {
		act.op = create
	}
	if len(parts) == 3 {
		act.id = key(parts[2])
	}
	return act
}

// bulk takes a body in. single is the action of a request with one document.
func (h *handler) bulk(w http.ResponseWriter, r *http.Request, single *action) {
	if r.ContentLength > maxBody {
		fail(w, http.StatusRequestEntityTooLarge, "content_too_large", "event.bulk.body")
		return
	}
	peer := sender(r)
	if !h.wait(r.Context(), peer) {
		busy(w)
		return
	}
	defer h.turns.Leave(peer)
	body, err := h.body(w, r)
	if err != nil {
		fail(w, http.StatusBadRequest, "parse_exception", "event.bulk.encoding")
		return
	}
	k, ok := h.s.work.Get().(*work)
	if !ok {
		k = &work{}
	}
	defer h.s.work.Put(k)
	k.begin(h, peer)
	k.lines.reset(body)
	if single != nil {
		err = k.document(*single)
	} else {
		err = k.run()
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(h.s.lim.chunk))
	k.answer(w, err, single != nil)
}

// wait waits for a turn.
func (h *handler) wait(ctx context.Context, peer string) bool {
	ctx, cancel := context.WithTimeout(ctx, h.s.lim.queue)
	defer cancel()
	stop := context.AfterFunc(h.hand, cancel)
	defer stop()
	return h.turns.Enter(ctx, peer)
}

// body gives the body unpacked. Each part of it must come within a time, and
// all of it.
func (h *handler) body(w http.ResponseWriter, r *http.Request) (io.Reader, error) {
	in := &paced{in: r.Body, control: http.NewResponseController(w), chunk: h.s.lim.chunk, end: time.Now().Add(h.s.lim.whole)}
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity":
		return in, nil
	case "gzip":
		return gzip.NewReader(in)
	}
	return nil, errors.New("bulk: an encoding other than gzip")
}

// paced is a body that must keep coming: single bytes now and then do not count,
// or a few senders could hold all turns.
type paced struct {
	in      io.Reader
	control *http.ResponseController
	chunk   time.Duration
	end     time.Time
	set     bool
	due     int64 // bytes until which the deadline that is set holds
	got     int64
}

func (p *paced) Read(b []byte) (int, error) {
	if p.got > maxBody { // packed, it may unpack to nothing for ever
		return 0, errBody
	}
	if !p.set || p.got >= p.due {
		p.set, p.due = true, p.got+minPace
		on := time.Now().Add(p.chunk)
		if on.After(p.end) {
			on = p.end
		}
		if err := p.control.SetReadDeadline(on); err != nil {
			return 0, err
		}
	}
	n, err := p.in.Read(b)
	p.got += int64(n)
	return n, err
}

// sender is the address that the request came from.
func sender(r *http.Request) string {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	return a.Addr().Unmap().WithZone("").String()
}
