package comply

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/torideproject/toride/internal/fault"
)

// formCells is a made-up form of the shape of the official one: title, groups,
// circled numbers, answers to circle. The sentences are our own.
func formCells() [][]string {
	return [][]string{
		{"令和8年度版 架空の様式(医療機関・薬局確認用)"},
		{},
		{"", "医療情報システムを導入し、運用している。", "はい・いいえ"},
		{"チェック項目", "", "確認結果", "確認日", "目標日"},
		{"１ 体制構築"},
		{"①", "安全管理責任者が決まっている。", "はい・いいえ"},
		{"２ 医療情報システムの管理・運用"},
		{"①", "機器の台帳管理をしている。", "はい・いいえ"},
		{"②", "リモートメンテナンスの有無を確かめた。", "はい・いいえ"},
		{"③", "MDS/SDSを受け取っている。", "はい・いいえ"},
		{"④ 不要なアカウントを止めている。", "はい・いいえ"},
		{"⑤", "アクセス利用権限を決めている。", "はい・いいえ"},
		{"⑥", "セキュリティパッチを当てている。", "はい・いいえ"},
		{"⑦", "ドローンの持ち込みを管理している。", "はい・いいえ"},
		{"３ インシデント発生に備えた対応"},
		{"①", "連絡体制図がある。", "はい・いいえ"},
		{"②", "バックアップと復旧手順を確かめた。", "はい・いいえ"},
		{"③", "サイバー攻撃を想定した事業継続計画がある。", "はい・いいえ"},
		{"４ 規程類の整備"},
		{"①", "運用管理規程に上の全項目を書いている。", "はい・いいえ"},
	}
}

func workbook(t testing.TB, name string, cells [][]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", name); err != nil {
		t.Fatal(err)
	}
	for r, row := range cells {
		for c, v := range row {
			at, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellValue(name, at, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func catalogue(t testing.TB, id string) *Catalogue {
	t.Helper()
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	c := pick(all, id)
	if c == nil {
		t.Fatalf("no catalogue %s", id)
	}
	return c
}

func TestReadForms_OfficialShape(t *testing.T) {
	t.Parallel()
	forms, sha, err := ReadForms(t.Context(), "001716187.xlsx", workbook(t, "医療機関・薬局確認用", formCells()))
	if err != nil {
		t.Fatal(err)
	}
	if len(forms) != 1 || forms[0].Code != SheetHospital || len(sha) != 64 {
		t.Fatalf("forms %+v sha %q", forms, sha)
	}
	if len(forms[0].Years) == 0 || forms[0].Years[0] != 2026 {
		t.Errorf("years %v", forms[0].Years)
	}
	var got []string
	for _, r := range forms[0].Rows {
		got = append(got, r.No)
	}
	want := "0 1-① 2-① 2-② 2-③ 2-④ 2-⑤ 2-⑥ 2-⑦ 3-① 3-② 3-③ 4-①"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("numbers %s\nwant    %s", s, want)
	}
	if text := forms[0].Rows[5].Text; text != "不要なアカウントを止めている。" {
		t.Errorf("text in the cell of the number: %q", text)
	}
	if forms[0].Rows[1].Value != Open {
		t.Error("はい・いいえ to choose from was taken for an answer")
	}
}

func TestReadForms_FilledIn(t *testing.T) {
	t.Parallel()
	cells := formCells()
	cells[7] = []string{"①", "機器の台帳管理をしている。", "はい", "R8.5.11"}
	cells[8] = []string{"②", "リモートメンテナンスの有無を確かめた。", "いいえ", "2026/5/11", "令和8年12月28日"}
	forms, _, err := ReadForms(t.Context(), "x.xlsx", workbook(t, "医療機関確認用", cells))
	if err != nil {
		t.Fatal(err)
	}
	if r := forms[0].Rows[2]; r.Value != Yes || r.First != "2026-05-11" || r.Next != "" {
		t.Errorf("row %+v", r)
	}
	if r := forms[0].Rows[3]; r.Value != No || r.First != "2026-05-11" || r.Next != "2026-12-28" {
		t.Errorf("row %+v", r)
	}
}

func TestReadForms_UnknownLayoutNamesWhatWasFound(t *testing.T) {
	t.Parallel()
	_, _, err := ReadForms(t.Context(), "x.xlsx", workbook(t, "職員名簿", [][]string{{"氏名", "内線"}, {"架空 花子", "1234"}}))
	f := fault.Of(err)
	if f == nil || f.Msg.Key != "comply.import.layout" || !strings.Contains(f.Msg.Args[0].(string), "職員名簿") {
		t.Fatalf("got %v", err)
	}
}

func TestReadForms_HostileFiles(t *testing.T) {
	t.Parallel()
	wide := make([]string, 200)
	for i := range wide {
		wide[i] = "①"
	}
	long := make([][]string, formRows+5)
	for i := range long {
		long[i] = []string{"① 長い表の行です"}
	}
	for name, data := range map[string][]byte{
		"too large": make([]byte, MaxUpload+1),
		"no zip":    []byte("PK\x03\x04 broken"),
		"a page":    []byte("<html><table><tr><td>①</td></tr></table></html>"),
		"empty":     {},
		"too wide":  workbook(t, "S", [][]string{wide}),
		"too long":  workbook(t, "S", long),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ReadForms(t.Context(), "../../x.xlsx", data)
			if err == nil {
				t.Fatal("was taken")
			}
			if k := fault.KindOf(err); k == fault.Internal {
				t.Errorf("no clear fault: %v", err)
			}
		})
	}
}

