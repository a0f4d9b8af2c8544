package assettest

import (
	"bytes"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// Workbook makes a workbook of three sheets: assets, lines and 24 vendors. The
// same numbers give the same content. Of the assets about one in a thousand
// has no name and is to be rejected.
func Workbook(assets, lines int) (data []byte, err error) {
	f := excelize.NewFile()
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	if err := f.SetSheetName("Sheet1", "情報機器台帳"); err != nil {
		return nil, err
	}
	for _, name := range []string{"外接点一覧", "業者連絡先"} {
		if _, err := f.NewSheet(name); err != nil {
			return nil, err
		}
	}
	for _, build := range []func(*excelize.File) error{
		func(f *excelize.File) error { return assetSheet(f, assets) },
		func(f *excelize.File) error { return lineSheet(f, lines) },
		vendorSheet,
	} {
		if err := build(f); err != nil {
			return nil, err
		}
	}
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// writer writes rows one below the other.
type writer struct {
	sw  *excelize.StreamWriter
	row int
	err error
}

func newWriter(f *excelize.File, sheet string) (*writer, error) {
	sw, err := f.NewStreamWriter(sheet)
	return &writer{sw: sw}, err
}

func (w *writer) put(cells ...any) {
	w.row++
	if w.err == nil {
		w.err = w.sw.SetRow(fmt.Sprintf("A%d", w.row), cells)
	}
}

func (w *writer) merge(from, to string) {
	if w.err == nil {
		w.err = w.sw.MergeCell(from, to)
	}
}

func (w *writer) close() error {
	if w.err != nil {
		return w.err
	}
	return w.sw.Flush()
}

// wide writes a number in full-width digits.
func wide(n int) string {
	out := []rune(fmt.Sprint(n))
	for i := range out {
		out[i] += '０' - '0'
	}
	return string(out)
}

func vendorName(i int) string {
	names := []string{"架空システム株式会社", "見本電機㈱", "（株）例示メディカル", "有限会社ためしネット", "想定ソフト株式会社", "仮名医療機器㈱"}
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("架空保守%s号株式会社", wide(i))
}

// vendorAgain writes a vendor's name in another hand.
func vendorAgain(i int) string {
	again := []string{"架空システム㈱", "見本電機（株）", "㈱例示メディカル", "（有）ためしネット", "想定ソフト（株）", "仮名医療機器株式会社"}
	if i < len(again) {
		return again[i]
	}
	return vendorName(i)
}

const vendors = 24

func vendorSheet(f *excelize.File) error {
	w, err := newWriter(f, "業者連絡先")
	if err != nil {
		return err
	}
	w.put("保守業者 緊急連絡先(院内限り)")
	w.put()
	w.put("会社名", "業務内容", "連絡先", nil, "メール", "備考")
	w.put(nil, nil, "平日日中", "夜間・休日")
	for _, m := range [][2]string{{"A3", "A4"}, {"B3", "B4"}, {"C3", "D3"}, {"E3", "E4"}, {"F3", "F4"}} {
		w.merge(m[0], m[1])
	}
	for i := range vendors {
		night := fmt.Sprintf("０９０−００００−%04d", i)
		if i%3 == 0 {
			night = ""
		}
		w.put(vendorName(i), "機器の保守", fmt.Sprintf("03-0000-%04d 窓口", i), night, fmt.Sprintf("hosyu%d@example.jp", i))
	}
	w.put("※ 夜間は当直の管理者を通してかけること")
	return w.close()
}

func lineSheet(f *excelize.File, n int) error {
	w, err := newWriter(f, "外接点一覧")
	if err != nil {
		return err
	}
	w.put("外部接続点 調査票", nil, nil, "令和７年１０月１日現在")
	w.put("No.", "回線名称", "種別", "機器", nil, nil, "設置場所", "業者名", "所有者", "脆弱性対応", "常時接続", "RDP", "接続元制限", "多要素認証", "用途", "備考")
	w.put(nil, nil, nil, "メーカー", "型番", "ファームウェア")
	w.merge("D2", "F2")
	for _, c := range []string{"A", "B", "C", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P"} {
		w.merge(c+"2", c+"3")
	}
	kinds := []string{"VPN", "メーカー保守回線", "地域連携", "オンライン資格確認", "LTEルータ", "インターネット", "クラウド"}
	for i := range n {
		version, rdp, hours := "7.4."+fmt.Sprint(i%9), "×", "都度"
		owner, patch := "病院", "業者"
		if i == 0 {
			version, rdp, hours, patch = "５．４．８", "○", "常時", "未定"
		} else if i%4 == 0 {
			hours, owner = "常時接続", "業者"
		}
		w.put(i+1, fmt.Sprintf("%s回線%s", []string{"給食", "検査", "放射線", "薬剤", "透析", "栄養", "健診"}[i%7], wide(i+1)), kinds[i%len(kinds)],
			"Fortinet", "FortiGate-60E", version, fmt.Sprintf("%d階 EPS", i%9+1), vendorAgain(i%vendors), owner, patch, hours, rdp,
			[]string{"有", "無", "不明"}[i%3], []string{"×", "○"}[i%2], "遠隔保守", nil)
	}
	return w.close()
}

func assetSheet(f *excelize.File, n int) error {
	w, err := newWriter(f, "情報機器台帳")
	if err != nil {
		return err
	}
	w.put("架空総合病院　情報機器・医療機器　台帳")
	w.put("作成：情報システム室", nil, nil, nil, "令和７年４月１日現在", nil, nil, nil, "承認", "㊞")
	w.merge("A1", "P1")
	w.put()
	heading(w)
	heading2 := w.row - 1
	for _, c := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "M", "N", "O", "P"} {
		w.merge(fmt.Sprintf("%s%d", c, heading2), fmt.Sprintf("%s%d", c, heading2+1))
	}
	w.merge(fmt.Sprintf("J%d", heading2), fmt.Sprintf("L%d", heading2))
	for i := range n {
		if i > 0 && i%500 == 0 {
			heading(w) // a new page
		}
		if i%250 == 0 {
			w.put(fmt.Sprintf("■ 本館 %d階", i/250+1))
			w.merge(fmt.Sprintf("A%d", w.row), fmt.Sprintf("P%d", w.row))
		}
		assetRow(w, i)
	}
	w.put("合計", fmt.Sprintf("%d台", n))
	w.put("※ 保守期限は契約書による。「－」は保守契約なし。")
	return w.close()
}

func heading(w *writer) {
	w.put("No.", "管理番号", "機器名", "種別", "設置場所", "使用部署", "メーカー", "型式", "製造番号", "ネットワーク", nil, nil, "保守業者", "導入日", "保守期限", "備考")
	w.put(nil, nil, nil, nil, nil, nil, nil, nil, nil, "ＩＰアドレス", "MACアドレス", "系統")
}

func assetRow(w *writer, i int) {
	kinds := []string{"ﾊﾟｿｺﾝ", "サーバ", "プリンター", "Ｌ２ＳＷ", "医療機器", "ノートＰＣ"}
	names := []string{"外来端末", "部門サーバ", "帳票ﾌﾟﾘﾝﾀ", "フロアスイッチ", "超音波診断装置", "病棟ノート"}
	bought := []any{"令和2年4月1日", "R3.10.1", "2019/4/1", "平成30年3月", 45748, "H31.4.1"}[i%6]
	until := []string{"令和9年3月31日", "－", "R8.3.31", "2027年3月", "自動更新", "2026/3/31"}[i%6]
	place, vendor := any(fmt.Sprintf("本館%s階　%d号室", wide(i/250+1), i%40)), any(vendorAgain(i%vendors))
	if i%10 == 1 { // merged with the row above
		place = nil
		w.merge(fmt.Sprintf("E%d", w.row), fmt.Sprintf("E%d", w.row+1))
	}
	if i%10 == 5 {
		vendor = "〃"
	}
	name := any(names[i%6] + wide(i+1))
	if i%1000 == 999 {
		name = nil
	}
	w.put(i+1, fmt.Sprintf("ＫＳ−%05d", i+1), name, kinds[i%6], place, []string{"医事課", "検査科", "放射線科", "看護部"}[i%4],
		"架空電機", fmt.Sprintf("KX-%d", i%30), fmt.Sprintf("S%07d", i), fmt.Sprintf("１０．%d．%d．%d", i>>14&255, i>>7&127, i&127+1),
		fmt.Sprintf("02:00:00:%02X:%02X:%02X", i>>16&255, i>>8&255, i&255), []string{"診療系", "事務系"}[i%2], vendor,
		bought, until, excelize.Cell{Formula: fmt.Sprintf("IF(A%d>0,\"\",\"\")", w.row+1), Value: ""})
}
