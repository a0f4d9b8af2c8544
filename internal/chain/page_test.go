package chain_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chain"
	"github.com/torideproject/toride/internal/comply"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

type source struct {
	readings []reading.Reading
	err      error
}

func build(t testing.TB, s *source) (*chain.Chain, *webtest.Site) {
	t.Helper()
	ch, err := chain.New(chain.Config{Readings: func(context.Context) ([]reading.Reading, error) { return s.readings, s.err }})
	if err != nil {
		t.Fatal(err)
	}
	return ch, webtest.New(t, ledgertest.NewClock().Now, ch.Module(), web.Module{Name: "comply", Files: comply.Texts()})
}

func TestShow_NothingReadClaimsNothing(t *testing.T) {
	t.Parallel()
	ch, site := build(t, &source{})
	c := site.As(webtest.Person("chain.read"))
	p := c.Get("/chain").Want(t, 200, "A1 ", "A13 ", "未確認", "いま病院でできること:", "番号未照合", "07時45分", "穴が見つかっている段は0です", "<svg").Lacks(t, "%!", "ZgotmplZ")
	if n := strings.Count(p.Body, ">有効</"); n != 1 { // the legend
		t.Errorf("有効 stands %d times on a page without readings", n)
	}
	c.In(text.EN).Get("/chain").Want(t, 200, "What the hospital can do now:", "number not verified", "0 have a hole")
	site.As(webtest.Person("comply.read")).Get("/chain").Want(t, 403)
	rows, err := ch.Rows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s := chain.Sum(rows); s.Working+s.Partly+s.Hole+s.None != 0 || s.Unread+s.Blank != s.Cells {
		t.Errorf("%+v", s)
	}
}

func TestShow_SentenceTimeAndLink(t *testing.T) {
	t.Parallel()
	s := &source{readings: []reading.Reading{
		{ID: "asset.lines.rdp", State: reading.Bad, Basis: reading.Register, At: ledgertest.Start(), Say: text.Raw("RDPが常に開いている外接点が1件 <b>"), Count: 1, Total: 3, URL: "/lines?gap=rdp"},
		{ID: "asset.lines", State: reading.Good, Basis: reading.Register, At: ledgertest.Start(), Say: text.Raw("外接点3件"), URL: "/lines"},
		{ID: "access.reviews", State: reading.Good, Basis: reading.Register, At: ledgertest.Start(), Say: text.Raw("見直し済み")},
	}}
	_, site := build(t, s)
	c := site.As(webtest.Person("chain.read"))
	c.Get("/chain").Want(t, 200, "RDPが常に開いている外接点が1件 &lt;b&gt;", `href="/lines?gap=rdp"`, "台帳・砦の記録から 2026年11月2日(月) 09:00", "穴が見つかっている段は1です", "stroke-dasharray=\"14 7\"", "1/3")
	c.In(text.EN).Get("/chain").Want(t, 200, "1 have a hole", "From the register Mon 2 Nov 2026 09:00")
}

func TestShow_FailingSourceIsNotAnEmptyChain(t *testing.T) {
	t.Parallel()
	_, site := build(t, &source{err: errors.New("disk")})
	site.As(webtest.Person("chain.read")).Get("/chain").Want(t, 500).Lacks(t, "A13")
}

func TestTemplates_FitTheirData(t *testing.T) {
	t.Parallel()
	ch, _ := build(t, &source{})
	webtest.CheckTemplates(t, ch.Module())
}

func TestDraw_EachStateHasItsShape(t *testing.T) {
	t.Parallel()
	pack, err := chain.Load()
	if err != nil {
		t.Fatal(err)
	}
	set := reading.Set{}
	states := []reading.State{reading.Good, reading.Bad, reading.Unknown, reading.None}
	n := 0
	for _, s := range pack.Steps {
		for _, c := range chain.Columns() {
			for _, id := range s.Means(c).Readings {
				set[id] = reading.Reading{ID: id, State: states[n%4]}
				n++
			}
		}
	}
	words := chain.PictureTexts{Title: "T", Columns: map[chain.Column]string{}, States: map[chain.State]string{chain.Hole: "穴<"}}
	first := chain.Draw(pack.Compute(set), words)
	if first != chain.Draw(pack.Compute(set), words) {
		t.Error("two pictures of the same rows differ")
	}
	dec := xml.NewDecoder(strings.NewReader(string(first)))
	for {
		if _, err := dec.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("broken SVG: %v", err)
		}
	}
	if strings.Contains(string(first), "style=") || strings.Count(string(first), "<rect") < 13 {
		t.Error("inline style, or links are missing")
	}
	shapes := map[string]string{}
	for _, s := range chain.States() {
		mark := chain.StateMark(s)
		if mark.Say.Zero() || mark.Shape() == "" {
			t.Errorf("%s has no word or shape", s)
		}
		shapes[string(s)] = mark.Shape()
	}
	if shapes["working"] == shapes["hole"] || shapes["unread"] == shapes["working"] {
		t.Error("states share a shape")
	}
}
