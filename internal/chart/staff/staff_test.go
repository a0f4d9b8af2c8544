package staff_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/staff"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"

	"golang.org/x/text/encoding/japanese"
)

func TestRoles_ITReadsNoChart(t *testing.T) {
	t.Parallel()
	for _, r := range staff.Roles() {
		read := false
		for _, p := range staff.Perms(r) {
			read = read || strings.HasPrefix(string(p), "chart.") && p != "chart.setup"
		}
		if read == (r == staff.IT) {
			t.Errorf("%s reads charts: %v", r, read)
		}
	}
}

func TestJourney_SetUpListFirstSignIn(t *testing.T) {
	t.Parallel()
	w := open(t)
	b := w.browser()
	b.get("/chart/1").want(t, 303, "/signin?next=%2Fchart%2F1")
	b.post("/signin/setup", "code", "0000-0000-0000-0000", "number", "9001", "name", "架空", "pin", adminPIN, "again", adminPIN).want(t, 422, "設定コード").want(t, 422)
	admin := w.admin()
	if w.SetupCode() != "" {
		t.Error("a second administrator could be made")
	}
	admin.get("/chart/1").want(t, 403)
	p := admin.upload("/staff/import", "名簿.csv", []byte(list)).want(t, 303)
	admin.get(p.to).want(t, 200, "追加(3人)", "架空 薬二", "変更(1人)")
	slips := admin.post(p.to, "whole", "whole", "slips", "code").want(t, 200, "架空 薬二")
	admin.get(p.to).want(t, 404)
	code := regexp.MustCompile(`\d{4}-\d{4}-\d{4}-\d{4}`).FindString(slips.body)
	if code == "" || strings.Contains(slips.body, "架空 護") {
		t.Fatal("no first code, or one for somebody who has a PIN")
	}
	first := w.browser()
	first.post("/signin", "number", "789", "pin", code, "next", "/chart/7").want(t, 303, "/signin/first?next=%2Fchart%2F7")
	first.get("/signin/first?next=/chart/7").want(t, 200, "暗証番号を決める")
	first.post("/signin/first", "pin", "111111", "again", "111111").want(t, 422, "最初に試されます")
	first.post("/signin/first", "pin", "382910", "again", "382911").want(t, 422, "同じ暗証番号")
	first.post("/signin/first", "pin", "382910", "again", "382910", "next", "/chart/7").want(t, 303, "/chart/7")
	first.get("/chart/7").want(t, 200, "the chart of 7")
	w.browser().post("/signin", "number", "789", "pin", code).want(t, 422)
	nurse := w.signIn("１２３", nursePIN) // full width, without its zero
	nurse.get("/me").want(t, 200, "架空 護", "3階東", "カルテを検索して見る")
	nurse.get("/staff").want(t, 403)
	nurse.post("/me/pin", "present", "000000", "pin", "550187", "again", "550187").want(t, 422)
	nurse.post("/me/pin", "present", nursePIN, "pin", "550187", "again", "550187").want(t, 303)
	nurse.post("/signout").want(t, 303, "/signin")
	nurse.get("/me").want(t, 303, "/signin")
	w.signIn("0123", "550187")
	if id, ok := w.Actor("123"); !ok {
		t.Error("the number is not known")
	} else if n, dept := w.Number(id); n != "0123" || dept != "3階東" {
		t.Errorf("%s %s", n, dept)
	}
	if n, _ := w.Number("toride"); n != "" {
		t.Error("Toride has a number")
	}
	webtest.CheckTemplates(t, w.Module())
}

func TestSignIn_EnterAfterTheNumberAsksForThePIN(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	p := w.browser().post("/signin", "number", "0123", "pin", "")
	if p.status != 200 || !strings.Contains(p.body, `value="0123"`) || strings.Contains(p.body, "field-bad") || strings.Count(p.body, "autofocus") != 1 {
		t.Errorf("%d %.2000s", p.status, p.body)
	}
	w.browser().post("/signin", "number", "", "pin", "").want(t, 422)
	if body := w.browser().get("/signin").body; strings.Contains(body, "0123") || strings.Contains(body, "0456") {
		t.Error("numbers of others stand on the sign-in page")
	}
}

