package evtxfile

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxwrite"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
)

// quick is the member with short pauses.
func quick() source.Kind {
	k := Kind()
	make := k.New
	k.New = func(cfg source.Config, set source.Settings) (source.Source, error) {
		s, err := make(cfg, set)
		if err == nil {
			s.(*Source).every = 5 * time.Millisecond
		}
		return s, err
	}
	return k
}

func settings(t *testing.T) source.Settings {
	t.Helper()
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	return source.Settings{Folder: folder, State: filepath.Join(dir, "state"), Zone: time.UTC, MaxLine: source.MaxRecord}
}

// logon is an event that the number tells from all others.
func logon(n int) evtxwrite.Event {
	return evtxwrite.Event{
		Provider: "Microsoft-Windows-Security-Auditing", ProviderGUID: "54849625-5478-4994-A5BA-3E3B0328C30D", EventID: 4625, Task: 12544, Keywords: 0x8010000000000000,
		Time: time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second), RecordID: uint64(n), ProcessID: 744, ThreadID: 4412, Channel: "Security", Computer: "SV-012.byoin.example",
		Data: []evtxwrite.Data{{Name: "TargetUserName", Value: fmt.Sprintf("利用者%d", n)}, {Name: "Status", Value: evtxwrite.Hex32(0xc000006d)}, {Name: "LogonType", Value: uint32(3)}, {Name: "IpAddress", Value: "10.50.1.4"},
			{Name: "Pad", Value: strings.Repeat("x", n%300)}},
	}
}

// file is an event log with these events.
func file(t testing.TB, numbers ...int) []byte {
	t.Helper()
	w := evtxwrite.New()
	for _, n := range numbers {
		if err := w.Add(logon(n)); err != nil {
			t.Fatal(err)
		}
	}
	return w.Bytes()
}

func upTo(from, to int) (all []int) {
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all
}

// line is the JSON of one event.
func line(t testing.TB, n int) string {
	t.Helper()
	r := evtx.NewReader(bytes.NewReader(file(t, n)), evtx.Options{})
	if !r.Next() {
		t.Fatal("no record")
	}
	return string(r.Record().AppendJSON(nil))
}

// put puts a file into the folder as a careful program does.
func put(t testing.TB, set source.Settings, name string, data []byte) {
	t.Helper()
	path := filepath.Join(set.Folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".part", data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	var serial, names atomic.Int64
	number := func(entry []byte) (n int) {
		if _, err := fmt.Sscanf(string(entry), "event %d", &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	hostile := func(make func(set source.Settings, path string)) func(context.Context, source.Settings, string) {
		return func(_ context.Context, set source.Settings, _ string) {
			make(set, filepath.Join(set.Folder, fmt.Sprintf("hostile%d.evtx", names.Add(1))))
		}
	}
	content := func(data []byte) func(context.Context, source.Settings, string) {
		return hostile(func(_ source.Settings, path string) { _ = os.WriteFile(path, data, 0o600) })
	}
	good := file(t, upTo(1_000_000, 1_000_400)...)
	broken := bytes.Clone(good)
	for i := 5000; i < len(broken); i += 997 {
		broken[i] ^= 0x55
	}
	sourcetest.Run(t, sourcetest.Member{
		Kind: quick(), Settings: settings, Keeps: true,
		Entries: func(n int) [][]byte {
			all := make([][]byte, n)
			for i := range all {
				all[i] = fmt.Appendf(nil, "event %d", serial.Add(1))
			}
			return all
		},
		Data: func(entry []byte) []byte { return []byte(line(t, number(entry))) },
		Send: func(_ context.Context, set source.Settings, _ string, entries [][]byte) error {
			var numbers []int
			for _, e := range entries {
				numbers = append(numbers, number(e))
			}
			put(t, set, fmt.Sprintf("host%d/Security.evtx", names.Add(1)), file(t, numbers...))
			return nil
		},
		Hostile: []func(context.Context, source.Settings, string){
			content(nil), content([]byte("not a log")), content(good[:len(good)/2+77]), content(broken), content(bytes.Repeat([]byte("ElfChnk\x00"), 100_000)), content(good[:4096]),
			hostile(func(_ source.Settings, path string) {
				if f, err := os.Create(path); err == nil { // a gigabyte of nothing
					_ = f.Truncate(1 << 30)
					_ = f.Close()
				}
			}),
			hostile(func(_ source.Settings, path string) { _ = os.Mkdir(path, 0o700) }),
			hostile(func(_ source.Settings, path string) { _ = os.Symlink("/etc/passwd", path) }),
			hostile(func(_ source.Settings, path string) { _ = os.Symlink(path, path) }),
			hostile(func(_ source.Settings, path string) { _ = syscall.Mkfifo(path, 0o600) }),
			hostile(func(set source.Settings, _ string) {
				_ = os.MkdirAll(filepath.Join(set.Folder, strings.Repeat("deep/", 40)), 0o700)
			}),
		},
	})
}

// running starts the member on a folder.
func running(t *testing.T) (*sourcetest.Running, source.Settings) {
	t.Helper()
	set := settings(t)
	return sourcetest.Start(t, quick(), set), set
}

// numbers lists the events that the sink has, and how often.
func numbers(t *testing.T, s *sourcetest.Sink) map[int]int {
	t.Helper()
	all := map[int]int{}
	for _, rec := range s.Records() {
		var e struct {
			Event struct{ System struct{ EventRecordID int } }
		}
		if err := json.Unmarshal(rec.Data, &e); err != nil {
			t.Fatalf("%v in %s", err, rec.Data)
		}
		all[e.Event.System.EventRecordID]++
	}
	return all
}

// once checks that the sink has each of these events once and no other.
func once(t *testing.T, s *sourcetest.Sink, want ...int) {
	t.Helper()
	got := numbers(t, s)
	for _, n := range want {
		if got[n] != 1 {
			t.Errorf("event %d came %d times", n, got[n])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d events, not %d", len(got), len(want))
	}
}

// settled waits until the file has been read as it is.
func settled(t *testing.T, r *sourcetest.Running, name string, data []byte) Report {
	t.Helper()
	var last Report
	sourcetest.Until(t, name+" to be read", func() bool {
		reports, err := r.Source.(*Source).Reports(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, rep := range reports {
			if rep.Name == name && rep.Bytes == int64(len(data)) {
				last = rep
				return true
			}
		}
		return false
	})
	return last
}
