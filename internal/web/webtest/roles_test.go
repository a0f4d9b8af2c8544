package webtest

import (
	"fmt"
	"testing"

	"github.com/torideproject/toride/internal/web"
)

// saying keeps what a test would have complained of.
type saying struct {
	testing.TB
	said []string
}

func (s *saying) Helper()                      {}
func (s *saying) Errorf(f string, args ...any) { s.said = append(s.said, fmt.Sprintf(f, args...)) }

// Each wrong answer is seen, and no right one is complained of.
func TestRoles_Complains(t *testing.T) {
	t.Parallel()
	nobody, nurse := web.Person{}, Person("chart.read")
	for _, x := range []struct {
		what   string
		route  web.Route
		person web.Person
		answer Answer
		bad    bool
	}{
		{"with the right", web.Route{Pattern: "GET /a", Perm: "chart.read"}, nurse, Answer{Status: 200}, false},
		{"with the right, none of that name", web.Route{Pattern: "GET /a/{id}", Perm: "chart.read"}, nurse, Answer{Status: 404}, false},
		{"without the right, refused", web.Route{Pattern: "GET /b", Perm: "copy.read"}, nurse, Answer{Status: 403}, false},
		{"nobody, sent to the sign-in", web.Route{Pattern: "GET /a", Perm: "chart.read"}, nobody, Answer{Status: 303, To: "/signin?to=/a"}, false},
		{"nobody, not known", web.Route{Pattern: "POST /a", Perm: "chart.read"}, nobody, Answer{Status: 401}, false},
		{"nobody, at a page for all", web.Route{Pattern: "GET /", Perm: web.Public}, nobody, Answer{Status: 303, To: "/signin?to=/"}, false},
		{"a fault of ours", web.Route{Pattern: "GET /a", Perm: "chart.read"}, nurse, Answer{Status: 500}, true},
		{"away", web.Route{Pattern: "GET /a", Perm: "chart.read"}, nurse, Answer{Status: 503}, true},
		{"without the right, let in", web.Route{Pattern: "GET /b", Perm: "copy.read"}, nurse, Answer{Status: 200}, true},
		{"without the right, sent elsewhere", web.Route{Pattern: "POST /b", Perm: "copy.read"}, nurse, Answer{Status: 303, To: "/b"}, true},
		{"nobody, let in", web.Route{Pattern: "GET /a", Perm: "chart.read"}, nobody, Answer{Status: 200}, true},
		{"nobody, only refused", web.Route{Pattern: "GET /a", Perm: "chart.read"}, nobody, Answer{Status: 403}, true},
		{"with the right, sent to the sign-in", web.Route{Pattern: "GET /a", Perm: "chart.read"}, nurse, Answer{Status: 303, To: "/signin?to=/a"}, true},
	} {
		s := &saying{TB: t}
		Roles(s, []web.Route{x.route}, []Visitor{{Role: "r", Person: x.person, Ask: func(string, string) Answer { return x.answer }}}, func(string, string, bool) bool { return false })
		if (len(s.said) > 0) != x.bad {
			t.Errorf("%s: %q", x.what, s.said)
		}
	}
}

func TestRoles_TableAndWhatIsAsked(t *testing.T) {
	t.Parallel()
	var asked []string
	nurse := Visitor{Role: "nurse", Person: Person("chart.read"), Ask: func(method, path string) Answer {
		asked = append(asked, method+" "+path)
		return Answer{Status: 200}
	}}
	got := Roles(t, []web.Route{{Pattern: "GET /p/{id}/x", Perm: "chart.read"}, {Pattern: "GET /{$}", Perm: "chart.read"}, {Pattern: "POST /out", Perm: "copy.run"}}, []Visitor{nurse},
		func(_, path string, may bool) bool { return path == "/out" && !may })
	want := fmt.Sprintf("%-58s %-18s nurse\n%-58s %-18s nurse\n%-58s %-18s\n", "GET /p/{id}/x", "chart.read", "GET /{$}", "chart.read", "POST /out", "copy.run")
	if got != want || len(asked) != 2 || asked[0] != "GET /p/none/x" || asked[1] != "GET /" {
		t.Errorf("%s%q", got, asked)
	}
}
