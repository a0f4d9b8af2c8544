package model_test

import (
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
)

func TestClip(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		most int
		want string
	}{{"", 3, ""}, {"abc", 3, "abc"}, {"abcdefgh", 6, "abc…"}, {"漢字漢字", 9, "漢字…"}, {"漢字漢字", 8, "漢…"}, {"abc", 1, "…"}} {
		if got := model.Clip(c.in, c.most); got != c.want {
			t.Errorf("%q to %d: %q", c.in, c.most, got)
		}
	}
}
