package comply_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func jst() *time.Location { return time.FixedZone("JST", 9*3600) }

func itoa(n int) string { return strconv.Itoa(n) }

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
