package ssmix2_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/sourcetest"
	"github.com/torideproject/toride/internal/chart/source/ssmix2"
	public "github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
)

func encode(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func codes(list []model.Notice) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.Level+" "+n.Code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Every defect that the synthesiser makes is told by the lint that names it, and
// hides nothing else (TestRead_IsWhatHappened).
func TestRead_TellsEveryDefect(t *testing.T) {
	t.Parallel()
	h, s := opened(t)
	seen := map[string]bool{}
	for i := range h.Patients() {
		e := h.Expect(i)
		for _, d := range e.Defects {
			seen[d.Kind] = true
			if d.Lint == "" {
				continue
			}
			w := want()
			w.Only = nil
			c := read(t, s, e.ID, w)
			if !slices.ContainsFunc(c.Notices, func(n model.Notice) bool { return n.Code == string(d.Lint) }) && read1(d) {
				t.Errorf("%s: %s is not told: %v", e.ID, d.Kind, codes(c.Notices))
			}
			if d.Kind == "pid.other" && !slices.ContainsFunc(c.Items, func(i model.Item) bool { return i.Suspect && i.Ref.Item == d.Path }) {
				t.Errorf("%s: %s is not suspect", e.ID, d.Path)
			}
			if d.Kind == "patient.two_people" && c.Notices[0].Level != model.Danger {
				t.Errorf("%s: two people: %v", e.ID, codes(c.Notices))
			}
		}
	}
	if len(seen) < 46 {
		t.Errorf("only %d kinds of defect were there", len(seen))
	}
}

// read1 reports whether a chart reads the spoilt file at all: what is said of a
// message with a type of folder that nobody reads stays unknown.
func read1(d synth.Defect) bool { return d.Kind != "name.kind" || d.Lint != public.FileDamaged }

// An unknown type is listed and can be opened.
func TestRead_UnknownTypeIsListed(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	at := put(files, "20251003", "OML-77", "000000000000001", "20251003120000000", '1', message(t, "ZZZ-99"))
	s := open(t, files)
	c := read(t, s, number, want())
	if len(c.Items) != 1 || c.Items[0].Kind != "OML-77" || c.Items[0].Ref.Item != at {
		t.Fatalf("%+v", c.Items)
	}
	d, err := s.Document(context.Background(), c.Items[0].Ref)
	if err != nil || len(d.Segments) < 3 || len(d.Files) != 1 || d.Kind != "OML-77" {
		t.Errorf("%+v %v", d, err)
	}
}

// Where every message of a folder names another number the hospital has two
// ways to write it: nothing is held back, and the danger is told once.
func TestRead_NumbersWrittenInTwoWays(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for _, name := range []string{"ADT-00", "ADT-61", "PPR-01"} {
		put(files, "-", name, "999999999999999", "20251003120000000", '1', []byte(strings.ReplaceAll(string(message(t, name)), number, "77-123")))
	}
	put(files, "20251003", "ADT-22", "999999999999999", "20251003120000000", '1', []byte(strings.ReplaceAll(string(message(t, "ADT-22")), number, "77-123")))
	s := open(t, files)
	c := read(t, s, number, want())
	if got := codes(c.Notices); !slices.Contains(got, "danger patient.number_differs") || slices.Contains(got, "danger message.patient") {
		t.Error(got)
	}
	if c.Allergies.State != model.Some || c.Problems.State != model.Some || c.Person.ID.Show != "77-123" {
		t.Errorf("allergies %s, problems %s", c.Allergies.State, c.Problems.State)
	}
	if e := walk(t, s, source.Walk{}); e[0].Stay == nil {
		t.Error("he has no bed")
	}
	// One message of somebody else among his own is held back.
	put(files, "20251004", "OML-11", "000000000000001", "20251004120000000", '1', []byte(strings.ReplaceAll(string(message(t, "OML-11")), number, "9999999")))
	c = read(t, open(t, files), number, want())
	if got := codes(c.Notices); !slices.Contains(got, "danger message.patient") || c.Labs.State != model.Unreadable {
		t.Errorf("labs %s: %v", c.Labs.State, got)
	}
}

// Half-written and encrypted files are told, count as broken, and make no list
// look empty.
func TestRead_FilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', message(t, "ADT-00"))
	put(files, "-", "ADT-61", "999999999999999", "20251003120000000", '1', []byte("\x8f\x02\x11\xfe\x00\x93encrypted"))
	put(files, "20251003", "OMP-01", "000000000000001", "20251003120000000", '1', nil)
	put(files, "20251003", "OML-11", "000000000000001", "20251003120000000", '1', []byte("MS"))
	ref := model.Ref{Source: "s1", Item: put(files, "20251003", "OMP-02", "000000000000001", "20251003120000000", '1', []byte("PK\x03\x04zip"))}
	s := open(t, files)
	c := read(t, s, number, want())
	sourcetest.Check(t, s, c)
	if got := codes(c.Notices); !slices.Equal(got, []string{"warn file.empty", "warn file.not_hl7"}) {
		t.Error(got)
	}
	for name, l := range map[string]struct {
		state  model.State
		broken int
	}{"drugs": {c.Drugs.State, c.Drugs.Broken}, "injections": {c.Injections.State, c.Injections.Broken}, "labs": {c.Labs.State, c.Labs.Broken}} {
		if l.state != model.Unreadable || l.broken != 1 {
			t.Errorf("%s: %+v", name, l)
		}
	}
	if c.Allergies.Broken != 1 || c.Allergies.State == model.SaysNone || c.Allergies.State == model.NoRecord {
		t.Errorf("allergies: %s, %d broken", c.Allergies.State, c.Allergies.Broken)
	}
	d, err := s.Document(context.Background(), ref)
	if err != nil || d.Segments != nil || len(d.Files) != 1 || len(d.Notices) != 1 {
		t.Fatalf("%+v %v", d, err)
	}
	in, err := d.Files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if data, err := io.ReadAll(in); err != nil || string(data) != "PK\x03\x04zip" {
		t.Errorf("%q %v", data, err)
	}
}

