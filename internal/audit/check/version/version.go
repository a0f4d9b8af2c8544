// Package version is the check of the firmware's version. It reads the version
// from the head of the file and compares it with the ranges of known exploited
// holes and the ends of the maker's support in exposure/pack. It never says
// that a version has no holes: it says in which ranges it does not lie.
package version

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/exposure/pack"
	"github.com/torideproject/toride/internal/text"
)

//go:embed about_ja.json about_en.json
var texts embed.FS

// ID is the check's name.
const ID = "version"

type member struct{ pack *pack.Pack }

// New makes the check with a pack of ranges.
func New(p *pack.Pack) check.Check { return member{p} }

// About says what the check is.
func (member) About() check.About {
	return check.About{ID: ID, Cost: check.Contract, Texts: texts,
		Items: []check.Item{{ID: "mhlw-cl-r7:2-⑥"}}}
}

// Run compares the header's version with the pack.
func (m member) Run(f check.Facts) check.Result {
	h := f.Config.Header
	v, ok := pack.ParseVersion(h.Version)
	if !ok {
		return check.Result{Verdict: check.Unknown, Say: text.M("audit.check.version.unread")}
	}
	head := check.Evidence{Line: h.Line, Text: h.Text, Say: text.M("audit.check.version.is", h.Model, v.String(), h.Build)}
	var hit, may []string
	for _, hole := range m.pack.Holes {
		switch m.pack.Judge(hole.CVE, v, true).Verdict {
		case pack.Matches:
			hit = append(hit, hole.CVE)
		case pack.May:
			may = append(may, hole.CVE)
		}
	}
	r := check.Result{Verdict: check.Pass}
	support, supportKnown := m.pack.SupportOf(v)
	ended := supportKnown && f.Today.Format(time.DateOnly) > support.End
	switch {
	case len(hit) > 0:
		r.Worsen(check.Critical)
		r.Say = text.M("audit.check.version.hit", v.String(), len(hit), some(hit))
	case ended:
		r.Worsen(check.High)
		r.Say = text.M("audit.check.version.ended", v.Branch(), support.End)
	case !v.HasPatch:
		return check.Result{Verdict: check.Unknown, Say: text.M("audit.check.version.branch_only", v.Branch()), Evidence: []check.Evidence{head}}
	default:
		r.Say = text.M("audit.check.version.beyond", v.String(), m.pack.Edition)
	}
	if r.Verdict == check.Fail {
		head = head.Wrong()
		r.Fix = fix(h.Model)
	}
	r.Add(head)
	if ended && len(hit) > 0 {
		r.Add(check.Evidence{Line: h.Line, Text: h.Text, Say: text.M("audit.check.version.ended", v.Branch(), support.End), Bad: true})
	}
	if len(may) > 0 {
		r.Add(check.Evidence{Line: h.Line, Text: h.Text, Say: text.M("audit.check.version.may", len(may), some(may))})
	}
	return r
}

// fix gives the commands around an update: look, keep the logs and the old
// configuration, then update with the image that the maker names.
func fix(model string) []string {
	return []string{
		"get system status",
		"execute backup full-config usb " + model + "-before-update.conf",
		"execute log filter category event",
		"execute log display",
		"execute restore image usb <image-file-of-" + model + ">",
	}
}

// some names at most four.
func some(list []string) string {
	if len(list) > 4 {
		return fmt.Sprintf("%s +%d", strings.Join(list[:4], ", "), len(list)-4)
	}
	return strings.Join(list, ", ")
}
