package demo

import (
	"bytes"
	"fmt"

	"github.com/torideproject/toride/internal/sheet"
)

// device is a run of like devices in the hospital's list.
type device struct {
	count                         int
	prefix, kind, system, vendor  string
	place, maker, model, os, vers string
	subnet                        string // first three numbers of the addresses
	end, antivirus                string
	priority                      int
}

func devices() []device {
	return []device{
		{8, "KARTE-DB", "サーバ", "電子カルテ", ehr, "3階 サーバ室 A列", "架空電機", "SV-9000", "Windows Server 2019", "1809", "10.10.1", "令和11年1月9日", "無", 1},
		{12, "KARTE-AP", "サーバ", "電子カルテ", ehr, "3階 サーバ室 A列", "架空電機", "SV-7000", "Windows Server 2019", "1809", "10.10.2", "令和11年1月9日", "無", 1},
		{6, "ORDER", "サーバ", "オーダリング", ehr, "3階 サーバ室 A列", "架空電機", "SV-7000", "Windows Server 2019", "1809", "10.10.3", "令和11年1月9日", "無", 1},
		{4, "AD", "サーバ", "認証(AD)", network, "3階 サーバ室 B列", "架空電機", "SV-5000", "Windows Server 2016", "1607", "10.10.4", "令和9年1月12日", "有", 1},
		{6, "PACS", "サーバ", "医用画像(PACS)", imaging, "3階 サーバ室 C列", "青葉画像", "ARC-4", "Windows Server 2016", "1607", "10.10.5", "令和9年1月12日", "有", 1},
		{4, "RIS", "サーバ", "放射線情報(RIS)", imaging, "3階 サーバ室 C列", "架空電機", "SV-5000", "Windows Server 2016", "1607", "10.10.6", "令和9年1月12日", "有", 2},
		{6, "LIS", "サーバ", "検体検査(LIS)", lab, "2階 検査部", "架空電機", "SV-5000", "Windows Server 2012 R2", "9600", "10.10.7", "令和5年10月10日", "有", 1},
		{3, "KYUSHOKU", "サーバ", "給食管理", meals, "地下1階 給食事務室", "架空電機", "SV-3000", "Windows Server 2012 R2", "9600", "10.20.40", "令和5年10月10日", "有", 2},
		{4, "DACS", "サーバ", "文書統合管理(DACS)", ehr, "3階 サーバ室 A列", "架空電機", "SV-5000", "Windows Server 2019", "1809", "10.10.8", "令和11年1月9日", "有", 1},
		{3, "BACKUP", "サーバ", "バックアップ", ehr, "3階 サーバ室 D列", "架空電機", "SV-5000", "Windows Server 2019", "1809", "10.10.9", "令和11年1月9日", "有", 2},
		{44, "BUMON", "サーバ", "手術部門", ehr, "3階 サーバ室 E列", "架空電機", "SV-3000", "Windows Server 2019", "1809", "10.10.20", "令和11年1月9日", "有", 2},
		{1640, "DT", "デスクトップPC", "電子カルテ", ehr, "病棟・外来", "架空電機", "PC-D8", "Windows 10 LTSC", "21H2", "10.50", "令和9年1月12日", "有", 0},
		{560, "NT", "ノートPC", "看護支援", ehr, "病棟(カート)", "架空電機", "PC-N5", "Windows 10 LTSC", "21H2", "10.51", "令和9年1月12日", "有", 0},
		{400, "PR", "プリンタ", "", "", "病棟・外来", "架空印刷", "LP-400", "", "", "10.52", "", "", 0},
		{62, "SW", "ネットワーク機器", "", network, "各階 EPS", "北星", "SW-48", "", "6.2", "10.1.1", "令和12年3月31日", "", 1},
		{2, "CT", "医療機器", "放射線情報(RIS)", imaging, "1階 CT室", "青葉画像", "CT-320", "Windows 7", "6.1", "10.20.60", "令和2年1月14日", "", 1},
		{3, "MR", "医療機器", "放射線情報(RIS)", imaging, "1階 MR室", "青葉画像", "MR-3T", "Windows 7", "6.1", "10.20.61", "令和2年1月14日", "", 2},
		{58, "MON", "医療機器", "生体情報モニタ", nurse, "病棟", "白波", "BSM-9", "", "3.2", "10.20.62", "", "", 1},
		{24, "LABX", "医療機器", "検体検査(LIS)", lab, "2階 検査部", "みどり検査", "AU-7", "Windows XP", "5.1", "10.20.50", "平成26年4月9日", "", 1},
		{12, "HDX", "医療機器", "透析", lab, "腎センター", "みどり検査", "DX-4", "", "1.8", "10.20.63", "", "", 2},
		{9, "BAS", "建物設備", "空調・電力監視", house, "地下2階 中央監視室", "架空計装", "BX-1", "Windows 7", "6.1", "10.60.1", "令和2年1月14日", "", 2},
		{3, "CLOUD", "クラウドサービス", "", "", "院外", "架空クラウド", "勤怠・研修・予約", "", "", "", "", "", 3},
	}
}

// name is that of the device with that number, from 1.
func (d device) name(i int) string { return fmt.Sprintf("%s-%04d", d.prefix, i) }

func (d device) address(i int) string {
	switch {
	case d.subnet == "":
		return ""
	case d.count > 250:
		return fmt.Sprintf("%s.%d.%d", d.subnet, i/250, i%250+1)
	case len(d.subnet) < 7:
		return fmt.Sprintf("%s.0.%d", d.subnet, i)
	}
	return fmt.Sprintf("%s.%d", d.subnet, i+10)
}

// Workbook is the hospital's own list, as its clerk keeps it: a title, a stamp
// of the date, a heading, one row a device.
func Workbook() ([]byte, error) { return workbook(10_000) }

// workbook has at most so many devices of each run.
func workbook(most int) ([]byte, error) {
	rows := [][]string{
		{Name + " 情報資産台帳"}, {"令和8年度版", "", "作成: 情報企画室"}, {},
		{"管理番号", "機器名", "種別", "部門システム", "保守業者", "設置場所", "メーカー", "型番", "OS", "バージョン", "IPアドレス", "サポート終了日", "ウイルス対策", "診療影響度"},
	}
	n := 0
	for _, d := range devices() {
		for i := 1; i <= min(d.count, most); i++ {
			n++
			priority := ""
			if d.priority > 0 {
				priority = fmt.Sprint(d.priority)
			}
			rows = append(rows, []string{fmt.Sprintf("A-%05d", n), d.name(i), d.kind, d.system, d.vendor, d.place, d.maker, d.model, d.os, d.vers, d.address(i), d.end, d.antivirus, priority})
		}
	}
	var out bytes.Buffer
	if err := sheet.WriteXLSX(&out, sheet.Out{Name: "機器一覧", Rows: rows}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
