package ssmix2_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	public "github.com/torideproject/toride/ssmix2"
)

// Kinds have names in both languages and stand in the order of reading, whether
// anything of them is stored or not.
func TestKind_NamesAndOrder(t *testing.T) {
	t.Parallel()
	_, s := opened(t)
	seen := map[int]string{}
	for _, typ := range public.Types() {
		k := s.Kind(typ.Code)
		if k.Japanese != typ.Japanese || k.English != typ.English || k.Document || seen[k.Order] != "" {
			t.Errorf("%+v", k)
		}
		seen[k.Order] = typ.Code
	}
	in := []string{"ADT-00", "ADT-61", "PPR-01", "ADT-22", "OMP-01", "OMP-02", "OML-11", "OMG-11", "OMD", "ADT-12", "OML-12", "^退院時サマリ^^18842-5^退院時サマリ^LN",
		"^経過記録^^11506-3^経過記録^LN", "N01^看護記録(当院)^99Z^28623-7^看護記録^LN", "X^院内文書^99Z"}
	for i := 1; i < len(in); i++ {
		if a, b := s.Kind(in[i-1]), s.Kind(in[i]); a.Order >= b.Order {
			t.Errorf("%+v stands before %+v", a, b)
		}
	}
	for code, want := range map[string]source.Kind{
		"^経過記録^^11506-3^経過記録^LN":           {Japanese: "経過記録", English: "Progress notes", Document: true},
		"N01^看護記録(当院)^99Z^28623-7^看護記録^LN": {Japanese: "看護記録(当院)", English: "Nursing record", Document: true},
		"^^^18842-5^^LN":                     {Japanese: "退院時サマリ", English: "Discharge summary", Document: true},
		"X^院内文書^99Z":                         {Japanese: "院内文書", English: "院内文書", Document: true},
		"L-OBSERVATIONS^OBSERVATIONS^99ZL01": {Japanese: "バイタルサイン(OBSERVATIONS)", English: "vital signs (OBSERVATIONS)", Document: true},
		"OML-12":                             {Japanese: "OML-12", English: "OML-12"},
	} {
		k := s.Kind(code)
		if k.Code != code || k.Japanese != want.Japanese || k.English != want.English || k.Document != want.Document {
			t.Errorf("%+v, want %+v", k, want)
		}
	}
}

// A document's folder gives all its files, the main one first to show, and says
// of none that a browser should run it.
func TestDocument_OfAFolder(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', message(t, "ADT-00"))
	dir := "拡張/2299999999/000/000/" + number + "/20251003/^退院時サマリ^^18842-5^退院時サマリ^LN/" + number + "_20251003_18842-5_K1_20251003120000000_01_1/"
	for name, data := range map[string]string{"summary.xml": "<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>", "style.xsl": "<xsl/>", "run.js": "alert(1)", "images/a.png": "\x89PNG", "page.html": "<p>", "data.bin": "\x00"} {
		files[dir+name] = &fstest.MapFile{Data: []byte(data)}
	}
	s := open(t, files)
	c := read(t, s, number, want())
	var ref model.Ref
	for _, i := range c.Items {
		if strings.Contains(i.Kind, "18842-5") {
			ref = i.Ref
			same(t, number, "media", i.Media, "mixed")
			same(t, number, "day", i.Day, "20251003")
		}
	}
	d, err := s.Document(context.Background(), ref)
	if err != nil || len(d.Files) != 6 || d.Main < 0 || d.Files[d.Main].Name != "summary.xml" || d.Files[d.Main].Media != "cda" || d.Title != "退院時サマリ" || d.Segments != nil {
		t.Fatalf("%+v %v", d, err)
	}
	mime := map[string]string{"style.xsl": "application/octet-stream", "run.js": "application/octet-stream", "data.bin": "application/octet-stream", "images/a.png": "image/png", "page.html": "text/html", "summary.xml": "application/xml"}
	for _, f := range d.Files {
		same(t, number, f.Name, f.MIME, mime[f.Name])
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(in); err != nil || int64(len(data)) != f.Size {
			t.Errorf("%s: %d of %d bytes, %v", f.Name, len(data), f.Size, err)
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Vital signs of extended storage are rows with their own kinds, newest first.
func TestRead_Vitals(t *testing.T) {
	t.Parallel()
	h, s := opened(t)
	some := 0
	for _, i := range h.Census() {
		c := read(t, s, h.ID(i), source.Want{Today: asOf(), Only: []model.Part{model.Vitals}})
		if c.Vitals.State != model.Some {
			continue
		}
		some++
		if !slices.IsSortedFunc(c.Vitals.Rows, func(a, b model.Lab) int { return strings.Compare(string(b.Collected.Stamp), string(a.Collected.Stamp)) }) {
			t.Errorf("%s: the vital signs are not sorted", c.ID)
		}
		if len(c.Vitals.Kinds) != 1 || c.Vitals.Newest == "" || !s.Kind(c.Vitals.Kinds[0]).Document {
			t.Errorf("%s: %v %s", c.ID, c.Vitals.Kinds, c.Vitals.Newest)
		}
		for _, v := range c.Vitals.Rows {
			if len(v.Values) == 0 || !v.Item.Get().Has() || !v.Collected.Has() {
				t.Errorf("%s: %+v", c.ID, v)
			}
		}
	}
	if some < len(h.Census())/2 {
		t.Errorf("only %d of %d inpatients have vital signs", some, len(h.Census()))
	}
}
