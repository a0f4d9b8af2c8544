package index

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/discreet"
)

// Config says what an index is made of. The zero value of what may be left out
// is said with it.
type Config struct {
	// Sources gives what there is to read now; what is away is left out, and
	// what was known of it is kept. Names must stay the same.
	Sources func() []source.Source
	// Known tells whether a source of that name may still come, being away at
	// most; what an earlier run knew of another is dropped. Nil: every one may.
	Known func(sourceName string) bool
	// Store keeps the index between runs; nil: memory only.
	Store Store
	Clock func() time.Time // nil: time.Now
	// After waits; nil: time.After. Tests pass their own.
	After func(time.Duration) <-chan time.Time
	Log   *slog.Logger   // nil: none
	Zone  *time.Location // of the hospital; nil: Local
	// Quick is how often what is new is looked for; 0: 5 minutes, < 0: never.
	Quick time.Duration
	// WholeHour is the hour of the night in which everything is gone through
	// again; 0: 2. What is younger than 12 hours is not repeated.
	WholeHour int
	// Checkpoint is how often a running build is saved, at least; 0: 5 seconds.
	// It is less often where saving takes long: at most a twentieth of the time.
	Checkpoint time.Duration
	Workers    int    // of a walk; 0: as many as fit
	Rules      []Rule // for bar codes; nil: DefaultRules
	// Wards are the hospital's names of wards by their codes, for messages that
	// hold codes alone; nil: the codes are shown.
	Wards *WardBook
	// Changed is told of each patient whose mark changed, or who went, so that
	// what was read of him before can be dropped; nil: nobody. It must be quick.
	Changed func(sourceName, id string)
}

// Index finds patients. All methods but Run are for any goroutine at any time,
// and never wait for a walk.
type Index struct {
	cfg      Config
	fold     *folder
	table    atomic.Pointer[table]
	complete atomic.Bool
	buffers  sync.Pool // of *[]uint32, rows that are looked at

	mu       sync.Mutex
	progress Progress
	whole    map[string]time.Time // when a source was last gone through whole, by name
	wake     chan bool            // true asks for a whole walk
}

// New makes an index that is empty until Run.
func New(cfg Config) *Index {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.After == nil {
		cfg.After = time.After
	}
	cfg.Log = discreet.Logger(cfg.Log)
	if cfg.Zone == nil {
		cfg.Zone = time.Local
	}
	if cfg.Quick == 0 {
		cfg.Quick = 5 * time.Minute
	}
	if cfg.WholeHour == 0 {
		cfg.WholeHour = 2
	}
	if cfg.Checkpoint == 0 {
		cfg.Checkpoint = 5 * time.Second
	}
	if cfg.Rules == nil {
		cfg.Rules = DefaultRules()
	}
	ix := &Index{cfg: cfg, fold: newFolder(), wake: make(chan bool, 1), whole: map[string]time.Time{}}
	ix.table.Store(emptyTable())
	ix.progress = Progress{Phase: PhaseWaiting, Since: cfg.Clock()}
	return ix
}

func emptyTable() *table {
	t := &table{ids: newWords(0), show: newWords(0), kana: newWords(0), kanji: newWords(0), counts: newWords(0)}
	t.finish()
	return t
}

// buffer gives working memory for a search.
func (ix *Index) buffer() []uint32 {
	if b, ok := ix.buffers.Get().(*[]uint32); ok && cap(*b) <= maxBuffer {
		return (*b)[:0]
	}
	return nil
}

// maxBuffer is how many rows a buffer may hold that is kept.
const maxBuffer = 200_000

// Patient gives a patient of a source; ok is false if the index does not know
// him (yet).
func (ix *Index) Patient(sourceName, id string) (h Hit, ok bool) {
	t := ix.table.Load()
	src := slices.IndexFunc(t.sources, func(s sourceInfo) bool { return s.Name == sourceName })
	if src < 0 {
		return Hit{}, false
	}
	row, ok := t.locate(uint8(src), []byte(id))
	if !ok {
		return Hit{}, false
	}
	h = t.hit(row + int(t.head[row]))
	h.Source, h.ID, h.Brief, h.Twins = sourceName, id, t.brief(row), int(t.twins[row])
	return ix.named(h)[0], true
}

// Ward lists who lies in a ward, by room and bed.
func (ix *Index) Ward(code string) []Hit {
	t := ix.table.Load()
	rows := t.wardRows[code]
	hits := make([]Hit, 0, len(rows))
	for _, row := range rows {
		hits = append(hits, t.hit(row+int(t.head[row])))
	}
	return ix.named(hits...)
}

