package web_test

import (
	"mime"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/web"
)

// FuzzLocalPath looks for a next= that leaves the site, as a browser reads it:
// tabs and line ends are taken out, backslashes are slashes.
func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/", "//evil.example", "/\\evil.example", "/\t/evil.example", "/%09/evil", "/.//evil", "https:evil", "/a?next=//b", "javascript:alert(1)", "/\r\nX: 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := web.LocalPath(s)
		seen := strings.NewReplacer("\t", "", "\r", "", "\n", "", "\\", "/").Replace(got)
		u, err := url.Parse(seen)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") {
			t.Errorf("%q leads to %q", s, got)
		}
	})
}

// FuzzCleanName looks for an uploaded name that is a path, has control
// characters or ends the header of the download.
func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"../../x", `..\..\x`, "a\r\nX: 1", "", ".", "..", "/", "表.xlsx", "x\u202Egpj.exe", strings.Repeat("あ", 500), "\xff\xfe", "a/..", "C:\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := web.CleanName(s)
		if got == "" || got == "." || got == ".." || strings.ContainsAny(got, "/\\") || !utf8.ValidString(got) || utf8.RuneCountInString(got) > 120 {
			t.Errorf("%q becomes %q", s, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) {
				t.Errorf("%q keeps %U", s, r)
			}
		}
		w := httptest.NewRecorder()
		c := &web.Call{W: w}
		if err := c.Download(got, "text/plain", nil); err != nil {
			t.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
		if err != nil || kind != "attachment" || params["filename"] != got {
			t.Errorf("%q is sent as %q", got, w.Header().Get("Content-Disposition"))
		}
	})
}
