package copy_test

import (
	"context"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

// plainSeal stands for the box that keeps the machine's key.
type plainSeal struct{}

func (plainSeal) Seal(b []byte) ([]byte, error) { return append([]byte("sealed:"), b...), nil }
func (plainSeal) Open(b []byte) ([]byte, error) { return b[len("sealed:"):], nil }

// house is a Copier with a store and places for media.
type house struct {
	*copy.Copier
	clock  *ledgertest.Clock
	src    fstest.MapFS
	store  string
	dir    string
	mu     sync.Mutex
	alarms []copy.Alarm
	people map[string]web.Person
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{clock: ledgertest.NewClock(), dir: dir, store: filepath.Join(dir, "store"), src: newStore(), people: map[string]web.Person{
		"dr":  {ID: "person/dr", Name: "医師 太郎", Login: "dr", Roles: []string{"physician"}},
		"dr2": {ID: "person/dr2", Name: "医師 次郎", Login: "dr2", Roles: []string{"physician"}}}}
	for name := range h.src { // three patients are enough here
		if !regexp.MustCompile(`標準化.*/000000000[1-3]/`).MatchString(name) {
			delete(h.src, name)
		}
	}
	writeStore(t, h.store, h.src)
	for _, d := range []string{"usb", "own"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	h.Copier, err = copy.New(t.Context(), copy.Config{Book: ledgertest.BookAt(t, h.clock), Seal: plainSeal{}, Clock: h.clock.Now, Zone: night().Location(), Log: slog.New(slog.DiscardHandler),
		Dir: filepath.Join(dir, "own"), By: "test", Hospital: func(context.Context) (string, error) { return "架空総合病院", nil },
		Alarm: func(_ context.Context, a copy.Alarm) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.alarms = append(h.alarms, a)
			return nil
		},
		Second: func(_ context.Context, login, secret string) (web.Person, error) {
			if p, ok := h.people[login]; ok && secret == "1234" {
				return p, nil
			}
			return web.Person{}, fault.New(fault.Denied, "copy.override.offices")
		}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// site is the house's pages, with the words of vaults as the app adds them.
func (h *house) site(t *testing.T) *webtest.Site {
	t.Helper()
	site := webtest.New(t, h.clock.Now, h.Module())
	if err := site.Catalog.Add(vault.Texts()); err != nil {
		t.Fatal(err)
	}
	return site
}

func it() web.Person {
	p := webtest.Person(right.CopyRead, right.CopyRun, right.CopyCheck, right.CopyOverride)
	p.Roles, p.Login = []string{"it"}, "it"
	return p
}

func (h *house) alarm(key string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.alarms {
		if strings.HasPrefix(a.Key, key) {
			return true
		}
	}
	return false
}

func (h *house) reading(t *testing.T, id string) reading.Reading {
	t.Helper()
	all, err := h.Readings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no reading %s", id)
	return reading.Reading{}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, newHouse(t).Module())
}

func TestTexts_EveryCodeAndGapHasWords(t *testing.T) {
	t.Parallel()
	cat := text.NewCatalog(time.UTC)
	if err := cat.Add(fs.FS(copy.Texts())); err != nil {
		t.Fatal(err)
	}
	l, err := copy.DefaultLimits()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range l.All {
		for _, key := range []string{"copy.finding.", "copy.why.", "copy.code."} {
			if !cat.Has(key + string(x.Code)) {
				t.Errorf("%s%s has no words", key, x.Code)
			}
		}
	}
	for _, g := range []copy.Gap{copy.GapContent, copy.GapKept, copy.GapSample, copy.GapBytes, copy.GapBefore, copy.GapLog, copy.GapIndex, copy.GapSigned, copy.GapFiles, copy.GapMeaning, copy.GapRhythm, copy.GapManifest} {
		if !cat.Has(g.Say().Key) {
			t.Errorf("%s has no words", g)
		}
	}
}

var groups = regexp.MustCompile(`<li class="code big">([0-9A-Z]{5})</li>`)

// ceremony makes a key by the page and gives the letters of its sheets and the
// code.
func (h *house) ceremony(t *testing.T, c *webtest.Client, envelope string) (sheets []string, code string) {
	t.Helper()
	page := c.Post("/copy/keys/new", url.Values{"holders": {"院長\n診療部長\n室長"}, "need": {"2"}, "envelope": {envelope}}).Want(t, 200, "院長 さんの紙", "二度と表示できません")
	all := groups.FindAllStringSubmatch(page.Body, -1)
	if len(all) != 3*18+6*len(envelope)/3 {
		t.Fatalf("%d groups of letters", len(all))
	}
	join := func(m [][]string) string {
		var out []string
		for _, g := range m {
			out = append(out, g[1])
		}
		return strings.Join(out, " ")
	}
	for i := range 3 {
		sheets = append(sheets, join(all[18*i:18*i+18]))
	}
	return sheets, join(all[54:])
}

func (h *house) setUp(t *testing.T, c *webtest.Client) {
	t.Helper()
	c.Post("/copy/media/new", url.Values{"label": {"写し 1 号"}, "path": {filepath.Join(h.dir, "usb")}, "place": {"金庫"}, "rotate": {"7"}}).Want(t, 303)
	c.Post("/copy/jobs/new", url.Values{"name": {"夜間"}, "source": {h.store}, "enabled": {"yes"}, "every": {"0"}, "at": {"01:30"}, "day_from": {"07:00"}, "day_to": {"21:00"}, "day_files": {"0"}, "day_mb": {"0"},
		"night_files": {"0"}, "night_mb": {"0"}, "keep_days": {"14"}, "keep_weeks": {"8"}, "keep_least": {"3"}, "max_age": {"26"}, "rereads": {"28"}}).Want(t, 303)
}

// next is the hospital's next night: what is due is copied.
func (h *house) next(t *testing.T) {
	t.Helper()
	now := h.clock.Now().In(night().Location())
	h.clock.Set(time.Date(now.Year(), now.Month(), now.Day()+1, 1, 31, 0, 0, now.Location()))
	if err := h.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Wait()
}

func TestPages_FromKeyToOverride(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	site := h.site(t)
	c := site.As(it())
	c.Get("/copy").Want(t, 200, "はじめに行うこと", "写しがまだ 1 つもありません")
	c.Post("/copy/media/new", url.Values{"label": {"x"}, "path": {h.dir}, "place": {"x"}, "rotate": {"7"}}).Want(t, 409, "先に鍵を作ってください")
	sheets, code := h.ceremony(t, c, "yes")
	c.Post("/copy/keys/new", url.Values{"need": {"2"}, "envelope": {"yes"}}).Want(t, 409, "作ったばかりです")
	c.Post("/copy/keys/test", url.Values{"part1": {sheets[0]}}).Want(t, 422)
	c.Post("/copy/keys/test", url.Values{"part1": {sheets[2]}, "part2": {strings.ToLower(sheets[0])}}).Want(t, 303)
	c.Get("/copy/keys").Want(t, 200, "が試し、開きました", "診療部長").Lacks(t, strings.Fields(sheets[0])[0])
	h.setUp(t, c)
	if r := h.reading(t, "chart.copy.age"); r.State != reading.Unknown {
		t.Errorf("before the first copy: %+v", r)
	}
	h.next(t)
	home := c.Get("/copy").Want(t, 200, "写し 1 号", "0 時間前の写しがあります", "疑わしい点は見つからず", "<svg")
	run := regexp.MustCompile(`/copy/runs/[0-9a-f-]+`).FindString(home.Body)
	c.Get(run).Want(t, 200, "媒体から読み直し、一致しました", "000001")
	media := regexp.MustCompile(`/copy/media/[0-9a-f-]{36}`).FindString(home.Body)
	c.Get(media+"/generations/000001").Want(t, 200, "OML-11", "<path", "調べていないこと")
	for _, id := range []string{"chart.copy.age", "chart.copy.clean"} {
		if r := h.reading(t, id); r.State != reading.Good {
			t.Errorf("after the first copy: %+v", r)
		}
	}
	if r := h.reading(t, "chart.copy.media"); r.State != reading.Bad {
		t.Errorf("the only medium is attached: %+v", r)
	}
	h.attack(t)
	h.next(t)
	if !h.alarm("copy/suspect/") {
		t.Errorf("no alarm: %+v", h.alarms)
	}
	h.overrides(t, c, media)
	done := c.Post(media+"/check", url.Values{"depth": {"full"}, "code": {code}}).Want(t, 303)
	h.Wait()
	c.Get(done.Location()).Want(t, 200, "いちばん新しい世代は 000001 です", "暗号化", "_1").Lacks(t, "⟦")
	c.Get(done.Location()+"/json").Want(t, 200, `"newest_clean": "000001"`)
	c.Post(media+"/check", url.Values{"depth": {"quick"}}).Want(t, 303) // sees less, and lifts nothing
	h.Wait()
	c.Get(media+"/generations/000002").Want(t, 200, "疑わしい", "全体検査", "_1")
	for _, path := range []string{"/copy", media, media + "/generations/000002", "/copy/media", "/copy/keys", "/copy/lost", "/copy/limits", run, done.Location(), "/copy/jobs/new", media + "/check", media + "/detach", media + "/edit"} {
		c.In(text.JA).Get(path).Want(t, 200)
		c.In(text.EN).Get(path).Want(t, 200).Lacks(t, "世代", "媒体")
	}
	c.In(text.JA).Post(media+"/detach", url.Values{"who": {"情報 花子"}, "place": {"別館の金庫"}}).Want(t, 303)
	c.Get("/copy/media").Want(t, 200, "別館の金庫", "情報 花子", "外して保管中")
}

// attack encrypts a tenth of the store.
func (h *house) attack(t *testing.T) {
	t.Helper()
	for i, name := range names(h.src, "_1") {
		if i%6 != 0 {
			continue
		}
		data := make([]byte, 600)
		copyNoise(t, data)
		full := filepath.Join(h.store, filepath.FromSlash(name))
		if err := os.Remove(full); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *house) overrides(t *testing.T, c *webtest.Client, media string) {
	t.Helper()
	gen := media + "/generations/000002"
	c.Get(gen).Want(t, 200, "疑わしい", "内容が雑音のようで")
	newest, err := h.Generations(t.Context(), "", 1)
	if err != nil || len(newest) != 1 {
		t.Fatal(newest, err)
	}
	allow := func(wantOK, wantOverride bool) {
		t.Helper()
		ok, override, err := h.Allow(t.Context(), newest[0].Vault, "000002")
		if err != nil || ok != wantOK || override != wantOverride {
			t.Errorf("allowed %v by override %v, %v", ok, override, err)
		}
	}
	allow(false, false)
	sign := url.Values{"what": {"open"}, "hours": {"4"}, "why": {"ほかに読める写しがない"}, "login": {"dr"}, "secret": {"9999"}, "why2": {"救急の患者のため"}}
	c.Post(gen+"/override", sign).Want(t, 403)
	allow(false, false)
	sign.Set("secret", "1234")
	c.Post(gen+"/override", sign).Want(t, 303)
	allow(true, true)
	c.Get(gen).Want(t, 200, "まで開いています", "医師 太郎", "救急の患者のため")
	h.clock.Add(5 * time.Hour)
	allow(false, false)
}

func TestDecide_NeedsTwoOffices(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	g := copy.GenerationRecord{Vault: "v", Checked: copy.Checked{ID: "000001", Verdict: copy.Suspect}}
	doctor, doctor2, tech := h.people["dr"], h.people["dr2"], it()
	namesake := tech
	namesake.Name = strings.ReplaceAll(doctor.Name, " ", "　") + " "
	for name, x := range map[string]struct {
		a, b web.Person
		why  string
		key  string
	}{
		"same":      {doctor, doctor, "十分な理由です", "copy.override.same"},
		"one name":  {doctor, namesake, "十分な理由です", "copy.override.same"},
		"doctors":   {doctor, doctor2, "十分な理由です", "copy.override.offices"},
		"no reason": {doctor, tech, "急", "copy.override.why"},
	} {
		err := h.Decide(t.Context(), ledger.System("test"), g, copy.ToOpen, 4, [2]copy.Sign{{x.a, x.why}, {x.b, x.why}})
		if f := fault.Of(err); err == nil || f.Msg.Key != x.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.Decide(t.Context(), ledger.System("test"), g, copy.ToOpen, 25, [2]copy.Sign{{doctor, "十分な理由です"}, {tech, "十分な理由です"}}); err == nil {
		t.Error("25 hours were taken")
	}
	if err := h.Decide(t.Context(), ledger.System("test"), g, copy.ToAccept, 0, [2]copy.Sign{{tech, "十分な理由です"}, {doctor, "十分な理由です"}}); err != nil {
		t.Error(err)
	}
}

func TestPages_Rights(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	site := h.site(t)
	reader := site.As(webtest.Person(right.CopyRead))
	for _, path := range []string{"/copy", "/copy/media", "/copy/keys", "/copy/lost", "/copy/limits"} {
		reader.Get(path).Want(t, 200).Lacks(t, "/new\"")
	}
	for _, path := range []string{"/copy/jobs/new", "/copy/media/new", "/copy/keys/new", "/copy/keys/test"} {
		reader.Get(path).Want(t, 403)
		reader.Post(path, url.Values{}).Want(t, 403)
	}
	site.As(webtest.Person()).Get("/copy").Want(t, 403)
	reader.Get("/copy/runs/none").Want(t, 404)
}

func TestJob_Due(t *testing.T) {
	t.Parallel()
	zone := night().Location()
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
	j := copy.DefaultJob()
	for name, x := range map[string]struct {
		now, last time.Time
		every     int
		due       bool
		slot      time.Time
	}{
		"before":          {at(2, 1, 29), at(1, 1, 30), 0, false, at(1, 1, 30)},
		"at":              {at(2, 1, 30), at(1, 1, 30), 0, true, at(2, 1, 30)},
		"once":            {at(2, 1, 31), at(2, 1, 30), 0, false, at(2, 1, 30)},
		"missed":          {at(2, 9, 0), at(1, 1, 30), 0, true, at(2, 1, 30)},
		"new, by day":     {at(2, 9, 0), time.Time{}, 0, false, at(2, 1, 30)},
		"every six hours": {at(2, 13, 31), at(2, 7, 30), 6, true, at(2, 13, 30)},
	} {
		j.Every = x.every
		if slot, due := j.Due(x.now, x.last, zone); due != x.due || !slot.Equal(x.slot) {
			t.Errorf("%s: %v %v", name, slot, due)
		}
	}
	day, dusk := j.Rate(zone)(at(2, 12, 0)), j.Rate(zone)(at(2, 23, 0))
	if day != copy.Gentle() || dusk != (copy.Rate{}) {
		t.Errorf("%+v %+v", day, dusk)
	}
}