func TestCompare_TellsMovedNewAndMissing(t *testing.T) {
	t.Parallel()
	c := catalogue(t, "mhlw-cl-r8")
	forms, sha, err := ReadForms(t.Context(), "x.xlsx", workbook(t, "医療機関・薬局確認用", formCells()))
	if err != nil {
		t.Fatal(err)
	}
	changes := Compare(c, SheetHospital, forms[0])
	kinds := map[string]ChangeKind{}
	for _, ch := range changes {
		key := ch.Item.Topic
		if key == "" {
			key = ch.Row.Text
		}
		kinds[key] = ch.Kind
	}
	for topic, want := range map[string]ChangeKind{
		"uses": Same, "officer": Same, "inventory": Same, "rights": Renumbered, "accounts": Renumbered, "patch": Same,
		"ドローンの持ち込みを管理している。": Added, "mfa": Missing, "bcp": Same, "rules": Same,
	} {
		if kinds[topic] != want {
			t.Errorf("%s: %q, want %q", topic, kinds[topic], want)
		}
	}
	d := c.Take(SheetHospital, changes, Import{File: "x.xlsx", SHA256: sha, Sheet: SheetHospital, Day: "2026-11-02", By: "試験 太郎"})
	rights, _ := d.Find("rights")
	if rights.Number(SheetHospital) != "2-⑤" || rights.Known(SheetHospital) != Imported || rights.Known(SheetVendor) == Imported {
		t.Errorf("rights %+v", rights)
	}
	if d.ItemID(SheetHospital, rights) != "mhlw-cl-r8:H:2-⑤" {
		t.Errorf("id %s", d.ItemID(SheetHospital, rights))
	}
	if mfa, ok := d.Find("mfa"); !ok || mfa.On(SheetHospital) || !mfa.On(SheetVendor) {
		t.Error("an item that the form lacks must leave this sheet only")
	}
	if d.SourceSHA256 != sha || len(d.Imports) != 1 {
		t.Errorf("sha %q imports %v", d.SourceSHA256, d.Imports)
	}
	items := d.On(SheetHospital)
	if items[0].Topic != "uses" || items[len(items)-1].Topic != "rules" || len(items) != 13 {
		t.Errorf("order: %d items, first %s, last %s", len(items), items[0].Topic, items[len(items)-1].Topic)
	}
	if before, _ := c.Find("rights"); len(before.Official) != 0 {
		t.Error("Take changed the catalogue that it was given")
	}
	for _, ch := range Compare(d, SheetHospital, forms[0]) {
		if ch.Kind != Same {
			t.Errorf("the same form once more: %s %s", ch.Kind, ch.Row.No)
		}
	}
	forms[0].Rows[2].Text = "機器の台帳管理を毎月している。"
	if ch := Compare(d, SheetHospital, forms[0])[2]; ch.Kind != Reworded || ch.Text != "機器の台帳管理をしている。" {
		t.Errorf("changed wording: %+v", ch)
	}
}

func TestReadForms_OldBracketNumbersBySections(t *testing.T) {
	t.Parallel()
	cells := [][]string{{"医療機関確認用 令和6年度"}, {"1 体制構築"}, {"(1)", "安全管理責任者が決まっている。"},
		{"2 医療情報システムの管理・運用"}, {"(1)", "台帳管理をしている。"}, {"(4)", "アクセス利用権限を決めている(サーバ)。"},
		{"(6)", "アクセスログを管理している。"}, {"(4)", "アクセス利用権限を決めている(端末)。"}, {"(9)", "接続元制限をしている。"}}
	forms, _, err := ReadForms(t.Context(), "x.xlsx", workbook(t, "S", cells))
	if err != nil {
		t.Fatal(err)
	}
	var topics []string
	for _, ch := range Compare(catalogue(t, "mhlw-cl-r6"), SheetHospital, forms[0]) {
		if ch.Kind != Missing {
			topics = append(topics, ch.Row.No+"="+ch.Item.Topic+":"+string(ch.Kind))
		}
	}
	want := "1-(1)=officer:same 2-(1)=inventory:same 2-(4)=rights/SV:same 2-(6)=accesslog:same 2-(4)=rights/PC:same 2-(9)=source:same"
	if got := strings.Join(topics, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzReadForms(f *testing.F) {
	f.Add([]byte("No,項目,回答\n①,安全管理責任者が決まっている,はい\n"))
	f.Add([]byte("① \xff\xfe"))
	f.Add(workbook(f, "医療機関確認用", formCells()))
	f.Fuzz(func(t *testing.T, data []byte) {
		forms, _, err := ReadForms(t.Context(), "x.csv", data)
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("internal: %v", err)
		}
		for _, form := range forms {
			for _, r := range form.Rows {
				if r.No == "" || r.Text == "" {
					t.Fatalf("empty row %+v", r)
				}
			}
		}
	})
}
