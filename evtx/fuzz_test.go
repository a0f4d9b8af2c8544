package evtx_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxtest"
	"github.com/torideproject/toride/evtx/evtxwrite"
)

// examine asks a record for everything and checks that the answers agree.
func examine(t *testing.T, rec *evtx.Record) {
	shape := rec.Shape()
	values := rec.Values(nil)
	if len(values) != len(shape.Fields()) {
		t.Fatalf("%d values for %d fields", len(values), len(shape.Fields()))
	}
	total := 0
	for i, v := range values {
		if pad := v.Lower[len(v.Lower) : len(v.Lower)+evtx.Pad]; !bytes.Equal(pad, make([]byte, evtx.Pad)) {
			t.Fatalf("padding %x", pad)
		}
		if c, ok := shape.Const(i); ok && !bytes.Equal(c.Text, v.Text) {
			t.Fatalf("%s is always %q and now %q", shape.Fields()[i].Name, c.Text, v.Text)
		}
		if shape.Lookup(shape.Fields()[i].Name) != i {
			t.Fatalf("two fields are named %q", shape.Fields()[i].Name)
		}
		total += len(v.Text)
	}
	line, doc := rec.AppendJSON(nil), rec.AppendXML(nil)
	if !json.Valid(line) {
		t.Fatalf("no JSON: %q", line)
	}
	if err := wellFormed(doc); err != nil {
		t.Fatalf("no XML: %v: %q", err, doc)
	}
	for _, n := range []int{total, len(line), len(doc)} {
		// Tags and escapes of what is within the limit come on top.
		if n > 8*evtx.MaxRecordText {
			t.Fatalf("%d bytes of one record", n)
		}
	}
	one, _ := rec.Field("EventID")
	if i := shape.Lookup("EventID"); i >= 0 && !bytes.Equal(one, values[i].Text) {
		t.Fatalf("event ID %q and %q", one, values[i].Text)
	}
}

// FuzzReader reads any bytes as a file.
func FuzzReader(f *testing.F) {
	whole := evtxtest.File(f, evtxtest.Event(0), evtxtest.Event(4), evtxtest.Event(6), evtxtest.Event(7), evtxtest.Event(15))
	records, _ := walk(whole)
	last := records[len(records)-1]
	f.Add(whole[:int(last.offset)+last.size], false)
	f.Add(whole[evtx.HeaderSize:int(last.offset)+last.size], true)
	f.Add([]byte("ElfFile\x00"), false)
	f.Add([]byte("ElfChnk\x00"), true)
	f.Fuzz(func(t *testing.T, b []byte, sums bool) {
		if len(b) > 4*evtx.ChunkSize {
			return
		}
		b = bytes.Clone(b)
		if sums { // a damaged chunk whose checksums are right
			for at := 0; at+evtx.ChunkSize <= len(b); at += evtx.ChunkSize {
				checksums(b[at:])
			}
		}
		r := evtx.NewReader(bytes.NewReader(b), evtx.Options{})
		n := 0
		for ; r.Next(); n++ {
			rec := r.Record()
			if rec.Offset() < 0 || rec.Offset()+int64(len(rec.Raw())) > int64(len(b)) {
				t.Fatalf("a record at %d of %d bytes", rec.Offset(), len(b))
			}
			if !bytes.Equal(rec.Raw(), b[rec.Offset():rec.Offset()+int64(len(rec.Raw()))]) {
				t.Fatal("the raw bytes are not those of the file")
			}
			examine(t, rec)
		}
		if n > len(b)/28 {
			t.Fatalf("%d records in %d bytes", n, len(b))
		}
		for _, d := range r.Damage() {
			if d.String() == "" || d.Offset < 0 || d.Length < 0 {
				t.Fatalf("%+v", d)
			}
		}
	})
}

// FuzzRecord reads any bytes as the body of a record in a sound chunk, behind
// a record that defines templates.
func FuzzRecord(f *testing.F) {
	whole := evtxtest.File(f, evtxtest.Event(4), evtxtest.Event(4), evtxtest.Event(7), evtxtest.Event(15))
	records, _ := walk(whole)
	for _, rec := range records[1:] {
		f.Add(whole[rec.offset+24 : rec.offset+int64(rec.size)-4])
	}
	for _, body := range []func(x *bx){everything(true), everything(false), nestedBody(true, true), nestedBody(false, false)} {
		w := evtxwrite.New()
		if err := w.Add(evtxtest.Event(4)); err != nil {
			f.Fatal(err)
		}
		if err := w.AddBody(time.Unix(1e9, 0), func(at uint32) []byte {
			x := &bx{at: int(at)}
			body(x)
			f.Add(x.b)
			return x.b
		}); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 40000 {
			return
		}
		w := evtxwrite.New()
		if err := w.Add(evtxtest.Event(4)); err != nil {
			t.Fatal(err)
		}
		if err := w.AddBody(time.Unix(1e9, 0), func(uint32) []byte { return body }); err != nil {
			t.Fatal(err)
		}
		r := evtx.NewReader(bytes.NewReader(w.Bytes()), evtx.Options{})
		n := 0
		for ; r.Next(); n++ {
			if n == 0 && r.Record().Err() != nil {
				t.Fatal(r.Record().Err())
			}
			examine(t, r.Record())
		}
		if n != 2 {
			t.Fatalf("%d records, %v", n, r.Damage())
		}
	})
}
