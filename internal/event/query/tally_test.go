package query

import (
	"strconv"
	"testing"
)

// What a summary counts takes no more memory however many values there are, and
// says that it does not have all.
func TestTally_IsBounded(t *testing.T) {
	t.Parallel()
	const most = 1 << 17
	tally := newTally()
	for i := range most + 10 {
		tally.add(strconv.Itoa(i), 1)
	}
	tally.add("0", 5)
	top := tally.top("host.name", 2)
	if top.Distinct != most || top.Exact || len(top.Values) != 2 || top.Values[0] != (Count{Value: "0", Count: 6}) {
		t.Errorf("%d values, exact %t, %v", top.Distinct, top.Exact, top.Values)
	}
}
