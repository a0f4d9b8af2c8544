package station_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
)

func TestJourney_SetUpReadAndWhoSaw(t *testing.T) {
	t.Parallel()
	r := serve(t, nil)
	r.browser().get("/").want(t, 303, "/signin")
	r.browser().get("/signin").want(t, 200, "まだ済んでいません", "架空総合病院")
	admin := r.people()
	admin.get("/").want(t, 303, "/todo")
	admin.get("/todo").want(t, 200)
	admin.get("/chart").want(t, 403)
	nurse := r.signIn("1002")
	nurse.get("/").want(t, 303, "/chart")
	nurse.get("/chart").want(t, 200)
	id := hospital().ID(0)
	who := hospital().Expect(0)
	to := nurse.get("/chart/p/" + id).to
	confirm := nurse.get(to).want(t, 200, who.Identity.ID)
	seal := between(confirm.body, `name="seal" value="`, `"`)
	to = nurse.post(between(confirm.body, `method="post" action="/chart/p`, `"`, "/chart/p"), "seal", seal, "how", "seen").want(t, 303).to
	nurse.get(to).want(t, 200, id)
	doctor := r.signIn("1001")
	doctor.get("/seen?patient="+strings.TrimLeft(id, "0")).want(t, 200, "架空 護", "1002 3階東", "目で見比べた")
	nurse.get("/seen").want(t, 403)
	nurse.get("/unlock").want(t, 200, "封印を待っている写しはありません")
	r.stop()
	r.start() // sessions come back, locked
	nurse.r = r
	nurse.get("/chart").want(t, 303, "/signin")
}

// between gives what stands between two marks, behind a prefix.
func between(s, from, to string, prefix ...string) string {
	_, rest, _ := strings.Cut(s, from)
	out, _, _ := strings.Cut(rest, to)
	return strings.Join(prefix, "") + out
}

