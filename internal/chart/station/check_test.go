package station_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/chart/vault"
)

// suspects makes a vault whose generations were judged so by their runs. It
// holds one patient.
func suspects(t *testing.T, verdicts ...string) (string, *vault.Key) {
	t.Helper()
	dir := t.TempDir()
	key, err := vault.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	m, err := vault.NewMachine(key.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	v, err := vault.Create(dir, "架空総合病院", m, at)
	if err != nil {
		t.Fatal(err)
	}
	from := os.DirFS(store(t))
	for i, verdict := range verdicts {
		made := at.Add(time.Duration(i) * time.Hour)
		w, err := v.Begin(t.Context(), m, vault.Options{AsOf: made, By: "test", Now: func() time.Time { return made }})
		if err != nil {
			t.Fatal(err)
		}
		err = fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.Contains(name, hospital().ID(0)) {
				return err
			}
			data, err := fs.ReadFile(from, name)
			if err == nil {
				_, err = w.Add(name, vault.Meta{ModTime: at}, bytes.NewReader(data))
			}
			return err
		})
		if err == nil && verdict != "" {
			err = w.Note(json.RawMessage(`{"verdict":"` + verdict + `"}`))
		}
		if err == nil {
			_, err = w.Commit(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir, key
}

func TestCheck_ASuspectGenerationIsPassedOver(t *testing.T) {
	t.Parallel()
	dir, key := suspects(t, "", "suspect")
	r := serve(t, func(c *station.Config) { c.Roots, c.Keys = []string{dir}, []*vault.Key{key} })
	admin := r.people()
	r.signIn("1002").get("/chart").want(t, 200, "最新の写し", "時点の写しを使います")
	admin.get("/check").want(t, 200, "000001 <strong>(表示中)", "000002")
	r.signIn("1002").get("/check").want(t, 403)
	admin.post("/check").want(t, 303)
	for end := time.Now().Add(30 * time.Second); strings.Contains(admin.get("/check").body, "点検しています"); {
		if time.Now().After(end) {
			t.Fatal("the check never ended")
		}
	}
}

func TestCheck_OnlySuspectOnesOpenByTwo(t *testing.T) {
	t.Parallel()
	dir, key := suspects(t, "suspect")
	r := serve(t, func(c *station.Config) { c.Roots, c.Keys = []string{dir}, []*vault.Key{key} })
	admin := r.people()
	doctor, nurse := r.signIn("1001"), r.signIn("1002")
	chart := "/chart/p/" + hospital().ID(0) + "/confirm"
	nurse.get(chart).want(t, 409)
	doctor.get("/check").want(t, 200, "疑いのある写しを開く")
	sign := func(b *browser, number, secret, why, why2 string) page {
		return b.post("/check/override", "why", why, "number", number, "pin", secret, "why2", why2, "hours", "2")
	}
	nurse.post("/check/override").want(t, 403)
	sign(doctor, "1001", pin, "救急", "同じ").want(t, 422, "医師と、情報システムの担当者の2人が必要")
	sign(doctor, "1002", pin, "救急", "看護").want(t, 422, "医師と、情報システムの担当者の2人が必要")
	sign(doctor, "9001", "000001", "救急", "ほかにない").want(t, 422, "職員番号か暗証番号が違います")
	sign(doctor, "9001", pin, "", "ほかにない").want(t, 422)
	nurse.get(chart).want(t, 409)
	sign(admin, "1001", pin, "ほかにない", "救急").want(t, 303)
	seen := nurse.get(chart).want(t, 200, hospital().ID(0), "2人の判断で使います")
	nurse.post(chart, "seal", between(seen.body, `name="seal" value="`, `"`), "how", "seen").want(t, 303)
	for _, form := range []string{"drugs", "summary", "mar"} { // and on paper, which is carried to where no screen says it
		if body := nurse.get("/paper/"+form+"?patient="+hospital().ID(0)).want(t, 200).body; strings.Count(body, "2人の判断で使います") < 2 {
			t.Errorf("%s says nothing on its sheets", form)
		}
	}
	doctor.get("/seen?staff=9001").want(t, 200, "疑いのある写しを2人の判断で開いた")
	admin.get("/check").want(t, 200, "架空 情子 さんと 架空 医子 さんの判断で開けます")
}

// After its hours the suspect copy closes for everybody, says why, and opens
// when two persons decide again.
func TestCheck_AnOverrideEndsWithItsHours(t *testing.T) {
	t.Parallel()
	dir, key := suspects(t, "suspect")
	r := serve(t, func(c *station.Config) { c.Roots, c.Keys = []string{dir}, []*vault.Key{key} })
	admin := r.people()
	chart := "/chart/p/" + hospital().ID(0) + "/confirm"
	decide := func(b *browser) {
		b.post("/check/override", "why", "ほかにない", "number", "1001", "pin", pin, "why2", "救急", "hours", "2").want(t, 303)
		r.signIn("1002").get(chart).want(t, 200, hospital().ID(0))
	}
	decide(admin)
	r.clock.Add(2*time.Hour + 2*time.Minute)
	admin = r.signIn("9001")
	admin.post("/check").want(t, 303) // has it looked at, as happens by itself every few seconds
	nurse := r.signIn("1002")
	for end := time.Now().Add(30 * time.Second); nurse.get(chart).status == 200; {
		if time.Now().After(end) {
			t.Fatal("the copy stayed open after its hours")
		}
	}
	nurse.get(chart).want(t, 409, "2人の判断で開いていた時間が終わった")
	admin.get("/check").want(t, 200, "疑いのある写しを開く")
	decide(admin)
}

// The table of wards in the station's folder gives codes their names.
func TestStation_WardsHaveTheHospitalsNames(t *testing.T) {
	t.Parallel()
	in := hospital().Census()
	if len(in) == 0 {
		t.Fatal("nobody lies in the hospital")
	}
	code := hospital().Expect(in[0]).Stay.Ward
	r := serve(t, func(c *station.Config) {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(c.Data, "wards.csv"), []byte(code+",架空第一病棟\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	r.people()
	nurse := r.signIn("1002")
	for end := time.Now().Add(30 * time.Second); !strings.Contains(nurse.get("/chart").body, "架空第一病棟"); {
		if time.Now().After(end) {
			t.Fatal("the ward's name is not shown")
		}
	}
}
