package turn

import (
	"context"
	"testing"
)

func TestTurns(t *testing.T) {
	t.Parallel()
	turns := New(3, 2)
	now, cancel := context.WithCancel(t.Context())
	cancel()
	enter := func(peer string, want bool) {
		t.Helper()
		if got := turns.Enter(now, peer); got != want {
			t.Errorf("%s: %v", peer, got)
		}
	}
	enter("a", true)
	enter("a", true)
	enter("a", false) // its share
	enter("b", true)
	enter("c", false) // all
	turns.Leave("a")
	enter("c", true)
	for _, peer := range []string{"a", "b", "c"} {
		turns.Leave(peer)
	}
	if len(turns.own) != 0 || len(turns.all) != 0 {
		t.Errorf("%d senders are remembered, %d turns taken", len(turns.own), len(turns.all))
	}
}
