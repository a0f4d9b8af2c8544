package index

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// kanjiKey folds a name as it is written so that forms of the same character
// become one: what Unicode itself calls compatible (NFKC), selectors of variants
// (葛 with 󠄀), old and other forms of characters that stand in family registers
// and that a keyboard does not give (newForms, otherForms), 々, kana as in
// kanaKey's signs, letters in small; without separators. It is UTF-8.
func (f *folder) kanjiKey(s string) []byte {
	s = norm.NFKC.String(s)
	key := make([]byte, 0, len(s))
	last := rune(0)
	for _, r := range s {
		switch {
		case separates(r), r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF, r == 0x3099, r == 0x309A:
			continue
		case r == '々' || r == '〻':
			if last == 0 {
				continue
			}
			r = last
		case r >= 'ぁ' && r <= 'ゖ':
			r = foldKana(r + 'ァ' - 'ぁ')
		case r >= 'ァ' && r <= 'ヺ':
			r = foldKana(r)
		case r == 0:
			continue
		default:
			r = f.form(unicode.ToLower(r))
		}
		key = append(key, string(r)...)
		last = r
	}
	return key
}

// plainKanji takes separators and selectors away and folds nothing else.
func plainKanji(s string) string {
	return strings.Map(func(r rune) rune {
		if separates(r) || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
}

// newForms pairs old forms with those of 1946 and after: those of the 常用漢字表
// (2010, in brackets there) and of the 人名用漢字 that occur in names. Registers
// keep the old ones, people type the new.
const newForms = "亞亜惡悪壓圧圍囲醫医壹壱隱隠榮栄營営衞衛驛駅圓円緣縁鹽塩奧奥應応橫横歐欧溫温假仮價価畫画會会懷懐" +
	"繪絵壞壊擴拡覺覚學学嶽岳樂楽渴渇卷巻陷陥勸勧寬寛關関歡歓觀観顏顔氣気歸帰龜亀戲戯犧犠舊旧據拠擧挙" +
	"峽峡狹狭鄕郷曉暁區区驅駆勳勲薰薫徑径惠恵溪渓經経繼継莖茎螢蛍輕軽鷄鶏藝芸擊撃縣県儉倹劍剣險険圈圏" +
	"檢検獻献硏研權権顯顕驗験嚴厳效効廣広恆恒黃黄國国黑黒碎砕濟済齋斎劑剤雜雑參参慘惨棧桟蠶蚕贊賛殘残" +
	"絲糸齒歯兒児辭辞濕湿實実寫写舍舎釋釈壽寿收収從従澁渋獸獣縱縦肅粛處処敍叙奬奨將将稱称證証乘乗剩剰" +
	"壤壌孃嬢條条淨浄狀状疊畳讓譲釀醸觸触寢寝愼慎晉晋眞真盡尽圖図粹粋醉酔隨随髓髄數数樞枢瀨瀬聲声靜静" +
	"齊斉攝摂竊窃專専戰戦淺浅潛潜錢銭踐践纖繊禪禅壯壮爭争莊荘搜捜揷挿巢巣曾曽裝装瘦痩騷騒總総聰聡藏蔵" +
	"臟臓卽即屬属續続墮堕對対體体帶帯滯滞臺台瀧滝擇択澤沢單単擔担團団彈弾斷断遲遅晝昼蟲虫鑄鋳廳庁聽聴" +
	"鎭鎮遞逓鐵鉄轉転點点傳伝燈灯當当黨党盜盗稻稲鬭闘德徳獨独讀読屆届貳弐腦脳拜拝賣売發発髮髪拔抜彌弥" +
	"濱浜拂払佛仏甁瓶邊辺變変辨弁寶宝萠萌豐豊沒没襃褒飜翻槇槙萬万滿満默黙譯訳藥薬與与豫予餘余譽誉搖揺" +
	"樣様謠謡遙遥瑤瑶來来賴頼亂乱覽覧龍竜兩両獵猟綠緑淚涙壘塁勵励禮礼靈霊齡齢曆暦歷歴戀恋爐炉勞労樓楼" +
	"郞郎祿禄錄録灣湾櫻桜增増內内戶戸步歩吳呉靑青淸清每毎緖緒敎教彥彦顚顛驒騨頰頬巖巌凜凛堯尭亙亘穗穂" +
	"穰穣"

// otherForms pairs forms that are neither old nor new but written for the same
// name: 異体字 that JIS and vendors' own characters (外字) tell apart and that
// registers of residents replace by one another.
const otherForms = "髙高濵浜﨑崎嵜崎㟢崎嶌島嶋島隝島邉辺斉斎栁柳桺柳桒桑枩松峯峰舘館冨富籔薮藪薮渕淵渊淵籠篭檜桧曻昇圡土" +
	"𠮷吉㐂喜杤栃栢柏桝枡檮梼薗園蘆芦埜野莱萊蔣蒋蠣蛎鷗鴎鶯鴬麴麹邨村鄰隣弌一弍二龝秋穐秋凉涼劔剣劒剣" +
	"寳宝廐厩廏厩槗橋𣘺橋靏鶴靍鶴㟁岸舩船襧祢禰祢祕秘竝並畄留甞嘗"

// folder folds names; it does not change.
type folder struct {
	forms map[rune]rune
	rows  map[string][]string
}

func newFolder() *folder {
	f := &folder{forms: map[rune]rune{}, rows: map[string][]string{}}
	for _, pairs := range []string{newForms, otherForms} {
		all := []rune(pairs)
		for i := 0; i+1 < len(all); i += 2 {
			f.forms[all[i]] = all[i+1]
		}
	}
	// 齊 becomes 斉 and that 斎: follow to the end.
	for from, to := range f.forms {
		for next, ok := f.forms[to]; ok; next, ok = f.forms[to] {
			to = next
		}
		f.forms[from] = to
	}
	for _, line := range strings.Split(romajiRows, "\n") {
		consonant, kana, _ := strings.Cut(line, ":")
		f.rows[consonant] = strings.Fields(kana)
	}
	return f
}

// form gives the character that stands for r.
func (f *folder) form(r rune) rune {
	if to, ok := f.forms[r]; ok {
		return to
	}
	return r
}
