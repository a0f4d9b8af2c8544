package ssmix2_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/model"
)

// A field of many megabytes is not carried through every page and sheet of the
// patient.
func TestRead_FieldsOfManyMegabytes(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	msg := message(t, "ADT-00")
	from := bytes.Index(msg, []byte("PID|"))
	to := from + bytes.IndexAny(msg[from:], "\r\n")
	fields := strings.Split(string(msg[from:to]), "|")
	fields[5], fields[11] = strings.Repeat("A", 5<<20)+"^B^^^^^L^I", strings.Repeat("C", 5<<20)
	msg = slices.Concat(msg[:from], []byte(strings.Join(fields, "|")), msg[to:])
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', msg)
	s := open(t, files)
	c := read(t, s, number, want())
	if n := len(c.Person.Kanji.Show); n == 0 || n > model.MaxName || !strings.HasSuffix(c.Person.Kanji.Show, "…") {
		t.Errorf("a name of %d bytes", n)
	}
	for _, a := range append(c.Person.Address, c.Person.Kanji, c.Person.Kana) {
		if len(a.Show) > model.MaxText || len(a.Raw) > model.MaxText {
			t.Errorf("a text of %d bytes, sent %d", len(a.Show), len(a.Raw))
		}
	}
	found, err := s.Find(t.Context(), number)
	if err != nil || len(found) != 1 || len(found[0].Person.Kanji) > model.MaxName {
		t.Error(len(found), err)
	}
}
