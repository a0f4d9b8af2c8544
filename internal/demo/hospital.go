package demo

import "github.com/torideproject/toride/internal/asset"

// Name is the made-up hospital.
const Name = "みなと架空総合医療センター"

// person is one of the demo's people.
type person struct {
	login, name, role string
	vendor            string // name of the company
	who               string // text key of what the person does
}

func people() []person {
	return []person{
		{"sato", "佐藤 一郎(情報企画室長)", "admin", "", "demo.who.admin"},
		{"suzuki", "鈴木 花子(情報企画室)", "analyst", "", "demo.who.analyst"},
		{"incho", "高橋 院長", "executive", "", "demo.who.executive"},
		{"tanaka", "田中 師長(4階東病棟)", "ward", "", "demo.who.ward"},
		{"kansa", "小林 監査係", "viewer", "", "demo.who.viewer"},
		{"kyushoku", "山本 技師(給食システム)", "vendor", meals, "demo.who.vendor"},
	}
}

// Names of companies that the story speaks of.
const (
	meals   = "架空給食サービス株式会社"
	mealsIT = "架空ネット構築株式会社"
	ehr     = "東雲メディカルシステムズ株式会社"
	imaging = "青葉画像診断機器株式会社"
	network = "北星ネットワーク株式会社"
	lab     = "みどり検査システム株式会社"
	nurse   = "白波ナースコール工業株式会社"
	house   = "さくら建物管理株式会社"
	drugs   = "南風調剤システム株式会社"
	region  = "架空地域医療連携協議会"
)

func vendors() []asset.Vendor {
	return []asset.Vendor{
		{Name: meals, Role: "患者給食の調理・配膳委託", DayContact: "給食システム担当 06-0000-1001", Mail: "support@kyushoku.example"},
		{Name: mealsIT, Role: "給食システムのVPN装置の設置", DayContact: "保守窓口 06-0000-1002"},
		{Name: ehr, Role: "電子カルテ・オーダリングの保守", DayContact: "SE常駐 内線 2201", NightContact: "24時間窓口 0120-000-201", Mail: "sos@shinonome.example", Certificate: "ISMS(データセンター運用部門のみ、2027年3月まで)"},
		{Name: imaging, Role: "CT・MRI・血管撮影装置の保守", DayContact: "関西支店 06-0000-3001", NightContact: "緊急修理 0120-000-301"},
		{Name: network, Role: "院内ネットワークの保守", DayContact: "担当 06-0000-4001", NightContact: "監視センター 0120-000-401", Certificate: "ISMS(全社、2028年1月まで)"},
		{Name: lab, Role: "検体検査システム・分析装置", DayContact: "06-0000-5001", NightContact: "0120-000-501"},
		{Name: nurse, Role: "ナースコール", DayContact: "06-0000-6001"},
		{Name: house, Role: "空調・電気・昇降機の監視", DayContact: "防災センター 内線 9000", NightContact: "防災センター 内線 9000"},
		{Name: drugs, Role: "調剤・注射薬払出機", DayContact: "06-0000-7001", NightContact: "0120-000-701"},
		{Name: region, Role: "地域医療連携ネットワークの運営", DayContact: "事務局 06-0000-8001"},
	}
}

// system is a departmental system with its vendor's name.
type system struct {
	name, class, department, vendor string
	priority                        int
	impact, disclosure              string
}

