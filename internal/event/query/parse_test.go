package query_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/fault"
)

func jst() *time.Location { return time.FixedZone("JST", 9*3600) }

func TestParse_WhatIsUnderstood(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "",
		"　 ":                             "",
		"*":                              "*",
		"foo":                            `"foo"`,
		"foo bar":                        `"foo" and "bar"`,
		"電子カルテ　参照":                       `"電子カルテ" and "参照"`,
		"foo and bar or baz":             `("foo" and "bar") or "baz"`,
		"foo or bar baz":                 `"foo" or ("bar" and "baz")`,
		"not foo bar":                    `not "foo" and "bar"`,
		"not not foo":                    `not not "foo"`,
		"NOT (foo OR bar)":               `not ("foo" or "bar")`,
		"foo and not bar":                `"foo" and not "bar"`,
		"android orange notice":          `"android" and "orange" and "notice"`,
		`"and"`:                          `"and"`,
		`"foo  bar\"\\"`:                 `"foo  bar\"\\"`,
		"“全角の引用符”":                       `"全角の引用符"`,
		"foo*bar":                        `foo*bar`,
		`foo\*bar`:                       `"foo*bar"`,
		`a\\b*`:                          `a\\b*`,
		"user.name: yamada":              `user.name: "yamada"`,
		"USER.Name:yamada":               `user.name: "yamada"`,
		"user.name：山田":                   `user.name: "山田"`,
		"user.name : yama*":              `user.name: yama*`,
		"user.name: *":                   `user.name: *`,
		"user.name: (a or b*)":           `user.name: "a" or user.name: b*`,
		"user.name: (a and not b)":       `user.name: "a" and not user.name: "b"`,
		`user.name: ("a b" or (c or d))`: `user.name: "a b" or (user.name: "c" or user.name: "d")`,
		"利用者: 山田*":                       `利用者: 山田*`,
		"件名：至急":                          `"件名：至急"`,
		"EventID: 4625":                  `EventID: "4625"`,
		"source.port: 443":               `source.port: "443"`,
		"source.port >= 1024":            `source.port >= 1024`,
		"source.port: < 1024":            `source.port < 1024`,
		"network.bytes>1e6":              `network.bytes >= 1.0000000000000001e+06`,
		"sentbyte <= 5":                  `sentbyte < 5.000000000000001`,
		"source.ip: 10.0.0.0/8":          `source.ip: 10.0.0.0/8`,
		"srcip: 10.1.2.3/16":             `srcip: 10.1.0.0/16`,
		"source.ip: 2001:db8::1":         `source.ip: "2001:db8::1"`,
		`process.executable: C:\Windows\System32\cmd.exe`: `process.executable: "C:\\Windows\\System32\\cmd.exe"`,
		`C:\Windows`:                       `"C:\\Windows"`,
		"http://example.jp/":               `"http://example.jp/"`,
		"10:15:30":                         `"10:15:30"`,
		"@timestamp >= 2026-11-22":         `@timestamp >= 2026-11-21T15:00:00.000000Z`,
		"@timestamp > 2026-11-22":          `@timestamp >= 2026-11-22T15:00:00.000000Z`,
		"@timestamp <= 2026/11/2":          `@timestamp < 2026-11-02T15:00:00.000000Z`,
		`@timestamp: "2026-11-22 09:30"`:   `@timestamp >= 2026-11-22T00:30:00.000000Z and @timestamp < 2026-11-22T00:31:00.000000Z`,
		"@timestamp: 2026-11-22T00:30:00Z": `@timestamp >= 2026-11-22T00:30:00.000000Z and @timestamp < 2026-11-22T00:30:01.000000Z`,
		"foo)bar":                          "query.paren_open(4)",
		"(foo":                             "query.paren_close(1)",
		"()":                               "query.paren_empty(1)",
		"(":                                "query.paren_close(1)",
		`日本 "foo`:                          "query.quote(4)",
		"and foo":                          "query.operand(and 1)",
		"foo and":                          "query.operand(and 5)",
		"foo or":                           "query.operand(or 5)",
		"foo and or bar":                   "query.operand(and 5)",
		"not":                              "query.operand(not 1)",
		"foo (not)":                        "query.operand(not 6)",
		"user.name:":                       "query.value(user.name 1)",
		"user.name: and foo":               "query.value(user.name 1)",
		"user.name: (a or )":               "query.operand(or 15)",
		"user.name: {a}":                   "query.braces(12)",
		"source.port: x":                   "query.number(source.port x 14)",
		"source.port >= x":                 "query.number(source.port x 16)",
		"sentbyte > NaN":                   "query.number(sentbyte NaN 12)",
		"@timestamp: yesterday":            "query.time(yesterday 13)",
		"source.ip >= 10.0.0.1":            "query.range(source.ip 14)",
		"source.ip: 10.0.0.0/99":           "query.network(10.0.0.0/99 12)",
	} {
		e, err := query.Parse(text, jst())
		got := e.String()
		if f := fault.Of(err); f != nil {
			var args []string
			for _, a := range f.Msg.Args {
				b, _ := json.Marshal(a)
				args = append(args, strings.Trim(string(b), `"`))
			}
			got = f.Msg.Key + "(" + strings.Join(args, " ") + ")"
			if f.Kind != fault.Invalid {
				t.Errorf("%q: kind %v", text, f.Kind)
			}
		}
		if got != want {
			t.Errorf("%q is read as\n%s, not\n%s", text, got, want)
		}
	}
}

