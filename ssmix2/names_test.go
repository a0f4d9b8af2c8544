package ssmix2_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
)

func TestParseName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]ssmix2.Name{
		"0000000001_20111220_OMP-01_000000011000185_20111220224603984_01_1":                        {"0000000001", "20111220", "OMP-01", "000000011000185", "20111220224603984", "01", '1'},
		"9999013_-_ADT-00_999999999999999_20111220224447339_-_1":                                   {"9999013", "-", "ADT-00", nines, "20111220224447339", "-", '1'},
		"0123456789_20080126_OML-11_081251234567800_200802031630123_01_1":                          {"0123456789", "20080126", "OML-11", "081251234567800", "20080203163012300", "01", '1'},
		"9999013_20111013_OMD_123456789012345_20111014232213000_01_0":                              {"9999013", "20111013", "OMD", "123456789012345", "20111014232213000", "01", '0'},
		"P_1_20111013_OMD_A_B_20111014232213000_01_2":                                              {"P_1", "20111013", "OMD", "A_B", "20111014232213000", "01", '2'},
		"9999013_20111013_OMD_A_20111014232213000_1":                                               {"9999013", "20111013", "OMD", "A", "20111014232213000", "", '1'},
		"9999013_20111013_OMD_20111014232213000_01_1":                                              {"9999013", "20111013", "OMD", "", "20111014232213000", "01", '1'},
		"9999013_20111013_OMD_201110142322130_20111014232213000_1":                                 {"9999013", "20111013", "OMD", "201110142322130", "20111014232213000", "", '1'},
		"0123456789_20160101_L-OBSERVATIONS^OBSERVATIONS^99ZL01_000002016010115_201601011500321_1": {"0123456789", "20160101", "L-OBSERVATIONS^OBSERVATIONS^99ZL01", "000002016010115", "20160101150032100", "", '1'},
		" 9999013 _20111013_OMD_A_20111014232213_01_1":                                             {"9999013", "20111013", "OMD", "A", "20111014232213000", "01", '1'},
		"9999013_20111013_OMD_A_20111014232213000_01_1.txt":                                        {"9999013", "20111013", "OMD", "A", "20111014232213000", "01", '1'},
	} {
		got, found, ok := ssmix2.ParseName(in)
		if !ok || got != want {
			t.Errorf("%s: %v %+v", in, ok, got)
		}
		if plain := got.String() == in && strings.Count(in, "_") == 6; plain != (len(found) == 0) {
			t.Errorf("%s: %v", in, found)
		}
	}
	for _, in := range []string{"", "_", "______", "a_b", "x_20111013_OMD_A_20111014232213000_01_3", "x_2011_OMD_A_20111014232213000_01_1", "../x_20111013_OMD_A_20111014232213000_01_1",
		"x_20111013__A_20111014232213000_01_1", strings.Repeat("_", 400) + "1", ".x_20111013_OMD_A_20111014232213000_01_1", "a/b_20111013_OMD_A_20111014232213000_01_1"} {
		if got, found, ok := ssmix2.ParseName(in); ok || !slices.Equal(codes(found), []ssmix2.Code{ssmix2.NameUnreadable}) {
			t.Errorf("%q: %+v %v", in, got, found)
		}
	}
}

func TestParseDocType(t *testing.T) {
	t.Parallel()
	sjis, err := japanese.ShiftJIS.NewEncoder().String("^経過記録^^11506-3^経過記録^LN")
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]ssmix2.DocType{
		"^経過記録^^11506-3^経過記録^LN":             {"", "経過記録", "", "11506-3", "経過記録", "LN"},
		"L-OBSERVATIONS^OBSERVATIONS^99ZL01": {"L-OBSERVATIONS", "OBSERVATIONS", "99ZL01", "", "", ""},
		"note":                               {"note", "", "", "", "", ""},
		sjis:                                 {"", "経過記録", "", "11506-3", "経過記録", "LN"},
	} {
		if got := ssmix2.ParseDocType(in); got != want {
			t.Errorf("%q: %+v", in, got)
		}
	}
	if (ssmix2.DocType{Code: "11506-3"}).Display() != "11506-3" {
		t.Error("a type without a name shows nothing")
	}
}

