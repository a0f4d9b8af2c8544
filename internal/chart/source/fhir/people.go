package fhir

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// person is a node of the people that are being told apart: a Patient resource,
// or a name that resources give their patient.
type person struct {
	up       int32 // the person he is joined to; himself: the root
	known    bool  // there is a Patient resource
	brief    source.Brief
	number   identifier
	rank     int    // of the number: the hospital's own is highest
	name     string // what resources call him, where there is no number
	resource int32  // how many Patient resources are joined
	notices  []model.Notice
}

// people joins patients.
type people struct {
	all []person
	// by finds a person by a hash: of scope and reference, or of an identifier.
	by map[uint64]int32
	// two marks hashes that mean several people: they find nobody.
	two map[uint64]bool
}

func newPeople() *people { return &people{by: map[uint64]int32{}, two: map[uint64]bool{}} }

func (p *people) root(i int32) int32 {
	for p.all[i].up != i {
		p.all[i].up = p.all[p.all[i].up].up
		i = p.all[i].up
	}
	return i
}

func (p *people) add(x person) int32 {
	i := int32(len(p.all)) //nolint:gosec // at most maxResources
	x.up = i
	p.all = append(p.all, x)
	return i
}

// find gives the person that a hash means.
func (p *people) find(h uint64) (int32, bool) {
	i, ok := p.by[h]
	if !ok || p.two[h] {
		return 0, false
	}
	return p.root(i), true
}

// bond is why two records are thought to be one person.
type bond int

const (
	byReference  bond = iota // the same reference in two Bundles, which may be of two places
	byIdentifier             // the same identifier
	byExport                 // the same reference outside of Bundles: versions of one resource
)

// claim says that a hash means a person. If it means another one already, the
// two are joined where what both say agrees; of one export always, with a
// notice where it does not.
func (p *people) claim(h uint64, i int32, name string, why bond) {
	old, ok := p.by[h]
	if !ok {
		p.by[h] = i
		return
	}
	a, b := p.root(old), p.root(i)
	if a == b {
		return
	}
	x, y := &p.all[a], &p.all[b]
	diff := model.Differences(identity(x), identity(y))
	switch {
	case len(diff) > 0 && why == byExport:
		y.notices = append(y.notices, model.Notice{Level: model.Danger, Code: "fhir.patient_differs", Args: []string{name, diff[0].First, diff[0].Second}})
	case len(diff) > 0 || why == byReference && !alike(x, y):
		p.two[h] = true
		if why == byIdentifier {
			n := model.Notice{Level: model.Danger, Code: "fhir.identifier_of_two", Args: []string{name}}
			x.notices, y.notices = append(x.notices, n), append(y.notices, n)
		}
		return
	}
	p.join(a, b)
}

// alike reports whether two records say enough to be taken for one person: a
// birth date and a name that both have.
func alike(a, b *person) bool {
	return !a.known || !b.known || a.brief.Birth != "" && a.brief.Birth == b.brief.Birth && (a.brief.Kanji != "" && a.brief.Kanji == b.brief.Kanji || a.brief.Kana != "" && a.brief.Kana == b.brief.Kana)
}

func identity(x *person) model.Identity {
	return model.Identity{Kanji: x.brief.Kanji, Kana: x.brief.Kana, Birth: x.brief.Birth, Sex: x.brief.Sex}
}

func (p *people) join(a, b int32) {
	x, y := &p.all[a], &p.all[b]
	y.up = a
	x.known = x.known || y.known
	x.resource += y.resource
	if y.rank > x.rank {
		x.number, x.rank = y.number, y.rank
	}
	x.brief = source.Brief{Kanji: cmp.Or(x.brief.Kanji, y.brief.Kanji), Kana: cmp.Or(x.brief.Kana, y.brief.Kana),
		Birth: cmp.Or(x.brief.Birth, y.brief.Birth), Sex: cmp.Or(x.brief.Sex, y.brief.Sex)}
	x.name = cmp.Or(x.name, y.name)
	x.notices = append(x.notices, y.notices...)
}

const insuranceSystem = "Insurance_memberID"

// numberRank says how well an identifier names a patient in this hospital: its
// own number (the facility's oid, or the type MR), another, an insurance
// number.
func numberRank(id identifier) int {
	switch {
	case id.Value == "":
		return 0
	case strings.HasPrefix(id.System, "urn:oid:1.2.392.100495.20.3.51."):
		return 4
	case slices.ContainsFunc(id.Type.Coding, func(c coding) bool { return c.Code == "MR" }):
		return 3
	case strings.Contains(id.System, insuranceSystem) || slices.ContainsFunc(id.Type.Coding, func(c coding) bool {
		return c.Code == "SS" || c.Code == "DL" || c.Code == "PPN" || c.Code == "MB"
	}):
		return 1
	}
	return 2
}

// patientResource is what the table needs of a Patient.
type patientResource struct {
	Name []struct {
		Use       string   `json:"use"`
		Text      string   `json:"text"`
		Family    string   `json:"family"`
		Given     []string `json:"given"`
		Extension []struct {
			URL       string `json:"url"`
			ValueCode string `json:"valueCode"`
		} `json:"extension"`
	} `json:"name"`
	Gender    string `json:"gender"`
	BirthDate string `json:"birthDate"`
}

// briefOf reads who a Patient is.
func briefOf(raw []byte) source.Brief {
	var r patientResource
	_ = json.Unmarshal(raw, &r)
	b := source.Brief{Birth: string(stampOf(r.BirthDate, nil)), Sex: sexOf(r.Gender)}
	latin := ""
	for _, n := range r.Name {
		if n.Use == "old" {
			continue
		}
		full := n.Text
		if full == "" {
			full = strings.TrimSpace(n.Family + " " + strings.Join(n.Given, " "))
		}
		full = model.Clip(full, model.MaxName)
		script := ""
		for _, e := range n.Extension {
			if strings.HasSuffix(e.URL, "iso21090-EN-representation") {
				script = e.ValueCode
			}
		}
		switch {
		case script == "SYL" || script == "" && kanaOnly(full):
			b.Kana = cmp.Or(b.Kana, full)
		case script == "ABC":
			latin = cmp.Or(latin, full)
		default:
			b.Kanji = cmp.Or(b.Kanji, full)
		}
	}
	b.Kanji = cmp.Or(b.Kanji, latin)
	return b
}

func kanaOnly(s string) bool {
	kana := false
	for _, r := range s {
		switch {
		case r >= 'ァ' && r <= 'ヿ', r >= 'ぁ' && r <= 'ゟ', r >= 'ｦ' && r <= 'ﾟ':
			kana = true
		case r == ' ' || r == '\u3000':
		default:
			return false
		}
	}
	return kana
}

func sexOf(gender string) string {
	switch gender {
	case "male":
		return "M"
	case "female":
		return "F"
	case "other":
		return "O"
	case "unknown":
		return "U"
	}
	return ""
}

// id is the number that a patient is found by.
func (x *person) id() string {
	return cmp.Or(strings.TrimSpace(x.number.Value), x.name)
}
