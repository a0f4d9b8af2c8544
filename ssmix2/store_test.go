package ssmix2_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
)

// tree makes a file system of paths; a path that ends with / is a folder.
func tree(paths ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for _, p := range paths {
		if strings.HasSuffix(p, "/") {
			out[strings.TrimSuffix(p, "/")] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
			continue
		}
		out[p] = &fstest.MapFile{Data: []byte("MSH|^~\\&|T\rPID|||" + patientIn(p) + "\r"), Mode: 0o444}
	}
	return out
}

func patientIn(p string) string {
	base := p[strings.LastIndexByte(p, '/')+1:]
	id, _, _ := strings.Cut(base, "_")
	return id
}

// file is the path of a record in standard storage.
func file(root, id, date, kind, order, sent, dept, flag string) string {
	return filepath.ToSlash(filepath.Join(root, id[:3], id[3:6], id, date, kind, strings.Join([]string{id, date, kind, order, sent, dept, flag}, "_")))
}

const nines = "999999999999999"

func hospital() fstest.MapFS {
	const std, ext = "標準化ストレージ/2212345678_A", "拡張ストレージ/2212345678"
	m := tree(
		file(std, "0000000001", "-", "ADT-00", nines, "20250401083000000", "-", "2"),
		file(std, "0000000001", "-", "ADT-00", nines, "20250402083000000", "-", "1"),
		file(std, "0000000001", "20250401", "OMP-01", "000000000000011", "20250401090000000", "01", "1"),
		file(std, "0000000002", "-", "ADT-00", nines, "20250401083000000", "-", "1"),
		file(std, "0010000003", "-", "ADT-00", nines, "20250401083000000", "-", "1"),
		file("標準化ストレージ/2212345678_B", "0000000001", "20240301", "OML-11", "000000000000022", "20240301090000000", "01", "1"),
		ext+"/000/000/0000000001/20250401/^経過記録^^11506-3^経過記録^LN/0000000001_20250401_11506-3_000000020250401_20250401170000000_01_1/note.pdf",
		"トランザクション/2025/TR_20250401083000000_00001.DAT",
		"export/SSMIXIDX.csv", "export/readme.txt", "PDF/000/report.pdf",
	)
	return m
}

