package synth

import "strings"

// The tables are functions: a format keeps no package variables. New calls them
// once.

type nameParts struct{ kanji, kana string }

func pairs(s string) []nameParts {
	var out []nameParts
	for f := range strings.FieldsSeq(s) {
		a, b, _ := strings.Cut(f, ":")
		out = append(out, nameParts{a, b})
	}
	return out
}

func families() []nameParts {
	return pairs(`潮見:シオミ 霧島:キリシマ 柏木:カシワギ 若宮:ワカミヤ 水沢:ミズサワ 浜岡:ハマオカ 椎名:シイナ 桐谷:キリタニ 綾瀬:アヤセ 白浜:シラハマ 真壁:マカベ 榊原:サカキバラ
早瀬:ハヤセ 深町:フカマチ 朝倉:アサクラ 雪村:ユキムラ 帆足:ホアシ 青柳:アオヤギ 樋口:ヒグチ 鳴海:ナルミ 灘波:ナダナミ 磯部:イソベ 汐留:シオドメ 湊:ミナト 堀之内:ホリノウチ 久我:クガ
御園:ミソノ 篠塚:シノヅカ 岬:ミサキ 沖田:オキタ 波多野:ハタノ 葛城:カツラギ 遠野:トオノ 夏目:ナツメ 石動:イスルギ 橘:タチバナ 神代:クマシロ 千種:チクサ 長峰:ナガミネ 東雲:シノノメ`)
}

func maleNames() []nameParts {
	return pairs(`一郎:イチロウ 健太:ケンタ 誠:マコト 大輔:ダイスケ 隆:タカシ 翔:ショウ 和夫:カズオ 茂:シゲル 修:オサム 拓也:タクヤ 直樹:ナオキ 浩二:コウジ 勝:マサル 正雄:マサオ 悠真:ユウマ 蓮:レン 清:キヨシ 武:タケシ 康介:コウスケ 亮:リョウ`)
}

func femaleNames() []nameParts {
	return pairs(`花子:ハナコ 美咲:ミサキ 陽子:ヨウコ 和子:カズコ 恵:メグミ 節子:セツコ 結衣:ユイ 葵:アオイ 由美子:ユミコ 幸子:サチコ 真理:マリ 千代:チヨ 文子:フミコ 久美:クミ さくら:サクラ 愛:アイ 直美:ナオミ 京子:キョウコ 桃香:モモカ 静江:シズエ`)
}

func defaultWards() []Ward {
	return []Ward{
		{"2C", "集中治療室", "84", 0, 1}, {"3E", "3階東病棟", "09", 0, 4}, {"3W", "3階西病棟", "10", 0, 4}, {"4E", "4階東病棟", "11", 0, 4}, {"4W", "4階西病棟", "08", 0, 4},
		{"5E", "5階東病棟", "06", 0, 4}, {"5W", "5階西病棟", "05", 0, 4}, {"6E", "6階東病棟", "04", 0, 4}, {"6W", "6階西病棟", "01", 0, 4}, {"7E", "7階東病棟", "20", 0, 4}, {"7W", "7階西病棟", "48", 0, 1},
	}
}

// deptName is table 0069 as far as it is used.
func deptName(code string) string {
	switch code {
	case "01":
		return "内科"
	case "02":
		return "精神科"
	case "04":
		return "神経内科"
	case "05":
		return "呼吸器科"
	case "06":
		return "消化器科"
	case "08":
		return "循環器科"
	case "09":
		return "小児科"
	case "10":
		return "外科"
	case "11":
		return "整形外科"
	case "20":
		return "泌尿器科"
	case "35":
		return "リウマチ科"
	case "39":
		return "救急科"
	case "48":
		return "腎臓内科"
	case "84":
		return "集中治療部"
	}
	return "その他"
}

// usage is a JAMI usage code with how often a day that is.
type usage struct {
	code, text string
	times      int
}

type usageID uint8

const (
	morning usageID = iota
	evening
	twice
	thrice
	bedtime
	whenPain
	spread
	selfInjected
)

func usages() []usage {
	return []usage{
		{"1011000400000000", "内服・経口・１日１回朝食後", 1}, {"1011040000000000", "内服・経口・１日１回夕食後", 1}, {"1012040400000000", "内服・経口・１日２回朝夕食後", 2},
		{"1013044400000000", "内服・経口・１日３回朝昼夕食後", 3}, {"1011100000000000", "内服・経口・１日１回就寝前", 1}, {"1050110020000000", "内服・経口・疼痛時", 0},
		{"2B74000000000000", "外用・塗布・１日４回", 0}, {"3211000200000014", "注射・皮下注射・１日１回朝食直前・ワンショット・在宅・自己", 1},
	}
}

