package chain_test

import (
	"regexp"
	"testing"

	"github.com/torideproject/toride/internal/chain"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

func TestBrowser_ChainInBothLanguages(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := browsertest.Start(t)
	pack, err := chain.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, n, seen := &source{}, 0, map[string]bool{}
	states := []reading.State{reading.Good, reading.Good, reading.Bad, reading.Unknown, reading.Good, reading.None}
	for _, step := range pack.Steps {
		for _, c := range chain.Columns() {
			for _, id := range step.Means(c).Readings {
				if !seen[id] {
					s.readings = append(s.readings, reading.Reading{ID: id, State: states[n%len(states)], Basis: reading.Register, At: ledgertest.Start(), Say: text.Raw("読み取りの文(架空)"), URL: "/lines"})
					seen[id], n = true, n+1
				}
			}
		}
	}
	_, site := build(t, s)
	address := browsertest.Serve(t, site.Server.Handler())
	for _, lang := range text.Langs() {
		person := webtest.Person("chain.read")
		person.Lang = string(lang)
		p := b.Page(t, address, browsertest.Reader{Cookies: map[string]string{web.SessionCookie: site.Token(person)}})
		p.Open("/chain").Axe().Fits().Shot("chain-" + string(lang))
		pdf := p.PDF("chain-" + string(lang))
		if pages := len(regexp.MustCompile(`/Type /Page\b`).FindAllString(string(pdf), -1)); pages > 10 {
			t.Errorf("prints on %d pages", pages)
		}
	}
}
