package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/event/format"
)

func scanner() *format.Scanner { return format.NewScanner(func(*format.Key) {}) }

// flat writes pairs as lines, to be compared.
func flat(list []format.Pair) string {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "%s %d %q %v\n", p.Key.Path, p.Kind, p.Value, p.Array)
	}
	return b.String()
}

func TestScan_Values(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{}`:                       "",
		`{"a":1}`:                  "a 1 \"1\" false\n",
		` {"a" : -0.5e+10 } `:      "a 1 \"-0.5e+10\" false\n",
		`{"a":{"b":"c"},"d":null}`: "a.b 0 \"c\" false\nd 3 \"\" false\n",
		`{"a":["x",["y"],{"z":true}],"e":[],"o":{}}`:                 "a 0 \"x\" true\na 0 \"y\" true\na.z 2 \"true\" false\n",
		`{"a":"\"\\\/\b\f\n\r\té病\ud83c\udfe5\ud800x"}`:              "a 0 \"\\\"\\\\/\\b\\f\\n\\r\\té病🏥\uFFFDx\" false\n",
		`{"a\u0062":"1","ab":"2"}`:                                   "ab 0 \"1\" false\nab 0 \"2\" false\n",
		"{\"a\":\"tab\there\"}":                                      "a 0 \"tab\\there\" false\n",
		`{"winlog.event_id":"1"}`:                                    "winlog.event_id 0 \"1\" false\n",
		`{"12345678":"1","123456789":"2","12345678 ":"3","":"none"}`: "12345678 0 \"1\" false\n123456789 0 \"2\" false\n12345678  0 \"3\" false\n 0 \"none\" false\n",
	} {
		sc := scanner()
		for range 2 { // the second time the names are known
			pairs, why := sc.Scan(in)
			if got := flat(pairs.List); got != want || why != "" {
				t.Errorf("%s:\n%swant\n%swhy %q", in, got, want, why)
			}
			sc.Free(pairs)
		}
	}
}

func TestScan_Broken(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "empty", "  ": "empty", "x": "json", "[1]": "json", `"a"`: "json", "{": "json", `{"a"`: "json", `{"a":`: "json", `{"a":1`: "json", `{"a":1,}`: "json", `{,"a":1}`: "json",
		`{"a":01}`: "json", `{"a":1.}`: "json", `{"a":.5}`: "json", `{"a":+1}`: "json", `{"a":1e}`: "json", `{"a":tru}`: "json", `{"a":"\x"}`: "json", `{"a":"\u12"}`: "json",
		`{"a":"x}`: "json", `{"a":"x\`: "json", `{"a":1}{`: "json", `{"a":1} x`: "json", `{"a":[1}`: "json", `{"a":1]`: "json", `{"a" 1}`: "json", `{a:1}`: "json", `{"a":[1,]}`: "json", `{"a":[,1]}`: "json",
		strings.Repeat(`{"a":`, 65):               "deep",
		`{"a":` + strings.Repeat(`[`, 1<<20):      "deep",
		`{"a":[1` + strings.Repeat(`,1`, 2000):    "many",
		`{"a":"kept","b":"` + "half of the value": "json",
	} {
		pairs, why := scanner().Scan(in)
		if why != want {
			t.Errorf("%.40s: %q, not %q", in, why, want)
		}
		if strings.Contains(in, "kept") && flat(pairs.List) != "a 0 \"kept\" false\n" {
			t.Errorf("what stood before the break: %q", flat(pairs.List))
		}
	}
}

// A sender that invents names is slower to read, and read all the same.
func TestKeys_ManyNames(t *testing.T) {
	t.Parallel()
	sc := scanner()
	for i := range 30_000 {
		for _, in := range []string{fmt.Sprintf(`{"field%d":"v","o":{"x%d":1}}`, i, i), fmt.Sprintf(`{"12345678ab%06dcdefghijklmnabcdefgh":"v","o":{"y":1}}`, i)} {
			pairs, why := sc.Scan(in)
			if why != "" || len(pairs.List) != 2 || !strings.Contains(in, pairs.List[0].Key.Path) {
				t.Fatalf("%s: %s %s", in, flat(pairs.List), why)
			}
			sc.Free(pairs)
		}
	}
}

func TestKeys_OneForEachName(t *testing.T) {
	t.Parallel()
	keys := format.NewKeys(func(k *format.Key) { k.Role = len(k.Path) })
	var wg sync.WaitGroup
	found := make([][]*format.Key, 8)
	for g := range found {
		wg.Go(func() {
			for i := range 2000 {
				parent := keys.Child(nil, fmt.Sprint("p", i%7))
				found[g] = append(found[g], keys.Child(parent, fmt.Sprint("name", i)))
			}
		})
	}
	wg.Wait()
	for g := range found {
		for i, k := range found[g] {
			if k != found[0][i] || k.Path != fmt.Sprint("p", i%7, ".name", i) || k.Role != len(k.Path) || k.Parent.Path != fmt.Sprint("p", i%7) {
				t.Fatalf("%+v and %+v", k, found[0][i])
			}
		}
	}
}

// oracle reads s with encoding/json and writes what Scan should find.
func oracle(s string) (string, bool) {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	type level struct {
		path  string
		array bool
		name  string
		key   bool
	}
	var b strings.Builder
	var stack []level
	join := func(a, b string) string {
		if a == "" {
			return b
		}
		return a + "." + b
	}
	place := func() (string, bool) {
		top := &stack[len(stack)-1]
		if top.array {
			return top.path, true
		}
		top.key = false
		return join(top.path, top.name), false
	}
	n := 0
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), true
		}
		if err != nil {
			return "", false
		}
		if d, ok := tok.(json.Delim); ok {
			switch d {
			case '{', '[':
				next := level{array: d == '['}
				if len(stack) > 0 {
					next.path, _ = place()
				}
				if stack = append(stack, next); len(stack) > format.MaxDepth {
					return "", false
				}
			default:
				stack = stack[:len(stack)-1]
			}
			continue
		}
		if len(stack) == 0 {
			return "", false
		}
		if top := &stack[len(stack)-1]; !top.array && !top.key {
			top.name, top.key = tok.(string), true
			if len(join(top.path, top.name)) > format.MaxName || top.name == "" {
				return "", false // cut, or with a path like another's
			}
			continue
		}
		path, array := place()
		if n++; n > format.MaxFields {
			return "", false
		}
		kind, value := format.Null, ""
		switch v := tok.(type) {
		case string:
			kind, value = format.String, v
		case json.Number:
			kind, value = format.Number, v.String()
		case bool:
			kind, value = format.Bool, fmt.Sprint(v)
		}
		fmt.Fprintf(&b, "%s %d %q %v\n", path, kind, value, array)
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{"a":{"b":["x",null,true,-1.5e3,"\u75c5\ud83c\udfe5"]}}`, `{"a":"\\\"","b":[[1],[2,{"c":{}}]]}`, `{"a":`, `[{"a":1}]`, `{"a":"` + "\x01" + `"}`} {
		f.Add([]byte(s))
	}
	sc := scanner()
	f.Fuzz(func(t *testing.T, in []byte) {
		if !utf8.Valid(in) {
			return // Text makes it valid first
		}
		s := string(in)
		pairs, why := sc.Scan(s)
		defer sc.Free(pairs)
		valid := json.Valid(in) && bytes.HasPrefix(bytes.TrimLeft(in, " \t\r\n"), []byte("{"))
		if why == "" && !valid && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 }) {
			t.Fatalf("%q was read: %s", s, flat(pairs.List))
		}
		if !valid {
			return
		}
		if want, ok := oracle(s); ok && (why != "" || flat(pairs.List) != want) {
			t.Fatalf("%q: %q\n%swant\n%s", s, why, flat(pairs.List), want)
		}
	})
}

func BenchmarkScan(b *testing.B) {
	sc := scanner()
	const s = `{"timestamp":"2026-11-22T17:59:58.123456+0900","flow_id":1234567890123,"event_type":"alert","src_ip":"10.10.1.4","src_port":50123,"alert":{"action":"allowed","signature":"EXAMPLE SMB lateral","severity":2},"path":"C:\\temp\\x"}`
	b.ReportAllocs()
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		pairs, _ := sc.Scan(s)
		sc.Free(pairs)
	}
}
