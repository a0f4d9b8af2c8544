package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

func TestLive_OnePersonKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	l := NewLive()
	var leave func()
	for range maxOfOne {
		var err error
		if _, leave, err = l.listen("person/a", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := l.listen("person/a", nil); fault.KindOf(err) != fault.Busy {
		t.Errorf("one more: %v", err)
	}
	if _, out, err := l.listen("person/b", nil); err != nil {
		t.Errorf("another: %v", err)
	} else {
		out()
	}
	leave()
	if _, _, err := l.listen("person/a", nil); err != nil {
		t.Errorf("after one left: %v", err)
	}
	if len(l.of) != 1 {
		t.Errorf("%d people are remembered", len(l.of))
	}
}

// people is a Sessions of one session.
type people struct{ person Person }

func (p *people) Person(context.Context, string, string) (Person, error) {
	if p.person.ID == "" {
		return Person{}, fault.New(fault.SignIn, "web.sign_in")
	}
	return p.person, nil
}

// A stream ends with its session, and with the right to hear.
func TestLive_EndsWithTheSession(t *testing.T) {
	t.Parallel()
	who := &people{person: Person{ID: "person/a", Perms: map[Perm]bool{"log.read": true}}}
	s, err := New(Config{Catalog: text.NewCatalog(time.UTC), Sessions: who, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		Setting: func(context.Context) (Setting, error) { return Setting{SetUp: true}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	s.topics["log"] = "log.read"
	r := httptest.NewRequest(http.MethodGet, "/live?topic=log", nil)
	r.AddCookie(&http.Cookie{Name: SessionCookie, Value: "x"})
	c := &Call{W: httptest.NewRecorder(), R: r, srv: s, Person: who.person}
	topics := map[string]bool{"log": true}
	if !s.still(c, topics) {
		t.Error("a session that goes on has ended")
	}
	who.person.Perms = nil
	if s.still(c, topics) {
		t.Error("without the right it goes on")
	}
	who.person = Person{}
	if s.still(c, topics) {
		t.Error("without the session it goes on")
	}
	asked := 0
	if err := c.stream(nil, nil, time.Millisecond, func() bool { asked++; return asked < 3 }); err != nil || asked != 3 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

func TestPlainly(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                    "",
		"“砦” – 引用\u2028":      "“砦” – 引用\u2028",
		"a\u202egpj.exe":      "a[U+202E]gpj.exe",
		"\u2066x\u2069\u202c": "[U+2066]x[U+2069][U+202C]",
		"\xe2\x80":            "\xe2\x80",
		"\xe2":                "\xe2",
		"\u200f\u2065\u206a":  "\u200f\u2065\u206a",
		"\xe2\xe2\x80\xae":    "\xe2[U+202E]",
	} {
		if got := string(plainly([]byte(in))); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

// A heading stands once, and covers nothing that is not its own.
func TestArranged_OneHeadingForAGroup(t *testing.T) {
	t.Parallel()
	got := arranged([]Nav{{URL: "/help", Order: 99, Group: "set"}, {URL: "/demo", Order: 98}, {URL: "/me", Order: 95, Group: "set"},
		{URL: "/seen", Order: 96, Group: "chart"}, {URL: "/today", Order: 10}, {URL: "/paper", Order: 94, Group: "chart"}})
	var order []string
	for _, n := range got {
		order = append(order, n.URL)
	}
	if want := []string{"/today", "/demo", "/paper", "/seen", "/me", "/help"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
}
