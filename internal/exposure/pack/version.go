package pack

import (
	"cmp"
	"regexp"
	"strconv"

	"golang.org/x/text/unicode/norm"
)

// Version is a version of FortiOS: branch Major.Minor and patch level.
type Version struct {
	Major, Minor, Patch int
	HasPatch            bool   // false when only the branch is known
	Build               string // digits, or empty
}

// versionText finds a version in the ways in which people and devices write
// it: 5.4.8, v5.4.8, 5.4.8,build1183, FortiOS v7.0.12,build0523 (GA),
// FGT60E-5.04-FW-build1183-171023, 6.4.x.
func versionText() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^0-9.])[vV]?([0-9]{1,2})\.([0-9]{1,2})(?:\.([0-9]{1,3}))?(?:[^0-9]|$)`)
}

func buildText() *regexp.Regexp { return regexp.MustCompile(`(?i)build ?0*([0-9]{1,5})`) }

// ParseVersion reads a version. Full-width digits are read as digits. The
// second result is false when there is none.
func ParseVersion(s string) (Version, bool) {
	if len(s) > 300 {
		s = s[:300]
	}
	s = norm.NFKC.String(s)
	m := versionText().FindStringSubmatch(s)
	if m == nil {
		return Version{}, false
	}
	var v Version
	v.Major, _ = strconv.Atoi(m[1]) // at most two digits
	v.Minor, _ = strconv.Atoi(m[2])
	if m[3] != "" {
		v.Patch, _ = strconv.Atoi(m[3])
		v.HasPatch = true
	}
	if b := buildText().FindStringSubmatch(s); b != nil {
		v.Build = b[1]
	}
	return v, true
}

// Branch is the version without its patch level, as 5.4.
func (v Version) Branch() string { return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) }

// String writes the version as 5.4.8, or 5.4 when the patch level is unknown.
func (v Version) String() string {
	if !v.HasPatch {
		return v.Branch()
	}
	return v.Branch() + "." + strconv.Itoa(v.Patch)
}

// Compare orders versions; a missing patch level counts as 0.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// compareBranch orders branches alone.
func (v Version) compareBranch(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor))
}
