package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// fakeSource walks entries that a test made.
type fakeSource struct {
	source.Source
	info source.Info

	mu      sync.Mutex
	entries []source.Entry
	gone    error
	after   []string // Walk.After of each walk
	quick   []bool
	yielded int
	stop    func(n int) // called before the nth entry
}

func (f *fakeSource) Info() source.Info { return f.info }

func (f *fakeSource) Kind(code string) source.Kind {
	return source.Kind{Code: code, Japanese: "種別" + code, English: "kind " + code}
}

func (f *fakeSource) Walk(ctx context.Context, opt source.Walk, yield func(source.Entry) error) error {
	f.mu.Lock()
	entries, gone := f.entries, f.gone
	f.after, f.quick = append(f.after, opt.After), append(f.quick, opt.Quick)
	f.mu.Unlock()
	for _, e := range entries {
		if e.Position <= opt.After {
			continue
		}
		f.mu.Lock()
		f.yielded++
		n, stop := f.yielded, f.stop
		f.mu.Unlock()
		if stop != nil {
			stop(n)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if gone != nil && n%3 == 0 {
			return gone
		}
		if opt.Known != nil {
			if mark, ok := opt.Known(e.ID); ok && mark == e.Mark {
				e = source.Entry{ID: e.ID, Mark: e.Mark, Position: e.Position, Same: true}
			}
		}
		if err := yield(e); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeSource) Count(context.Context) (int64, error) { return int64(len(f.entries)), nil }

func (f *fakeSource) set(change func(f *fakeSource)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

var errPulled = errors.New("the medium was pulled out")

// person makes an entry by hand.
func person(id, kanji, kana, birth string) source.Entry {
	return source.Entry{ID: id, Brief: source.Brief{Kanji: kanji, Kana: kana, Birth: birth, Sex: "F"}, Position: id, Mark: 1, Files: 3,
		Kinds: []source.Count{{Kind: "ADT-00", Items: 1, Newest: "20260101120000"}, {Kind: "OMP-01", Items: 2, Newest: "20260201"}}}
}

// parts of names for made-up patients: common ones often, so that lists are long.
var (
	families = [][2]string{{"山田", "ヤマダ"}, {"髙橋", "タカハシ"}, {"高橋", "タカハシ"}, {"渡邊", "ワタナベ"}, {"渡辺", "ワタナベ"}, {"斎藤", "サイトウ"}, {"齋藤", "サイトウ"},
		{"大野", "オオノ"}, {"小野", "オノ"}, {"林", "ハヤシ"}, {"森", "モリ"}, {"佐々木", "ササキ"}, {"佐佐木", "ササキ"}, {"鎌ヶ谷", "カマガヤ"}, {"伊藤", "ｲﾄｳ"}, {"浜田", "ハマダ"},
		{"濵田", "ハマダ"}, {"中嶋", "ナカジマ"}, {"長島", "ナガシマ"}, {"服部", "ハットリ"}, {"越前谷", "エチゼンヤ"}, {"スミス", "スミス"}}
	givens = [][2]string{{"太郎", "タロウ"}, {"一郎", "イチロウ"}, {"眞一", "シンイチ"}, {"真一", "シンイチ"}, {"花子", "ハナコ"}, {"圭子", "ケイコ"}, {"さくら", "サクラ"}, {"櫻", "サクラ"},
		{"裕子", "ユウコ"}, {"優", "ユウ"}, {"マリー", "マリー"}, {"香津美", "カヅミ"}, {"和美", "カズミ"}, {"薫", "カヲル"}, {"浩一", "コウイチ"}, {"達也", "タツヤ"}}
)

// crowd makes n patients of a seed.
func crowd(seed uint64, n int) []source.Entry {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]source.Entry, 0, n)
	for i := range n {
		f, g := families[r.IntN(len(families))], givens[r.IntN(len(givens))]
		day := time.Date(1930+r.IntN(90), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
		e := person(fmt.Sprintf("%010d", i*7+1), f[0]+"　"+g[0], f[1]+" "+g[1], day.Format("20060102"))
		e.Kinds[1].Items, e.Kinds[1].Newest = r.IntN(300), model.Stamp(time.Date(2026, 1, 1, 0, r.IntN(100_000), 0, 0, time.UTC).Format("20060102150405"))
		e.Mark = r.Uint64()
		if r.IntN(20) == 0 {
			e.Stay = &source.Bed{Ward: fmt.Sprintf("W%d", r.IntN(5)), WardName: "病棟", Room: fmt.Sprint(r.IntN(30)), Bed: "1", Admitted: "20260101"}
		}
		if r.IntN(50) == 0 {
			e.Brief.Kana = ""
		}
		if r.IntN(50) == 0 {
			e.Brief.Kanji = ""
		}
		out = append(out, e)
	}
	return out
}

func newFake(name string, entries []source.Entry) *fakeSource {
	return &fakeSource{info: source.Info{Name: name, Format: "fake", Label: "/made/up"}, entries: entries}
}

// memStore is a Store in memory.
type memStore struct {
	mu   sync.Mutex
	data []byte
	n    int
	fail error
}

func (m *memStore) Load() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.data, nil
}

func (m *memStore) Save(data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.data, m.n = data, m.n+1
	return nil
}

// built gives an index over sources, ready.
func built(sources ...source.Source) *Index {
	ix := New(Config{Sources: func() []source.Source { return sources }, Zone: time.UTC})
	b := &builder{ix: ix, whole: map[string]time.Time{}, walks: map[string]*walkState{}}
	b.load()
	if err := b.round(context.Background(), true); err != nil {
		panic(err)
	}
	return ix
}

func idsOf(r Result) string {
	var ids []string
	for _, h := range r.Hits {
		ids = append(ids, strings.TrimLeft(h.ID, "0"))
	}
	return strings.Join(ids, " ")
}

func sumOf(data []byte) [sha256.Size]byte { return sha256.Sum256(data) }
