package journal

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torideproject/toride/internal/event"
)

const (
	victimEnv = "TORIDE_JOURNAL_VICTIM" // "append DIR" or "limit DIR": this process is a victim
	fullEnv   = "TORIDE_CRASH_ROUNDS"   // how many kills; CI does few
)

func TestMain(m *testing.M) {
	mode, dir, ok := strings.Cut(os.Getenv(victimEnv), " ")
	switch {
	case !ok:
		os.Exit(m.Run())
	case mode == "append":
		appendUntilKilled(dir)
	case mode == "limit":
		runIntoLimit(dir)
	}
}

// appendUntilKilled appends from several goroutines, commits behind itself now
// and then, and says on its output what was acknowledged.
func appendUntilKilled(dir string) {
	j, err := Open(context.Background(), config(dir))
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("open", j.epoch)
	for g := range 4 {
		go func() {
			for i := 0; ; i++ {
				set := make([]event.Record, 1+i%50)
				for k := range set {
					set[k] = record(fmt.Sprintf("%d/%d/%d/%d %s", os.Getpid(), g, i, k, strings.Repeat("x", i%700)))
				}
				if err := j.Append(context.Background(), set); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Printf("ok %d/%d/%d %d\n", os.Getpid(), g, i, len(set))
			}
		}()
	}
	select {}
}

// victim runs this test binary as a victim and gives its output.
func victim(t *testing.T, mode, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+mode+" "+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

func rounds(t *testing.T, ci int) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv(fullEnv)); err == nil {
		return n
	}
	return ci
}

// TestKill_AcknowledgedIsThere kills a writing process at random moments. What
// it acknowledged is read afterwards, once, whole and in order.
func TestKill_AcknowledgedIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acked := map[string]int{}
	var at event.Position
	seen := map[string]int{}
	for round := range rounds(t, 4) {
		cmd, lines := victim(t, "append", dir)
		left := 20 + rand.IntN(600)
		for lines.Scan() {
			var set string
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "ok %s %d", &set, &n); err == nil {
				acked[set] = n
			} else if !strings.HasPrefix(lines.Text(), "open 1") {
				t.Errorf("round %d: %s", round, lines.Text())
			}
			if left--; left == 0 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed
		cfg := config(dir)
		cfg.Seen = at
		j := open(t, cfg)
		got := readAll(t, j, at)
		if len(got.losses) != 0 {
			t.Fatalf("round %d: %+v", round, got.losses)
		}
		for _, w := range got.words {
			name, _, _ := strings.Cut(w, " ")
			seen[filepath.Dir(name)]++
		}
		if got.at.Seq != 0 {
			at = got.at
		}
		if err := j.Purge(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	missing := 0
	for set, n := range acked {
		if seen[set] != n {
			missing++
		}
	}
	if missing != 0 || len(acked) == 0 {
		t.Errorf("%d of %d acknowledged sets are not there whole and once", missing, len(acked))
	}
	t.Logf("%d acknowledged sets, %d found, %d batches", len(acked), len(seen), at.Seq)
}

// runIntoLimit lets the system refuse writes beyond a file size, as a full disk
// does, and lifts the limit when it is told to.
func runIntoLimit(dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	ctx := context.Background()
	j, err := Open(ctx, config(dir))
	say := func(words ...any) { fmt.Println(words...) }
	if err != nil {
		say("error", err)
		os.Exit(1)
	}
	setLimit(200_000)
	n := 0
	for ; ; n++ {
		if err := j.Append(ctx, []event.Record{record(fmt.Sprintf("%d %s", n, noise(5000, n)))}); err != nil {
			say("refused", n, err)
			break
		}
	}
	setLimit(unix.RLIM_INFINITY)
	for {
		if err := j.Append(ctx, []event.Record{record(fmt.Sprintf("%d again", n))}); err == nil {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	r, err := j.Read(event.Position{})
	if err != nil {
		say("error", err)
	}
	var b event.Batch
	for next := 0; next <= n; {
		loss, err := r.Next(ctx, &b)
		if loss != nil || err != nil {
			say("lost", loss, err)
			break
		}
		for _, rec := range b.Records {
			word, _, _ := strings.Cut(string(rec.Data), " ")
			if got, _ := strconv.Atoi(word); got == next {
				next++
			}
		}
		if next == n+1 {
			say("all", next)
		}
	}
	say("closed", j.Close())
}

func setLimit(bytes uint64) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &l); err != nil {
		fmt.Println("error", err)
	}
	l.Cur = min(bytes, l.Max)
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &l); err != nil {
		fmt.Println("error", err)
	}
}

func noise(n, seed int) string {
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}

// TestAppend_TheSystemRefusesToWrite: a write that fails is an error to the
// caller; when writing is possible again the journal goes on by itself, with
// all that it had acknowledged.
func TestAppend_TheSystemRefusesToWrite(t *testing.T) {
	t.Parallel()
	_, lines := victim(t, "limit", t.TempDir())
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	if len(said) != 3 || !strings.HasPrefix(said[0], "refused ") || !strings.HasPrefix(said[1], "all ") || said[2] != "closed <nil>" {
		t.Errorf("%q", said)
	}
}
