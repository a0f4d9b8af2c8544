package web_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

// A style sheet of one module is linked on its pages and nowhere else; what
// everybody must know now stands on every page, refusals too.
func TestServer_SheetOfAModuleAndBanners(t *testing.T) {
	t.Parallel()
	m := sample()
	m.Files.(fstest.MapFS)["sample.css"] = &fstest.MapFile{Data: []byte(".x{}")}
	m.Sheet = "sample.css"
	s := webtest.New(t, time.Now, m)
	s.Banners = []web.Banner{{Level: web.Danger, Say: text.Raw("写しが<古い>"), URL: "/sample"}}
	c := s.As(webtest.Person("sample.read"))
	page := c.Get("/sample").Want(t, 200, "banner-danger", "▲", "写しが&lt;古い&gt;", `href="/sample"`)
	link := regexp.MustCompile(`/s/[0-9a-f]+/sample\.css`).FindString(page.Body)
	if link == "" {
		t.Fatal("the module's style sheet is not linked")
	}
	if sheet := c.Get(link).Want(t, 200); strings.TrimSpace(sheet.Body) != ".x{}" {
		t.Errorf("the sheet reads %q", sheet.Body)
	}
	c.Get("/gone").Want(t, 404, "banner-danger").Lacks(t, "sample.css")
}

func TestServer_TwoSheetsOfOneName(t *testing.T) {
	t.Parallel()
	m := sample()
	m.Files.(fstest.MapFS)["app.css"] = &fstest.MapFile{Data: []byte("x")}
	m.Sheet = "app.css"
	_, err := web.New(web.Config{Catalog: text.NewCatalog(time.UTC), Clock: time.Now, Modules: []web.Module{m}})
	if err == nil || !strings.Contains(err.Error(), "app.css") {
		t.Errorf("two files of one name: %v", err)
	}
}
