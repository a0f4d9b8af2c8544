package index

import "strings"

// romaji writes Latin letters as katakana, in the Hepburn and the official way
// (shi/si, fu/hu, ja/zya), as people type names without a Japanese keyboard. ok
// is false if something is left over, as in John. Long vowels have to be typed
// as they stand in kana (yuuko); the beginning of a name is found without them.
func (f *folder) romaji(s string) (string, bool) {
	s = strings.ToLower(s)
	var out strings.Builder
	for s != "" {
		if s[0] == '\'' || s[0] == '-' {
			s = s[1:]
			continue
		}
		kana, used := f.syllable(s)
		if used == 0 {
			return "", false
		}
		out.WriteString(kana)
		s = s[used:]
	}
	return out.String(), out.Len() > 0
}

// syllable reads one syllable, the longest that fits.
func (f *folder) syllable(s string) (string, int) {
	if len(s) > 1 && s[0] == s[1] && !strings.ContainsRune("aiueon", rune(s[0])) || strings.HasPrefix(s, "tch") {
		return "ッ", 1
	}
	n := 0
	for n < len(s) && !strings.ContainsRune("aiueo", rune(s[n])) {
		n++
	}
	if n < len(s) && n <= 3 {
		if kana, v := f.rows[s[:n]], strings.IndexByte("aiueo", s[n]); len(kana) == 5 && kana[v] != "_" {
			return kana[v], n + 1
		}
	}
	if s[0] == 'n' || s[0] == 'm' && len(s) > 1 && strings.ContainsRune("bmp", rune(s[1])) {
		if len(s) > 1 && s[0] == 'n' && s[1] == '\'' {
			return "ン", 2
		}
		return "ン", 1
	}
	return "", 0
}

// romajiRows are the kana of each consonant with the five vowels; _ where there
// is none.
const romajiRows = `:ア イ ウ エ オ
k:カ キ ク ケ コ
s:サ シ ス セ ソ
t:タ チ ツ テ ト
n:ナ ニ ヌ ネ ノ
h:ハ ヒ フ ヘ ホ
m:マ ミ ム メ モ
y:ヤ _ ユ _ ヨ
r:ラ リ ル レ ロ
w:ワ ヰ _ ヱ ヲ
g:ガ ギ グ ゲ ゴ
z:ザ ジ ズ ゼ ゾ
d:ダ ヂ ヅ デ ド
b:バ ビ ブ ベ ボ
p:パ ピ プ ペ ポ
sh:シャ シ シュ シェ ショ
sy:シャ _ シュ _ ショ
ch:チャ チ チュ チェ チョ
ty:チャ _ チュ _ チョ
ts:_ _ ツ _ _
f:ファ フィ フ フェ フォ
j:ジャ ジ ジュ ジェ ジョ
zy:ジャ _ ジュ _ ジョ
jy:ジャ _ ジュ _ ジョ
v:バ ビ ブ ベ ボ
ky:キャ _ キュ _ キョ
ny:ニャ _ ニュ _ ニョ
hy:ヒャ _ ヒュ _ ヒョ
my:ミャ _ ミュ _ ミョ
ry:リャ _ リュ _ リョ
gy:ギャ _ ギュ _ ギョ
by:ビャ _ ビュ _ ビョ
py:ピャ _ ピュ _ ピョ`
