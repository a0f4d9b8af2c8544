package rulepack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/sigmayaml"
)

// Manifest is pack.json, or what the installing person says of a pack without
// one.
type Manifest struct {
	Format      int    `json:"format"` // 1
	Name        string `json:"name"`   // small letters, digits, hyphens; never changes between versions
	Version     string `json:"version"`
	Date        string `json:"date"` // 2006-01-02
	Title       Words  `json:"title"`
	Publisher   string `json:"publisher"`
	Licence     string `json:"licence"`
	LicenceNote Words  `json:"licence_note,omitzero"`
	Source      string `json:"source,omitempty"` // where it came from, for people
	Rules       int    `json:"rules"`            // documents: rules and correlations
}

// Pack is a pack that was read and may be used.
type Pack struct {
	Manifest
	Declared bool // it brought its own manifest
	Digest   string
	Rules    []*Rule // by Key
	// Library is what an engine and a correlator are made of.
	Library sigma.Library
	// Refused are documents that were left out; a pack with a manifest has none.
	Refused []sigma.Problem
}

// Rule is one rule of a pack: a Sigma rule or a correlation.
type Rule struct {
	Key         string // unique in the pack: the id, else made of file and line
	Sigma       *sigma.Rule
	Correlation *sigma.Correlation
	About       *About // nil: the rule brought none
	// Feeds says that the rule alone is no finding: it is there for
	// correlations.
	Feeds bool
	Hash  string // of the file it stands in: tells what an update changed
}

// Read reads a bundle. said stands for the manifest of a pack that brings none.
// When the pack is refused it is nil, and the problems say why; those that are
// only left out are in Pack.Refused.
func Read(b *Bundle, said Manifest) (*Pack, []sigma.Problem) {
	p := &Pack{Manifest: said, Digest: b.Digest()}
	if data, ok := b.files["pack.json"]; ok {
		problem := p.readManifest(data)
		if problem != nil && !b.loose {
			return nil, []sigma.Problem{*problem}
		}
		if problem != nil {
			p.Manifest, p.Declared = said, false
			b.left = append(b.left, *problem)
		}
	} else if err := said.check(false); err != nil {
		return nil, []sigma.Problem{at(sigma.Problem{Code: BadManifest}, err)}
	}
	set, problems := b.load()
	p.Refused = append(slices.Clone(b.left), set.Refused...)
	for _, d := range set.Duplicates {
		p.Refused = append(p.Refused, *because(sigma.Problem{Code: Copy, File: d.File, Line: d.Line, Rule: d.ID}, whyFirstAt, d.FirstFile, d.FirstLine))
	}
	p.adopt(set, b)
	fatal := p.fatal()
	if b.loose {
		fatal = p.loosely(fatal)
	}
	if problems = append(problems, fatal...); len(problems) > 0 {
		return nil, problems
	}
	return p, nil
}

// load reads the rule files in the order of their names.
func (b *Bundle) load() (*sigmayaml.Set, []sigma.Problem) {
	raw, err := b.reader()
	if err != nil {
		return &sigmayaml.Set{}, []sigma.Problem{*because(sigma.Problem{Code: BadZip}, whyZIP, err)}
	}
	set, err := sigmayaml.Load(raw, sigmayaml.Options{})
	if err != nil {
		return &sigmayaml.Set{}, []sigma.Problem{*sigma.Problem{Code: sigma.Unreadable}.Because(sigma.WhySystem, err)}
	}
	return set, nil
}

