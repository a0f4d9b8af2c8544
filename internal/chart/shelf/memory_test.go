package shelf

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestShareOf_IsAnEighthWithinBounds(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		total uint64
		want  int64
	}{{0, 64 << 20}, {256 << 20, 64 << 20}, {4 << 30, 512 << 20}, {64 << 30, 2 << 30}, {1 << 63, 2 << 30}} {
		if got := shareOf(x.total); got != x.want {
			t.Errorf("of %d: %d, want %d", x.total, got, x.want)
		}
	}
}

func TestMemory_IsKnownWhereTorideRuns(t *testing.T) {
	t.Parallel()
	if (runtime.GOOS == "linux" || runtime.GOOS == "windows") && memory() < 64<<20 {
		t.Errorf("%d bytes", memory())
	}
}

func TestAllowed_ReadsTheLimitOfAContainer(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "memory.max")
	for text, want := range map[string]uint64{"536870912\n": 512 << 20, "max\n": 0, "": 0, "-1": 0} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := allowed(name); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := allowed(name + ".not"); got != 0 {
		t.Errorf("no file: %d", got)
	}
}
