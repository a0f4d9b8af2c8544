package chart_test

import (
	"regexp"
	"slices"
	"testing"
)

// A record that names another person is in no list; where it is found among the
// items, and on its own page, that is said.
func TestRecords_AnotherPersonsRecordIsMarked(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	id := hospital().ID(2)
	plain := r.chart(t, id)
	c, at := r.person(t, id)
	original := func() string {
		m := regexp.MustCompile(`href="(` + at + `/original/[^"?#]+)`).FindStringSubmatch(c.Get(at+"/items").Want(t, 200).Body)
		if m == nil {
			t.Fatal("no original is within reach")
		}
		return m[1]
	}
	c.Get(at+"/items").Lacks(t, "別の患者の記録")
	c.Get(original()).Want(t, 200).Lacks(t, "別の患者のものと見られる")
	marked := *plain
	marked.Items = slices.Clone(plain.Items)
	for i := range marked.Items {
		marked.Items[i].Suspect = true
	}
	r.store.mu.Lock()
	r.store.charts[id] = &marked
	r.store.mu.Unlock()
	c.Get(at+"/items").Want(t, 200, "別の患者の記録")
	c.Get(original()).Want(t, 200, "別の患者のものと見られる")
}
