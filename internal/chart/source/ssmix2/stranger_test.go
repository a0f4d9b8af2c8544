package ssmix2_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// Two volumes that give one number to two people, and a folder into which
// another's record fell: the lists are those of one person. What is not his is
// counted, told first, and can be opened; where the newer of two versions of one
// thing is the other's, his own is shown.
func TestRead_NeverTwoPeopleInOneList(t *testing.T) {
	t.Parallel()
	hers := func(kind string) []byte { return message(t, kind) }
	person := regexp.MustCompile(`((?:^|[\r\n])PID\|[^|]*\|[^|]*\|[^|]*\|[^|]*)\|[^|]*\|[^|]*\|[^|\r]*\|[^|\r]*`)
	his := func(kind string) []byte {
		return person.ReplaceAll(message(t, kind), []byte("${1}|見本^太郎^^^^^L^I~ミホン^タロウ^^^^^L^P||19800101|M"))
	}
	second := func(files fstest.MapFS, date, kind, order, sent string, data []byte) {
		name := strings.Join([]string{number, date, kind, order, sent, "01", "1"}, "_")
		files["2299999999_B/000/000/"+number+"/"+date+"/"+kind+"/"+name] = &fstest.MapFile{Data: data}
	}
	files := fstest.MapFS{}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', hers("ADT-00"))
	put(files, "-", "PPR-01", "999999999999999", "20200103120000000", '1', hers("PPR-01"))
	put(files, "20251003", "OML-11", "11", "20251003120000000", '1', hers("OML-11"))
	put(files, "20251004", "OML-11", "12", "20251004120000000", '1', his("OML-11")) // fell into her folder
	one := read(t, open(t, files), number, source.Want{})
	second(files, "-", "ADT-00", "999999999999999", "20200101120000000", his("ADT-00"))
	second(files, "-", "PPR-01", "999999999999999", "20250103120000000", his("PPR-01"))
	second(files, "20251005", "OMP-01", "13", "20251005120000000", his("OMP-01"))
	s := open(t, files)
	c := read(t, s, number, source.Want{})
	if len(one.Labs.Rows) == 0 || len(one.Problems.Rows) == 0 || len(c.Labs.Rows) != len(one.Labs.Rows) || len(c.Problems.Rows) != len(one.Problems.Rows) || len(c.Drugs.Rows) != 0 || len(c.Allergies.Rows) != len(one.Allergies.Rows) {
		t.Errorf("%d labs of %d, %d problems of %d, %d drugs, %d allergies of %d", len(c.Labs.Rows), len(one.Labs.Rows), len(c.Problems.Rows), len(one.Problems.Rows), len(c.Drugs.Rows),
			len(c.Allergies.Rows), len(one.Allergies.Rows))
	}
	if c.Labs.Broken != 1 || c.Drugs.State != model.Unreadable || c.Person.Birth.Stamp != "194702" {
		t.Errorf("%+v %s %s", c.Labs.Broken, c.Drugs.State, c.Person.Birth.Stamp)
	}
	n := c.Notices[0]
	if n.Level != model.Danger || n.Code != "patient.other_person" || !slices.Equal(n.Args, []string{number, "見本　太郎", "1980-01-01", "4"}) {
		t.Errorf("%+v", n)
	}
	if d, err := s.Document(context.Background(), n.Ref); err != nil || len(d.Segments) == 0 {
		t.Errorf("%+v %v", d, err)
	}
	suspects := 0
	for _, i := range c.Items {
		if i.Suspect {
			suspects++
		}
	}
	if suspects != 2 { // the others are older versions of what is hers
		t.Errorf("%d items are suspect", suspects)
	}
}

// In a list of a ward nobody lies in the bed of somebody else who has his
// number: neither where the other was admitted later, nor where both admissions
// have one name.
func TestWalk_BedIsNotTheOthers(t *testing.T) {
	t.Parallel()
	person := regexp.MustCompile(`((?:^|[\r\n])PID\|[^|]*\|[^|]*\|[^|]*\|[^|]*)\|[^|]*\|[^|]*\|[^|\r]*\|[^|\r]*`)
	bed := regexp.MustCompile(`((?:^|[\r\n])PV1\|[^|]*\|[^|]*)\|[^|\r]*`)
	his := func(kind string) []byte {
		data := person.ReplaceAll(message(t, kind), []byte("${1}|見本^太郎^^^^^L^I~ミホン^タロウ^^^^^L^P||19800101|M"))
		return bed.ReplaceAll(data, []byte("${1}|9W^999^9^^^N"))
	}
	for _, date := range []string{"20251001", "20251005"} {
		files := fstest.MapFS{}
		put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', message(t, "ADT-00"))
		put(files, "20251001", "ADT-22", "999999999999999", "20251001120000000", '1', message(t, "ADT-22"))
		hers := walk(t, open(t, files), source.Walk{})[0].Stay
		if hers == nil || hers.Doubt {
			t.Fatalf("alone: %+v", hers)
		}
		for kind, at := range map[string]string{"ADT-00": "-", "ADT-22": date} {
			name := strings.Join([]string{number, at, kind, "999999999999999", "20251001130000000", "01", "1"}, "_")
			files["2299999999_B/000/000/"+number+"/"+at+"/"+kind+"/"+name] = &fstest.MapFile{Data: his(kind)}
		}
		got := walk(t, open(t, files), source.Walk{})[0].Stay
		if got == nil || got.Ward != hers.Ward || got.Bed != hers.Bed || !got.Doubt {
			t.Errorf("the other admitted on %s: %+v, want the bed of %+v with a doubt", date, got, hers)
		}
	}
}

// A character of a name that the standard has not comes as ■: the reader is told
// what that is.
func TestRead_LostCharacterOfAName(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', message(t, "ADT-00"))
	if got := codes(read(t, open(t, files), number, want()).Notices); slices.Contains(got, "warn person.gaiji") {
		t.Errorf("nothing was lost: %v", got)
	}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', []byte(strings.Replace(string(message(t, "ADT-00")), "砦^花子", "■^花子", 1)))
	if got := codes(read(t, open(t, files), number, want()).Notices); !slices.Contains(got, "warn person.gaiji") {
		t.Errorf("the lost character is not told: %v", got)
	}
}
