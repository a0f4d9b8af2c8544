package shelf

import (
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/vault"
)

// The nightly rule takes a generation away while somebody reads it: he is told,
// or reads the one that is left, and never sees a chart that looks as if less was
// recorded. Of the generation nothing is left half.
func TestVault_PrunedWhileItIsRead(t *testing.T) {
	t.Parallel()
	dir, key, m := sealedStore(t)
	now := time.Date(2026, 4, 20, 0, 0, 0, 0, time.UTC)
	v, err := vault.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := seal(t, v, m, now).Generation
	oldest := func(_ string, all []vault.Generation) (string, error) {
		for _, g := range all {
			if g.Finished {
				return g.ID, nil
			}
		}
		return "", nil
	}
	s := open(t, Config{Roots: []string{dir}, Clock: func() time.Time { return now }, Choose: oldest, Key: keyIs(key), CacheBytes: -1})
	if st := s.State()[0]; st.Generation != "000001" {
		t.Fatal(st.State, st.Generation)
	}
	whole := map[string]int{}
	var doc model.Ref
	for i := range 4 {
		c, err := s.Read(t.Context(), hospital().ID(i), want())
		if err != nil {
			t.Fatal(err)
		}
		whole[c.ID] = len(c.Items)
		if len(c.Items) > 0 {
			doc = c.Items[0].Ref
		}
	}
	d, err := s.Document(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	in, err := d.Files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			id := hospital().ID(i)
			for range 2 {
				c, err := s.Read(t.Context(), id, want())
				if err != nil {
					continue // it says so
				}
				if n := len(c.Items); n != whole[id] && !c.Stores[0].Failed {
					t.Errorf("%s: %d items of %d, and nothing is said", id, n, whole[id])
				}
				for _, l := range c.Lists() {
					if c.Stores[0].Failed && (*l.State == model.NoRecord || *l.State == model.NotStored) {
						t.Errorf("%s: a list says %s of a copy that is away", id, *l.State)
					}
				}
			}
		})
	}
	if _, err := v.Prune(t.Context(), vault.Rule{}, now, false); err != nil {
		t.Error(err)
	}
	all.Wait()
	if data, err := io.ReadAll(in); err == nil && len(data) == 0 {
		t.Error("a document reads as empty")
	}
	_ = in.Close()
	s.Look(t.Context())
	now = now.Add(time.Minute)
	s.Look(t.Context())
	if st := s.State()[0]; st.State != StateOpen || st.Generation != kept {
		t.Errorf("%s %q: %v", st.State, st.Generation, st.Fault)
	}
	checkAll(t, s)
	left, err := filepath.Glob(filepath.Join(dir, "*", "*000001*"))
	if err != nil || len(left) != 0 {
		t.Errorf("%q is left, %v", left, err)
	}
	if done, err := v.Verify(t.Context(), vault.Check{Full: true}); err != nil || done.Unfinished != 0 || len(done.Findings) != 0 {
		t.Errorf("%+v, %v", done, err)
	}
}
