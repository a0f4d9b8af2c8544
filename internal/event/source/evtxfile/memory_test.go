package evtxfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/format/formattest"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

func TestWatch_AFileThatGrows(t *testing.T) {
	r, set := running(t)
	for _, n := range []int{3, 4, 90, 91, 400, 401} { // within a chunk, and over several
		data := file(t, upTo(1, n)...)
		put(t, set, "Security.evtx", data)
		r.Sink.Wait(t, n)
		settled(t, r, "Security.evtx", data)
		once(t, r.Sink, upTo(1, n)...)
	}
	r.Stop(t)
	if r.Stats.Records.Load() != 401 {
		t.Errorf("%d counted", r.Stats.Records.Load())
	}
}

func TestWatch_CopiesAndOtherNamesGiveNothingNew(t *testing.T) {
	r, set := running(t)
	data := file(t, upTo(1, 300)...)
	put(t, set, "a.evtx", data)
	r.Sink.Wait(t, 300)
	put(t, set, "copies/b.EVTX", data)
	longer := file(t, upTo(1, 310)...)
	rep := settled(t, r, "copies/b.EVTX", data)
	put(t, set, "c.evtx", longer)
	r.Sink.Wait(t, 310)
	settled(t, r, "c.evtx", longer)
	once(t, r.Sink, upTo(1, 310)...)
	if rep.Records != 0 || rep.Known == 0 {
		t.Errorf("%+v", rep)
	}
	for _, rec := range r.Sink.Records() {
		if !rec.Backfill || rec.Format != "windows" || rec.Peer != "a.evtx" && rec.Peer != "c.evtx" {
			t.Fatalf("%+v", rec)
		}
	}
	r.Stop(t)
}

func TestWatch_RemembersAcrossRestarts(t *testing.T) {
	r, set := running(t)
	put(t, set, "a.evtx", file(t, upTo(1, 250)...))
	r.Sink.Wait(t, 250)
	r.Stop(t)
	put(t, set, "a.evtx", file(t, upTo(1, 260)...))
	again := sourcetest.Start(t, quick(), set) // as after an upgrade
	again.Sink.Wait(t, 10)
	put(t, set, "b.evtx", file(t, upTo(1000, 1005)...))
	again.Sink.Wait(t, 16)
	once(t, again.Sink, append(upTo(251, 260), upTo(1000, 1005)...)...)
	again.Stop(t)
}

