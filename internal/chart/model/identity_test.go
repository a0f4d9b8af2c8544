package model_test

import (
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
)

// Two people have another name and another day of birth; less is a doubt, and a
// name that stands for nobody is nobody else.
func TestAnother(t *testing.T) {
	t.Parallel()
	hanako := model.Identity{Kanji: "砦　花子", Kana: "トリデ　ハナコ", Birth: "19500102", Sex: "F"}
	for name, x := range map[string]struct {
		b    model.Identity
		want bool
	}{
		"the same":            {model.Identity{Kanji: "砦 花子", Kana: "とりで はなこ", Birth: "19500102", Sex: "F"}, false},
		"married":             {model.Identity{Kanji: "見本　花子", Kana: "ミホン　ハナコ", Birth: "19500102", Sex: "F"}, false},
		"another day":         {model.Identity{Kanji: "砦　花子", Kana: "トリデ　ハナコ", Birth: "19500103", Sex: "F"}, false},
		"another person":      {model.Identity{Kanji: "見本　太郎", Kana: "ミホン　タロウ", Birth: "19800203", Sex: "M"}, true},
		"only in kana":        {model.Identity{Kana: "ミホン　タロウ", Birth: "19800203"}, true},
		"no day of birth":     {model.Identity{Kanji: "見本　太郎"}, false},
		"no name":             {model.Identity{Birth: "19800203"}, false},
		"brought in nameless": {model.Identity{Kanji: "身元不明　１", Kana: "フメイ　イチ", Birth: "19000101", Sex: "F"}, false},
		"unknown":             {model.Identity{Kanji: "ｕｎｋｎｏｗｎ　Ａ", Birth: "19000101"}, false},
	} {
		if model.Another(hanako, x.b) != x.want || model.Another(x.b, hanako) != x.want {
			t.Errorf("%s: not %v", name, x.want)
		}
	}
}
