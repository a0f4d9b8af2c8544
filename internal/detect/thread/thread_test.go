package thread_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/detect/thread"
	"github.com/torideproject/toride/sigma"
)

// knot reads "hour host<source as account A3": every part may be missing.
func knot(t *testing.T, n int, s string) thread.Knot {
	t.Helper()
	k := thread.Knot{Alert: fmt.Sprint(n), Level: sigma.High}
	for i, word := range strings.Fields(s) {
		switch step, ok := rulepack.ParseStep(word); {
		case i == 0:
			var hours float64
			if _, err := fmt.Sscan(word, &hours); err != nil {
				t.Fatal(s, err)
			}
			k.First = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(hours * float64(time.Hour)))
			k.Last = k.First
		case ok:
			k.Steps = append(k.Steps, step)
		case strings.HasPrefix(word, "@"):
			k.Accounts = append(k.Accounts, word[1:])
		default:
			host, source, has := strings.Cut(word, "<")
			k.Hosts = []string{host}
			if has {
				k.Sources = []string{source}
			}
		}
	}
	return k
}

// story links knots one after the other and gives the thread of each with the
// reason: "1begins 1onward 2begins".
func story(t *testing.T, lines ...string) string {
	t.Helper()
	var threads []*thread.Thread
	var out []string
	for i, line := range lines {
		k := knot(t, i, line)
		best, why, others := thread.Link(k, threads)
		if best == nil {
			best = thread.New(fmt.Sprint(len(threads) + 1))
			threads = append(threads, best)
		}
		best.Add(k, false)
		word := best.ID + string(why)
		for _, o := range others {
			best.Join(o)
			word += "+" + o.ID
			threads = without(threads, o)
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

func without(list []*thread.Thread, t *thread.Thread) []*thread.Thread {
	var out []*thread.Thread
	for _, o := range list {
		if o != t {
			out = append(out, o)
		}
	}
	return out
}

func TestLink(t *testing.T) {
	t.Parallel()
	f := func(name, want string, lines ...string) {
		t.Helper()
		if got := story(t, lines...); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
	f("the Osaka night is one", "1begins 1source 1host 1host 1onward 1host 1onward 1host",
		"0 FGT<203.0.113.66 @kyushoku A1", "2 meal<203.0.113.66 @administrator A3", "2.2 meal A4", "2.5 meal @administrator A5",
		"3 karte<meal @administrator A7", "3.4 karte A9", "4 pc1<meal A8", "5 karte A10")
	f("two quiet days, then forward", "1begins 1host", "0 meal<x A3", "60 meal A9")
	f("two quiet days, then the same again", "1begins 2begins", "0 meal<x A3", "60 meal A3")
	f("Okayama: six days", "1begins 1host", "0 fs<x A3", "154 fs A10")
	f("eight days are too long", "1begins 2begins", "0 fs<x A3", "200 fs A10")
	f("another computer, another day of administrator", "1begins 2begins", "0 a @administrator A3", "10 b @administrator A6")
	f("administrator within hours", "1begins 1account", "0 a @administrator A3", "5 b @administrator A6")
	f("an account of a person", "1begins 1account", "0 a @hosyu01 A3", "20 b @hosyu01 A6")
	f("backwards along the chain by account only", "1begins 2begins", "0 a @hosyu01 A9", "1 b @hosyu01 A2")
	f("no step, no account", "1begins 2begins", "0 a @hosyu01", "1 b @hosyu01")
	f("the same source", "1begins 1source", "0 a<192.0.2.1 A2", "3 b<192.0.2.1 A2")
	f("found first where it arrived", "1begins 1back", "5 karte<meal A7", "5.5 meal A4")
	f("a late log of what was before", "1begins 1back", "5 karte<meal A7", "3 meal A4")
	f("two chains that turn out to be one", "1begins 2begins 1onward+2", "0 meal<x A3", "1 karte A9", "2 karte<meal A7")
	f("nothing in common", "1begins 2begins 3begins", "0 a A3", "0 b A4", "0 A5")
	f("empty names join nothing", "1begins 2begins", "0", "1")
}

func TestSeverity(t *testing.T) {
	t.Parallel()
	th := thread.New("1")
	for i, line := range []string{"0 a A3", "1 a A4", "2 a A5"} {
		if th.Severity() == sigma.Critical {
			t.Errorf("critical after %d", i)
		}
		th.Add(knot(t, i, line), false)
	}
	if th.Severity() != sigma.Critical || th.Level != sigma.High {
		t.Errorf("three steps in a row are %s", th.Severity())
	}
	th.Add(knot(t, 2, "2 a A5"), true)
	if th.Size != 3 {
		t.Errorf("size %d", th.Size)
	}
}

func TestAdd_Bounded(t *testing.T) {
	t.Parallel()
	th := thread.New("1")
	for i := range 5000 {
		th.Add(knot(t, i, fmt.Sprintf("1 h%d<s%d @a%d A3", i, i, i)), false)
	}
	if len(th.Hosts)+len(th.Sources)+len(th.Accounts) > 1500 {
		t.Errorf("%d names", len(th.Hosts))
	}
}
