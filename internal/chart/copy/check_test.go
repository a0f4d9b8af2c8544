package copy_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/vault"
)

// infect replaces every n-th message by noise, under its own name.
func (b *bench) infect(t *testing.T, src fstest.MapFS, n int) {
	t.Helper()
	for i, name := range names(src, "_1") {
		if i%n == 0 {
			f := *src[name]
			f.Data, f.ModTime = make([]byte, max(256, len(f.Data))), b.now
			copyNoise(t, f.Data)
			src[name] = &f
		}
	}
}

func (b *bench) check(t *testing.T, change func(*copy.CheckConfig)) *copy.Result {
	t.Helper()
	cfg := copy.CheckConfig{Vault: b.plan.Vault, Keys: []*vault.Key{b.key}, Trust: []string{b.plan.Machine.Fingerprint()}, Now: b.plan.Now, Zone: b.plan.Zone}
	if change != nil {
		change(&cfg)
	}
	res, err := copy.Check(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestCheck_NewestCleanIsBeforeTheAttack(t *testing.T) {
	t.Parallel()
	src := newStore()
	b := newBench(t, src)
	b.run(t)
	src["x/memo.txt"] = &fstest.MapFile{Data: []byte("申し送り"), ModTime: b.now}
	second := b.run(t)
	b.infect(t, src, 8)
	b.run(t)
	fourth := b.run(t) // nothing changed since: what was encrypted is only kept
	if fourth.Judgement.Verdict != copy.Suspect || !slices.Contains(codes(fourth.Judgement), copy.CodeInherited) {
		t.Errorf("the night after: %+v", fourth.Judgement)
	}
	for _, depth := range []copy.Depth{copy.DepthQuick, copy.DepthFull} {
		res := b.check(t, func(c *copy.CheckConfig) { c.Depth = depth })
		if res.NewestClean != second.Generation || len(res.Generations) != 4 {
			t.Fatalf("%s: newest clean %q of %d", depth, res.NewestClean, len(res.Generations))
		}
		for _, g := range res.Generations[:2] {
			if g.Verdict != copy.Suspect || !slices.Contains(codes(g.Judgement), copy.CodeEncrypted) {
				t.Errorf("%s: %+v", depth, g)
			}
		}
		if got := codes(res.Generations[1].Judgement); !slices.Contains(got, copy.CodeInPlace) {
			t.Errorf("%s: rewriting was not found: %v", depth, got)
		}
		if _, err := json.Marshal(res); err != nil {
			t.Error(err)
		}
	}
}

// Without a key the list tells, without a machine the counts.
func TestCheck_WithLess(t *testing.T) {
	t.Parallel()
	src := newStore()
	b := newBench(t, src)
	b.run(t)
	b.infect(t, src, 8)
	b.run(t)
	list := b.check(t, func(c *copy.CheckConfig) { c.Keys, c.Machine = nil, b.plan.Machine })
	if got := codes(list.Generations[0].Judgement); !slices.Contains(got, copy.CodeInPlace) || !slices.Contains(list.Generations[0].Judgement.NotDone, copy.GapContent) {
		t.Errorf("by the list: %+v", list.Generations[0])
	}
	other, err := vault.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	none := b.check(t, func(c *copy.CheckConfig) { c.Keys = []*vault.Key{other} })
	if g := none.Generations[0]; g.Verdict != copy.Suspect || !slices.Contains(g.Judgement.NotDone, copy.GapFiles) {
		t.Errorf("by the counts: %+v", g)
	}
	accepted := b.check(t, func(c *copy.CheckConfig) { c.Keys, c.Accepted = nil, []string{none.Generations[0].ID} })
	if g := accepted.Generations[0]; g.Verdict == copy.Suspect {
		t.Errorf("accepted: %+v", g)
	}
}

func TestCheck_DamagedMediumAndForeignSigner(t *testing.T) {
	t.Parallel()
	src := newStore()
	b := newBench(t, src)
	b.run(t)
	packs, err := filepath.Glob(filepath.Join(b.dir, "packs", "*"))
	if err != nil || len(packs) == 0 {
		t.Fatal(packs, err)
	}
	data, err := os.ReadFile(packs[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(packs[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	full := b.check(t, func(c *copy.CheckConfig) { c.Depth = copy.DepthFull })
	got := codes(full.Generations[0].Judgement)
	if !slices.Contains(got, copy.CodeMedium) || !slices.Contains(got, copy.CodeIncomplete) || full.NewestClean != "" {
		t.Errorf("damage: %v %q", got, full.NewestClean)
	}
	foreign := b.check(t, func(c *copy.CheckConfig) { c.Trust = []string{"0000-0000-0000-0000-0000"} })
	if got := codes(foreign.Generations[0].Judgement); !slices.Contains(got, copy.CodeSigned) {
		t.Errorf("foreign: %v", got)
	}
	manifest := filepath.Join(b.dir, "generations", "000001", "manifest")
	if err := os.WriteFile(manifest, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := b.check(t, nil)
	if g := gone.Generations[0]; g.Verdict != copy.Unreadable || g.Unreadable == nil || g.Age().Key != "copy.as_of.unknown" {
		t.Errorf("without manifest: %+v", g)
	}
}

func TestCheck_FolderAndTransactions(t *testing.T) {
	t.Parallel()
	src := newStore()
	cfg := copy.CheckConfig{Folder: src, Depth: copy.DepthFull, Now: night, Zone: night().Location()}
	res, err := copy.Check(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	g := res.Generations[0]
	if g.Verdict != copy.Clean || g.Judgement.Looked != int64(len(src)) || slices.Contains(g.Judgement.NotDone, copy.GapLog) {
		t.Errorf("%+v", g)
	}
	labs := names(src, "/OML-11/")
	delete(src, labs[0])
	for _, name := range labs[1:80] {
		delete(src, name)
	}
	res, err = copy.Check(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	j := res.Generations[0].Judgement
	i := slices.IndexFunc(j.Findings, func(f copy.Finding) bool { return f.Code == copy.CodeLog })
	if i < 0 || j.Findings[i].Count != 80 || j.Findings[i].Weight != copy.Suspects || !strings.Contains(j.Findings[i].Examples[0], "_OML-11_") {
		t.Errorf("%+v", j.Findings)
	}
}

// A plain folder is as old as the newest that is found in it, not as the check:
// a copy of last week is no store that stopped today.
func TestCheck_FolderIsAsOldAsItsNewest(t *testing.T) {
	t.Parallel()
	later := func() time.Time { return night().AddDate(0, 0, 8) }
	zone := night().Location()
	check := func(src fs.FS, asOf time.Time) copy.Checked {
		t.Helper()
		res, err := copy.Check(t.Context(), copy.CheckConfig{Folder: src, Now: later, Zone: zone, AsOf: asOf})
		if err != nil {
			t.Fatal(err)
		}
		return res.Generations[0]
	}
	src := newStore()
	for day := range 80 { // with enough of one type each day that its end is seen
		at := night().AddDate(0, 0, -day)
		for i := range 20 {
			name := fmt.Sprintf("0000000001_%s_OML-11_%015d_%s000_01_1", at.Format("20060102"), i, at.Format("20060102150405"))
			src["2299999999/000/000/0000000001/"+at.Format("20060102")+"/OML-11/"+name] = &fstest.MapFile{Data: []byte("MSH|^~\\&|\rPID|1||0000000001\r"), ModTime: at}
		}
	}
	g := check(src, time.Time{})
	if g.AsOfBy != copy.ByMessage || g.AsOf.After(night()) || night().Sub(g.AsOf) > 48*time.Hour || g.Verdict != copy.Clean {
		t.Errorf("%s by %s: %+v", g.AsOf, g.AsOfBy, g.Judgement)
	}
	if g := check(src, later()); g.AsOfBy != copy.ByGiven || !slices.Contains(codes(g.Judgement), copy.CodeStopped) {
		t.Errorf("as given: %+v", g)
	}
	papers := fstest.MapFS{"a/1.pdf": {Data: []byte("%PDF-1.4\n"), ModTime: night()}, "a/2.pdf": {Data: []byte("%PDF-1.4\n"), ModTime: later().AddDate(1, 0, 0)}}
	if g := check(papers, time.Time{}); g.AsOfBy != copy.ByFile || !g.AsOf.Equal(night()) {
		t.Errorf("of papers: %+v", g)
	}
	delete(papers, "a/1.pdf")
	if g := check(papers, time.Time{}); g.AsOfBy != copy.ByNothing || !g.AsOf.IsZero() || !slices.Contains(g.Judgement.NotDone, copy.GapRhythm) || g.Age().Key != "copy.as_of.unknown" {
		t.Errorf("of the future alone: %+v", g)
	}
}

func TestCheck_IndexExport(t *testing.T) {
	t.Parallel()
	src := newStore()
	rows := []string{"VolumeLabel,FacilityID,PatientID,OrderDate,DataKind,OrderNo,ProcessingType,EnterOrgCD,TransactionDatetime,OutRelDirectory,FileName,UpdateDatetime"}
	for _, name := range names(src, "/ADT-00/") {
		rows = append(rows, row(name))
	}
	gone := names(src, "/OMP-01/")[:30]
	for _, name := range gone {
		rows = append(rows, row(name))
		delete(src, name)
	}
	src["SSMIXIDX.csv"] = &fstest.MapFile{Data: []byte(strings.Join(rows, "\r\n")), ModTime: night()}
	res, err := copy.Check(t.Context(), copy.CheckConfig{Folder: src, Depth: copy.DepthFull, Now: night, Zone: night().Location()})
	if err != nil {
		t.Fatal(err)
	}
	j := res.Generations[0].Judgement
	i := slices.IndexFunc(j.Findings, func(f copy.Finding) bool { return f.Code == copy.CodeIndex })
	if i < 0 || j.Findings[i].Count != int64(len(gone)) || j.Findings[i].Of <= int64(len(gone)) {
		t.Errorf("%+v", j)
	}
}

func row(name string) string {
	file := name[strings.LastIndex(name, "/")+1:]
	f := strings.Split(file, "_")
	return strings.Join([]string{"STD01", "2299999999", f[0], f[1], f[2], f[3], "INS", f[5], f[4], name[:len(name)-len(file)-1], file, "2026-11-22 02:00:00"}, ",")
}
