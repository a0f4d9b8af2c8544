package hl7_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/hl7"
)

func TestBuilder_WritesWhatIsThere(t *testing.T) {
	t.Parallel()
	b := hl7.NewBuilder(hl7.Delimiters{})
	b.Segment("MSH").Field(3).Text("HIS123").Field(7).Time(time.Date(2025, 4, 1, 8, 5, 6, 7_100_000, time.UTC), hl7.Fraction).Field(9).Comps("ADT", "A08", "ADT_A01")
	b.Segment("PID").Field(1).Text("0001").Field(3).Comps("9999013", "", "", "", "PI").Field(5).Comps("砦", "花子", "", "", "", "", "L", "I").Rep().Comps("トリデ", "ハナコ", "", "", "", "", "L", "P")
	b.Field(8).Text("F").Field(11).Text("").Field(30)
	b.Segment("RXE").Field(2).CWE(hl7.CWE{Code: "1", Text: "A|B^C", System: "99X"}).Field(3).Null().Field(19).Text("3").Comp(2).Subs("TAB", "錠", "MR9P")
	b.Segment("NTE").Field(3).Text("一行\r\n二行\\").Field(4).Raw("a^b\rc")
	want := "MSH|^~\\&|HIS123||||20250401080506.0071||ADT^A08^ADT_A01\r" +
		"PID|0001||9999013^^^^PI||砦^花子^^^^^L^I~トリデ^ハナコ^^^^^L^P|||F\r" +
		"RXE||1^A\\F\\B\\S\\C^99X|\"\"||||||||||||||||3^TAB&錠&MR9P\r" +
		"NTE|||一行\\.br\\二行\\E\\|a^b c\r"
	if got := b.String(); got != want || b.Err() != nil {
		t.Errorf("%v\n%q\n%q", b.Err(), got, want)
	}
	m, err := hl7.Parse(b.Bytes())
	if err != nil || m.First("NTE").Field(3).Text() != "一行\n二行\\" {
		t.Errorf("%v %q", err, m.First("NTE").Field(3).Text())
	}
	q := hl7.CQOf(m.First("RXE").Field(19))
	if q.Quantity != "3" || q.Unit.Display() != "錠" || q.Unit.System != "MR9P" {
		t.Errorf("%+v", q)
	}
}

func TestBuilder_RefusesToGoBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(*hl7.Builder)
		want error
	}{
		"field":      {func(b *hl7.Builder) { b.Segment("PID").Field(3).Text("a").Field(2).Text("b") }, hl7.ErrOrder},
		"same field": {func(b *hl7.Builder) { b.Segment("PID").Field(3).Comp(2).Text("a").Field(3).Text("b") }, hl7.ErrOrder},
		"component":  {func(b *hl7.Builder) { b.Segment("PID").Field(3).Comp(2).Text("a").Comp(1).Text("b") }, hl7.ErrOrder},
		"no field":   {func(b *hl7.Builder) { b.Segment("PID").Text("a") }, hl7.ErrOrder},
		"no segment": {func(b *hl7.Builder) { b.Field(1).Text("a") }, hl7.ErrNoSegment},
		"delimiters": {func(b *hl7.Builder) { b.Segment("MSH").Field(1).Text("a") }, hl7.ErrOrder},
	} {
		b := hl7.NewBuilder(hl7.StandardDelimiters())
		if c.do(b); b.Err() != c.want {
			t.Errorf("%s: %v", name, b.Err())
		}
		if b.Reset(); b.Err() != nil || b.String() != "" {
			t.Errorf("%s: Reset keeps something", name)
		}
	}
}

// What a conforming writer gives for each character, and in each charset.
func TestEncoder_Substitutes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"①②⑳":                "(1)(2)(20)",
		"ⅢⅹⅫ":                "IIIxXII",
		"㎎㎡㍉㈱㍻℡№":            "mgm*2ミリ(株)平成TelNo.",
		"ｶﾞﾊﾟｳﾞｱ｡ｰﾞ":         "ガパヴア。ー゛",
		"髙﨑":                 "■■",
		"高崎":                 "高崎",
		"−〜‖—¢£¬¥":           "－～∥―￠￡￢￥",
		"か\u3099":            "が",
		"葛\U000E0100城":       "葛城",
		"𠮟る":                 "■る",
		"\uE000":             "■",
		"a|b~c\\d":           "a|b~c\\d",
		"☃":                  "■",
		"〝∑∟⊿":               "″Σ└Δ",
		"µg":                 "μg",
		"太郎|花子^L\n次":         "太郎|花子^L\r次",
		string(rune(0xFFFD)): "■",
	} {
		for _, cs := range []hl7.Charset{hl7.ISO2022JP, hl7.EUCJP} {
			e := hl7.NewEncoder(hl7.EncodeOptions{Charset: cs})
			out := e.AppendText(nil, "MSH|^~\\&|"+in)
			d := hl7.NewDecoder(hl7.Options{Charset: cs})
			var m hl7.Message
			if err := d.Decode(&m, out); err != nil {
				t.Fatal(err)
			}
			got := strings.TrimPrefix(strings.Join(strings.Fields(strings.ReplaceAll(m.Text(), " ", "_")), "\r"), "MSH|^~\\&|")
			if cs == hl7.EUCJP && strings.ContainsRune(in, 'ｶ') {
				want = in // EUC-JP has them
			}
			if got != want && !strings.Contains(want, "\r") {
				t.Errorf("%v: %q gives %q, want %q", cs, in, got, want)
			}
		}
	}
}

