//go:build unix

package hunt_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/hunt"
	"github.com/torideproject/toride/internal/text"
)

// told says whether a loss of a kind names a file.
func told(report *hunt.Report, key, file string) bool {
	return slices.ContainsFunc(report.Losses, func(l hunt.Loss) bool { return l.What.Key == key && strings.HasSuffix(l.File, file) })
}

// A folder may hold what has no end, leads in circles or cannot be opened.
func TestRun_OddFilesNeitherHangNorHide(t *testing.T) {
	t.Parallel()
	outside := folder(t, map[string][]byte{"Security.evtx": log(t)})
	dir := folder(t, map[string][]byte{"good/Security.evtx": log(t), "notes.docx": []byte("x"), "empty.log": nil, "brackets.json": []byte("[[[]]]"),
		"messages.1":        []byte("Oct 31 02:10:00 gw sshd[7]: Accepted password for root from 192.0.2.9 port 4022 ssh2\n"),
		"\x83\x8d\x83O.log": []byte("x\n"), "new\nline\x1b[31m.log": nil})
	err := errors.Join(syscall.Mkfifo(filepath.Join(dir, "pipe.log"), 0o600), os.Symlink(".", filepath.Join(dir, "loop")), os.Symlink("loop2.log", filepath.Join(dir, "loop2.log")),
		os.Symlink("/dev/zero", filepath.Join(dir, "zero.log")), os.Symlink("nowhere", filepath.Join(dir, "gone.evtx")), os.Symlink(filepath.Join(outside, "Security.evtx"), filepath.Join(dir, "linked.evtx")))
	if err != nil {
		t.Fatal(err)
	}
	_, report := run(t, dir, nil)
	if report.Hits != 8+8+1+1 { // what correlates is one host's, so it is one
		t.Errorf("%d hits: the good log, the linked one and messages.1 have 18", report.Hits)
	}
	for file, key := range map[string]string{"pipe.log": "hunt.loss.special", "zero.log": "hunt.loss.special", "loop": "hunt.loss.link", "loop2.log": "hunt.loss.open", "gone.evtx": "hunt.loss.open",
		"empty.log": "hunt.loss.empty", "brackets.json": "hunt.loss.none"} {
		if !told(report, key, file) {
			t.Errorf("%s is not told: %v", file, report.Losses)
		}
	}
	if report.Passed != 1 {
		t.Errorf("%d files were passed over", report.Passed)
	}
	var page, table bytes.Buffer
	if err := errors.Join(report.WriteHTML(&page, words(text.JA), []string{dir}, night()), report.WriteTable(&table, words(text.JA))); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{page.String(), table.String()} {
		if strings.Contains(out, "\x1b") || strings.Contains(out, "new\nline") || !strings.Contains(out, "権限") && !strings.Contains(out, "ファイルがありません") {
			t.Error("names reach the terminal as they are, or a cause has no words")
		}
	}
	_, report = run(t, filepath.Join(dir, "pipe.log"), nil) // named: nobody writes into it
	if !told(report, "hunt.loss.empty", "pipe.log") {
		t.Errorf("the pipe: %v", report.Losses)
	}
}

// A pipe that was named is read to its end: `toride hunt <(zcat log.gz)`.
func TestRun_NamedPipe(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		_, _ = w.Write(log(t))
		_ = w.Close()
	}()
	if _, report := run(t, fmt.Sprintf("/dev/fd/%d", r.Fd()), nil); report.Hits != 9 {
		t.Errorf("%d hits: %v", report.Hits, report.Losses)
	}
}

// A line of 2 GB on a disk that says so, but has nothing there.
func TestRun_LineWithoutEnd(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string][]byte{"one.log": []byte("x"), "later.log": []byte("Oct 31 02:10:00 gw sshd[7]: Accepted password for root from 192.0.2.9 port 4022 ssh2\n")})
	if err := os.Truncate(filepath.Join(dir, "one.log"), 2<<30); err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		t.Skip("reads 2 GB")
	}
	_, report := run(t, dir, nil)
	if report.Hits != 1 || !told(report, "hunt.loss.line", "one.log") {
		t.Errorf("%d hits, %v", report.Hits, report.Losses)
	}
}

// A log that is written while it is read has an end all the same.
func TestRun_GrowingFile(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string][]byte{"a.log": bytes.Repeat([]byte("Oct 31 02:10:00 gw x[7]: hello\n"), 200_000)})
	grown := false
	_, report := run(t, dir, func(o *hunt.Options) {
		o.Workers = 1
		o.Progress = func(hunt.Progress) {
			if grown {
				return
			}
			grown = true
			f, err := os.OpenFile(filepath.Join(dir, "a.log"), os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteString("Oct 31 02:10:00 gw sshd[7]: Accepted password for root from 192.0.2.9 port 4022 ssh2\n")
				err = errors.Join(err, f.Close())
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	if report.Hits != 0 || report.Events != 200_000 || !told(report, "hunt.loss.grew", "a.log") {
		t.Errorf("%d hits of %d events, %v", report.Hits, report.Events, report.Losses)
	}
}

func TestRun_HostileZips(t *testing.T) {
	t.Parallel()
	var many, shared, nested bytes.Buffer
	z := zip.NewWriter(&many)
	for i := range 20_000 {
		if _, err := z.Create(fmt.Sprintf("%s/%05d.log", strings.Repeat("n", 1500), i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	z = zip.NewWriter(&shared) // many members, each below what one may unpack to
	for i := range 6 {
		w, err := z.Create(fmt.Sprintf("%d.log", i))
		if err == nil {
			_, err = w.Write(bytes.Repeat([]byte("y"), 60<<20))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	deep := log(t)
	for range 5 {
		nested.Reset()
		zipped(t, &nested, "in.zip", deep)
		deep = bytes.Clone(nested.Bytes())
	}
	var sjis bytes.Buffer
	zipped(t, &sjis, "\x83\x8d\x83O.evtx", log(t))
	got, report := run(t, folder(t, map[string][]byte{"many.zip": many.Bytes(), "shared.zip": shared.Bytes(), "nested.zip": deep, "sjis.zip": sjis.Bytes()}), nil)
	for file, key := range map[string]string{"many.zip": "hunt.loss.folder", "shared.zip": "hunt.loss.bomb", "nested.zip!in.zip!in.zip!in.zip": "hunt.loss.nested"} {
		if !told(report, key, file) {
			t.Errorf("%s is not told: %v", file, report.Losses)
		}
	}
	if report.Hits != 9 || !strings.Contains(got, `"file":"sjis.zip!ログ.evtx"`) {
		t.Errorf("the zip of Windows: %d hits\n%s", report.Hits, got)
	}
}

// An interrupted run has a report of what it saw, which says so.
func TestRun_InterruptedSaysSo(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string][]byte{"a.evtx": log(t), "b.log": nil})
	if err := os.Truncate(filepath.Join(dir, "b.log"), 8<<30); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	began := time.Now()
	hits := 0
	report, err := hunt.Run(ctx, hunt.Options{Paths: []string{dir}, Packs: packs(t), Hit: func(*hunt.Hit) error { hits++; return nil }, Progress: func(hunt.Progress) { cancel() }})
	if !errors.Is(err, context.Canceled) || report == nil || !report.Stopped || report.Hits != hits || hits < 8 {
		t.Fatalf("%v %+v", err, report)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to end", took)
	}
	var out bytes.Buffer
	if err := report.WriteSummary(&out, words(text.JA)); err != nil || !strings.Contains(out.String(), "途中で止められました") {
		t.Errorf("%v %s", err, out.String())
	}
}
