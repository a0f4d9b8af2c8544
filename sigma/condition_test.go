package sigma

import (
	"strings"
	"testing"
)

// named gives detections that are true where their name is among those of an
// event, and so a way to see what a condition means.
func named(names ...string) []Detection {
	var out []Detection
	for _, n := range names {
		out = append(out, Detection{Name: n, Expr: leafExpr(&Match{Field: n, Kind: Exists})})
	}
	return out
}

func holdsFor(t *testing.T, condition string, detections []Detection, there string) bool {
	t.Helper()
	e, _, err := ParseCondition(condition, detections)
	if err != nil {
		t.Fatal(err)
	}
	var event []Field
	for _, n := range strings.Fields(there) {
		event = append(event, Field{Name: n})
	}
	return Matches(e, event)
}

func TestParseCondition_Meaning(t *testing.T) {
	t.Parallel()
	d := named("a", "b", "c", "sel_1", "sel_2", "_hidden", "not-here", "日本")
	for _, c := range []struct {
		condition, yes, no string
	}{
		{"a", "a", "b"},
		{"a and b or c", "c", "a"},
		{"a or b and c", "a", "b"},
		{"not a and b", "b", "a b"},
		{"not (a and b)", "a", "a b"},
		{"not not a", "a", ""},
		{"(a or(b))and(not(c))", "b", "b c"},
		{"1 of sel_*", "sel_2", "a"},
		{"any of sel_*", "sel_1", "b"},
		{"all of sel_*", "sel_1 sel_2", "sel_1"},
		{"1 OF them", "日本", "_hidden"},
		{"1 of *_2", "sel_2", "sel_1"},
		{"1 of s*l*1", "sel_1", "sel_2"},
		{"1 of _*", "_hidden", "a"},
		{"1 of a", "a", "b"},
		{"a AnD NOT 1 of sel*", "a", "a sel_1"},
		{"not-here", "not-here", "a"},
		{"日本 and a", "日本 a", "日本"},
	} {
		if !holdsFor(t, c.condition, d, c.yes) {
			t.Errorf("%s does not hold for %s", c.condition, c.yes)
		}
		if holdsFor(t, c.condition, d, c.no) {
			t.Errorf("%s holds for %s", c.condition, c.no)
		}
	}
}

func TestParseCondition_Refuses(t *testing.T) {
	t.Parallel()
	d := named("a", "b")
	for condition, want := range map[string]Code{
		"": BadCondition, "and": BadCondition, "a or": BadCondition, "a b": BadCondition, "(a": BadCondition, "a)": BadCondition, "()": BadCondition, "not": BadCondition,
		"1 of": BadCondition, "3 of them": BadCondition, "1 of (": BadCondition, "c": UnknownDetection, "all of x*": UnknownDetection, "a | count() > 3": Aggregation,
		strings.Repeat("(", 200) + "a" + strings.Repeat(")", 200): TooDeep, strings.Repeat("a or ", 10_000) + "a": TooLarge,
	} {
		_, _, err := ParseCondition(condition, d)
		if p, ok := err.(*Problem); !ok || p.Code != want {
			t.Errorf("%.40q: %v", condition, err)
		}
	}
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{"a and not b", "1 of sel* or (all of them)", "((a))", "not not a", "a | near b", "1 of", ")", "a\tAND\nb", "ｏｒ or a"} {
		f.Add(s)
	}
	d := named("a", "b", "sel1", "sel2", "_c", "or", "ｏｒ")
	f.Fuzz(func(t *testing.T, text string) {
		e, used, err := ParseCondition(text, d)
		if err != nil {
			if p := err.(*Problem); p.Code == "" || len(p.Error()) > 1000 {
				t.Fatalf("%+v", p)
			}
			return
		}
		if len(used) == 0 {
			t.Fatal("it uses nothing")
		}
		// The same condition in other words.
		again, _, err := ParseCondition("not (not ("+text+"))", d)
		if err != nil {
			if err.(*Problem).Code == TooDeep || err.(*Problem).Code == TooLarge {
				return
			}
			t.Fatal(err)
		}
		for bits := range 1 << len(d) {
			var event []Field
			for i, x := range d {
				if bits>>i&1 == 1 {
					event = append(event, Field{Name: x.Name})
				}
			}
			if Matches(e, event) != Matches(again, event) {
				t.Fatalf("%q and its double negation differ for %v", text, event)
			}
		}
	})
}

func TestParseRuleExpr_ListsRulesAsTheyAppear(t *testing.T) {
	t.Parallel()
	e, rules, err := ParseRuleExpr("b and (a or not c) and b", nil)
	if err != nil || strings.Join(rules, "") != "bac" {
		t.Fatal(rules, err)
	}
	for there, want := range map[string]bool{"b": true, "bc": false, "bac": true, "a": false} {
		if e.Holds(func(i int) bool { return strings.Contains(there, rules[i]) }) != want {
			t.Errorf("%s: not %v", there, want)
		}
	}
}

func TestParseTimespan(t *testing.T) {
	t.Parallel()
	for text, seconds := range map[string]float64{"15s": 15, "90m": 5400, "2h": 7200, "1d": 86400, "1w": 604800, "1M": 2629746, "10y": 315569520} {
		if d, err := ParseTimespan(text); err != nil || d.Seconds() != seconds {
			t.Errorf("%s: %v %v", text, d, err)
		}
	}
	for _, text := range []string{"", "5", "s", "-5m", "0s", "1.5h", "5 m", "5ms", "11y", "99999999999999999999d", "5D"} {
		if d, err := ParseTimespan(text); err == nil {
			t.Errorf("%s: %v", text, d)
		}
	}
}

func TestCodes_AllHaveSomethingToDo(t *testing.T) {
	t.Parallel()
	seen := map[Code]bool{}
	for _, c := range Codes() {
		if c.Do() == "" || seen[c] {
			t.Errorf("%s", c)
		}
		seen[c] = true
	}
}
