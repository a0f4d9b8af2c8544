package view

// The names are those of the tables as SS-MIX2 and JAHIS publish them, short, and
// their English.

func personRows(table string) string {
	switch table {
	case "0001":
		return table0001
	case "0004":
		return table0004
	case "0063":
		return table0063
	case "0112":
		return table0112
	case "0069":
		return table0069
	}
	return ""
}

func orderRows(table string) string {
	switch table {
	case "0038":
		return table0038
	case "0119":
		return table0119
	case "0166":
		return table0166
	case "0322":
		return table0322
	case "0482":
		return table0482
	case "0485":
		return table0485
	}
	return ""
}

func clinicalRows(table string) string {
	switch table {
	case "0078":
		return table0078
	case "0085":
		return table0085
	case "0127":
		return table0127
	case "0128":
		return table0128
	case "0162":
		return table0162
	case "0164":
		return table0164
	case "0177":
		return table0177
	case "0241":
		return table0241
	case "0287":
		return table0287
	case "0323":
		return table0323
	case "0436":
		return table0436
	case "0438":
		return table0438
	case "0495":
		return table0495
	}
	return ""
}

func japaneseRows(table string) string {
	switch table {
	case "JHSD0001":
		return tableJHSD0001
	case "JHSD0004":
		return tableJHSD0004
	case "JHSD0005":
		return tableJHSD0005
	case "JHSD0006":
		return tableJHSD0006
	case "JHSD0007":
		return tableJHSD0007
	case "JHSI0001":
		return tableJHSI0001
	case "JHSI0002":
		return tableJHSI0002
	case "JHSI0009":
		return tableJHSI0009
	case "JHSP0003":
		return tableJHSP0003
	case "JHSP0007":
		return tableJHSP0007
	case "JSHR002":
		return tableJSHR002
	case "MR9P":
		return tableMR9P
	}
	return ""
}

