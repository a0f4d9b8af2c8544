package sigmayaml

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/sigma"
)

const good = `title: Remote maintenance outside its hours
id: 11111111-2222-4333-8444-555555555555
name: maintenance
related:
  - id: 22222222-2222-4333-8444-555555555555
    type: similar
status: test
description: 承認時間外の遠隔保守
references: [https://example.jp/a]
author: a, b
date: 2026-11-22
modified: '2026-11-23'
license: MIT
tags: [attack.t1021.001]
logsource:
  product: Windows
  service: security
  definition: Audit logon
fields: [User]
falsepositives: [None]
detection:
  selection:
    EventID: 4624
    LogonType: 10
  condition: selection
level: high
scope: [server]
regression_tests_path: x/y
`

func TestRead_EveryKeyOfARule(t *testing.T) {
	t.Parallel()
	docs, problems := Read("a/b.yml", []byte(good), Options{})
	if len(problems) > 0 || len(docs) != 1 {
		t.Fatal(docs, problems)
	}
	r := *docs[0].Rule
	r.Condition = nil
	want := sigma.Rule{ID: "11111111-2222-4333-8444-555555555555", Name: "maintenance", Title: "Remote maintenance outside its hours", Status: "test", Level: sigma.High,
		Description: "承認時間外の遠隔保守", Author: "a, b", Date: "2026-11-22", Modified: "2026-11-23", License: "MIT", References: []string{"https://example.jp/a"},
		Tags: []string{"attack.t1021.001"}, FalsePositives: []string{"None"}, Fields: []string{"User"}, Related: []sigma.Related{{ID: "22222222-2222-4333-8444-555555555555", Type: "similar"}},
		LogSource: sigma.LogSource{Product: "windows", Service: "security", Definition: "Audit logon"},
		Custom:    map[string]any{"scope": []any{"server"}, "regression_tests_path": "x/y"}, File: "a/b.yml", Line: 1}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("%+v\nnot\n%+v", r, want)
	}
	if len(docs[0].Notes) > 0 {
		t.Error(docs[0].Notes)
	}
}

// problemCase is a text, and the problems it must give: "line code construct".
type problemCase struct{ name, text, want string }

const head = "title: x\nlogsource: {product: p}\ndetection:\n"

