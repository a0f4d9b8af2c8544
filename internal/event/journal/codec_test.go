package journal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
)

var received = time.Date(2026, 11, 2, 0, 0, 0, 123456789, time.UTC)

func compressor(t testing.TB) *zstd.Encoder {
	t.Helper()
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func encode(t testing.TB, epoch uint32, records ...event.Record) []byte {
	t.Helper()
	var e encoder
	for i := range records {
		if !e.fits(&records[i]) {
			t.Fatalf("record %d does not fit", i)
		}
		e.add(&records[i])
	}
	return e.seal(nil, compressor(t), epoch, received)
}

func decodeAll(t testing.TB, msg []byte) (head, []event.Record) {
	t.Helper()
	d, err := newDecoder()
	if err != nil {
		t.Fatal(err)
	}
	h, err := parseHead(msg)
	if err != nil {
		t.Fatal(err)
	}
	records, err := d.decode(h, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h, records
}

// few samples have everything that a record can have.
func samples() []event.Record {
	return []event.Record{
		{Source: "syslog-1", Format: "syslog", Peer: "192.0.2.7", Received: received, Data: []byte("<13>Nov  2 09:00:00 kyushoku su: 認証に失敗しました")},
		{Source: "syslog-1", Format: "syslog", Peer: "192.0.2.8", Received: received.Add(-time.Second), Data: []byte("<13>second")},
		{Source: "bulk-1", Format: "windows", Peer: "DC01.example.jp", Key: "Security/4624/12", Received: received, Backfill: true, Data: []byte(`{"winlog":{}}`)},
		{Received: received, Data: nil},
	}
}

func same(a, b event.Record) bool {
	return a.Source == b.Source && a.Format == b.Format && a.Peer == b.Peer && a.Key == b.Key && a.Backfill == b.Backfill &&
		a.Received.Equal(b.Received) && bytes.Equal(a.Data, b.Data)
}

func TestDecode_GivesWhatWasEncoded(t *testing.T) {
	t.Parallel()
	want := samples()
	h, got := decodeAll(t, encode(t, 7, want...))
	if h.epoch != 7 || !h.written.Equal(received.Truncate(time.Millisecond)) || h.count != len(want) {
		t.Errorf("%+v", h)
	}
	for i := range want {
		if !same(want[i], got[i]) {
			t.Errorf("%d: %+v, want %+v", i, got[i], want[i])
		}
	}
	if grown := append(got[0].Data, "overwrites"...); &grown[0] == &got[0].Data[0] {
		t.Error("appending to a record's bytes reaches those of the next")
	}
}

// The format is kept for ever: what an older Toride wrote is still read.
func TestDecode_OldBatches(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/v*.hex")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		msg, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(f, err)
		}
		if _, got := decodeAll(t, msg); !reflect.DeepEqual(len(got), len(samples())) || !same(got[2], samples()[2]) {
			t.Errorf("%s: %+v", f, got)
		}
	}
}

