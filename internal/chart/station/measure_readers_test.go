//go:build measure

package station_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/ssmix2/synth"
)

// TestMeasure_Readers has TORIDE_MEASURE_READERS (500) people sign in at a
// station and read for TORIDE_MEASURE_SECONDS (60): each searches an inpatient
// by kana, looks at whom it found, is asked whether it is him (which reads the
// chart), confirms him and opens his page, and thinks
// between pages for ten seconds on average (5 to 15); then as long again, opening
// all results of the laboratory and the matrix of all years after it. Every act is in the ledger before
// its answer. The hospital has TORIDE_MEASURE_BEDS (300) beds; with
// TORIDE_MEASURE_COLD its store is on a cold disk (Linux, root), with
// TORIDE_MEASURE_SEALED they read its sealed copy. The readers run in the same process, so that half of the box's
// work, and their TLS, is theirs.
//
//	TORIDE_MEASURE_SECONDS=60 go test -tags measure -run '^TestMeasure_Readers$' -v -timeout 30m ./internal/chart/station
func TestMeasure_Readers(t *testing.T) {
	readers, span := number("TORIDE_MEASURE_READERS", 500), time.Duration(number("TORIDE_MEASURE_SECONDS", 60))*time.Second
	beds := number("TORIDE_MEASURE_BEDS", 300)
	h, err := synth.New(synth.Options{Seed: 7, Patients: 2 * beds, Years: 3, Beds: beds, AsOf: ledgertest.Start().Add(-2 * time.Hour), Extended: true})
	if err != nil {
		t.Fatal(err)
	}
	dir := storeOf(t, h)
	var keys []*vault.Key
	if os.Getenv("TORIDE_MEASURE_SEALED") != "" {
		v := vaulted{dir: filepath.Join(t.TempDir(), "vault")}
		if err := v.make(dir); err != nil {
			t.Fatal(err)
		}
		dir, keys = v.dir, []*vault.Key{v.key}
	}
	r := serve(t, func(c *station.Config) { c.Roots, c.Keys = []string{dir}, keys })
	admin := r.people()
	var list strings.Builder
	list.WriteString(staffList)
	for i := range readers {
		fmt.Fprintf(&list, "%d,架空 %d,医師,救急,%s\n", 20000+i, i, pin)
	}
	p := admin.upload("/staff/import", "名簿.csv", list.String()).want(t, 303)
	admin.post(p.to, "whole", "whole", "slips", "code").want(t, 303)
	for r.Shelf() == nil || r.Shelf().Index().Progress().Whole.IsZero() {
		<-time.After(50 * time.Millisecond)
	}
	var people []*browser
	if os.Getenv("TORIDE_MEASURE_COLD") != "" {
		if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0); err != nil {
			t.Fatal(err)
		}
	}
	from := time.Now()
	for i := range readers {
		b := r.browser()
		// Everybody reads at a PC of their own.
		own := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i/200), byte(1+i%200))}}
		b.http.Transport.(*http.Transport).DialContext = own.DialContext
		b.post("/signin", "number", strconv.Itoa(20000+i), "pin", pin).want(t, 303)
		people = append(people, b)
	}
	fmt.Printf("MEASURE readers.signin %d people in %.1f s\n", readers, time.Since(from).Seconds())
	where := fmt.Sprintf("beds=%d sealed=%v cold=%v", beds, keys != nil, os.Getenv("TORIDE_MEASURE_COLD") != "")
	readAll(t, h, people, span, where+" views=1", []view{{"page", ""}})
	readAll(t, h, people, span, where+" views=3", []view{{"page", ""}, {"labs", "/labs"}, {"matrix", "/matrix"}})
}

// storeOf writes the hospital's store, or takes the one that TORIDE_MEASURE_STORE
// names and keeps it.
func storeOf(t *testing.T, h *synth.Hospital) string {
	t.Helper()
	dir := os.Getenv("TORIDE_MEASURE_STORE")
	if dir == "" {
		dir = t.TempDir()
	} else if err := os.Mkdir(dir, 0o700); err != nil {
		return dir
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := h.Write(t.Context(), &synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile, Chtimes: root.Chtimes}, synth.WriteOptions{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// view is a page of a chart.
type view struct{ what, path string }

// readAll has everybody read for a while and prints how long it took.
func readAll(t *testing.T, h *synth.Hospital, people []*browser, span time.Duration, where string, views []view) {
	t.Helper()
	census := h.Census()
	m := &measured{}
	ctx, stop := context.WithTimeout(t.Context(), span+2*time.Minute)
	defer stop()
	var all sync.WaitGroup
	busy := used()
	for i, b := range people {
		all.Go(func() {
			m.read(ctx, b, h, census, rand.New(rand.NewPCG(7, uint64(i))), views, time.Now().Add(span))
		})
	}
	all.Wait()
	fmt.Printf("MEASURE readers.cpu %s %.1f s of processor time in %.0f s, readers included\n", where, (used() - busy).Seconds(), span.Seconds())
	for _, what := range []string{"search", "found", "asked", "confirm", "page", "labs", "matrix"} {
		d := m.took[what]
		if len(d) == 0 {
			continue
		}
		slices.Sort(d)
		fmt.Printf("MEASURE readers.%s %s readers=%d requests=%d p50_ms=%.1f p99_ms=%.1f max_ms=%.1f\n", what, where, len(people), len(d), ms(d[len(d)/2]), ms(d[len(d)*99/100]), ms(d[len(d)-1]))
	}
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type measured struct {
	mu   sync.Mutex
	took map[string][]time.Duration
}

func (m *measured) time(what string, do func() page) page {
	from := time.Now()
	p := do()
	d := time.Since(from)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.took == nil {
		m.took = map[string][]time.Duration{}
	}
	m.took[what] = append(m.took[what], d)
	return p
}

// read is one person's work until the time is over.
func (m *measured) read(ctx context.Context, b *browser, h *synth.Hospital, census []int, r *rand.Rand, views []view, until time.Time) {
	think := func() bool {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(5*time.Second + time.Duration(r.Int64N(int64(10*time.Second)))):
			return time.Now().Before(until)
		}
	}
	<-time.After(time.Duration(r.Int64N(int64(10 * time.Second)))) // nobody begins at the same moment
	for {
		who := h.Expect(census[r.IntN(len(census))])
		list := m.time("search", func() page { return b.post("/chart/search", "q", who.Kana).want(b.r.t, 303) })
		m.time("found", func() page { return b.get(list.to).want(b.r.t, 200) })
		if !think() {
			return
		}
		base := "/chart/p/" + who.ID
		asked := m.time("asked", func() page { return b.get(base+"/confirm").want(b.r.t, 200) })
		m.time("confirm", func() page {
			return b.post(base+"/confirm", "seal", between(asked.body, `name="seal" value="`, `"`), "how", "seen", "sure", "yes").want(b.r.t, 303)
		})
		for _, v := range views {
			m.time(v.what, func() page { return b.get(base+v.path).want(b.r.t, 200) })
			if !think() {
				return
			}
		}
	}
}