// An item without a valid version is shown with its doubt; versions that do not
// hold can be opened as well.
func TestRead_Versions(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "20251003", "OMP-01", "000000000000001", "20251003120000000", '2', message(t, "OMP-01"))
	put(files, "20251003", "OML-01", "000000000000002", "20251003120000000", '0', message(t, "OML-01"))
	put(files, "20251003", "OML-11", "000000000000003", "20251003120000000", '2', message(t, "OML-11"))
	put(files, "20251003", "OML-11", "000000000000003", "20251003130000000", '1', message(t, "OML-11"))
	s := open(t, files)
	c := read(t, s, number, want())
	sourcetest.Check(t, s, c)
	standing := map[string]string{}
	for _, i := range c.Items {
		standing[i.Kind] = i.Standing + "/" + fmt.Sprint(len(i.Older))
		for _, r := range append([]model.Older{{Ref: i.Ref}}, i.Older...) {
			if d, err := s.Document(context.Background(), r.Ref); err != nil || len(d.Segments) == 0 {
				t.Errorf("%+v: %v", r, err)
			}
		}
	}
	if standing["OMP-01"] != "uncertain/0" || standing["OML-01"] != "deleted/0" || standing["OML-11"] != "/1" {
		t.Error(standing)
	}
	if c.Drugs.State != model.Some || c.Orders.State != model.NoRecord || !slices.Contains(codes(c.Notices), "warn version.none_valid") {
		t.Errorf("drugs %s, orders %s, %v", c.Drugs.State, c.Orders.State, codes(c.Notices))
	}
}

// One number in two volumes for two people is the first thing a reader sees,
// also where he only looked the number up.
func TestFind_TwoPeopleUnderOneNumber(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', message(t, "ADT-00"))
	other := strings.NewReplacer("砦^花子", "見本^太郎", "トリデ^ハナコ", "ミホン^タロウ", "|19470229|F", "|19800101|M").Replace(string(message(t, "ADT-00")))
	at := "2299999999_B/000/000/" + number + "/-/ADT-00/" + number + "_-_ADT-00_999999999999999_20200101120000000_-_1"
	files[at] = &fstest.MapFile{Data: []byte(other)}
	s := open(t, files)
	same(t, number, "volumes", s.Info().Volumes, 2)
	found, err := s.Find(context.Background(), "123")
	if err != nil || len(found) != 1 || found[0].ID != number || found[0].Person.Kanji == "" {
		t.Fatalf("%+v %v", found, err)
	}
	for _, d := range []string{"danger patient.differs.birth", "danger patient.differs.name", "danger patient.differs.sex"} {
		if got := codes(found[0].Notices); !slices.Contains(got, d) {
			t.Errorf("%v without %s", got, d)
		}
	}
	if e := walk(t, s, source.Walk{}); e[0].Notices < 3 {
		t.Errorf("%+v", e[0])
	}
}