func problemCases() []problemCase {
	d := func(detection string) string { return head + indent(detection) }
	return []problemCase{
		{"not yaml", "title: [x", "1 bad_yaml"},
		{"tab", "title: x\n\tid: y", "2 bad_yaml"},
		{"second of two", "title: x\nlogsource: {product: p}\ndetection: {s: {A: 1}, condition: s}\n---\ntitle: y\nlogsource: {product: p}\ndetection: {s: {A: 1}, condition: t}\n", "7 unknown_detection t"},
		{"not utf-8", "title: \xff\xfe\n", "1 bad_encoding"},
		{"list", "- a\n- b\n", "1 bad_document"},
		{"word", "hello", "1 bad_document hello"},
		{"empty", "# nothing\n", "1 bad_document"},
		{"no kind", "title: x\n", "1 bad_document"},
		{"no title", "logsource: {product: p}\ndetection: {s: {A: 1}, condition: s}", "1 missing title"},
		{"no log source", "title: x\ndetection: {s: {A: 1}, condition: s}", "1 missing logsource"},
		{"empty log source", "title: x\nlogsource: {definition: d}\ndetection: {s: {A: 1}, condition: s}", "2 missing logsource"},
		{"no condition", d("s:\n  A: 1"), "3 missing condition"},
		{"level", "level: hgih\n" + d("s: {A: 1}\ncondition: s"), "1 bad_level hgih"},
		{"key twice", d("s:\n  A: 1\n  A: 2\ncondition: s"), "6 bad_key A"},
		{"unknown modifier", d("s:\n  A|contians: x\ncondition: s"), "5 unknown_modifier contians"},
		{"two unknown modifiers", d("s:\n  A|foo: x\n  B|bar: x\ncondition: s"), "5 unknown_modifier foo, 6 unknown_modifier bar"},
		{"modifiers that do not go together", d("s:\n  A|re|cidr: x\ncondition: s"), "5 bad_modifier A|re|cidr"},
		{"contains before base64", d("s:\n  A|contains|base64: x\ncondition: s"), "5 bad_modifier A|contains|base64"},
		{"flag without re", d("s:\n  A|i: x\ncondition: s"), "5 bad_modifier A|i"},
		{"look-ahead", d("s:\n  A|re: 'a(?=b)'\ncondition: s"), "5 bad_regexp a(?=b)"},
		{"exploding expression", d("s:\n  A|re: '((((a{1,100}){1,100}){1,100}){1,100}){1,100}'\ncondition: s"), "5 bad_regexp ((((a{1,100}){1,100}){1,100}){1,100}){1,100}"},
		{"large expression", d("s:\n  A|re: '([a-z0-9]abcdefghijklmnopqrstuvwxyz){1000}'\ncondition: s"), "5 large_regexp ([a-z0-9]abcdefghijklmnopqrstuvwxyz){1000}"},
		{"network", d("s:\n  A|cidr: 10.0.0.0/33\ncondition: s"), "5 bad_network 10.0.0.0/33"},
		{"number", d("s:\n  A|gt: many\ncondition: s"), "5 bad_value A|gt: many"},
		{"hour", d("s:\n  A|hour: 24\ncondition: s"), "5 bad_value A|hour: 24"},
		{"exists", d("s:\n  A|exists: maybe\ncondition: s"), "5 bad_value A|exists: maybe"},
		{"null with contains", d("s:\n  A|contains: null\ncondition: s"), "5 bad_value A|contains"},
		{"map as value", d("s:\n  A: {B: 1}\ncondition: s"), "5 bad_value A"},
		{"list in list", d("s:\n  A: [[1]]\ncondition: s"), "5 bad_value A"},
		{"no value", d("s:\n  A: []\ncondition: s"), "5 bad_value A"},
		{"empty detection", d("s: {}\ncondition: s"), "4 bad_key s"},
		{"empty keyword", d("s: ['']\ncondition: s"), "4 bad_value : "},
		{"keyword for everything", d("s: ['*']\ncondition: s"), "4 bad_value : *"},
		{"windash beyond", d("s:\n  A|windash: '-a -b -c -d -e -f'\ncondition: s"), "5 too_many A|windash"},
		{"binary", d("s:\n  A: !!binary aGk=\ncondition: s"), "5 bad_value A"},
		{"condition", d("s: {A: 1}\ncondition: s and"), "5 bad_condition s and"},
		{"parenthesis", d("s: {A: 1}\ncondition: (s"), "5 bad_condition (s"},
		{"two names", d("s: {A: 1}\ncondition: s s"), "5 bad_condition s s"},
		{"count of 1.0", d("s: {A: 1}\ncondition: s | count() by B > 5"), "5 aggregation s | count() by B > 5"},
		{"near of 1.0", d("s: {A: 1}\nt: {B: 1}\ncondition: s | near t"), "6 aggregation s | near t"},
		{"2 of", d("s: {A: 1}\ncondition: 2 of them"), "5 bad_condition 2 of them"},
		{"pattern of nothing", d("s: {A: 1}\ncondition: 1 of filter*"), "5 unknown_detection filter*"},
		{"action", "action: destroy\n" + d("s: {A: 1}\ncondition: s"), "1 bad_action action: destroy"},
		{"repeat of nothing", "action: repeat\n" + d("s: {A: 1}\ncondition: s"), "1 bad_action action: repeat"},
	}
}

func TestRead_ProblemsSayWhereAndWhat(t *testing.T) {
	t.Parallel()
	for _, c := range problemCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, problems := Read("x.yml", []byte(c.text), Options{})
			var got []string
			for _, p := range problems {
				got = append(got, strings.TrimRight(fmt.Sprintf("%d %s %s", p.Line, p.Code, p.Construct), " "))
				if p.File != "x.yml" || p.Code.Do() == "" {
					t.Errorf("%+v", p)
				}
			}
			if strings.Join(got, ", ") != strings.TrimRight(c.want, " ") {
				t.Errorf("%v\nnot %s", got, c.want)
			}
		})
	}
}

func TestRead_NotesDoNotRefuse(t *testing.T) {
	t.Parallel()
	for code, text := range map[sigma.Code]string{
		sigma.NoteUnused:         head + "  s: {A: 1}\n  t: {A: 2}\n  condition: s",
		sigma.NoteID:             "id: 5\n" + head + "  s: {A: 1}\n  condition: s",
		sigma.NoteStatus:         "status: good\n" + head + "  s: {A: 1}\n  condition: s",
		sigma.NoteTaxonomy:       "taxonomy: ecs\n" + head + "  s: {A: 1}\n  condition: s",
		sigma.NoteTimeframe:      head + "  s: {A: 1}\n  timeframe: 5m\n  condition: s",
		sigma.NoteSingleValueAll: head + "  s: {A|all: 1}\n  condition: s",
		sigma.NoteKeepingFilter:  "title: f\nlogsource: {product: p}\nfilter:\n  rules: any\n  s: {A: 1}\n  condition: s",
	} {
		docs, problems := Read("x.yml", []byte(text), Options{})
		if len(problems) > 0 || len(docs) != 1 || len(docs[0].Notes) != 1 || docs[0].Notes[0].Code != code {
			t.Errorf("%s: %v %+v", code, problems, docs)
		}
	}
}

