package paper

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// update writes the golden files anew.
var update = flag.Bool("update", false, "write the golden files anew")

// plain gives all sheets of a job as text.
func plain(t testing.TB, job Job) string {
	t.Helper()
	font, err := ParseFont()
	if err != nil {
		t.Fatal(err)
	}
	list, err := sheets(t.Context(), font, job)
	if err != nil {
		t.Fatalf("%s: %v", job.Form, err)
	}
	var b strings.Builder
	for _, s := range list {
		b.WriteString(page.Plain(s))
		b.WriteString("\n")
	}
	return b.String()
}

// Every form in both languages as text: read them in review.
func TestForms_Golden(t *testing.T) {
	t.Parallel()
	for _, lang := range text.Langs() {
		for _, f := range Forms() {
			t.Run(f.Code+"/"+string(lang), func(t *testing.T) {
				t.Parallel()
				job := sampleJob(t, hospital(t), f.Code, "00012345")
				job.Lang = lang
				if f.About == OfWard {
					job.Patients, job.Everyone = nil, true
				}
				got := plain(t, job)
				if strings.Contains(got, "⟦") || regexp.MustCompile(`paper\.[a-z]`).MatchString(got) {
					t.Error("a text is missing")
				}
				file := filepath.Join("testdata", "forms", f.Code+"_"+string(lang)+".txt")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil || string(want) != got {
					t.Errorf("%s differs (%v); -update writes it anew. Now:\n%s", file, err, got)
				}
			})
		}
	}
}

// Every drug of a chart stands on the medication list, whatever became of it,
// and as many times as it was ordered.
func TestDrugs_NoneIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 40, 400} {
		c := many(t, n)
		for i := range c.Drugs.Rows {
			d := &c.Drugs.Rows[i]
			d.Kind = []string{"oral", "", "as_needed", "external", "self_injection", "unheard_of"}[i%6]
			d.Use.Value = []view.Usage{view.InUse, view.Over, view.Stopped, view.Before, view.Open, view.OpenOld, view.Undated, ""}[i%8]
			d.Life = []view.Life{view.Live, view.Live, view.Deleted, view.Cancelled, view.Mistaken, ""}[i%7%6]
		}
		s := &store{charts: map[string]*model.Chart{"1": c}}
		got := plain(t, sampleJob(t, s, "drugs", "1"))
		for _, d := range c.Drugs.Rows {
			if strings.Count(got, d.Name.Show) != 1 {
				t.Errorf("%d drugs: %s (%s, %s, %s) stands %d times", n, d.Name.Show, d.Kind, d.Use.Value, d.Life, strings.Count(got, d.Name.Show))
			}
		}
		var b bytes.Buffer
		res, err := Write(t.Context(), &b, sampleJob(t, s, "drugs", "1"), nil)
		if err != nil || res.Patients != 1 || n == 400 && res.Pages < 15 {
			t.Errorf("%d drugs: %v, %v", n, res, err)
		}
	}
}

// A drug in use when the copy was made whose end has come since is not folded:
// on the fifth day without the chart it may well have been ordered anew.
func TestDrugs_EndedSinceTheCopyStaysInSight(t *testing.T) {
	t.Parallel()
	s := hospital(t)
	c := s.charts["00012345"]
	c.Drugs.Rows = c.Drugs.Rows[:1]
	c.Drugs.Rows[0].Use = computed(view.Over, "drug.use") // ends on the 24th
	for _, form := range []string{"drugs", "mar", "summary"} {
		for asOf, since := range map[int]bool{22: true, 24: true, 25: false} {
			job := sampleJob(t, s, form, "00012345")
			job.Now = time.Date(2026, 11, 27, 12, 0, 0, 0, jst())
			job.Data.AsOf = func() time.Time { return time.Date(2026, 11, asOf, 2, 0, 0, 0, jst()) }
			got := plain(t, job)
			if strings.Contains(got, "写しの時点の後に終了日が来た薬") != since || form != "drugs" && strings.Contains(got, "フロセミド錠") != since {
				t.Errorf("%s of a copy of the %dth:\n%s", form, asOf, got)
			}
		}
	}
}

// The same over a made-up hospital read from its messages, with the oracle's
// word for it.
func TestDrugs_AsTheOracleHasThem(t *testing.T) {
	t.Parallel()
	m := small(t)
	for i := range min(m.h.Patients(), 12) {
		want := m.h.Expect(i)
		job := jobFor(t, m.made, "drugs")
		job.Data.Reader = m
		job.Patients = []string{want.ID}
		got := plain(t, job)
		for _, d := range want.Drugs {
			if !strings.Contains(got, d.Name) {
				t.Errorf("patient %s: %s is missing", want.ID, d.Name)
			}
		}
		for _, a := range want.Allergies {
			if !a.Deleted && !strings.Contains(got, a.Name) {
				t.Errorf("patient %s: allergy %s is missing", want.ID, a.Name)
			}
		}
		if !strings.Contains(strings.ReplaceAll(got, "\u3000", " "), want.Kanji) || !strings.Contains(got, want.ID) {
			t.Errorf("patient %s: the head lacks name or number", want.ID)
		}
	}
}

