package archive

import (
	"github.com/torideproject/toride/internal/sheet"
)

// column is what a column of an index holds.
type column int

const (
	colID column = iota
	colPath
	colFolder
	colName
	colKana
	colBirth
	colSex
	colKind
	colTitle
	colDate
	colDept
	columns
)

// columnOf gives the column of a name in Settings.Columns.
func columnOf(name string) (column, bool) {
	for c := range columns {
		if columnNames()[c] == name {
			return c, true
		}
	}
	return 0, false
}

func columnNames() [columns]string {
	return [columns]string{"id", "path", "folder", "name", "kana", "birth", "sex", "kind", "title", "date", "dept"}
}

// headings are the words of each column, the likeliest first, folded (see
// fold). The same word may stand for several columns only in this order.
func headings() [columns][]string {
	return [columns][]string{
		colID: {"患者id", "患者番号", "患者no", "患者コード", "患者識別番号", "患者識別子", "カルテ番号", "カルテno", "診察券番号", "登録番号", "patientid", "patientno", "patientnumber",
			"patientcode", "pid", "mrn", "chartno", "chartnumber", "id"},
		colPath: {"ファイルパス", "ファイルパス名", "格納パス", "保存パス", "相対パス", "文書パス", "パス", "ファイル名", "文書ファイル名", "画像ファイル名", "ファイル", "文書ファイル", "画像ファイル",
			"格納先", "保存先", "filepath", "path", "filename", "file"},
		colFolder: {"フォルダ", "フォルダー", "フォルダ名", "フォルダパス", "ディレクトリ", "folder", "foldername", "directory", "dir"},
		colName:   {"患者氏名", "患者漢字氏名", "漢字氏名", "氏名漢字", "患者名", "氏名", "名前", "patientname", "kanjiname", "name"},
		colKana:   {"患者カナ氏名", "患者氏名カナ", "カナ氏名", "氏名カナ", "患者カナ", "カナ", "カナ名", "フリガナ", "ふりがな", "patientkana", "kananame", "namekana", "kana"},
		colBirth:  {"生年月日", "患者生年月日", "dateofbirth", "birthdate", "birthday", "birth", "dob"},
		colSex:    {"性別", "患者性別", "sex", "gender"},
		colKind: {"文書種別名", "文書種別", "文書分類", "文書区分", "文書種類", "帳票種別", "帳票分類", "種別名", "種別", "カテゴリ", "カテゴリー", "分類", "種類", "documenttype", "doctype",
			"documentkind", "category", "kind", "type"},
		colTitle: {"文書名", "文書名称", "文書タイトル", "タイトル", "帳票名", "件名", "表題", "名称", "documentname", "documenttitle", "title", "subject"},
		colDate: {"文書日付", "文書日", "作成日", "作成日時", "文書作成日", "記載日", "診療日", "日付", "対象日", "発行日", "登録日", "登録日時", "取込日", "スキャン日", "documentdate",
			"createddate", "createdat", "created", "date"},
		colDept: {"診療科", "診療科名", "作成診療科", "依頼科", "科名", "科", "部門", "department", "dept"},
	}
}

// layout says which field of a record is which column; -1: there is none.
type layout [columns]int

// recognise finds the columns of a heading line; ok is false where the number
// or the file is missing, or where it is an index of SS-MIX2.
func recognise(heads []string, own map[string]string) (l layout, ok bool) {
	place := map[string]int{}
	for i, h := range heads {
		if f := sheet.Key(h); f != "" {
			if _, twice := place[f]; !twice {
				place[f] = i
			}
		}
	}
	if _, smix := place["datakind"]; smix {
		return l, false
	}
	taken := map[int]bool{}
	words := headings()
	for c := range columns {
		l[c] = -1
		if name := own[columnNames()[c]]; name != "" {
			if i, ok := place[sheet.Key(name)]; ok {
				l[c] = i
				taken[i] = true
			}
		}
	}
	for c := range columns {
		for _, w := range words[c] {
			if i, ok := place[w]; ok && l[c] < 0 && !taken[i] {
				l[c] = i
				taken[i] = true
			}
		}
	}
	return l, l[colID] >= 0 && l[colPath] >= 0
}