// drug is a medicine as it is prescribed here. Codes with the system HOT9 are
// public ones; all others are local (99SYN).
type drug struct {
	code, name, system string
	unit               string // the unit as a coded text with ^
	kind               string // table JHSP0003: 21, 22, 23, 24
	use                usageID
	dose               int
	rhythm             string // additional usage code with text, & between
}

const (
	tab = "TAB^錠^MR9P"
	amp = "AMP^アンプル^MR9P"
	hon = "HON^本^MR9P"
	cwe = "^HOT9"
)

type drugID uint8

const (
	amlodipine drugID = iota
	metformin
	insulin
	statin
	furosemide
	warfarin
	digoxin
	aspirin
	clopidogrel
	bisoprolol
	carbocisteine
	paracetamol
	diclofenac
	prednisolone
	methotrexate
	miyarisan
	lansoprazole
	phenytoin
	lemborexant
	febuxostat
	ointment
	cream
	suppository
	iron
	alendronate
	sertraline
	donepezil
	bicalutamide
	inhaler
	eyedrops
	antibiotic
	morphineTablet
)

func drugs() []drug {
	local := func(code, name, unit string, use usageID, dose int) drug {
		return drug{code, name, "99SYN", unit, "21", use, dose, ""}
	}
	return []drug{
		{"121431401", "アムロジピンＯＤ錠１０ｍｇ", "HOT9", tab, "21", morning, 1, ""},
		local("L0101", "メトグルコ錠２５０ｍｇ", tab, twice, 1),
		{"105466802", "ヒューマリンＮ注１００単位／ｍＬ", "HOT9", "UNT^単位^MR9P", "24", selfInjected, 8, ""},
		local("L0102", "リポバス錠１０ｍｇ", tab, evening, 1), local("L0103", "ラシックス錠２０ｍｇ", tab, morning, 1),
		local("L0104", "ワーファリン錠１ｍｇ", tab, evening, 2),
		{"L0105", "ジゴシン錠０．１２５ｍｇ", "99SYN", tab, "21", morning, 1, "I1100000&１日おき&JAMISDP01"},
		local("L0106", "バイアスピリン錠１００ｍｇ", tab, morning, 1), local("L0107", "プラビックス錠７５ｍｇ", tab, morning, 1), local("L0108", "セロケン錠２０ｍｇ", tab, thrice, 1),
		{"103835401", "ムコダイン錠２５０ｍｇ", "HOT9", tab, "21", thrice, 2, ""},
		{"123812902", "カロナール錠５００", "HOT9", tab, "22", whenPain, 1, ""},
		{"100795402", "ボルタレン錠２５ｍｇ", "HOT9", tab, "22", whenPain, 1, ""},
		{"105271807", "プレドニン錠５ｍｇ", "HOT9", tab, "21", morning, 1, ""},
		{"L0109", "リウマトレックスカプセル２ｍｇ", "99SYN", "CAP^カプセル^MR9P", "21", twice, 1, "W0100100&月曜日、木曜日&JAMISDP01"},
		{"104195801", "ミヤＢＭ錠", "HOT9", tab, "21", thrice, 1, ""},
		local("L0110", "タケプロンＯＤ錠１５ｍｇ", tab, morning, 1),
		{"100607002", "アレビアチン散１０％", "HOT9", "MG^ミリグラム^MR9P", "21", twice, 50, ""},
		local("L0111", "デエビゴ錠２．５ｍｇ", tab, bedtime, 1), local("L0112", "フェブリク錠１０ｍｇ", tab, morning, 1),
		{"106238001", "ジフラール軟膏０．０５％", "HOT9", hon, "23", spread, 2, ""}, {"106062101", "リンデロンＶＧクリーム", "HOT9", hon, "23", spread, 1, ""},
		{"104937401", "新レシカルボン坐剤", "HOT9", "KO^個^MR9P", "22", whenPain, 1, ""},
		local("L0113", "フェロミア錠５０ｍｇ", tab, twice, 1),
		{"L0114", "ボナロン錠３５ｍｇ", "99SYN", tab, "21", morning, 1, "CW100000&週１回&JAMISDP01"},
		local("L0115", "ジェイゾロフト錠２５ｍｇ", tab, evening, 1), local("L0116", "アリセプトＤ錠５ｍｇ", tab, morning, 1), local("L0117", "カソデックス錠８０ｍｇ", tab, morning, 1),
		{"L0118", "フルティフォーム１２５エアゾール", "99SYN", "KO^個^MR9P", "23", spread, 1, ""}, {"118185202", "トラバタンズ点眼液０．００４％", "HOT9", hon, "23", spread, 1, ""},
		{"110626901", "パンスポリンＴ錠１００", "HOT9", tab, "21", thrice, 2, ""}, {"112052301", "ＭＳコンチン錠１０ｍｇ", "HOT9", tab, "21", twice, 1, ""},
	}
}
