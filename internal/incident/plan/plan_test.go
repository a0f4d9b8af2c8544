package plan_test

import (
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/incident/plan"
)

func shipped(t testing.TB) *plan.Book {
	t.Helper()
	b, err := plan.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What cannot be undone later comes first: backups before outside lines, and
// both before anything else.
func TestShipped_CutOrder(t *testing.T) {
	t.Parallel()
	steps := shipped(t).FirstDay.Steps
	if steps[0].ID != "fd-cut-backup" || steps[1].ID != "fd-cut-outside" {
		t.Fatalf("first steps are %s, %s", steps[0].ID, steps[1].ID)
	}
	if *steps[0].After >= *steps[1].After {
		t.Error("the backup path is to be cut before the outside lines")
	}
}

// Steps marked Osaka carry the time of that day, counted from 07:45.
func TestShipped_OsakaTimes(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range shipped(t).FirstDay.Steps {
		if s.Basis != plan.Osaka {
			continue
		}
		n++
		h, m := int(s.Osaka[0]-'0')*10+int(s.Osaka[1]-'0'), int(s.Osaka[3]-'0')*10+int(s.Osaka[4]-'0')
		if got := h*60 + m - (7*60 + 45); got != *s.After {
			t.Errorf("%s: %s is %d minutes after 07:45, the step says %d", s.ID, s.Osaka, got, *s.After)
		}
	}
	if n < 15 {
		t.Errorf("only %d steps carry the rhythm of Osaka", n)
	}
}

func TestShipped_SlotsOfSteps(t *testing.T) {
	t.Parallel()
	b := shipped(t)
	slots := map[string]bool{}
	for _, s := range b.Tree.Slots {
		slots[s.ID] = true
	}
	for _, c := range []plan.Course{b.FirstDay, b.BCP, b.Light} {
		for _, s := range c.Steps {
			if s.Slot != "" && !slots[s.Slot] {
				t.Errorf("%s calls slot %s, which is not there", s.ID, s.Slot)
			}
		}
	}
	for _, p := range plan.Phases() {
		n := 0
		for _, s := range b.BCP.Steps {
			if s.Phase == p {
				n++
			}
		}
		if n == 0 {
			t.Errorf("phase %s has no task", p)
		}
	}
}

func TestAct_Dangerous(t *testing.T) {
	t.Parallel()
	want := map[plan.Act]bool{plan.Update: true, plan.Reset: true, plan.Reboot: true, plan.Restore: true}
	for _, a := range plan.Acts() {
		if a.Dangerous() != want[a] {
			t.Errorf("%q: dangerous %v", a, a.Dangerous())
		}
	}
}

const head = `{"head":{"id":"x","edition":"1","source":{"ja":"a","en":"a"},"effective_from":"2022-04-01","checked":"2026-11-22","confidence":"copy","note":{"ja":"a","en":"a"}},`

func TestParse_Refuses(t *testing.T) {
	t.Parallel()
	w := `{"ja":"a","en":"a"}`
	course := func(s string) error { _, err := plan.ParseCourse([]byte(head + s)); return err }
	tree := func(s string) error { _, err := plan.ParseTree([]byte(head + s)); return err }
	cards := func(s string) error { _, err := plan.ParseCards([]byte(head + s)); return err }
	for name, err := range map[string]error{
		"no steps":              course(`"steps":[]}`),
		"unknown phase":         course(`"steps":[{"id":"a","phase":"later","title":` + w + `,"note":` + w + `}]}`),
		"deadline before zero":  course(`"steps":[{"id":"a","phase":"learn","after":-1,"basis":"osaka","title":` + w + `,"note":` + w + `}]}`),
		"deadline without base": course(`"steps":[{"id":"a","phase":"learn","after":1,"title":` + w + `,"note":` + w + `}]}`),
		"address without day":   tree(`"slots":[{"id":"a","side":"outside","name":` + w + `,"when":` + w + `,"phone":"1"}]}`),
		"unknown side":          tree(`"slots":[{"id":"a","side":"above","name":` + w + `,"when":` + w + `}]}`),
		"too many rows":         cards(`"cards":[{"id":"a","title":` + w + `,"lines":[],"blank":100}]}`),
		"one language":          cards(`"cards":[{"id":"a","title":` + w + `,"lines":[{"ja":"a","en":""}]}]}`),
	} {
		if err == nil {
			t.Errorf("%s: taken without an error", name)
		}
	}
	if err := course(`"steps":[{"id":"a","phase":"learn","title":` + w + `,"note":` + w + `}]}`); err != nil {
		t.Errorf("a plain step: %v", err)
	}
}

// No word of the packs may promise what nobody can promise.
func TestShipped_CarefulWords(t *testing.T) {
	t.Parallel()
	b := shipped(t)
	for _, c := range []plan.Course{b.FirstDay, b.BCP, b.Light} {
		for _, s := range c.Steps {
			for _, w := range []string{s.Title.JA, s.Note.JA, s.Title.EN, s.Note.EN} {
				for _, bad := range []string{"報告不要", "安全です", "準拠", "問題ありません", "compliant", "no report"} {
					if strings.Contains(w, bad) {
						t.Errorf("%s says %q", s.ID, bad)
					}
				}
			}
		}
	}
}

func FuzzParseCourse(f *testing.F) {
	f.Add([]byte(head + `"steps":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := plan.ParseCourse(data); err == nil && len(c.Steps) == 0 {
			t.Error("a course without steps was taken")
		}
	})
}
