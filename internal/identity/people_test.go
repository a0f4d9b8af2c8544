package identity

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

func TestInvite_WholeLife(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	admin.post("/people/new", "login", "Tanto", "name", "担当 次郎").want(422, "入力してください")
	admin.post("/people/new", "login", "kanri", "name", "担当 次郎", "roles", "analyst").want(422, "すでに使われています")
	admin.post("/people/new", "login", "担当", "name", "担当 次郎", "roles", "analyst").want(422, "このログイン名は使えません")
	admin.post("/people/new", "login", "tanto", "name", "担当 次郎", "roles", "nobody").want(422, "選択肢")
	id, token := h.invite(admin, "tanto", "analyst", "viewer")
	h.secrets = append(h.secrets, token)
	admin.get("/people").want(200, "招待中")
	b := h.browser()
	b.post("/signin", "login", "tanto", "password", "").want(422)
	seed := h.seedOn(b.get("/invite?token=" + token).want(200))
	b.post("/invite", "token", token, "password", "tanto-2026!", "again", "tanto-2026!", "code", h.code(seed)).want(422, "ログイン名か氏名")
	b.post("/invite", "token", token, "password", userPassword, "again", userPassword, "code", h.code(seed)).want(200, "回復コード")
	h.browser().get("/invite?token="+token).want(404, "すでに使われたか")
	h.browser().post("/invite", "token", token, "password", userPassword, "again", userPassword, "code", h.code(seed)).want(404)
	h.clock.Add(time.Minute)
	p, err := h.d.Person(t.Context(), b.cookies[web.SessionCookie], "")
	if err != nil || !slices.Equal(p.Roles, []string{"analyst", "viewer"}) || !p.Can("asset.write") || p.Can(Admin) || p.Can("chart.read") {
		t.Fatalf("%+v, %v", p, err)
	}
	// Disabling takes everything at once; the name stays.
	admin.post("/people/person/"+id+"/disable", "reason", "").want(422)
	admin.get("/people/person/"+id+"/disable").want(200, "削除はしません", "button-danger")
	admin.post("/people/person/"+id+"/disable", "reason", "退職").want(303)
	b.get("/me").want(303)
	h.signIn(b, "tanto", userPassword, h.code(seed)).want(422)
	admin.get("/people").want(200, "無効", "職員 tanto")
	again := admin.post("/people/person/"+id+"/enable", "reason", "復職").want(200).find(`token=([A-Za-z0-9_-]{43})`)
	h.clock.Add(time.Minute)
	h.enrol(again, userPassword)
	if !strings.Contains(h.ledger(), `"reason":"退職"`) {
		t.Error("the reason is not in the ledger")
	}
}

func TestInvite_LinkEndsAndIsReplaced(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, seed := h.setUp()
	id, token := h.invite(admin, "tanto", "viewer")
	h.secrets = append(h.secrets, token)
	fresh := admin.post("/people/person/"+id+"/reinvite", "reason", "紙をなくした").want(200).find(`token=([A-Za-z0-9_-]{43})`)
	h.browser().get("/invite?token=" + token).want(404)
	h.browser().get("/invite?token=" + fresh).want(200)
	h.clock.Add(73 * time.Hour)
	h.browser().get("/invite?token=" + fresh).want(404)
	h.signIn(admin, "kanri", adminPassword, h.code(seed)).want(303)
	admin.post("/people/person/"+id+"/disable", "reason", "誤り").want(303)
}

func TestResetSecond_NeedsThePassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	id, token := h.invite(admin, "tanto", "analyst")
	b, seed := h.enrol(token, userPassword)
	link := admin.post("/people/person/"+id+"/second", "reason", "電話の交換").want(200, "いまのパスワード").find(`token=([A-Za-z0-9_-]{43})`)
	h.secrets = append(h.secrets, link)
	b.get("/me").want(303)
	h.signIn(b, "tanto", userPassword, h.code(seed)).want(422) // the old factor is worth nothing
	fresh := h.seedOn(b.get("/invite?token="+link).want(200, "二要素認証の再設定"))
	b.post("/invite", "token", link, "password", "wrong password", "code", h.code(fresh)).want(422, "いまのパスワードと違います")
	b.post("/invite", "token", link, "password", userPassword, "code", h.code(fresh)).want(200, "回復コード")
	h.clock.Add(time.Minute)
	h.signIn(h.browser(), "tanto", userPassword, h.code(fresh)).want(303)
}

