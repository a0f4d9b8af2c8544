package evtx_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxtest"
	"github.com/torideproject/toride/evtx/evtxwrite"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each folder of testdata/damage is a case: recipe.txt makes a sound file and
// spoils it, want.txt is what is read of it and what is said to be lost.
//
// A recipe's lines are:
//
//	events N [EVERY]      N events of evtxtest, a new chunk after each EVERY
//	put8, put16, put32, put64 ADDRESS VALUE
//	fill ADDRESS COUNT VALUE
//	cut ADDRESS COUNT     takes bytes out
//	truncate ADDRESS
//	append COUNT VALUE
//	crc CHUNK             makes the checksums of a chunk right again
//
// An address is file+N, chunkI+N or recordI+N; I counts from 0 in the sound
// file.
func TestReader_DamagedFiles(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob(filepath.Join("testdata", "damage", "*", "recipe.txt"))
	if err != nil || len(cases) < 20 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, path := range cases {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			t.Parallel()
			got := listing(cook(t, path))
			golden := filepath.Join(filepath.Dir(path), "want.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// listing says what is read of a file, one line for each record and damage.
func listing(b []byte) string {
	var out strings.Builder
	r := evtx.NewReader(bytes.NewReader(b), evtx.Options{})
	for r.Next() {
		rec := r.Record()
		fmt.Fprintf(&out, "record %d at %d: event %d, %d fields", rec.Number(), rec.Offset(), rec.Shape().EventID(), len(rec.Values(nil)))
		if rec.Recovered() {
			out.WriteString(", recovered")
		}
		if rec.Err() != nil {
			fmt.Fprintf(&out, ", %v", rec.Err())
		}
		out.WriteString("\n")
	}
	for _, d := range r.Damage() {
		fmt.Fprintf(&out, "%s\n", d)
	}
	if r.Err() != nil {
		fmt.Fprintf(&out, "error: %v\n", r.Err())
	}
	return out.String()
}

// dish is a file that a recipe spoils, and where things stood in it.
type dish struct {
	b       []byte
	records []header
}

func cook(t *testing.T, path string) []byte {
	t.Helper()
	recipe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := &dish{}
	for n, line := range strings.Split(string(recipe), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := d.step(t, words[0], words[1:]); err != nil {
			t.Fatalf("%s:%d: %v", path, n+1, err)
		}
	}
	return d.b
}

func (d *dish) step(t *testing.T, verb string, args []string) error {
	nums := make([]int, len(args))
	for i, a := range args {
		var err error
		if nums[i], err = d.number(a); err != nil {
			return err
		}
	}
	switch verb {
	case "events":
		d.b = events(t, nums[0], append(nums, 1<<30)[1])
		d.records, _ = walk(d.b)
	case "put8", "put16", "put32", "put64":
		w := binary.LittleEndian.AppendUint64(nil, uint64(nums[1]))
		bits, _ := strconv.Atoi(verb[3:])
		copy(d.b[nums[0]:], w[:bits/8])
	case "fill":
		copy(d.b[nums[0]:], bytes.Repeat([]byte{byte(nums[2])}, nums[1]))
	case "cut":
		d.b = append(d.b[:nums[0]:nums[0]], d.b[nums[0]+nums[1]:]...)
	case "truncate":
		d.b = d.b[:nums[0]]
	case "append":
		d.b = append(d.b, bytes.Repeat([]byte{byte(nums[1])}, nums[0])...)
	case "crc":
		checksums(d.b[4096+65536*nums[0]:])
	default:
		return fmt.Errorf("unknown verb %q", verb)
	}
	return nil
}

func events(t *testing.T, n, every int) []byte {
	w := evtxwrite.New()
	for i := range n {
		if i > 0 && i%every == 0 {
			w.Break()
		}
		if err := w.Add(evtxtest.Event(i)); err != nil {
			t.Fatal(err)
		}
	}
	return w.Bytes()
}

func (d *dish) number(s string) (int, error) {
	base := 0
	if where, off, ok := strings.Cut(s, "+"); ok {
		s = off
		i, _ := strconv.Atoi(strings.TrimLeft(where, "abcdefghijklmnopqrstuvwxyz"))
		switch strings.TrimRight(where, "0123456789") {
		case "chunk":
			base = 4096 + 65536*i
		case "record":
			base = int(d.records[i].offset)
		}
	}
	n, err := strconv.ParseInt(s, 0, 64)
	return base + int(n), err
}

// checksums makes a chunk's checksums right.
func checksums(c []byte) {
	le := binary.LittleEndian
	if free := int(le.Uint32(c[48:])); free >= 512 && free <= 65536 {
		le.PutUint32(c[52:], crc32.ChecksumIEEE(c[512:free]))
	}
	le.PutUint32(c[124:], crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:512]))
}
