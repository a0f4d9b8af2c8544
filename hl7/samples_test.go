package hl7_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/hl7"
)

// samples gives the official SS-MIX2 sample files that are HL7, by path.
func samples(tb testing.TB) map[string][]byte {
	tb.Helper()
	dir := filepath.Join("..", "..", "shared", "data", "ssmix2")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatal(err)
		}
		tb.Skip("no sample files here")
	}
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if len(b) > 2 { // one of the checker's samples is two bytes that are nothing
			out[path] = b
		}
		return err
	})
	if err != nil || len(out) < 23 {
		tb.Fatalf("%d samples, %v", len(out), err)
	}
	return out
}

func TestDecode_OfficialSamples(t *testing.T) {
	t.Parallel()
	d := hl7.NewDecoder(hl7.Options{})
	var m hl7.Message
	e := hl7.NewEncoder(hl7.EncodeOptions{})
	for path, data := range samples(t) {
		if err := d.Decode(&m, data); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		problems, _ := m.Problems()
		if strings.Contains(path, "20000401") { // the checker's own cases with two headers
			if len(problems) != 1 || problems[0].Kind != hl7.OtherHeader {
				t.Errorf("%s: %v", path, problems)
			}
		} else if len(problems) > 0 {
			t.Errorf("%s: %v", path, problems)
		}
		if strings.Contains(m.Text(), "\uFFFD") || m.Charset() != hl7.ISO2022JP {
			t.Errorf("%s: %v %s", path, m.Charset(), m.Text())
		}
		if again := e.AppendMessage(nil, &m); !bytes.Equal(again, data) {
			t.Errorf("%s: written anew it is\n%q\nand was\n%q", path, again, data)
		}
		if kind, trigger, structure := m.Type(); kind == "" || trigger == "" || structure == "" {
			t.Errorf("%s: type %q %q %q", path, kind, trigger, structure)
		}
	}
	if len(e.Losses()) > 0 {
		t.Errorf("lost %v", e.Losses())
	}
}