func TestRepairName(t *testing.T) {
	t.Parallel()
	const want = "経過記録_表 ソ"
	sjis, err := japanese.ShiftJIS.NewEncoder().String(want)
	if err != nil {
		t.Fatal(err)
	}
	dos, err := charmap.CodePage437.NewDecoder().String(sjis)
	if err != nil {
		t.Fatal(err)
	}
	latin, err := charmap.ISO8859_1.NewDecoder().String(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{sjis, dos, latin} {
		if got, ok := ssmix2.RepairName(in); !ok || got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
	for _, in := range []string{"plain", want, "", "\xff\xff", "é"} {
		if got, ok := ssmix2.RepairName(in); ok || got != in {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestTypes_AreTheThirtySix(t *testing.T) {
	t.Parallel()
	outputs := 0
	for _, dt := range ssmix2.Types() {
		outputs++
		if dt.Cancel != "" {
			outputs++
		}
		if dt.Japanese == "" || dt.English == "" || dt.Structure == "" || (dt.DateField == "") != slices.Contains([]string{"ADT-00", "ADT-01", "ADT-61", "PPR-01"}, dt.Code) {
			t.Errorf("%+v", dt)
		}
	}
	if outputs != 36 {
		t.Errorf("%d outputs", outputs)
	}
}

func TestCodes_AreUnique(t *testing.T) {
	t.Parallel()
	all := ssmix2.Codes()
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) || n < 30 {
		t.Errorf("%d of %d codes", n, len(all))
	}
}

// Versions of one thing: flags and times, newest first, and what is to be
// shown of them.
func TestResolve(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1a":          "current 1a",
		"1b 2a":       "current 1b",
		"2a 1b":       "current 1b",
		"1a 1b":       "current 1b version.two_valid",
		"1b 1a 2c":    "current 1b version.two_valid",
		"2a 2b":       "uncertain 2b version.none_valid",
		"0a 0b":       "deleted 0b",
		"0c 0a 0b":    "deleted 0c",
		"0a 2b":       "uncertain 2b version.none_valid", // before 2015 a correction left 0
		"2a 0b":       "deleted 0b",
		"0a 1b":       "current 1b",
		"1a 0b":       "current 1a version.newer_invalid",
		"2a 1b 0a 2c": "current 1b",
	} {
		var records []ssmix2.Record
		for v := range strings.SplitSeq(in, " ") {
			records = append(records, ssmix2.Record{Name: ssmix2.Name{Patient: "1", Date: "20250401", Kind: "OMP-01", Order: "1", Sent: v[1:], Dept: "01", Flag: v[0]}})
		}
		items, found := ssmix2.Resolve(records)
		if len(items) != 1 || len(items[0].Others) != len(records)-1 {
			t.Errorf("%s: %+v", in, items)
			continue
		}
		r := records[items[0].Shown]
		got := []string{"", "current", "deleted", "uncertain"}[items[0].Standing] + " " + string(rune(r.Flag)) + r.Sent
		for _, c := range codes(found) {
			got += " " + string(c)
		}
		if got != want || slices.Contains(items[0].Others, items[0].Shown) {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestResolve_KeepsThingsApart(t *testing.T) {
	t.Parallel()
	name := func(kind, date, order, dept string) ssmix2.Record {
		return ssmix2.Record{Name: ssmix2.Name{Patient: "1", Date: date, Kind: kind, Order: order, Sent: "20250401000000000", Dept: dept, Flag: '1'}}
	}
	items, found := ssmix2.Resolve([]ssmix2.Record{name("PPR-01", "-", nines, "01"), name("PPR-01", "-", nines, "10"), name("OMP-01", "20250401", "1", "01"), name("OMP-01", "20250402", "1", "01"),
		name("OMP-01", "20250401", "2", "01"), name("OMP-02", "20250401", "1", "01")})
	if len(items) != 6 || len(found) > 0 {
		t.Errorf("%+v %v", items, found)
	}
	if items, found := ssmix2.Resolve(nil); len(items) > 0 || len(found) > 0 {
		t.Errorf("%+v %v", items, found)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]ssmix2.Effect{
		"ADT-22 ADT^A01":       ssmix2.Holds,
		"ADT-22 ADT^A11":       ssmix2.TakenBack,
		"ADT-52 ADT^A13":       ssmix2.TakenBack,
		"OMP-01 RDE^O11 NW NW": ssmix2.Holds,
		"OMP-01 RDE^O11 CA CA": ssmix2.Stopped,
		"OMP-01 RDE^O11 NW DC": ssmix2.Holds,
		"OMP-01 RDE^O11 OC":    ssmix2.Stopped,
		"ZZZ-01 ADT^A11":       ssmix2.Holds,
	} {
		f := strings.Fields(in)
		text := "MSH|^~\\&|||||||" + f[1] + "\r"
		for _, c := range f[2:] {
			text += "ORC|" + c + "\r"
		}
		m, err := hl7.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := ssmix2.Judge(f[0], m); got != want {
			t.Errorf("%s: %d", in, got)
		}
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	n := ssmix2.Name{Patient: "0000000012", Date: "20250401", Kind: "OMP-01", Order: "000000000000011", Flag: '1'}
	for in, want := range map[string][]ssmix2.Code{
		"MSH|^~\\&|||||||RDE^O11\rPID|||12^^^^PI\rORC|NW|11":         nil,
		"MSH|^~\\&|||||||RDE^O11\rPID|||13\rORC|NW|11":               {ssmix2.MessagePatient},
		"MSH|^~\\&|||||||RDE^O11\rPID|||\rORC|NW|11":                 {ssmix2.MessageNobody},
		"MSH|^~\\&|||||||RDE^O12\rPID|||0012":                        {ssmix2.MessageTrigger},
		"MSH|^~\\&|||||||RDE^O11\rPID|||12\rORC|NW|000000000000012":  {ssmix2.MessageOrder},
		"MSH|^~\\&|||||||RDE^O11\rPID|||12||\x1b$B)!\x1b(B\rORC|NW|": {ssmix2.FileDamaged},
	} {
		m, err := hl7.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if got := codes(ssmix2.Inspect(n, "x", m)); !slices.Equal(got, want) {
			t.Errorf("%q: %v", in, got)
		}
	}
}