func TestParse_Limits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		strings.Repeat("a", 5000):                            "query.too_long",
		strings.Repeat("a ", 300):                            "query.too_many",
		strings.Repeat("(", 100) + strings.Repeat(")", 100):  "query.too_deep",
		strings.Repeat("not ", 100) + "a":                    "query.too_deep",
		"user.name: " + strings.Repeat("(", 100):             "query.too_deep",
		"user.name: (" + strings.Repeat("a or ", 300) + "a)": "query.too_many",
	} {
		if _, err := query.Parse(text, nil); !errors.Is(err, fault.New(fault.Invalid, want)) {
			t.Errorf("%.20q…: %v, not %s", text, err, want)
		}
	}
}

func TestValue_SaysWhatTheEventSays(t *testing.T) {
	t.Parallel()
	e := &event.Event{Dataset: "d", Core: event.Core{User: "u", SourcePort: 443, Message: "m"}}
	for name, want := range map[string]string{"user.name": "u", "source.port": "443", "destination.port": "", "source.ip": "", "message": "m", "event.dataset": "d", "EventID": ""} {
		if got := query.Value(e, name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
}

// Every fault that the code makes has its text, and every text its fault.
func TestTexts_AreThoseOfTheFaults(t *testing.T) {
	t.Parallel()
	var texts map[string]string
	data, err := query.Texts.ReadFile("text_ja.json")
	if err == nil {
		err = json.Unmarshal(data, &texts)
	}
	if err != nil {
		t.Fatal(err)
	}
	code := source(t)
	for _, m := range regexp.MustCompile(`"(query\.[a-z_]+)"`).FindAllStringSubmatch(code, -1) {
		if texts[m[1]] == "" {
			t.Errorf("%s has no text", m[1])
		}
	}
	for key, words := range texts {
		if !strings.Contains(code, `"`+key+`"`) {
			t.Errorf("nothing makes %s", key)
		}
		if strings.Count(words, "\n") != 2 {
			t.Errorf("%s does not have three lines", key)
		}
	}
}

// What was read and written again reads the same; nothing panics.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "foo and (not bar or baz)", `user.name: ("a b" or c*)`, "@timestamp >= 2026-11-22", `x: \*\\ “a”`, "a：b　c", "not not a", `"\"`, "source.port: 1 (((", "a:>=1 b<2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := query.Parse(s, jst())
		if err != nil {
			if fault.Of(err).Kind != fault.Invalid {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		written := e.String()
		if len(written) > 4000 {
			return
		}
		again, err := query.Parse(written, jst())
		if err != nil || again.String() != written {
			t.Errorf("%q is written %q, which reads %q, %v", s, written, again.String(), err)
		}
	})
}
