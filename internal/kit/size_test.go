package kit

import (
	"fmt"
	"testing"
)

func TestSize(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]string{0: "kb 0", 1: "kb 1", 1024: "kb 1", 1025: "kb 2", 1<<20 - 1: "kb 1024", 1 << 20: "mb 1", 5<<20 + 1: "mb 6", 10<<30 - 1: "mb 10240", 10 << 30: "gb 10"} {
		m := size(bytes)
		if got := m.Key[len("kit.chart.size."):] + " " + fmt.Sprint(m.Args[0]); got != want {
			t.Errorf("%d bytes are %s, want %s", bytes, got, want)
		}
	}
}
