package synth_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
	"github.com/torideproject/toride/ssmix2/view"
)

func hospital(t testing.TB, o synth.Options) *synth.Hospital {
	t.Helper()
	h, err := synth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// opened is a store as a reader sees it.
type opened struct {
	t     testing.TB
	store *ssmix2.Store
	roots []ssmix2.Root
	d     *hl7.Decoder
}

func open(t testing.TB, h *synth.Hospital) *opened {
	t.Helper()
	fsys := h.FS()
	roots, found, err := ssmix2.Detect(context.Background(), fsys)
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	s, err := ssmix2.Open(context.Background(), fsys, roots, ssmix2.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &opened{t: t, store: s, roots: roots, d: hl7.NewDecoder(hl7.Options{})}
}

// chart is one patient as a reader sees him: what holds, and every lint.
type chart struct {
	listing *ssmix2.Listing
	items   []ssmix2.Item
	files   []view.File
	lints   []ssmix2.Lint
	docs    int
}

func (o *opened) chart(id string) *chart {
	o.t.Helper()
	ctx := context.Background()
	ps, found, err := o.store.Find(ctx, id)
	if err != nil || len(ps) != 1 {
		o.t.Fatal(id, ps, found, err)
	}
	l, err := o.store.List(ctx, ps[0])
	if err != nil {
		o.t.Fatal(err)
	}
	c := &chart{listing: l, lints: slices.Concat(found, l.Lints)}
	items, found := ssmix2.Resolve(l.Records)
	c.items, c.lints = items, append(c.lints, found...)
	for _, it := range items {
		r := &l.Records[it.Shown]
		if r.Extended {
			content, err := o.store.Content(ctx, r)
			if err != nil {
				o.t.Fatal(err)
			}
			c.lints = append(c.lints, content.Lints...)
			if r.Flag == ssmix2.Valid {
				c.docs++
			}
			continue
		}
		var m hl7.Message
		_, found, ok := o.store.Read(o.d, &m, r, nil)
		c.lints = append(c.lints, found...)
		if !ok || it.Standing != ssmix2.Current {
			continue
		}
		if slices.ContainsFunc(found, func(l ssmix2.Lint) bool { return l.Code == ssmix2.MessagePatient }) {
			continue
		}
		v, err := view.Read(r.Kind, &m)
		if err != nil {
			o.t.Fatal(r.Path(), err)
		}
		if len(v.Other) > 0 && r.Kind != "OML-12" {
			o.t.Errorf("%s: segments nobody reads: %v", r.Path(), v.Other)
		}
		c.files = append(c.files, view.File{Name: r.Name, View: v})
	}
	return c
}

func TestNew_HostileOptionsRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(o *synth.Options){
		"facility short":  func(o *synth.Options) { o.Facility = "123" },
		"facility path":   func(o *synth.Options) { o.Facility = "../../../etc" },
		"name delimiters": func(o *synth.Options) { o.Name = "病院|X" },
		"name line":       func(o *synth.Options) { o.Name = "病院\rPID|" },
		"name markup":     func(o *synth.Options) { o.Name = "<script>" },
		"patients":        func(o *synth.Options) { o.Patients = -1 },
		"too many":        func(o *synth.Options) { o.Patients = math.MaxInt },
		"years":           func(o *synth.Options) { o.Years = 31 },
		"beds":            func(o *synth.Options) { o.Beds = -4 },
		"no time":         func(o *synth.Options) { o.AsOf = time.Time{} },
		"share":           func(o *synth.Options) { o.Defects = 1.1 },
		"share NaN":       func(o *synth.Options) { o.Defects = math.NaN() },
		"volumes":         func(o *synth.Options) { o.Volumes = 10 },
		"width":           func(o *synth.Options) { o.IDWidth = 6 },
		"charset":         func(o *synth.Options) { o.Charsets = []hl7.Charset{hl7.UTF16LE} },
		"ward code":       func(o *synth.Options) { o.Wards = []synth.Ward{{Code: "4^E", Name: "x", Dept: "01"}} },
		"ward twice": func(o *synth.Options) {
			o.Wards = []synth.Ward{{Code: "A", Name: "x", Dept: "01"}, {Code: "A", Name: "y", Dept: "01"}}
		},
		"ward name":        func(o *synth.Options) { o.Wards = []synth.Ward{{Code: "A", Name: "", Dept: "01"}} },
		"ward beds":        func(o *synth.Options) { o.Wards = []synth.Ward{{Code: "A", Name: "x", Dept: "01", Beds: 500}} },
		"too narrow width": func(o *synth.Options) { o.IDWidth, o.Patients = 7, 5_000_001 },
	} {
		o := synth.Small(1)
		spoil(&o)
		if _, err := synth.New(o); !errors.Is(err, synth.ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTypes_AllOutputsAreReadCleanly(t *testing.T) {
	t.Parallel()
	o := synth.Small(7)
	o.Patients, o.Beds, o.Years = 300, 40, 2
	h := hospital(t, o)
	seen := map[[2]string]bool{}
	d, m := hl7.NewDecoder(hl7.Options{}), &hl7.Message{}
	for i := range h.Patients() {
		for f := range h.PatientFiles(i) {
			n, lints, ok := ssmix2.ParseName(base(f.Path))
			if !ok {
				continue // a document's file
			}
			if err := d.Decode(m, f.Data); err != nil || len(lints) > 0 {
				t.Fatal(f.Path, err, lints)
			}
			_, trigger, _ := m.Type()
			seen[[2]string{n.Kind, trigger}] = true
			if lints := ssmix2.Inspect(n, f.Path, m); len(lints) > 0 || !m.Clean() {
				p, _ := m.Problems()
				t.Fatal(lints, p)
			}
			v, err := view.Read(n.Kind, m)
			if err != nil || !v.Known || len(v.Other) > 0 {
				t.Fatal(f.Path, err, v.Other)
			}
		}
	}
	want := 0
	for _, k := range ssmix2.Types() {
		want++
		if !seen[[2]string{k.Code, k.Trigger}] {
			t.Errorf("%s %s was not made", k.Code, k.Trigger)
		}
		if k.Cancel != "" {
			want++
			if !seen[[2]string{k.Code, k.Cancel}] {
				t.Errorf("%s %s (taking back) was not made", k.Code, k.Cancel)
			}
		}
	}
	if want != 36 || len(seen) != 36 {
		t.Errorf("%d of %d outputs", len(seen), want)
	}
}

func base(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

func TestStore_WithoutDefectsHasNoLints(t *testing.T) {
	t.Parallel()
	o := synth.Small(3)
	o.Patients = 80
	h := hospital(t, o)
	s := open(t, h)
	for i := range h.Patients() {
		e, c := h.Expect(i), s.chart(h.ID(i))
		if len(c.lints) > 0 {
			t.Fatalf("patient %d: %v", i, c.lints)
		}
		if c.docs != e.Documents || len(c.listing.Records) != e.Files {
			t.Errorf("patient %d: %d documents of %d, %d files of %d", i, c.docs, e.Documents, len(c.listing.Records), e.Files)
		}
	}
}

func TestDefects_EachStandsWhereTheManifestSays(t *testing.T) {
	t.Parallel()
	o := synth.Small(5)
	o.Patients, o.Defects, o.Volumes = 100, 0.5, 2
	h := hospital(t, o)
	s := open(t, h)
	seen := map[string]bool{}
	for i := range h.Patients() {
		e := h.Expect(i)
		if len(e.Defects) == 0 {
			continue
		}
		d := e.Defects[0]
		seen[d.Kind] = true
		c := s.chart(e.ID)
		named := slices.ContainsFunc(c.lints, func(l ssmix2.Lint) bool {
			return l.Code == d.Lint && (d.Kind == "patient.two_people" || l.Path == d.Path || hasPrefix(l.Path, d.Path) || hasPrefix(d.Path, l.Path))
		})
		if d.Lint != "" && !named {
			t.Errorf("%s at %s: want %s, got %v", d.Kind, d.Path, d.Lint, c.lints)
		}
		if d.Lint == "" && len(c.lints) > 0 {
			t.Errorf("%s at %s: %v", d.Kind, d.Path, c.lints)
		}
		if d.Standing != 0 && !slices.ContainsFunc(c.items, func(it ssmix2.Item) bool {
			return it.Standing == d.Standing && c.listing.Records[it.Shown].Path() == d.Path
		}) {
			t.Errorf("%s at %s is not %v", d.Kind, d.Path, d.Standing)
		}
	}
	kinds := synth.DefectKinds()
	if len(seen) != len(kinds) {
		t.Errorf("%d of %d kinds: %v", len(seen), len(kinds), kinds)
	}
}

func hasPrefix(s, p string) bool { return len(s) >= len(p) && p != "" && s[:len(p)] == p }

// Each kind is in the table once, and dealt out in the table's order.
func TestDefectKinds_AreDealtInTurn(t *testing.T) {
	t.Parallel()
	o := synth.Small(5)
	kinds := synth.DefectKinds()
	o.Patients, o.Defects = 2*len(kinds), 1
	h := hospital(t, o)
	for i := range h.Patients() {
		if d := h.Expect(i).Defects; len(d) != 1 || d[0].Kind != kinds[i%len(kinds)] {
			t.Fatalf("patient %d: %v, want %s", i, d, kinds[i%len(kinds)])
		}
	}
}
