package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/vault"
)

// desk runs an index whose clock and waiting are the test's.
type desk struct {
	*Index
	mu    sync.Mutex
	now   time.Time
	tick  chan time.Time     // what a wait gives
	waits chan time.Duration // that Run waits for
	stop  context.CancelFunc
	done  chan error
}

func run(t *testing.T, cfg Config, sources ...source.Source) *desk {
	t.Helper()
	d := &desk{now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC), tick: make(chan time.Time), waits: make(chan time.Duration, 100), done: make(chan error, 1)}
	cfg.Sources = func() []source.Source { return sources }
	cfg.Zone = time.UTC
	cfg.Clock = func() time.Time {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.now = d.now.Add(time.Millisecond)
		return d.now
	}
	cfg.After = func(w time.Duration) <-chan time.Time {
		d.waits <- w
		return d.tick
	}
	d.Index = New(cfg)
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	go func() { d.done <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-d.done
	})
	return d
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// settled waits until Run waits for the next refresh, and gives how long.
func (d *desk) settled(t *testing.T) time.Duration {
	t.Helper()
	select {
	case w := <-d.waits:
		return w
	case <-time.After(20 * time.Second):
		t.Fatalf("the index does not settle: %+v", d.Progress())
		return 0
	}
}

// dump is everything that a table knows, to compare.
func dump(t *table) string {
	var b strings.Builder
	for row := range t.rows() {
		fmt.Fprintf(&b, "%s %s %+v %d %d %d %v twins=%d head=%d ", t.sources[t.src[row]].Name, t.ids.at(row), t.brief(row), t.items[row], t.files[row], t.mark[row], unpackStamp(t.newest[row]), t.twins[row], t.head[row])
		if bed := t.bed(row); bed != nil {
			fmt.Fprintf(&b, "%+v", *bed)
		}
		var counts []string
		eachCount(t.counts.at(row), func(kind, items int) { counts = append(counts, fmt.Sprint(t.kinds[kind].Code, "=", items)) })
		slices.Sort(counts)
		fmt.Fprintln(&b, counts)
	}
	var kinds []string
	for _, k := range t.kinds {
		kinds = append(kinds, fmt.Sprint(t.sources[k.Source].Name, k.Code, k.items, k.patients, k.Newest))
	}
	slices.Sort(kinds)
	fmt.Fprintln(&b, kinds, t.wards, t.asOf, t.fileSum)
	return b.String()
}

func TestRun_BuildsRefreshesAndSaysSo(t *testing.T) {
	t.Parallel()
	f := newFake("s1", crowd(1, 500))
	f.info.Counts = map[string]int64{"ADT-00": 500, "OMP-01": 1000}
	var changed []string
	d := run(t, Config{Store: &memStore{}, Changed: func(_, id string) { changed = append(changed, id) }}, f)
	if w := d.settled(t); w != 5*time.Minute {
		t.Error(w)
	}
	p := d.Progress()
	if p.Phase != PhaseReady || p.Patients != 500 || p.Items != 1500 || p.Of != 1500 || p.Whole.IsZero() || p.Err != nil {
		t.Errorf("%+v", p)
	}
	if len(changed) != 500 {
		t.Errorf("%d changed", len(changed))
	}
	kinds := d.Kinds()
	if len(kinds) != 2 || kinds[0].Kind.Japanese != "種別ADT-00" || kinds[0].Items != 500 || kinds[0].Patients != 500 {
		t.Errorf("%+v", kinds)
	}
	if stored, known := d.Stored("s1", "OMG-01"); stored || !known {
		t.Error(stored, known)
	}
	if at := d.AsOf(); at.Year() != 2026 {
		t.Error(at)
	}
	// One changes, one comes, one goes: quick sees the first two, whole all.
	changed = nil
	f.set(func(f *fakeSource) {
		e := slices.Clone(f.entries)
		e[7].Mark++
		e[7].Brief.Kanji = "新姓 花子"
		e = append(e[:20], e[21:]...)
		f.entries = append(e, person("9999999999", "新来 太郎", "シンライ タロウ", "20000101"))
	})
	d.tick <- time.Time{}
	d.settled(t)
	if d.Progress().Patients != 501 || len(d.Search(Query{Text: "新姓"}).Hits) != 1 || !slices.Equal(changed, []string{f.entries[7].ID, "9999999999"}) || !slices.Equal(f.quick, []bool{false, true}) {
		t.Errorf("%+v %q %v", d.Progress(), changed, f.quick)
	}
	d.Refresh(true)
	d.settled(t)
	if d.Progress().Patients != 500 || !slices.Equal(f.quick, []bool{false, true, false}) {
		t.Errorf("%+v %v", d.Progress(), f.quick)
	}
	// At night everything is gone through again.
	d.pass(17 * time.Hour)
	d.tick <- time.Time{}
	d.settled(t)
	if !slices.Equal(f.quick, []bool{false, true, false, false}) {
		t.Errorf("%v", f.quick)
	}
	if got, want := dump(d.table.Load()), dump(built(newFake("s1", f.entries)).table.Load()); got != want {
		t.Error("refreshed, the index is another than built anew")
	}
}

