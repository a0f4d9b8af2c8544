package sourcetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// maxOpened is how many originals of a patient are opened.
const maxOpened = 40

// Run asks of a source what every source promises. open gives one that holds at
// least the patients it names, by the numbers that the store writes; it is
// called once.
func Run(t *testing.T, open func(testing.TB) (s source.Source, ids []string)) {
	t.Helper()
	s, ids := open(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	if len(ids) == 0 {
		t.Fatal("no patient was named")
	}
	info := s.Info()
	if info.Name == "" || strings.ContainsAny(info.Name, "./ ") || info.Format == "" {
		t.Errorf("info %+v: the name must be good for a ref", info)
	}
	t.Run("find", func(t *testing.T) { find(t, s, ids) })
	t.Run("read", func(t *testing.T) { read(t, s, ids) })
	t.Run("parts", func(t *testing.T) { parts(t, s, ids[0]) })
	t.Run("originals", func(t *testing.T) { originals(t, s, ids) })
	t.Run("strangers", func(t *testing.T) { strangers(t, s) })
	t.Run("walk", func(t *testing.T) { walk(t, s, ids) })
	t.Run("cancelled", func(t *testing.T) { cancelled(t, s, ids[0]) })
}

// today is a day like any other: a source has no clock.
func today() model.Day {
	d, _ := model.ParseDay("20251026")
	return d
}

func find(t *testing.T, s source.Source, ids []string) {
	for _, id := range ids {
		found, err := s.Find(context.Background(), id)
		if err != nil || !slices.ContainsFunc(found, func(f source.Found) bool { return f.ID == id }) {
			t.Errorf("%s: %+v, %v", id, found, err)
		}
		for _, f := range found {
			notices(t, f.Notices)
		}
	}
}

func read(t *testing.T, s source.Source, ids []string) {
	for _, id := range ids {
		c, err := s.Read(context.Background(), id, source.Want{Today: today()})
		if err != nil {
			t.Fatal(id, err)
		}
		if c.ID != id || c.Today != today() || len(c.Stores) != 1 || c.Stores[0].Absent || c.Stores[0].Source != s.Info().Name {
			t.Errorf("%s: chart of %q, %v, %+v", id, c.ID, c.Today, c.Stores)
		}
		Check(t, s, c)
		again, err := s.Read(context.Background(), id, source.Want{Today: today()})
		if err != nil || !bytes.Equal(encoded(t, c), encoded(t, again)) {
			t.Errorf("%s: read twice it is not the same (%v)", id, err)
		}
		var back model.Chart
		if err := json.Unmarshal(encoded(t, c), &back); err != nil || !bytes.Equal(encoded(t, c), encoded(t, &back)) {
			t.Errorf("%s: the chart does not survive JSON: %v", id, err)
		}
	}
}

func encoded(t *testing.T, c *model.Chart) []byte {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// parts reads a patient in part, and with a limit of one item.
func parts(t *testing.T, s source.Source, id string) {
	c, err := s.Read(context.Background(), id, source.Want{Today: today(), Only: []model.Part{model.Labs}})
	if err != nil || c.Labs.State == "" || c.Meals.State != "" || c.Allergies.State != "" {
		t.Errorf("labs alone: %v, labs %q, meals %q, allergies %q", err, c.Labs.State, c.Meals.State, c.Allergies.State)
	}
	whole, err := s.Read(context.Background(), id, source.Want{Today: today()})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Items) != len(whole.Items) {
		t.Errorf("labs alone name %d items, all %d", len(c.Items), len(whole.Items))
	}
	little, err := s.Read(context.Background(), id, source.Want{Today: today(), Limit: 1})
	if err != nil || len(little.Items) != len(whole.Items) {
		t.Errorf("with a limit %d items are named, want %d (%v)", len(little.Items), len(whole.Items), err)
	}
	never := func(string) (bool, bool) { return false, true }
	c, err = s.Read(context.Background(), "no such patient", source.Want{Today: today(), Stored: never})
	if err != nil || len(c.Stores) != 1 || !c.Stores[0].Absent || len(c.Items) > 0 {
		t.Errorf("a patient who is not there: %+v, %v", c, err)
	}
	if c.Labs.State != model.NotStored || c.Allergies.State != model.NotStored {
		t.Errorf("of a kind that is stored for nobody: labs %q, allergies %q", c.Labs.State, c.Allergies.State)
	}
}

// originals opens what the chart names.
func originals(t *testing.T, s source.Source, ids []string) {
	for _, id := range ids {
		c, err := s.Read(context.Background(), id, source.Want{Today: today()})
		if err != nil {
			t.Fatal(err)
		}
		for i, item := range c.Items {
			if i >= maxOpened {
				break
			}
			original(t, s, item.Ref)
			for _, o := range item.Older {
				original(t, s, o.Ref)
			}
		}
	}
}

func original(t *testing.T, s source.Source, ref model.Ref) {
	t.Helper()
	if back, ok := model.ParseRef(ref.String()); !ok || back != ref {
		t.Errorf("the ref %+v does not survive", ref)
	}
	d, err := s.Document(context.Background(), ref)
	if err != nil {
		t.Errorf("%+v: %v", ref, err)
		return
	}
	notices(t, d.Notices)
	if d.Ref != ref || d.Kind == "" || d.Main < -1 || d.Main >= len(d.Files) {
		t.Errorf("%+v: document %+v", ref, d)
	}
	names := map[string]bool{}
	for _, f := range d.Files {
		if f.Name == "" || names[f.Name] || f.MIME == "" || f.Media == "" {
			t.Errorf("%+v: file %+v", ref, f)
		}
		names[f.Name] = true
		in, err := f.Open()
		if err != nil {
			t.Errorf("%+v: %s: %v", ref, f.Name, err)
			continue
		}
		n, err := io.Copy(io.Discard, in)
		if closed := in.Close(); err != nil || closed != nil || f.Size >= 0 && n != f.Size {
			t.Errorf("%+v: %s has %d bytes, said %d: %v %v", ref, f.Name, n, f.Size, err, closed)
		}
	}
}

// strangers asks for what is not there, or must not be given.
func strangers(t *testing.T, s source.Source) {
	name := s.Info().Name
	for _, ref := range []model.Ref{{}, {Source: name}, {Source: name, Item: "."}, {Source: name, Item: "../../etc/passwd"}, {Source: name, Item: "/etc/passwd"},
		{Source: name, Item: "a/../../b"}, {Source: "other", Item: "x"}, {Source: name, Item: "no/such/item"}, {Source: name, Item: "C:\\windows"}, {Source: name, Item: "\x00"}} {
		if d, err := s.Document(context.Background(), ref); !errors.Is(err, source.ErrNoItem) {
			t.Errorf("%+v: %v, %v; want ErrNoItem", ref, d, err)
		}
	}
	for _, id := range []string{"", " ", "../..", "no such patient", strings.Repeat("9", 300), "a/b", "\x00"} {
		if found, err := s.Find(context.Background(), id); err != nil || len(found) > 0 {
			t.Errorf("find %q: %v, %v", id, found, err)
		}
	}
	if k := s.Kind("no such kind"); k.Japanese == "" || k.English == "" {
		t.Errorf("an unknown kind has no name: %+v", k)
	}
}

func walk(t *testing.T, s source.Source, ids []string) {
	all := entries(t, s, source.Walk{Workers: 1})
	again := entries(t, s, source.Walk{})
	if len(all) != len(again) {
		t.Fatalf("%d entries, then %d", len(all), len(again))
	}
	marks := map[string]uint64{}
	for i := range all {
		if all[i].ID != again[i].ID || all[i].Mark != again[i].Mark || all[i].Position == "" || all[i].ID == "" {
			t.Fatalf("%+v, then %+v", all[i], again[i])
		}
		marks[all[i].ID] = all[i].Mark
		for _, k := range all[i].Kinds {
			if kind := s.Kind(k.Kind); kind.Japanese == "" || kind.English == "" || k.Items < 1 {
				t.Errorf("%s: %+v is %+v", all[i].ID, k, kind)
			}
		}
	}
	for _, id := range ids {
		if _, ok := marks[id]; !ok {
			t.Errorf("the walk did not come by %s", id)
		}
	}
	if len(marks) != len(all) {
		t.Errorf("%d entries of %d patients", len(all), len(marks))
	}
	if n := len(all) / 2; n > 0 {
		rest := entries(t, s, source.Walk{After: all[n-1].Position})
		if len(rest) != len(all)-n || rest[0].ID != all[n].ID {
			t.Errorf("behind entry %d of %d there are %d", n, len(all), len(rest))
		}
	}
	for _, quick := range []bool{false, true} {
		known := func(id string) (uint64, bool) { m, ok := marks[id]; return m, ok }
		for _, e := range entries(t, s, source.Walk{Known: known, Quick: quick}) {
			if e.Same && (e.Mark != marks[e.ID] || e.Position == "") {
				t.Errorf("%s is the same, with the mark %x for %x", e.ID, e.Mark, marks[e.ID])
			}
		}
	}
}

func entries(t *testing.T, s source.Source, opt source.Walk) []source.Entry {
	t.Helper()
	var out []source.Entry
	if err := s.Walk(context.Background(), opt, func(e source.Entry) error { out = append(out, e); return nil }); err != nil {
		t.Fatal("walk:", err)
	}
	return out
}

// cancelled calls everything with a context that has ended.
func cancelled(t *testing.T, s source.Source, id string) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Read(ctx, id, source.Want{Today: today()}); !errors.Is(err, context.Canceled) {
		t.Error("read:", err)
	}
	if err := s.Walk(ctx, source.Walk{}, func(source.Entry) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error("walk:", err)
	}
	stop := errors.New("enough")
	if err := s.Walk(context.Background(), source.Walk{}, func(source.Entry) error { return stop }); !errors.Is(err, stop) {
		t.Error("a walk that its caller ends:", err)
	}
}
