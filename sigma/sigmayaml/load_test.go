package sigmayaml_test

import (
	"fmt"
	"reflect"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/sigma/sigmayaml"
)

// Files are read side by side; what comes out is in the order of their names,
// and the first of two with the same id wins, every time.
func TestLoad_SameWhoeverReadsFirst(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for i := range 300 {
		id := fmt.Sprintf("%08d-2222-4333-8444-555555555555", i-i%3) // three files each have the same
		text := "title: t" + fmt.Sprint(i) + "\nid: " + id + "\nlogsource: {product: windows}\ndetection:\n  s: {EventID: 1}\n  condition: s\n"
		if i%10 == 9 {
			text = "a: ["
		}
		files[fmt.Sprintf("d%d/%03d.yml", i%7, i)] = &fstest.MapFile{Data: []byte(text)}
	}
	first, err := sigmayaml.Load(files, sigmayaml.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if first.Files != 300 || first.Documents != 300 || len(first.Rules)+len(first.Duplicates)+len(first.Refused) != 300 || len(first.Refused) != 30 {
		t.Fatalf("%d files, %d documents, %d rules, %d copies, %d refused", first.Files, first.Documents, len(first.Rules), len(first.Duplicates), len(first.Refused))
	}
	for i := 1; i < len(first.Rules); i++ {
		if first.Rules[i-1].File >= first.Rules[i].File {
			t.Fatalf("%s stands before %s", first.Rules[i-1].File, first.Rules[i].File)
		}
	}
	for range 5 {
		again, err := sigmayaml.Load(files, sigmayaml.Options{})
		if err != nil || !reflect.DeepEqual(first, again) {
			t.Fatalf("another reading gives something else: %v", err)
		}
	}
}
