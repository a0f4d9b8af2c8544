package query

import (
	"context"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/event/segment"
)

// Request says what is looked for and where.
type Request struct {
	Query Expr
	// From and To bound the time; To is not included. A zero time is open.
	From, To time.Time
	// Received goes by the time of receipt instead of the device's time, for the
	// range, the order and the histogram.
	Received bool
	// Progress, where set, is told now and then how far the search is. It is called by
	// several goroutines, one at a time.
	Progress func(Progress)
}

// Progress counts the events of the parts and the tail in whose time range the
// request lies; Done of them were looked at or known not to matter.
type Progress struct{ Done, Total int64 }

// Damage is a part that could not be read, or not wholly. Err is a fault.
type Damage struct {
	Part string
	Err  error
}

// Outcome says how much of the view an answer stands for.
type Outcome struct {
	Progress Progress
	// Complete says that everything was looked at: nothing was damaged, and the
	// context did not end the search early.
	Complete bool
	Damaged  []Damage
}

// run is a request under way.
type run struct {
	ctx     context.Context
	view    *View
	node    *node
	column  segment.Column // the time that counts
	from    int64          // microseconds
	to      int64          // not included
	memory  segment.Memory // of all row groups that are read for it
	lending lending
	again   bool // what is read now was counted before

	mu       sync.Mutex
	readers  map[int]*opened
	progress Progress
	report   func(Progress)
	damaged  map[int]error
	order    []int // of the damaged parts
}

// opened is a part that is in use.
type opened struct {
	once sync.Once
	r    *segment.Reader
	done func()
	err  error
}

func newRun(ctx context.Context, v *View, q Request) *run {
	r := &run{ctx: ctx, view: v, column: segment.ColTime, from: math.MinInt64, to: math.MaxInt64, readers: map[int]*opened{}, damaged: map[int]error{}, report: q.Progress}
	field := FieldTime
	if q.Received {
		r.column, field = segment.ColReceived, FieldReceived
	}
	e := q.Query
	within := Test{Field: field, How: Between, From: -infinite, To: infinite}
	if !q.From.IsZero() {
		r.from = ceilMicro(q.From)
		within.From = float64(r.from)
	}
	if !q.To.IsZero() {
		r.to = ceilMicro(q.To)
		within.To = float64(r.to)
	}
	if !q.From.IsZero() || !q.To.IsZero() {
		e = Expr{Op: OpAnd, Kids: []Expr{{Op: OpTest, Test: within}, e}}
	}
	r.node = compile(&e)
	for i := range v.Parts {
		if r.wants(&v.Parts[i]) {
			r.progress.Total += v.Parts[i].Rows
		}
	}
	if v.Tail != nil {
		r.progress.Total += int64(v.Tail.Len())
	}
	return r
}

// ceilMicro is the first whole microsecond that is not before t: events have
// no finer times.
func ceilMicro(t time.Time) int64 {
	n := t.UnixMicro()
	if time.UnixMicro(n).Before(t) {
		n++
	}
	return n
}

// span gives the time that counts of a part or block.
func (r *run) span(b segment.Block) (least, greatest int64) {
	if r.column == segment.ColReceived {
		return b.ReceivedMin, b.ReceivedMax
	}
	return b.TimeMin, b.TimeMax
}

func (r *run) partSpan(p *Part) (least, greatest int64) {
	return r.span(segment.Block{
		TimeMin: p.TimeMin.UnixMicro(), TimeMax: p.TimeMax.UnixMicro(),
		ReceivedMin: p.ReceivedMin.UnixMicro(), ReceivedMax: p.ReceivedMax.UnixMicro(),
	})
}

// wants says whether a part lies in the time range.
func (r *run) wants(p *Part) bool {
	least, greatest := r.partSpan(p)
	return greatest >= r.from && least < r.to
}

// reader opens a part once.
func (r *run) reader(i int) (*segment.Reader, error) {
	r.mu.Lock()
	o := r.readers[i]
	if o == nil {
		o = &opened{}
		r.readers[i] = o
	}
	r.mu.Unlock()
	o.once.Do(func() { o.r, o.done, o.err = r.view.Parts[i].Open() })
	return o.r, o.err
}

// close gives all parts back.
func (r *run) close() {
	for _, o := range r.readers {
		if o.done != nil {
			o.done()
		}
	}
}

// advance reports n events as done.
func (r *run) advance(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.again {
		return
	}
	r.progress.Done += int64(n)
	if r.report != nil {
		r.report(r.progress)
	}
}

// damage notes that a part cannot be read; the search goes on without.
func (r *run) damage(part int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.damaged[part] == nil {
		r.damaged[part] = err
		r.order = append(r.order, part)
	}
}

func (r *run) outcome() Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := Outcome{Progress: r.progress, Complete: r.ctx.Err() == nil && len(r.damaged) == 0}
	for _, i := range r.order {
		o.Damaged = append(o.Damaged, Damage{Part: r.view.Parts[i].Name, Err: r.damaged[i]})
	}
	return o
}

// workers is how many goroutines read segments. More than a few would only take
// memory from others.
func workers() int { return min(4, runtime.GOMAXPROCS(0)) }
