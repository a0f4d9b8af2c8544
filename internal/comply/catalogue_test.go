package comply

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/text"
)

func TestBuiltin_EditionsAndNumbers(t *testing.T) {
	t.Parallel()
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	if got := strings.Join(ids, " "); got != "mhlw-cl-r8 mhlw-cl-r7 mhlw-cl-r6 mhlw-cl-r5" {
		t.Fatalf("catalogues %s", got)
	}
	r7 := catalogue(t, "mhlw-cl-r7")
	var numbers []string
	for _, i := range r7.On(SheetHospital) {
		numbers = append(numbers, i.No)
	}
	want := "0 1-① 2-① 2-② 2-③ 2-④ 2-⑤ 2-⑥ 2-⑦ 2-⑧ 2-⑨ 2-⑩ 2-⑪ 2-⑫ 2-⑬ 3-① 3-② 3-③ 4-①"
	if got := strings.Join(numbers, " "); got != want {
		t.Errorf("numbers %s", got)
	}
	rights, _ := r7.Find("rights")
	if id := r7.ItemID("H", rights); id != "mhlw-cl-r7:H:2-④" || rights.Known("H").Sure() {
		t.Errorf("id %s, confidence %s", id, rights.Known("H"))
	}
	if v := r7.On(SheetVendor); slices.ContainsFunc(v, func(i Item) bool { return strings.HasPrefix(i.No, "3-") || i.No == "0" }) {
		t.Error("the vendors' sheet is not known to have groups 3 and 4")
	}
	if n := len(catalogue(t, "mhlw-cl-r6").On(SheetHospital)); n != 19 {
		t.Errorf("令和6年度版: %d items; 1 + 14 + 3 and the opening question were reported", n)
	}
}

func TestBuiltin_UnseenIsMarked(t *testing.T) {
	t.Parallel()
	r8 := catalogue(t, "mhlw-cl-r8")
	for _, i := range r8.Items {
		if i.Known("H").Sure() {
			t.Errorf("%s: nobody has seen the original of this edition", i.No)
		}
	}
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Gaps.JA == "" || c.Gaps.EN == "" || c.Note.EN == "" {
			t.Errorf("%s does not say what was not seen", c.ID)
		}
		for _, i := range c.Items {
			if i.Text.EN == "" || i.Text.JA == "" {
				t.Errorf("%s %s: text in one language only", c.ID, i.No)
			}
		}
	}
}

func TestBuiltin_ReadingsExist(t *testing.T) {
	t.Parallel()
	known := strings.Fields(knownReadings)
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		for _, i := range c.Items {
			for _, id := range slices.Concat(i.Readings, i.Related) {
				if !slices.Contains(known, id) {
					t.Errorf("%s %s: nobody publishes %q", c.ID, i.No, id)
				}
			}
		}
	}
	axes, err := RadarAxes()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range axes.Axes {
		for _, id := range a.Readings {
			if !slices.Contains(known, id) {
				t.Errorf("axis %d: nobody publishes %q", a.No, id)
			}
		}
		if a.Verified {
			t.Errorf("axis %d: its name was not compared with the original", a.No)
		}
	}
}

// knownReadings are the IDs that domains agreed on.
const knownReadings = `asset.inventory asset.lines asset.lines.owner asset.lines.always asset.lines.rdp asset.lines.source asset.lines.mfa
asset.duties asset.contracts asset.vendors.contacts asset.vendors.disclosure asset.eol asset.antivirus asset.impact asset.unmanaged
exposure.feed exposure.kev exposure.outside exposure.threesteps access.standing access.overdue access.reviews access.windows
audit.files audit.fortios.version audit.fortios.adminwan audit.fortios.sslvpn audit.fortios.mfa audit.fortios.anypolicy audit.fortios.rdp
audit.fortios.lockout audit.fortios.logging incident.contacts incident.folder incident.holidays incident.open
comply.officer comply.rules comply.bcp comply.backup identity.mfa identity.lockout identity.stale ledger.chain
chart.copy.age chart.copy.clean chart.copy.media chart.apart chart.rehearsed chart.locker chart.paper.ahead`

func TestParseCatalogue_RefusesBadPacks(t *testing.T) {
	t.Parallel()
	good, err := packFiles.ReadFile("pack/mhlw-cl-r7.json")
	if err != nil {
		t.Fatal(err)
	}
	change := func(fn func(c *Catalogue)) []byte {
		var c Catalogue
		if err := json.Unmarshal(good, &c); err != nil {
			t.Fatal(err)
		}
		fn(&c)
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if _, err := ParseCatalogue(change(func(*Catalogue) {})); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	for name, data := range map[string][]byte{
		"no JSON":        []byte("{"),
		"unknown field":  []byte(`{"id":"mhlw-cl-r7","colour":"red"}`),
		"id":             change(func(c *Catalogue) { c.ID = "../x" }),
		"published":      change(func(c *Catalogue) { c.Published = "last year" }),
		"year":           change(func(c *Catalogue) { c.EffectiveFY = 7 }),
		"address":        change(func(c *Catalogue) { c.SourceURL = "javascript:alert(1)" }),
		"hash":           change(func(c *Catalogue) { c.SourceSHA256 = "abc" }),
		"no items":       change(func(c *Catalogue) { c.Items = nil }),
		"topic twice":    change(func(c *Catalogue) { c.Items[1].Topic = c.Items[2].Topic }),
		"number twice":   change(func(c *Catalogue) { c.Items[2].No = c.Items[3].No }),
		"unknown sheet":  change(func(c *Catalogue) { c.Items[1].Sheets = []string{"Q"} }),
		"unknown scope":  change(func(c *Catalogue) { c.Items[1].Scope = []Scope{"MOON"} }),
		"no scope":       change(func(c *Catalogue) { c.Items[1].Scope = nil }),
		"confidence":     change(func(c *Catalogue) { c.Items[1].Confidence = "sure" }),
		"reference":      change(func(c *Catalogue) { c.Items[1].Refs = []Ref{{Book: "bible", At: "1"}} }),
		"evidence kind":  change(func(c *Catalogue) { c.Items[1].Kinds = []string{"rumour"} }),
		"from":           change(func(c *Catalogue) { c.Items[1].From = []string{"nowhere"} }),
		"file's address": change(func(c *Catalogue) { c.Files = []File{{Name: "x", URL: "ftp://x"}} }),
		"no text":        change(func(c *Catalogue) { c.Items[1].Text = Words{} }),
	} {
		if _, err := ParseCatalogue(data); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
}

func TestForYear_PicksTheEditionInForce(t *testing.T) {
	t.Parallel()
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for fy, want := range map[int]string{2030: "mhlw-cl-r8", 2026: "mhlw-cl-r8", 2025: "mhlw-cl-r7", 2023: "mhlw-cl-r5", 2001: "mhlw-cl-r5"} {
		if got := ForYear(all, fy).ID; got != want {
			t.Errorf("%d: %s, want %s", fy, got, want)
		}
	}
	if ForYear(nil, 2026) != nil {
		t.Error("no catalogues")
	}
}

func TestWords_FallBackToJapanese(t *testing.T) {
	t.Parallel()
	if w := (Words{JA: "台帳"}); w.In(text.EN) != "台帳" || w.In(text.JA) != "台帳" {
		t.Error("an imported wording has no English")
	}
}
