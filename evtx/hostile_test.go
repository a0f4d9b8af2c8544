package evtx_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxtest"
	"github.com/torideproject/toride/evtx/evtxwrite"
)

// readAll reads a file to its end, asks each record for all it can give, and
// fails if that is not sound.
func readAll(t testing.TB, r *evtx.Reader, b []byte) (lines []string) {
	t.Helper()
	var vs []evtx.Value
	var line, doc []byte
	r.Reset(bytes.NewReader(b))
	for r.Next() {
		rec := r.Record()
		vs = rec.Values(vs)
		if len(vs) != len(rec.Shape().Fields()) {
			t.Fatalf("%d values for %d fields", len(vs), len(rec.Shape().Fields()))
		}
		for _, v := range vs {
			_ = v.Lower[:len(v.Lower)+evtx.Pad]
		}
		if line = rec.AppendJSON(line[:0]); !json.Valid(line) {
			t.Fatalf("no JSON: %s", line)
		}
		if doc = rec.AppendXML(doc[:0]); len(doc) == 0 {
			t.Fatal("no XML")
		}
		lines = append(lines, string(line))
	}
	_ = r.Damage()
	return lines
}

// A file that is cut gives what stands whole before the cut.
func TestReader_TruncatedAtEveryByte(t *testing.T) {
	t.Parallel()
	whole := evtxtest.File(t, evtxtest.Event(3), evtxtest.Event(6), evtxtest.Event(7), evtxtest.Event(15))
	records, _ := walk(whole)
	last := records[len(records)-1]
	r := evtx.NewReader(nil, evtx.Options{})
	want := readAll(t, r, whole)
	for n := range int(last.offset) + last.size + 64 {
		got := readAll(t, r, whole[:n])
		complete := 0
		for _, rec := range records {
			if rec.offset+int64(rec.size) <= int64(n) {
				complete++
			}
		}
		if len(got) < complete || len(got) > complete+1 || strings.Join(got[:complete], "\n") != strings.Join(want[:complete], "\n") {
			t.Fatalf("cut at %d: %d records, %d stand whole", n, len(got), complete)
		}
		if n > 4096 && len(r.Damage()) == 0 {
			t.Fatalf("cut at %d: no damage is listed", n)
		}
	}
}

// One bit that is wrong never costs more than the records that use it, and is
// never silent: the checksum tells.
func TestReader_BitFlips(t *testing.T) {
	t.Parallel()
	whole := evtxtest.File(t, evtxtest.Event(6), evtxtest.Event(3), evtxtest.Event(7), evtxtest.Event(15))
	records, _ := walk(whole)
	last := records[len(records)-1]
	r := evtx.NewReader(nil, evtx.Options{})
	rnd := rand.New(rand.NewPCG(3, 3))
	for i := 0; i < int(last.offset)+last.size; i++ {
		if i == 128 {
			i = 4096 // the rest of the file header is empty
		}
		bit := byte(1) << rnd.IntN(8)
		whole[i] ^= bit
		n := len(readAll(t, r, whole))
		if n > 4 || i >= 4096+512 && n < 3 {
			t.Errorf("bit %#x of byte %d: %d records", bit, i, n)
		}
		if i >= 4096+512 && len(r.Damage()) == 0 {
			t.Errorf("bit %#x of byte %d: no damage is listed", bit, i)
		}
		whole[i] ^= bit
	}
}

// Sizes, counts and offsets that lie are put everywhere.
func TestReader_LyingSizes(t *testing.T) {
	t.Parallel()
	whole := evtxtest.File(t, evtxtest.Event(6), evtxtest.Event(3), evtxtest.Event(7), evtxtest.Event(15))
	spoilt := make([]byte, len(whole))
	r := evtx.NewReader(nil, evtx.Options{})
	lies := []uint32{0, 1, 0x7f, 0xff, 0x200, 0x1000, 0x7fff, 0xfff8, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff}
	for i := 4096; i < 4096+512+6500; i++ {
		copy(spoilt, whole)
		if lie := lies[i%len(lies)]; i%2 == 0 {
			binary.LittleEndian.PutUint32(spoilt[i:], lie)
		} else {
			binary.LittleEndian.PutUint16(spoilt[i:], uint16(lie))
		}
		if i%3 == 0 {
			checksums(spoilt[4096:])
		}
		readAll(t, r, spoilt)
	}
}

