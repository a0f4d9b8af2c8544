package reading_test

import (
	"context"
	"errors"
	"testing"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/web"
)

func source(readings ...reading.Reading) reading.Source {
	return func(context.Context) ([]reading.Reading, error) { return readings, nil }
}

func TestCollect_NoIDTwice(t *testing.T) {
	t.Parallel()
	a, b := reading.Reading{ID: "x.a", State: reading.Good}, reading.Reading{ID: "x.b", State: reading.Bad}
	set, err := reading.Collect(t.Context(), []reading.Source{source(b), source(a)})
	if err != nil || len(set) != 2 {
		t.Fatal(set, err)
	}
	if list := set.List(); list[0].ID != "x.a" || list[1].ID != "x.b" {
		t.Errorf("%v", list)
	}
	if _, err := reading.Collect(t.Context(), []reading.Source{source(a), source(a)}); err == nil {
		t.Error("one ID from two sources was taken")
	}
	boom := errors.New("boom")
	if _, err := reading.Collect(t.Context(), []reading.Source{func(context.Context) ([]reading.Reading, error) { return nil, boom }}); !errors.Is(err, boom) {
		t.Error(err)
	}
}

func TestGet_WhatNobodyPublishedIsUnknown(t *testing.T) {
	t.Parallel()
	if r := (reading.Set{}).Get("x.a"); r.State != reading.Unknown || r.ID != "x.a" {
		t.Errorf("%+v", r)
	}
}

func TestLevel_OnlyGoodLooksGood(t *testing.T) {
	t.Parallel()
	for _, s := range []reading.State{reading.Unknown, reading.Bad, reading.None, "", "newer"} {
		if s.Level() == web.Done {
			t.Errorf("%q looks good", s)
		}
	}
	if reading.Good.Level() != web.Done || reading.State("newer").Level() != web.Unclear {
		t.Error("levels")
	}
}
