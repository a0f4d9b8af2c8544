package evtxwrite_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxwrite"
)

func event(i int) evtxwrite.Event {
	return evtxwrite.Event{
		Provider: "Made-Up", ProviderGUID: "{00112233-4455-6677-8899-aabbccddeeff}", EventID: uint16(i), Qualifiers: 3, Version: 1, Level: 2,
		Task: 4, Opcode: 5, Keywords: 0x80, Time: time.Date(2026, 11, 1, 0, 0, i%60, 100, time.UTC), ActivityID: "11112222-3333-4444-5555-666677778888",
		ProcessID: 6, ThreadID: 7, Channel: "Made/Up", Computer: "pc-01", UserSID: "S-1-5-21-1-2-3-500",
		Data: []evtxwrite.Data{{Name: "text", Value: "値" + strings.Repeat("x", i%50)}, {Name: "n", Value: uint32(i)}},
	}
}

// What is written is read again, whole, over several chunks.
func TestWriter_ReadAgain(t *testing.T) {
	t.Parallel()
	for _, inline := range []bool{false, true} {
		w := evtxwrite.New()
		const n = 2000
		for i := range n {
			e := event(i)
			e.Inline = inline
			if err := w.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		b := w.Bytes()
		if (len(b)-evtx.HeaderSize)%evtx.ChunkSize != 0 || len(b) < evtx.HeaderSize+8*evtx.ChunkSize {
			t.Errorf("a file of %d bytes", len(b))
		}
		r := evtx.NewReader(bytes.NewReader(b), evtx.Options{})
		i := 0
		for ; r.Next(); i++ {
			check(t, r.Record(), i)
		}
		if i != n || len(r.Damage()) > 0 || r.Err() != nil {
			t.Errorf("inline %v: %d events, %v, %v", inline, i, r.Damage(), r.Err())
		}
	}
}

func check(t *testing.T, rec *evtx.Record, i int) {
	t.Helper()
	want := fmt.Sprintf(`{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},`+
		`"System":{"Provider":{"#attributes":{"Name":"Made-Up","Guid":"{00112233-4455-6677-8899-aabbccddeeff}"}},`+
		`"EventID":{"#attributes":{"Qualifiers":3},"#text":%d},"Version":1,"Level":2,"Task":4,"Opcode":5,"Keywords":"0x80",`+
		`"TimeCreated":{"#attributes":{"SystemTime":"2026-11-01T00:00:%02d.000000Z"}},"EventRecordID":%d,`+
		`"Correlation":{"#attributes":{"ActivityID":"11112222-3333-4444-5555-666677778888"}},`+
		`"Execution":{"#attributes":{"ProcessID":6,"ThreadID":7}},"Channel":"Made/Up","Computer":"pc-01",`+
		`"Security":{"#attributes":{"UserID":"S-1-5-21-1-2-3-500"}}},"EventData":{"text":"値%s","n":%d}}}`,
		i, i%60, i+1, strings.Repeat("x", i%50), i)
	got := string(rec.AppendJSON(nil))
	// Texts of events without templates are as Windows writes them.
	plain := strings.NewReplacer(".0000001Z", ".000000Z", "{11112222-3333-4444-5555-666677778888}", "11112222-3333-4444-5555-666677778888",
		fmt.Sprintf(`"n":"%d"`, i), fmt.Sprintf(`"n":%d`, i))
	if plain.Replace(got) != want {
		t.Fatalf("event %d\n got %s\nwant %s", i, plain.Replace(got), want)
	}
	if !rec.Written().Equal(time.Date(2026, 11, 1, 0, 0, i%60, 100, time.UTC)) || rec.Number() != uint64(i+1) {
		t.Errorf("record %d of %v", rec.Number(), rec.Written())
	}
}

func TestWriter_SameEventsSameBytes(t *testing.T) {
	t.Parallel()
	write := func() []byte {
		w := evtxwrite.New()
		w.Dirty()
		for i := range 100 {
			if err := w.Add(event(i)); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if n, err := w.WriteTo(&b); err != nil || n != int64(b.Len()) {
			t.Fatal(n, err)
		}
		return b.Bytes()
	}
	if !bytes.Equal(write(), write()) {
		t.Error("two files of the same events differ")
	}
}

// An event that cannot be written leaves the file as it was.
func TestWriter_Refuses(t *testing.T) {
	t.Parallel()
	w := evtxwrite.New()
	if err := w.Add(event(0)); err != nil {
		t.Fatal(err)
	}
	before := w.Bytes()
	bad := map[string]func(e *evtxwrite.Event){
		"guid":        func(e *evtxwrite.Event) { e.ProviderGUID = "no" },
		"activity":    func(e *evtxwrite.Event) { e.ActivityID = "1234" },
		"sid":         func(e *evtxwrite.Event) { e.UserSID = "S-2-x" },
		"sid number":  func(e *evtxwrite.Event) { e.UserSID = "S-1-5-4294967296" },
		"type":        func(e *evtxwrite.Event) { e.Data[0].Value = struct{}{} },
		"inline type": func(e *evtxwrite.Event) { e.Inline = true; e.Data[0].Value = []string{"a"} },
		"long value":  func(e *evtxwrite.Event) { e.Data[0].Value = strings.Repeat("a", 40000) },
		"long event": func(e *evtxwrite.Event) {
			e.Data = []evtxwrite.Data{{Value: strings.Repeat("a", 20000)}, {Value: strings.Repeat("b", 20000)}}
		},
		"long name": func(e *evtxwrite.Event) { e.UserData = &evtxwrite.UserData{Name: strings.Repeat("a", 70000)} },
	}
	for name, spoil := range bad {
		e := event(1)
		spoil(&e)
		if err := w.Add(e); err == nil {
			t.Errorf("%s was written", name)
		}
		if !bytes.Equal(w.Bytes(), before) {
			t.Fatalf("%s changed the file", name)
		}
	}
	if err := w.Add(event(1)); err != nil {
		t.Error(err)
	}
}

// Numbers may be given, and a chunk may be ended early.
func TestWriter_NumbersAndChunks(t *testing.T) {
	t.Parallel()
	w := evtxwrite.New()
	w.Break()
	for i := range 3 {
		e := event(i)
		if i == 1 {
			e.RecordID = 40
		}
		if err := w.Add(e); err != nil {
			t.Fatal(err)
		}
		w.Break()
		w.Break()
	}
	r := evtx.NewReader(bytes.NewReader(w.Bytes()), evtx.Options{})
	var got []uint64
	for r.Next() {
		got = append(got, r.Record().Number(), uint64(r.Record().Chunk()))
	}
	if fmt.Sprint(got) != "[1 0 40 1 41 2]" {
		t.Errorf("numbers and chunks %v", got)
	}
}
