package ssmix2_test

import (
	"context"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/source"
)

// A store without anybody's details still says who a number is.
func TestFind_WithoutDetails(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	put(files, "20251003", "OML-11", "000000000000001", "20251003120000000", '1', message(t, "OML-11"))
	put(files, "20251001", "OMP-01", "000000000000002", "20251001120000000", '1', []byte("MSH|^~\\&|\rPID|||"+number+"||古^名\r"))
	s := open(t, files)
	found, err := s.Find(context.Background(), number)
	if err != nil || len(found) != 1 || found[0].Person.Kanji != "砦　花子" || !slices.Contains(codes(found[0].Notices), "info person.other_message") {
		t.Errorf("%+v %v", found, err)
	}
	if e := walk(t, s, source.Walk{}); e[0].Brief.Kanji != "砦　花子" {
		t.Errorf("%+v", e[0])
	}
	if c := read(t, s, number, want()); c.Person.Kanji.Show != "砦　花子" {
		t.Errorf("%+v", c.Person)
	}
	// The newest were encrypted and cut off: an older one says it.
	put(files, "20251004", "OML-11", "000000000000003", "20251004120000000", '1', []byte("\x93\x01\xf2\x88"))
	put(files, "20251005", "OML-11", "000000000000004", "20251005120000000", '1', nil)
	s = open(t, files)
	if e := walk(t, s, source.Walk{}); e[0].Brief.Kanji != "砦　花子" {
		t.Errorf("behind broken messages: %+v", e[0])
	}
	if found, err := s.Find(context.Background(), number); err != nil || len(found) != 1 || found[0].Person.Kanji != "砦　花子" {
		t.Errorf("behind broken messages: %+v %v", found, err)
	}
}