func open(tb testing.TB, fsys fs.FS) *ssmix2.Store {
	tb.Helper()
	roots, _, err := ssmix2.Detect(context.Background(), fsys)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := ssmix2.Open(context.Background(), fsys, roots, ssmix2.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func codes(l []ssmix2.Lint) []ssmix2.Code {
	var out []ssmix2.Code
	for _, one := range l {
		out = append(out, one.Code)
	}
	return out
}

func TestDetect_FindsEveryRoot(t *testing.T) {
	t.Parallel()
	roots, found, err := ssmix2.Detect(context.Background(), hospital())
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	var got []string
	for _, r := range roots {
		got = append(got, r.Kind.String()+" "+r.Path+" "+r.Facility+" "+r.Volume)
	}
	want := []string{"index export/SSMIXIDX.csv  ", "transaction トランザクション  ", "extended 拡張ストレージ/2212345678 2212345678 ",
		"standard 標準化ストレージ/2212345678_A 2212345678 A", "standard 標準化ストレージ/2212345678_B 2212345678 B"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestDetect_WhatIsNoStore(t *testing.T) {
	t.Parallel()
	for name, fsys := range map[string]fstest.MapFS{
		"empty": {}, "pictures": tree("DCIM/100/abc/x.jpg", "DCIM/101/abc/y.jpg"), "too deep": tree("a/b/c/d/e/" + file("", "0000000001", "-", "ADT-00", nines, "20250401083000000", "-", "1")),
	} {
		roots, _, err := ssmix2.Detect(context.Background(), fsys)
		if err != nil || len(roots) > 0 {
			t.Errorf("%s: %v %v", name, roots, err)
		}
		if _, err := ssmix2.Open(context.Background(), fsys, roots, ssmix2.Options{}); !errors.Is(err, ssmix2.ErrNoStore) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The top itself may be the root, and five levels are not looked at.
	if roots, _, err := ssmix2.Detect(context.Background(), tree(file("", "0000000001", "-", "ADT-00", nines, "20250401083000000", "-", "1"))); err != nil || len(roots) != 1 || roots[0].Path != "." {
		t.Errorf("%v %v", roots, err)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := ssmix2.Detect(stopped, hospital()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestFind_ByNumber(t *testing.T) {
	t.Parallel()
	s := open(t, hospital())
	for in, want := range map[string]string{
		"0000000001": "0000000001:3", "1": "0000000001:3", "０１": "0000000001:3", "00001": "0000000001:3", "000000000000001": "0000000001:3", "0000000002": "0000000002:1", " 2 ": "0000000002:1",
		"10000003": "0010000003:1", "9": "", "": "", "../../etc": "", "000/000/0000000001": "", "0000000001/..": "", "12345": "", ".....1": "", strings.Repeat("0", 40): "",
	} {
		got, found, err := s.Find(context.Background(), in)
		text := ""
		for _, p := range got {
			text += p.ID + ":" + string(rune('0'+len(p.Dirs)))
		}
		if err != nil || text != want || len(found) > 0 {
			t.Errorf("%q: %q %v %v", in, text, found, err)
		}
	}
	two := tree(file("", "00000001", "-", "ADT-00", nines, "20250401083000000", "-", "1"), file("", "0000000001", "-", "ADT-00", nines, "20250401083000000", "-", "1"))
	got, found, err := open(t, two).Find(context.Background(), "1")
	if err != nil || len(got) != 2 || !slices.Equal(codes(found), []ssmix2.Code{ssmix2.PatientTwice}) {
		t.Errorf("%v %v %v", got, found, err)
	}
}

func TestList_OnePatientOfAllVolumes(t *testing.T) {
	t.Parallel()
	s := open(t, hospital())
	p, _, err := s.Find(context.Background(), "1")
	if err != nil || len(p) != 1 {
		t.Fatal(p, err)
	}
	l, err := s.List(context.Background(), p[0])
	if err != nil || len(l.Lints) > 0 || len(l.Records) != 5 {
		t.Fatalf("%v %v %+v", err, l.Lints, l.Records)
	}
	if l.Newest("") != "20250402083000000" || l.Newest("OML-11") != "20240301090000000" || l.Newest("ADT-61") != "" {
		t.Errorf("%q %q %q", l.Newest(""), l.Newest("OML-11"), l.Newest("ADT-61"))
	}
	items, found := ssmix2.Resolve(l.Records)
	if len(items) != 4 || len(found) > 0 {
		t.Fatalf("%+v %v", items, found)
	}
	for _, it := range items {
		r := &l.Records[it.Shown]
		if it.Standing != ssmix2.Current || r.Flag != ssmix2.Valid {
			t.Errorf("%s: %v", r.Path(), it.Standing)
		}
		if r.Extended {
			c, err := s.Content(context.Background(), r)
			if err != nil || len(c.Files) != 1 || c.Main != 0 || c.Files[0].Kind != ssmix2.PDFFile || l.Types[r.TypeFolder()].Display() != "経過記録" || l.Types[r.TypeFolder()].Code != "11506-3" {
				t.Errorf("%+v %v %+v", c, err, l.Types)
			}
			continue
		}
		var m hl7.Message
		data, found, ok := s.Read(hl7.NewDecoder(hl7.Options{}), &m, r, nil)
		if !ok || len(data) == 0 || !slices.Equal(codes(found), []ssmix2.Code{ssmix2.MessageTrigger}) {
			t.Errorf("%s: %v", r.Path(), found)
		}
	}
}

// What a listing notes: each path is one fault.
func TestList_Lints(t *testing.T) {
	t.Parallel()
	good := file("", "0000000001", "-", "ADT-00", nines, "20250401083000000", "-", "1")
	base := "000/000/0000000001"
	for path, want := range map[string][]ssmix2.Code{
		base + "/20250401/OMP-01/0000000001_20250401_OMP-01_1_2025040109000000_01_1":             {ssmix2.NameTime},
		base + "/20250401/OMP-01/0000000001_20250401_OMP-01_000000000000001_20250401090000000_1": {ssmix2.NameFields},
		base + "/20250401/OMP-01/0000000001_20250401_OMP-01_A_B_20250401090000000_01_1":          {ssmix2.NameFields},
		base + "/20250401/OMP-01/0000000001_20250401_OMP-01_ 1 _20250401090000000_01_1":          {ssmix2.NamePadded},
		base + "/20250401/OMP-01/0000000001_20250401_OMP-01_1_20250401090000000_01_1.hl7":        {ssmix2.NameExtension},
		base + "/20250401/OMP-01/0000000002_20250401_OMP-01_1_20250401090000000_01_1":            {ssmix2.NamePatient},
		base + "/20250402/OMP-01/0000000001_20250401_OMP-01_1_20250401090000000_01_1":            {ssmix2.NameDate},
		base + "/20250401/OMP-02/0000000001_20250401_OMP-01_1_20250401090000000_01_1":            {ssmix2.NameKind},
		base + "/20250401/OMP-01/copy of something.bak":                                          {ssmix2.NameUnreadable},
		base + "/20250401/OMP-01/0000000001_20250401_OMP-01_1_20250401090000000_01_9":            {ssmix2.NameUnreadable},
		base + "/20250401/stray":           {ssmix2.DirUnknown},
		base + "/stray":                    {ssmix2.DirUnknown},
		base + "/20250401/OMP-01/folder/x": {ssmix2.DirUnknown},
		base + "/20250401/Thumbs.db":       nil,
		base + "/20250401/ZZZ-99/0000000001_20250401_ZZZ-99_1_20250401090000000_01_1": nil,
	} {
		s := open(t, tree(good, path))
		p, _, err := s.Find(context.Background(), "1")
		if err != nil || len(p) != 1 {
			t.Fatal(path, p, err)
		}
		l, err := s.List(context.Background(), p[0])
		if err != nil || !slices.Equal(codes(l.Lints), want) {
			t.Errorf("%s: %v %v", path, l.Lints, err)
		}
		for _, one := range l.Lints {
			if one.Path == "" || one.Error() == "" {
				t.Errorf("%s: %+v", path, one)
			}
		}
	}
}

func TestStore_RefusesLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside := t.TempDir()
	good := file("", "0000000001", "-", "ADT-00", nines, "20250401083000000", "-", "1")
	for _, p := range []string{filepath.Join(dir, good), filepath.Join(outside, "secret")} {
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte("MSH|"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"000/000/0000000001/20250401": outside, "000/000/0000000001/-/ADT-00/0000000001_-_ADT-00_1_20250401083000000_-_1": filepath.Join(outside, "secret"),
		"000/000/0000000002": "../000", "000/001": "..", "001": outside} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, os.DirFS(dir))
	for _, id := range []string{"0000000002", "0010000001", "0000010001"} {
		got, found, err := s.Find(context.Background(), id)
		if err != nil || len(got) > 0 || len(found) == 0 || found[0].Code != ssmix2.LinkRefused {
			t.Errorf("%s: %v %v %v", id, got, found, err)
		}
	}
	var seen []string
	var all []ssmix2.Lint
	for v, err := range s.Walk(context.Background(), ssmix2.WalkOptions{Workers: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v.Lints...)
		if v.Listing != nil {
			all = append(all, v.Listing.Lints...)
			for i := range v.Listing.Records {
				seen = append(seen, v.Listing.Records[i].Path())
			}
		}
	}
	if !slices.Equal(seen, []string{good}) || len(all) != 5 {
		t.Errorf("%q %v", seen, all)
	}
}

func TestListOnly(t *testing.T) {
	t.Parallel()
	s := open(t, hospital())
	p, _, err := s.Find(context.Background(), "1")
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]ssmix2.Filter{
		"ADT-00 ADT-00":                       {Dates: []string{"-"}, Kinds: []string{"ADT-00", "ADT-61"}},
		"ADT-00 ADT-00 OMP-01":                {Kinds: []string{"ADT-00", "OMP-01"}},
		"11506-3 ADT-00 ADT-00 OMP-01":        {From: "20250101"},
		"ADT-00 ADT-00 OML-11":                {To: "20250101"},
		"OML-11":                              {Dates: []string{"20240301"}},
		"":                                    {Dates: []string{"..", "20240301"}, Kinds: []string{"../..", "x"}},
		"11506-3 ADT-00 ADT-00 OML-11 OMP-01": {},
	} {
		l, err := s.ListOnly(context.Background(), p[0], f)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range l.Records {
			got = append(got, l.Records[i].Kind)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want || len(l.Lints) > 0 {
			t.Errorf("%+v: %q %v", f, got, l.Lints)
		}
	}
}
