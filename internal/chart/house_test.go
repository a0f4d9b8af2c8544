package chart_test

import (
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	shelves "github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

// The real shelf over a folder: a patient is found by number, confirmed and read
// before any index exists; when the folder goes away, that is said.
func TestHouse_ReadsAFolderWithoutAnIndex(t *testing.T) {
	t.Parallel()
	top := filepath.Join(t.TempDir(), "store")
	e := hospital().Expect(hospital().Census()[0])
	i, _ := hospital().Index(e.ID)
	for f := range hospital().PatientFiles(i) {
		at := filepath.Join(top, filepath.FromSlash(f.Path))
		if f.Dir {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clock := ledgertest.NewClock()
	s, err := shelves.Open(t.Context(), shelves.Config{Roots: []string{top}, Clock: clock.Now, Zone: zone(), CacheBytes: -1, Index: index.Config{Quick: -1}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, err := chart.New(t.Context(), chart.Config{Book: ledgertest.BookAt(t, clock), Clock: clock.Now, Log: slog.New(slog.DiscardHandler), Shelf: s, Index: s.Index(), Witness: &witness{}})
	if err != nil {
		t.Fatal(err)
	}
	site := webtest.New(t, clock.Now, d.Module())
	if err := site.Catalog.Add(model.Texts()); err != nil {
		t.Fatal(err)
	}
	if err := site.Catalog.Add(shelves.Texts()); err != nil {
		t.Fatal(err)
	}
	c := site.As(reader())
	c.Get("/chart").Want(t, 200, "番号での検索はもうできます")
	at := c.Post("/chart/search", url.Values{"q": {strings.TrimLeft(e.ID, "0")}}).Want(t, 303).Location()
	page := c.Get(at).Want(t, 200, wide(e.Kanji), wide(e.Kana), e.ID)
	c.Post(at, url.Values{"seal": {seal(t, page.Body)}, "how": {"seen"}}).Want(t, 303)
	c.Get("/chart/p/"+e.ID).Want(t, 200, wide(e.Kanji), e.Drugs[len(e.Drugs)-1].Name, "時点の記録なし")
	c.Get("/chart/about").Want(t, 200, top, "読み取り中")
	if err := os.Rename(top, top+"-away"); err != nil {
		t.Fatal(err)
	}
	s.Look(t.Context())
	c.Get("/chart/p/"+e.ID).Want(t, 503, "今は読めません", "「記録なし」という意味ではありません")
	c.Get("/chart").Want(t, 200, "見つからない")
}
