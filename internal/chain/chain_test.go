package chain

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/reading"
)

func load(t testing.TB) Pack {
	t.Helper()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// allIDs are the readings that the pack names.
func allIDs(p Pack) []string {
	var ids []string
	for _, s := range p.Steps {
		for _, c := range Columns() {
			ids = append(ids, s.Means(c).Readings...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func every(p Pack, s reading.State) reading.Set {
	set := reading.Set{}
	for _, id := range allIDs(p) {
		set[id] = reading.Reading{ID: id, State: s}
	}
	return set
}

// TestCompute_EveryReadingInEachState walks through the whole chain: what a
// cell says must be what its readings support, and a cell that names none is
// blank whatever anybody has read.
func TestCompute_EveryReadingInEachState(t *testing.T) {
	t.Parallel()
	p := load(t)
	for state, want := range map[reading.State]State{
		reading.Good: Working, reading.Bad: Hole, reading.Unknown: Unread, reading.None: NoneOf, "": Unread, "invented": Unread,
	} {
		for _, row := range p.Compute(every(p, state)) {
			for _, c := range row.Cells {
				w := want
				if len(c.Means.Readings) == 0 {
					w = Blank
				}
				if c.State != w {
					t.Errorf("all %q: %s %s is %s, want %s", state, row.Step.ID, c.Column, c.State, w)
				}
			}
		}
	}
	for _, row := range p.Compute(reading.Set{}) {
		for _, c := range row.Cells {
			if c.State != Blank && c.State != Unread {
				t.Errorf("nothing read: %s %s claims %s", row.Step.ID, c.Column, c.State)
			}
		}
	}
}

// TestCompute_OneReadingAtATime turns one reading at a time, so that each cell
// is moved by its own readings only.
func TestCompute_OneReadingAtATime(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, id := range allIDs(p) {
		for _, state := range []reading.State{reading.Good, reading.Bad, reading.None} {
			for _, row := range p.Compute(reading.Set{id: {ID: id, State: state}}) {
				for _, c := range row.Cells {
					uses := slices.Contains(c.Means.Readings, id)
					switch {
					case uses && state == reading.Bad && c.State != Hole:
						t.Errorf("%s bad: %s %s is %s", id, row.Step.ID, c.Column, c.State)
					case uses && state == reading.Good && c.State != Working && c.State != Partly:
						t.Errorf("%s good: %s %s is %s", id, row.Step.ID, c.Column, c.State)
					case !uses && c.State != Blank && c.State != Unread:
						t.Errorf("%s %s: %s %s claims %s without naming it", id, state, row.Step.ID, c.Column, c.State)
					case state == reading.Good && c.State == Working && len(c.Means.Readings) > 1:
						t.Errorf("%s: %s %s is whole though others were not read", id, row.Step.ID, c.Column)
					}
				}
			}
		}
	}
}

func TestCompute_OneBadAmongGoodIsAHole(t *testing.T) {
	t.Parallel()
	p := load(t)
	set := every(p, reading.Good)
	set["asset.lines.always"] = reading.Reading{ID: "asset.lines.always", State: reading.Bad}
	rows := p.Compute(set)
	if rows[2].Step.ID != "A3" || rows[2].State() != Hole || rows[2].Cells[0].State != Hole {
		t.Errorf("A3 %+v", rows[2].Cells[0])
	}
	if rows[0].State() != Working {
		t.Errorf("A1 is %s", rows[0].State())
	}
	s := Sum(rows)
	if s.Cells != 39 || s.Links != 13 || s.LinksHole != 1 || s.Hole != 1 ||
		s.Working+s.Partly+s.Hole+s.Unread+s.None+s.Blank != s.Cells || s.Read != s.Named {
		t.Errorf("sum %+v", s)
	}
}

func TestLoad_PackIsHonest(t *testing.T) {
	t.Parallel()
	p := load(t)
	known := strings.Fields(`asset.inventory asset.lines asset.lines.owner asset.lines.always asset.lines.rdp asset.lines.source asset.lines.mfa
asset.duties asset.contracts asset.vendors.contacts asset.vendors.disclosure asset.eol asset.antivirus asset.impact asset.unmanaged
exposure.feed exposure.kev exposure.outside exposure.threesteps access.standing access.overdue access.reviews access.windows
audit.files audit.fortios.version audit.fortios.adminwan audit.fortios.sslvpn audit.fortios.mfa audit.fortios.anypolicy audit.fortios.rdp
audit.fortios.lockout audit.fortios.logging incident.contacts incident.folder incident.holidays incident.open
comply.officer comply.rules comply.bcp comply.backup identity.mfa identity.lockout identity.stale ledger.chain
detect.step.a1 detect.step.a3 detect.step.a4 detect.step.a5 detect.step.a6 detect.step.a7 detect.step.a8 detect.step.a9 detect.step.a10 detect.step.a11
detect.step.a12 detect.step.a13 logbook.silent notify.roster chart.copy.age chart.copy.clean chart.copy.media`)
	for _, id := range allIDs(p) {
		if !slices.Contains(known, id) {
			t.Errorf("nobody publishes %q", id)
		}
	}
	for _, s := range p.Steps {
		for _, a := range s.Attack {
			if a.Verified {
				t.Errorf("%s: %s was not compared with ATT&CK", s.ID, a.ID)
			}
		}
		for _, c := range Columns() {
			m := s.Means(c)
			for _, words := range []string{m.Note.JA, m.Blank.JA, m.Note.EN, m.Blank.EN, s.What.JA, s.What.EN} {
				for _, bad := range []string{"準拠", "安全です", "問題ありません", "報告不要", "compliant", "is safe", "no report"} {
					if strings.Contains(words, bad) {
						t.Errorf("%s %s says %q", s.ID, c, bad)
					}
				}
			}
		}
	}
}

// TestLoad_NoticeReadsEveryStep holds the pack to what detect publishes: only
// what happens at the vendor stays blank.
func TestLoad_NoticeReadsEveryStep(t *testing.T) {
	t.Parallel()
	for _, s := range load(t).Steps {
		id := "detect.step." + strings.ToLower(s.ID)
		if reads := slices.Contains(s.Means(Notice).Readings, id); reads == (s.ID == "A2") {
			t.Errorf("%s: reads its step: %t", s.ID, reads)
		}
	}
}

func TestParse_RefusesBadPacks(t *testing.T) {
	t.Parallel()
	change := func(fn func(p *Pack)) []byte {
		p := load(t)
		fn(&p)
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if _, err := Parse(change(func(*Pack) {})); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	for name, data := range map[string][]byte{
		"no JSON":          []byte("["),
		"unknown field":    []byte(`{"colour":1}`),
		"twelve":           change(func(p *Pack) { p.Steps = p.Steps[:12] }),
		"order":            change(func(p *Pack) { p.Steps[0], p.Steps[1] = p.Steps[1], p.Steps[0] }),
		"no words":         change(func(p *Pack) { p.Steps[3].What = Words{} }),
		"no number":        change(func(p *Pack) { p.Steps[3].Attack[0].ID = "CVE-1" }),
		"neither":          change(func(p *Pack) { p.Steps[4].Stop = Means{} }),
		"both":             change(func(p *Pack) { p.Steps[0].Stop.Blank = Words{JA: "x", EN: "x"} }),
		"no limits stated": change(func(p *Pack) { p.Steps[0].Stop.Note = Words{} }),
	} {
		if _, err := Parse(data); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
}

func BenchmarkCompute(b *testing.B) {
	p := load(b)
	set := every(p, reading.Good)
	b.ReportAllocs()
	for b.Loop() {
		p.Compute(set)
	}
}
