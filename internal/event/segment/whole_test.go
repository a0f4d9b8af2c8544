package segment_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/fault"
)

func TestWrite_InfoSaysWhatIsInside(t *testing.T) {
	t.Parallel()
	events := eventtest.Events(3, 5_000, day(1), day(2))
	events[7].Backfill, events[9].Skew = true, true
	bound := segment.Bound{First: events[0].At, Last: events[len(events)-1].At, Rows: 5_000, Root: []byte("root")}
	r := write(t, segment.Options{Bounds: []segment.Bound{bound}}, events)
	i := r.Info()
	if i.Version != segment.Version || i.Facility != eventtest.Facility || i.Rows != 5_000 || i.First != bound.First || i.Last != bound.Last || !reflect.DeepEqual(i.Bounds, []segment.Bound{bound}) {
		t.Errorf("%+v", i)
	}
	type key struct{ source, dataset string }
	want := map[key]segment.Share{}
	for _, e := range events {
		k := key{e.Source, e.Dataset}
		s, ok := want[k]
		if !ok {
			s = segment.Share{Source: e.Source, Dataset: e.Dataset, ReceivedMin: e.Received, ReceivedMax: e.Received, TimeMin: e.Time, TimeMax: e.Time}
		}
		s.Rows++
		s.Bytes += int64(len(e.Original))
		if e.Backfill {
			s.Backfill++
		}
		if e.Received.After(s.ReceivedMax) {
			s.ReceivedMax = e.Received
		}
		if e.Time.Before(s.TimeMin) {
			s.TimeMin = e.Time
		}
		if e.Time.After(s.TimeMax) {
			s.TimeMax = e.Time
		}
		want[k] = s
	}
	for _, s := range i.Shares {
		if s != want[key{s.Source, s.Dataset}] {
			t.Errorf("%+v, not %+v", s, want[key{s.Source, s.Dataset}])
		}
		delete(want, key{s.Source, s.Dataset})
	}
	if len(want) != 0 {
		t.Errorf("not listed: %v", want)
	}
}

