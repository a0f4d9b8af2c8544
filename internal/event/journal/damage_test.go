package journal

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/torideproject/toride/internal/event"
)

// fill appends n batches of about 100 kB that do not compress.
func fill(t testing.TB, j *Journal, n int) {
	t.Helper()
	x := uint64(1)
	for i := range n {
		b := fmt.Appendf(nil, "%d ", i)
		for len(b) < 100_000 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			b = binary.LittleEndian.AppendUint64(b, x)
		}
		if err := j.Append(t.Context(), []event.Record{record(string(b))}); err != nil {
			t.Fatal(err)
		}
	}
}

// numbers gives the first words of what fill wrote.
func (r reading) numbers() (list []int) {
	for _, w := range r.words {
		var n int
		if _, err := fmt.Sscan(w, &n); err == nil {
			list = append(list, n)
		}
	}
	return list
}

func blocks(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "stream", "jetstream", "*", "streams", "*", "msgs", "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	return files
}

func flip(t testing.TB, file string, at int64) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 4
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}

// checkGap checks that every batch was either given or reported as lost.
func checkGap(t *testing.T, got reading, total int) {
	t.Helper()
	lost := 0
	for _, l := range got.losses {
		lost += int(l.Batches())
	}
	if len(got.losses) == 0 || len(got.words)+lost != total {
		t.Fatalf("%d given, %d reported as lost, %d written: %+v", len(got.words), lost, total, got.losses)
	}
	for i, n := range got.numbers() {
		if i > 0 && n <= got.numbers()[i-1] {
			t.Fatalf("out of order: %v", got.numbers())
		}
	}
}

// TestRead_FlippedBit: after a bit flip the server silently leaves out what
// follows, in different ways. Each time every acknowledged batch is either
// read or reported, and the reading goes on behind the gap.
func TestRead_FlippedBit(t *testing.T) {
	t.Parallel()
	const total = 100 // about 10 MB in three files
	for name, break_ := range map[string]func(t *testing.T, dir string){
		"first file":                  func(t *testing.T, dir string) { flip(t, blocks(t, dir)[0], 200_000) },
		"first file, index lost":      func(t *testing.T, dir string) { flip(t, blocks(t, dir)[0], 200_000); removeIndex(t, dir) },
		"last file":                   func(t *testing.T, dir string) { f := blocks(t, dir); flip(t, f[len(f)-1], 50_000) },
		"last file, index lost":       func(t *testing.T, dir string) { f := blocks(t, dir); flip(t, f[len(f)-1], 50_000); removeIndex(t, dir) },
		"middle file removed":         func(t *testing.T, dir string) { remove(t, blocks(t, dir)[1]) },
		"last file cut, index lost":   func(t *testing.T, dir string) { f := blocks(t, dir); cut(t, f[len(f)-1], 30_001); removeIndex(t, dir) },
		"every file a length too low": func(t *testing.T, dir string) { flip(t, blocks(t, dir)[1], 0); removeIndex(t, dir) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t.TempDir())
			cfg.MaxBytes = 30 << 20
			j := open(t, cfg)
			fill(t, j, total)
			if n := len(blocks(t, cfg.Dir)); n != 3 {
				t.Fatalf("%d files", n)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			break_(t, cfg.Dir)
			j = open(t, cfg)
			fill(t, j, 3) // life goes on
			got := readAll(t, j, event.Position{Epoch: 1})
			if w := got.words; len(w) < 3 || !strings.HasPrefix(w[len(w)-1], "2 ") {
				t.Fatal("what was appended afterwards is not read")
			}
			got.words = got.words[:len(got.words)-3]
			checkGap(t, got, total)
			if got.at.Epoch == 1 && got.at.Seq != total+3 {
				t.Errorf("a position was given twice: %v", got.at)
			}
		})
	}
}

func removeIndex(t testing.TB, dir string) {
	t.Helper()
	remove(t, filepath.Join(filepath.Dir(blocks(t, dir)[0]), "index.db"))
}

