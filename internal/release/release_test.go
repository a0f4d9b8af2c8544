package release

import (
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(Number) {
		t.Errorf("the number is %q", Number)
	}
	if v := Version(); !strings.HasPrefix(v, Number) {
		t.Errorf("%s of %s", v, Number)
	}
	for revision, want := range map[string]string{
		"0123456789abcdef0123456789abcdef01234567": Number + "-0123456789ab",
		"0123456": Number, // not what git calls a commit
		"":        Number,
	} {
		if got := of([]debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: revision}}); got != want {
			t.Errorf("%q: %s, want %s", revision, got, want)
		}
	}
	if got := of(nil); got != Number {
		t.Errorf("without settings: %s", got)
	}
}