// Cut off anywhere, by the end of the process with or without a last save, and
// begun again, the index is the one that was never cut off.
func TestRun_CutOffAnywhereItGoesOn(t *testing.T) {
	t.Parallel()
	entries := crowd(2, 700)
	other := crowd(3, 100)
	want := dump(built(newFake("s1", entries), newFake("s2", other)).table.Load())
	r := rand.New(rand.NewPCG(5, 5))
	for range 6 {
		st := &memStore{}
		for lives := 0; ; lives++ {
			a, b := newFake("s1", entries), newFake("s2", other)
			at := 1 + r.IntN(400)
			killed := r.IntN(2) == 0
			var d *desk
			ready := make(chan struct{})
			stop := func(n int) {
				<-ready
				d.pass(10 * time.Millisecond) // checkpoints are due more often than showing
				if n == at {
					if killed { // nothing more is saved
						st.mu.Lock()
						st.fail = errors.New("killed")
						st.mu.Unlock()
					}
					d.stop()
				}
			}
			a.stop, b.stop = stop, stop
			st.fail = nil
			d = run(t, Config{Store: st, Checkpoint: 200 * time.Millisecond}, a, b)
			close(ready)
			select {
			case err := <-d.done:
				d.done <- err
				if err != nil {
					t.Fatal(err)
				}
				if lives > 60 {
					t.Fatal("it never gets through")
				}
				continue
			case <-d.waits:
			}
			if lives > 0 && (a.after[0] == "" && len(a.after) > 0 && a.yielded == len(entries)) {
				t.Error("it began from the beginning")
			}
			if got := dump(d.table.Load()); got != want {
				t.Fatalf("after %d lives the index is another", lives)
			}
			break
		}
	}
}

func TestRun_SecondStartLoadsAndOnlyLooksForWhatIsNew(t *testing.T) {
	t.Parallel()
	st := &memStore{}
	f := newFake("s1", crowd(4, 300))
	d := run(t, Config{Store: st}, f)
	d.settled(t)
	d.stop()
	err := <-d.done
	d.done <- err
	hold := make(chan struct{})
	f.set(func(f *fakeSource) {
		f.quick, f.yielded, f.stop = nil, 0, func(n int) {
			if n == 1 {
				<-hold
			}
		}
	})
	again := run(t, Config{Store: st}, f)
	waitFor(t, func() bool { return again.Progress().Phase == PhaseRefreshing })
	if r := again.Search(Query{Text: "ヤマダ"}); len(r.Hits) == 0 || r.Complete {
		t.Errorf("loaded: %d hits, complete %v", len(r.Hits), r.Complete)
	}
	if stored, known := again.Stored("s1", "OMP-01"); !stored || !known {
		t.Error("what the file knows is not known")
	}
	close(hold)
	again.settled(t)
	if !slices.Equal(f.quick, []bool{true}) || !again.Search(Query{Text: "ヤマダ"}).Complete {
		t.Errorf("%v", f.quick)
	}
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("it does not happen")
		}
	}
}

