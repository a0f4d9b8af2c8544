package hunt_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxtest"
	"github.com/torideproject/toride/evtx/evtxwrite"
	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/internal/text"
)

const clearedRule = `title: Log cleared <b>
id: 11111111-2222-4333-8444-555555555555
level: high
tags: [attack.defense-evasion]
logsource: {product: windows, service: security}
detection: {selection: {EventID: 1102}, condition: selection}
`

const guessRule = `title: Failed logon
id: 22222222-2222-4333-8444-555555555555
name: failed
level: low
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4625}, condition: selection}
---
title: Many failed logons
id: 33333333-2222-4333-8444-555555555555
level: critical
correlation:
  type: event_count
  rules: [failed]
  group-by: [Computer]
  timespan: 10m
  condition: {gte: 5}
  generate: true
`

const sshRule = `title: Root over ssh
id: 44444444-2222-4333-8444-555555555555
level: medium
logsource: {product: linux, service: sshd}
detection:
  keywords: ['Accepted password for root']
  condition: keywords
`

func packs(t testing.TB) []*rulepack.Pack {
	t.Helper()
	bundle, problem := rulepack.FromFolder(fstest.MapFS{"a.yml": {Data: []byte(clearedRule)}, "b.yml": {Data: []byte(guessRule)}, "c.yml": {Data: []byte(sshRule)}})
	if problem != nil {
		t.Fatal(problem)
	}
	p, problems := rulepack.Read(bundle, rulepack.Manifest{Format: 1, Name: "t", Version: "1", Title: rulepack.Words{JA: "試", EN: "t"}})
	if p == nil {
		t.Fatal(problems)
	}
	return []*rulepack.Pack{p}
}

func security(id uint16, at time.Time, data ...evtxwrite.Data) evtxwrite.Event {
	return evtxwrite.Event{Provider: "Microsoft-Windows-Security-Auditing", EventID: id, Channel: "Security", Computer: "会計-01.hospital.example", Time: at, Data: data}
}

func night() time.Time { return time.Date(2026, 10, 31, 2, 0, 0, 0, time.UTC) }

// log has 7 failed logons of one minute and one cleared log.
func log(t testing.TB) []byte {
	var events []evtxwrite.Event
	for i := range 7 {
		events = append(events, security(4625, night().Add(time.Duration(i)*10*time.Second), evtxwrite.Data{Name: "TargetUserName", Value: "佐藤"}))
	}
	return evtxtest.File(t, append(events, security(1102, night().Add(time.Hour)))...)
}

// folder writes files and gives where they are.
func folder(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run looks through a folder and gives the hits as JSON Lines without the
// folder's name, and the report.
func run(t testing.TB, dir string, change func(*hunt.Options)) (string, *hunt.Report) {
	t.Helper()
	var out bytes.Buffer
	hit, flush, err := hunt.Streamer(hunt.JSONL, &out)
	if err != nil {
		t.Fatal(err)
	}
	o := hunt.Options{Paths: []string{dir}, Packs: packs(t), Now: night(), Hit: hit}
	if change != nil {
		change(&o)
	}
	report, err := hunt.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := flush(); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), dir+string(filepath.Separator), ""), report
}

// What scripts rely on.
func TestRun_JSONLines(t *testing.T) {
	t.Parallel()
	got, report := run(t, folder(t, map[string][]byte{"Security.evtx": log(t)}), nil)
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if len(lines) != 9 || report.Hits != 9 || report.Events != 8 {
		t.Fatalf("%d lines, %d hits of %d events:\n%s", len(lines), report.Hits, report.Events, got)
	}
	byRule := map[string]int{}
	for _, line := range lines {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		for _, name := range []string{"rule.id", "rule.title", "rule.level", "file", "@timestamp", "host.name"} {
			if s, ok := o[name].(string); !ok || s == "" {
				t.Errorf("%s is %v in %s", name, o[name], line)
			}
		}
		if _, ok := o["record_id"].(float64); !ok {
			t.Errorf("record_id is %v", o["record_id"])
		}
		byRule[o["rule.level"].(string)]++
	}
	if byRule["low"] != 7 || byRule["high"] != 1 || byRule["critical"] != 1 {
		t.Errorf("hits by level: %v", byRule)
	}
	if !strings.Contains(got, `"@timestamp":"2026-10-31T03:00:00.000000Z","rule.id":"11111111-2222-4333-8444-555555555555","rule.title":"Log cleared \u003cb\u003e","rule.level":"high","file":"Security.evtx","record_id":8,"host.name":"会計-01.hospital.example"`) {
		t.Errorf("the line of the cleared log: %s", got)
	}
}

