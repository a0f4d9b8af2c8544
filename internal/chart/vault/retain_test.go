package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPlanFor(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC) // a Sunday
	var all []Generation
	for n := range 60 { // one each night, the last one today
		made := now.AddDate(0, 0, n-59).Add(-time.Hour)
		all = append(all, Generation{ID: generationID(n + 1), Finished: true, Manifest: &Manifest{Made: made}})
	}
	kept := func(rule Rule, all []Generation) []string {
		p := PlanFor(all, rule, now)
		var ids []string
		for id := range p.Keep {
			ids = append(ids, strings.TrimLeft(id, "0"))
		}
		slices.SortFunc(ids, func(a, b string) int { return sequence(a) - sequence(b) })
		if len(p.Keep)+len(p.Remove) != len(all) {
			t.Errorf("%d are kept and %d removed of %d", len(p.Keep), len(p.Remove), len(all))
		}
		return ids
	}
	for _, c := range []struct {
		name string
		rule Rule
		want string
	}{
		{"nothing but the newest", Rule{}, "[60]"},
		{"days", Rule{Days: 3}, "[58 59 60]"},
		{"least", Rule{Least: 4}, "[57 58 59 60]"},
		{"weeks end on Sunday", Rule{Weeks: 3}, "[46 53 60]"},
		{"clean", Rule{Clean: []string{"000010", "000020"}}, "[20 60]"},
		{"together", Rule{Days: 2, Weeks: 2, Least: 1, Clean: []string{"000001"}}, "[1 53 59 60]"},
	} {
		if got := fmt.Sprint(kept(c.rule, all)); got != c.want {
			t.Errorf("%s: kept %s, not %s", c.name, got, c.want)
		}
	}
	all[4].Problem = errors.New("damaged")
	if got := fmt.Sprint(kept(Rule{}, all)); got != "[5 60]" {
		t.Errorf("with a damaged one: %s", got)
	}
	if p := PlanFor(nil, Rule{}, now); len(p.Keep)+len(p.Remove) != 0 {
		t.Errorf("of nothing: %+v", p)
	}
}

func TestPrune_SharedPacksStay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(30, 5)
	first := f.write(t, files, f.options("", day(2)))
	files["zz"] = "new"
	second := f.write(t, files, f.options(first.Generation, day(3)))
	dry, err := f.v.Prune(t.Context(), Rule{}, day(20), true)
	if err != nil || !slices.Equal(dry.Remove, []string{first.Generation}) || len(dry.Packs) != 0 {
		t.Fatalf("%+v, %v", dry, err)
	}
	same(t, f.read(t, first.Generation), func() map[string]string { c := store(30, 5); return c }())
	if _, err := f.v.Prune(t.Context(), Rule{}, day(20), false); err != nil {
		t.Fatal(err)
	}
	same(t, f.read(t, second.Generation), files)
	_, err = f.v.Read(first.Generation, ReadOptions{}, f.k)
	isFault(t, err, "vault.generation.none")

	// Repacking: less than all of the first pack is used, so its files are
	// added anew and the pack goes with the older generations.
	delete(files, sortedPaths(files)[0])
	opt := f.options(second.Generation, day(4))
	opt.RepackBelow = 1
	third := f.write(t, files, opt)
	if int(third.Kept) != len(files) { // the second used all of both packs
		t.Errorf("kept %d, added %d", third.Kept, third.Added)
	}
	opt = f.options(third.Generation, day(5))
	opt.RepackBelow = 1
	fourth := f.write(t, files, opt)
	if int(fourth.Added) != len(files)-1 || fourth.Kept != 1 {
		t.Fatalf("kept %d, added %d", fourth.Kept, fourth.Added)
	}
	p, err := f.v.Prune(t.Context(), Rule{}, day(20), false)
	if err != nil || len(p.Packs) != 1 || p.Packs[0] != first.Packs[0].Name {
		t.Fatalf("%+v, %v", p, err)
	}
	same(t, f.read(t, fourth.Generation), files)
}

// A manifest that cannot be read keeps every pack that might be its own.
func TestSweep_DamagedManifestKeepsItsPacks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(30, 5)
	first := f.write(t, files, f.options("", day(2)))
	f.write(t, files, f.options("", day(3)))
	name := "generations/" + first.Generation + "/manifest"
	good := f.d.files[name].data
	f.d.files[name].data = []byte("x")
	packs, _ := f.d.Names(packsDir)
	if _, err := f.v.Prune(t.Context(), Rule{}, day(20), false); err != nil {
		t.Fatal(err)
	}
	if after, _ := f.d.Names(packsDir); !slices.Equal(packs, after) {
		t.Errorf("packs are %v, were %v", after, packs)
	}
	_, err := f.v.Read(first.Generation, ReadOptions{Anyway: true}, f.k)
	isFault(t, err, "vault.manifest.damaged")
	f.d.files[name].data = good
	same(t, f.read(t, first.Generation), files)
	f.d.files[name].data = []byte("x")
	if err := f.v.Remove(t.Context(), first.Generation); err != nil {
		t.Fatal(err)
	}
	if after, _ := f.d.Names(packsDir); len(after) != len(packs)/2 {
		t.Errorf("packs are %v, were %v", after, packs)
	}
	isFault(t, f.v.Remove(t.Context(), "../../x"), "vault.generation.none")
}