const (
	table0001 = `F	女性	female
M	男性	male
O	その他	other
U	不明	unknown
A	両性具有	ambiguous
N	適応外	not applicable`
	table0004 = `I	入院	inpatient
O	外来	outpatient
E	救急	emergency`
	table0063 = `SEL	本人	self
SPO	配偶者	spouse
DOM	同居者	life partner
CHD	子	child
GCH	孫	grandchild
PAR	親	parent
MTH	母	mother
FTH	父	father
CGV	介護者	care giver
GRD	保護者	guardian
GRP	祖父母	grandparent
EXF	親族	extended family
SIB	兄弟姉妹	sibling
BRO	兄弟	brother
SIS	姉妹	sister
FND	友人	friend
OAD	その他の成人	other adult
EMC	緊急連絡先	emergency contact
NON	なし	none
UNK	不明	unknown
OTH	その他	other`
	table0112 = `01	自宅へ退院（通常退院）	discharged home
02	短期入院のため他病院へ転院	to another hospital for short-term care
03	介護・療養施設へ	to a nursing facility
04	中間的な療養施設へ	to an intermediate care facility
05	他の種類の施設へ転院または紹介	to another kind of institution
06	在宅看護へ	home under nursing care
07	医師の指示によらない離院・治療中止	left against medical advice
08	在宅静脈注射へ	home under intravenous therapy
09	この病院に入院	admitted to this hospital
20	死亡	died
30	継続（外来通院など）	still a patient
40	自宅で死亡	died at home
41	医療機関で死亡	died in a medical facility
42	死亡（場所不明）	died, place unknown`
	table0069 = `01	内科	internal medicine
02	精神科	psychiatry
03	神経科	neurology
04	神経内科	neurology
05	呼吸器科	respiratory medicine
06	消化器科	gastroenterology
07	胃腸科	gastroenterology
08	循環器科	cardiology
09	小児科	paediatrics
10	外科	surgery
11	整形外科	orthopaedics
12	形成外科	plastic surgery
14	脳神経外科	neurosurgery
15	呼吸器外科	thoracic surgery
16	心臓血管外科	cardiovascular surgery
17	小児外科	paediatric surgery
19	皮膚科	dermatology
20	泌尿器科	urology
23	産婦人科	obstetrics and gynaecology
24	産科	obstetrics
25	婦人科	gynaecology
26	眼科	ophthalmology
27	耳鼻咽喉科	otorhinolaryngology
30	放射線科	radiology
31	麻酔科	anaesthesiology
33	心療内科	psychosomatic medicine
36	リハビリテーション科	rehabilitation
37	病理診断科	pathology
38	臨床検査科	laboratory medicine
39	救急科	emergency medicine
41	血液内科	haematology
43	血液透析科	haemodialysis
45	呼吸器内科	respiratory medicine
48	腎臓内科	nephrology
51	総合診療科	general medicine
53	内分泌・代謝科	endocrinology and metabolism
70	消化器内科	gastroenterology
73	糖尿病内科	diabetology
75	感染症科	infectious diseases
77	老年科	geriatrics
78	血管外科	vascular surgery
82	乳腺外科	breast surgery
83	緩和ケア科	palliative care
84	集中治療部	intensive care`
	table0038 = `A	一部完了	some, not all, completed
CA	取消	cancelled
CM	完了	completed
DC	中止	discontinued
ER	エラー（オーダなし）	error, order not found
HD	保留	on hold
IP	進行中	in process
RP	差し替え	replaced
SC	予定	in process, scheduled`
	table0119 = `NW	新規	new
XO	変更要求	change requested
XX	変更（非同期）	changed, unsolicited
XR	変更済	changed as requested
RP	差し替え要求	replacement requested
RO	差し替え後	replacement order
CA	取消要求	cancellation requested
OC	取消完了	cancelled
CR	要求どおり取消	cancelled as requested
DC	中止要求	stop requested
OD	中止	stopped
DR	要求どおり中止	stopped as requested
HD	保留要求	hold requested
OH	保留	on hold
SC	状態変更	status changed
PA	親オーダ	parent order
CH	子オーダ	child order
RE	実施・結果情報	observations follow
OK	受付	accepted`
	table0166 = `B	基本薬剤	base
A	添加剤	additive`
	table0322 = `CP	完了	complete
PA	一部実施	partially administered
RE	拒否	refused
NA	未実施	not administered`
	table0482 = `I	入院患者オーダ	inpatient order
O	外来患者オーダ	outpatient order`
	table0485 = `S	緊急（スタット）	stat
A	至急	as soon as possible
R	通常	routine
P	術前	preoperative
T	時間指定	timing critical`
	table0078 = `L	基準値より低い	below the range
H	基準値より高い	above the range
LL	下方パニック値	critically low
HH	上方パニック値	critically high
<	測定下限未満	below the measurable range
>	測定上限超	above the measurable range
N	正常	normal
A	異常	abnormal
AA	高度異常	very abnormal
S	感性	susceptible
I	中間	intermediate
R	耐性	resistant
MS	やや感性	moderately susceptible
VS	高感性	very susceptible`
	table0085 = `C	修正報告	corrected
D	削除	deleted
F	最終報告	final
I	検査室で結果待ち	in the laboratory
N	未確認	not asked
O	依頼（結果なし）	order detail, no result
P	中間報告	preliminary
R	入力済・未検証	entered, not verified
S	一部報告	partial
U	最終へ変更（結果同じ）	now final, unchanged
W	誤報告（別患者など）	posted wrongly
X	結果は得られない	no result obtainable`
	table0127 = `DA	薬剤アレルギー	drug allergy
FA	食物アレルギー	food allergy
MA	その他のアレルギー	miscellaneous allergy
MC	禁忌	contraindication
EA	環境アレルギー	environmental allergy
AA	動物アレルギー	animal allergy
PA	植物アレルギー	plant allergy
LA	花粉アレルギー	pollen allergy`
	table0128 = `MI	軽度	mild
MO	中等度	moderate
SV	重度	severe
U	不明	unknown`
	table0162 = `AP	外用	external
B	頬	buccal
DT	歯	dental
EP	硬膜外	epidural
ET	気管内チューブ	endotracheal tube
GTT	胃瘻	gastrostomy tube
GU	膀胱洗浄	genitourinary irrigant
IA	動脈内	intra-arterial
IB	滑液包内	intrabursal
IC	心臓内	intracardiac
ID	皮内	intradermal
IH	吸入	inhalation
IM	筋肉内	intramuscular
IN	鼻腔内	intranasal
IO	眼内	intraocular
IP	腹腔内	intraperitoneal
IT	髄腔内	intrathecal
IV	静脈内	intravenous
MTH	口・喉	mouth or throat
NG	経鼻胃管	nasogastric
OP	眼	ophthalmic
OT	耳	otic
OTH	その他	other
PO	経口	oral
PR	直腸	rectal
SC	皮下	subcutaneous
SL	舌下	sublingual
TD	経皮	transdermal
TP	局所	topical
TRA	気管切開	tracheostomy
UR	尿道	urethral
VG	膣	vaginal
WND	創傷	wound`
	table0164 = `AP	アプリケータ	applicator
HL	ヘパリンロック	heparin lock
IVP	点滴ポンプ	IV pump
IVS	点滴用溶液セット	IV soluset
MI	定量吸入器	metered inhaler
NEB	ネブライザ	nebulizer
PCA	PCAポンプ	PCA pump`
	table0177 = `V	非常に限定	very restricted
R	限定	restricted
U	通常	usual control
EMP	職員	employee
VIP	要人	very important person
PSY	精神科患者	psychiatric patient
AID	HIV患者	AIDS patient
HIV	HIV陽性	HIV positive
ETH	アルコール・薬物	alcohol or drug treatment`
	table0241 = `D	死亡	died
R	回復	recovering
N	回復せず／変わらない	not recovering, unchanged
W	悪化	worsening
S	後遺症	sequelae
F	完全に回復	fully recovered
U	不明	unknown`
	table0287 = `AD	追加	added
CO	修正	corrected
DE	削除	deleted
LI	リンク	linked
UC	変更なし	unchanged
UN	リンク解除	unlinked
UP	更新	updated`
	table0323 = `A	追加	added
D	削除	deleted
U	更新	updated
X	変更なし	unchanged`
	table0436 = `AD	薬物有害反応	adverse reaction
AL	アレルギー	allergy
CT	禁忌	contraindication
IN	不耐性	intolerance`
	table0438 = `U	未確認	unconfirmed
P	確認待ち	pending
S	疑い	suspected
C	確認済	confirmed
I	確認済・現在は不活性	confirmed, inactive
E	誤り	erroneous
D	疑義あり	doubt raised`
	table0495 = `L	左	left
R	右	right
B	両側	bilateral`
	tableJHSD0001 = `C0	国民健康保険	national health insurance
01	全国健康保険協会管掌健康保険	Japan Health Insurance Association
02	船員保険	seamen's insurance
06	組合管掌健康保険	society-managed health insurance
07	自衛官等	self-defence forces
12	生活保護（医療扶助）	public assistance
31	国家公務員共済組合	national public servants' mutual aid
32	地方公務員等共済組合	local public servants' mutual aid
33	警察共済組合	police mutual aid
34	公立学校共済組合	public school mutual aid
39	後期高齢者医療	medical care for the elderly
67	国民健康保険退職者	national health insurance, retired
PI	公害医療	pollution-related care
LI	労災	workers' compensation
TI	自賠責	automobile liability
PS	公務災害	public servants' accidents
OE	自費	self-pay
OT	その他	other`
	tableJHSD0004 = `H	入院時	on admission
L	退院時	on discharge
O	外来時	outpatient
B	手術前	before surgery
A	手術後	after surgery
F	最終	final`
	tableJHSD0005 = `1	疑いあり	suspected`
	tableJHSD0006 = `I	中止	stopped
M	寛解	remission
C	継続	continuing
O	その他	other`
	tableJHSD0007 = `1	主診断	main diagnosis`
	tableJHSI0001 = `FTP	定時	scheduled
EMP	至急	urgent
PFP	事後	after the fact
OTP	頓用	as needed`
	tableJHSI0002 = `00	一般	general
01	血液製剤	blood product
02	特殊製剤	special preparation
03	麻毒	narcotic or poison
04	治験薬	trial drug
05	TPN	parenteral nutrition
06	予防接種	vaccination
07	抗がん剤	anticancer drug
09	その他	other`
	tableJHSI0009 = `01	ワンショット	single shot
02	点滴	drip infusion`
	tableJHSP0003 = `21	内服	internal
22	頓用	as needed
23	外用	external
24	自己注射	self-injection`
	tableJHSP0007 = `BDP	持参薬処方	drugs brought along`
	tableJSHR002  = `A	A型	type A
B	B型	type B
O	O型	type O
AB	AB型	type AB`
	tableMR9P = `TAB	錠	tablet
CAP	カプセル	capsule
PCK	包	sachet
AMP	アンプル	ampoule
VIL	バイアル	vial
BTL	瓶	bottle
BAG	袋	bag
HON	本	piece
KO	個	item
SHT	枚	sheet
TUBE	管	tube
SYRG	シリンジ	syringe
KIT	キット	kit
DOSE	回分	dose
TIME	回	time
DROP	滴	drop
SPRY	噴霧	spray
INHL	吸入	inhalation
MG	ｍｇ	mg
G	ｇ	g
MCG	μｇ	µg
ML	ｍＬ	mL
L	Ｌ	L
MEQ	ｍＥｑ	mEq
UNT	単位	unit
IUNT	国際単位	international unit
TTUN	万単位	ten thousand units
PWD	散剤	powder
SYR	シロップ剤	syrup
SUP	坐剤	suppository
LQD	液剤	liquid
OIT	軟膏	ointment
CRM	クリーム	cream
TPE	貼付剤	patch
INJ	注射剤	injection
OHP	外来処方	outpatient prescription
OHI	院内処方	dispensed in the hospital
OHO	院外処方	dispensed outside
IHP	入院処方	inpatient prescription
DCG	退院処方	discharge prescription
ORD	定期処方	regular prescription
XTR	臨時処方	extra prescription`
)
