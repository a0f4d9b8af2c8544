package chart_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
)

// somebodyElse makes the record of a number another person's, as a medium of
// another hospital does that is put in the place of the first.
func somebodyElse(c *model.Chart) {
	c.Person.Kanji.Show, c.Person.Kana.Show, c.Person.Birth.Stamp, c.Person.Sex.Code = "架空　別人", "カクウ　ベツジン", "19010203", "M"
}

func TestConfirm_EndsWhereTheRecordIsSomebodyElses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	id := hospital().ID(0)
	at := h.open(t, c, id)
	c.Get(at).Want(t, 200)
	h.shelf.change(t, id, somebodyElse)
	for _, page := range []string{"", "/drugs", "/print/drugs"} {
		if to := c.Get(at+page).Want(t, 303).Location(); !strings.HasPrefix(to, at+"/confirm") {
			t.Errorf("%s: the other person's chart: %s", page, to)
		}
	}
	h.open(t, c, id)
	c.Get(at).Want(t, 200, "架空")
	h.shelf.change(t, id, func(c *model.Chart) { c.Person = model.Person{} })
	c.Get(at).Want(t, 303) // nobody says any more who it is
}

// A name in older forms of its characters is the same name.
func TestConfirm_HoldsWhereTheRecordIsTheSame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	id := hospital().ID(0)
	at := h.open(t, c, id)
	h.shelf.change(t, id, func(c *model.Chart) { c.Person.Kanji.Show = strings.ReplaceAll(c.Person.Kanji.Show, "　", " ") })
	c.Get(at).Want(t, 200)
}

// The index may still be that of the copy before: what was typed is compared
// with the record.
func TestSearch_BirthOfAnotherCopyConfirmsNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	id := hospital().ID(0)
	typed := url.Values{"q": {id + " " + hospital().Expect(0).Birth}}
	h.shelf.change(t, id, somebodyElse)
	if to := c.Post("/chart/search", typed).Want(t, 303).Location(); to == "/chart/p/"+id {
		t.Errorf("opened without a look: %s", to)
	}
	c.Get("/chart/p/"+id).Want(t, 303)
}

// Who typed a number among the pages of print confirms the patient and comes
// back to the sheet with all that was chosen.
func TestConfirm_LeadsBackToThePrint(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site.As(reader())
	id := hospital().ID(0)
	at := h.open(t, c, id)
	if to := c.Get(at+"/print/drugs?large=1&patient="+id).Want(t, 303).Location(); to != "/paper/drugs?large=1&patient="+id {
		t.Error(to)
	}
	if to := c.Get(at+"/print/drugs?as=pdf&patient=other").Want(t, 303).Location(); to != "/paper/drugs/pdf?patient=other&patient="+id {
		t.Error(to)
	}
}