func TestReader_SelfReference(t *testing.T) {
	t.Parallel()
	cases := map[string]func(x *bx){
		"definition is the instance itself": func(x *bx) { x.header().raw(0x0c, 1).u32(1).u32(x.here() - 6).u32(0) },
		"definition holds an instance of itself": func(x *bx) {
			x.header()
			def := x.here() + 10
			x.template(1, func(x *bx) { x.header().raw(0x0c, 1).u32(1).u32(def).raw(0) }).values()
		},
		"element's content is an instance": func(x *bx) {
			x.header().template(1, func(x *bx) {
				x.open("Event", true, false).close().raw(0x0c, 1).u32(1).u32(512).end().raw(0)
			}).values()
		},
		"value is a document with the same template, again and again": func(x *bx) {
			x.header()
			def := x.here() + 10
			x.template(1, func(x *bx) {
				x.open("Event", true, false).close().sub(0, 0x21).sub(0, 0x21).end().raw(0)
			})
			var inner []byte
			for range 300 {
				y := &bx{}
				inner = y.header().raw(0x0c, 1).u32(1).u32(def).values(evtxwrite.Raw{Type: 0x21, Bytes: inner}).b
			}
			x.values(evtxwrite.Raw{Type: 0x21, Bytes: inner})
		},
	}
	for name, body := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := evtx.NewReader(nil, evtx.Options{})
			if lines := readAll(t, r, bodies(t, body)); len(lines) != 1 || len(r.Damage()) == 0 {
				t.Errorf("%d records, %v", len(lines), r.Damage())
			}
		})
	}
}

func TestReader_DeepNesting(t *testing.T) {
	t.Parallel()
	deep := func(n int) []byte {
		return bodies(t, func(x *bx) {
			x.header()
			for range n {
				x.open("e", false, false).close()
			}
			x.text("bottom")
			for range n {
				x.end()
			}
		})
	}
	if rec, _ := first(t, deep(evtx.MaxDepth)); rec.Err() != nil || !strings.Contains(string(rec.AppendXML(nil)), "bottom") {
		t.Errorf("%d elements: %v", evtx.MaxDepth, rec.Err())
	}
	for _, n := range []int{evtx.MaxDepth + 1, 1500} {
		if rec, _ := first(t, deep(n)); rec.Err() == nil {
			t.Errorf("%d elements were taken", n)
		}
	}
}

// A template may name a value thousands of times. What a record gives is
// bounded, and what was cut off is listed.
func TestReader_Amplification(t *testing.T) {
	t.Parallel()
	value := evtxwrite.Raw{Type: 1, Bytes: units(strings.Repeat("x", 5000))}
	cases := map[string]func(x *bx){
		"one element": func(x *bx) {
			for range 4000 {
				x.sub(0, 1)
			}
		},
		"many elements": func(x *bx) {
			x.open("EventData", true, false).close()
			for range 900 {
				x.open("Data", true, false).close().sub(0, 1).end()
			}
			x.end()
		},
		"attributes": func(x *bx) {
			x.open("a", true, true)
			for range 500 {
				x.attr("n").sub(0, 1).sub(0, 1)
			}
			x.close().end()
		},
	}
	for name, body := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec, r := first(t, bodies(t, func(x *bx) {
				x.template(1, func(x *bx) {
					x.open("Event", true, false).close()
					body(x)
					x.end().raw(0)
				}).values(value)
			}))
			line, doc := rec.AppendJSON(nil), rec.AppendXML(nil)
			sum := 0
			for _, v := range rec.Values(nil) {
				sum += len(v.Text)
			}
			for _, n := range []int{len(line), len(doc), sum} {
				if n > evtx.MaxRecordText+100000 {
					t.Errorf("%d bytes of one record", n)
				}
			}
			if !json.Valid(line) || wellFormed(doc) != nil {
				t.Error("what was cut is not sound")
			}
			if d := r.Damage(); len(d) != 1 || d[0].Kind != evtx.OverLimit || d[0].Record != 1 {
				t.Error(d)
			}
		})
	}
}

// Documents in documents, each named twice, would be 2^60 elements.
func TestReader_ExponentialDocuments(t *testing.T) {
	t.Parallel()
	b := bodies(t, func(x *bx) {
		x.header()
		def := x.here() + 10
		x.template(1, func(x *bx) {
			x.open("e", true, false).close().sub(0, 0x21).sub(1, 0x21).sub(0, 0x21).sub(1, 0x21).end().raw(0)
		})
		var inner []byte
		for range 60 {
			y := &bx{}
			doc := evtxwrite.Raw{Type: 0x21, Bytes: inner}
			inner = y.header().raw(0x0c, 1).u32(1).u32(def).values(doc, evtxwrite.Raw{Type: 0x21, Bytes: inner[:min(len(inner), 60)]}).b
		}
		x.values(evtxwrite.Raw{Type: 0x21, Bytes: inner})
	})
	r := evtx.NewReader(nil, evtx.Options{})
	if n := len(readAll(t, r, b)); n != 1 {
		t.Errorf("%d records", n)
	}
	if len(r.Damage()) == 0 {
		t.Error("nothing was cut off")
	}
}

