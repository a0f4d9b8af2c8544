package view

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/torideproject/toride/hl7"
)

// Results move within their list; they stand as a stable sort puts them.
func TestByCollection_IsAStableSort(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 60 {
		list := make([]MergedResult, n)
		for i := range list {
			list[i].Order = strconv.Itoa(i)
			list[i].Collected.Time = hl7.Time{Year: 2026, Month: 1, Day: uint8(1 + r.IntN(1+n/3))}
		}
		want := slices.Clone(list)
		slices.SortStableFunc(want, func(a, b MergedResult) int {
			return b.Collected.Time.In(nowhere()).Compare(a.Collected.Time.In(nowhere()))
		})
		got := byCollection(list)
		for i := range want {
			if got[i].Order != want[i].Order {
				t.Fatalf("%d results: place %d has %s, want %s", n, i, got[i].Order, want[i].Order)
			}
		}
	}
}
