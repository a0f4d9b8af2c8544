package journal

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/event"
)

// TestPowerCut_AcknowledgedIsThere puts the journal on a file system of its
// own in a file, kills the writer, and looks at a copy of that file: what
// stood only in memory, because nobody synced it, is not in the copy. That is what a power cut leaves. It
// needs root and loop devices, so it runs where TORIDE_POWER_CUTS says how often:
//
//	TORIDE_POWER_CUTS=7 go test -run PowerCut -v ./internal/event/journal
//
// CI has no root: there TestOpen_EverySyncAndNoPort checks the setting on which
// this stands, and TestKill_AcknowledgedIsThere the rest.
func TestPowerCut_AcknowledgedIsThere(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("TORIDE_POWER_CUTS"))
	if err != nil {
		return
	}
	for round := range rounds {
		dir := t.TempDir()
		image, folder := filepath.Join(dir, "image"), filepath.Join(dir, "mounted")
		run(t, "truncate", "-s", "400M", image)
		run(t, "mkfs.ext4", "-q", image)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		run(t, "mount", "-o", "loop", image, folder)
		acked := killAfterAcks(t, folder, 50+rand.IntN(3000))
		run(t, "cp", "--sparse=always", image, image+".cut")
		run(t, "umount", folder)
		run(t, "mount", "-o", "loop", image+".cut", folder)
		checkAcked(t, filepath.Join(folder, "journal"), acked, round)
		run(t, "umount", folder)
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// killAfterAcks runs a victim, kills it after n acknowledgements, and gives all
// that it said.
func killAfterAcks(t *testing.T, folder string, n int) map[string]int {
	t.Helper()
	acked := map[string]int{}
	cmd, lines := victim(t, "append", filepath.Join(folder, "journal"))
	for lines.Scan() {
		var set string
		var size int
		if _, err := fmt.Sscanf(lines.Text(), "ok %s %d", &set, &size); err == nil {
			acked[set] = size
		}
		if len(acked) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
	return acked
}

func checkAcked(t *testing.T, dir string, acked map[string]int, round int) {
	t.Helper()
	j := open(t, config(dir))
	got := readAll(t, j, event.Position{Epoch: 1})
	seen := map[string]int{}
	for _, w := range got.words {
		name, _, _ := strings.Cut(w, " ")
		seen[filepath.Dir(name)]++
	}
	missing, records := 0, 0
	for set, n := range acked {
		records += n
		if seen[set] != n {
			missing++
		}
	}
	if missing != 0 || len(got.losses) != 0 {
		t.Errorf("round %d: %d of %d acknowledged sets are gone, %+v", round, missing, len(acked), got.losses)
	}
	t.Logf("round %d: %d acknowledged sets (%d records) in %d batches, all there: %v", round, len(acked), records, got.at.Seq, missing == 0)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk_AcknowledgedIsThere fills a small file system to the last byte,
// makes room, and goes on. It needs root as the power cuts do.
func TestFullDisk_AcknowledgedIsThere(t *testing.T) {
	if os.Getenv("TORIDE_POWER_CUTS") == "" {
		return
	}
	dir := t.TempDir()
	image, folder := filepath.Join(dir, "image"), filepath.Join(dir, "mounted")
	run(t, "truncate", "-s", "24M", image)
	run(t, "mkfs.ext4", "-q", image)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "mount", "-o", "loop", image, folder)
	defer func() { _ = exec.Command("umount", folder).Run() }()
	ballast := filepath.Join(folder, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	j := open(t, config(filepath.Join(folder, "journal")))
	taken, refused := 0, 0
	for refused < 20 {
		if err := j.Append(t.Context(), []event.Record{record(fmt.Sprintf("%d %s", taken, noise(30_000, taken)))}); err != nil {
			refused++
			if refused == 1 {
				t.Logf("after %d batches: %v", taken, err)
			}
			continue
		}
		taken++
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return j.Append(t.Context(), []event.Record{record(fmt.Sprint(taken))}) == nil })
	got := readAll(t, j, event.Position{Epoch: 1})
	next := 0
	for _, n := range got.numbers() {
		if n == next { // one that was refused may be there as well
			next++
		}
	}
	if next != taken+1 || len(got.losses) != 0 {
		t.Errorf("%d of %d acknowledged batches, %+v", next, taken+1, got.losses)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