func TestEncoder_Bytes(t *testing.T) {
	t.Parallel()
	const text = "PID|太郎^①髙ｱ−\ue000|X\r"
	for name, c := range map[string]struct {
		opt  hl7.EncodeOptions
		want string
		lost []rune
	}{
		"ISO-2022-JP": {hl7.EncodeOptions{}, "PID|\x1b$BB@O:\x1b(B^(1)\x1b$B\"#%\"!]\"#\x1b(B|X\r", []rune{'①', '髙', 'ｱ', 0xE000}},
		"vendor":      {hl7.EncodeOptions{Vendor: true}, "PID|\x1b$BB@O:\x1b(B^\x1b$B-!|b%\"!]\"#\x1b(B|X\r", []rune{'ｱ', 0xE000}},
		"CP932":       {hl7.EncodeOptions{Charset: hl7.CP932}, "PID|\x91\xbe\x98\x59^\x87\x40\xfb\xfc\xb1\x81\x7c\xf0\x40|X\r", nil},
		"UTF-8":       {hl7.EncodeOptions{Charset: hl7.UTF8}, text, nil},
		"EUC-JP":      {hl7.EncodeOptions{Charset: hl7.EUCJP}, "PID|\xc2\xc0\xcf\xba^(1)\xa2\xa3\x8e\xb1\xa1\xdd\xa2\xa3|X\r", []rune{'①', '髙', 0xE000}},
		"own table": {hl7.EncodeOptions{Substitute: func(r rune) (string, bool) { return "高", r == '髙' }},
			"PID|\x1b$BB@O:\x1b(B^(1)\x1b$B9b%\"!]\"#\x1b(B|X\r", []rune{'①', '髙', 'ｱ', 0xE000}},
	} {
		e := hl7.NewEncoder(c.opt)
		if got := string(e.AppendText(nil, text)); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
		var lost []rune
		for _, l := range e.Losses() {
			lost = append(lost, l.Rune)
		}
		if !slices.Equal(lost, c.lost) {
			t.Errorf("%s: lost %q", name, string(lost))
		}
	}
}

func TestEncoder_SubstituteThatNeverEnds(t *testing.T) {
	t.Parallel()
	e := hl7.NewEncoder(hl7.EncodeOptions{Substitute: func(r rune) (string, bool) { return strings.Repeat("☃", 3), true }})
	if got := e.AppendText(nil, "☃"); len(got) > 1000 {
		t.Errorf("%d bytes", len(got))
	}
}

// Every character that a charset has is written and read back.
func TestEncoder_EveryCharacter(t *testing.T) {
	t.Parallel()
	for _, cs := range []hl7.Charset{hl7.ISO2022JP, hl7.CP932, hl7.EUCJP} {
		e := hl7.NewEncoder(hl7.EncodeOptions{Charset: cs, Vendor: true, Substitute: func(rune) (string, bool) { return "?", true }})
		d := hl7.NewDecoder(hl7.Options{Charset: cs})
		var text strings.Builder
		n := 0
		for r := rune(0x80); r < 0xFFFD; r++ {
			if one := string(e.AppendText(nil, string(r))); r != 0x3099 && r != 0x309a && one != "?" && (r < 0xFF61 || r > 0xFF9F) {
				text.WriteRune(r)
				n++
			}
		}
		var m hl7.Message
		if err := d.Decode(&m, e.AppendText(nil, "NTE|"+text.String())); err != nil || m.First("NTE").Field(1).Text() != text.String() {
			t.Errorf("%v: %v: the %d characters differ", cs, err, n)
		}
		if n < 6879 {
			t.Errorf("%v: only %d characters", cs, n)
		}
	}
}