// A crash between the sink and the memory brings records again, with the keys
// they had; it never loses one.
func TestWatch_AMemoryThatBrokeOff(t *testing.T) {
	r, set := running(t)
	put(t, set, "a.evtx", file(t, upTo(1, 300)...))
	r.Sink.Wait(t, 300)
	settled(t, r, "a.evtx", file(t, upTo(1, 300)...))
	r.Stop(t)
	keys := map[string]bool{}
	for _, rec := range r.Sink.Records() {
		keys[rec.Key] = true
	}
	path := filepath.Join(set.State, chunksFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"gone": nil, "cut off": whole[:len(whole)-3], "cut at the first entry": whole[:len(magic)+7], "garbage": []byte("what is this"), "a flipped bit": flip(whole, len(magic)+9)} {
		if err := os.Remove(filepath.Join(set.State, filesFile)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		again := sourcetest.Start(t, quick(), set)
		settled(t, again, "a.evtx", file(t, upTo(1, 300)...))
		for _, rec := range again.Sink.Records() {
			if !keys[rec.Key] {
				t.Errorf("%s: a key that was not there before: %s", name, rec.Key)
			}
		}
		if name == "gone" && again.Sink.Count() != 300 {
			t.Errorf("%s: %d records", name, again.Sink.Count())
		}
		again.Stop(t)
		if loaded, err := openMemory(set.State); err != nil || len(loaded.chunks) == 0 {
			t.Errorf("%s: the memory afterwards: %v", name, err)
		} else {
			_ = loaded.close()
		}
	}
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

func TestMemory_ForgetsTheOldest(t *testing.T) {
	t.Parallel()
	m := &memory{chunks: map[sum]struct{}{}, open: map[sum][]uint64{}, files: map[string]fileState{}}
	id := func(n int) (s sum) {
		binary.BigEndian.PutUint64(s[:], uint64(n))
		return s
	}
	for n := range maxChunks + 5 {
		m.addChunk(id(n))
	}
	if _, old := m.chunks[id(0)]; old || len(m.chunks) > maxChunks || len(m.chunks) != len(m.order) {
		t.Errorf("%d chunks, %d in order", len(m.chunks), len(m.order))
	}
	for n := range maxOpen + 5 {
		m.setOpen(id(n), []uint64{1})
		m.setOpen(id(3), []uint64{2}) // used again and again
	}
	if len(m.open) != maxOpen || len(m.opened) != maxOpen || m.open[id(3)] == nil || m.open[id(4)] != nil {
		t.Errorf("%d open", len(m.open))
	}
	for n := range maxFiles + 3 {
		m.setFile(filepath.Join("f", time.Duration(n).String()), fileState{Read: time.Unix(int64(n), 0)})
	}
	if _, old := m.files[filepath.Join("f", time.Duration(0).String())]; old || len(m.files) != maxFiles {
		t.Errorf("%d files", len(m.files))
	}
}

// Everything that is written again at the next opening is what was there.
func TestMemory_Compact(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m, err := openMemory(dir)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3000 { // the same few chunks again and again
		if err := m.remember([]done{{whole: sum{byte(n % 7)}, first: sum{9}, prints: []uint64{uint64(n)}, last: true}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.close(); err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, chunksFile))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	if m, err = openMemory(dir); err != nil {
		t.Fatal(err)
	}
	if len(m.chunks) != 7 || len(m.open[sum{9}]) != 1 || m.open[sum{9}][0] != 2999 || size() >= before/100 {
		t.Errorf("%d chunks, %v, %d of %d bytes", len(m.chunks), m.open, size(), before)
	}
	if err := m.close(); err != nil {
		t.Fatal(err)
	}
}

func upload(t *testing.T, set source.Settings) (*Source, *sourcetest.Sink) {
	t.Helper()
	s, err := quick().New(sourcetest.Config(), set)
	if err != nil {
		t.Fatal(err)
	}
	return s.(*Source), sourcetest.NewSink()
}

func TestUpload(t *testing.T) {
	set := settings(t)
	s, sink := upload(t, set)
	data := file(t, upTo(1, 700)...)
	digest := sha256.Sum256(data)
	for i, want := range []int{700, 0} {
		rep, err := s.Upload(t.Context(), `C:\logs\Security.evtx`, bytes.NewReader(data), sink)
		if err != nil || rep.Records != want || rep.Name != "Security.evtx" || rep.SHA256 != hex.EncodeToString(digest[:]) || rep.Bytes != int64(len(data)) || len(rep.Damage) != 0 || !rep.At.Equal(sourcetest.Clock()) {
			t.Errorf("upload %d: %+v %v", i, rep, err)
		}
	}
	once(t, sink, upTo(1, 700)...)
	// Neither does the folder give them again.
	put(t, set, "x.evtx", data)
	r := sourcetest.Start(t, quick(), set)
	if rep := settled(t, r, "x.evtx", data); rep.Records != 0 || r.Sink.Count() != 0 {
		t.Errorf("%+v", rep)
	}
	rep, err := r.Source.(*Source).Upload(t.Context(), "while it runs.evtx", bytes.NewReader(file(t, 9001)), r.Sink)
	if err != nil || rep.Records != 1 {
		t.Errorf("%+v %v", rep, err)
	}
	r.Stop(t)
}

// An upload into a full Toride fails, and goes on where it was when it is tried
// again.
func TestUpload_Full(t *testing.T) {
	s, sink := upload(t, settings(t))
	sink.RefuseAfter(1000)
	data := file(t, upTo(1, 2000)...)
	rep, err := s.Upload(t.Context(), "a.evtx", bytes.NewReader(data), sink)
	if fault.KindOf(err) != fault.Full || rep.Records != sink.Count() || s.cfg.Stats.Refused.Load() == 0 {
		t.Errorf("%+v %v", rep, err)
	}
	sink.Refuse(nil)
	rep, err = s.Upload(t.Context(), "a.evtx", bytes.NewReader(data), sink)
	if err != nil || rep.Known == 0 {
		t.Errorf("%+v %v", rep, err)
	}
	got := numbers(t, sink)
	twice := 0
	for n := 1; n <= 2000; n++ {
		if got[n] == 0 {
			t.Errorf("event %d is missing", n)
		}
		if got[n] > 1 {
			twice++
		}
	}
	if twice > 500 { // at most a chunk that was half handed over; its keys are the same
		t.Errorf("%d came twice", twice)
	}
}

func TestUpload_Unreadable(t *testing.T) {
	s, sink := upload(t, settings(t))
	if rep, err := s.Upload(t.Context(), "notes.txt", strings.NewReader("no log\n"), sink); fault.KindOf(err) != fault.Invalid || !rep.NotALog || rep.Bytes != 7 || rep.SHA256 == "" {
		t.Errorf("%+v %v", rep, err)
	}
	data := file(t, upTo(1, 600)...)
	for i := 4096 + 65536 + 20000; i < 4096+65536+30000; i += 50 {
		data[i] ^= 0xff
	}
	rep, err := s.Upload(t.Context(), "torn.evtx", bytes.NewReader(data[:len(data)-30_000]), sink)
	if err != nil || len(rep.Damage) == 0 || rep.Records < 300 || rep.Damage[len(rep.Damage)-1].Kind == "" {
		t.Errorf("%+v %v", rep, err)
	}
	boom := errors.New("the line broke")
	if _, err := s.Upload(t.Context(), "half.evtx", io.MultiReader(bytes.NewReader(file(t, upTo(5000, 5400)...)[:80_000]), broken{boom}), sink); !errors.Is(err, boom) {
		t.Errorf("%v", err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestRun_NoFolder(t *testing.T) {
	t.Parallel()
	set := settings(t)
	set.Folder = filepath.Join(set.Folder, "not there")
	s, sink := upload(t, set)
	if err := s.Run(t.Context(), sink); fault.KindOf(err) != fault.NotFound || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	set.State = "relative"
	if _, err := Kind().New(sourcetest.Config(), set); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
}

func TestTexts_SayAllFaults(t *testing.T) {
	t.Parallel()
	cat := text.NewCatalog(time.UTC)
	if err := cat.Add(Texts()); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"event.evtxfile.state", "event.evtxfile.folder", "event.evtxfile.not_a_log"} {
		if !cat.Has(key) {
			t.Errorf("%s has no text", key)
		}
	}
}

// The key that stands in the record is the one that the format finds in its
// JSON, and so the one of the same event from a collector.
func TestKey_IsTheFormats(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "..", "shared", "data", "evtx")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	s, sink := upload(t, settings(t))
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".evtx" {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		files++
		_, err = s.Upload(t.Context(), d.Name(), f, sink)
		return err
	})
	if err != nil || files < 100 {
		t.Fatalf("%d files: %v", files, err)
	}
	format := all.Named(formattest.Zone())["windows"]
	keyed := 0
	for _, rec := range sink.Records() {
		e := formattest.Event(&rec)
		e.Key = ""
		format.Normalise(&rec, e)
		if e.Key != rec.Key {
			t.Errorf("%s: %q, and by its format %q: %.500s", rec.Peer, rec.Key, e.Key, rec.Data)
		}
		if rec.Key != "" {
			keyed++
		}
	}
	if keyed < 8000 {
		t.Errorf("%d of %d records have a key", keyed, sink.Count())
	}
}

func BenchmarkUpload(b *testing.B) {
	dir := b.TempDir()
	var numbers []int
	for n := range 20_000 {
		numbers = append(numbers, n+1)
	}
	data := file(b, numbers...)
	sink := sourcetest.NewSink()
	sink.Discard()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	events := 0
	for b.Loop() {
		if err := os.RemoveAll(filepath.Join(dir, "state")); err != nil {
			b.Fatal(err)
		}
		s, err := Kind().New(sourcetest.Config(), source.Settings{Folder: dir, State: filepath.Join(dir, "state"), MaxLine: source.MaxRecord})
		if err != nil {
			b.Fatal(err)
		}
		rep, err := s.(*Source).Upload(b.Context(), "a.evtx", bytes.NewReader(data), sink)
		if err != nil {
			b.Fatal(err)
		}
		events += rep.Records
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}
