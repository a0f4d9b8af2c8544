package sigmatest

import (
	"reflect"
	"testing"

	"github.com/torideproject/toride/sigma"
)

func TestNew_SameSeedSameRulesAndEvents(t *testing.T) {
	t.Parallel()
	a, b, c := New(7), New(7), New(8)
	same := 0
	for range 200 {
		ra, rb, rc := a.Rule(), b.Rule(), c.Rule()
		if ra.ID != rb.ID || !reflect.DeepEqual(a.Event(), b.Event()) || !reflect.DeepEqual(a.EventFor(ra.Condition), b.EventFor(rb.Condition)) {
			t.Fatal("the same seed gives something else")
		}
		c.Event()
		c.EventFor(rc.Condition)
		if ra.ID == rc.ID {
			same++
		}
	}
	if same > 0 {
		t.Errorf("another seed gives %d of the same rules", same)
	}
}

// Rules and events meet: a comparison of two evaluators is worth something only
// if both answers occur often, for every kind of leaf.
func TestEventFor_FitsAndMisses(t *testing.T) {
	t.Parallel()
	g := New(1)
	type tally struct{ yes, no int }
	kinds := map[sigma.Kind]*tally{}
	for range 20_000 {
		e := g.Leaf()
		leaf := e
		for len(leaf.Kids) > 0 {
			leaf = leaf.Kids[0]
		}
		if leaf.Op != sigma.Leaf {
			continue
		}
		if kinds[leaf.Match.Kind] == nil {
			kinds[leaf.Match.Kind] = &tally{}
		}
		if sigma.Matches(e, g.EventFor(e)) {
			kinds[leaf.Match.Kind].yes++
		} else {
			kinds[leaf.Match.Kind].no++
		}
	}
	for k := sigma.Equals; k <= sigma.TimePart; k++ {
		n := kinds[k]
		if n == nil || n.yes < 50 || n.no < 20 {
			t.Errorf("kind %d: %+v", k, n)
		}
	}
}
