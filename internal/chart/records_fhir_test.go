package chart_test

import (
	"os"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/all"
)

// A patient of a FHIR store has the same pages: resources are shown as they
// were sent, documents as documents.
func TestRecords_OfFHIR(t *testing.T) {
	t.Parallel()
	list, _, err := all.Open(t.Context(), os.DirFS("source/fhir/testdata/clins"), source.Options{Zone: zone()})
	if err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	defer all.Close(list)
	r := newRecords(t)
	r.store.Source = list[0]
	for _, texts := range all.Texts()[1:] { // the first are in already
		if err := r.site.Catalog.Add(texts); err != nil {
			t.Fatal(err)
		}
	}
	const id = "0001234567"
	c, at := r.person(t, id)
	for _, page := range recordPages() {
		c.Get(at+page).Want(t, 200)
	}
	byKind := map[string]*model.Item{}
	items := r.chart(t, id).Items
	for i := range items {
		it := &items[i]
		byKind[it.Kind] = it
		c.Get(at+"/original/"+it.Ref.String()).Want(t, 200)
		c.Get(at+"/document/"+it.Ref.String()).Want(t, 200)
	}
	composition, observation, letter := byKind["Composition"], byKind["Observation"], byKind["DocumentReference"]
	if composition == nil || observation == nil || letter == nil {
		t.Fatal("the sample has no composition, observation or file")
	}
	c.Get(at+"/document/"+composition.Ref.String()).Want(t, 200, "現病歴", "スクリプト").Lacks(t, "<script>alert")
	c.Get(at+"/original/"+composition.Ref.String()).Want(t, 200, "&#34;resourceType&#34;: &#34;Composition&#34;")
	c.Get(at+"/original/"+observation.Ref.String()+"?at=identifier%5B0%5D.value").Want(t, 200, `id="at"`, "identifier")
	c.Get(at+"/document/"+letter.Ref.String()).Want(t, 200, "PDFを別のタブで開く")
	c.Get(at+"/documents").Want(t, 200, "Composition", "/document/")
}