func TestRead_Collections(t *testing.T) {
	t.Parallel()
	text := `action: global
title: both
level: low
logsource: {product: windows}
detection:
  condition: s
---
logsource: {service: security}
detection:
  s: {EventID: 1}
---
level: high
detection:
  s: {EventID: 2}
---
action: repeat
detection:
  s: {EventID: 3}
---
action: reset
---
title: alone
logsource: {product: linux}
detection: {s: {A: 1}, condition: s}
`
	docs, problems := Read("c.yml", []byte(text), Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, d := range docs {
		got = append(got, fmt.Sprintf("%d %s %s %v", d.Line, d.Rule.Title, d.Rule.Level, d.Rule.LogSource))
	}
	want := []string{"8 both low {  security }", "12 both high { windows  }", "16 both high { windows  }", "20 alone  { linux  }"}
	want[0] = "8 both low { windows security }"
	want[3] = "22 alone  { linux  }"
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q\n%q", got, want)
	}
	if !docs[2].Rule.Matches(event("EventID=3")) || docs[2].Rule.Matches(event("EventID=2")) {
		t.Error("repeat does not replace the detection")
	}
}

func TestRead_MarkersInsideTexts(t *testing.T) {
	t.Parallel()
	text := "---\n# a comment\ntitle: x\ndescription: |\n  a\n  ---\n  b --- c\nlogsource: {product: p}\ndetection: {s: {A: '---'}, condition: s}\n...\n--- # next\ntitle: y\nlogsource: {product: p}\ndetection: {s: {A: 1}, condition: s}\n---\n"
	docs, problems := Read("x.yml", []byte(strings.ReplaceAll(text, "\n", "\r\n")), Options{})
	if len(problems) > 0 || len(docs) != 2 || docs[0].Line != 3 || docs[1].Line != 12 || !strings.Contains(docs[0].Rule.Description, "---") {
		t.Errorf("%+v %v", docs, problems)
	}
}

func TestRead_AnchorsAndMerges(t *testing.T) {
	t.Parallel()
	docs, problems := Read("x.yml", []byte("title: x\nlogsource: &l {product: p}\nbase: &b\n  A: 1\n  B: 2\ndetection:\n  s:\n    <<: *b\n    B: 3\n  t: [*b, {C: &v [7, 8]}]\n  u: {D: *v}\n  condition: s or t or u\n"), Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r := docs[0].Rule
	for fields, want := range map[string]bool{"A=1 B=3": true, "A=1 B=2": true, "A=1 B=4": false, "C=8": true, "D=7": true, "D=1": false} {
		if r.Matches(event(strings.Fields(fields)...)) != want {
			t.Errorf("%s: not %v", fields, want)
		}
	}
}

func TestLoad_SetTellsWhatHappened(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"a.yml":          {Data: []byte(good)},
		"b/copy.yaml":    {Data: []byte(good)},
		"b/other.YML":    {Data: []byte(strings.Replace(good, "Remote", "Local", 1))},
		"bad.yml":        {Data: []byte("title: [")},
		"two.yml":        {Data: []byte("title: x\nlogsource: {product: p}\ndetection: {s: {A|nope: 1}, t: {B|nope: 1}, condition: s or t}\n---\ntitle: y\nlogsource: {product: p}\ndetection: {s: {A: 1}, condition: s}\n")},
		"readme.md":      {Data: []byte("no rule")},
		".git/x.yml":     {Data: []byte("no rule")},
		"large.yml":      {Data: []byte(strings.Repeat("#", 3000))},
		"unreadable.yml": {Data: nil, Mode: fs.ModeDir},
	}
	s, err := Load(fsys, Options{MaxFile: 2500})
	if err != nil {
		t.Fatal(err)
	}
	if s.Files != 6 || s.Documents != 6 || len(s.Rules) != 2 || len(s.Duplicates) != 2 || len(s.Refused) != 4 {
		t.Errorf("%d files, %d documents, %d rules, %v, %v", s.Files, s.Documents, len(s.Rules), s.Duplicates, s.Refused)
	}
	if d := s.Duplicates; !d[0].SameTitle || d[1].SameTitle || d[1].FirstFile != "a.yml" || d[1].FirstLine != 1 {
		t.Errorf("%+v", d)
	}
	if _, err := Load(fsys, Options{MaxFiles: 2}); err == nil {
		t.Error("more files than allowed were read")
	} else if p := (*sigma.Problem)(nil); !errors.As(err, &p) || p.Code != sigma.TooMany {
		t.Error(err)
	}
}

