package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/web"
)

func TestPieces_AmountsStayWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":               nil,
		"錠":              nil,
		"リポバス錠１０ｍｇ":      {"１０ｍｇ"},
		"メトグルコ錠２５０ｍｇ 1錠": {"２５０ｍｇ"},
		"注１００単位／ｍＬ":      {"１００", "／ｍＬ"},
		"ソリタ－Ｔ３号輸液５００ｍＬ":        {"Ｔ３", "５００ｍＬ"},
		"２．５％ 500mL a":          {"２．５％"},
		"検査 ＣＲＰ、ＢＵＮ、Ｋ":          {"ＣＲＰ", "ＢＵＮ"},
		strings.Repeat("Ａ", 21): nil,
	} {
		var whole []string
		var all strings.Builder
		for _, p := range web.Pieces(text) {
			all.WriteString(p.Text)
			if p.Whole {
				whole = append(whole, p.Text)
			}
		}
		if all.String() != text {
			t.Errorf("%q became %q", text, all.String())
		}
		if !slices.Equal(whole, want) {
			t.Errorf("%q: whole are %q, want %q", text, whole, want)
		}
	}
}
