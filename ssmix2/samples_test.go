package ssmix2_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
)

// The official samples, and what is known to be wrong with them.
func TestSamples(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "shared", "data", "ssmix2")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no sample files here")
	}
	roots, _, err := ssmix2.Detect(context.Background(), os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, r := range roots {
		kinds = append(kinds, r.Kind.String()+" "+r.Path)
	}
	if want := []string{"standard nho-datatest", "extended nho-samples/extended_root", "standard nho-samples/standard_root"}; !slices.Equal(kinds, want) {
		t.Fatalf("%q", kinds)
	}
	s, err := ssmix2.Open(context.Background(), os.DirFS(dir), roots, ssmix2.Options{})
	if err != nil || !slices.Equal(s.Widths(), []int{7, 10}) {
		t.Fatal(err, s.Widths())
	}
	seen := map[string]int{}
	found := map[ssmix2.Code]int{}
	var m hl7.Message
	d := hl7.NewDecoder(hl7.Options{})
	for v, err := range s.Walk(context.Background(), ssmix2.WalkOptions{Workers: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range append(v.Lints, v.Listing.Lints...) {
			found[l.Code]++
		}
		for i := range v.Listing.Records {
			r := &v.Listing.Records[i]
			if r.Extended {
				c, err := s.Content(context.Background(), r)
				if err != nil || c.Main != 0 || !strings.HasSuffix(c.Files[0].Path, "main_document.hl7") {
					t.Errorf("%v %+v", err, c)
				}
				seen[v.Patient.ID+" document"]++
				continue
			}
			_, l, ok := s.Read(d, &m, r, nil)
			for _, one := range l {
				found[one.Code]++
			}
			if ok {
				seen[v.Patient.ID]++
			}
		}
		items, l := ssmix2.Resolve(v.Listing.Records)
		if len(l) > 0 || len(items) == 0 {
			t.Errorf("%s: %d items, %v", v.Patient.ID, len(items), l)
		}
	}
	for who, n := range map[string]int{"9999013": 19, "0000001": 2, "0123456789": 1, "0123456789 document": 2} {
		if seen[who] != n {
			t.Errorf("%s: %d messages, want %d", who, seen[who], n)
		}
	}
	want := map[ssmix2.Code]int{
		ssmix2.MessagePatient: 12, // among them the guideline's own samples with other patients' numbers in PID-3
		ssmix2.MessageOrder:   2,
		ssmix2.NameFields:     2, // the extended samples have no department
		ssmix2.NameTime:       3,
		ssmix2.FileNotHL7:     1,
		ssmix2.FileDamaged:    2, // the checker's samples with two headers
		ssmix2.NamePatient:    1, ssmix2.NameDate: 1, ssmix2.NameKind: 1,
	}
	for code, n := range found {
		if want[code] != n {
			t.Errorf("%s: %d times, want %d", code, n, want[code])
		}
	}
}
