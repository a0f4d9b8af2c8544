package pack

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"time"
)

//go:embed fortios_ranges.json
var fortiosRanges []byte

// Confidence says how sure an entry is.
type Confidence string

// Confidences, the surest first.
const (
	MakerRecord Confidence = "maker_record" // read in the maker's own entry of the CVE list
	MakerPage   Confidence = "maker_page"   // read on the maker's page
	Memory      Confidence = "memory"       // written down from general knowledge: to be confirmed
)

// Pack is one edition of the data.
type Pack struct {
	Product string    `json:"product"`
	Edition string    `json:"edition"`
	Source  string    `json:"source"`
	Holes   []Hole    `json:"holes"`
	Support []Support `json:"support"`
	byCVE   map[string]int
}

// Hole is what is known of one CVE.
type Hole struct {
	CVE        string     `json:"cve"`
	Advisory   string     `json:"advisory"`
	Confidence Confidence `json:"confidence"`
	Needs      string     `json:"needs"` // what must be in use: sslvpn, admin, fgfm, ldap, backup, local
	Ranges     []Range    `json:"ranges"`
	NotListed  bool       `json:"not_listed"` // the maker's entry does not name the product at all
}

// Range is a closed interval of versions that the maker named.
type Range struct {
	From    string     `json:"from"` // "" from the beginning
	To      string     `json:"to"`
	Fixed   string     `json:"fixed"`            // first version without the hole, "" when not known
	FixedBy Confidence `json:"fixed_confidence"` // of Fixed
	Coarse  bool       `json:"coarse"`           // wider than the truth: several branches in one
	from    Version
	to      Version
}

// Support is the end of the maker's support for a branch.
type Support struct {
	Branch     string     `json:"branch"`
	End        string     `json:"end"` // 2006-01-02
	Confidence Confidence `json:"confidence"`
}

// FortiOS gives the edition that is built in.
func FortiOS() (*Pack, error) { return Parse(fortiosRanges) }

// Parse reads an edition and checks every entry.
func Parse(data []byte) (*Pack, error) {
	var p Pack
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if p.Edition == "" || p.Product == "" || p.Source == "" {
		return nil, fmt.Errorf("pack: edition, product and source must stand in the pack")
	}
	p.byCVE = map[string]int{}
	for i := range p.Holes {
		h := &p.Holes[i]
		if _, twice := p.byCVE[h.CVE]; twice {
			return nil, fmt.Errorf("pack: %s stands twice", h.CVE)
		}
		p.byCVE[h.CVE] = i
		if len(h.Ranges) == 0 && !h.NotListed {
			return nil, fmt.Errorf("pack: %s has no range", h.CVE)
		}
		for j := range h.Ranges {
			if err := h.Ranges[j].resolve(); err != nil {
				return nil, fmt.Errorf("pack: %s: %w", h.CVE, err)
			}
		}
	}
	for _, s := range p.Support {
		if _, err := time.Parse(time.DateOnly, s.End); err != nil {
			return nil, fmt.Errorf("pack: support of %s: %w", s.Branch, err)
		}
	}
	return &p, nil
}

func (r *Range) resolve() error {
	var ok bool
	if r.to, ok = ParseVersion(r.To); !ok || !r.to.HasPatch {
		return fmt.Errorf("range to %q", r.To)
	}
	if r.From != "" {
		if r.from, ok = ParseVersion(r.From); !ok || !r.from.HasPatch || r.from.Compare(r.to) > 0 {
			return fmt.Errorf("range from %q to %q", r.From, r.To)
		}
	}
	if r.Fixed != "" {
		if v, ok := ParseVersion(r.Fixed); !ok || v.Compare(r.to) <= 0 {
			return fmt.Errorf("fixed in %q, range to %q", r.Fixed, r.To)
		}
	}
	return nil
}

// Hole gives the entry of a CVE.
func (p *Pack) Hole(cve string) (Hole, bool) {
	i, ok := p.byCVE[cve]
	if !ok {
		return Hole{}, false
	}
	return p.Holes[i], true
}

