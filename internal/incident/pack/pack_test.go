package pack_test

import (
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/incident/pack"
	"github.com/torideproject/toride/internal/text"
)

type sample struct {
	Head pack.Head `json:"head"`
	N    int       `json:"n"`
}

func (s sample) PackHead() pack.Head { return s.Head }

const good = `{"head":{"id":"x","edition":"1","source":{"ja":"出典","en":"source"},"effective_from":"2022-04-01",
"checked":"2026-11-22","confidence":"copy","note":{"ja":"注","en":"note"}},"n":3}`

func TestRead_Whole(t *testing.T) {
	t.Parallel()
	p, err := pack.Read[sample]([]byte(good))
	if err != nil || p.N != 3 || p.Head.Source.In(text.EN) != "source" || p.Head.Source.In(text.JA) != "出典" {
		t.Fatalf("got %+v, %v", p, err)
	}
	if !p.Head.Confirmed() {
		t.Error("a copy of the original counts as confirmed")
	}
}

func TestRead_Refuses(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"unknown field":      strings.Replace(good, `"n":3`, `"m":3`, 1),
		"second value":       good + good,
		"one language":       strings.Replace(good, `"en":"note"`, `"en":""`, 1),
		"bad day":            strings.Replace(good, "2022-04-01", "2022/04/01", 1),
		"unknown confidence": strings.Replace(good, `"copy"`, `"sure"`, 1),
		"truncated":          good[:len(good)-5],
		"empty":              "",
		"too large":          good + strings.Repeat(" ", 1<<20),
	} {
		if _, err := pack.Read[sample]([]byte(data)); err == nil {
			t.Errorf("%s: read without an error", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"head":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := pack.Read[sample](data)
		if err == nil && p.Head.ID == "" {
			t.Error("a pack without an id was taken")
		}
	})
}