func systems() []system {
	return []system{
		{"電子カルテ", "ehr", "医療情報部", ehr, 1, "外来・入院とも記録と参照ができない。15分以内に紙へ切り替える。", "2025-05-20"},
		{"オーダリング", "order", "医療情報部", ehr, 1, "検査・処方・注射の指示が出せない。伝票に切り替える。", "2025-05-20"},
		{"医事会計", "accounting", "医事課", ehr, 3, "会計が後日請求になる。", "2025-05-20"},
		{"看護支援", "nursing", "看護部", ehr, 2, "看護記録・ワークシートが紙になる。", "2025-05-20"},
		{"検体検査(LIS)", "lab", "検査部", lab, 1, "緊急検査の結果が電話報告になる。2時間で滞留する。", ""},
		{"生理検査", "physiology", "検査部", lab, 2, "心電図・超音波の結果が参照できない。", ""},
		{"放射線情報(RIS)", "radiology", "放射線部", imaging, 2, "撮影予約と照射録が紙になる。", "2024-11-05"},
		{"医用画像(PACS)", "pacs", "放射線部", imaging, 1, "過去画像が見られない。緊急手術の判断が遅れる。", "2024-11-05"},
		{"調剤・注射", "pharmacy", "薬剤部", drugs, 1, "監査と払出しが手作業になる。", ""},
		{"給食管理", "meals", "栄養部", meals, 2, "食事箋が紙になる。アレルギー食の確認が電話になる。", ""},
		{"ナースコール", "nursecall", "看護部", nurse, 1, "呼出しが病室で鳴らない。巡回に切り替える。", ""},
		{"生体情報モニタ", "monitor", "看護部", nurse, 1, "セントラルで波形が見えない。ベッドサイド巡視。", ""},
		{"手術部門", "surgery", "手術部", ehr, 1, "手術予定・麻酔記録が紙になる。", "2025-05-20"},
		{"透析", "dialysis", "腎センター", lab, 2, "透析条件を紙で確認する。", ""},
		{"文書統合管理(DACS)", "archive", "医療情報部", ehr, 1, "過去文書の参照ができない。", ""},
		{"空調・電力監視", "building", "施設課", house, 2, "手術室の温湿度・陰圧を現地で確認する。", ""},
		{"地域連携", "region", "地域連携室", region, 3, "紹介状が郵送になる。", ""},
		{"バックアップ", "backup", "医療情報部", ehr, 2, "復旧できる世代が増えない。", ""},
		{"認証(AD)", "directory", "医療情報部", network, 1, "端末にサインインできない。", ""},
	}
}

// contract is an agreement with its vendor's name.
type contract struct {
	vendor, name, number, start, end string
	split                            asset.Answer
	clause                           string
}

func contracts() []contract {
	return []contract{
		{meals, "患者給食業務委託契約", "委-2021-014", "2021-04-01", "2027-03-31", asset.No, ""},
		{ehr, "電子カルテシステム保守契約", "保-2023-001", "2023-04-01", "2028-03-31", asset.Yes, "別紙2 責任分界表"},
		{imaging, "画像診断装置保守契約", "保-2022-007", "2022-04-01", "2026-03-31", asset.No, ""},
		{network, "院内ネットワーク保守契約", "保-2024-003", "2024-04-01", "2029-03-31", asset.Yes, "第8条・別表"},
		{lab, "検体検査システム保守契約", "保-2023-009", "2023-04-01", "2027-03-31", asset.NotKnown, ""},
		{nurse, "ナースコール保守契約", "保-2020-011", "2020-04-01", "2027-03-31", asset.No, ""},
		{drugs, "調剤機器保守契約", "保-2024-006", "2024-04-01", "2027-03-31", asset.NotKnown, ""},
	}
}

// line is an outside line with the names of its vendor and contract.
type line struct {
	asset.Line
	vendor, contract string
}

