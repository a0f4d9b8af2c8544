package webtest

import (
	"html/template"
	"testing"

	"github.com/jba/templatecheck"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// CheckTemplates checks each page's template against the type of its data in
// both languages, so that a field which does not exist is found here and not
// by a reader.
func CheckTemplates(t *testing.T, m web.Module) {
	t.Helper()
	cat := text.NewCatalog(zone())
	if err := cat.Add(m.Files); err != nil {
		t.Error(err)
	}
	for _, page := range m.Pages {
		tmpl, err := template.New("page").Funcs(web.Funcs(cat, text.JA)).Parse(web.Parts())
		if err == nil {
			tmpl, err = web.ParsePage(tmpl, m.Files, page.Name)
		}
		if err != nil {
			t.Errorf("%s.%s: %v", m.Name, page.Name, err)
			continue
		}
		if err := templatecheck.CheckHTML(tmpl.Lookup("content"), page.Data); err != nil {
			t.Errorf("%s.%s: %v", m.Name, page.Name, err)
		}
	}
}
