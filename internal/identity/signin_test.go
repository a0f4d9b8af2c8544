package identity

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func TestPages_TemplatesFitTheirData(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, newHouse(t).d.Module())
}

func TestSetup_OnceAndByItsLinkOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.browser().get("/signin").want(200, "初期設定がまだ済んでいません")
	h.browser().get("/setup?token=guess").want(404, "このリンクは使えません")
	old, err := h.d.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, _ := h.setUp() // makes a new link, which voids the old one
	h.browser().get("/setup?token=" + old).want(404)
	b.get("/me").want(200, "管理 花子", "kanri", "管理者")
	if _, err := h.d.SetupLink(t.Context()); fault.Of(err).Msg.Key != "identity.setup.done" {
		t.Errorf("a second set-up: %v", err)
	}
	if hosp := h.d.Hospital(); hosp.Name != "架空総合病院" || hosp.Beds != 300 || hosp.Prefecture != "13" {
		t.Errorf("hospital %+v", hosp)
	}
}

func TestSetup_LinkIsUsedTwiceOrLate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, err := h.d.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Add(31 * time.Minute)
	h.browser().get("/setup?token=" + token).want(404)
	h.clock.Add(-2 * time.Hour) // a clock set back does not bring a link back to life
	h.browser().get("/setup?token=" + token).want(404)
	h.clock.Set(time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC))
	h.setUp()
	used := ""
	for _, s := range h.secrets {
		if len(s) == 43 {
			used = s
			break
		}
	}
	h.browser().post("/setup/second", "token", used, "code", "123456").want(404)
}

func TestSetup_RefusesBadInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, err := h.d.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	post := func(login, password, again string) page {
		return b.post("/setup", "token", token, "hospital", "架空総合病院", "kana", "かくう", "beds", "300", "prefecture", "13",
			"yourname", "管理 花子", "login", login, "password", password, "again", again)
	}
	post("k", adminPassword, adminPassword).want(422, "このログイン名は使えません")
	post("kanri", "架空総合病院2026", "架空総合病院2026").want(422, "病院の名前")
	post("kanri", adminPassword, adminPassword+"x").want(422, "上と同じ").lacks(adminPassword)
	seed := h.seedOn(post("kanri", adminPassword, adminPassword).want(200))
	wrongCode := h.code(credential.NewSeed())
	if wrongCode != h.code(seed) {
		b.post("/setup/second", "token", token, "code", wrongCode).want(422, "コードが違います")
	}
}

func TestSignIn_Whole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	b := h.browser()
	b.get("/me?x=1").want(303)
	b.get("/signin?next=%2Fme").want(200, `value="/me"`)
	b.post("/signin", "login", "ＫＡＮＲＩ", "password", adminPassword, "next", "/me").want(303)
	p := b.post("/signin/code", "code", h.code(seed)).want(303)
	if p.location != "/me" {
		t.Errorf("leads to %q", p.location)
	}
	b.get("/me").want(200, "192.0.2.10", "Testbrowser", "この端末")
	b.get("/signin").want(303)
	token := b.cookies[web.SessionCookie]
	b.post("/signout").want(303)
	if b.cookies[web.SessionCookie] != "" {
		t.Error("the cookie stays")
	}
	b.cookies[web.SessionCookie] = token
	b.get("/me").want(303)
	if h.lines("identity.signout") != 1 || h.lines("identity.signin") != 1 {
		t.Errorf("lines: %s", h.ledger())
	}
}

func TestSignIn_NothingTellsWhichHalfWasWrong(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	attempt := func(login, password, code string) (page, page, int64) {
		b := h.browser()
		before := h.d.hash.Count()
		first := b.post("/signin", "login", login, "password", password)
		second := b.post("/signin/code", "code", code)
		return first, second, h.d.hash.Count() - before
	}
	right := h.code(seed)
	wrongCode := "000000"
	if right == wrongCode {
		wrongCode = "000001"
	}
	want1, want2, n := attempt("kanri", "not the password", wrongCode)
	want1.want(303)
	want2.want(422, "どれかが違う")
	if n != 1 {
		t.Errorf("%d hash computations", n)
	}
	for _, c := range [][3]string{
		{"kanri", adminPassword, wrongCode},             // only the code is wrong
		{"kanri", "not the password", right},            // only the password is wrong
		{"nobody-here", adminPassword, right},           // nobody has that login
		{"kanri", adminPassword, "7QXK-01AB-CDEF-GHJK"}, // a recovery code that is none
	} {
		p1, p2, n := attempt(c[0], c[1], c[2])
		if p1.status != want1.status || p1.location != want1.location || p1.body != want1.body {
			t.Errorf("%v: the first answer differs", c)
		}
		if p2.status != want2.status || p2.body != want2.body {
			t.Errorf("%v: the second answer differs: %s", c, p2.body)
		}
		if n != 1 {
			t.Errorf("%v: %d hash computations", c, n)
		}
	}
	if strings.Contains(h.ledger(), "nobody-here") {
		t.Error("an unknown login stands in the ledger; people type passwords there")
	}
}

