package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/store/files"
)

const childFolder = "TORIDE_STORE_CHILD"

// TestMain is a child of TestKill when it is told a folder.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Batches come half a minute apart, so that sealing and merging go on all the
// time.
func killTime(seq uint64) time.Time { return noon().Add(time.Duration(seq) * 30 * time.Second) }

const killRows = 40

func killBatch(seq uint64) []event.Event {
	out := mixedBatch(seq, killTime(seq))
	for i := len(out); i < killRows; i++ {
		out = append(out, line(1, seq, i, killTime(seq), fmt.Sprintf("filler %d %d %s", seq, i, strings.Repeat("記録", i))))
	}
	// The resend refers to the batch before.
	for i := range out {
		if out[i].Key == fmt.Sprintf("k%d-0", seq-1) && seq > 1 {
			out[i].Time = killTime(seq - 1).Add(-time.Second)
		}
	}
	return out
}

func killConfig(dir string, now func() time.Time) (Config, error) {
	skey, vkey, err := note.GenerateKey(strings.NewReader(strings.Repeat("k", 64)), "toride/"+facility)
	if err != nil {
		return Config{}, err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return Config{}, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return Config{}, err
	}
	return Config{Folder: filepath.Join(dir, "events"), Catalogue: filepath.Join(dir, "events.db"), Facility: facility, Signer: signer,
		Known: []note.Verifier{verifier}, Clock: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		calm: func(work func() error) error { return work() }, Seal: Limits{Events: 10 * killRows, MergeRows: 5000},
		Free: func() (uint64, uint64, error) { return 1 << 40, 1 << 40, nil }}, nil
}

// child takes the batches whose numbers it reads, and says how far it is done
// and that it touched the disk.
func child(dir string) error {
	var now time.Time
	cfg, err := killConfig(dir, func() time.Time { return now })
	if err != nil {
		return err
	}
	cfg.FS = tellFS{files.Disk(cfg.Folder)}
	ctx := context.Background()
	in := bufio.NewScanner(os.Stdin)
	var s *Store
	for in.Scan() {
		seq, err := strconv.ParseUint(in.Text(), 10, 64)
		if err != nil {
			return err
		}
		now = killTime(seq)
		if s == nil {
			if s, err = Open(ctx, cfg); err != nil {
				return err
			}
			_, done := s.Done()
			fmt.Println("done", done)
		}
		if err := s.Take(ctx, 1, seq, killBatch(seq)); err != nil {
			return err
		}
		if err := s.Tick(ctx); err != nil {
			return err
		}
		if seq%97 == 0 {
			if err := s.flushIndex(ctx); err != nil {
				return err
			}
		}
		_, done := s.Done()
		fmt.Println("done", done)
	}
	return in.Err()
}

// tellFS says whenever something is changed on the disk.
type tellFS struct{ files.FS }

func (f tellFS) Create(name string) (files.File, error) {
	fmt.Println("touch")
	out, err := f.FS.Create(name)
	return tellFile{out}, err
}

func (f tellFS) Rename(a, b string) error  { fmt.Println("touch"); return f.FS.Rename(a, b) }
func (f tellFS) Remove(name string) error  { fmt.Println("touch"); return f.FS.Remove(name) }
func (f tellFS) SyncDir(name string) error { fmt.Println("touch"); return f.FS.SyncDir(name) }

type tellFile struct{ files.File }

func (f tellFile) Write(p []byte) (int, error) { fmt.Println("touch"); return f.File.Write(p) }
func (f tellFile) Sync() error                 { fmt.Println("touch"); return f.File.Sync() }

// TestKill_TwentyTimes kills a process that takes, seals and merges, at twenty
// random moments. The journal is the test's: what it gave out is acknowledged,
// and it forgets only what the store said it is done with. In the end every event
// is there once.
func TestKill_TwentyTimes(t *testing.T) {
	t.Parallel()
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "events"), 0o700))
	j := &journal{}
	for round := range rounds {
		if err := killOnce(t, dir, j, 20+rng.IntN(600)); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	if j.purged < uint64(rounds)*5 {
		t.Errorf("only %d batches were sealed in %d rounds", j.purged, rounds)
	}
	var now time.Time
	cfg, err := killConfig(dir, func() time.Time { return now })
	must(t, err)
	now = killTime(j.sent)
	s, err := Open(t.Context(), cfg)
	must(t, err)
	b := &bench{t: t, Store: s}
	t.Cleanup(b.close)
	for seq := j.purged + 1; seq <= j.sent; seq++ {
		must(t, s.Take(t.Context(), 1, seq, killBatch(seq)))
	}
	var want []string
	for seq := uint64(1); seq <= j.sent; seq++ {
		for _, e := range killBatch(seq) {
			if !strings.HasPrefix(string(e.Original), "resend") {
				want = append(want, e.At.String())
			}
		}
	}
	slices.Sort(want)
	if got := b.positions(); !slices.Equal(got, want) {
		t.Errorf("%d events, want %d: %s", len(got), len(want), firstDifference(got, want))
	}
	must(t, s.Seal(t.Context()))
	r, err := s.Verify(t.Context(), nil, nil)
	if err != nil || len(r.Findings) > 0 {
		t.Errorf("%+v %v", r, err)
	}
	if !testing.Short() && !slices.ContainsFunc(s.parts, func(p *part) bool { return p.Level > 0 }) {
		t.Error("nothing was merged: the test does too little")
	}
	t.Logf("%d batches, %d sealed, %d files", j.sent, j.purged, len(s.parts))
}

// killOnce runs a child and kills it after it touched the disk so many times.
func killOnce(t *testing.T, dir string, j *journal, touches int) error {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	next := j.purged + 1
	send := func() {
		j.sent = max(j.sent, next) // from now on it is acknowledged
		if _, err := fmt.Fprintln(stdin, next); err == nil {
			next++
		}
	}
	for range 4 {
		send()
	}
	var failed error
	out := bufio.NewScanner(stdout)
	for out.Scan() {
		word, rest, _ := strings.Cut(out.Text(), " ")
		if word == "touch" {
			if touches--; touches == 0 {
				break
			}
			continue
		}
		done, err := strconv.ParseUint(rest, 10, 64)
		switch {
		case word != "done" || err != nil:
			failed = fmt.Errorf("the child says %q", out.Text())
		case done < j.purged || done > j.sent:
			failed = fmt.Errorf("done %d, the journal forgot %d of %d", done, j.purged, j.sent)
		default:
			j.purged = done
		}
		send()
	}
	if touches > 0 && failed == nil {
		failed = errors.New("the child ended by itself")
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
	return failed
}
