package staff_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/staff"
	"github.com/torideproject/toride/internal/ledger"
)

const newPIN = "504936"

// Whoever watched a PIN being typed sits at another desk with it: a new PIN ends
// that, and the one who typed it goes on.
func TestPIN_ANewOneEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	w := open(t)
	admin := w.admin()
	admin.take(list, "whole", "code").want(t, 200)
	own, open, locked := w.signIn("0123", nursePIN), w.signIn("0123", nursePIN), w.signIn("0123", nursePIN)
	locked.post("/lock/now", "next", "/chart/1").want(t, 303)
	own.post("/me/pin", "present", nursePIN, "pin", newPIN, "again", newPIN).want(t, 303, "/me")
	own.get("/chart/1").want(t, 200)
	open.get("/chart/1").want(t, 303, "/signin")
	locked.post("/lock", "pin", nursePIN, "next", "/chart/1").want(t, 401)
	locked.get("/chart/1").want(t, 303, "/signin")
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.start() // nor does a restart bring them back
	own.post("/lock", "pin", newPIN, "next", "/chart/1").want(t, 303, "/chart/1")
	open.post("/lock", "pin", newPIN, "next", "/chart/1").want(t, 401)

	// The same list again changes no PIN and ends nothing; another PIN in it does.
	doctor := w.signIn("0456", "640917")
	admin.post("/lock", "pin", adminPIN, "next", "/staff").want(t, 303)
	admin.take(list, "whole", "code").want(t, 303)
	doctor.get("/chart/1").want(t, 200)
	admin.take(strings.Replace(list, "640917", newPIN, 1), "whole", "code").want(t, 303)
	doctor.get("/chart/1").want(t, 303, "/signin")
}

// A right that is taken away is gone with the next request, whatever page lies
// open.
func TestRole_TakenAwayWhileSignedIn(t *testing.T) {
	t.Parallel()
	w := open(t)
	admin := w.admin()
	admin.take(list, "whole", "code").want(t, 200)
	b := w.signIn("0123", nursePIN)
	b.get("/chart/1").want(t, 200)
	admin.take(strings.Replace(list, "看護師", "情報システム", 1), "whole", "code").want(t, 303)
	b.get("/chart/1").want(t, 403)
}

// Somebody who is being blocked in the very moment in which he chooses a PIN is
// blocked.
func TestPIN_ABlockInBetweenStands(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	cfg, meanwhile := w.cfg, func() {}
	cfg.Clock = func() time.Time { // PIN and account are looked at by now
		do := meanwhile
		meanwhile = func() {}
		do()
		return w.clock.Now()
	}
	d, err := staff.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	nurse := person(t, d, "0123")
	by := ledger.Actor{ID: "staff/x", Name: "架空 情子", Login: "9001", Via: "192.0.2.7"}
	meanwhile = func() {
		if err := d.Block(t.Context(), by, nurse.ID, true); err != nil {
			t.Error(err)
		}
	}
	own := ledger.Actor{ID: nurse.Ref(), Name: nurse.Name, Login: nurse.Number, Via: "192.0.2.8"}
	if err := d.ChangePIN(t.Context(), own, staff.OwnPIN{Account: nurse.ID, Present: nursePIN, PIN: newPIN}); err == nil {
		t.Error("the PIN of a blocked account was changed")
	}
	if now := person(t, d, "0123"); now.State != staff.Blocked {
		t.Errorf("the account is %s", now.State)
	}
	// The PIN that is being compared is taken away.
	doctor := person(t, d, "0456")
	meanwhile = func() {
		if _, err := d.NewCode(t.Context(), by, doctor.ID); err != nil {
			t.Error(err)
		}
	}
	if token, _, err := d.SignInFrom(t.Context(), "0456", "640917", "192.0.2.9"); err == nil || token != "" {
		t.Error("a PIN that was taken away opened a session")
	}
}

func person(t *testing.T, d *staff.Desk, number string) staff.Person {
	t.Helper()
	for _, p := range d.People() {
		if p.Number == number {
			return p
		}
	}
	t.Fatal("nobody has the number")
	return staff.Person{}
}

func codeOn(t *testing.T, body string) string {
	t.Helper()
	code := regexp.MustCompile(`\d{4}-\d{4}-\d{4}-\d{4}`).FindString(body)
	if code == "" {
		t.Fatal("no code")
	}
	return code
}

// A slip that was lost is worth nothing from when there is another, also for who
// typed its code just before.
func TestFirst_ALostSlipIsOverWithTheNewOne(t *testing.T) {
	t.Parallel()
	w := open(t)
	admin := w.admin()
	old := codeOn(t, admin.take(list, "whole", "code").want(t, 200).body)
	finder, owner := w.browser(), w.browser()
	finder.post("/signin", "number", "0789", "pin", old).want(t, 303, "/signin/first")
	slip := admin.post("/staff/person/"+person(t, w.Desk, "0789").ID+"/code").want(t, 200)
	finder.post("/signin/first", "pin", newPIN, "again", newPIN).want(t, 422)
	owner.post("/signin", "number", "0789", "pin", codeOn(t, slip.body)).want(t, 303, "/signin/first")
	owner.post("/signin/first", "pin", newPIN, "again", newPIN).want(t, 303)
}