// Kinds lists what kinds there are with their totals, by source and code. The
// totals of kinds are those of rows that were indexed so far; Newest is the
// newest that was ever seen.
func (ix *Index) Kinds() []KindCount {
	t := ix.table.Load()
	byName := map[string]source.Source{}
	for _, s := range ix.cfg.Sources() {
		byName[s.Info().Name] = s
	}
	out := make([]KindCount, 0, len(t.kinds))
	for _, k := range t.kinds {
		c := KindCount{Source: t.sources[k.Source].Name, Kind: source.Kind{Code: k.Code}, Items: k.items, Patients: k.patients, Newest: unpackStamp(k.Newest)}
		if s := byName[c.Source]; s != nil {
			c.Kind = s.Kind(k.Code)
		}
		if k.items > 0 {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b KindCount) int {
		if a.Source != b.Source {
			return strings.Compare(a.Source, b.Source)
		}
		return strings.Compare(a.Kind.Code, b.Kind.Code)
	})
	return out
}

// Stored tells whether a source holds a kind for any patient. It is known at
// once if there is one, or if the copy's manifest counts it; that there is none
// is known when everything was gone through, or from a manifest that counts all
// of the kind (source.Info.Counted).
func (ix *Index) Stored(sourceName, kind string) (stored, known bool) {
	t := ix.table.Load()
	for _, k := range t.kinds {
		if k.Code == kind && k.items > 0 && t.sources[k.Source].Name == sourceName {
			return true, true
		}
	}
	for _, s := range ix.cfg.Sources() {
		info := s.Info()
		if info.Name != sourceName {
			continue
		}
		if info.Counts[kind] > 0 {
			return true, true
		}
		if slices.Contains(info.Counted, kind) {
			return false, true
		}
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	return false, !ix.whole[sourceName].IsZero()
}

// AsOf is when the newest item of all that is known was sent, on the hospital's
// clock; zero if nothing is known. What was sent by a clock that runs more than a
// day ahead does not count.
func (ix *Index) AsOf() time.Time {
	t := ix.table.Load()
	latest := packStamp(model.Stamp(ix.cfg.Clock().In(ix.cfg.Zone).Add(24*time.Hour).Format("20060102150405") + "999"))
	asOf := t.asOf
	if asOf > latest {
		asOf = 0
		for _, newest := range t.newest {
			if newest <= latest {
				asOf = max(asOf, newest)
			}
		}
	}
	return stampTime(unpackStamp(asOf), ix.cfg.Zone)
}

func stampTime(s model.Stamp, zone *time.Location) time.Time {
	const layout = "20060102150405"
	s = s[:min(len(s), len(layout))]
	at, err := time.ParseInLocation(layout[:len(s)], string(s), zone)
	if err != nil || s == "" {
		return time.Time{}
	}
	return at
}

// Progress says how far the index is.
func (ix *Index) Progress() Progress {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	return ix.progress
}

// Refresh asks Run to look for what is new now, or, with whole, to go through
// everything. It does not wait.
func (ix *Index) Refresh(whole bool) {
	for {
		select {
		case ix.wake <- whole:
			return
		default:
		}
		select { // what was asked for before is part of this
		case before := <-ix.wake:
			whole = whole || before
		default:
		}
	}
}

// The phases of Progress.
const (
	PhaseWaiting    = "waiting"
	PhaseLoading    = "loading"
	PhaseBuilding   = "building"
	PhaseRefreshing = "refreshing"
	PhaseReady      = "ready"
	PhaseFailed     = "failed"
)

func (ix *Index) phase(name string, change func(p *Progress)) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.progress.Phase != name {
		ix.progress.Phase, ix.progress.Since, ix.progress.Left = name, ix.cfg.Clock(), 0
	}
	if change != nil {
		change(&ix.progress)
	}
}

// Run builds the index and keeps it up to date until the context ends, which is
// no error. It is called once. Whatever fails is tried again: Progress says what
// it was.
func (ix *Index) Run(ctx context.Context) error {
	b := &builder{ix: ix, whole: map[string]time.Time{}, walks: map[string]*walkState{}}
	b.load()
	wholeNow, wait := false, firstRetry
	for ctx.Err() == nil {
		err := b.round(ctx, wholeNow)
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			wholeNow, wait = false, firstRetry
			wholeNow = ix.sleep(ctx, ix.cfg.Quick)
			continue
		}
		ix.cfg.Log.Warn("the index could not be refreshed", "error", err)
		ix.phase(PhaseFailed, func(p *Progress) { p.Err = err })
		asked := ix.sleep(ctx, wait)
		wholeNow, wait = wholeNow || asked, min(2*wait, lastRetry)
	}
	b.save()
	return nil
}

// How long to wait after something failed.
const (
	firstRetry = 5 * time.Second
	lastRetry  = 5 * time.Minute
)

// sleep waits until it is time or somebody asks; whole if he asks for that.
func (ix *Index) sleep(ctx context.Context, d time.Duration) (whole bool) {
	var timer <-chan time.Time
	if d > 0 {
		timer = ix.cfg.After(d)
	}
	select {
	case <-ctx.Done():
	case <-timer:
	case whole = <-ix.wake:
	}
	return whole
}