func TestWrite_WholeHospital(t *testing.T) {
	t.Parallel()
	m := small(t)
	for _, form := range []string{"drugs", "summary", "meals", "labels"} {
		job := jobFor(t, m.made, form)
		job.Data.Reader = m
		job.Everyone = true
		var b bytes.Buffer
		last := Progress{}
		res, err := Write(t.Context(), &b, job, func(p Progress) { last = p })
		if err != nil || res.Patients != len(m.h.Census()) || last.Done != last.Of || last.Done != res.Patients || res.Unread != 0 {
			t.Errorf("%s: %v, %+v, %v; %d inpatients", form, res, last, err, len(m.h.Census()))
		}
	}
}

func TestState_EachHasItsWords(t *testing.T) {
	t.Parallel()
	seen := map[string]model.State{}
	for _, state := range []model.State{"", model.Unknown, model.NotStored, model.NoRecord, model.SaysNone, model.Unreadable} {
		for _, lang := range text.Langs() {
			c := chart(t)
			c.Allergies = model.List[model.Allergy]{State: state}
			c.Drugs = model.List[model.Drug]{State: state, Unread: 12, Broken: 3}
			job := sampleJob(t, &store{charts: map[string]*model.Chart{"1": c}}, "drugs", "1")
			job.Lang = lang
			got := plain(t, job)
			line := regexp.MustCompile(`(?m)^each page: .*$`).FindString(got)
			if other, ok := seen[line]; ok && other != model.Unknown && state != model.Unknown {
				t.Errorf("%q reads as %q: %s", state, other, line)
			}
			seen[line] = state
			if !strings.Contains(got, "12") || state != model.Unreadable && !strings.Contains(got, "3") {
				t.Errorf("%q: what was not read is not counted:\n%s", state, got)
			}
			if strings.Contains(got, "ペニシリン") {
				t.Error("an allergy that is not there was printed")
			}
		}
	}
}

func TestAsOf_IsLoudWhenOldOrUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		asOf time.Time
		loud bool
		want string
	}{
		"fresh":       {noon().Add(-10 * time.Hour), false, "写しの時点 2026/11/22 02:00(印刷の10時間前)"},
		"old":         {noon().Add(-30 * time.Hour), true, "古い写し: 時点 2026/11/21 06:00(印刷の30時間前)"},
		"days":        {noon().Add(-100 * time.Hour), true, "印刷の4日前"},
		"unknown":     {time.Time{}, true, "写しの時点が不明です"},
		"ahead":       {noon().Add(time.Hour), true, "時計のずれ"},
		"newest":      {noon().Add(-10 * time.Hour), false, "写しにある最後の送信 2026/11/22 02:00(印刷の10時間前)"},
		"newest, old": {noon().Add(-100 * time.Hour), true, "古い写し: 最後の送信 2026/11/18 08:00(印刷の4日前)"},
	} {
		job := sampleJob(t, hospital(t), "drugs", "00012345")
		job.Data.AsOf, job.Data.Newest = func() time.Time { return c.asOf }, func() bool { return strings.HasPrefix(name, "newest") }
		got := plain(t, job)
		if !strings.Contains(got, c.want) || strings.Contains(got, "(loud)") != c.loud {
			t.Errorf("%s: %s", name, strings.Join(strings.Split(got, "\n")[:3], "\n"))
		}
	}
}

// shortened finds a patient by a number without its zeros, as shelves do.
type shortened struct{ *store }

func (s shortened) Read(ctx context.Context, id string, want source.Want) (*model.Chart, error) {
	return s.store.Read(ctx, strings.Repeat("0", 8-len(id))+id, want)
}

// A number typed without its zeros is printed as the hospital writes it, on the
// sheet and in the bar code, with what the index knows.
func TestSheets_NumberTypedWithoutZeros(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"drugs", "labels", "wristbands"} {
		job := sampleJob(t, hospital(t), form, "12345")
		job.Data.Reader = shortened{hospital(t)}
		job.Data.Find = func(_ context.Context, id string) (index.Hit, bool) {
			h := hit("00012345", "3E", "305", "2")
			h.Twins = 1
			return h, id == "00012345"
		}
		got := plain(t, job)
		if !strings.Contains(got, "00012345") || strings.Contains(got, " 12345") {
			t.Errorf("%s has another number: %.300s", form, got)
		}
		if form == "drugs" && !strings.Contains(got, "同姓同名") {
			t.Errorf("what the index knows is missing: %.300s", got)
		}
	}
}

