package keys_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/files/filestest"
	"github.com/torideproject/toride/internal/event/store/keys"
)

func open(t testing.TB, f files.FS) *keys.Index {
	t.Helper()
	x, err := keys.Open(f, "_keys")
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func find(t testing.TB, x *keys.Index, p keys.Part, h uint64) []uint32 {
	t.Helper()
	out, err := x.Find(p, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type added struct {
	part keys.Part
	hash uint64
	leaf uint32
}

// TestIndex_FindsWhatWasAdded adds, flushes and opens again at random. What was
// added is always found; what was not is nearly never.
func TestIndex_FindsWhatWasAdded(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	f := filestest.New()
	x := open(t, f)
	var all []added
	flushed := 0
	for round := range 60 {
		for range rng.IntN(3000) {
			a := added{keys.Part(20700 + rng.IntN(3)), rng.Uint64(), uint32(round)}
			switch rng.IntN(400) {
			case 0:
				a.hash = 0
			case 1:
				a.hash = ^uint64(0)
			case 2:
				if len(all) > 0 { // the same hash, another segment
					a.hash = all[rng.IntN(len(all))].hash
				}
			}
			x.Add(a.part, a.hash, a.leaf)
			all = append(all, a)
		}
		if rng.IntN(2) == 0 {
			if err := x.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if flushed = len(all); x.Fresh() != 0 {
				t.Fatal(x.Fresh())
			}
		}
		if rng.IntN(8) == 0 {
			x, all = open(t, f), all[:flushed]
		}
	}
	for _, a := range all {
		if !slices.Contains(find(t, x, a.part, a.hash), a.leaf) {
			t.Fatalf("%+v is lost", a)
		}
	}
	wrong := 0
	for range 100_000 {
		wrong += len(find(t, x, 20701, rng.Uint64()))
	}
	if wrong > 0 { // 64 bits: false alarms of the filter end at the items
		t.Errorf("%d of 100,000 new hashes were found", wrong)
	}
	if got := find(t, x, 20704, all[0].hash); len(got) > 0 {
		t.Errorf("found in another part: %v", got)
	}
	runs := 0
	for name := range f.Files() {
		if strings.HasSuffix(name, ".run") {
			runs++
		}
	}
	if runs > 3*9 {
		t.Errorf("%d runs: they are not joined", runs)
	}
	if err := x.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Whatever Flush reported as written is there after every power cut, and
// nothing of an interrupted one disturbs.
func TestFlush_EveryCut(t *testing.T) {
	t.Parallel()
	prepare := func() (*filestest.Disk, *keys.Index) {
		f := filestest.New()
		x := open(t, f)
		for leaf := range uint32(3) { // the next flush joins four runs
			for h := range uint64(20) {
				x.Add(20000, h*1e15, leaf)
			}
			if err := x.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for h := range uint64(20) {
			x.Add(20000, h*1e15, 3)
			x.Add(20001, h*1e15, 3)
		}
		return f, x
	}
	for cut := 0; ; cut++ {
		f, x := prepare()
		f.Cut(cut)
		ferr := x.Flush(t.Context())
		for _, m := range filestest.Modes() {
			after := open(t, f.Reboot(m))
			for h := range uint64(20) {
				want := []uint32{0, 1, 2}
				if ferr == nil {
					want = append(want, 3)
				}
				got := find(t, after, 20000, h*1e15)
				for _, leaf := range want {
					if !slices.Contains(got, leaf) {
						t.Fatalf("cut %d %s: leaf %d of %d is lost: %v", cut, m, leaf, h, got)
					}
				}
			}
			after.Add(20000, 7, 9)
			if err := after.Flush(t.Context()); err != nil {
				t.Fatalf("cut %d %s: %v", cut, m, err)
			}
		}
		if ferr == nil {
			if cut < 12 {
				t.Errorf("only %d cuts", cut)
			}
			return
		}
	}
}

func TestForget_DropsOldLeaves(t *testing.T) {
	t.Parallel()
	f := filestest.New()
	x := open(t, f)
	for h := range uint64(10_000) {
		x.Add(keys.Part(20000+h%3), h*1e14, uint32(h%7))
	}
	if err := x.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := x.Forget(t.Context(), 20001, func(leaf uint32) bool { return leaf != 5 }); err != nil {
		t.Fatal(err)
	}
	x = open(t, f)
	for h := range uint64(10_000) {
		p := keys.Part(20000 + h%3)
		want := h%7 == 5 || p == 20002
		if got := len(find(t, x, p, h*1e14)) == 1; got != want {
			t.Fatalf("%d in %d: found %v", h, p, got)
		}
	}
	if err := x.Forget(t.Context(), 20001, func(uint32) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if list, _ := f.List("_keys"); len(list) != 1 {
		t.Errorf("%v", list)
	}
	if err := x.Reset(); err != nil {
		t.Fatal(err)
	}
	if list, _ := f.List("_keys"); len(list) != 0 || len(find(t, x, 20002, 5e14)) > 0 {
		t.Errorf("%v", list)
	}
}

func TestIndex_DamageIsNoticed(t *testing.T) {
	t.Parallel()
	f := filestest.New()
	x := open(t, f)
	for h := range uint64(5000) {
		x.Add(20000, h*3e15, 1)
	}
	if err := x.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	const name = "_keys/d20000/1.run"
	size := f.Files()[name]
	for at := int64(0); at < size; at += 101 {
		if err := f.Flip(name, at); err != nil {
			t.Fatal(err)
		}
		if err := open(t, f).Check(t.Context()); !errors.Is(err, keys.ErrDamaged) {
			t.Errorf("byte %d: %v", at, err)
		}
		if _, err := open(t, f).Find(20000, 7, nil); !errors.Is(err, keys.ErrDamaged) {
			t.Errorf("byte %d: %v", at, err)
		}
		if err := f.Flip(name, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, cut := range []int{0, 5, 19, 20, 21, int(size) - 1} {
		data, err := files.Read(f, name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		g := filestest.New()
		if err := files.MakeAll(g, "_keys/d20000"); err != nil {
			t.Fatal(err)
		}
		if err := files.WriteSynced(g, name, data[:cut]); err != nil {
			t.Fatal(err)
		}
		if err := open(t, g).Check(t.Context()); !errors.Is(err, keys.ErrDamaged) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestIdentity_WhatCountsAsTheSame(t *testing.T) {
	t.Parallel()
	id := func(source, peer, key string) string { return string(keys.Compose(nil, source, peer, key)) }
	if id("a", "b", "k") == id("a", "c", "k") || id("a", "b", "k") == id("x", "b", "k") ||
		id("ab", "c", "k") == id("a", "bc", "k") || id("a", "b", "ck") == id("a", "bc", "k") {
		t.Error("source, peer and key must each be the same")
	}
	if id("bulk", "192.0.2.7", "win/1") != id("evtxfile", "Security.evtx", "win/1") || id("a", "b", "win/1") == id("a", "b", "win/2") {
		t.Error("a key for anywhere counts alone")
	}
	if id("a", "b", "k\xff") != id("a", "b", "k\uFFFD") {
		t.Error("the segments keep UTF-8 only")
	}
}

func TestPartOf_SameForAResend(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC)
	part := func(e event.Event) keys.Part { return keys.PartOf(&e) }
	first := event.Event{Key: "k", Time: at, Received: at.Add(time.Second)}
	resent := event.Event{Key: "k", Time: at, Received: at.AddDate(0, 3, 0)}
	if part(first) != part(resent) {
		t.Error("the entry's own time decides")
	}
	windows := event.Event{Key: fmt.Sprintf("win/dc01/security/1/%08x%016x", at.Unix(), 7), Time: at, Received: at.Add(time.Second)}
	late := windows
	late.Skew, late.Received = true, at.AddDate(0, 0, 40)
	late.Time = late.Received
	if part(windows) != part(late) || part(windows) != part(first) {
		t.Errorf("%d %d %d", part(windows), part(late), part(first))
	}

	// Without a time of its own an entry is known for a week.
	f := filestest.New()
	x := open(t, f)
	undated := event.Event{Key: "k", Time: at, Received: at}
	x.Add(part(undated), 42, 7)
	for days, want := range map[int]bool{0: true, 1: true, 7: true, 8: false, -1: false} {
		e := event.Event{Key: "k", Received: at.AddDate(0, 0, days), Time: at.AddDate(0, 0, days)}
		if got := len(find(t, x, part(e), 42)) > 0; got != want {
			t.Errorf("%d days later: %v", days, got)
		}
	}
	if len(find(t, x, part(first), 42)) > 0 {
		t.Error("dated and undated entries have parts of their own")
	}
	for _, odd := range []event.Event{
		{Key: "win/", Time: at}, {Key: "win/xxxxxxxxxxxxxxxxxxxxxxxx", Time: at}, {Key: "win/ffffffffffffffffffffffff"}, {Key: "k", Time: time.Unix(-1<<40, 0)}, {Key: "k", Time: time.Unix(1<<40, 0)},
	} {
		x.Add(part(odd), 1, 1)
	}
	if err := x.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := open(t, f); len(find(t, again, part(undated), 42)) != 1 {
		t.Error("lost")
	}
}

// BenchmarkFind_New is a new key on a day of two million.
func BenchmarkFind_New(b *testing.B) {
	x := open(b, files.Disk(b.TempDir()))
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 2_000_000 {
		x.Add(20000, rng.Uint64(), uint32(i>>16))
		if i%250_000 == 0 {
			if err := x.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	var out []uint32
	key := []byte("source peer win/dc01.hospital.example/security/00000000/6b034dff0123456789abcdef")
	b.ReportAllocs()
	n := uint64(0)
	for b.Loop() {
		n++
		binary.LittleEndian.PutUint64(key[40:], n)
		h := keys.Hash(key)
		out, _ = x.Find(20000, h, out[:0])
		x.Add(20000, h, 99)
	}
}