func TestDecode_NoticesEveryFlippedBit(t *testing.T) {
	t.Parallel()
	msg := encode(t, 1, samples()...)
	for i := range msg {
		for bit := range 8 {
			msg[i] ^= 1 << bit
			if _, err := parseHead(msg); !errors.Is(err, errChecksum) {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
			msg[i] ^= 1 << bit
		}
	}
	for n := range len(msg) {
		if _, err := parseHead(msg[:n]); err == nil {
			t.Fatalf("the first %d bytes were taken", n)
		}
	}
}

// A batch whose checksum is right may still lie: somebody made it so.
func TestDecode_LiesAreRefused(t *testing.T) {
	t.Parallel()
	z := compressor(t)
	bomb := z.EncodeAll(make([]byte, 64<<20), nil)
	plain := func(b ...byte) head { return head{count: 1, plain: len(b), body: b} }
	for name, h := range map[string]head{
		"zstd bomb":               {codec: codecZstd, count: 1, plain: 100, body: bomb},
		"bomb that says its size": {codec: codecZstd, count: 1, plain: maxPlain, body: bomb},
		"not zstd":                {codec: codecZstd, count: 1, plain: 4, body: []byte("abcd")},
		"shorter than said":       {count: 1, plain: 40, body: []byte("abcd")},
		"unknown flag":            plain(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0),
		"name out of order":       plain(0, 5, 1, 'a', 0, 0, 0, 0),
		"data longer than batch":  plain(0, 0, 0, 0, 0, 0, 0xff, 0xff, 0x03),
		"bytes left over":         plain(0, 0, 0, 0, 0, 0, 0, 0, 9),
		"more records than bytes": {count: 500, plain: 1, body: []byte{0}},
	} {
		d, err := newDecoder()
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parseHead(appendMessage(nil, h))
		if err == nil {
			_, err = d.decode(parsed, nil)
		}
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for name, h := range map[string]head{"records": {count: MaxRecords + 1}, "bytes": {plain: maxPlain + 1}} {
		if _, err := parseHead(appendMessage(nil, h)); !errors.Is(err, errLimit) {
			t.Errorf("%s over the limit: %v", name, err)
		}
	}
	newer := encode(t, 1, samples()...)
	newer[0]++
	if _, err := parseHead(appendSum(newer[:len(newer)-4])); !errors.Is(err, errVersion) {
		t.Errorf("a batch of a newer Toride: %v", err)
	}
}

func TestEncode_IncompressibleBatchIsStoredAsItIs(t *testing.T) {
	t.Parallel()
	noise := make([]byte, source.MaxRecord)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	r := event.Record{Source: strings.Repeat("s", MaxName), Format: "f" + strings.Repeat("f", MaxName-1), Peer: strings.Repeat("p", MaxName), Key: strings.Repeat("k", MaxName), Received: received, Data: noise}
	if err := check([]event.Record{r}); err != nil {
		t.Fatal(err)
	}
	msg := encode(t, 1, r)
	if len(msg) > maxMessage {
		t.Errorf("%d bytes, at most %d", len(msg), maxMessage)
	}
	if _, got := decodeAll(t, msg); !same(got[0], r) {
		t.Error("the greatest record came back changed")
	}
	r = event.Record{Received: received, Data: noise}
	if h, got := decodeAll(t, encode(t, 1, r)); h.codec != codecNone || !same(got[0], r) {
		t.Errorf("codec %d", h.codec)
	}
}

func TestCheck_SaysWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	for key, r := range map[string]event.Record{
		"event.journal.record":   {Received: received, Data: make([]byte, source.MaxRecord+1)},
		"event.journal.name":     {Received: received, Peer: strings.Repeat("p", MaxName+1)},
		"event.journal.received": {},
	} {
		if f := fault.Of(check([]event.Record{samples()[0], r})); f == nil || f.Msg.Key != key {
			t.Errorf("%s: %v", key, f)
		}
	}
}

func TestEncode_CallersStringsMayChangeAfterwards(t *testing.T) {
	t.Parallel()
	var e encoder
	for i := range 3 {
		r := event.Record{Source: fmt.Sprint("s", i%2), Received: received, Data: []byte{byte('0' + i)}}
		e.add(&r)
	}
	if len(e.list) != 3 { // "s0", "", "s1"
		t.Errorf("%q", e.list)
	}
	_, got := decodeAll(t, e.seal(nil, compressor(t), 1, received))
	for i, want := range []string{"s0", "s1", "s0"} {
		if got[i].Source != want || string(got[i].Data) != string(byte('0'+i)) {
			t.Errorf("%d: %+v", i, got[i])
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, 1, samples()...))
	f.Add(encode(f, 1, event.Record{Received: received}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, msg []byte) {
		d, err := newDecoder()
		if err != nil {
			t.Fatal(err)
		}
		defer d.zstd.Close()
		if len(msg) >= 4 { // let the fuzzer past the checksum
			msg = appendSum(msg[:len(msg)-4])
		}
		h, err := parseHead(msg)
		if err != nil {
			return
		}
		records, err := d.decode(h, nil)
		if err != nil {
			return
		}
		if len(records) > MaxRecords {
			t.Fatalf("%d records", len(records))
		}
		var e encoder
		for i := range records {
			r := &records[i]
			if check(records[i:i+1]) != nil || !e.fits(r) {
				return
			}
			e.add(r)
		}
		_, again := decodeAll(t, e.seal(nil, compressor(t), h.epoch, h.written))
		for i := range records {
			if !same(records[i], again[i]) {
				t.Fatalf("%+v became %+v", records[i], again[i])
			}
		}
	})
}