// The same events give the same hits as an event log, as JSON Lines, packed and
// in any number of workers.
func TestRun_WhateverTheWrapping(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	r := evtx.NewReader(bytes.NewReader(log(t)), evtx.Options{})
	for r.Next() {
		lines.Write(append(r.Record().AppendJSON(nil), '\n'))
	}
	var gz, inner, outer bytes.Buffer
	g := gzip.NewWriter(&gz)
	_, _ = g.Write(log(t))
	_ = g.Close()
	zipped(t, &inner, "logs/Security.evtx", log(t))
	zipped(t, &outer, "inner.zip", inner.Bytes())
	want, _ := run(t, folder(t, map[string][]byte{"x": nil, "Security.evtx": log(t)}), nil)
	for name, data := range map[string][]byte{"Security.jsonl": lines.Bytes(), "Security.evtx.gz": gz.Bytes(), "in.zip": inner.Bytes(), "out.zip": outer.Bytes()} {
		got, report := run(t, folder(t, map[string][]byte{name: data}), nil)
		for _, path := range []string{"in.zip!logs/Security.evtx", "out.zip!inner.zip!logs/Security.evtx", name} {
			got = strings.ReplaceAll(got, path, "Security.evtx")
		}
		if got != want {
			t.Errorf("%s gives\n%s\nwant\n%s", name, got, want)
		}
		if len(report.Losses) > 0 {
			t.Errorf("%s: %v", name, report.Losses)
		}
	}
}

func zipped(t testing.TB, out io.Writer, name string, data []byte) {
	t.Helper()
	z := zip.NewWriter(out)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(data)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestRun_WorkersChangeNothing(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	for i := range 12 {
		files[fmt.Sprintf("pc-%02d/Security.evtx", i)] = log(t)
		files[fmt.Sprintf("pc-%02d/System.evtx", i)] = evtxtest.Mixed(t, 400)
	}
	dir := folder(t, files)
	want, one := run(t, dir, func(o *hunt.Options) { o.Workers = 1 })
	got, eight := run(t, dir, func(o *hunt.Options) { o.Workers = 8 })
	if got != want || one.Events != eight.Events || len(one.Shown) != len(eight.Shown) {
		t.Error("the number of workers changes the result")
	}
	for i := range one.Shown {
		if one.Shown[i].Record != eight.Shown[i].Record || one.Shown[i].File != eight.Shown[i].File {
			t.Fatalf("shown hit %d differs", i)
		}
	}
}

func TestRun_Bounds(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string][]byte{"Security.evtx": log(t), "auth.log": []byte("Oct 31 02:10:00 gw sshd[7]: Accepted password for root from 192.0.2.9 port 4022 ssh2\n")})
	for name, c := range map[string]struct {
		change func(*hunt.Options)
		want   int
	}{
		"all":         {nil, 10},
		"level":       {func(o *hunt.Options) { o.Least = 4 }, 2},
		"one rule":    {func(o *hunt.Options) { o.Only = []string{"44444444-2222-4333-8444-555555555555"} }, 1},
		"from":        {func(o *hunt.Options) { o.From = night().Add(5 * time.Minute) }, 2},
		"to":          {func(o *hunt.Options) { o.To = night().Add(25 * time.Second) }, 3},
		"named alone": {func(o *hunt.Options) { o.Paths = []string{filepath.Join(dir, "auth.log")} }, 1},
	} {
		if _, report := run(t, dir, c.change); report.Hits != c.want {
			t.Errorf("%s: %d hits, want %d", name, report.Hits, c.want)
		}
	}
}

