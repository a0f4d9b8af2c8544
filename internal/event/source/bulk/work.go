package bulk

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
)

// errAction means that a line which should be an action is none.
var errAction = errors.New("bulk: not an action")

// errItems means that a request has more than maxItems.
var errItems = errors.New("bulk: too many items")

// item is what is answered for one action.
type item struct {
	op     operation
	status uint16 // 0: in the batch, not decided yet
}

// work is the memory with which one request is taken in.
type work struct {
	h       *handler
	peer    string
	lines   lines
	records []event.Record
	places  []int // item of each record
	arena   []byte
	items   []item
	why     error // why the sink refused
	lastRaw []byte
	last    action
}

func (k *work) begin(h *handler, peer string) {
	k.h, k.peer, k.why = h, peer, nil
	k.items, k.lastRaw = k.items[:0], k.lastRaw[:0]
	k.clear()
	if k.arena == nil {
		k.arena = make([]byte, 0, batchBytes)
	}
}

func (k *work) clear() {
	clear(k.records)
	k.records, k.places, k.arena = k.records[:0], k.places[:0], k.arena[:0]
}

// run reads actions and documents to the end of the body.
func (k *work) run() error {
	for {
		line, cut, err := k.lines.next(maxAction)
		if errors.Is(err, io.EOF) {
			k.flush()
			return nil
		}
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		act, ok := k.action(line)
		if cut || !ok {
			return errAction
		}
		if len(k.items) >= maxItems {
			return errItems
		}
		if act.op == remove { // has no document
			k.items = append(k.items, item{act.op, http.StatusBadRequest})
			continue
		}
		doc, cut, err := k.lines.next(k.h.s.set.MaxLine)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		k.item(act, doc, cut)
	}
}

// action reads an action's line. Senders that give no _id repeat the same line.
func (k *work) action(line []byte) (action, bool) {
	if len(k.lastRaw) > 0 && bytes.Equal(line, k.lastRaw) {
		return k.last, true
	}
	act, ok := k.h.s.actions.read(line)
	if ok {
		k.last, k.lastRaw = act, append(k.lastRaw[:0], line...)
	}
	return act, ok
}

// document takes the whole body as one document, which may have several lines.
func (k *work) document(act action) error {
	limit := k.h.s.set.MaxLine
	var doc []byte
	cut := false
	for {
		line, long, err := k.lines.next(limit)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if doc != nil && !cut {
			doc = append(doc, '\n')
		}
		if cut = cut || long || len(doc)+len(line) > limit; cut {
			line = line[:max(0, min(len(line), limit-len(doc)))]
		}
		doc = append(doc, line...)
	}
	k.item(act, bytes.TrimSpace(doc), cut)
	k.flush()
	return nil
}

// item puts a document into the batch. Once the sink has refused, the rest of
// the request is refused too: order is kept, and nobody waits in vain.
func (k *work) item(act action, doc []byte, cut bool) {
	at := len(k.items)
	k.items = append(k.items, item{op: act.op})
	switch {
	case act.op == update, len(bytes.TrimSpace(doc)) == 0:
		k.items[at].status = http.StatusBadRequest
		return
	case k.why != nil:
		k.items[at].status = uint16(status(k.why))
		k.h.s.cfg.Stats.Refused.Add(1)
		return
	}
	if len(k.records) > 0 && len(k.arena)+len(doc) > batchBytes {
		k.flush()
		if k.why != nil {
			k.items[at].status = uint16(status(k.why))
			k.h.s.cfg.Stats.Refused.Add(1)
			return
		}
	}
	if cut {
		k.h.s.cfg.Stats.Cut.Add(1)
	}
	n := len(k.arena)
	k.arena = append(k.arena, doc...) // grows, where one document is longer than a batch
	k.records = append(k.records, event.Record{Source: k.h.s.cfg.ID, Format: k.h.s.set.Format, Peer: k.peer, Received: k.h.s.cfg.Clock().UTC(), Key: act.id,
		Data: k.arena[n:len(k.arena):len(k.arena)]})
	k.places = append(k.places, at)
	if len(k.records) >= batchRecords {
		k.flush()
	}
}

