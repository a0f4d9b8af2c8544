package index

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/source"
)

func few() *Index {
	e := []source.Entry{
		person("0000000101", "髙橋 花子", "タカハシ ハナコ", "19850305"),
		person("0000000102", "高橋 華子", "たかはし はなこ", "19850306"),
		person("0000000103", "渡邉󠄀 一郎", "ﾜﾀﾅﾍﾞ ｲﾁﾛｳ", "19850305"),
		person("0000000104", "大野 浩一", "オオノ コウイチ", "20240305"),
		person("0000000105", "小野 光一", "オノ コウイチ", "1990"),
		person("0000000106", "高橋 花子", "タカハシ ハナコ", "19601111"),
		person("0000020240305", "林 マリー", "ハヤシ マリー", ""),
		person("00A123", "SMITH JOHN", "スミス ジョン", "19700101"),
		person("0000000109", "国東 齊", "クニサキ ヒトシ", "19850305"),
	}
	e[3].Stay = &source.Bed{Ward: "3W", WardName: "3階西", Room: "301", Bed: "2"}
	return built(newFake("s1", e))
}

func TestSearch_FindsByEveryWayToAsk(t *testing.T) {
	t.Parallel()
	ix := few()
	for _, c := range []struct{ query, want, by string }{
		{"0000000101", "101", "id"},
		{"101", "101", "id_zeros"},
		{"００１０１", "101", "id_zeros"},
		{"a123", "A123", "id_zeros"},
		{"A0000000101A", "101", "barcode"},
		{"b101d", "101", "barcode id_zeros"},
		{"*PT-0000000101*", "101", "barcode"},
		{"たかはし　はなこ", "101 102 106", "kana"},
		{"タカハシハナコ", "101 102 106", "kana"},
		{"ﾀｶﾊｼ", "101 102 106", "kana"},
		{"高橋花子", "101 106", "kanji name_folded"},
		{"髙橋", "101 102 106", "kanji"},
		{"渡辺", "103", "kanji name_folded"},
		{"わたなべ", "103", "kana"},
		{"ワタナベ イチロー", "103", "kana name_folded"},
		{"こういち", "104 105", "kana"},
		{"コーイチ", "104 105", "kana name_folded"},
		{"オーノ", "104", "kana name_folded"},
		{"オノ", "105 104", "kana"},
		{"國東", "109", "kanji name_folded"},
		{"斎", "109", "kanji name_folded"},
		{"林", "20240305", "kanji"},
		{"ハヤシ マリ", "20240305", "kana"},
		{"takahashi", "101 102 106", "kana"},
		{"smith", "A123", "kanji"},
		{"john smith", "A123", "kanji"},
		{"20240305", "20240305 104", "id_zeros"},
		{"2024/3/5", "104", "birth"},
		{"2024年3月5日", "104", "birth"},
		{"R6.3.5", "104", "birth"},
		{"S60.3.5", "101 103 109", "birth"},
		{"昭和６０年３月５日", "101 103 109", "birth"},
		{"1990/", "", ""},
		{"1990年", "105", "birth"},
		{"S60/3", "101 102 103 109", "birth"},
		{"0305", "", ""},
		{"タカハシ 19850305", "101", "kana birth"},
		{"19850305 高橋", "101", "kanji birth name_folded"},
		{"高橋 ハナコ S35.11.11", "106", "kana kanji birth"},
		{"S60 1985/3", "101 102 103 109", "birth"},
		{"ハナコ S60", "101 102", "kana birth"},
		{"高橋 102", "102", "id_zeros kanji"},
		{"ハナコ タカハシ", "101 102 106", "kana"},
		{"渡辺 タカハシ", "", ""},
		{"", "", ""},
		{"・・・", "", ""},
		{"\x00\x1b\n", "", ""},
	} {
		got := ix.Search(Query{Text: c.query})
		if ids := idsOf(got); !sameSet(ids, c.want) || got.More != 0 {
			t.Errorf("%q: %q, want %q", c.query, ids, c.want)
			continue
		}
		for _, by := range strings.Fields(c.by) {
			if !slices.Contains(got.Hits[0].By, by) {
				t.Errorf("%q: by %q, want %s", c.query, got.Hits[0].By, by)
			}
		}
		if len(got.Hits) > 0 && !strings.Contains(c.by, "name_folded") && !strings.Contains(idsOf(got), " ") && slices.Contains(got.Hits[0].By, "name_folded") {
			t.Errorf("%q: folded, though it is written so", c.query)
		}
	}
}