func TestAdmin_LastOneStays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	me := admin.get("/people").find(`/people/person/([0-9a-f-]{36})`)
	for _, act := range []string{"disable", "second", "reinvite"} {
		admin.post("/people/person/"+me+"/"+act, "reason", "試し").want(422, "最後の管理者")
	}
	edit := "/people/person/" + me + "/edit"
	admin.get(edit).want(200, "あなた自身のアカウント")
	admin.post(edit, "name", "管理 花子", "roles", "viewer").want(422, "ここに印を付けて")
	admin.post(edit, "name", "管理 花子", "roles", "viewer", "sure", "yes").want(422, "最後の管理者")
	admin.post("/people/roles/admin", "perms", "asset.read").want(422, "最後の管理者")
	admin.get("/people").want(200)
	// An invited administrator does not count before the second factor is set.
	_, token := h.invite(admin, "kanri2", "admin")
	admin.post("/people/person/"+me+"/disable", "reason", "試し").want(422)
	h.enrol(token, userPassword)
	// Nor one whose second factor was taken away.
	second := admin.get("/people").find(`/people/person/([0-9a-f-]{36})">職員 kanri2`)
	back := admin.post("/people/person/"+second+"/second", "reason", "交換").want(200).find(`token=([A-Za-z0-9_-]{43})`)
	admin.post("/people/person/"+me+"/disable", "reason", "試し").want(422, "最後の管理者")
	b := h.browser()
	seed := h.seedOn(b.get("/invite?token=" + back).want(200))
	b.post("/invite", "token", back, "password", userPassword, "code", h.code(seed)).want(200)
	admin.post(edit, "name", "管理 花子", "roles", "viewer", "sure", "yes").want(303)
	admin.get("/people").want(403)
	if !strings.Contains(h.ledger(), `"roles":["viewer"]`) {
		t.Error("the change of roles is not in the ledger")
	}
}

func TestRoles_EditAndReset(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	_, token := h.invite(admin, "miru", "viewer")
	b, _ := h.enrol(token, userPassword)
	can := func(p web.Perm) bool {
		t.Helper()
		who, err := h.d.Person(t.Context(), b.cookies[web.SessionCookie], "")
		if err != nil {
			t.Fatal(err)
		}
		return who.Can(p)
	}
	if !can("asset.read") || can("asset.write") || can("ledger.read") {
		t.Error("the viewer's first set")
	}
	admin.get("/people/roles").want(200, "閲覧者", "asset.write", "資産・外接点: 入力・変更")
	admin.post("/people/roles/viewer", "perms", "asset.read", "perms", "asset.write").want(303)
	if !can("asset.write") || can("incident.read") {
		t.Error("the change does not hold")
	}
	h.d.Know([]web.Perm{"exposure.read"}) // a new version
	if can("exposure.read") {
		t.Error("an edited role follows the program")
	}
	admin.post("/people/roles/viewer/reset").want(303)
	if !can("exposure.read") || can("asset.write") {
		t.Error("the original set does not hold")
	}
	admin.post("/people/roles/admin", "perms", string(Admin), "perms", "chart.read").want(422, "カルテの権限は付けられません")
	admin.post("/people/roles/viewer", "perms", "made.up").want(422, "選択肢")
	admin.post("/people/roles/new", "rolename", "夜間当直", "perms", "incident.read").want(303)
	admin.get("/people/roles").want(200, "夜間当直")
	h.restart(quick())
	admin.get("/people/roles").want(200, "夜間当直")
}

func TestVendor_IsBoundToItsCompany(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	admin.post("/people/new", "login", "gyosha", "name", "保守 三郎", "roles", "vendor").want(422, "会社を一つ")
	admin.post("/people/new", "login", "gyosha", "name", "保守 三郎", "roles", "vendor", "roles", "analyst", "vendor", "v1").want(422, "会社を一つ")
	admin.post("/people/new", "login", "gyosha", "name", "保守 三郎", "roles", "analyst", "vendor", "v1").want(422, "会社を一つ")
	p := admin.post("/people/new", "login", "gyosha", "name", "保守 三郎", "roles", "vendor", "vendor", "v1").want(200)
	b, _ := h.enrol(p.find(`token=([A-Za-z0-9_-]{43})`), userPassword)
	who, err := h.d.Person(t.Context(), b.cookies[web.SessionCookie], "")
	if err != nil || who.Vendor != "v1" {
		t.Fatalf("%+v, %v", who, err)
	}
	admin.get("/people/person/"+strings.TrimPrefix(who.ID, "person/")).want(200, "架空給食サービス")
}

func TestUnlock(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	id, token := h.invite(admin, "tanto", "analyst")
	_, seed := h.enrol(token, userPassword)
	b := h.browser()
	b.from = "192.0.2.40"
	for range 10 {
		b.post("/signin", "login", "tanto", "password", "wrong password")
	}
	b.post("/signin", "login", "tanto", "password", userPassword).want(503)
	admin.get("/people").want(200, "ロック中")
	admin.get("/people/person/"+id).want(200, "ロックの解除")
	admin.post("/people/person/"+id+"/unlock", "reason", "本人に電話で確認").want(303)
	h.signIn(b, "tanto", userPassword, h.code(seed)).want(303)
	admin.post("/people/person/"+id+"/unlock", "reason", "もう一度").want(404)
}

