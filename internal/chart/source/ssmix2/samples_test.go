package ssmix2_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/sourcetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// samples is the folder of samples of real form, which stand beside the
// repository.
func samples(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "..", "shared", "data", "ssmix2", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("the samples are not here")
	}
	return dir
}

// opening opens a sample folder.
func opening(t *testing.T, dir string) source.Source {
	t.Helper()
	root, err := os.OpenRoot(samples(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return open(t, source.Folder(root))
}

// The samples for checkers stand in folders of a number that most of their
// messages do not name: each is told as a danger and stands in no list.
func TestRead_SamplesOfOtherPatients(t *testing.T) {
	t.Parallel()
	s := opening(t, "nho-datatest")
	for _, id := range []string{"9999013", "0000001"} {
		today, _ := model.ParseDay("20110702")
		c := read(t, s, id, source.Want{Today: today})
		sourcetest.Check(t, s, c)
		var states, suspects []string
		for _, i := range c.Items {
			if i.Suspect {
				suspects = append(suspects, i.Kind+" "+i.Day)
			}
		}
		for _, l := range []struct {
			name  string
			state model.State
			rows  int
		}{{"allergies", c.Allergies.State, len(c.Allergies.Rows)}, {"infections", c.Infections.State, len(c.Infections.Rows)}, {"problems", c.Problems.State, len(c.Problems.Rows)},
			{"drugs", c.Drugs.State, len(c.Drugs.Rows)}, {"injections", c.Injections.State, len(c.Injections.Rows)}, {"labs", c.Labs.State, len(c.Labs.Rows)},
			{"stays", c.Stays.State, len(c.Stays.Rows)}, {"meals", c.Meals.State, len(c.Meals.Rows)}, {"orders", c.Orders.State, len(c.Orders.Rows)}, {"reports", c.Reports.State, len(c.Reports.Rows)}} {
			states = append(states, l.name+" "+string(l.state)+" "+strconv.Itoa(l.rows))
		}
		golden(t, "suspect-"+id+".json", map[string]any{"person": c.Person.Kanji.Show, "states": states, "suspects": suspects, "notices": c.Notices})
	}
}

// The same samples, with every message naming the patient of its folder and his
// day of birth (some have another's; a name alone is no other person), read
// as they were looked at by eye.
func TestRead_Samples(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ dir, id, birth, today string }{{"nho-datatest", "9999013", "19480405", "20110702"}, {"nho-samples", "0123456789", "20040401", "20160102"}} {
		dir := samples(t, x.dir)
		number := regexp.MustCompile(`(?m)(^|\r)(PID\|[^|]*\|[^|]*\|)[^|^]*`)
		born := regexp.MustCompile(`((?:^|\r)PID\|(?:[^|\r]*\|){6})\d{8}`)
		files := fstest.MapFS{}
		err := filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(at)
			name, _ := filepath.Rel(dir, at)
			files[filepath.ToSlash(name)] = &fstest.MapFile{Data: born.ReplaceAll(number.ReplaceAll(data, []byte("${1}${2}"+x.id)), []byte("${1}"+x.birth))}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, files)
		today, _ := model.ParseDay(x.today)
		c := read(t, s, x.id, source.Want{Today: today})
		sourcetest.Check(t, s, c)
		golden(t, "chart-"+x.id+".json", short(t, c))
	}
}

// short leaves out of a chart what makes it long and says nothing to the eye:
// origins within an item, what was sent, systems of codes, doubts and empty
// values. Those are tested on their own.
func short(t *testing.T, c *model.Chart) any {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return shorter(v)
}

func shorter(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		if v["ok"] == false {
			return nil // nothing was computed
		}
		for k, x := range v {
			switch k {
			case "origin", "raw", "system", "doubts", "rule", "ref", "kinds", "ok", "key", "line", "life":
				continue
			}
			if x = shorter(x); x != nil && x != "" && x != false {
				out[k] = x
			}
		}
		if len(out) == 0 {
			return nil
		}
		if show, ok := out["show"]; ok && len(out) == 1 {
			return show
		}
		if value, ok := out["value"]; ok && len(out) == 1 {
			return value
		}
		if at, ok := out["stamp"]; ok && len(out) == 1 {
			return at
		}
		return out
	case []any:
		var out []any
		for _, x := range v {
			if x = shorter(x); x != nil {
				out = append(out, x)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return v
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s has changed; look at it and run with -update\n%s", name, firstDifference(got.String(), string(want)))
	}
}

// firstDifference shows where two texts part.
func firstDifference(got, want string) string {
	n := 0
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	around := func(s string) string { return s[max(0, n-120):min(len(s), n+120)] }
	return "got  …" + around(got) + "…\nwant …" + around(want) + "…"
}
