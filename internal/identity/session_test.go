package identity

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/web"
)

func TestSession_Timeouts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b, seed := h.setUp()
	for range 20 { // in use for ten hours
		h.clock.Add(28 * time.Minute)
		b.get("/me").want(200)
	}
	h.clock.Add(31 * time.Minute) // idle
	b.get("/me").want(303)
	h.signIn(b, "kanri", adminPassword, h.code(seed)).want(303)
	for range 25 {
		h.clock.Add(28 * time.Minute)
		b.get("/me").want(200)
	}
	h.clock.Add(25 * time.Minute) // twelve hours have passed
	b.get("/me").want(303)
}

func TestSession_ClockSetBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b, _ := h.setUp()
	h.clock.Add(-3 * time.Minute) // a correction
	b.get("/me").want(200)
	h.clock.Add(-time.Hour)
	b.get("/me").want(303)
}

func TestSession_SeenIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b, _ := h.setUp()
	token := b.cookies[web.SessionCookie]
	seen := func() time.Time {
		t.Helper()
		if _, err := h.d.Person(t.Context(), token, ""); err != nil {
			t.Fatal(err)
		}
		var n int64
		err := h.d.read().QueryRowContext(t.Context(), "SELECT seen_at FROM identity_session WHERE hash = ?", credential.HashToken(token)).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return sqlite.FromMS(n)
	}
	lines := strings.Count(h.ledger(), "\n")
	first := seen()
	h.clock.Add(30 * time.Second)
	if !seen().Equal(first) {
		t.Error("written within the minute")
	}
	h.clock.Add(31 * time.Second)
	if !seen().Equal(h.clock.Now()) {
		t.Error("not written after a minute")
	}
	if strings.Count(h.ledger(), "\n") != lines {
		t.Error("looking at a page left a ledger line")
	}
}

func TestSession_SomebodyElsesToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	id, token := h.invite(admin, "tanto", "analyst")
	user, _ := h.enrol(token, userPassword)
	// What is stored is no token, and a made-up one is nobody's.
	for _, bad := range []string{"", "x", credential.HashToken(user.cookies[web.SessionCookie]), strings.Repeat("A", 43)} {
		if _, err := h.d.Person(t.Context(), bad, ""); fault.KindOf(err) != fault.SignIn {
			t.Errorf("token %q: %v", bad, err)
		}
	}
	// One person cannot end another's session by its id.
	adminSession := ""
	p, err := h.d.Person(t.Context(), admin.cookies[web.SessionCookie], "")
	if err != nil {
		t.Fatal(err)
	}
	adminSession = p.Session
	user.post("/me/sessions", "session", adminSession).want(404)
	admin.get("/people/person/"+id).want(200, "職員 tanto")
	user.get("/people").want(403)
	user.post("/people/person/"+id+"/disable", "reason", "x").want(403)
}

func TestSession_EndOneAndOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, seed := h.setUp()
	two, three := h.browser(), h.browser()
	for _, b := range []*browser{two, three} {
		h.signIn(b, "kanri", adminPassword, h.code(seed)).want(303)
		h.clock.Add(time.Minute)
	}
	session := one.get("/me").want(200).find(`name="session" value="([0-9a-f-]{36})"`) // the newest other: three
	one.post("/me/sessions", "session", session).want(303)
	three.get("/me").want(303)
	two.get("/me").want(200)
	one.post("/me/sessions/others").want(303)
	two.get("/me").want(303)
	one.get("/me").want(200, "ほかの端末でのサインインをすべて終了しました")
}

func TestMe_PasswordAndSecond(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, seed := h.setUp()
	two := h.browser()
	h.signIn(two, "kanri", adminPassword, h.code(seed)).want(303)
	h.clock.Add(time.Minute)
	const fresh = "yama%ni-noboru 77"
	h.secrets = append(h.secrets, fresh)
	one.post("/me/password", "password", "wrong password", "new", fresh, "again", fresh).want(422, "いまのパスワードと違います")
	one.post("/me/password", "password", adminPassword, "new", "12345678ab", "again", "12345678ab").want(422, "連番")
	one.post("/me/password", "password", adminPassword, "new", adminPassword, "again", adminPassword).want(422, "違うパスワード")
	one.post("/me/password", "password", adminPassword, "new", fresh, "again", fresh).want(303)
	one.get("/me").want(200)
	two.get("/me").want(303)
	h.signIn(two, "kanri", adminPassword, h.code(seed)).want(422)
	h.clock.Add(time.Minute)
	h.signIn(two, "kanri", fresh, h.code(seed)).want(303)
	h.clock.Add(time.Minute)

	freshSeed := h.seedOn(one.get("/me/second").want(200))
	if again := h.seedOn(one.get("/me/second").want(200)); again != freshSeed {
		t.Error("reloading the page shows another seed")
	}
	one.post("/me/second", "password", fresh, "code", h.code(seed)).want(422, "コードが違います")
	one.post("/me/second", "password", "wrong password", "code", h.code(freshSeed)).want(422)
	one.post("/me/second", "password", fresh, "code", h.code(freshSeed)).want(200, "回復コード")
	two.get("/me").want(303)
	h.clock.Add(time.Minute)
	h.signIn(two, "kanri", fresh, h.code(seed)).want(422)
	h.signIn(two, "kanri", fresh, h.code(freshSeed)).want(303)
	one.post("/me/lang", "lang", "en").want(303)
	one.get("/me").want(200, "My settings", "What I may do")
	one.post("/lang", "lang", "ja", "next", "/me").want(303) // the switch in the head
	one.get("/me").want(200, "自分の設定")
	fresh2 := h.browser()
	h.clock.Add(time.Minute)
	h.signIn(fresh2, "kanri", fresh, h.code(freshSeed)).want(303)
	fresh2.get("/me").want(200, "My settings")
}

func TestMe_PresentPasswordIsLimitedToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b, _ := h.setUp()
	status := 0
	for range 11 {
		status = b.post("/me/password", "password", "wrong password", "new", "yama%ni-noboru 77", "again", "yama%ni-noboru 77").status
	}
	if status != 503 || h.lines("identity.lockout") != 1 {
		t.Errorf("a stolen session may guess the password: %d", status)
	}
}

func TestCrossOrigin_IsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b, _ := h.setUp()
	r := httptest.NewRequest("POST", "/me/sessions/others", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.AddCookie(b.cookie())
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	if w.Code != 403 {
		t.Errorf("status %d", w.Code)
	}
}

func BenchmarkPerson(b *testing.B) {
	h := newHouse(b)
	admin, _ := h.setUp()
	token := admin.cookies[web.SessionCookie]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.d.Person(b.Context(), token, ""); err != nil {
			b.Fatal(err)
		}
	}
}