// SupportOf gives the end of support of the version's branch.
func (p *Pack) SupportOf(v Version) (Support, bool) {
	for _, s := range p.Support {
		if s.Branch == v.Branch() {
			return s, true
		}
	}
	return Support{}, false
}

// Verdict is how a version stands to a hole.
type Verdict string

// The verdicts; see the package comment.
const (
	Matches Verdict = "matches"
	May     Verdict = "may"
	Beyond  Verdict = "beyond"
)

// Reason says why a verdict is not Matches.
type Reason string

// Reasons.
const (
	InRange      Reason = "in_range"
	NoRange      Reason = "no_range"      // the pack does not know the hole
	CoarseRange  Reason = "coarse"        // only a range over several branches is known
	NoPatchLevel Reason = "no_patch"      // the version is known to the branch only
	NoVersion    Reason = "no_version"    // the register has no version that can be read
	OldBranch    Reason = "old_branch"    // the maker named no range of this branch or an older one
	OutOfRange   Reason = "out_of_range"  // named ranges, none holds the version
	OtherProduct Reason = "other_product" // the maker's entry names other products only
)

// Judged is a verdict with its reason and, where it matches, the range.
type Judged struct {
	Verdict Verdict
	Reason  Reason
	Range   Range
	Hole    Hole
}

// Judge says how a version stands to a CVE. ok tells whether v is a version at
// all. It takes time in the number of ranges of the CVE.
func (p *Pack) Judge(cve string, v Version, ok bool) Judged {
	h, known := p.Hole(cve)
	switch {
	case !known:
		return Judged{Verdict: May, Reason: NoRange}
	case h.NotListed:
		return Judged{Verdict: Beyond, Reason: OtherProduct, Hole: h}
	case !ok:
		return Judged{Verdict: May, Reason: NoVersion, Hole: h}
	}
	j := Judged{Hole: h}
	if !v.HasPatch {
		return h.judgeBranch(v)
	}
	for _, r := range h.Ranges {
		if v.Compare(r.from) < 0 || v.Compare(r.to) > 0 {
			continue
		}
		if !r.Coarse {
			j.Verdict, j.Reason, j.Range = Matches, InRange, r
			return j
		}
		j.Verdict, j.Reason, j.Range = May, CoarseRange, r
	}
	if j.Verdict != "" {
		if h.hasBranch(v) {
			return Judged{Verdict: Beyond, Reason: OutOfRange, Hole: h}
		}
		return j
	}
	return h.outside(v)
}

// judgeBranch judges a version without its patch level: a range in its branch
// may hold it; one over the whole branch does.
func (h Hole) judgeBranch(v Version) Judged {
	for _, r := range h.Ranges {
		if v.compareBranch(r.from) >= 0 && v.compareBranch(r.to) <= 0 {
			if v.compareBranch(r.to) < 0 && v.compareBranch(r.from) > 0 && !r.Coarse {
				return Judged{Verdict: Matches, Reason: InRange, Range: r, Hole: h}
			}
			return Judged{Verdict: May, Reason: NoPatchLevel, Range: r, Hole: h}
		}
	}
	return h.outside(v)
}

// hasBranch reports whether a range that is not coarse ends in v's branch.
func (h Hole) hasBranch(v Version) bool {
	for _, r := range h.Ranges {
		if !r.Coarse && r.to.compareBranch(v) == 0 {
			return true
		}
	}
	return false
}

// outside judges a version that no range holds.
func (h Hole) outside(v Version) Judged {
	older := true // than every branch the maker named
	listed := false
	for _, r := range h.Ranges {
		if v.compareBranch(r.from) >= 0 || r.From == "" {
			older = false
		}
		if r.to.compareBranch(v) == 0 {
			listed = true
		}
	}
	if older && !listed {
		return Judged{Verdict: May, Reason: OldBranch, Hole: h}
	}
	return Judged{Verdict: Beyond, Reason: OutOfRange, Hole: h}
}
