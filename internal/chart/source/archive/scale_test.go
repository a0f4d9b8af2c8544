package archive_test

import (
	"context"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
)

// An index of TORIDE_ROWS rows (1,000,000 takes some seconds) is asked before
// and after the table is made; its figures are logged. Without the variable it
// has 20,000 rows and checks the answers alone.
func TestScale_OfAnIndex(t *testing.T) {
	n := 20_000
	if v, err := strconv.Atoi(os.Getenv("TORIDE_ROWS")); err == nil {
		n = v
	}
	fsys := fstest.MapFS{"index.csv": {Data: []byte(bigIndex(n))}}
	var fsi fs.FS = fsys
	s, _ := open(t, fsi)
	begin := time.Now()
	found, err := s.Find(context.Background(), "0000001234")
	first := time.Since(begin)
	if err != nil || len(found) != 1 || found[0].Person.Kanji != "架空 1234子" {
		t.Fatal(found, err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin = time.Now()
	patients := 0
	if err := s.Walk(context.Background(), source.Walk{Quick: true}, func(e source.Entry) error { patients++; return nil }); err != nil || patients != n/10 {
		t.Fatal(patients, err)
	}
	walked := time.Since(begin)
	runtime.GC()
	runtime.ReadMemStats(&after)
	begin = time.Now()
	c, err := s.Read(context.Background(), "0000001234", source.Want{})
	if err != nil || len(c.Items) != 10 || c.Items[0].Day < c.Items[9].Day {
		t.Fatal(shown(c), err)
	}
	t.Logf("%d rows, %d bytes: first find %v, table and walk %v, then a read %v; heap %d MiB (the index itself is in memory)", n, len(fsys["index.csv"].Data), first, walked, time.Since(begin), after.HeapAlloc>>20)
}