func TestSignIn_TwentyWrongPasswords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	for _, login := range []string{"kanri", "nobody-here"} {
		b := h.browser()
		b.from = map[string]string{"kanri": "192.0.2.20", "nobody-here": "192.0.2.21"}[login]
		locked := 0
		before := h.d.hash.Count()
		for range 20 {
			p := b.post("/signin", "login", login, "password", "wrong password")
			if p.status == 503 {
				p.want(503, "まちがいが続いたため")
				locked++
			}
		}
		if locked != 10 || h.d.hash.Count()-before != 10 {
			t.Errorf("%s: locked %d of 20, %d computations", login, locked, h.d.hash.Count()-before)
		}
	}
	if h.lines("identity.signin.failed") != 4 || h.lines("identity.lockout") != 2 {
		t.Errorf("first and tenth and one lockout for each login: %s", h.ledger())
	}
	// The right password does not help while it is locked, not even after a restart.
	h.restart(quick())
	b := h.browser()
	b.post("/signin", "login", "kanri", "password", adminPassword).want(503)
	b.lang = "en"
	b.post("/signin", "login", "kanri", "password", adminPassword).want(503, "Signing in is not possible now.")
	h.clock.Add(16 * time.Minute)
	h.signIn(b, "kanri", adminPassword, h.code(seed)).want(303)
	b.get("/people").want(200)
}

func TestSignIn_HangingUpDoesNotEscapeTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.setUp()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		if _, err := h.d.begin(gone, "kanri", "wrong password", "/", visitor{from: "192.0.2.60"}); err != nil {
			t.Fatal(err)
		}
	}
	if h.lines("identity.signin.failed") != 2 || h.lines("identity.lockout") != 1 {
		t.Errorf("lines: %s", h.ledger())
	}
}

func TestSignIn_SecondLockIsLonger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.setUp()
	b := h.browser()
	fail := func() {
		for range 10 {
			b.post("/signin", "login", "kanri", "password", "wrong password")
		}
	}
	fail()
	h.clock.Add(16 * time.Minute)
	fail()
	h.clock.Add(16 * time.Minute)
	b.post("/signin", "login", "kanri", "password", "wrong password").want(503)
	h.clock.Add(15 * time.Minute)
	b.post("/signin", "login", "kanri", "password", "wrong password").want(303)
}

func TestSignIn_AddressIsLockedAcrossLogins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	b := h.browser()
	b.from = "198.51.100.7"
	status := 0
	for i := range 31 {
		status = b.post("/signin", "login", "user"+string(rune('a'+i%26))+string(rune('a'+i/26)), "password", "Spring2026!").status
	}
	if status != 503 || h.lines("identity.lockout.source") != 1 {
		t.Errorf("status %d; %s", status, h.ledger())
	}
	h.signIn(h.browser(), "kanri", adminPassword, h.code(seed)).want(303) // from elsewhere
}

func TestSignIn_CodeIsTakenOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	code := h.code(seed)
	h.signIn(h.browser(), "kanri", adminPassword, code).want(303)
	h.signIn(h.browser(), "kanri", adminPassword, code).want(422)
	h.clock.Add(-time.Minute) // the clock is set back: codes of the past stay used
	h.signIn(h.browser(), "kanri", adminPassword, h.code(seed)).want(422)
	h.clock.Add(2 * time.Minute)
	h.signIn(h.browser(), "kanri", adminPassword, h.code(seed)).want(303)
}

func TestSignIn_TwoRequestsWithTheSameCode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	code := h.code(seed)
	var steps []string
	for range 2 {
		step, err := h.d.begin(t.Context(), "kanri", adminPassword, "/", visitor{from: "192.0.2.30"})
		if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	results := make(chan error, 2)
	for _, step := range steps {
		go func() {
			_, _, err := h.d.finish(t.Context(), step, code, visitor{from: "192.0.2.30"})
			results <- err
		}()
	}
	a, b := <-results, <-results
	if (a == nil) == (b == nil) {
		t.Errorf("results %v and %v: exactly one may pass", a, b)
	}
}