// Definitions may overlap; a chunk's worth of work stays bounded.
func TestReader_OverlappingDefinitions(t *testing.T) {
	t.Parallel()
	fs := []func(x *bx){func(x *bx) {
		x.template(1, func(x *bx) {
			x.open("Event", true, false).close()
			for x.here() < 40000 {
				x.raw(0x0c).u32(1).u32(0).u32(0).u32(0).u32(0).u32(30000)
			}
			x.end().raw(0)
		}).values()
	}}
	for i := range 300 {
		fs = append(fs, func(x *bx) { x.header().raw(0x0c, 1).u32(1).u32(700 + 25*i).u32(0) })
	}
	r := evtx.NewReader(nil, evtx.Options{})
	if n := len(readAll(t, r, bodies(t, fs...))); n != 301 || len(r.Damage()) != 301 {
		t.Errorf("%d records, %d damages", n, len(r.Damage()))
	}
}

// Two templates that say the same of themselves are told apart by what they
// are.
func TestCache_LyingTemplates(t *testing.T) {
	t.Parallel()
	file := func(name string) []byte {
		return bodies(t, func(x *bx) {
			x.template(9, func(x *bx) {
				x.open("Event", true, false).close().open("EventData", true, false).close()
				x.open(name, true, false).close().sub(0, 1).end().end().end().raw(0)
			}).values(evtxwrite.Raw{Type: 1, Bytes: units("v")})
		})
	}
	cache := evtx.NewCache()
	r := evtx.NewReader(nil, evtx.Options{Cache: cache})
	for i := range 500 {
		name := fmt.Sprintf("n%03d", i*7%200)
		r.Reset(bytes.NewReader(file(name)))
		if !r.Next() {
			t.Fatal(r.Damage())
		}
		if got, ok := r.Record().Field(name); !ok || string(got) != "v" || len(r.Record().Shape().Fields()) != 1 {
			t.Fatalf("%s: %q, %v", name, got, r.Record().Shape().Fields())
		}
	}
	if cache.Shapes() != 200 {
		t.Errorf("%d shapes", cache.Shapes())
	}
}

// A file of ever new kinds of events fills the cache and no more; all is
// still read.
func TestCache_Full(t *testing.T) {
	t.Parallel()
	cache := evtx.NewCache()
	r := evtx.NewReader(nil, evtx.Options{Cache: cache})
	kinds := 0
	for file := range 20 {
		var fs []func(x *bx)
		for i := range 2500 {
			name := fmt.Sprintf("kind%d", file*2500+i)
			fs = append(fs, func(x *bx) {
				x.open("Event", false, false).close().open(name, false, false).close().text("v").end().end()
			})
		}
		r.Reset(bytes.NewReader(bodies(t, fs...)))
		for ; r.Next(); kinds++ {
			rec := r.Record()
			if got, ok := rec.Field(fmt.Sprintf("kind%d", kinds)); !ok || string(got) != "v" {
				t.Fatalf("kind %d: %q, %v", kinds, got, rec.Err())
			}
			if id := rec.Shape().ID(); id >= cache.Shapes() || kinds < 1000 && id != kinds {
				t.Fatalf("kind %d has number %d of %d", kinds, id, cache.Shapes())
			}
		}
	}
	if kinds != 50000 || cache.Shapes() > evtx.MaxShapes || cache.Size() > 64<<20 {
		t.Errorf("%d kinds, %d shapes, %d bytes", kinds, cache.Shapes(), cache.Size())
	}
}

// A record whose body is empty or cannot be read is still a record: its
// number and time are those of its header.
func TestReader_RecordWithoutBody(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]func(x *bx){
		"empty":         func(*bx) {},
		"header alone":  func(x *bx) { x.header() },
		"end alone":     func(x *bx) { x.header().raw(0) },
		"zeros":         func(x *bx) { x.raw(make([]byte, 40)...) },
		"unknown token": func(x *bx) { x.raw(0x3f) },
	} {
		rec, r := first(t, bodies(t, body))
		const want = `{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},` +
			`"System":{"TimeCreated":{"#attributes":{"SystemTime":"2001-09-09T01:46:40.000000Z"}},"EventRecordID":1}}}`
		if got := string(rec.AppendJSON(nil)); got != want || rec.Err() == nil || rec.Shape().ID() < 0 {
			t.Errorf("%s: %s, %v", name, got, rec.Err())
		}
		if d := r.Damage(); len(d) != 1 || d[0].Kind != evtx.BadBody || d[0].Record != 1 || d[0].Offset != 4608 {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func TestReader_DamageIsBounded(t *testing.T) {
	t.Parallel()
	w := evtxwrite.New()
	for range evtx.MaxDamage + 500 {
		if err := w.AddBody(time.Unix(1e9, 0), func(uint32) []byte { return []byte{0x3f} }); err != nil {
			t.Fatal(err)
		}
	}
	r := evtx.NewReader(bytes.NewReader(w.Bytes()), evtx.Options{})
	n := 0
	for r.Next() {
		n++
	}
	if n != evtx.MaxDamage+500 || len(r.Damage()) != evtx.MaxDamage || r.MoreDamage() != 500 {
		t.Errorf("%d records, %d and %d damages", n, len(r.Damage()), r.MoreDamage())
	}
}
