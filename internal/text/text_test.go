package text_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/text"
)

func catalog(t *testing.T) *text.Catalog {
	t.Helper()
	c := text.NewCatalog(time.FixedZone("JST", 9*3600))
	err := c.Add(fstest.MapFS{
		"text_ja.json":      {Data: []byte(`{"a.plain":"そのまま","a.args":"{1}件のうち{0}件","a.nested":"期限: {0}","a.brace":"{x} {9} {0"}`)},
		"text_en.json":      {Data: []byte(`{"a.plain":"as it is","a.args":"{0} of {1}","a.nested":"due: {0}","a.brace":"{x} {9} {0"}`)},
		"text_more_ja.json": {Data: []byte(`{"b.more":"追加"}`)},
		"text_more_en.json": {Data: []byte(`{"b.more":"more"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSay(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	when := time.Date(2026, 8, 22, 5, 5, 0, 0, time.UTC)
	f := func(lang text.Lang, m text.Msg, want string) {
		t.Helper()
		if got := c.Say(lang, m); got != want {
			t.Errorf("%+v in %s: %q, want %q", m, lang, got, want)
		}
	}
	f(text.JA, text.M("a.plain"), "そのまま")
	f(text.EN, text.M("b.more"), "more")
	f(text.JA, text.M("a.args", 1200, int64(3400)), "3,400件のうち1,200件")
	f(text.EN, text.M("a.args", -1200, 3), "-1,200 of 3")
	f(text.JA, text.M("a.nested", when), "期限: 2026年8月22日(土) 14:05")
	f(text.EN, text.M("a.nested", when), "due: Sat 22 Aug 2026 14:05")
	f(text.JA, text.M("a.nested", text.M("a.args", 1, 2)), "期限: 2件のうち1件")
	f(text.JA, text.M("a.nested", "{0}{1}"), "期限: {0}{1}") // an argument is never read as places
	f(text.JA, text.M("a.brace", "x"), "{x} {9} {0")
	f(text.EN, text.Raw("手で書いた"), "手で書いた")
	f(text.EN, text.Msg{}, "")
	f(text.JA, text.M("no.such"), "⟦no.such⟧")
	day, ok := text.ParseDay("2026-11-02")
	if !ok {
		t.Fatal("day")
	}
	f(text.JA, text.M("a.nested", day), "期限: 2026年11月2日(月)")
}

func TestMsg_SurvivesJSON(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	data, err := json.Marshal(text.M("a.nested", text.M("a.args", 1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	var m text.Msg
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if got := c.Say(text.JA, m); got != "期限: 2件のうち1件" {
		t.Error(got)
	}
}

func TestAdd_RefusesHalfATranslation(t *testing.T) {
	t.Parallel()
	f := func(ja, en, want string) {
		t.Helper()
		c := catalog(t)
		err := c.Add(fstest.MapFS{"text_ja.json": {Data: []byte(ja)}, "text_en.json": {Data: []byte(en)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %s: %v", ja, en, err)
		}
	}
	f(`{"c.x":"あ"}`, `{}`, "no English")
	f(`{}`, `{"c.x":"a"}`, "no Japanese")
	f(`{"a.plain":"また"}`, `{"a.plain":"again"}`, "twice")
	f(`[]`, `{}`, "text")
}

func TestParseLang(t *testing.T) {
	t.Parallel()
	f := func(in string, want text.Lang) {
		t.Helper()
		if got := text.ParseLang(in); got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
	f("", text.JA)
	f(",", text.JA)
	f("ja,en-US;q=0.9", text.JA)
	f("en", text.EN)
	f("EN-us", text.EN)
	f("en,ja;q=0.8", text.EN)
	f("en;q=0.5", text.EN)
	f("english", text.JA)
	f("fr,en;q=0.9", text.JA)
}

func TestDate_NothingForNoTime(t *testing.T) {
	t.Parallel()
	if text.Date(text.JA, time.Time{}) != "" || text.DateTime(text.EN, time.Time{}) != "" {
		t.Error("a zero time was printed")
	}
	if _, ok := text.ParseDay("2026-02-30"); ok {
		t.Error("30 February was taken")
	}
}