func TestWrite_RefusesWhatIsNoSegment(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if _, err := segment.Write(ctx, io.Discard, segment.Options{}, nil); err == nil {
		t.Error("a segment without events")
	}
	events := eventtest.Events(1, 3, day(1), day(2))
	events[2].At = events[0].At
	if _, err := segment.Write(ctx, io.Discard, segment.Options{}, events); err == nil || !strings.Contains(err.Error(), "1-1-0") {
		t.Errorf("two events at one position: %v", err)
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err := segment.Write(stopped, io.Discard, segment.Options{}, events[:2]); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if _, err := segment.Write(ctx, full{}, segment.Options{}, events[:2]); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestEvent_FindsEveryPositionAndNoOther(t *testing.T) {
	t.Parallel()
	events := eventtest.Events(5, 20_000, day(1), day(2))
	r := write(t, segment.Options{GroupRows: 9_000}, events)
	for i := 0; i < len(events); i += 977 {
		e, ok, err := r.Event(context.Background(), events[i].At)
		if err != nil || !ok || !reflect.DeepEqual(e, events[i]) {
			t.Fatalf("event %d: %v, %v, %+v", i, ok, err, e)
		}
	}
	for _, at := range []event.Position{{}, {Epoch: 1, Seq: 3, Index: 501}, {Epoch: 2, Seq: 1}, {Epoch: 1, Seq: 41}} {
		if _, ok, err := r.Event(context.Background(), at); ok || err != nil {
			t.Errorf("%v: %v, %v", at, ok, err)
		}
	}
}

func TestFindKey_BySourcePeerAndKey(t *testing.T) {
	t.Parallel()
	events := eventtest.Events(5, 10_000, day(1), day(2))
	r := write(t, segment.Options{GroupRows: 4_000}, events)
	found := 0
	for i := 0; i < len(events); i += 331 {
		e := events[i]
		if e.Key == "" {
			continue
		}
		found++
		if at, ok, err := r.FindKey(context.Background(), e.Source, e.Peer, e.Key); !ok || err != nil || at != e.At {
			t.Fatalf("%s: %v, %v, %v", e.Key, at, ok, err)
		}
		if _, ok, err := r.FindKey(context.Background(), e.Source, "other", e.Key); ok || err != nil {
			t.Fatalf("%s of another peer: %v, %v", e.Key, ok, err)
		}
	}
	if found == 0 {
		t.Error("no event with a key")
	}
	if _, ok, err := r.FindKey(context.Background(), "bulk", "10.0.0.20", "0123456789abcdef"); ok || err != nil {
		t.Errorf("no such key: %v, %v", ok, err)
	}
}

func TestOriginals_AreTheBytesThatCame(t *testing.T) {
	t.Parallel()
	events := eventtest.Events(6, 6_000, day(1), day(2))
	want := map[event.Position]string{}
	for _, e := range events {
		want[e.At] = string(e.Original)
	}
	err := write(t, segment.Options{}, events).Originals(context.Background(), func(o segment.Original) error {
		if want[o.At] != string(o.Original) {
			t.Errorf("%v: %q", o.At, o.Original)
		}
		delete(want, o.At)
		return nil
	})
	if err != nil || len(want) != 0 {
		t.Errorf("%v; %d are missing", err, len(want))
	}
}

// A function's own error comes back as it is, not as a damaged file.
func TestAll_StopsWithTheCallersError(t *testing.T) {
	t.Parallel()
	r := write(t, segment.Options{}, eventtest.Events(6, 10, day(1), day(2)))
	if err := r.All(context.Background(), func(*event.Event) error { return io.ErrClosedPipe }); err != io.ErrClosedPipe {
		t.Error(err)
	}
	if err := r.Originals(context.Background(), func(segment.Original) error { return io.ErrClosedPipe }); err != io.ErrClosedPipe {
		t.Error(err)
	}
}

func TestMerge_IsTheSameAsWritingAllAtOnce(t *testing.T) {
	t.Parallel()
	events := eventtest.Events(8, 24_000, day(1), day(2))
	var in []*segment.Reader
	var bounds []segment.Bound
	for i := 0; i < len(events); i += 2_000 {
		own := events[i : i+2_000]
		b := segment.Bound{First: own[0].At, Last: own[len(own)-1].At, Rows: 2_000}
		bounds = append(bounds, b)
		in = append(in, write(t, segment.Options{Bounds: []segment.Bound{b}}, own))
	}
	in = append(in, in[3]) // and one twice
	slices.Reverse(in)
	var out bytes.Buffer
	info, err := segment.Merge(context.Background(), &out, segment.Options{Small: true, GroupRows: 10_000}, in)
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, out.Bytes())
	want := write(t, segment.Options{GroupRows: 10_000, Bounds: bounds}, events)
	if !reflect.DeepEqual(r.Info(), want.Info()) || !reflect.DeepEqual(info, r.Info()) {
		t.Errorf("%+v\nnot\n%+v", r.Info(), want.Info())
	}
	if got := all(t, r); !reflect.DeepEqual(got, all(t, want)) {
		t.Error("the events differ")
	}
	if _, err := segment.Merge(context.Background(), io.Discard, segment.Options{}, nil); err == nil {
		t.Error("nothing merged")
	}
	if _, err := segment.Merge(context.Background(), io.Discard, segment.Options{Facility: "other"}, in); err == nil {
		t.Error("merged for another facility")
	}
}

// Whoever reads Parquet can read a segment, and sees the same.
func TestWrite_IsOrdinaryParquet(t *testing.T) {
	t.Parallel()
	events := eventtest.Events(9, 12_000, day(1), day(2))
	var out bytes.Buffer
	if _, err := segment.Write(context.Background(), &out, segment.Options{Facility: eventtest.Facility, GroupRows: 5_000}, events); err != nil {
		t.Fatal(err)
	}
	type row struct {
		Time     int64  `parquet:"time,timestamp(microsecond)"`
		Seq      uint64 `parquet:"seq"`
		Index    uint32 `parquet:"index"`
		User     string `parquet:"user_name"`
		SourceIP string `parquet:"source_ip"`
		Port     uint32 `parquet:"source_port"`
		Fields   string `parquet:"fields,json"`
		Original []byte `parquet:"event_original"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || len(rows) != len(events) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		e := events[(r.Seq-1)*eventtest.BatchRows+uint64(r.Index)]
		addr := ""
		if e.Core.SourceIP.IsValid() {
			addr = e.Core.SourceIP.String()
		}
		if r.Time != e.Time.UnixMicro() || r.User != e.Core.User || r.SourceIP != addr || r.Port != uint32(e.Core.SourcePort) || string(r.Original) != string(e.Original) || !strings.HasPrefix(r.Fields, "{") {
			t.Fatalf("%+v is not %+v", r, e)
		}
	}
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"toride.version": "1", "toride.facility": eventtest.Facility, "toride.first": "1-1-0", "toride.last": "1-24-499"} {
		if got, _ := f.Lookup(key); got != want {
			t.Errorf("%s is %q, not %q", key, got, want)
		}
	}
}

func TestOpen_FilesThatAreNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var good bytes.Buffer
	if _, err := segment.Write(context.Background(), &good, segment.Options{}, eventtest.Events(1, 100, day(1), day(2))); err != nil {
		t.Fatal(err)
	}
	newer := bytes.Clone(good.Bytes())
	if i := bytes.LastIndex(newer, []byte("TORIDEv1")); i > 0 {
		newer[i-8] = 9
	}
	var other bytes.Buffer
	if err := parquet.Write(&other, []struct{ A int }{{1}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		key     string
	}{
		"empty.parquet":  {nil, "segment.foreign"},
		"text.parquet":   {bytes.Repeat([]byte("log "), 100), "segment.foreign"},
		"other.parquet":  {append(other.Bytes()[:0:0], other.Bytes()...), "segment.foreign"},
		"newer.parquet":  {newer, "segment.newer"},
		"half.parquet":   {good.Bytes()[:good.Len()/2], "segment.damaged"},
		"almost.parquet": {good.Bytes()[:good.Len()-1], "segment.damaged"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := segment.Open(path)
		if f := fault.Of(err); f == nil || f.Msg.Key != c.key || f.Msg.Args[0] != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := segment.Open(filepath.Join(dir, "none")); fault.Of(err).Msg.Key != "segment.damaged" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	path := filepath.Join(dir, "good.parquet")
	if err := os.WriteFile(path, good.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := segment.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(all(t, r)) != 100 || r.Close() != nil || r.Name() != "good.parquet" {
		t.Error("a good file")
	}
	if err := r.All(context.Background(), func(*event.Event) error { return nil }); fault.Of(err).Msg.Key != "segment.damaged" {
		t.Errorf("a closed file: %v", err)
	}
}

// readAll reads a file in every way there is, as far as it goes.
func readAll(b []byte) error {
	ctx := context.Background()
	r, err := segment.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	errs := []error{
		r.All(ctx, func(*event.Event) error { return nil }),
		r.Originals(ctx, func(segment.Original) error { return nil }),
	}
	_, _, err = r.FindKey(ctx, "bulk", "10.0.0.20", "0123456789abcdef0123456789abcdef")
	errs = append(errs, err)
	_, _, err = r.Event(ctx, event.Position{Epoch: 1, Seq: 1, Index: 20})
	errs = append(errs, err)
	_, err = segment.Merge(ctx, io.Discard, segment.Options{}, []*segment.Reader{r, r})
	errs = append(errs, err)
	for i := range r.Groups() {
		g := r.Group(i)
		_, err := g.MayHoldText([]byte("administrator"))
		errs = append(errs, err)
		_, err = g.MayHoldValue(segment.ColUser, []byte("x"))
		errs = append(errs, err)
		_, err = g.Shapes()
		errs = append(errs, err)
		for c := segment.ColSource; c <= segment.ColShape; c++ {
			_, err := g.Counts(c)
			errs = append(errs, err)
		}
		g.Close()
	}
	return errors.Join(errs...)
}

// One changed byte is noticed wherever it matters, and never a crash.
func TestReader_EveryFlippedByte(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if _, err := segment.Write(context.Background(), &out, segment.Options{}, eventtest.Events(1, 60, day(1), day(2))); err != nil {
		t.Fatal(err)
	}
	good := out.Bytes()
	if err := readAll(good); err != nil {
		t.Fatal(err)
	}
	noticed := 0
	for i := 0; i < len(good); i += 13 {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		if err := readAll(bad); err != nil {
			noticed++
		}
	}
	// Parquet's page index is not read here, and of page headers only the beginning is.
	if noticed < len(good)/13/2 {
		t.Errorf("only %d of %d changes were noticed", noticed, len(good)/13)
	}
	for n := 0; n < len(good); n += 397 {
		if readAll(good[:n]) == nil {
			t.Errorf("the first %d bytes look whole", n)
		}
	}
}

func FuzzReader(f *testing.F) {
	var out bytes.Buffer
	if _, err := segment.Write(context.Background(), &out, segment.Options{}, eventtest.Events(1, 40, day(1), day(2))); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes(), 0, byte(0))
	f.Add(out.Bytes(), 1000, byte(255))
	f.Fuzz(func(_ *testing.T, b []byte, at int, to byte) {
		if len(b) > 0 {
			b = bytes.Clone(b)
			b[max(0, at)%len(b)] = to
		}
		_ = readAll(b)
	})
}
