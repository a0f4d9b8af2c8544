package view_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

func message(t testing.TB, name string) *hl7.Message {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name, "message.txt"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := hl7.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// kindOf takes the data type off the name of a case: ADT-00-A23 is ADT-00.
func kindOf(name string) string {
	if strings.HasPrefix(name, "OMD") {
		return "OMD"
	}
	if strings.HasPrefix(name, "ORU") { // a document of extended storage
		return "L-OBSERVATIONS^OBSERVATIONS^99ZL01"
	}
	return name[:min(len(name), 6)]
}

func read(t testing.TB, name string) *view.View {
	t.Helper()
	v, err := view.Read(kindOf(name), message(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func cases(t testing.TB) []string {
	t.Helper()
	dirs, err := filepath.Glob("testdata/*/message.txt")
	if err != nil || len(dirs) < 40 {
		t.Fatalf("%d cases, %v", len(dirs), err)
	}
	for i, d := range dirs {
		dirs[i] = filepath.Base(filepath.Dir(d))
	}
	return dirs
}

// update writes the golden files anew: go test ./ssmix2/view -run Golden -update,
// and then read them.
var update = flag.Bool("update", false, "write the golden files anew")

func TestRead_Golden(t *testing.T) {
	t.Parallel()
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.MarshalIndent(read(t, name), "", " ")
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name, "view.json")
			if *update {
				if err := os.WriteFile(path, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(got)+"\n" != string(want) {
				t.Errorf("%s differs from what was read:\n%s", path, got)
			}
		})
	}
}

// Every output of the specification, the ten that take an event back too, has
// a case, and each message is the one of its type.
func TestRead_EveryTypeHasACase(t *testing.T) {
	t.Parallel()
	outputs := 0
	for _, k := range ssmix2.Types() {
		for _, trigger := range []string{k.Trigger, k.Cancel} {
			if trigger == "" {
				continue
			}
			name := k.Code
			if trigger == k.Cancel {
				name += "-" + trigger
			}
			outputs++
			if v := read(t, name); v.Header.Message != k.Message || v.Header.Trigger != trigger || !v.Known || (v.Life == view.Cancelled) != (trigger == k.Cancel) {
				t.Errorf("%s: %s^%s, %s", name, v.Header.Message, v.Header.Trigger, v.Life)
			}
		}
	}
	if outputs != 36 {
		t.Errorf("%d outputs, want 36", outputs)
	}
}
