package source

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

var (
	infectionName = regexp.MustCompile(`(?i)\bHBs|HBs抗|HBc抗|HBe抗|HBV|HCV|\bHIV|HTLV|ATLA|梅毒|TPHA|TP抗体|TPLA|\bRPR|MRSA|VRE\b|結核|抗酸菌|T-?SPOT|クォンティフェロン|クオンティフェロン|QFT|COVID|SARS-CoV|新型コロナ|インフルエンザウイルス|ノロウイルス|感染症`)
	organismName  = regexp.MustCompile(`(?i)MRSA|VRE\b|MDRP|MDRA|\bCRE\b|ESBL|tuberculosis|結核菌|C(lostridioides|lostridium|\.) ?difficile`)
)

// NamesInfection tells the name of a test that looks for an infection. No store
// has a type for them, so that every member goes by names.
func NamesInfection(name string) bool { return infectionName.MatchString(norm.NFKC.String(name)) }

// NamesOrganism tells an organism that a ward has to know of.
func NamesOrganism(name string) bool {
	if !strings.ContainsFunc(name, func(r rune) bool { return r >= 'A' }) { // 5.6, (1+): most results
		return false
	}
	return organismName.MatchString(norm.NFKC.String(name))
}

// InfectionMark is what a result about an infection reads as: positive, negative
// or borderline; not OK where it is none of these.
func InfectionMark(result string) model.Computed[string] {
	mark := model.Computed[string]{Rule: "infection.mark"}
	key := view.SortKey(result)
	if !key.OK {
		return mark
	}
	switch key.Value.Class {
	case view.Positive:
		mark.Value, mark.OK = "positive", true
	case view.Negative:
		mark.Value, mark.OK = "negative", true
	case view.Borderline:
		mark.Value, mark.OK = "borderline", true
	}
	return mark
}
