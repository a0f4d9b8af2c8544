package web_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

// A handler goes on only with a form that is whole: what is wrong was shown, by
// its fields or by a look at them together, and the look is not asked where the
// fields are wrong already.
func TestForm_Taken(t *testing.T) {
	t.Parallel()
	looked := 0
	files := fstest.MapFS{
		"text_ja.json": {Data: []byte(`{"sample.title":"入力","sample.name":"名前","sample.same":"同じ名前です。","sample.done":"受け取りました。"}`)},
		"text_en.json": {Data: []byte(`{"sample.title":"Entry","sample.name":"Name","sample.same":"The same name.","sample.done":"Taken."}`)},
	}
	take := func(c *web.Call) error {
		f := web.Form{Title: text.M("sample.title"), Action: "/take", Submit: text.M("sample.title"), Fields: []web.Field{
			{Name: "a", Label: text.M("sample.name"), Kind: web.TextField, Required: true, Max: 5},
			{Name: "b", Label: text.M("sample.name"), Kind: web.TextField},
		}}
		done, err := f.Taken(c, func() {
			looked++
			if f.Text("a") == f.Text("b") {
				f.Fail("b", "sample.same")
			}
		})
		if done {
			return err
		}
		return c.Redirect("/", text.M("sample.done"))
	}
	site := webtest.New(t, time.Now, web.Module{Name: "sample", Files: files, Routes: []web.Route{{Pattern: "POST /take", Perm: web.Public, Do: take}}})
	c := site.As(web.Person{})
	for i, x := range []struct {
		a, b   string
		status int
		words  string
		looked int
	}{{"砦", "城", 303, "", 1}, {"", "城", 422, "城", 1}, {"長すぎる名前", "", 422, "長すぎる名前", 1}, {"砦", "砦", 422, "同じ名前です。", 2}} {
		c.Post("/take", url.Values{"a": {x.a}, "b": {x.b}}).Want(t, x.status, x.words)
		if looked != x.looked {
			t.Errorf("case %d: looked %d times, want %d", i, looked, x.looked)
		}
	}
	broken := httptest.NewRequest("POST", "/take", strings.NewReader("no parts"))
	broken.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	broken.Header.Set("Sec-Fetch-Site", "same-origin")
	c.Do(broken).Want(t, 422, "うまくいきませんでした").Lacks(t, "<form action")
	if looked != 2 {
		t.Error("looked at a request that cannot be read")
	}
}
