package identity

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/fault"
)

// A second person signs at somebody else's screen with password and code; the
// act counts as an attempt and leaves no session.
func TestSecond(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	for name, secret := range map[string]string{"password alone": adminPassword, "code alone": h.code(seed), "wrong password": "x" + adminPassword + h.code(seed), "nothing": "", "wrong code": adminPassword + "000000"} {
		if p, err := h.d.Second(t.Context(), "kanri", secret); fault.KindOf(err) != fault.Invalid || p.ID != "" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	h.clock.Add(time.Minute)
	before := strings.Count(h.ledger(), "identity.signin")
	code := h.code(seed)
	p, err := h.d.Second(t.Context(), "KANRI", adminPassword+" "+code)
	if err != nil || p.Login != "kanri" || !p.Can(Admin) {
		t.Fatalf("%+v, %v", p, err)
	}
	if after := strings.Count(h.ledger(), "identity.signin"); after <= before {
		t.Error("the signature left no line")
	}
	if _, err := h.d.Second(t.Context(), "kanri", adminPassword+code); err == nil {
		t.Error("a code was taken twice")
	}
	sessions, err := h.d.Sessions(t.Context(), strings.TrimPrefix(p.ID, "person/"), "")
	if err != nil || len(sessions) != 1 { // the browser of the set-up
		t.Errorf("sessions %+v, %v", sessions, err)
	}
}

// Two forms that are sent at once with one code, or one that is sent again with
// the browser's back button, sign once.
func TestSecond_OneCodeSignsOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, seed := h.setUp()
	h.clock.Add(time.Minute)
	secret := adminPassword + h.code(seed)
	var signed atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if p, err := h.d.Second(t.Context(), "kanri", secret); err == nil && p.Login == "kanri" {
				signed.Add(1)
			} else if p.ID != "" {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
	all.Wait()
	if n := signed.Load(); n != 1 {
		t.Errorf("signed %d times", n)
	}
	if _, err := h.d.Second(t.Context(), "kanri", secret); err == nil {
		t.Error("sent again, it signed again")
	}
	h.clock.Add(10 * time.Minute) // a code that was true is not true for long
	late := adminPassword + h.code(seed)
	h.clock.Add(10 * time.Minute)
	if _, err := h.d.Second(t.Context(), "kanri", late); err == nil {
		t.Error("a code of ten minutes ago signed")
	}
}