func TestOpen_WritesNothingIntoACopy(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	real := filepath.Join(root, "copy")
	if err := os.MkdirAll(filepath.Join(real, "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(real, "deep"), link); err != nil {
		t.Fatal(err)
	}
	f := func(cfg station.Config, key string) {
		t.Helper()
		s, err := station.Open(t.Context(), cfg)
		if !errors.Is(err, fault.New(fault.Invalid, key)) {
			t.Errorf("%v, want %s", err, key)
		}
		if s != nil {
			_ = s.Close()
		}
	}
	f(station.Config{Roots: []string{real}}, "station.roots")
	f(station.Config{Data: t.TempDir()}, "station.roots")
	f(station.Config{Data: filepath.Join(real, "data"), Roots: []string{real}}, "station.data.inside")
	f(station.Config{Data: real, Roots: []string{real}}, "station.data.inside")
	f(station.Config{Data: filepath.Join(link, "data"), Roots: []string{real}}, "station.data.inside")
	f(station.Config{Data: root, Roots: []string{real}}, "station.data.around")
	f(station.Config{Data: filepath.Join(root, "data"), Roots: []string{real}, Late: []string{filepath.Join(real, "late")}}, "station.data.inside")
	open := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	f(station.Config{Data: open, Roots: []string{real}}, "station.data.open")
	entries, err := os.ReadDir(real)
	if err != nil || len(entries) != 1 {
		t.Errorf("something was made in the copy: %v %v", entries, err)
	}
	if _, err := os.Stat(filepath.Join(root, "data")); err == nil {
		t.Error("a refused data folder was made")
	}
}

// A link where the lock stands leads nowhere.
func TestOpen_LockIsALink(t *testing.T) {
	t.Parallel()
	c := station.Config{Data: filepath.Join(t.TempDir(), "data"), Roots: []string{store(t)}}
	if err := os.Mkdir(c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	led := filepath.Join(t.TempDir(), "made")
	if err := os.Symlink(led, filepath.Join(c.Data, "lock")); err != nil {
		t.Fatal(err)
	}
	if _, err := station.Open(t.Context(), c); !errors.Is(err, fault.New(fault.Invalid, "station.lock.link")) {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(led); err == nil {
		t.Error("a file was made where the link led")
	}
}

func TestOpen_OneProcessAtATime(t *testing.T) {
	t.Parallel()
	r := serve(t, nil)
	_, err := station.Open(t.Context(), r.cfg)
	if !errors.Is(err, fault.New(fault.Conflict, "station.locked")) {
		t.Errorf("%v", err)
	}
	busy := r.cfg
	busy.Data, busy.Listen = filepath.Join(t.TempDir(), "data"), strings.TrimPrefix(r.url, "https://")
	s, err := station.Open(t.Context(), busy)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), nil); !errors.Is(err, fault.New(fault.Conflict, "station.listen")) {
		t.Errorf("%v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestLedgerGone_CareGoesOnLoudly(t *testing.T) {
	t.Parallel()
	r := serve(t, nil)
	r.people()
	nurse := r.signIn("1002")
	if err := r.Book.DB().Close(); err != nil {
		t.Fatal(err)
	}
	nurse.get("/chart/p/"+hospital().ID(1)+"/confirm").want(t, 200)
	nurse.post("/chart/search", "q", hospital().ID(1))
	nurse.get("/me").want(t, 200, "閲覧記録が書けません")
	r.browser().get("/signin").want(t, 200, "閲覧記録が書けません", "/seen/form")
	again := r.signIn("1001")
	again.get("/chart").want(t, 200, "紙の閲覧記録に記入してください")
	r.browser().get("/seen/form").want(t, 200, "紙の閲覧記録")
	data, err := os.ReadFile(r.cfg.Late[0])
	if err != nil || !strings.Contains(string(data), "staff.signin") {
		t.Errorf("the acts are kept nowhere: %v", err)
	}
}

// vaulted is a sealed copy with what opens it.
type vaulted struct {
	dir   string
	key   *vault.Key
	parts []vault.Part
	code  string
}

// shut is one sealed copy for all tests, which only read it.
var shut = sync.OnceValues(func() (vaulted, error) {
	from, err := written()
	if err != nil {
		return vaulted{}, err
	}
	v := vaulted{dir: from + "-vault"}
	return v, v.make(from)
})

func sealed(t *testing.T) vaulted {
	t.Helper()
	v, err := shut()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (o *vaulted) make(from string) error {
	if err := os.Mkdir(o.dir, 0o700); err != nil {
		return err
	}
	key, err := vault.NewKey()
	if err != nil {
		return err
	}
	m, err := vault.NewMachine(key.Recipient())
	if err != nil {
		return err
	}
	at := time.Date(2026, 11, 1, 20, 0, 0, 0, time.UTC)
	v, err := vault.Create(o.dir, "架空総合病院", m, at)
	if err != nil {
		return err
	}
	w, err := v.Begin(context.Background(), m, vault.Options{AsOf: at, By: "test", Now: func() time.Time { return at }})
	if err != nil {
		return err
	}
	store := os.DirFS(from)
	err = fs.WalkDir(store, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(store, name)
		if err == nil {
			_, err = w.Add(name, vault.Meta{ModTime: at}, bytes.NewReader(data))
		}
		return err
	})
	if err == nil {
		_, err = w.Commit(context.Background())
	}
	if err != nil {
		return err
	}
	o.key = key
	if o.parts, err = key.Parts(2, "架空 院長", "架空 情子", "架空 技師長"); err != nil {
		return err
	}
	code, envelope, err := key.Envelope()
	o.code = code
	if err != nil {
		return err
	}
	return v.PutEnvelope(key.ID(), envelope)
}

func TestUnlock_PartsAndEnvelope(t *testing.T) {
	t.Parallel()
	v := sealed(t)
	dir, parts, code := v.dir, v.parts, v.code
	r := serve(t, func(c *station.Config) { c.Roots = []string{dir} })
	r.people()
	nurse := r.signIn("1002")
	nurse.get("/unlock").want(t, 200, "封印されています", parts[0].KeyID)
	nurse.get("/chart").want(t, 200, dir)
	first, second := parts[0].Letters(), parts[1].Letters()
	broken := []byte(second)
	for i := range broken { // one letter of the third group
		if i == 13 {
			broken[i] = map[bool]byte{true: 'B', false: 'A'}[broken[i] == 'A']
		}
	}
	nurse.post("/unlock").want(t, 422, "鍵が入力されていません")
	nurse.post("/unlock", "holder1", "架空 院長", "part1", first).want(t, 422)
	p := nurse.post("/unlock", "holder1", "架空 院長", "part1", first, "holder2", "架空 情子", "part2", string(broken)).want(t, 422, "3")
	if !strings.Contains(p.body, `id="e-part2"`) || strings.Contains(p.body, `id="e-part1"`) {
		t.Error("the fault does not stand at the part that is wrong")
	}
	other, err := vault.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	strange, err := other.Parts(2, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	nurse.post("/unlock", "part1", strange[0].Letters(), "part2", strange[1].Letters()).want(t, 422, "写しの鍵ではありません")
	nurse.post("/unlock", "holder1", "架空 院長", "part1", strings.ToLower(first), "holder2", "架空 情子", "part2", second).want(t, 303, "/unlock")
	nurse.get("/unlock").want(t, 200, "開いています")
	nurse.get("/chart/p/"+hospital().ID(0)+"/confirm").want(t, 200, hospital().ID(0))
	r.stop()
	r.start()
	nurse = r.signIn("1002")
	nurse.get("/unlock").want(t, 200, "封印されています")
	nurse.post("/unlock", "code", "AAAAA-AAAAA").want(t, 422)
	nurse.post("/unlock", "code", code).want(t, 303)
	nurse.get("/unlock").want(t, 200, "開いています")
	if entries, err := os.ReadFile(filepath.Join(r.cfg.Data, "state.db")); err != nil || strings.Contains(string(entries), first[:11]) {
		t.Errorf("what was typed is kept: %v", err)
	}
}

func TestPrompt_AsksAgainForOnePartOnly(t *testing.T) {
	t.Parallel()
	v := sealed(t)
	dir, parts := v.dir, v.parts
	site := webtest.New(t, time.Now)
	for _, fsys := range station.Texts() {
		if err := site.Catalog.Add(fsys); err != nil {
			t.Fatal(err)
		}
	}
	say := func(m text.Msg) string { return site.Catalog.Say("ja", m) }
	f := func(typed, want string, ok bool) {
		t.Helper()
		var out strings.Builder
		key, err := station.Prompt(t.Context(), strings.NewReader(typed), &out, say, []string{dir})
		if (err == nil) != ok || ok && key == nil || !strings.Contains(out.String(), want) || strings.Contains(out.String(), "⟦") {
			t.Errorf("%v %v: %s", key, err, out.String())
		}
	}
	a, b := parts[0].Letters(), parts[2].Letters()
	f("\n"+a+"\n"+b+"\n", "で開けます", true)
	f("\n"+a+"\n"+b[:len(b)-9]+"\n"+b+"\n", "で開けます", true)
	f(a+"\n"+b+"\n", "で開けます", true) // a sheet where the code was asked for
	f(a[:len(a)-9]+"\n"+a+"\n"+b+"\n", "で開けます", true)
	f("\n"+a+"\n\n", "鍵の紙が足りません(1 人分、必要なのは 2 人分)", false)
	f("\n\n", "封印されています", false)
	f("", "封印されています", false)
	if key, err := station.Prompt(t.Context(), strings.NewReader(""), os.Stderr, say, []string{store(t)}); key != nil || err != nil {
		t.Errorf("an open folder was asked for a key: %v %v", key, err)
	}
}

func TestOpen_ADeadRootHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	dir := sealed(t).dir
	release := make(chan struct{})
	r := serve(t, func(c *station.Config) {
		c.Roots = []string{dir}
		c.Choose = func(string, []vault.Generation) (string, error) { <-release; return "000001", nil }
	})
	r.people()
	nurse := r.signIn("1002")
	nurse.get("/chart").want(t, 200, dir)
	nurse.get("/chart/p/1/confirm").want(t, 503)
	close(release)
	for end := time.Now().Add(20 * time.Second); r.Shelf() == nil; {
		if time.Now().After(end) {
			t.Fatal("the roots never opened")
		}
	}
	nurse.get("/unlock").want(t, 200, "封印されています")
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	r := serve(t, nil)
	for _, m := range r.Modules() {
		if m.Name == "station" {
			webtest.CheckTemplates(t, m)
		}
	}
}