func TestRules_ChangeAndHold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	admin.get("/people/rules").want(200, "サインインの規則", `value="30"`)
	admin.post("/people/rules", "idle", "500", "absolute", "12", "tries", "5", "lock", "15").want(422)
	admin.post("/people/rules", "idle", "10", "absolute", "8", "tries", "3", "lock", "20").want(303)
	h.restart(quick())
	if p := h.d.Policy(); p != (Policy{Idle: 10, Absolute: 8, Tries: 3, Lock: 20}) {
		t.Errorf("policy %+v", p)
	}
	h.clock.Add(11 * time.Minute)
	admin.get("/me").want(303)
}

func TestBreakGlass_WholeNight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, seed := h.setUp()
	sheet := admin.post("/people/envelopes", "count", "2", "roles", "admin", "roles", "analyst").want(200, "緊急アクセス 1 番", "緊急アクセス 2 番", "https://example.com/breakglass")
	code := sheet.find(`<code class="big">([0-9A-Z-]{24})</code>`)
	h.secrets = append(h.secrets, code)
	admin.get("/people/envelopes").want(200, "金庫にあるはずの封筒: 2 通").lacks(code)
	b := h.browser()
	b.get("/breakglass").want(200, "緊急アクセス")
	b.post("/breakglass", "envelope", code, "yourname", "当直 四郎", "reason", "").want(422, "入力してください")
	b.post("/breakglass", "envelope", "7QXK-01AB-CDEF-GHJK-MNPQ", "yourname", "当直 四郎", "reason", "院内で暗号化の疑い").want(422, "このコードでは入れません")
	b.post("/breakglass", "envelope", strings.ToLower(code), "yourname", "当直 四郎", "reason", "院内で暗号化の疑い").want(303)
	h.secrets = append(h.secrets, b.cookies[web.SessionCookie])
	b.get("/me").want(200, "緊急アクセス中です", "担当者")
	b.get("/people").want(200)
	// It works once, and gives nothing that outlasts it.
	h.browser().post("/breakglass", "envelope", code, "yourname", "他人", "reason", "もう一度").want(422)
	b.post("/people/new", "login", "ura", "name", "裏口", "roles", "admin").want(403, "緊急アクセスでは")
	b.post("/people/envelopes", "count", "1", "roles", "admin").want(403)
	b.post("/people/rules", "idle", "120", "absolute", "24", "tries", "10", "lock", "5").want(403)
	b.post("/people/roles/viewer", "perms", "asset.read").want(403)
	b.get("/me/password").want(403)
	glass, err := h.d.Glasses(t.Context(), true)
	if err != nil || len(glass) != 1 || glass[0].Name != "当直 四郎" || glass[0].Until.Sub(glass[0].StartedAt) != 4*time.Hour {
		t.Fatalf("%+v, %v", glass, err)
	}
	b.post("/people/glass/"+glass[0].ID, "words", "自分で確認").want(403)
	// Red for administrators until somebody acknowledges it in words.
	todos, err := h.d.Todos(t.Context(), web.Person{ID: "person/x", Perms: map[web.Perm]bool{Admin: true}})
	if err != nil || !slices.ContainsFunc(todos, func(d today.Todo) bool { return d.Level == today.Red && d.URL == "/people/glass/"+glass[0].ID }) {
		t.Errorf("todos %+v, %v", todos, err)
	}
	for range 10 {
		h.clock.Add(25 * time.Minute)
		b.get("/me")
	}
	b.get("/me").want(303) // four hours are over
	h.signIn(admin, "kanri", adminPassword, h.code(seed)).want(303)
	admin.get("/people").want(200, "当直 四郎")
	admin.post("/people/glass/"+glass[0].ID, "words", "").want(422)
	admin.post("/people/glass/"+glass[0].ID, "words", "当直表と本人の話が合う").want(303)
	admin.post("/people/glass/"+glass[0].ID, "words", "二度目").want(409)
	admin.get("/people/envelopes").want(200, "確認済み", "使用済み", "金庫にあるはずの封筒: 1 通")
	if !strings.Contains(h.ledger(), "identity.glass.break") || !strings.Contains(h.ledger(), "院内で暗号化の疑い") {
		t.Error("no loud line")
	}
}