// What cannot be read is told, and the rest is looked through.
func TestRun_BadInputIsToldAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	whole := log(t)
	broken := bytes.Clone(whole)
	copy(broken[4096+512+24:], bytes.Repeat([]byte{0xff}, 40))
	var locked bytes.Buffer
	zipped(t, &locked, "Security.evtx", whole)
	encrypted := locked.Bytes()
	for _, mark := range []string{"PK\x03\x04", "PK\x01\x02"} { // the flag of encryption
		at := bytes.Index(encrypted, []byte(mark))
		encrypted[at+map[string]int{"PK\x03\x04": 6, "PK\x01\x02": 8}[mark]] |= 1
	}
	dir := folder(t, map[string][]byte{
		"good.evtx": whole, "cut.evtx": whole[:4096+3000], "broken.evtx": broken, "empty.evtx": nil, "text.evtx": []byte("this is no event log\n"),
		"cut.zip": locked.Bytes()[:60], "locked.zip": encrypted, "long.log": append(bytes.Repeat([]byte("x"), 3<<20), '\n'),
		"half.jsonl": []byte("{\"Event\":{\"System\":{\"EventID\":1102,\n{\"a\":[[[[\n\n"), "cut.gz": {0x1f, 0x8b, 8},
	})
	if err := os.Chmod(filepath.Join(dir, "empty.evtx"), 0); err != nil {
		t.Fatal(err)
	}
	_, report := run(t, dir, nil)
	lost := map[string]bool{}
	for _, l := range report.Losses {
		lost[filepath.Base(l.File)] = true
		if words(text.EN).Say(l.What) == l.What.Key {
			t.Errorf("no words for %s", l.What.Key)
		}
	}
	for _, name := range []string{"cut.evtx", "broken.evtx", "empty.evtx", "text.evtx", "cut.zip", "locked.zip!Security.evtx", "long.log", "half.jsonl"} {
		if !lost[name] {
			t.Errorf("%s is not told: %v", name, report.Losses)
		}
	}
	if report.Hits < 9 {
		t.Errorf("%d hits: the good file was not looked through", report.Hits)
	}
	for _, form := range []text.Lang{text.JA, text.EN} {
		var page, table bytes.Buffer
		if err := errors.Join(report.WriteHTML(&page, words(form), []string{dir}, night()), report.WriteTable(&table, words(form))); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page.String(), "locked.zip!Security.evtx") || !strings.Contains(table.String(), "locked.zip!Security.evtx") {
			t.Error("the report hides what was not looked at")
		}
	}
}

func TestRun_MissingPathIsAnError(t *testing.T) {
	t.Parallel()
	_, err := hunt.Run(t.Context(), hunt.Options{Paths: []string{filepath.Join(t.TempDir(), "typo")}, Packs: packs(t)})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a path that is not there gives %v", err)
	}
}

func TestRun_StopsWhenTold(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string][]byte{"a.evtx": evtxtest.Mixed(t, 3000)})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := hunt.Run(ctx, hunt.Options{Paths: []string{dir}, Packs: packs(t), Progress: func(hunt.Progress) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run gives %v", err)
	}
	full := errors.New("disk full")
	_, err = hunt.Run(t.Context(), hunt.Options{Paths: []string{folder(t, map[string][]byte{"a.evtx": log(t)})}, Packs: packs(t), Hit: func(*hunt.Hit) error { return full }})
	if !errors.Is(err, full) {
		t.Errorf("an output that fails gives %v", err)
	}
}

// zeros is a file that goes on for long without a line's end.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.left))
	clear(p[:n])
	z.left -= int64(n)
	return n, nil
}