// A source that goes away is said and tried again; the index answers meanwhile
// and goes on where it was.
func TestRun_SourceThatIsAway(t *testing.T) {
	t.Parallel()
	f := newFake("s1", crowd(5, 200))
	f.stop = func(n int) {
		if n == 99 {
			f.set(func(f *fakeSource) { f.gone = nil })
		}
	}
	f.gone = errPulled
	d := run(t, Config{}, f)
	for range 100 { // each try takes two, then fails
		if d.settled(t) > 5*time.Minute {
			t.Fatal("it waits too long")
		}
		p := d.Progress()
		if p.Phase == PhaseReady {
			break
		}
		if p.Phase != PhaseFailed || !errors.Is(p.Err, errPulled) || d.Search(Query{Text: "ヤマダ"}).Complete {
			t.Fatalf("%+v", p)
		}
		d.Refresh(false)
	}
	if got := dump(d.table.Load()); got != dump(built(newFake("s1", f.entries)).table.Load()) {
		t.Error("the index is another")
	}
	// All sources away: what was known stays.
	none := run(t, Config{}, []source.Source{}...)
	if w := none.settled(t); w != firstRetry || none.Progress().Phase != PhaseFailed {
		t.Error(w, none.Progress())
	}
}

func TestDecode_BelievesNothingDamaged(t *testing.T) {
	t.Parallel()
	ix := built(newFake("s1", crowd(6, 50)))
	tab := ix.table.Load()
	walks := map[string]*walkState{"s1": {Position: "x", seen: newBits(tab.rows())}}
	data, err := encode(tab, map[string]time.Time{"s1": time.Unix(1, 0)}, walks)
	if err != nil {
		t.Fatal(err)
	}
	back, head, err := decode(slices.Clone(data))
	if err != nil || dump(back) != dump(tab) || head.Walks["s1"].Position != "x" || !reflect.DeepEqual(head.Walks["s1"].seen, walks["s1"].seen) {
		t.Fatal(err)
	}
	for i := 0; i < len(data); i += 37 {
		bad := slices.Clone(data)
		bad[i] ^= 0x40
		if _, _, err := decode(bad); err == nil {
			t.Fatalf("byte %d was changed and the file believed", i)
		}
		if _, _, err := decode(data[:i]); err == nil {
			t.Fatalf("cut off at %d it was believed", i)
		}
	}
	// A file that fails costs nothing but the time to build anew.
	st := &memStore{data: []byte("something else")}
	d := run(t, Config{Store: st}, newFake("s1", crowd(6, 50)))
	d.settled(t)
	if d.Progress().Patients != 50 || !bytes.HasPrefix(st.data, []byte(fileMagic)) {
		t.Errorf("%+v", d.Progress())
	}
}

// Another copy under the same name does not get the rows of the one before.
func TestRun_ForeignFile(t *testing.T) {
	t.Parallel()
	st := &memStore{}
	d := run(t, Config{Store: st}, newFake("s1", crowd(7, 50)))
	d.settled(t)
	d.stop()
	err := <-d.done
	d.done <- err
	other := newFake("s1", []source.Entry{person("0000001", "別院 太郎", "ベツイン タロウ", "19900101")})
	other.info.Facility = "2299999998"
	hold := make(chan struct{})
	other.stop = func(int) { <-hold }
	again := run(t, Config{Store: st}, other)
	waitFor(t, func() bool { return again.Progress().Phase == PhaseBuilding })
	if len(again.Search(Query{Text: "ヤマダ"}).Hits) != 0 || again.Search(Query{Text: "ヤマダ"}).Complete {
		t.Error("patients of another copy are found")
	}
	close(hold)
	again.settled(t)
	if again.Progress().Patients != 1 || len(again.Search(Query{Text: "ヤマダ"}).Hits) != 0 {
		t.Errorf("%+v", again.Progress())
	}
}