func TestSignIn_StepAllowsThreeCodes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	b := h.browser()
	b.post("/signin", "login", "kanri", "password", adminPassword).want(303)
	bad := h.code(credential.NewSeed())
	b.post("/signin/code", "code", bad).want(422, "次のコード")
	b.post("/signin/code", "code", bad).want(422, "次のコード")
	b.post("/signin/code", "code", bad).want(422, "ログイン名からやり直して")
	b.post("/signin/code", "code", h.code(seed)).want(422, "時間切れ")
	b.post("/signin", "login", "kanri", "password", adminPassword).want(303)
	h.clock.Add(6 * time.Minute)
	b.post("/signin/code", "code", h.code(seed)).want(422, "時間切れ")
}

func TestSignIn_RecoveryCodeOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.setUp()
	var paper string
	for _, s := range h.secrets {
		if len(s) == 19 {
			paper = s
		}
	}
	b := h.browser()
	h.signIn(b, "kanri", adminPassword, strings.ToLower(strings.ReplaceAll(paper, "-", " "))).want(303)
	b.get("/me").want(200, "残り 9 個")
	h.signIn(h.browser(), "kanri", adminPassword, paper).want(422)
}

func TestSignIn_OpenRedirect(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	for _, next := range []string{"https://example.com/", "//example.com", "/\\example.com", "javascript:alert(1)", "/\r\nX: y", "example.com"} {
		b := h.browser()
		b.post("/signin", "login", "kanri", "password", adminPassword, "next", next).want(303)
		if p := b.post("/signin/code", "code", h.code(seed)).want(303); p.location != "/" {
			t.Errorf("next=%q leads to %q", next, p.location)
		}
		h.clock.Add(time.Minute)
	}
}

func TestSignIn_FixationGivesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	planted, _ := credential.NewToken()
	b := h.browser()
	b.cookies[web.SessionCookie] = planted
	h.signIn(b, "kanri", adminPassword, h.code(seed)).want(303)
	if b.cookies[web.SessionCookie] == planted {
		t.Fatal("the planted token became a session")
	}
	thief := h.browser()
	thief.cookies[web.SessionCookie] = planted
	thief.get("/me").want(303)
	// Signing in again ends the session that the browser had.
	first := b.cookies[web.SessionCookie]
	h.clock.Add(time.Minute)
	h.signIn(b, "kanri", adminPassword, h.code(seed)).want(303)
	thief.cookies[web.SessionCookie] = first
	thief.get("/me").want(303)
}

func TestSignIn_HashIsRaised(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	h.restart(credential.Params{Memory: 16, Time: 2, Threads: 1})
	h.signIn(h.browser(), "kanri", adminPassword, h.code(seed)).want(303)
	p, err := personBy(t.Context(), h.d.read(), "login", "kanri")
	if err != nil || !strings.Contains(p.password, "$m=16,t=2,p=1$") {
		t.Fatalf("stored %.40s, %v", p.password, err)
	}
	h.clock.Add(time.Minute)
	h.signIn(h.browser(), "kanri", adminPassword, h.code(seed)).want(303)
}

func TestDemoLink_OnceAndInDemoOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	err := h.d.SeedDemo(t.Context(), Hospital{Name: "架空総合病院", Prefecture: "27"}, []NewPerson{
		{Login: "demo", Name: "見本 一郎", Roles: []string{"admin", "analyst"}},
		{Login: "kyushoku", Name: "給食 二郎", Roles: []string{"vendor"}, Vendor: "v1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := h.d.DemoLink(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	h.secrets = append(h.secrets, token)
	b := h.browser()
	b.get("/signin/demo?token=" + token).want(303)
	b.get("/people").want(200, "見本 一郎")
	h.browser().get("/signin/demo?token=" + token).want(404)
	again, err := h.d.DemoLink(t.Context(), "kyushoku")
	if err != nil {
		t.Fatal(err)
	}
	h.d.cfg.Demo = false
	h.browser().get("/signin/demo?token=" + again).want(403)
	if _, err := h.d.DemoLink(t.Context(), "demo"); err == nil {
		t.Error("a demo link outside the demo")
	}
	h.d.cfg.Demo = true
	b = h.browser()
	b.get("/signin/demo?token=" + again).want(303)
	p, err := h.d.Person(t.Context(), b.cookies[web.SessionCookie], "")
	if err != nil || p.Vendor != "v1" || !p.Can("access.request") || p.Can("asset.read") {
		t.Errorf("vendor %+v, %v", p, err)
	}
}