func sameSet(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func TestSearch_RanksExactBeforeBeginBeforePart(t *testing.T) {
	t.Parallel()
	ix := built(newFake("s1", []source.Entry{
		person("0001001", "", "アオノ", ""), person("0001002", "", "オノダ", ""), person("0001003", "", "オノ", ""), person("0001004", "", "オオノ", "")}))
	if got := idsOf(ix.Search(Query{Text: "オノ"})); got != "1003 1002 1001 1004" {
		t.Errorf("%q", got)
	}
	r := ix.Search(Query{Text: "オノ", Limit: 2})
	if len(r.Hits) != 2 || r.More != 2 || !r.Complete {
		t.Errorf("%+v", r)
	}
	if got := idsOf(ix.Search(Query{Text: "オ"})); !sameSet(got, "1002 1003 1004") {
		t.Errorf("one kana is looked for at the beginning: %q", got)
	}
}

func TestSearch_WardsAndTwins(t *testing.T) {
	t.Parallel()
	ix := few()
	if got := idsOf(ix.Search(Query{Text: "こういち", Ward: "3W"})); got != "104" {
		t.Errorf("%q", got)
	}
	if got := idsOf(ix.Search(Query{Ward: "3W"})); got != "104" {
		t.Errorf("%q", got)
	}
	if w := ix.Wards(); len(w) != 1 || w[0] != (Ward{Code: "3W", Name: "3階西", Patients: 1}) {
		t.Errorf("%+v", w)
	}
	if got := ix.Ward("3W"); len(got) != 1 || got[0].Bed == nil || got[0].Bed.Room != "301" {
		t.Errorf("%+v", got)
	}
	for id, want := range map[string]int{"101": 1, "106": 1, "102": 0, "104": 0} {
		if h := ix.Search(Query{Text: id}).Hits[0]; h.Twins != want {
			t.Errorf("%s: %d twins, want %d", id, h.Twins, want)
		}
	}
}

// Two sources that know the same patient give one hit; a number that is given to
// two people gives two.
func TestSearch_OnePatientOfTwoSourcesIsOneHit(t *testing.T) {
	t.Parallel()
	ix := built(
		newFake("s1", []source.Entry{person("0000000001", "山田 太郎", "ヤマダ タロウ", "19500101"), person("0000000002", "森 優", "モリ ユウ", "19600101")}),
		newFake("s2", []source.Entry{person("1", "山田 太郎", "ヤマダ タロウ", "19500101"), person("2", "林 優", "ハヤシ ユウ", "19700707")}))
	r := ix.Search(Query{Text: "山田"})
	if len(r.Hits) != 1 || r.More != 0 || r.Hits[0].Source != "s1" || r.Hits[0].Items != 6 || r.Hits[0].Twins != 0 {
		t.Errorf("%+v", r)
	}
	if r := ix.Search(Query{Text: "0002"}); len(r.Hits) != 2 {
		t.Errorf("%+v", r)
	}
	if h, ok := ix.Patient("s2", "1"); !ok || h.ID != "1" || h.Source != "s2" {
		t.Errorf("%+v %v", h, ok)
	}
	if _, ok := ix.Patient("s2", "01"); ok {
		t.Error("another number was taken for this one")
	}
}

// What the postings find is what looking at every patient finds.
func TestSearch_EqualsLookingAtEverybody(t *testing.T) {
	t.Parallel()
	entries := crowd(7, 600)
	ix := built(newFake("s1", entries))
	r := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		e := entries[r.IntN(len(entries))]
		field, kanji := e.Brief.Kana, false
		if r.IntN(2) == 0 {
			field, kanji = e.Brief.Kanji, true
		}
		runes := []rune(field)
		if len(runes) == 0 {
			continue
		}
		from := r.IntN(len(runes))
		query := string(runes[from : from+1+r.IntN(len(runes)-from)])
		want := everybody(entries, query)
		got := ix.Search(Query{Text: query, Limit: maxLimit})
		var ids []string
		for _, h := range got.Hits {
			ids = append(ids, h.ID)
		}
		slices.Sort(ids)
		if got.More+len(ids) != len(want) || got.More == 0 && !slices.Equal(ids, want) {
			t.Fatalf("%q (kanji %v): %d+%d, want %d", query, kanji, len(ids), got.More, len(want))
		}
	}
}

