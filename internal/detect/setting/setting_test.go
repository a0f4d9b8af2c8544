package setting_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/detect/setting"
)

func TestShipped_IsWhole(t *testing.T) {
	t.Parallel()
	c, err := setting.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	guid := regexp.MustCompile(`^\{0CCE92[0-9A-F]{2}-69AE-11D9-BED3-505054503030\}$`)
	kana := regexp.MustCompile(`[ぁ-んァ-ヶ]`)
	for _, s := range c.List() {
		if device, _, _ := strings.Cut(s.ID, "."); device != s.On && device != "antivirus" {
			t.Errorf("%s stands under %s", s.ID, s.On)
		}
		for _, line := range s.Command {
			if kana.MatchString(line) {
				t.Errorf("%s: a command with Japanese would fail on an English Windows: %s", s.ID, line)
			}
			if _, after, ok := strings.Cut(line, "/subcategory:"); ok && !guid.MatchString(strings.Fields(after)[0]) {
				t.Errorf("%s: %s", s.ID, line)
			}
		}
		if kana.MatchString(s.Name.EN + s.Note.EN + s.Volume.EN) {
			t.Errorf("%s: Japanese in the English text", s.ID)
		}
		if got, ok := c.Get(s.ID); !ok || got.ID != s.ID {
			t.Errorf("%s cannot be found", s.ID)
		}
	}
	if len(c.List()) < 25 {
		t.Errorf("%d settings", len(c.List()))
	}
	if _, ok := c.Get("windows.none"); ok {
		t.Error("a setting that is not there was found")
	}
}

func TestParse_RefusesWhatCannotHelp(t *testing.T) {
	t.Parallel()
	f := func(data, want string) {
		t.Helper()
		if _, err := setting.Parse([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", data, err)
		}
	}
	const words = `"name":{"ja":"名","en":"n"},"volume":{"ja":"量","en":"v"},"command":["x"],`
	f(`[{"id":""}]`, "empty")
	f(`[{"id":"a","on":"windows",`+words+`"signs":[]}]`, "no sign")
	f(`[{"id":"a","on":"windows",`+words+`"signs":[{"codes":["1"]}]}]`, "fits everything")
	f(`[{"id":"a","on":"toaster",`+words+`"signs":[{"product":"x"}]}]`, "toaster")
	f(`[{"id":"a","on":"windows",`+words+`"after":"b","signs":[{"product":"x"}]}]`, "not there")
	f(`[{"id":"a","on":"windows","name":{"ja":"名","en":""},"volume":{"ja":"量","en":"v"},"command":["x"],"signs":[{"product":"x"}]}]`, "one language")
	f(`[{"id":"a","kind":1}]`, "unknown field")
}