func lines() []line {
	return []line{
		{asset.Line{Name: "給食事業者VPN", Kind: asset.VPN, Maker: "Fortinet", Model: "FortiGate-60E", OS: "FortiOS", Version: "5.4.8", Place: "地下1階 給食事務室 壁面ラック", Port: "L2-B1-03 24番", OwnerParty: asset.ByVendor, Purpose: "給食システムの遠隔保守・食数連携", Hours: asset.AlwaysOpen, RDP: asset.Yes, Destinations: "給食サーバ 10.20.40.11(電子カルテ網と同じ区画)", SourceLimit: asset.No, MFA: asset.No}, meals, "患者給食業務委託契約"},
		{asset.Line{Name: "電子カルテ保守VPN", Kind: asset.VPN, Maker: "Fortinet", Model: "FortiGate-100F", OS: "FortiOS", Version: "7.4.9", Place: "3階 サーバ室 A-02", Port: "L3-A02 1番", OwnerParty: asset.ByHospital, PatchParty: asset.ByVendor, Purpose: "電子カルテの遠隔保守", Hours: asset.OnDemand, RDP: asset.Yes, Destinations: "踏み台 10.10.1.20", SourceLimit: asset.Yes, Sources: "203.0.113.16/28", MFA: asset.Yes}, ehr, "電子カルテシステム保守契約"},
		{asset.Line{Name: "CT保守回線", Kind: asset.Maker, Maker: "青葉画像", Model: "RM-Box 2", Place: "1階 CT操作室", Port: "L2-1F-07 3番", OwnerParty: asset.ByVendor, PatchParty: asset.ByVendor, Purpose: "CT装置の遠隔診断", Hours: asset.OnDemand, HoursNote: "使う時だけLANケーブルを差す", RDP: asset.No, Destinations: "CT-1 10.20.60.21", SourceLimit: asset.Yes, Sources: "メーカー閉域網", MFA: asset.NotKnown}, imaging, "画像診断装置保守契約"},
		{asset.Line{Name: "検査分析装置LTE", Kind: asset.LTE, Maker: "架空通信", Model: "LTE-R10", OS: "組込", Place: "2階 検査部", OwnerParty: asset.ByVendor, Purpose: "分析装置の精度管理データ送信", Hours: asset.AlwaysOpen, RDP: asset.NotKnown, Destinations: "分析装置 10.20.50.0/27", SourceLimit: asset.NotKnown, MFA: asset.NotKnown}, lab, "検体検査システム保守契約"},
		{asset.Line{Name: "ナースコール保守ルータ", Kind: asset.Maker, Maker: "架空通信", Model: "VR-500", Place: "4階 EPS", Purpose: "ナースコール主装置の保守", Hours: asset.HoursUnknown}, nurse, "ナースコール保守契約"},
		{asset.Line{Name: "オンライン資格確認", Kind: asset.Insurance, Maker: "架空通信", Model: "IP-VPN終端", Place: "1階 医事課", OwnerParty: asset.ByVendor, PatchParty: asset.ByVendor, Purpose: "資格確認・レセプト請求", Hours: asset.AlwaysOpen, RDP: asset.No, Destinations: "資格確認端末", SourceLimit: asset.Yes, MFA: asset.Yes}, network, ""},
		{asset.Line{Name: "地域連携ネットワーク", Kind: asset.Region, Maker: "架空通信", Model: "IPsec終端", Place: "3階 サーバ室 B-01", OwnerParty: asset.ByHospital, PatchParty: asset.ByHospital, Purpose: "紹介・画像参照", Hours: asset.Scheduled, HoursNote: "8:00–20:00", RDP: asset.No, Destinations: "公開サーバ 10.30.1.10", SourceLimit: asset.Yes, MFA: asset.Yes}, region, ""},
		{asset.Line{Name: "インターネット接続", Kind: asset.ISP, Maker: "Fortinet", Model: "FortiGate-200F", OS: "FortiOS", Version: "7.4.9", Place: "3階 サーバ室 B-03", OwnerParty: asset.ByHospital, PatchParty: asset.ByVendor, Purpose: "情報系端末の閲覧・メール", Hours: asset.AlwaysOpen, RDP: asset.No, Destinations: "情報系セグメントのみ", SourceLimit: asset.Yes, MFA: asset.Yes}, network, "院内ネットワーク保守契約"},
		{asset.Line{Name: "空調監視の電話回線", Kind: asset.Dialup, Maker: "架空計装", Model: "遠方監視盤", Place: "地下2階 中央監視室", OwnerParty: asset.ByVendor, Purpose: "空調異常の通報", Hours: asset.AlwaysOpen, RDP: asset.No, Destinations: "中央監視装置", SourceLimit: asset.NotKnown}, house, ""},
		{asset.Line{Name: "調剤機器保守", Kind: asset.Maker, Maker: "架空通信", Model: "VR-300", Place: "1階 薬剤部", OwnerParty: asset.ByVendor, PatchParty: asset.ByVendor, Purpose: "払出機の保守", Hours: asset.OnDemand, RDP: asset.No, Destinations: "払出機 10.20.70.0/28", SourceLimit: asset.Yes, MFA: asset.No}, drugs, "調剤機器保守契約"},
	}
}
