package hunt

import (
	"context"
	"errors"
	"iter"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/internal/detect/match"
	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/detect/winlog"
	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/sigma"
)

// Options say what to look through and how.
type Options struct {
	Paths   []string         // files and folders
	Packs   []*rulepack.Pack // rules
	Least   sigma.Level      // rules below are left out
	Only    []string         // keys of rules; empty: all
	From    time.Time        // events before and after are no hits; zero: no bound
	To      time.Time
	Zone    *time.Location // of times without a zone
	Now     time.Time      // year of dates without one
	Workers int            // 0: one for each CPU
	Except  os.FileInfo    // a file of a folder that is not looked at: the output; may be nil
	// Hit is called for every hit, in the order of the inputs, by one goroutine.
	Hit func(*Hit) error
	// Progress is called now and then; it may be nil.
	Progress func(Progress)
}

// Progress is how far a run got.
type Progress struct {
	Bytes, Of int64 // of the inputs on disk; packed ones unpack to more, so Bytes may pass Of
	Files, In int   // files begun, of how many
	Events    int
	Hits      int
}

// window is how many units for each worker are under way at most.
const window = 8

// Run looks through everything and gives the report. What cannot be read is in
// the report; an error is only a path that is not there, rules that cannot be
// used, what Hit returned, or the end of ctx. When ctx ended, there is a report
// all the same: of what was looked at until then, with Stopped set.
func Run(ctx context.Context, o Options) (*Report, error) {
	rules, err := newRuleset(o.Packs, o.Least, o.Only, o.Now)
	if err != nil {
		return nil, err
	}
	inputs, err := list(ctx, o.Paths, o.Except)
	if err != nil {
		return nil, err
	}
	asked := ctx
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := newRun(o, rules, inputs)
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.NumCPU()
	}
	units, results, free := make(chan *unit, workers), make(chan *result, workers), make(chan *unit, window*workers)
	tokens := make(chan struct{}, window*workers)
	read := make(chan error, 1)
	go func() {
		read <- r.read(&source{ctx: ctx, out: units, free: free, tokens: tokens, lost: inputs.lost}, inputs.files)
		close(units)
	}()
	cache := evtx.NewCache()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			w := newWorker(rules, cache, o.Zone)
			// The end of the run does not wait for the reader, which may hang in a
			// share that answers no more.
			for u := range next(ctx, units) {
				select {
				case results <- w.look(u):
				case <-ctx.Done():
				}
			}
		})
	}
	go func() {
		wg.Wait()
		close(results)
	}()
	err = r.collect(results, free, tokens, stop)
	if err == nil && ctx.Err() == nil {
		err = <-read // the reader ended before units was closed
	}
	if err != nil {
		return nil, err
	}
	r.report.Stopped = asked.Err() != nil
	report, err := r.finish()
	if err != nil {
		return nil, err
	}
	return report, asked.Err()
}

// next gives units until there are no more or the run ends.
func next(ctx context.Context, units <-chan *unit) iter.Seq[*unit] {
	return func(yield func(*unit) bool) {
		for {
			select {
			case u, ok := <-units:
				if !ok || !yield(u) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

func newWorker(rules *ruleset, cache *evtx.Cache, zone *time.Location) *worker {
	if zone == nil {
		zone = time.UTC
	}
	formats := all.Named(func(string) *time.Location { return zone })
	return &worker{rules: rules, decoder: evtx.NewDecoder(evtx.Options{Cache: cache}), records: winlog.New(rules.engine),
		lines: match.NewLooker(rules.engine, match.NewCensus(nil), nil), json: formats["json"], syslog: formats["syslog"]}
}

// run is one run of hunt.
type run struct {
	o       Options
	rules   *ruleset
	report  *Report
	of      int64
	in      int
	feeds   []feed
	fed     int // bytes of feeds
	overfed int
	begun   string // the file of the last unit
	done    Progress
}

func newRun(o Options, rules *ruleset, l *listing) *run {
	r := &run{o: o, rules: rules, of: l.size, in: len(l.files), report: newReport(o, rules, len(l.files))}
	r.report.Passed = l.passed
	return r
}

// read gives all units, and at the end what was lost since the last one.
func (r *run) read(s *source, files []string) error {
	for _, f := range files {
		if err := s.file(f); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	err := s.give(s.unit(""))
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// collect takes results in the order of their units.
func (r *run) collect(results <-chan *result, free chan<- *unit, tokens <-chan struct{}, stop func()) error {
	waiting := map[int]*result{}
	next := 0
	var failed error
	for got := range results {
		waiting[got.unit.seq] = got
		for failed == nil {
			res, ok := waiting[next]
			if !ok {
				break
			}
			delete(waiting, next)
			next++
			<-tokens
			if failed = r.take(res); failed != nil {
				stop()
			}
			select {
			case free <- res.unit:
			default:
			}
		}
	}
	return failed
}

// take counts a result and tells its hits.
func (r *run) take(res *result) error {
	rep := r.report
	for _, l := range res.lost {
		rep.lose(l)
	}
	if res.unread > 0 {
		rep.unread(res.unit.file, res.unread)
	}
	rep.Events += res.events
	if res.events > 0 {
		rep.file(res.unit.file)
	}
	for i := range res.hits {
		if err := r.tell(&res.hits[i]); err != nil {
			return err
		}
	}
	for i := range res.feeds {
		if len(r.feeds) >= maxFeeds || r.fed >= maxFed {
			r.overfed += len(res.feeds) - i
			break
		}
		r.feeds = append(r.feeds, res.feeds[i])
		r.fed += res.feeds[i].size()
	}
	if r.o.Progress != nil {
		r.progress(res)
	}
	return nil
}

func (r *run) tell(h *Hit) error {
	if !r.o.From.IsZero() && h.Time.Before(r.o.From) || !r.o.To.IsZero() && h.Time.After(r.o.To) {
		return nil
	}
	r.report.hit(h)
	if r.o.Hit == nil {
		return nil
	}
	return r.o.Hit(h)
}

func (r *run) progress(res *result) {
	if f := res.unit.file; f != "" && f != r.begun {
		r.begun = f
		r.done.Files = min(r.done.Files+1, r.in)
	}
	r.done.Bytes += res.unit.bytes
	r.done.Of, r.done.In, r.done.Events, r.done.Hits = r.of, r.in, r.report.Events, r.report.Hits
	r.o.Progress(r.done)
}

// finish counts what needs all events at once.
func (r *run) finish() (*Report, error) {
	for _, h := range r.rules.correlate(r.feeds) {
		if err := r.tell(&h); err != nil {
			return nil, err
		}
	}
	r.report.Overfed = r.overfed
	r.report.settle()
	return r.report, nil
}
