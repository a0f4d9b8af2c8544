//go:build measure

package index

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
)

// TestMeasure_Search times searches among 100,000 patients and as many as
// TORIDE_MEASURE_PATIENTS says (1,000,000), by one reader and by 500 at once,
// and says what an index of that size takes. Names are made of 400 family and
// 400 given names, common ones often, as in a telephone book.
//
//	go test -tags measure -run Measure_Search -v ./internal/chart/index
func TestMeasure_Search(t *testing.T) {
	most := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("TORIDE_MEASURE_PATIENTS")); err == nil {
		most = n
	}
	for _, n := range []int{min(100_000, most), most} {
		measureSearch(t, n)
	}
}

func measureSearch(t *testing.T, n int) {
	ix := New(Config{Sources: func() []source.Source { return nil }, Zone: time.UTC})
	fresh := telephoneBook(ix.fold, n)
	from := time.Now()
	old := emptyTable()
	old.sources = []sourceInfo{{Name: "s1"}}
	tab, _ := merge(old, fresh, nil, nil)
	took := time.Since(from)
	ix.table.Store(tab)
	queries := asked(fresh)
	names := len(tab.show.data) + len(tab.kana.data) + len(tab.kanji.data)
	fresh = nil
	runtime.GC()
	data, err := encode(tab, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	from = time.Now()
	if _, _, err := decode(data); err != nil {
		t.Fatal(err)
	}
	load := time.Since(from)
	fmt.Printf("MEASURE index.size patients=%d table_ms=%d bytes_per_patient=%d of_these_names=%d file_MiB=%.1f load_ms=%d\n",
		n, took.Milliseconds(), int(tableBytes(tab))/n, names/n, float64(len(data))/(1<<20), load.Milliseconds())
	for _, kind := range slices.Sorted(keys(queries)) {
		one := timeSearches(ix, queries[kind], 1, 400)
		fmt.Printf("MEASURE index.search patients=%d readers=1 kind=%s p50_us=%d p99_us=%d max_us=%d\n", n, kind, one[len(one)/2].Microseconds(), one[len(one)*99/100].Microseconds(), one[len(one)-1].Microseconds())
	}
	var mix []string
	for _, q := range queries {
		mix = append(mix, q...)
	}
	slices.Sort(mix)
	// 500 readers who each search once in two seconds, as fast typists do.
	busy := paced(ix, mix, 500, 2*time.Second, 5)
	fmt.Printf("MEASURE index.search patients=%d readers=500 pace=2s p50_us=%d p99_us=%d max_us=%d\n", n, busy[len(busy)/2].Microseconds(), busy[len(busy)*99/100].Microseconds(), busy[len(busy)-1].Microseconds())
	from = time.Now()
	all := timeSearches(ix, mix, 500, 20)
	fmt.Printf("MEASURE index.search patients=%d readers=500 pace=none searches_per_s=%.0f p99_us=%d\n", n, float64(len(all))/time.Since(from).Seconds(), all[len(all)*99/100].Microseconds())
}

func keys(m map[string][]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// tableBytes adds up what a table's slices hold.
func tableBytes(t *table) uintptr {
	n := cap(t.src) + 4*cap(t.birth) + cap(t.flags) + 8*cap(t.newest) + 4*cap(t.items) + 4*cap(t.files) + 8*cap(t.mark) + cap(t.head) + 2*cap(t.twins) + 4*cap(t.byBirth)
	for _, w := range t.texts() {
		n += 4*cap(w.off) + cap(w.data)
	}
	for _, p := range []*postings{&t.kanaPost, &t.kanjiPost} {
		n += 4*cap(p.start) + cap(p.data)
	}
	return uintptr(n + 200*len(t.beds))
}

// telephoneBook makes patients with made-up names whose frequencies fall as
// those of real names do.
func telephoneBook(f *folder, n int) []pending {
	r := rand.New(rand.NewPCG(9, 9))
	kana := []rune("アイウエオカキクケコサシスセソタチツテトナニノハヒフマミムメモヤユヨラリルレロワガギグゴザジダデドバビブ")
	kanji := []rune("山田中村小林加藤木斎渡辺高橋佐伊吉本松井上野原川島石岡長谷前和清水森池阿部後近藤青坂遠岩福太西三浦竹内金子千葉宮崎柴酒工増丸北今河杉安平")
	name := func(least, more int) [2]string {
		var a, b []rune
		for range least + r.IntN(more) {
			a = append(a, kana[r.IntN(len(kana))])
		}
		for range 1 + r.IntN(2) {
			b = append(b, kanji[r.IntN(len(kanji))])
		}
		return [2]string{string(b), string(a)}
	}
	var fam, giv [][2]string
	for range 400 {
		fam, giv = append(fam, name(2, 4)), append(giv, name(2, 3))
	}
	pick := func(l [][2]string) [2]string { return l[int(float64(len(l))*r.Float64()*r.Float64())] }
	out := make([]pending, 0, n)
	kinds := []string{"ADT-00", "ADT-61", "PPR-01", "OMP-01", "OMP-02", "OMP-12", "OML-11", "OMG-01", "ADT-12", "ADT-22", "ADT-52", "OMD"}
	for i := range n {
		a, b := pick(fam), pick(giv)
		e := source.Entry{ID: fmt.Sprintf("%010d", i+1), Brief: source.Brief{Kanji: a[0] + " " + b[0], Kana: a[1] + " " + b[1], Sex: "F",
			Birth: time.Date(1930, 1, 1+r.IntN(34_000), 0, 0, 0, 0, time.UTC).Format("20060102")}, Mark: r.Uint64(), Files: 30}
		for _, k := range kinds {
			e.Kinds = append(e.Kinds, source.Count{Kind: k, Items: 1 + r.IntN(200), Newest: "20260301123456"})
		}
		if i%500 == 0 {
			e.Stay = &source.Bed{Ward: fmt.Sprint("W", i/500%12), Room: "301", Bed: "1", Admitted: "20260301"}
		}
		out = append(out, pending{entry: e, kana: kanaKey(e.Brief.Kana), kanji: f.kanjiKey(e.Brief.Kanji)})
	}
	return out
}

// asked makes queries of each kind from patients that there are.
func asked(all []pending) map[string][]string {
	r := rand.New(rand.NewPCG(2, 2))
	out := map[string][]string{}
	for range 200 {
		b := all[r.IntN(len(all))].entry
		family, given, _ := strings.Cut(b.Brief.Kana, " ")
		kanji, _, _ := strings.Cut(b.Brief.Kanji, " ")
		out["id"] = append(out["id"], strings.TrimLeft(b.ID, "0"))
		out["kana"] = append(out["kana"], b.Brief.Kana)
		out["kana_family"] = append(out["kana_family"], family)
		out["kana_given"] = append(out["kana_given"], given)
		out["kana_two_signs"] = append(out["kana_two_signs"], string([]rune(family)[:2]))
		out["kanji_family"] = append(out["kanji_family"], kanji)
		out["birth"] = append(out["birth"], b.Brief.Birth)
		out["kana_birth"] = append(out["kana_birth"], family+" "+b.Brief.Birth)
		out["nobody"] = append(out["nobody"], "ヌヌヌ"+given)
	}
	return out
}

func timeSearches(ix *Index, queries []string, readers, each int) []time.Duration {
	var mu sync.Mutex
	var all []time.Duration
	var work sync.WaitGroup
	for w := range readers {
		work.Go(func() {
			var own []time.Duration
			for i := range each {
				from := time.Now()
				ix.Search(Query{Text: queries[(w*31+i*7)%len(queries)]})
				own = append(own, time.Since(from))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
		})
	}
	work.Wait()
	slices.Sort(all)
	return all
}

// paced has readers search once in a while, not all at the same moment.
func paced(ix *Index, queries []string, readers int, pace time.Duration, times int) []time.Duration {
	var mu sync.Mutex
	var all []time.Duration
	var work sync.WaitGroup
	for w := range readers {
		work.Go(func() {
			wait := time.NewTimer(pace * time.Duration(w) / time.Duration(readers))
			defer wait.Stop()
			for i := range times {
				<-wait.C
				from := time.Now()
				ix.Search(Query{Text: queries[(w*31+i*7)%len(queries)]})
				d := time.Since(from)
				wait.Reset(pace)
				mu.Lock()
				all = append(all, d)
				mu.Unlock()
			}
		})
	}
	work.Wait()
	slices.Sort(all)
	return all
}
