package evtx_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxtest"
	"github.com/torideproject/toride/evtx/evtxwrite"
)

// Chunks decoded by several workers with one cache give the same records and
// the same shapes as one reader.
func TestChunks_DecodedInParallel(t *testing.T) {
	t.Parallel()
	b := evtxtest.Mixed(t, 2000)
	cache := evtx.NewCache()
	want := map[uint64]string{}
	shapes := map[uint64]*evtx.Shape{}
	r := evtx.NewReaderAt(bytes.NewReader(b), int64(len(b)), evtx.Options{Cache: cache})
	for r.Next() {
		want[r.Record().Number()] = string(r.Record().AppendJSON(nil))
		shapes[r.Record().Number()] = r.Record().Shape()
	}
	if len(want) != 2000 {
		t.Fatalf("%d records", len(want))
	}
	work := make(chan evtx.Chunk)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 4 {
		wg.Go(func() {
			d := evtx.NewDecoder(evtx.Options{Cache: cache})
			for c := range work {
				d.Chunk(&c)
				for d.Next() {
					rec := d.Record()
					line := string(rec.AppendJSON(nil))
					mu.Lock()
					if want[rec.Number()] != line || shapes[rec.Number()] != rec.Shape() {
						t.Errorf("record %d differs", rec.Number())
					}
					delete(want, rec.Number())
					mu.Unlock()
				}
			}
		})
	}
	chunks := evtx.NewChunks(bytes.NewReader(b))
	for {
		var c evtx.Chunk // each worker keeps its own memory
		if !chunks.Next(&c) {
			break
		}
		work <- c
	}
	close(work)
	wg.Wait()
	if chunks.Err() != nil || len(want) != 0 {
		t.Errorf("%d records were not found, %v", len(want), chunks.Err())
	}
}

// Decoders that fill one cache at the same time agree on every shape.
func TestCache_FilledInParallel(t *testing.T) {
	t.Parallel()
	b := evtxtest.Mixed(t, 500)
	cache := evtx.NewCache()
	found := make([][]*evtx.Shape, 8)
	var wg sync.WaitGroup
	for i := range found {
		wg.Go(func() {
			r := evtx.NewReader(bytes.NewReader(b), evtx.Options{Cache: cache})
			for r.Next() {
				found[i] = append(found[i], r.Record().Shape())
			}
		})
	}
	wg.Wait()
	for i := range found {
		if !slices.Equal(found[i], found[0]) {
			t.Errorf("reader %d saw other shapes", i)
		}
	}
	seen := map[int]*evtx.Shape{}
	for _, s := range found[0] {
		if old, ok := seen[s.ID()]; ok && old != s {
			t.Errorf("two shapes have the number %d", s.ID())
		}
		seen[s.ID()] = s
	}
	if len(seen) != cache.Shapes() {
		t.Errorf("%d shapes seen, %d in the cache", len(seen), cache.Shapes())
	}
}

// What the underlying reader reports is an error; records before it are read.
func TestReader_ReadingFails(t *testing.T) {
	t.Parallel()
	b := evtxtest.Mixed(t, 300)
	broken := errors.New("the disk is gone")
	for _, at := range []int{0, 100, 4096, 4096 + 65536, 4096 + 65536 + 5000} {
		r := evtx.NewReader(io.MultiReader(bytes.NewReader(b[:at]), iotest.ErrReader(broken)), evtx.Options{})
		n := 0
		for r.Next() {
			n++
		}
		if !errors.Is(r.Err(), broken) || at > 60000 && n == 0 {
			t.Errorf("after %d bytes: %d records, %v", at, n, r.Err())
		}
	}
}

// However the bytes come, the records are the same.
func TestReader_SmallReads(t *testing.T) {
	t.Parallel()
	b := evtxtest.Mixed(t, 100)
	for name, src := range map[string]io.Reader{
		"one byte": iotest.OneByteReader(bytes.NewReader(b)),
		"half":     iotest.HalfReader(bytes.NewReader(b)),
		"with EOF": iotest.DataErrReader(bytes.NewReader(b)),
	} {
		r := evtx.NewReader(src, evtx.Options{})
		n := 0
		for r.Next() {
			n++
		}
		if n != 100 || r.Err() != nil || len(r.Damage()) > 0 {
			t.Errorf("%s: %d records, %v, %v", name, n, r.Err(), r.Damage())
		}
	}
}

// A reader is used again for many files and keeps nothing of the one before.
func TestReader_Reset(t *testing.T) {
	t.Parallel()
	r := evtx.NewReader(bytes.NewReader([]byte("not a log")), evtx.Options{})
	if r.Next() || !errors.Is(r.Err(), evtx.ErrNotEventLog) || len(r.Damage()) != 1 {
		t.Fatal(r.Err(), r.Damage())
	}
	for range 3 {
		r.Reset(bytes.NewReader(evtxtest.Mixed(t, 20)))
		n := 0
		for r.Next() {
			n++
		}
		if n != 20 || r.Err() != nil || len(r.Damage()) != 0 {
			t.Errorf("%d records, %v, %v", n, r.Err(), r.Damage())
		}
	}
	if r.Next() {
		t.Error("there is a record behind the end")
	}
}

// zeros is an endless input without a chunk.
type zeros struct{ n int64 }

func (z *zeros) Read(b []byte) (int, error) {
	clear(b)
	b[0] = 'x'
	z.n += int64(len(b))
	return len(b), nil
}

// An input that is something else is not read to its end, which may be far.
func TestReader_GivesUp(t *testing.T) {
	t.Parallel()
	src := &zeros{}
	r := evtx.NewReader(src, evtx.Options{})
	if r.Next() || !errors.Is(r.Err(), evtx.ErrNotEventLog) || src.n > 100<<20 {
		t.Errorf("%v after %d bytes", r.Err(), src.n)
	}
}

func TestDamage_String(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]evtx.Damage{
		"truncated at byte 9 (2 bytes)":                       {Kind: evtx.Truncated, Offset: 9, Length: 2, Chunk: -1},
		"bad body at byte 1, chunk 0, record 5: EOF":          {Kind: evtx.BadBody, Offset: 1, Record: 5, Cause: io.EOF},
		"missing records at byte 0, chunk 2, records 5 to 9":  {Kind: evtx.MissingRecords, Chunk: 2, Record: 5, Last: 9},
		"damage at byte 0, chunk 0":                           {},
		"over a limit at byte 7 (3 bytes), chunk 0, record 2": {Kind: evtx.OverLimit, Offset: 7, Length: 3, Record: 2},
	} {
		if got := d.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func ExampleReader() {
	file := bytes.NewReader(example())
	r := evtx.NewReader(file, evtx.Options{})
	for r.Next() {
		rec := r.Record()
		user, _ := rec.Field("TargetUserName")
		address, _ := rec.Field("IpAddress")
		fmt.Println(rec.Shape().EventID(), string(user), string(address))
	}
	fmt.Println(r.Damage(), r.Err())
	// Output:
	// 4625 tanaka 192.0.2.44
	// [] <nil>
}

func example() []byte {
	w := evtxwrite.New()
	if err := w.Add(evtxtest.Event(4)); err != nil {
		panic(err)
	}
	return w.Bytes()
}
