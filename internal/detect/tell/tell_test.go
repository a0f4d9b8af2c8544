package tell_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/detect/tell"
)

func TestSay_LeavesOutWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	f := func(template string, v tell.Values, want string) {
		t.Helper()
		tm, err := tell.Parse(template)
		if err != nil {
			t.Fatalf("%s: %v", template, err)
		}
		if got := tm.Say(v, "不明"); got != want {
			t.Errorf("%s: %s, want %s", template, got, want)
		}
	}
	v := tell.Values{"host": "電子カルテサーバ", "source": "給食サーバ", "account": "administrator"}
	f("[{source}から]{host}へ遠隔接続[(利用者 {account})]", v, "給食サーバから電子カルテサーバへ遠隔接続(利用者 administrator)")
	delete(v, "source")
	f("[{source}から]{host}へ遠隔接続[(利用者 {account})]", v, "電子カルテサーバへ遠隔接続(利用者 administrator)")
	f("{source}から", v, "不明から")
	f("[{account}@{source}]x", v, "x")
	f(`\[{host}\]\{`, v, "[電子カルテサーバ]{")
	f("", v, "")
	// What a log says is never read as a template.
	v["host"] = "[{account}]"
	f("{host}", v, "[{account}]")
}

func TestParse_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"{hots}", "{host", "[a", "a]", "[[a]]", "}", strings.Repeat("a", 2001), "{}"} {
		if _, err := tell.Parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
		if got := tell.Fill(bad, nil, ""); got != bad {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"[{source}から]{host}へ", `\[`, "[", "{host}}", "{", `\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tm, err := tell.Parse(s)
		if err != nil {
			return
		}
		got := tm.Say(tell.Values{"host": "あ"}, "x")
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("%q says %q", s, got)
		}
	})
}