// A zip bomb and a line without end take time in proportion to what is read
// of them, and no memory.
func TestRun_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bomb.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("one-line.log")
	if err == nil {
		_, err = io.Copy(w, &zeros{300 << 20})
	}
	if err = errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	report, err := hunt.Run(t.Context(), hunt.Options{Paths: []string{path}, Packs: packs(t)})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 400<<20 {
		t.Errorf("%d MiB were allocated for a bomb", grown>>20)
	}
	if !slices.ContainsFunc(report.Losses, func(l hunt.Loss) bool { return l.What.Key == "hunt.loss.bomb" }) {
		t.Errorf("the bomb is not told: %v", report.Losses)
	}
}

func words(lang text.Lang) hunt.Words {
	catalog := text.NewCatalog(time.UTC)
	if err := errors.Join(catalog.Add(hunt.Texts()), catalog.Add(rulepack.Texts())); err != nil {
		panic(err)
	}
	return hunt.Words{Say: func(m text.Msg) string { return catalog.Say(lang, m) }, Lang: lang, Zone: time.UTC}
}

func TestReport_HTMLStandsAloneAndEscapes(t *testing.T) {
	t.Parallel()
	_, report := run(t, folder(t, map[string][]byte{"Security.evtx": log(t)}), nil)
	for _, lang := range []text.Lang{text.JA, text.EN} {
		var page bytes.Buffer
		if err := report.WriteHTML(&page, words(lang), []string{"<script>alert(1)</script>"}, night()); err != nil {
			t.Fatal(err)
		}
		html := page.String()
		if strings.Contains(html, "<script") || strings.Contains(html, "src=") || strings.Contains(html, "http:") || strings.Contains(html, "https:") || strings.Contains(html, "<b>") {
			t.Error("the page needs or runs something")
		}
		for _, want := range []string{"Log cleared &lt;b&gt;", "会計-01.hospital.example", "佐藤", "Security.evtx"} {
			if !strings.Contains(html, want) {
				t.Errorf("%s: the page lacks %q", lang, want)
			}
		}
		if strings.Contains(html, "hunt.") {
			t.Errorf("%s: a text is missing", lang)
		}
	}
}

func TestReport_CSVIsNoFormula(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string][]byte{"a.evtx": evtxtest.File(t, security(4625, night(), evtxwrite.Data{Name: "TargetUserName", Value: `＝cmd|'/c calc'!A1`}))})
	var out bytes.Buffer
	hit, flush, err := hunt.Streamer(hunt.CSV, &out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hunt.Run(t.Context(), hunt.Options{Paths: []string{dir}, Packs: packs(t), Hit: hit}); err != nil {
		t.Fatal(err)
	}
	if err := flush(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "\xef\xbb\xbf@timestamp,") || !strings.Contains(got, `'＝cmd`) {
		t.Errorf("%q", got)
	}
}

// A correlation that counts another may stand before it by its key.
func TestRun_CorrelationsOfCorrelations(t *testing.T) {
	t.Parallel()
	chained := `title: Guessing again
id: 00000000-2222-4333-8444-555555555555
level: critical
correlation:
  type: event_count
  rules: [33333333-2222-4333-8444-555555555555]
  group-by: [Computer]
  timespan: 1h
  condition: {gte: 1}
`
	bundle, problem := rulepack.FromFolder(fstest.MapFS{"b.yml": {Data: []byte(guessRule)}, "a.yml": {Data: []byte(chained)}})
	if problem != nil {
		t.Fatal(problem)
	}
	pack, problems := rulepack.Read(bundle, rulepack.Manifest{Format: 1, Name: "t", Version: "1", Title: rulepack.Words{JA: "試", EN: "t"}})
	if pack == nil {
		t.Fatal(problems)
	}
	got, _ := run(t, folder(t, map[string][]byte{"Security.evtx": log(t)}), func(o *hunt.Options) { o.Packs = []*rulepack.Pack{pack} })
	if !strings.Contains(got, "Guessing again") {
		t.Errorf("the outer correlation did not fire:\n%s", got)
	}
}
