package all_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/all"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/synth"
)

func TestMembers_HaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range all.Members() {
		if m.Format == "" || m.Open == nil || seen[m.Format] {
			t.Errorf("%+v", m)
		}
		seen[m.Format] = true
	}
}

// What stands in one file system is opened under names that count on.
func TestOpen_NamesCountOn(t *testing.T) {
	t.Parallel()
	h, err := synth.New(synth.Small(1))
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := all.Open(context.Background(), h.FS(), source.Options{})
	if err != nil || len(list) != 1 || list[0].Info().Name != "s1" || list[0].Info().Format != "ssmix2" {
		t.Fatalf("%+v %v", list, err)
	}
	all.Close(list)
	const rest = "/000/000/0000000001/-/ADT-00/0000000001_-_ADT-00_999999999999999_20251003120000000_-_1"
	two := fstest.MapFS{"a/2211111111" + rest: {Data: []byte("MSH|^~\\&|\r")}, "b/2222222222" + rest: {Data: []byte("MSH|^~\\&|\r")}}
	list, _, err = all.Open(context.Background(), two, source.Options{Name: "s4"})
	if err != nil || len(list) != 2 || list[0].Info().Name != "s4" || list[1].Info().Name != "s5" || list[0].Info().Facility == list[1].Info().Facility {
		t.Errorf("%+v %v", list, err)
	}
}

func TestOpen_NothingThere(t *testing.T) {
	t.Parallel()
	list, _, err := all.Open(context.Background(), fstest.MapFS{"readme.md": {Data: []byte("nothing")}}, source.Options{})
	if err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	if _, _, err := all.Open(context.Background(), away{}, source.Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := all.Open(ctx, fstest.MapFS{}, source.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// away is a file system that cannot be read at all.
type away struct{}

func (away) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// The kinds by which it is said that a part is not stored are those that feed it.
func TestSays(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		format string
		part   model.Part
		want   []string
	}{
		{"ssmix2", model.Allergies, []string{"ADT-61", "ADT-00"}},
		{"ssmix2", model.Infections, []string{"OML-11"}},
		{"ssmix2", model.Labs, []string{"OML-11"}},
		{"ssmix2", model.Problems, []string{"PPR-01"}},
		{"ssmix2", model.Drugs, []string{"OMP-01", "OMP-11"}},
		{"ssmix2", model.Injections, []string{"OMP-02", "OMP-12"}},
		{"ssmix2", model.Stays, []string{"ADT-22", "ADT-42", "ADT-52"}},
		{"ssmix2", model.Meals, []string{"OMD"}},
		{"ssmix2", model.Orders, []string{"OML-01", "OMG-01", "OMG-02", "OMG-03"}},
		{"ssmix2", model.Reports, []string{"OMG-11", "OMG-12", "OMG-13"}},
		{"ssmix2", model.Vitals, nil}, // documents, which may say anything
		{"ssmix2", model.Who, nil},
		{"fhir", model.Allergies, []string{"AllergyIntolerance"}},
		{"fhir", model.Labs, []string{"Observation"}},
		{"fhir", model.Problems, []string{"Condition"}},
		{"fhir", model.Drugs, []string{"MedicationRequest"}},
		{"fhir", model.Stays, []string{"Encounter"}},
		{"fhir", model.Meals, nil},
		{"archive", model.Labs, nil},
		{"none", model.Labs, nil},
	} {
		if got := all.Says(x.format, x.part); !slices.Equal(got, x.want) {
			t.Errorf("%s, %s: %v, want %v", x.format, x.part, got, x.want)
		}
	}
}

// The words of all sources go into one catalogue, and every code of a member
// has some.
func TestTexts_AreWhole(t *testing.T) {
	t.Parallel()
	words := text.NewCatalog(time.UTC)
	for _, fsys := range all.Texts() {
		if err := words.Add(fsys); err != nil {
			t.Fatal(err)
		}
	}
	codes := 0
	for _, m := range all.Members() {
		files, err := filepath.Glob(filepath.Join("..", m.Format, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(m.Format, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range regexp.MustCompile(`model\.(?:Notice|Note)\{[^}]*Code: "([a-z_.]+[a-z])"`).FindAllSubmatch(data, -1) {
				codes++
				if c := string(found[1]); !words.Has("chart.notice."+c) && !words.Has("chart.note."+c) {
					t.Errorf("%s: %s has no words", file, c)
				}
			}
			for _, found := range regexp.MustCompile(`Rule: +"([a-z_.]+)"`).FindAllSubmatch(data, -1) {
				codes++
				if !words.Has("chart.rule." + string(found[1])) {
					t.Errorf("%s: the rule %s has no words", file, found[1])
				}
			}
		}
	}
	if codes < 20 {
		t.Errorf("only %d codes were found: the search is wrong", codes)
	}
}
