package rulepack

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/detect/tell"
)

// By says what names an episode beside the rule's family and the host.
type By string

// What may name an episode. The zero value takes the account, and the source
// address where there is no account.
const (
	ByAccount By = "account"
	BySource  By = "source"
	ByHost    By = "host" // nothing else: one episode per host
	ByAny     By = ""
)

// About is the block "toride" of a rule: what the hospital is told.
type About struct {
	Family string   `json:"family,omitempty"` // empty: the rule alone
	Steps  []Step   `json:"steps,omitempty"`
	Needs  []string `json:"needs,omitempty"` // IDs of settings, all of them needed
	// NeedsAny are settings of which one suffices, beside all of Needs.
	NeedsAny []string `json:"needs_any,omitempty"`
	By       By       `json:"by,omitempty"`
	Title    Words    `json:"title,omitzero"`
	Why      Words    `json:"why,omitzero"`     // what it means, and for care
	Do       []Words  `json:"do,omitempty"`     // what to do now, free things first
	Tell     Words    `json:"tell,omitzero"`    // templates of package tell
	Falsely  Words    `json:"falsely,omitzero"` // what else it may be: known harmless causes
}

// Limits of a block.
const (
	maxTitle = 120  // bytes in one language … three per Japanese letter
	maxText  = 3000 // bytes
	maxDo    = 12
	maxNeeds = 8
)

var familyName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

var needName = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9]+)+$`)

// ParseAbout reads a block as it came out of YAML. A key that is not known is
// an error: a misspelt "needs" would silently promise what cannot be kept.
func ParseAbout(block any) (About, error) {
	var a About
	data, err := json.Marshal(block)
	if err != nil {
		return a, wrong(whyJSON, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var raw rawAbout
	if err := dec.Decode(&raw); err != nil {
		return a, jsonFault(err)
	}
	if a, err = raw.about(); err != nil {
		return a, err
	}
	return a, a.check()
}

// jsonFault names the key that is not known; anything else is told as it is.
func jsonFault(err error) error {
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return wrong(whyJSONField, strings.Trim(name, `"`))
	}
	return wrong(whyJSON, err)
}

// rawAbout takes steps as words, so that a wrong one is an error.
type rawAbout struct {
	About
	Steps []string `json:"steps"`
}

func (r rawAbout) about() (About, error) {
	a := r.About
	for _, word := range r.Steps {
		s, ok := ParseStep(word)
		if !ok {
			return a, wrong(whyStep, word)
		}
		a.Steps = append(a.Steps, s)
	}
	return a, nil
}

func (a About) check() error {
	switch {
	case a.Family != "" && !familyName.MatchString(a.Family):
		return wrong(whyFamily, a.Family)
	case a.By != ByAny && a.By != ByAccount && a.By != BySource && a.By != ByHost:
		return wrong(whyBy, string(a.By))
	case len(a.Needs)+len(a.NeedsAny) > maxNeeds:
		return wrong(whyMost, "needs", maxNeeds)
	case len(a.Do) > maxDo:
		return wrong(whyMost, "do", maxDo)
	}
	for _, n := range slices.Concat(a.Needs, a.NeedsAny) {
		if !needName.MatchString(n) {
			return wrong(whyNeedForm, n)
		}
	}
	return a.checkWords()
}

func (a About) checkWords() error {
	for _, w := range []struct {
		name  string
		words Words
		most  int
		must  bool
	}{{"title", a.Title, maxTitle * 3, true}, {"why", a.Why, maxText, true}, {"tell", a.Tell, maxText, false}, {"falsely", a.Falsely, maxText, false}} {
		switch {
		case w.words.Zero() && !w.must:
		case !w.words.both():
			return wrong(whyBothLanguages, w.name)
		case len(w.words.JA) > w.most || len(w.words.EN) > w.most:
			return wrong(whyTooLong, w.name)
		case strings.ContainsAny(w.words.JA+w.words.EN, "\x00\x1b"):
			return wrong(whyControl, w.name)
		}
	}
	if len(a.Do) == 0 {
		return wrong(whyDoEmpty)
	}
	for i, d := range a.Do {
		if !d.both() || len(d.JA) > maxText || len(d.EN) > maxText {
			return wrong(whyDoLine, i+1)
		}
	}
	for _, t := range []string{a.Tell.JA, a.Tell.EN} {
		if _, err := tell.Parse(t); err != nil {
			return wrong(whyTell, err)
		}
	}
	return nil
}