func TestGuard_OneDeskDoesNotLockOthersOut(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	sign := func(from, number, pin string) error {
		_, _, err := w.SignInFrom(t.Context(), number, pin, from)
		return err
	}
	waited := 0
	for range 40 { // somebody guesses at one PC
		if err := sign("192.0.2.1", "0123", "999998"); err == nil {
			t.Fatal("guessed")
		} else if strings.Contains(err.Error(), "staff.signin.wait") {
			waited++
		}
	}
	if waited != 35 {
		t.Errorf("%d of 40 had to wait", waited)
	}
	if err := sign("192.0.2.2", "0123", nursePIN); err != nil {
		t.Errorf("the nurse at another desk: %v", err)
	}
	if err := sign("192.0.2.1", "0456", "640917"); err != nil {
		t.Errorf("the physician at the same desk: %v", err)
	}
	w.clock.Add(16 * time.Second)
	if err := sign("192.0.2.1", "0123", nursePIN); err != nil {
		t.Errorf("the nurse after a quarter of a minute: %v", err)
	}
	for i := range 500 { // a ward that is attacked from everywhere, for an hour
		_ = sign(fmt.Sprintf("198.51.100.%d", i%250), "0123", "999998")
		w.clock.Add(7 * time.Second)
	}
	w.clock.Add(2 * time.Minute)
	if err := sign("192.0.2.2", "0123", nursePIN); err != nil {
		t.Errorf("two minutes after an attack: %v", err)
	}
	if n := w.noted("staff.signin.failed"); n == 0 || n > 400 {
		t.Errorf("%d lines about failures", n)
	}
}