func TestStores_PlainAndSealed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, err := vault.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	other, err := vault.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range []Store{Plain{filepath.Join(dir, "plain")}, Sealed{filepath.Join(dir, "sealed"), key}} {
		if data, err := st.Load(); data != nil || err != nil {
			t.Fatal(data, err)
		}
		for _, words := range []string{"山田 太郎", "second"} {
			if err := st.Save([]byte(words)); err != nil {
				t.Fatal(err)
			}
			if data, err := st.Load(); string(data) != words || err != nil {
				t.Fatalf("%q %v", data, err)
			}
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "sealed"))
	if err != nil || bytes.Contains(raw, []byte("second")) {
		t.Error("the sealed file is not", err)
	}
	if _, err := (Sealed{filepath.Join(dir, "sealed"), other}).Load(); err == nil {
		t.Error("another key opened it")
	}
	if err := (Plain{filepath.Join(dir, "no", "such", "folder")}).Save(nil); err == nil {
		t.Error("saved into a folder that is not there")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for path, inside := range map[string]bool{filepath.Join(dir, "index"): true, filepath.Join(link, "index"): true, filepath.Join(filepath.Dir(link), "index"): false} {
		if err := Outside(path, dir); (err != nil) != inside {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	data, err := encode(built(newFake("s1", crowd(8, 3))).table.Load(), nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(fileMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if tab, _, err := decode(data); err == nil {
			_ = dump(tab)
		}
		// Past the digest, too: columns must be sound by themselves.
		if len(data) > 44 {
			sealed := append(slices.Clone(data[:len(data)-32]), make([]byte, 32)...)
			sum := sumOf(sealed[:len(sealed)-32])
			copy(sealed[len(sealed)-32:], sum[:])
			if tab, _, err := decode(sealed); err == nil {
				_ = dump(tab)
			}
		}
	})
}

// How long the rest takes is said by a manifest's items, or by patients.
func TestRun_SaysHowMuchIsLeft(t *testing.T) {
	t.Parallel()
	for _, counts := range []map[string]int64{nil, {"ADT-00": 3000}} {
		f := newFake("s1", crowd(9, 1000))
		f.info.Counts = counts
		d := &desk{}
		var seen Progress
		ready := make(chan struct{})
		f.stop = func(n int) {
			<-ready
			d.pass(10 * time.Millisecond)
			if n == 600 {
				seen = d.Progress()
			}
		}
		d = run(t, Config{}, f)
		close(ready)
		d.settled(t)
		// 576 were taken when it was said last: 424 are left, 11 ms each.
		if seen.Phase != PhaseBuilding || seen.Of != 3000 || seen.Items != 3*576 || seen.Left < 4*time.Second || seen.Left > 6*time.Second {
			t.Errorf("%+v", seen)
		}
		if p := d.Progress(); p.Left != 0 {
			t.Errorf("%+v", p)
		}
	}
}

func TestAsOf_PassesOverClocksThatRunAhead(t *testing.T) {
	t.Parallel()
	e := crowd(10, 3)
	e[1].Kinds[0].Newest = "20990101000000"
	for i := range e {
		e[i].Kinds[1].Newest = "20260301"
	}
	ix := built(newFake("s1", e))
	ix.cfg.Clock = func() time.Time { return time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC) }
	if got, want := ix.AsOf(), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("%v, want %v", got, want)
	}
	if !built(newFake("s1", nil)).AsOf().IsZero() {
		t.Error("nothing is known, and yet there is a time")
	}
}

// BenchmarkSearch looks for a family name among 20,000 patients, of whom one in
// twenty has it.
func BenchmarkSearch(b *testing.B) {
	ix := built(newFake("s1", crowd(11, 20_000)))
	b.ReportAllocs()
	for b.Loop() {
		if r := ix.Search(Query{Text: "ヤマダ"}); len(r.Hits) != defaultLimit {
			b.Fatal(len(r.Hits))
		}
	}
}

// BenchmarkMerge puts 100 changed patients into a table of 20,000.
func BenchmarkMerge(b *testing.B) {
	tab := built(newFake("s1", crowd(11, 20_000))).table.Load()
	fold := newFolder()
	var fresh []pending
	for _, e := range crowd(12, 100) {
		fresh = append(fresh, pending{entry: e, kana: kanaKey(e.Brief.Kana), kanji: fold.kanjiKey(e.Brief.Kanji)})
	}
	b.ReportAllocs()
	for b.Loop() {
		merge(tab, fresh, nil, nil)
	}
}