func TestBreakGlass_EndedAndVoided(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	printed, err := h.d.MakeEnvelopes(t.Context(), ledgertest.Actor(), 2, []string{"analyst"})
	if err != nil {
		t.Fatal(err)
	}
	h.secrets = append(h.secrets, printed[0].Code, printed[1].Code)
	b := h.browser()
	b.post("/breakglass", "envelope", printed[0].Code, "yourname", "当直 四郎", "reason", "訓練").want(303)
	glass, err := h.d.Glasses(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	admin.get("/people/glass/"+glass[0].ID).want(200, "いますぐ終わらせる", "訓練")
	admin.post("/people/glass/" + glass[0].ID + "/end").want(303)
	b.get("/me").want(303)
	id := admin.get("/people/envelopes").want(200).find(`/people/envelopes/([0-9a-f-]{36})/void`)
	admin.post("/people/envelopes/" + id + "/void").want(303)
	admin.post("/people/envelopes/" + id + "/void").want(409)
	h.browser().post("/breakglass", "envelope", printed[1].Code, "yourname", "当直 四郎", "reason", "訓練").want(422)
	status := 0
	guesser := h.browser()
	guesser.from = "198.51.100.9"
	for range 11 {
		status = guesser.post("/breakglass", "envelope", "7QXK", "yourname", "x", "reason", "y").status
	}
	if status != 503 {
		t.Errorf("guessing envelopes is not limited: %d", status)
	}
}

func TestReadings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	get := func(id string) reading.Reading {
		t.Helper()
		set, err := reading.Collect(t.Context(), []reading.Source{h.d.Readings})
		if err != nil {
			t.Fatal(err)
		}
		return set.Get(id)
	}
	if r := get("identity.mfa"); r.State != reading.None {
		t.Errorf("before the set-up: %+v", r)
	}
	admin, _ := h.setUp()
	id, token := h.invite(admin, "tanto", "analyst")
	h.enrol(token, userPassword)
	if r := get("identity.mfa"); r.State != reading.Good || r.Total != 2 {
		t.Errorf("%+v", r)
	}
	if r := get("identity.lockout"); r.State != reading.Good || r.Say.Args[0] != 10 {
		t.Errorf("%+v", r)
	}
	if _, err := h.d.ResetSecond(t.Context(), ledgertest.Actor(), id, "交換"); err != nil {
		t.Fatal(err)
	}
	if r := get("identity.mfa"); r.State != reading.Bad || r.Count != 1 || len(r.Items) != 1 {
		t.Errorf("%+v", r)
	}
	h.clock.Add(91 * 24 * time.Hour)
	if r := get("identity.stale"); r.State != reading.Bad || r.Count != 2 {
		t.Errorf("%+v", r)
	}
}

func TestDamagedSeed_IsAClearFault(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.setUp()
	step, err := h.d.begin(t.Context(), "kanri", adminPassword, "/", visitor{from: "192.0.2.50"})
	if err != nil {
		t.Fatal(err)
	}
	h.d.cfg.Seal = newHouse(t).d.cfg.Seal // the key of another machine
	_, _, err = h.d.finish(t.Context(), step, "123456", visitor{from: "192.0.2.50"})
	if fault.Of(err).Msg.Key != "seal.wrongkey" {
		t.Errorf("%v", err)
	}
}

func TestRecoveryKey_NewOneOpensTheSeeds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, seed := h.setUp()
	admin.get("/people/recovery").want(200, "復旧用の鍵の作り直し")
	admin.post("/people/recovery", "password", "wrong password", "reason", "紛失").want(422, "いまのパスワードと違います")
	page := admin.post("/people/recovery", "password", adminPassword, "reason", "用紙の紛失").want(200, "AGE-SECRET-KEY-1").lacks("回復コード")
	id, err := age.ParseX25519Identity(page.find(`(AGE-SECRET-KEY-1[0-9A-Z]+)`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := personBy(t.Context(), h.d.read(), "login", "kanri")
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(p.seed), id)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(r); err != nil || string(plain) != seed {
		t.Errorf("the seed does not come back: %v", err)
	}
	h.signIn(h.browser(), "kanri", adminPassword, h.code(seed)).want(303)
}

func TestPages_EnglishIsWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, _ := h.setUp()
	id, _ := h.invite(admin, "tanto", "analyst")
	admin.lang = "en"
	for _, path := range []string{"/me", "/me/password", "/me/second", "/people", "/people/new", "/people/person/" + id, "/people/person/" + id + "/edit",
		"/people/person/" + id + "/reinvite", "/people/roles", "/people/roles/admin", "/people/roles/new", "/people/rules", "/people/recovery", "/people/envelopes"} {
		_, main, _ := strings.Cut(admin.get(path).want(200).body, "<h1>")
		for _, r := range strings.NewReplacer("職員", "", "管理 花子", "", "架空総合病院", "", "日本語", "", "英語", "", "架空給食サービス", "").Replace(main) {
			if r >= 0x3040 && r <= 0x9fff {
				t.Errorf("%s: Japanese %q on the English page", path, r)
				break
			}
		}
	}
}