var packName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// check gives what is wrong.
func (m Manifest) check(declared bool) error {
	switch {
	case declared && m.Format != 1:
		return wrong(whyFormat, m.Format, 1)
	case !packName.MatchString(m.Name):
		return wrong(whyName, m.Name)
	case m.Version == "" || len(m.Version) > 40:
		return wrong(whyVersion)
	case m.Date != "" && !isDay(m.Date):
		return wrong(whyDate, m.Date)
	case declared && (!m.Title.both() || m.Publisher == "" || m.Licence == "" || m.Date == ""):
		return wrong(whyManifestFields)
	case len(m.Title.JA)+len(m.Title.EN)+len(m.Publisher)+len(m.Licence)+len(m.Source)+len(m.LicenceNote.JA)+len(m.LicenceNote.EN) > 8000:
		return wrong(whyManifestSize, 8000)
	case declared && m.Rules < 1:
		return wrong(whyManifestRules)
	}
	return nil
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func (p *Pack) readManifest(data []byte) *sigma.Problem {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	dec.DisallowUnknownFields()
	p.Manifest, p.Declared = Manifest{}, true
	if err := dec.Decode(&p.Manifest); err != nil {
		q := at(sigma.Problem{Code: BadManifest, File: "pack.json"}, jsonFault(err))
		return &q
	}
	if err := p.check(true); err != nil {
		q := at(sigma.Problem{Code: BadManifest, File: "pack.json"}, err)
		return &q
	}
	return nil
}

// adopt makes Rules and Library of what was loaded, with the blocks.
func (p *Pack) adopt(set *sigmayaml.Set, b *Bundle) {
	sums := map[string]string{}
	hash := func(file string) string {
		if sums[file] == "" {
			sum := sha256.Sum256(b.files[file])
			sums[file] = hex.EncodeToString(sum[:8])
		}
		return sums[file]
	}
	used := map[string]bool{}
	for _, r := range set.Rules {
		about, ok := p.block(r.Custom, sigma.Problem{File: r.File, Line: r.Line, Rule: r.Key()})
		if err := sigma.CheckRule(r, sigma.EngineOptions{}); ok && err != nil {
			p.Refused = append(p.Refused, at(sigma.Problem{Code: TooComplex, File: r.File, Line: r.Line, Rule: r.Key()}, err))
			ok = false
		}
		if ok {
			p.Library.Rules = append(p.Library.Rules, r)
			p.Rules = append(p.Rules, &Rule{Key: unique(used, r.ID, r.File, r.Line), Sigma: r, About: about, Hash: hash(r.File)})
		}
	}
	feeds, alone := map[string]bool{}, map[string]bool{}
	for _, c := range set.Correlations {
		about, ok := p.block(c.Custom, sigma.Problem{File: c.File, Line: c.Line, Rule: c.Key()})
		if !ok {
			continue
		}
		p.Library.Correlations = append(p.Library.Correlations, c)
		p.Rules = append(p.Rules, &Rule{Key: unique(used, c.ID, c.File, c.Line), Correlation: c, About: about, Hash: hash(c.File)})
		for _, key := range c.Rules {
			feeds[key], alone[key] = true, alone[key] || c.Generate
		}
	}
	for _, r := range p.Rules {
		r.Feeds = feeds[r.Name()] && !alone[r.Name()]
	}
	slices.SortFunc(p.Rules, func(a, b *Rule) int { return strings.Compare(a.Key, b.Key) })
}

// Name is what correlations of the pack call the rule.
func (r *Rule) Name() string {
	if r.Correlation != nil {
		return r.Correlation.Key()
	}
	return r.Sigma.Key()
}

// block reads the block of a rule; ok is false when it is refused.
func (p *Pack) block(custom map[string]any, place sigma.Problem) (*About, bool) {
	raw, has := custom["toride"]
	if !has {
		return nil, true
	}
	a, err := ParseAbout(raw)
	if err != nil {
		place.Code, place.Construct = BadBlock, "toride"
		p.Refused = append(p.Refused, at(place, err))
		return nil, false
	}
	return &a, true
}

// unique gives the key of a rule. Rules without an id, or with one that would
// not do in an address, are named by their place.
func unique(used map[string]bool, id, file string, line int) string {
	key := strings.ToLower(id)
	if !keyForm.MatchString(key) || used[key] {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s:%d", file, line))
		key = "at-" + hex.EncodeToString(sum[:8])
	}
	used[key] = true
	return key
}

var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{3,79}$`)

// maxTold bounds the problems of a refused pack that are told.
const maxTold = 200

// fatal gives the problems that refuse the whole pack.
func (p *Pack) fatal() []sigma.Problem {
	var out []sigma.Problem
	for _, q := range p.Refused {
		switch q.Code {
		case sigma.BadYAML, sigma.BadEncoding, sigma.Unreadable:
			out = append(out, q)
		default:
			if p.Declared {
				out = append(out, q)
			}
		}
	}
	n := len(p.Rules)
	switch {
	case n == 0 && len(out) == 0: // why each of them was left out is all there is to say
		out = append(append(out, sigma.Problem{Code: NoRules}), p.Refused...)
	case p.Declared && n != p.Manifest.Rules && len(out) == 0:
		out = append(out, *because(sigma.Problem{Code: WrongCount, File: "pack.json"}, whyRuleCount, n, p.Manifest.Rules))
	}
	return out[:min(len(out), maxTold)]
}