// Hostile texts end quickly, with a problem or as rules.
func TestRead_Hostile(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", 'b'+i, 'b'+i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", 'a'+i), 9), ","))
	}
	list := "x: [" + strings.Repeat("*v,", 100_000) + "]\n"
	for name, c := range map[string]struct {
		text string
		want sigma.Code
	}{
		"aliases of aliases":              {head + "  s: {A: 1}\n  condition: s\n" + bomb, sigma.TooMany},
		"aliases in a detection":          {bomb + head + "  s: {A: *m}\n  condition: s\n", sigma.TooMany},
		"an alias of itself":              {"x: &x [*x]\n" + head + "  s: {A: 1}\n  condition: s\n", sigma.TooDeep},
		"deep lists":                      {head + "  s: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n  condition: s\n", sigma.TooDeep},
		"deep beyond the parser":          {head + "  s: " + strings.Repeat("[", 200_000), sigma.BadYAML},
		"100,000 values":                  {head + "  s:\n    A:\n" + strings.Repeat("      - abc\n", 100_000) + "  condition: s\n", sigma.TooLarge},
		"100,000 short values":            {head + "  s:\n    A: [" + strings.Repeat("1,", 99_999) + "1]\n  condition: s\n", sigma.TooMany},
		"10 MB in one document":           {head + "  s: {A: '" + strings.Repeat("x", 10<<20) + "'}\n  condition: s\n", sigma.TooLarge},
		"a large value":                   {head + "  s: {A: '" + strings.Repeat("x", 100<<10) + "'}\n  condition: s\n", sigma.TooLarge},
		"aliases by the hundred thousand": {"v: &v [1,2,3,4,5,6,7,8,9]\n" + head + "  s: {A: 1}\n  condition: s\n" + list, sigma.TooMany},
		"merges of merges":                {mergeBomb() + head + "  s: {<<: *z}\n  condition: s\n", sigma.TooMany},
		"parentheses":                     {head + "  s: {A: 1}\n  condition: " + strings.Repeat("(", 4000) + "s" + strings.Repeat(")", 4000) + "\n", sigma.TooDeep},
		"nots":                            {head + "  s: {A: 1}\n  condition: " + strings.Repeat("not ", 4000) + "s\n", sigma.TooDeep},
		"a long condition":                {head + "  s: {A: 1}\n  condition: " + strings.Repeat("s or ", 20_000) + "s\n", sigma.TooLarge},
		"a long expression":               {head + "  s: {A|re: '" + strings.Repeat("(a|b)", 5000) + "'}\n  condition: s\n", sigma.LargeRegexp},
		"a repeated class":                {head + "  s: {A|re: '(\\pL\\pLabcdefghijklmnopqrs){1,1000}'}\n  condition: s\n", sigma.LargeRegexp},
		"30,000 documents":                {strings.Repeat("---\na: 1\n", 30_000), sigma.TooMany},
		"a global of everything":          {"action: global\n" + globalBomb() + strings.Repeat("---\ntitle: x\n", 19_000), sigma.TooMany},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, problems := Read("h.yml", []byte(c.text), Options{})
			found := false
			for _, p := range problems {
				found = found || p.Code == c.want
				if len(p.Error()) > 1000 {
					t.Errorf("a message of %d bytes", len(p.Error()))
				}
			}
			if !found {
				t.Errorf("no %s: %.300v", c.want, problems)
			}
			if d := time.Since(began); d > time.Minute {
				t.Errorf("it took %v", d)
			}
		})
	}
}

func mergeBomb() string {
	text := "a: &a {k0: 1, k1: 1, k2: 1}\n"
	for c := 'b'; c <= 'z'; c++ {
		text += fmt.Sprintf("%c: &%c {<<: [*%c, *%c, *%c, *%c], %ck: 1}\n", c, c, c-1, c-1, c-1, c-1, c)
	}
	return text
}

func globalBomb() string {
	var b strings.Builder
	b.WriteString("logsource: {product: p}\ndetection:\n  condition: 1 of them\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "  s%d: {A: 1}\n", i)
	}
	return b.String()
}