// Links lead nowhere: neither out of the store, nor round in circles, nor
// through a ref.
func TestStore_LinksAndRefs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	patient := filepath.Join(dir, "store", "2299999999", "000", "000", number)
	for _, sub := range []string{"-/ADT-00", "20251003/OML-11"} {
		if err := os.MkdirAll(filepath.Join(patient, filepath.FromSlash(sub)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	name := number + "_-_ADT-00_999999999999999_20251003120000000_-_1"
	secret := filepath.Join(dir, "secret")
	for _, at := range []string{filepath.Join(patient, "-", "ADT-00", name), secret, filepath.Join(dir, "store", "outside.txt")} {
		if err := os.WriteFile(at, message(t, "ADT-00"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	result := number + "_20251003_OML-11_000000000000001_20251003120000000_01_1"
	links := map[string]string{secret: filepath.Join(patient, "20251003", "OML-11", result), patient: filepath.Join(patient, "20251004"), "..": filepath.Join(patient, "-", "loop")}
	for to, from := range links {
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	for _, fsys := range []fs.FS{folder(t, filepath.Join(dir, "store")), os.DirFS(filepath.Join(dir, "store"))} {
		s := open(t, fsys)
		c := read(t, s, number, want())
		if len(c.Items) != 1 || !slices.Contains(codes(c.Notices), "warn link.refused") {
			t.Errorf("%+v %v", c.Items, codes(c.Notices))
		}
		if e := walk(t, s, source.Walk{}); len(e) != 1 || e[0].Files != 1 {
			t.Errorf("%+v", e)
		}
		base := "2299999999/000/000/" + number
		for _, item := range []string{base + "/20251003/OML-11/" + result, base + "/20251004/-/ADT-00/" + name, base + "/-/loop/ADT-00/" + name, base + "/-/ADT-00", base,
			"2299999999/000/000/../" + number + "/-/ADT-00/" + name, "2299999999/../outside.txt", "outside.txt", "../secret", base + "/-/ADT-00/" + name + "/..", base + "\\-\\ADT-00\\" + name,
			"2299999999/" + base, base + "/-/ADT-00/nothing", "/" + base + "/-/ADT-00/" + name, base + "/-/ADT-00/" + name + "\x00"} {
			if d, err := s.Document(context.Background(), model.Ref{Source: "s1", Item: item}); !errors.Is(err, source.ErrNoItem) {
				t.Errorf("%q gives %+v, %v", item, d, err)
			}
		}
		if _, err := s.Document(context.Background(), c.Items[0].Ref); err != nil {
			t.Error(err)
		}
	}
}

func folder(t *testing.T, dir string) fs.FS {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return source.Folder(root)
}

// A root that vanishes is told as such, not as a patient without records.
func TestRead_RootVanishes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := filepath.Join(dir, "2299999999", "000", "000", number, "-", "ADT-00")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at, number+"_-_ADT-00_999999999999999_20251003120000000_-_1"), message(t, "ADT-00"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, folder(t, dir))
	read(t, s, number, want())
	if err := os.RemoveAll(filepath.Join(dir, "2299999999")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(context.Background(), number, want()); !errors.Is(err, source.ErrGone) {
		t.Error("read:", err)
	}
	if _, err := s.Find(context.Background(), number); !errors.Is(err, source.ErrGone) {
		t.Error("find:", err)
	}
	if err := s.Walk(context.Background(), source.Walk{}, func(source.Entry) error { return nil }); !errors.Is(err, source.ErrGone) {
		t.Error("walk:", err)
	}
	// The mount point of a disk that was pulled is there, and empty.
	if err := os.Mkdir(filepath.Join(dir, "2299999999"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(context.Background(), number, want()); !errors.Is(err, source.ErrGone) {
		t.Error("an empty mount point:", err)
	}
}

// 40,000 messages of one patient take bounded time and memory; the newest are
// read, the rest is counted, and all are named.
func TestRead_ManyMessages(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', message(t, "ADT-00"))
	put(files, "-", "ADT-61", "999999999999999", "20151003120000000", '1', message(t, "ADT-61"))
	lab, begin := message(t, "OML-11"), time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	const n = 40_000
	for i := range n {
		day := begin.AddDate(0, 0, i/8000).Format("20060102")
		put(files, day, "OML-11", fmt.Sprintf("%015d", i), day+"120000000", '1', lab)
	}
	s := open(t, files)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	at := time.Now()
	c := read(t, s, number, want())
	took := time.Since(at)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(c.Items) != n+2 || c.Labs.Unread != n+2-source.DefaultLimit || c.Allergies.State != model.Some || c.Person.Kanji.Show == "" {
		t.Errorf("%d items, %d results unread, allergies %s", len(c.Items), c.Labs.Unread, c.Allergies.State)
	}
	if newest := string(c.Labs.Rows[0].Origin.Ref.Item); !strings.Contains(newest, begin.AddDate(0, 0, (n-1)/8000).Format("/20060102/")) {
		t.Error("the newest is", newest)
	}
	kept := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20
	t.Logf("%d messages, %d read, in %v; the chart keeps about %d MiB", n, source.DefaultLimit, took, kept)
	if kept > 400 {
		t.Errorf("the chart keeps %d MiB", kept)
	}
	if took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// What a list's emptiness means.
func TestRead_StatesOfEmptyLists(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', []byte("MSH|^~\\&|||||||ADT^A08\rPID|||"+number+"||砦^花子\r"))
	s := open(t, files)
	w := want()
	if c := read(t, s, number, w); c.Drugs.State != model.Unknown || c.Allergies.State != model.NoRecord {
		t.Errorf("nothing is known: drugs %s, allergies %s", c.Drugs.State, c.Allergies.State)
	}
	w.Stored = func(kind string) (bool, bool) { return kind == "OMP-01", kind != "OMD" }
	c := read(t, s, number, w)
	for what, got := range map[string][2]model.State{"drugs": {c.Drugs.State, model.NoRecord}, "injections": {c.Injections.State, model.NotStored}, "meals": {c.Meals.State, model.Unknown}, "labs": {c.Labs.State, model.NotStored}} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", what, got[0], got[1])
		}
	}
	w.Only = []model.Part{model.Drugs}
	if c := read(t, s, number, w); c.Labs.State != "" || c.Drugs.State != model.NoRecord || len(c.Items) != 1 {
		t.Errorf("drugs alone: %s", encode(t, c))
	}
}

func TestAllergies_SaysNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"なし": true, "無し": true, "無": true, "ナシ": true, "特になし": true, "特記事項なし": true, "アレルギーなし": true, "アレルギー無し": true, "薬剤アレルギーなし": true, "食物アレルギー：なし": true,
		"アレルギー歴なし": true, "薬物アレルギー（なし）": false, "【なし】": true, "ｱﾚﾙｷﾞｰﾅｼ": true, "アレルギーは特になし": true, "既往なし": true, "NKDA": true, "No known allergies": true, "none": true, "認めず": true,
		"": false, "不明": false, "未確認": false, "卵なし": false, "ペニシリン": false, "なし（梨）": false, "造影剤": false, "薬剤": false, "ピリン系": false, "そば": false, "洋なし": false, "アレルギーあり": false, "何もしない": false,
	} {
		if got := ssmix2.SaysNone(text); got.Value != want || got.Rule != "allergy.says_none" {
			t.Errorf("%q: %+v, want %v", text, got, want)
		}
	}
	if c := ssmix2.SaysNone("薬剤アレルギーなし"); len(c.Doubts) != 1 || c.Doubts[0].Args[0] != "薬剤" {
		t.Errorf("%+v", c)
	}
}

// A statement that there is none counts only while nothing speaks against it.
func TestRead_NoAllergyUnlessThereIsOne(t *testing.T) {
	t.Parallel()
	details := func(al1 string) []byte {
		return []byte("MSH|^~\\&|||||||ADT^A08\rPID|||" + number + "||砦^花子\r" + al1)
	}
	files := fstest.MapFS{}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', details("AL1|1|DA|^なし^99X\r"))
	if c := read(t, open(t, files), number, want()); c.Allergies.State != model.SaysNone || len(c.Allergies.Rows) != 1 {
		t.Errorf("%s", encode(t, c.Allergies))
	}
	put(files, "-", "ADT-61", "999999999999999", "20251003120000000", '1', message(t, "ADT-61"))
	if c := read(t, open(t, files), number, want()); c.Allergies.State != model.Some || len(c.Allergies.Rows) != 5 {
		t.Errorf("%s", encode(t, c.Allergies))
	}
	// A further version that claims to hold is older, and not dropped.
	put(files, "-", "ADT-61", "999999999999999", "20240101120000000", '1', []byte("MSH|^~\\&|||||||ADT^A60\rPID|||"+number+"\rIAM|1|FA|^そば^99X\r"))
	c := read(t, open(t, files), number, want())
	if !slices.ContainsFunc(c.Allergies.Rows, func(a model.Allergy) bool { return a.Older && a.Allergen.Show == "そば" }) {
		t.Errorf("%s", encode(t, c.Allergies))
	}
}

func TestRead_Infections(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "20251003", "OML-11", "000000000000001", "20251003120000000", '1', []byte("MSH|^~\\&|||||||OUL^R22\rPID|||"+number+
		"\rSPM|1|||023^血清^JC10|||||||||||||20251003\rOBR|1|000000000000001||E1^感染症^99X\r"+
		"OBX|1|ST|5F016141002302302^HBs抗原^JC10^1^ＨＢｓ抗原^99X||(-)||||||F\rOBX|2|ST|9^ＴＰ抗体^99X||(+)||||||F\rOBX|3|NM|3A0100000023271^総蛋白^JC10||7.0||||||F\r"+
		"OBX|4|CWE|6B010^菌名^JC10|1|1303^Staphylococcus aureus（ＭＲＳＡ）^JANIS||||||F\rOBX|5|ST|5F360^HCV抗体^JC10||||||||O\r"))
	c := read(t, open(t, files), number, want())
	var got []string
	for _, i := range c.Infections.Rows {
		got = append(got, i.Name.Show+" "+i.Result.Show+" "+i.Mark.Value)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"菌名 Staphylococcus aureus（ＭＲＳＡ） ", "ＨＢｓ抗原 (-) negative", "ＴＰ抗体 (+) positive"}) {
		t.Errorf("%q", got)
	}
	if c.Infections.Rows[0].At.Stamp != "20251003" || len(c.Labs.Rows) != 5 {
		t.Errorf("%s", encode(t, c.Infections))
	}
	none := fstest.MapFS{}
	put(none, "20251003", "OML-11", "000000000000001", "20251003120000000", '1', message(t, "OML-11-orc-first"))
	if c := read(t, open(t, none), number, want()); c.Infections.State != model.NoRecord {
		t.Errorf("%s", encode(t, c.Infections))
	}
}

// A movement taken back under the same name opens the stay again in the walk.
func TestWalk_DischargeTakenBack(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "20251001", "ADT-22", "999999999999999", "20251001120000000", '1', message(t, "ADT-22"))
	put(files, "20251004", "ADT-52", "999999999999999", "20251004120000000", '1', message(t, "ADT-52"))
	if e := walk(t, open(t, files), source.Walk{}); e[0].Stay != nil {
		t.Errorf("discharged: %+v", e[0].Stay)
	}
	put(files, "20251004", "ADT-52", "999999999999999", "20251004130000000", '1', message(t, "ADT-52-A13"))
	if e := walk(t, open(t, files), source.Walk{}); e[0].Stay == nil || e[0].Stay.Ward == "" {
		t.Errorf("taken back: %+v", e[0].Stay)
	}
}

// A hundred damaged files are told by one notice, and a second that counts the
// others and names two.
func TestRead_ManyNoticesAreCounted(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for i := range 100 {
		put(files, "20251003", "OML-11", fmt.Sprintf("%015d", i), "20251003120000000", '1', []byte("\x00\x01\x02encrypted"))
	}
	s := open(t, files)
	c := read(t, s, number, want())
	last := c.Notices[len(c.Notices)-1]
	if len(c.Notices) != 2 || c.Notices[0].Code != "file.not_hl7" || last.Code != "more" || !slices.Equal(last.Args[:2], []string{"99", "file.not_hl7"}) ||
		!strings.Contains(last.Args[3], "_OML-11_000000000000002_") || last.Ref == (model.Ref{}) || c.Labs.Broken != 100 {
		t.Errorf("%d notices, %+v, %d broken", len(c.Notices), last, c.Labs.Broken)
	}
	for _, it := range c.Items[:5] { // each says so on its own page
		if d, err := s.Document(context.Background(), it.Ref); err != nil || len(d.Notices) != 1 || d.Notices[0].Code != "file.not_hl7" {
			t.Errorf("%+v %v", d, err)
		}
	}
}