func TestRotate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(20, 5)
	first := f.write(t, files, f.options("", day(2)))
	fresh := newTestKey(t)
	m, err := f.m.For(fresh.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	// A medium whose recipient was exchanged receives nothing.
	_, err = f.v.Begin(t.Context(), m, f.options("", day(3)))
	isFault(t, err, "vault.recipient.other")
	if err := f.v.Rotate(m, day(3)); err != nil {
		t.Fatal(err)
	}
	_, err = f.v.Begin(t.Context(), f.m, f.options("", day(3)))
	isFault(t, err, "vault.recipient.other")
	second, err := write(f.v, m, files, f.options(first.Generation, day(3)))
	if err != nil || second.Kept != 0 || second.Key != fresh.ID() {
		t.Fatalf("%+v, %v", second, err)
	}
	for _, c := range []struct {
		id  string
		key *Key
		ok  bool
	}{{first.Generation, f.k, true}, {first.Generation, fresh, false}, {second.Generation, fresh, true}, {second.Generation, f.k, false}} {
		r, err := f.v.Read(c.id, ReadOptions{}, c.key)
		if !c.ok {
			isFault(t, err, "vault.key.wrong")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		same(t, r, files)
		_ = r.Close()
	}
	_, err = f.v.Read(first.Generation, ReadOptions{})
	isFault(t, err, "vault.key.wrong")
	if again, err := open(f.d); err != nil || len(again.About().Keys) != 2 || len(again.About().Machines) != 1 {
		t.Errorf("%+v, %v", again.About(), err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(150, 8)
	first := f.write(t, files, f.options("", day(2)))
	files["zz"] = "new"
	f.write(t, files, f.options(first.Generation, day(3)))
	var last int64
	check := func(d *memDisk, how Check) *Verified {
		t.Helper()
		got, err := f.onCopy(t, d).v.Verify(t.Context(), how)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	full := Check{Full: true, Progress: func(done, total int64) {
		if done < last || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	}}
	if got := check(f.d, full); len(got.Findings) != 0 || got.Generations != 2 || got.Bytes == 0 || got.Bytes != last {
		t.Fatalf("%+v", got)
	}
	if got := check(f.d, Check{Trust: []string{"else"}}); len(got.Findings) != 2 {
		t.Errorf("%+v", got)
	}
	for name, file := range f.d.files {
		if name == aboutName {
			continue
		}
		d := f.d.afterCut(true)
		d.files[name].data[len(file.data)/2] ^= 1
		if got := check(d, Check{Full: true}); len(got.Findings) == 0 {
			t.Errorf("damage of %s was not seen", name)
		}
		d = f.d.afterCut(true)
		d.files[name].data = d.files[name].data[:len(file.data)-1]
		if got := check(d, Check{}); len(got.Findings) == 0 {
			t.Errorf("a cut of %s was not seen", name)
		}
		d = f.d.afterCut(true)
		delete(d.files, name)
		if got := check(d, Check{}); len(got.Findings) == 0 && got.Unfinished == 0 {
			t.Errorf("that %s is gone was not seen", name)
		}
	}
	// The first generation exchanged for another of the same machine.
	d := f.d.afterCut(true)
	g, _ := parseManifest(d.files["generations/000001/manifest"].data)
	g.Facility = "別の病院"
	d.files["generations/000001/manifest"].data, _ = encodeManifest(g, f.m.sign)
	if got := check(d, Check{}); len(got.Findings) != 1 {
		t.Errorf("%+v", got)
	} else {
		isFault(t, got.Findings[0].Fault, "vault.chain")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.v.Verify(ctx, Check{Full: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestRead_SignatureCounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(5, 3)
	m := f.write(t, files, f.options("", day(2)))
	_, err := f.v.Read(m.Generation, ReadOptions{Trust: []string{"0000-0000-0000-0000-0000"}}, f.k)
	isFault(t, err, "vault.manifest.signer")
	name := "generations/000001/manifest"
	f.d.files[name].data = []byte(strings.Replace(string(f.d.files[name].data), "2026-11-02T", "2026-11-03T", 1))
	_, err = f.v.Read(m.Generation, ReadOptions{}, f.k)
	isFault(t, err, "vault.manifest.signature")
	r, err := f.v.Read(m.Generation, ReadOptions{Anyway: true}, f.k)
	if err != nil {
		t.Fatal(err)
	}
	same(t, r, files)
	_ = r.Close()
	// The description is lost: generations still open.
	d := f.d.afterCut(true)
	delete(d.files, aboutName)
	v, err := open(d)
	if err != nil || v.Damage() == nil {
		t.Fatalf("%v", err)
	}
	if _, err := v.Read(m.Generation, ReadOptions{Anyway: true}, f.k); err != nil {
		t.Error(err)
	}
	if _, err := v.Begin(t.Context(), f.m, f.options("", day(3))); err == nil {
		t.Error("a vault without description is written to")
	}
}
