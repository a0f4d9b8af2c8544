package all_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/all"
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
