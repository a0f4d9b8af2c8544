package format_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// sentences are what Japanese devices write, short ones too.
func sentences() []string {
	return []string{
		"<13>Nov 22 18:00:10 EMR01 karte: 利用者 田中 が患者 00012345 のカルテを参照しました",
		"ログイン失敗", "設定変更", "病院", "電源断", "エラー", "ネットワークに接続できません。", "①月次バックアップ完了(差分)", "髙橋 﨑", "認証に失敗しました(ユーザ:admin)",
		"診療科=内科 医師=佐藤 端末=PC-0012", "ＶＰＮ装置の設定変更", "〜から−まで", "警告:ディスク使用率90%超過", "検査オーダ受信:血液", "看護師", "医事課", "サーバ室温度上昇",
	}
}

func TestUTF8_FindsTheEncoding(t *testing.T) {
	t.Parallel()
	for _, want := range sentences() {
		if got := format.UTF8([]byte(want)); string(got) != want {
			t.Errorf("UTF-8 %s became %s", want, got)
		}
		for name, enc := range map[string]encoding.Encoding{"Shift_JIS": japanese.ShiftJIS, "EUC-JP": japanese.EUCJP, "ISO-2022-JP": japanese.ISO2022JP} {
			in, err := enc.NewEncoder().String(want)
			if err != nil {
				continue // characters of makers' own, which this encoding lacks
			}
			if got := format.UTF8([]byte(in)); string(got) != want {
				t.Errorf("%s: %q was read as %q, not %q", name, in, got, want)
			}
		}
	}
	for _, want := range []string{"ｻｰﾊﾞｴﾗｰ", "ﾛｸﾞｵﾝ ｼｯﾊﾟｲ", "ﾊﾞｯｸｱｯﾌﾟ ｶﾝﾘｮｳ", "ﾌﾟﾘﾝﾀ ﾖｳｼｷﾞﾚ"} {
		in, _ := japanese.ShiftJIS.NewEncoder().String(want)
		if got := format.UTF8([]byte(in)); string(got) != want {
			t.Errorf("half-width: %q was read as %q, not %q", in, got, want)
		}
	}
}

func TestUTF8_BrokenStaysReadable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"患者\xe3\x81":                   "患者\uFFFD",
		"\xe3":                         "\uFFFD",
		"カルテを参照しました\xff end":           "カルテを参照しました\uFFFD end",
		"\x00\x01\xfe\xff":             "\x00\x01\uFFFD",
		"plain \x1b[31mred\x1b[0m":     "plain \x1b[31mred\x1b[0m",
		"\x1b$B":                       "",
		"caf\xe9 and \xfc, not a kana": "caf\uFFFD and \uFFFD, not a kana",
	} {
		if got := format.UTF8([]byte(in)); string(got) != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

func TestText_IsTheSameMemoryWhereItCanBe(t *testing.T) {
	t.Parallel()
	r := &event.Record{Data: []byte("\uFEFF{\"a\":1}")}
	var e event.Event
	if got := format.Text(r, &e); got != `{"a":1}` || &e.Text[0] != &r.Data[0] || !bytes.Equal(e.Original, r.Data) {
		t.Errorf("%q %q", got, e.Text)
	}
}

func FuzzUTF8(f *testing.F) {
	for _, s := range sentences() {
		f.Add([]byte(s))
		for _, enc := range []encoding.Encoding{japanese.ShiftJIS, japanese.EUCJP, japanese.ISO2022JP} {
			if in, err := enc.NewEncoder().Bytes([]byte(s)); err == nil {
				f.Add(in)
			}
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		out := format.UTF8(in)
		if !utf8.Valid(out) || !bytes.Equal(in, before) || len(out) > 3*len(in)+3 {
			t.Fatalf("%q became %q", before, out)
		}
	})
}