func remove(t testing.TB, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

func cut(t testing.TB, file string, size int64) {
	t.Helper()
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
}

// TestRead_DamageThatTheServerDoesNotSee stands for a fault above the disk: our own checksum finds it.
func TestRead_DamageThatTheServerDoesNotSee(t *testing.T) {
	t.Parallel()
	j := open(t, config(t.TempDir()))
	add(t, j, 0, 2)
	good := encode(t, 1, record("2"))
	wrongEpoch := encode(t, 9, record("x"))
	for _, msg := range [][]byte{append(good[:len(good)-1:len(good)-1], good[len(good)-1]^1), wrongEpoch, []byte("?")} {
		if err := j.engine.publish(t.Context(), 1, j.last, msg); err != nil {
			t.Fatal(err)
		}
		j.last++
	}
	add(t, j, 3, 5)
	got := readAll(t, j, event.Position{})
	if got.String() != "0 1 3 4" || len(got.losses) != 3 || got.losses[0] != (Loss{1, 3, 3, Damaged}) {
		t.Errorf("%v %+v", got, got.losses)
	}
}

// TestAppend_EngineStopsUnderIt: whatever ends the engine, the journal starts it again, and
// readers go on.
func TestAppend_EngineStopsUnderIt(t *testing.T) {
	t.Parallel()
	j := open(t, config(t.TempDir()))
	add(t, j, 0, 3)
	r, err := j.Read(event.Position{})
	if err != nil {
		t.Fatal(err)
	}
	j.mu.Lock()
	srv := j.engine.server
	j.mu.Unlock()
	srv.Shutdown()
	srv.WaitForShutdown()
	words := make(chan string)
	go func() {
		defer close(words)
		var b event.Batch
		for {
			if _, err := r.Next(t.Context(), &b); err != nil {
				return
			}
			for _, rec := range b.Records {
				words <- string(rec.Data)
			}
		}
	}()
	eventually(t, func() bool { return j.Append(t.Context(), []event.Record{record("3")}) == nil })
	for _, want := range []string{"0", "1", "2", "3"} {
		if w := <-words; w != want {
			t.Errorf("%s, want %s", w, want)
		}
	}
}

// TestOpen_EverySyncAndNoPort checks the two settings on which the promises
// stand: every write is synced, and nothing listens.
func TestOpen_EverySyncAndNoPort(t *testing.T) {
	t.Parallel()
	before := listening(t)
	j := open(t, config(t.TempDir()))
	if c := j.engine.server.JetStreamConfig(); c == nil || !c.SyncAlways {
		t.Errorf("%+v", c)
	}
	if a := j.engine.server.Addr(); a != nil {
		t.Errorf("it listens on %v", a)
	}
	for address := range listening(t) {
		if !before[address] {
			t.Errorf("the process listens on %s", address)
		}
	}
	cfg := j.engine.stream(1).CachedInfo().Config
	if cfg.Discard.String() != "DiscardNew" || cfg.Retention.String() != "Limits" || cfg.Replicas != 1 || cfg.MaxAge != 0 || cfg.MaxMsgs > 0 {
		t.Errorf("%+v", cfg)
	}
	if server.VERSION != "2.15.2" {
		t.Errorf("nats-server %s: look again at what this package says of it", server.VERSION)
	}
}

// listening gives the addresses on which this process listens.
func listening(t *testing.T) map[string]bool {
	t.Helper()
	own := map[string]bool{}
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil {
			own[to] = true
		}
	}
	out := map[string]bool{}
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		f, err := os.Open("/proc/self/net/" + table)
		if err != nil {
			continue // no IPv6 here
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			cols := strings.Fields(lines.Text())
			if len(cols) > 9 && own["socket:["+cols[9]+"]"] && (cols[3] == "0A" || strings.HasPrefix(table, "udp")) {
				out[table+" "+cols[1]] = true
			}
		}
		_ = f.Close()
	}
	return out
}