func TestSignIn_AShiftAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t)
	shift := list
	for i := range 60 {
		shift += fmt.Sprintf("3%03d,架空 看護%d,,看護師,3階東,918273,\r\n", i, i)
	}
	w.admin().take(shift, "whole", "code").want(t, 200)
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() { // the whole ward stands behind one address
			if _, _, err := w.SignInFrom(t.Context(), fmt.Sprintf("3%03d", i), nursePIN, "192.0.2.1"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestLock_ServerLocksAndReturnsToThePage(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	b := w.signIn("0123", nursePIN)
	for range 5 {
		w.clock.Add(4 * time.Minute)
		b.get("/chart/1").want(t, 200)
	}
	w.clock.Add(4 * time.Minute)
	b.post("/lock/stay").want(t, 204)
	w.clock.Add(4 * time.Minute)
	b.get("/chart/1").want(t, 200)
	w.clock.Add(5 * time.Minute)
	to := b.get("/chart/1?tab=labs").want(t, 303, "/signin?next=").to
	to = b.get(to).want(t, 303, "/lock?next=").to
	b.get(to).want(t, 200, "架空 護 さんの画面です", "/chart/1?tab=labs")
	b.post("/lock", "pin", "123123", "next", "/chart/1?tab=labs").want(t, 422, "違います")
	b.get("/chart/1").want(t, 303)
	b.post("/lock", "pin", nursePIN, "next", "/chart/1?tab=labs").want(t, 303, "/chart/1?tab=labs")
	b.get("/chart/1").want(t, 200)
	b.post("/lock/now", "next", "/chart/2").want(t, 303, "/lock?next=%2Fchart%2F2")
	b.get("/chart/1").want(t, 303)
	b.get("/signin?other=1").want(t, 200, "サインイン")
	b.post("/lock", "pin", nursePIN, "next", "https://evil.example/").want(t, 303, "/").want(t, 303)
	w.clock.Add(15 * time.Hour)
	b.post("/lock", "pin", nursePIN).want(t, 401, "終わっています")
}

func TestLock_ScriptKeepsThePage(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	b := w.signIn("0123", nursePIN)
	ask := func(path, body string) page {
		r, err := http.NewRequest(http.MethodPost, w.srv.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "application/json")
		return b.do(r)
	}
	ask("/lock/now", "").want(t, 200, `"locked": true`)
	b.get("/chart/1").want(t, 303)
	ask("/lock", "pin=000000").want(t, 422, "違います")
	ask("/lock", "pin="+nursePIN).want(t, 200, `"unlocked": true`)
	b.get("/chart/1").want(t, 200)
	if p := ask("/lock", "pin=000000").want(t, 200, `"reload": true`); strings.Contains(p.body, "unlocked") {
		t.Error("a page was shown without a PIN")
	}
}

func TestSession_SurvivesARestartLocked(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	b := w.signIn("0123", nursePIN)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.start()
	b.get("/chart/1").want(t, 303, "/signin")
	b.post("/lock", "pin", nursePIN, "next", "/chart/1").want(t, 303, "/chart/1")
	b.get("/chart/1").want(t, 200)
}

func TestSignIn_GoesOnWithoutADatabase(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.signIn("0123", nursePIN).get("/chart/1").want(t, 200)
	b := w.browser()
	b.post("/glass", "yourname", "応援 一郎", "employer", "架空大学病院", "reason", "救急の応援", "pin", "482913").want(t, 303)
	b.get("/chart/1").want(t, 200)
	if len(w.Glasses()) != 1 {
		t.Error("the use of break-glass is forgotten")
	}
}

func TestGlass_LoudLimitedReviewed(t *testing.T) {
	t.Parallel()
	w := open(t)
	admin := w.admin()
	admin.take(list, "whole", "code").want(t, 200)
	b := w.browser()
	b.get("/glass").want(t, 200, "4時間だけ")
	b.post("/glass", "yourname", "応援 一郎", "employer", "", "reason", "x", "pin", "482913").want(t, 422)
	b.post("/glass", "yourname", "応援 一郎", "employer", "架空大学病院", "reason", "救急の応援", "pin", "482913", "voucher", "0456", "voucherpin", "111111").want(t, 422, "保証する職員")
	b.post("/glass", "yourname", "応援 一郎", "employer", "架空大学病院", "reason", "救急の応援", "pin", "482913", "voucher", "0456", "voucherpin", "640917").want(t, 303)
	b.get("/me").want(t, 200, "応援 一郎", "緊急アクセス中です")
	b.get("/chart/5").want(t, 200)
	b.get("/staff").want(t, 403)
	b.post("/me/pin", "present", "482913", "pin", "550187", "again", "550187").want(t, 403)
	if w.noted("staff.glass.break") != 1 {
		t.Error("no line before the access")
	}
	w.clock.Add(6 * time.Minute)
	b.get("/chart/5").want(t, 303)
	b.post("/lock", "pin", "482913", "next", "/chart/5").want(t, 303, "/chart/5")
	reviewer := webtest.Person(right.Staff)
	reviewer.ID, _ = w.Actor("9001") // who imported the list
	todos, err := w.Todos(t.Context(), reviewer)
	if err != nil || len(todos) != 1 || todos[0].Level != "red" {
		t.Fatalf("%v %v", todos, err)
	}
	admin = w.signIn("9001", adminPIN)
	admin.get("/staff/glass").want(t, 200, "架空大学病院", "0456 架空 医子")
	admin.post(todos[0].URL, "words", "").want(t, 422)
	admin.post(todos[0].URL+"/end").want(t, 303)
	b.get("/chart/5").want(t, 303)
	admin.post(todos[0].URL, "words", "救急部に確認した").want(t, 303)
	admin.post(todos[0].URL, "words", "もう一度").want(t, 409)
	admin.get(todos[0].URL).want(t, 200, "救急部に確認した")
	if todos, _ := w.Todos(t.Context(), reviewer); len(todos) != 0 {
		t.Error("a reviewed use is still to do")
	}
	// Who runs the machines comes to a chart by break-glass alone, with his name.
	admin.get("/chart/5").want(t, 403)
	admin.post("/glass", "reason", "災害対応").want(t, 303)
	admin.get("/chart/5").want(t, 200)
	w.clock.Add(4*time.Hour + time.Minute)
	admin.get("/chart/5").want(t, 303, "/signin")
	own := w.Glasses()[0]
	if own.Name != "架空 情子" {
		t.Errorf("%+v", own)
	}
	again := w.signIn("9001", adminPIN)
	again.post("/staff/glass/"+own.ID, "words", "自分で").want(t, 403)
	again.post("/staff/settings", "idle", "3", "shift", "12", "hours", "2", "once", "7", "vouch", "yes").want(t, 303)
	w.browser().post("/glass", "yourname", "応援 二郎", "employer", "架空大学病院", "reason", "応援", "pin", "482913").want(t, 422)
}

func TestGlass_ManyFromOneDeskWaitShortly(t *testing.T) {
	t.Parallel()
	w := open(t)
	ask := func() page {
		return w.browser().post("/glass", "yourname", "応援 一郎", "employer", "架空大学病院", "reason", "応援", "pin", "482913")
	}
	for range 10 {
		ask().want(t, 303)
	}
	ask().want(t, 422, "秒待ってから")
	w.clock.Add(11 * time.Second)
	ask().want(t, 303)
}

func TestImport_DifferenceUndoAndBadLines(t *testing.T) {
	t.Parallel()
	w := open(t)
	admin := w.admin()
	admin.take(list, "whole", "code").want(t, 200)
	nurse := w.signIn("0123", nursePIN)
	sjis, err := japanese.ShiftJIS.NewEncoder().String("職員コード,職員名,フリガナ,職種名,所属\n123,架空 護,カクウ マモル,看護師,5階西\n9001,架空 情子,,システム,情報室\n77,髙橋 技,,臨床検査技師,検査\n78,誰か,,占い師,\n,番号なし,,医師,\n77,二度目,,医師,\n7 8#,変な番号,,医師,\n")
	if err != nil {
		t.Fatal(err) // every letter of it is in code page 932
	}
	p := admin.upload("/staff/import", "meibo.csv", []byte(sjis)).want(t, 303)
	admin.get(p.to).want(t, 200, "追加(1人)", "変更(1人)", "3階東 → 5階西", "名簿にいない人(2人)", "取り込めない行(4行)", "占い師", "と同じ職員番号")
	admin.post(p.to, "whole", "whole", "slips", "pin").want(t, 200, "髙橋 技")
	nurse.get("/me").want(t, 200, "5階西")
	w.browser().post("/signin", "number", "0456", "pin", "640917").want(t, 422)
	imports, err := w.Imports(t.Context())
	if err != nil || len(imports) != 2 || !imports[0].Last || imports[1].Last {
		t.Fatalf("%+v %v", imports, err)
	}
	admin.post("/staff/imports/"+imports[1].ID+"/undo").want(t, 409)
	admin.post("/staff/imports/"+imports[0].ID+"/undo").want(t, 303)
	nurse.get("/me").want(t, 200, "3階東")
	w.signIn("0456", "640917")
	admin.post("/staff/imports/none/undo").want(t, 404)
}

func TestImport_Refuses(t *testing.T) {
	t.Parallel()
	w := open(t)
	admin := w.admin()
	f := func(name, data, want string) {
		t.Helper()
		admin.upload("/staff/import", name, []byte(data)).want(t, 422, want)
	}
	f("a.csv", "氏名,職種\n架空,医師\n", "職員番号")
	f("a.csv", "職員番号,氏名\n1,架空\n", "職種")
	f("a.csv", "", "")
	f("a.pdf", "%PDF-1.4 \x00\x01", "")
	f("a.csv", "職員番号,氏名,職種\n1,\"架空,医師\n", "")
	p := admin.upload("/staff/import", "a.csv", []byte("\uFEFF職員番号\t氏名\t職種\n1\t架空 一\t医師\n")).want(t, 303)
	admin.post(p.to, "whole", "whole", "slips", "code").want(t, 409, "名簿を管理できなくなります")
	p = admin.upload("/staff/import", "a.csv", []byte("職員番号,氏名,職種\n1,架空 一,医師\n")).want(t, 303)
	admin.take("職員番号,氏名,職種\n2,架空 二,医師\n", "part", "code").want(t, 200)
	admin.post(p.to, "whole", "part", "slips", "code").want(t, 409, "職員名簿が変わりました")
	other := w.browser()
	other.get("/staff/import").want(t, 303)
	admin.upload("/staff/import", "a.csv", []byte(strings.Repeat("x", 9<<20))).want(t, 413)
}

func TestPerson_CodeBlockUnblock(t *testing.T) {
	t.Parallel()
	w := open(t)
	admin := w.admin()
	admin.take(list, "whole", "code").want(t, 200)
	nurse := w.signIn("0123", nursePIN)
	id, _ := w.Actor("0123")
	self, _ := w.Actor("9001")
	url := "/staff/person/" + strings.TrimPrefix(id, "staff/")
	admin.get(url).want(t, 200, "初回コードの再発行")
	admin.get("/staff?q=ﾏﾓﾙ").want(t, 200, "架空 護")
	admin.post(url+"/code").want(t, 200, "架空 護")
	nurse.get("/me").want(t, 303)
	w.browser().post("/signin", "number", "0123", "pin", nursePIN).want(t, 422)
	admin.post(url+"/block").want(t, 303)
	admin.post(url+"/code").want(t, 404)
	admin.post(url+"/unblock").want(t, 303)
	admin.post("/staff/person/"+strings.TrimPrefix(self, "staff/")+"/block").want(t, 409)
	admin.get("/staff/person/none").want(t, 404)
	if _, err := w.book.Verify(t.Context(), ledger.Checkpoint{}); err != nil {
		t.Error(err)
	}
	if r, err := w.Readings(t.Context()); err != nil || len(r) != 2 {
		t.Errorf("%v %v", r, err)
	}
}

func TestStored_NoPINInClear(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	rows, err := w.db.Read().QueryContext(t.Context(), "SELECT pin || ' ' || once FROM staff_person UNION ALL SELECT before FROM staff_change UNION ALL SELECT detail FROM ledger_entry")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(s.String, nursePIN) || strings.Contains(s.String, adminPIN) {
			t.Errorf("a PIN stands in clear: %s", s.String)
		}
	}
}

func TestPIN_Rules(t *testing.T) {
	t.Parallel()
	f := func(pin, number, want string) {
		t.Helper()
		if got := staff.PINFault(pin, number); strings.TrimPrefix(got.Key, "staff.pin.") != want {
			t.Errorf("%s of %s: %q, want %q", pin, number, got.Key, want)
		}
	}
	f("918273", "0123", "")
	f("12345", "", "length")
	f("1234567890123", "", "length")
	f("12345a", "", "digits")
	f("111111", "", "plain")
	f("121212", "", "plain")
	f("123456", "", "plain")
	f("987654", "", "plain")
	f("901234", "", "plain")
	f("135791", "", "plain")
	f("481481", "", "plain")
	f("001234", "1234", "number")
	f("912340", "01234", "number")
	f("918273", "918273", "number")
	f("912380", "38", "")
	for range 200 {
		if pin := staff.NewPIN("0123"); !staff.PINFault(pin, "0123").Zero() {
			t.Errorf("a printed PIN is %s", pin)
		}
	}
}

func FuzzReadList(f *testing.F) {
	f.Add([]byte(list))
	f.Add([]byte("職員番号,氏名,職種\n1,\"架空\n一\",医師,余り\n1,,\n"))
	f.Add([]byte("\xef\xbb\xbfstaff number;name;role\r1;A;Dr\r2;B;nurse"))
	f.Add([]byte{0x90, 0x45, 0x88, 0xf5, 0x94, 0xd4, 0x8d, 0x86, 0x2c, 0x8e})
	d, err := staff.ForList()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		numbers, bad, err := d(data)
		seen := map[string]bool{}
		for _, n := range numbers {
			if n == "" || seen[n] {
				t.Errorf("%q twice or empty", n)
			}
			seen[n] = true
		}
		for _, why := range bad {
			if why == "" {
				t.Error("a bad line without a reason")
			}
		}
		if err == nil && len(numbers)+len(bad) == 0 && len(data) > 1000 {
			t.Log("a long list without a line")
		}
	})
}

var _ web.Sessions = (*staff.Desk)(nil)

// BenchmarkSignIn says how long one sign-in takes with the real costs of a PIN.
func BenchmarkSignIn(b *testing.B) {
	hash := staff.NewHasher()
	stored, err := hash.Hash(b.Context(), nursePIN)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if ok, _, err := hash.Verify(b.Context(), stored, nursePIN); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