// flush hands the batch over and decides its items.
func (k *work) flush() {
	if len(k.records) == 0 {
		return
	}
	defer k.clear()
	err := k.take(k.records, k.places)
	kind := fault.KindOf(err)
	if err != nil && (kind == fault.Invalid || kind == fault.TooLarge) { // one of them is wrong: which?
		for i := range k.records {
			_ = k.take(k.records[i:i+1], k.places[i:i+1])
		}
		return
	}
	k.why = err
}

func (k *work) take(records []event.Record, places []int) error {
	err := k.h.sink.Take(k.h.hand, records)
	stats := k.h.s.cfg.Stats
	code := http.StatusCreated
	if err == nil {
		stats.Records.Add(uint64(len(records)))
		for i := range records {
			stats.Bytes.Add(uint64(len(records[i].Data)))
		}
	} else {
		code = status(err)
		if len(records) == 1 || code != http.StatusBadRequest {
			stats.Refused.Add(uint64(len(records)))
		}
	}
	for _, at := range places {
		k.items[at].status = uint16(code)
	}
	return err
}

// status is what a sender is told of an item the sink refused. Senders send
// again what has 429 or 5xx, and give up what has another 4xx.
func status(err error) int {
	switch fault.KindOf(err) {
	case fault.Full:
		return http.StatusTooManyRequests
	case fault.Invalid, fault.TooLarge:
		return http.StatusBadRequest
	}
	return http.StatusServiceUnavailable
}

// answer writes the answer. A body that broke off is answered as a whole: what was
// made durable of it comes again then.
func (k *work) answer(w http.ResponseWriter, err error, single bool) {
	switch {
	case errors.Is(err, errBody), errors.Is(err, errItems):
		fail(w, http.StatusRequestEntityTooLarge, "content_too_large", "event.bulk.body")
	case errors.Is(err, errAction):
		fail(w, http.StatusBadRequest, "illegal_argument_exception", "event.bulk.action")
	case errors.Is(err, os.ErrDeadlineExceeded):
		fail(w, http.StatusRequestTimeout, "timeout_exception", "event.bulk.slow")
	case err != nil:
		fail(w, http.StatusBadRequest, "parse_exception", "event.bulk.broken")
	case single:
		k.one(w)
	case len(k.items) == 0:
		fail(w, http.StatusBadRequest, "parse_exception", "event.bulk.empty")
	default:
		k.all(w)
	}
}

// one answers a request with one document.
func (k *work) one(w http.ResponseWriter) {
	if it := k.items[0]; it.status != http.StatusCreated {
		refuse(w, int(it.status), nil)
		return
	}
	say(w, http.StatusCreated, `{"result":"created","_version":1}`)
}

// all answers with the status of each item. When the sink took none of them the
// whole request has that status, so that senders wait before they come again.
func (k *work) all(w http.ResponseWriter) {
	code, errs := http.StatusOK, false
	taken := false
	for _, it := range k.items {
		errs = errs || it.status != http.StatusCreated
		taken = taken || it.status == http.StatusCreated
	}
	if k.why != nil && !taken {
		code = status(k.why)
	}
	b := make([]byte, 0, 64+32*len(k.items))
	b = append(b, `"took":0,"errors":`...)
	b = strconv.AppendBool(b, errs)
	b = append(b, `,"items":[`...)
	for i, it := range k.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, `{"`...), it.op.name()...), `":{"status":`...)
		b = strconv.AppendUint(b, uint64(it.status), 10)
		b = append(append(b, reason(int(it.status))...), "}}"...)
	}
	b = append(b, ']')
	if code != http.StatusOK {
		refuse(w, code, b)
		return
	}
	say(w, code, "{"+string(b)+"}")
}

// reason is the error of an item.
func reason(status int) string {
	switch status {
	case http.StatusCreated:
		return ""
	case http.StatusTooManyRequests:
		return `,"error":{"type":"es_rejected_execution_exception","reason":"event.bulk.full"}`
	case http.StatusServiceUnavailable:
		return `,"error":{"type":"unavailable_shards_exception","reason":"event.bulk.unavailable"}`
	}
	return `,"error":{"type":"illegal_argument_exception","reason":"event.bulk.item"}`
}
