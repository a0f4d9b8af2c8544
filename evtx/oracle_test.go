package evtx_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/torideproject/toride/evtx"
)

// shared finds test data that is not of the repository. Without it a test is
// skipped at home and fails in CI.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("no shared data: %v", err)
	}
	return dir
}

// logs lists the event logs below a folder.
func logs(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.EqualFold(filepath.Ext(path), ".evtx") {
			all = append(all, path)
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("no event logs below %s: %v", dir, err)
	}
	return all
}

// header is what an independent walk knows of a record.
type header struct {
	offset int64
	number uint64
	size   int
}

// walk goes from record to record by the headers alone and shares no code
// with the package.
func walk(b []byte) (all []header, crcBad int) {
	le := binary.LittleEndian
	for at := 4096; at+65536 <= len(b); at += 65536 {
		c := b[at : at+65536]
		if string(c[:8]) != "ElfChnk\x00" {
			continue
		}
		free := int(le.Uint32(c[48:]))
		if crc32.ChecksumIEEE(c[512:free]) != le.Uint32(c[52:]) {
			crcBad++
		}
		for p := 512; p+24 <= free && le.Uint32(c[p:]) == 0x2a2a; {
			n := int(le.Uint32(c[p+4:]))
			if n < 28 || p+n > free {
				break
			}
			all = append(all, header{int64(at + p), le.Uint64(c[p+8:]), n})
			p += n
		}
	}
	return all, crcBad
}

// Every record that the headers know of is read, in its order, and no other.
func TestReader_FindsWhatTheHeadersHold(t *testing.T) {
	t.Parallel()
	cache := evtx.NewCache()
	total := 0
	for _, dir := range []string{shared(t, "evtx"), shared(t, "sigma-regression")} {
		for _, path := range logs(t, dir) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want, crcBad := walk(b)
			total += len(want)
			t.Run(filepath.Base(path), func(t *testing.T) {
				t.Parallel()
				sameRecords(t, b, want, crcBad, cache)
			})
		}
	}
	if total < 8000 {
		t.Errorf("the walk found only %d records", total)
	}
}

func sameRecords(t *testing.T, b []byte, want []header, crcBad int, cache *evtx.Cache) {
	r := evtx.NewReader(strings.NewReader(string(b)), evtx.Options{Cache: cache})
	i := 0
	var text []byte
	for ; r.Next(); i++ {
		rec := r.Record()
		if i >= len(want) {
			t.Fatalf("invented record %d at %d", rec.Number(), rec.Offset())
		}
		got := header{rec.Offset(), rec.Number(), len(rec.Raw())}
		if got != want[i] || rec.Recovered() || rec.Err() != nil {
			t.Fatalf("record %d: got %+v (recovered %v, %v), the headers say %+v", i, got, rec.Recovered(), rec.Err(), want[i])
		}
		if text = rec.AppendJSON(text[:0]); !json.Valid(text) {
			t.Fatalf("record %d: no JSON: %s", rec.Number(), text)
		}
		sameAsJSON(t, rec, text)
		if text = rec.AppendXML(text[:0]); wellFormed(text) != nil {
			t.Fatalf("record %d: no XML: %v: %s", rec.Number(), wellFormed(text), text)
		}
		id, ok := rec.Field("EventID")
		if !ok || len(id) == 0 || rec.Shape().Channel() == "" || rec.Shape().Provider() == "" {
			t.Errorf("record %d has no event ID (%s), channel or provider", rec.Number(), id)
		}
	}
	if r.Err() != nil || i != len(want) {
		t.Errorf("read %d records of %d: %v", i, len(want), r.Err())
	}
	if len(r.Damage()) != crcBad {
		t.Errorf("damage: %v", r.Damage())
	}
}

// sameAsJSON compares the fields with the JSON, which is written another way.
func sameAsJSON(t *testing.T, rec *evtx.Record, line []byte) {
	t.Helper()
	var event struct{ Event map[string]any }
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&event); err != nil {
		t.Fatal(err)
	}
	data, _ := event.Event["EventData"].(map[string]any)
	n := 0
	for name, v := range data {
		if name == "#attributes" {
			continue
		}
		n++
		field := strings.ReplaceAll(name, " ", "")
		if i := rec.Shape().Lookup(field); i >= 0 && rec.Shape().Fields()[i].Section == evtx.System {
			field += "_1"
		}
		got, ok := rec.Field(field)
		if want := flat(v); string(got) != want || ok != (v != nil) && want != "" {
			t.Errorf("record %d: %s is %q, in JSON %q", rec.Number(), name, got, want)
		}
	}
	for _, f := range rec.Shape().Fields() {
		if f.Section == evtx.EventData && !strings.HasPrefix(f.Name, "EventData_") {
			n--
		}
	}
	if n != 0 && data != nil {
		t.Errorf("record %d: %d members of EventData more than fields", rec.Number(), n)
	}
}

// flat writes a value of JSON as a field has it.
func flat(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, flat(x))
		}
		return strings.Join(parts, "\n")
	case map[string]any:
		return flat(v["#text"])
	}
	return ""
}

func wellFormed(b []byte) error {
	d := xml.NewDecoder(strings.NewReader(string(b)))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// The public regression events stand beside their files as JSON that another
// tool made.
func TestAppendJSON_SameAsTheTwins(t *testing.T) {
	t.Parallel()
	dir := shared(t, "sigma-regression")
	cache := evtx.NewCache()
	pairs := logs(t, dir)
	if len(pairs) < 129 {
		t.Errorf("only %d pairs", len(pairs))
	}
	for _, path := range pairs {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			twin, err := os.Open(strings.TrimSuffix(path, ".evtx") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			defer twin.Close()
			compareTwin(t, path, json.NewDecoder(twin), cache)
		})
	}
}

func compareTwin(t *testing.T, path string, twin *json.Decoder, cache *evtx.Cache) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := evtx.NewReader(f, evtx.Options{Cache: cache})
	n := 0
	for r.Next() {
		var want, got any
		if err := twin.Decode(&want); err != nil {
			t.Fatalf("the twin has fewer events: %v", err)
		}
		line := r.Record().AppendJSON(nil)
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatal(err)
		}
		a, b := canonical(got), canonical(want)
		if a != b {
			t.Errorf("record %d:\n got %s\nwant %s", r.Record().Number(), a, b)
		}
		n++
	}
	if twin.More() || n == 0 || r.Err() != nil || len(r.Damage()) > 0 {
		t.Errorf("%d events; the twin has more: %v; %v; %v", n, twin.More(), r.Err(), r.Damage())
	}
}

// canonical writes JSON with sorted members and takes out the one difference
// between us and the tool that made the twins: it trims blanks off both ends
// of every text ("cmd.exe /c chcp " ends with a blank in the file). We keep
// them, because a rule may ask for them.
func canonical(v any) string {
	var trim func(v any) any
	trim = func(v any) any {
		switch v := v.(type) {
		case string:
			return strings.TrimSpace(v)
		case []any:
			for i := range v {
				v[i] = trim(v[i])
			}
		case map[string]any:
			for k := range v {
				v[k] = trim(v[k])
			}
		}
		return v
	}
	b, err := json.Marshal(trim(v))
	if err != nil {
		return err.Error()
	}
	return string(b)
}