// everybody is the oracle: it compares the query's keys with each name.
func everybody(entries []source.Entry, query string) []string {
	fold := newFolder()
	m := fold.understand(query, nil)
	var out []string
	for _, e := range entries {
		kana, kanji := kanaKey(e.Brief.Kana), fold.kanjiKey(e.Brief.Kanji)
		has := func(terms []term) bool {
			fits := len(terms) > 0
			for _, n := range terms {
				one := false
				for _, k := range n.kana {
					one = one || contains(kana, k, len(k) == 1)
				}
				fits = fits && (one || len(n.kanji) > 0 && contains(kanji, n.kanji, singleSign(n.kanji)))
			}
			return fits
		}
		if has(m.terms) {
			out = append(out, e.ID)
		}
	}
	if out == nil && m.loose != nil {
		m.terms, m.loose = m.loose, nil
		words := strings.Fields(query)
		for i, e := range entries {
			ok := true
			for _, w := range words {
				ok = ok && slices.Contains(everybody(entries[i:i+1], w), e.ID)
			}
			if ok {
				out = append(out, e.ID)
			}
		}
	}
	return out
}

func contains(name, part []byte, atBegin bool) bool {
	if atBegin {
		return bytes.HasPrefix(name, part)
	}
	return bytes.Contains(name, part)
}

func TestFolds_PairsAreWhole(t *testing.T) {
	t.Parallel()
	f := newFolder()
	for _, pairs := range []string{newForms, otherForms} {
		if n := len([]rune(pairs)); n%2 != 0 || n < 60 {
			t.Fatalf("%d characters", n)
		}
	}
	for from, to := range f.forms {
		if from == to || f.form(to) != to {
			t.Errorf("%c → %c", from, to)
		}
	}
	for _, same := range [][2]string{{"髙", "高"}, {"﨑", "崎"}, {"邊", "辺"}, {"邉", "辺"}, {"齋", "斉"}, {"斎", "斉"}, {"濵", "浜"}, {"濱", "浜"}, {"澤", "沢"}, {"國", "国"}, {"嶋", "島"}, {"眞", "真"}, {"櫻", "桜"}, {"𠮷", "吉"}, {"葛\U000E0100", "葛"}, {"神", "神"}, {"佐々木", "佐佐木"}, {"鎌ヶ谷", "鎌ケ谷"}} {
		if !bytes.Equal(f.kanjiKey(same[0]), f.kanjiKey(same[1])) {
			t.Errorf("%s and %s", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"大野", "小野"}, {"太田", "大田"}, {"河合", "川合"}} {
		if bytes.Equal(f.kanjiKey(other[0]), f.kanjiKey(other[1])) {
			t.Errorf("%s and %s", other[0], other[1])
		}
	}
}

func TestRomaji(t *testing.T) {
	t.Parallel()
	f := newFolder()
	for in, want := range map[string]string{"yamada": "ヤマダ", "satou": "サトウ", "hattori": "ハットリ", "shin'ichi": "シンイチ", "jun'ya": "ジュンヤ", "kenta": "ケンタ", "zyunko": "ジュンコ", "sampei": "サンペイ", "hotchi": "ホッチ", "fujii": "フジイ", "anna": "アンナ"} {
		if got, ok := f.romaji(in); !ok || got != want {
			t.Errorf("%s: %q %v", in, got, ok)
		}
	}
	for _, in := range []string{"john", "smith", "x", ""} {
		if got, ok := f.romaji(in); ok {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestParseRules(t *testing.T) {
	t.Parallel()
	rules, err := ParseRules(`^P(\d{7})\d$`, RuleNW7, RuleRun)
	if err != nil {
		t.Fatal(err)
	}
	f := newFolder()
	var got []string
	for _, c := range f.understand("P00001019", rules).codes {
		got = append(got, string(c))
	}
	if fmt.Sprint(got) != "[0000101]" {
		t.Errorf("%q", got)
	}
	for _, bad := range []string{"(", "abc", ""} {
		if _, err := ParseRules(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"山田", "ﾔﾏﾀﾞ", "S60.3.5", "0001", "ー", "ヾ", "\xff\xfe", "yamada 19850305", "A1A"} {
		f.Add(s)
	}
	ix := few()
	f.Fuzz(func(t *testing.T, s string) {
		r := ix.Search(Query{Text: s})
		if len(r.Hits) > defaultLimit || r.More < 0 {
			t.Errorf("%q: %+v", s, r)
		}
	})
}