// A copy that says no time of its own: the sheet has what is known of the patient.
func TestHead_NewestOfThePatient(t *testing.T) {
	t.Parallel()
	s := hospital(t)
	s.charts["00012345"].Stores = []model.Store{{Newest: "20261121090000"}, {Newest: "20261122010203"}}
	job := sampleJob(t, s, "drugs", "00012345")
	job.Data.AsOf = nil
	if got := plain(t, job); !strings.Contains(got, "写しの時点は不明です。この患者の最新の送信は 2026/11/22 01:02") || !strings.Contains(got, "(loud)") {
		t.Errorf("%.300s", got)
	}
}

func TestWarnings_MixUpTwinsAndNotices(t *testing.T) {
	t.Parallel()
	s := hospital(t)
	c := s.charts["00012345"]
	c.Person.ID = tx("99999999")
	c.Notices = []model.Notice{{Level: model.Danger, Code: "made.up", Args: []string{"あ"}}, {Level: model.Warn, Code: "quiet"}}
	c.Stores = append(c.Stores, model.Store{Label: "第二の写し", Failed: true})
	s.hits["3E"][0].Twins = 2
	job := sampleJob(t, s, "drugs")
	job.Wards = []string{"3E"}
	got := plain(t, job)
	for _, want := range []string{"!! ▲ 同姓同名、または生年月日とカナが同じ患者がほかに2人", "!! ▲ 患者取り違えの疑い: 記録の中の患者番号は 99999999", "!! ▲ made.up あ", "!! ▲ 読めない写しがあります: 第二の写し", "!! ▲ この患者の写しを読めませんでした"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(got, "quiet") {
		t.Error("a quiet notice shouts on paper")
	}
	job.Form = "meals"
	if got := plain(t, job); !strings.Contains(got, "同姓同名注意") || !strings.Contains(got, "▲ そば") {
		t.Errorf("the kitchen's list:\n%s", got)
	}
}

func TestMeals_NotStoredIsLoud(t *testing.T) {
	t.Parallel()
	s := hospital(t)
	c := s.charts["00012345"]
	c.Meals, c.Allergies = model.List[model.Meal]{State: model.NotStored}, model.List[model.Allergy]{State: model.NotStored}
	job := sampleJob(t, s, "meals")
	job.Everyone = true
	got := plain(t, job)
	for _, want := range []string{"[!] ▲ この写しには食事の種別が保存されていません(1人)", "[!] ▲ この写しにはアレルギーの種別が保存されていません(1人)"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestGlyphs_LostOnesAreListed(t *testing.T) {
	t.Parallel()
	s := hospital(t)
	s.charts["00012345"].Person.Kanji = tx("𠮷\ue0f1 花子")
	got := plain(t, sampleJob(t, s, "drugs", "00012345"))
	for _, want := range []string{"〓〓 花子", "印字できない文字が2種", "〓 U+20BB7、〓 U+E0F1"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestWrite_Refuses(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	broken := hospital(t)
	broken.err = errors.New("unplugged")
	for name, c := range map[string]struct {
		ctx  context.Context
		job  Job
		want error
	}{
		"form":    {t.Context(), sampleJob(t, hospital(t), "none", "1"), ErrForm},
		"nobody":  {t.Context(), sampleJob(t, hospital(t), "drugs"), ErrNobody},
		"stopped": {ctx, sampleJob(t, hospital(t), "drugs", "00012345"), context.Canceled},
	} {
		if _, err := Write(c.ctx, &bytes.Buffer{}, c.job, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	res, err := Write(t.Context(), &bytes.Buffer{}, sampleJob(t, broken, "drugs", "00012345"), nil)
	if err != nil || res.Unread != 1 || res.Pages != 1 {
		t.Errorf("a chart that cannot be read: %v, %v", res, err)
	}
	if s := fmt.Sprint(res); s != "1 patients, 1 pages, 1 not read" {
		t.Error(s)
	}
}

func BenchmarkDrugs_400(b *testing.B) {
	b.ReportAllocs()
	s := &store{charts: map[string]*model.Chart{"1": many(b, 400)}}
	font, err := ParseFont()
	if err != nil {
		b.Fatal(err)
	}
	job := sampleJob(b, s, "drugs", "1")
	for b.Loop() {
		if _, err := write(b.Context(), &bytes.Buffer{}, font, job, nil); err != nil {
			b.Fatal(err)
		}
	}
}
