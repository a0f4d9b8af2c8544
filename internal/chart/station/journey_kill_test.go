package station_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/ssmix2/synth"
)

// victimEnv names the folder of data and the root of TestVictim, with a line
// end between them.
const victimEnv = "TORIDE_STATION_VICTIM"

// TestVictim is what killed runs in a process of its own: a station that ends
// itself as if by a power cut, in the middle of its first index.
func TestVictim(t *testing.T) {
	data, root, ok := strings.Cut(os.Getenv(victimEnv), "\n")
	if !ok {
		return // nothing to do but for the child of another test
	}
	r := serve(t, func(c *station.Config) { c.Data, c.Roots = data, []string{root} })
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		<-tick.C
		opened := r.Shelf()
		if opened == nil {
			continue
		}
		switch p := opened.Index().Progress(); {
		case p.Phase == index.PhaseReady:
			t.Fatal("the index was whole before anybody could end it")
		case p.Patients >= 10:
			own, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = own.Kill()
			}
			t.Fatal(err)
		}
	}
}

// killed ends a station in the middle of its first index. The next one opens a
// patient by number at once, and its index becomes what it would have been.
func killed(t *testing.T, b *browsertest.Browser) {
	o := synth.Small(5)
	o.Patients, o.Years, o.Extended, o.Transactions = 120, 1, false, false
	h, root := write(t, o)
	data := filepath.Join(t.TempDir(), "data")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVictim$", "-test.v")
	child.Env = append(os.Environ(), victimEnv+"="+data+"\n"+root)
	out, err := child.CombinedOutput()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the child was not killed: %v\n%s", err, out)
	}
	began := time.Now()
	r := serve(t, func(c *station.Config) { c.Data, c.Roots = data, []string{root} })
	r.people()
	nurse := r.signIn("1002")
	last := h.Expect(h.Patients() - 1) // whom the index reaches at the end
	nurse.get("/chart/p/"+last.ID+"/confirm").want(t, 200, last.ID, family(last.Kanji))
	t.Logf("from the start to the patient: %s, index %+v", time.Since(began).Round(time.Millisecond), r.Shelf().Index().Progress())

	p := b.Page(t, r.url, browsertest.Reader{Width: 1366, Height: 768})
	signIn(t, p, "1002")
	focused(t, p, "患者を探す").Shot("5-home").Type(strings.TrimLeft(last.ID, "0")).Follow("Enter")
	p.See(last.ID, family(last.Kanji)).Click("この患者を開く").See(last.ID).Axe().Fits().Shot("5-now")
	until(t, p, "/chart", func() bool { return r.Shelf().Index().Progress().Phase == index.PhaseReady })
	focused(t, p, "患者を探す").Shot("5-ready").Lacks("索引を作っています").Type(last.Kana).Follow("Enter")
	p.See(last.ID)
	same(t, r, root)
}

// same compares an index with that of a shelf which nobody ended.
func same(t *testing.T, r *running, root string) {
	t.Helper()
	s, err := shelf.Open(t.Context(), shelf.Config{Roots: []string{root}, Clock: r.clock.Now, Zone: time.FixedZone("JST", 9*3600), Index: index.Config{Quick: -1}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	done := make(chan error, 1)
	go func() { done <- s.Run(t.Context()) }()
	for end := time.Now().Add(30 * time.Second); s.Index().Progress().Phase != index.PhaseReady; {
		if time.Now().After(end) {
			t.Fatal("the index never became whole")
		}
	}
	got, want := r.Shelf().Index(), s.Index()
	if !reflect.DeepEqual(got.Kinds(), want.Kinds()) || !reflect.DeepEqual(got.Wards(), want.Wards()) || !got.AsOf().Equal(want.AsOf()) {
		t.Errorf("after the end in the middle the index is another:\n%+v\n%+v", got.Kinds(), want.Kinds())
	}
	for _, w := range want.Wards() {
		if !reflect.DeepEqual(got.Ward(w.Code), want.Ward(w.Code)) {
			t.Errorf("ward %s: %+v, want %+v", w.Code, got.Ward(w.Code), want.Ward(w.Code))
		}
	}
	if g, w := got.Progress().Patients, want.Progress().Patients; g != w {
		t.Errorf("%d patients, want %d", g, w)
	}
	_ = s.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
