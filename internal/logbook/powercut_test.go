package logbook

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// TestPowerCut_AcknowledgedIsKeptOnceByAll is the kill test on a file system in
// a file, of which a copy is looked at: it lacks what nobody synced, as after a
// power cut. Each further round goes on with the copy. It needs root and loop
// devices; TORIDE_POWER_CUTS says how often:
//
//	TORIDE_POWER_CUTS=6 go test -run PowerCut -v ./internal/logbook
func TestPowerCut_AcknowledgedIsKeptOnceByAll(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("TORIDE_POWER_CUTS"))
	if err != nil {
		return
	}
	image, folder := filepath.Join(t.TempDir(), "image"), filepath.Join(t.TempDir(), "mounted")
	run(t, "truncate", "-s", "800M", image)
	run(t, "mkfs.ext4", "-q", image)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "mount", "-o", "loop", image, folder)
	defer func() { _ = exec.Command("umount", folder).Run() }()
	acked := map[string]int{}
	for range rounds {
		killOnce(t, filepath.Join(folder, "data"), 1+rand.IntN(900), acked)
		run(t, "cp", "--sparse=always", image, image+".cut")
		run(t, "umount", folder)
		if err := os.Rename(image+".cut", image); err != nil {
			t.Fatal(err)
		}
		run(t, "mount", "-o", "loop", image, folder)
	}
	settleAndCheck(t, filepath.Join(folder, "data"), acked)
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}
