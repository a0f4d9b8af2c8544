package rulepack

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

//go:embed text_ja.json text_en.json
var texts embed.FS

// Texts gives the sentences with which rules and packs are refused, in both
// languages, for the catalogue.
func Texts() fs.FS { return texts }

// The reasons that a pack has beside those of package sigma.
const (
	whyZIPSize        sigma.Why = "pack_zip_size"
	whyZIP            sigma.Why = "pack_zip"
	whyEntries        sigma.Why = "pack_entries"
	whyFiles          sigma.Why = "pack_files"
	whyFileKib        sigma.Why = "pack_file_kib"
	whyTotalMib       sigma.Why = "pack_total_mib"
	whyStandsTwice    sigma.Why = "pack_stands_twice"
	whyFirstAt        sigma.Why = "pack_first_at"
	whyRuleCount      sigma.Why = "pack_rule_count"
	whyAllRules       sigma.Why = "pack_all_rules"
	whyJSON           sigma.Why = "pack_json"
	whyJSONField      sigma.Why = "pack_json_field"
	whyFormat         sigma.Why = "pack_format"
	whyName           sigma.Why = "pack_name"
	whyVersion        sigma.Why = "pack_version"
	whyDate           sigma.Why = "pack_date"
	whyManifestFields sigma.Why = "pack_manifest_fields"
	whyManifestSize   sigma.Why = "pack_manifest_size"
	whyManifestRules  sigma.Why = "pack_manifest_rules"
	whyStep           sigma.Why = "pack_step"
	whyFamily         sigma.Why = "pack_family"
	whyBy             sigma.Why = "pack_by"
	whyMost           sigma.Why = "pack_most"
	whyNeedForm       sigma.Why = "pack_need_form"
	whyBothLanguages  sigma.Why = "pack_both_languages"
	whyTooLong        sigma.Why = "pack_too_long"
	whyControl        sigma.Why = "pack_control"
	whyDoEmpty        sigma.Why = "pack_do_empty"
	whyDoLine         sigma.Why = "pack_do_line"
	whyTell           sigma.Why = "pack_tell"
)

// reason is a reason with its English sentence.
type reason struct {
	why     sigma.Why
	english string
}

func reasons() []reason {
	return []reason{
		{whyZIPSize, "a zip of {0} MiB, at most {1} are read"},
		{whyZIP, "{0}"},
		{whyEntries, "more than {0} entries"},
		{whyFiles, "more than {0} files"},
		{whyFileKib, "more than {0} KiB"},
		{whyTotalMib, "more than {0} MiB in all"},
		{whyStandsTwice, "the name stands twice"},
		{whyFirstAt, "{0}:{1}"},
		{whyRuleCount, "{0} rules were read, pack.json says {1}"},
		{whyAllRules, "{0} rules in all packs together, at most {1}"},
		{whyJSON, "{0}"},
		{whyJSONField, "there is no key {0}"},
		{whyFormat, "format {0}; this program reads {1}"},
		{whyName, "name {0}: small letters, digits and hyphens only, at most 40"},
		{whyVersion, "no version, or one longer than 40"},
		{whyDate, "date {0} is no day"},
		{whyManifestFields, "title (ja, en), publisher, date and licence are needed"},
		{whyManifestSize, "texts longer than {0} bytes"},
		{whyManifestRules, "rules: how many there are must be said"},
		{whyStep, "steps: {0} is not one of A1 to A13"},
		{whyFamily, "family: {0}: small letters, digits and hyphens only"},
		{whyBy, "by: {0} is not one of account, source, host"},
		{whyMost, "{0}: more than {1}"},
		{whyNeedForm, "needs: {0} is no ID of a setting"},
		{whyBothLanguages, "{0}: needs ja and en"},
		{whyTooLong, "{0}: too long"},
		{whyControl, "{0}: has control characters"},
		{whyDoEmpty, "do: says nothing that can be done"},
		{whyDoLine, "do: line {0} needs ja and en"},
		{whyTell, "{0}"},
	}
}

// Whys lists the reasons of this package, so that texts can be checked.
func Whys() []sigma.Why {
	var out []sigma.Why
	for _, r := range reasons() {
		out = append(out, r.why)
	}
	return out
}

// because gives the problem with a reason of this package.
func because(p sigma.Problem, why sigma.Why, args ...any) *sigma.Problem {
	for _, r := range reasons() {
		if r.why == why {
			return p.BecauseOf(why, r.english, args...)
		}
	}
	return &p
}

// wrong is a fault of a block or a manifest, not yet at a place.
func wrong(why sigma.Why, args ...any) error { return because(sigma.Problem{}, why, args...) }

// at gives the reason of err to a problem. An error of another kind is told as
// it is.
func at(p sigma.Problem, err error) sigma.Problem {
	if q, ok := err.(*sigma.Problem); ok {
		p.Why, p.Args, p.Detail = q.Why, q.Args, q.Detail
		return p
	}
	return *because(p, whyJSON, err)
}

// TooManyRules is the problem of a pack with which there would be more rules in
// all packs together than most.
func TooManyRules(n, most int) sigma.Problem {
	return *because(sigma.Problem{Code: PackTooBig}, whyAllRules, n, most)
}

// Say gives what is wrong in words that a person reads, in the reader's
// language: first the kind of the problem, then what exactly. detail is zero
// where there is no more to say. The place (File, Line, Rule) and the words
// concerned (Construct) are left to the caller, who has columns for them. A
// text that came with the rule stands in the arguments as it was written: what
// writes to a terminal has to make it printable.
func Say(p *sigma.Problem) (kind, detail text.Msg) {
	kind = text.M("detect.problem.other", string(p.Code))
	if slices.Contains(sigma.Codes(), p.Code) && !p.Code.Note() || slices.Contains(Codes(), p.Code) {
		kind = text.M("detect.problem." + string(p.Code))
	}
	switch {
	case p.Why != "" && (slices.Contains(sigma.Whys(), p.Why) || slices.Contains(Whys(), p.Why)):
		args := make([]any, len(p.Args))
		for i, a := range p.Args {
			args[i] = a
		}
		detail = text.M("detect.why."+string(p.Why), args...)
	case p.Detail != "":
		detail = text.Raw(p.Detail)
	}
	return kind, detail
}

// SayWhole gives the problem as one line, with its place: for lists without
// columns, such as those of a terminal.
func SayWhole(p *sigma.Problem) text.Msg {
	kind, detail := Say(p)
	if p.Construct != "" {
		kind = text.M("detect.problem.words", kind, p.Construct)
	}
	if !detail.Zero() {
		kind = text.M("detect.problem.detail", kind, detail)
	}
	switch {
	case p.File != "" && p.Line > 0:
		return text.M("detect.problem.place", p.File, fmt.Sprint(p.Line), kind)
	case p.File != "":
		return text.M("detect.problem.infile", p.File, kind)
	}
	return kind
}
