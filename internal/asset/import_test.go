package asset_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/asset/assettest"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/text"
)

func say(t testing.TB, lang text.Lang, reg *asset.Register) func(text.Msg) string {
	t.Helper()
	cat := text.NewCatalog(time.FixedZone("JST", 9*3600))
	if err := cat.Add(reg.Module().Files); err != nil {
		t.Fatal(err)
	}
	return func(m text.Msg) string { return cat.Say(lang, m) }
}

func importText(t testing.TB, reg *asset.Register, name, data string, opts asset.ImportOptions) asset.Report {
	t.Helper()
	rep, err := reg.ImportFile(t.Context(), ledgertest.Actor(), name, strings.NewReader(data), opts)
	if err != nil {
		t.Fatalf("%v: %v", err, fault.Of(err).Msg)
	}
	return rep
}

func wantCounts(t testing.TB, rep asset.Report, want map[asset.RowState]int) {
	t.Helper()
	for _, s := range asset.RowStates() {
		if rep.Counts[s] != want[s] {
			t.Errorf("%s: %d, want %d", s, rep.Counts[s], want[s])
		}
	}
}

func workbook(t testing.TB, assets, lines int) []byte {
	t.Helper()
	data, err := assettest.Workbook(assets, lines)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestImportFile_AwkwardWorkbook(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	data := workbook(t, 3000, 40)
	began := time.Now()
	rep, err := reg.ImportFile(t.Context(), ledgertest.Actor(), "台帳.xlsx", bytes.NewReader(data), asset.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("3,000 assets and 40 lines in %v", time.Since(began))
	for _, r := range rep.Rows {
		if r.State == asset.RowRejected && r.Reason.Key != "asset.import.reject.no_name" {
			t.Fatalf("row %s %d: %v", r.Sheet, r.Row, r.Reason)
		}
	}
	wantCounts(t, rep, map[asset.RowState]int{asset.RowNew: 3000 - 3 + 40 + 24, asset.RowRejected: 3})
	assets, total, err := reg.Assets(t.Context(), asset.Filter{Words: "外来端末１３"})
	if err != nil || total == 0 {
		t.Fatal(total, err)
	}
	a := assets[slices.IndexFunc(assets, func(a asset.Asset) bool { return a.Number == "KS-00013" })]
	if a.Kind != asset.PC || a.Place != "本館１階 12号室" || a.Address != "10.0.0.13" || a.Zone != "診療系" || a.VendorID == "" ||
		a.Note != "導入日: 令和2年4月1日\n保守期限: 令和9年3月31日" {
		t.Errorf("asset %+v", a)
	}
	lines, err := reg.Lines(t.Context())
	if err != nil || len(lines) != 40 {
		t.Fatal(len(lines), err)
	}
	l := lines[slices.IndexFunc(lines, func(l asset.Line) bool { return l.Name == "給食回線１" })]
	if l.Version != "5.4.8" || l.Hours != asset.AlwaysOpen || l.RDP != asset.Yes || l.PatchParty != asset.NoParty || l.OwnerParty != asset.ByHospital || l.Kind != asset.VPN {
		t.Errorf("line %+v", l)
	}
	vendors, err := reg.Vendors(t.Context())
	if err != nil || len(vendors) != 24 {
		t.Errorf("%d vendors, %v", len(vendors), err)
	}
	again, err := reg.ImportFile(t.Context(), ledgertest.Actor(), "台帳.xlsx", bytes.NewReader(data), asset.ImportOptions{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, again, map[asset.RowState]int{asset.RowUnchanged: 3000 - 3 + 40 + 24, asset.RowRejected: 3})
	if !again.Sheets[0].Remembered {
		t.Error("the mapping was not remembered")
	}
}

func TestImportFile_MatchAndKeep(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "受付端末", Number: "A-1", Kind: asset.PC, Place: "1階", Maker: "架空電機"})
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "検査端末", Kind: asset.PC, Place: "2階", Model: "KX"})
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "古い名", Kind: asset.PC, Place: "3階", Serial: "SN-9"})
	mustSave(t, reg.SaveVendor, asset.Vendor{Name: "株式会社架空システム"})
	rep := importText(t, reg, "x.csv", "管理番号,機器名,種別,設置場所,製造番号,メーカー,保守業者,サポート終了日,重要度\n"+
		"Ａ−１,受付端末１,,,,,㈱架空システム,令和8年3月,高\n"+ // by number; blanks keep
		"A-2,検査端末,サーバ,2階,,見本電機,架空システム,自動更新,\n"+ // by name and place; number filled in; kind changed
		"A-3,新しい名,ＰＣ,4階,SN-9,,(有)はじめて,2026/13/1,謎\n"+ // by serial
		"A-4,新端末,ＰＣ,5階,,,,,\n"+
		"A-4,別の端末,ＰＣ,6階,,,,,\n"+ // the same number twice in the file
		"A-5,正体不明,,7階,,,,,\n", asset.ImportOptions{})
	wantCounts(t, rep, map[asset.RowState]int{asset.RowNew: 1, asset.RowChanged: 3, asset.RowRejected: 2, asset.RowCreated: 1})
	assets, _, err := reg.Assets(t.Context(), asset.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]asset.Asset{}
	for _, a := range assets {
		by[a.Number] = a
	}
	if a := by["A-1"]; a.Name != "受付端末１" || a.Maker != "架空電機" || a.Place != "1階" || a.EndOfSupport != "2026-03-31" || a.Priority != 1 || a.Kind != asset.PC {
		t.Errorf("A-1 %+v", a)
	}
	if a := by["A-2"]; a.Name != "検査端末" || a.Kind != asset.Server || a.Model != "KX" || a.VendorID != by["A-1"].VendorID || a.EndOfSupport != "" {
		t.Errorf("A-2 %+v", a)
	}
	if a := by["A-3"]; a.Name != "新しい名" || a.Serial != "SN-9" || a.Priority != 0 {
		t.Errorf("A-3 %+v", a)
	}
	keys := map[string]int{}
	for _, r := range rep.Rows {
		for _, w := range append(r.Warnings, r.Reason) {
			if !w.Zero() {
				keys[w.Key]++
			}
		}
	}
	for _, want := range []string{"asset.import.warn.day", "asset.import.warn.choice", "asset.import.warn.same_company", "asset.import.reject.twice", "asset.import.reject.no_kind"} {
		if keys[want] == 0 {
			t.Errorf("no %s in %v", want, keys)
		}
	}
	history, err := reg.History(t.Context(), "asset/"+by["A-1"].ID, 10)
	if err != nil || history[0].Source != asset.FromFile || history[0].Place != "x.csv 2" || history[0].Batch != rep.ID {
		t.Errorf("history %+v %v", history[0], err)
	}
}

func TestExport_RoundTrip(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	importData := workbook(t, 60, 12)
	if _, err := reg.ImportFile(t.Context(), ledgertest.Actor(), "台帳.xlsx", bytes.NewReader(importData), asset.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	v := mustSave(t, reg.SaveVendor, asset.Vendor{Name: "=cmd()", DayContact: "+81-3-0000-0000", Note: "-1\n\"x\", y"})
	mustSave(t, reg.SaveContract, asset.Contract{Name: "保守契約", VendorID: v, EndDay: "2027-03-31", DutySplit: asset.No})
	mustSave(t, reg.SaveSystem, asset.System{Name: "検体検査システム", Class: "lab", VendorID: v, Priority: 2})
	for _, lang := range text.Langs() {
		for _, format := range asset.ExportFormats() {
			for _, table := range asset.ExportTables() {
				if table == "all" && format != asset.ExportXLSX {
					continue
				}
				t.Run(fmt.Sprint(lang, format, table), func(t *testing.T) {
					data, err := reg.Export(t.Context(), ledgertest.Actor(), table, format, say(t, lang, reg))
					if err != nil {
						t.Fatal(err)
					}
					rep, err := reg.ImportFile(t.Context(), ledgertest.Actor(), "x."+string(format), bytes.NewReader(data), asset.ImportOptions{DryRun: true})
					if err != nil {
						t.Fatal(err)
					}
					for _, r := range rep.Rows {
						if r.State != asset.RowUnchanged || len(r.Warnings) > 0 {
							t.Errorf("row %d %s %s: %v %v %v", r.Row, r.Table, r.State, r.Changes, r.Reason, r.Warnings)
						}
					}
					if rep.Counts[asset.RowUnchanged] == 0 {
						t.Error("nothing came back")
					}
				})
			}
		}
	}
}

func TestUndoImport(t *testing.T) {
	t.Parallel()
	reg, _, clock := open(t)
	old := mustSave(t, reg.SaveAsset, asset.Asset{Name: "受付端末", Number: "A-1", Kind: asset.PC, Place: "1階", Maker: "架空電機"})
	rep := importText(t, reg, "x.csv", "管理番号,機器名,種別,設置場所,メーカー,型式,保守業者\n"+
		"A-1,受付端末,PC,9階,見本電機,KX,架空システム株式会社\nA-2,新端末,PC,5階,,,架空システム株式会社\nA-3,さわる端末,PC,6階,,,想定ソフト株式会社\n", asset.ImportOptions{})
	clock.Add(time.Hour)
	a, err := reg.Asset(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	a.Place = "10階"
	mustSave(t, reg.SaveAsset, a)
	assets, _, err := reg.Assets(t.Context(), asset.Filter{Words: "さわる"})
	if err != nil || len(assets) != 1 {
		t.Fatal(err)
	}
	assets[0].Note = "使用中"
	mustSave(t, reg.SaveAsset, assets[0])

	undo, err := reg.UndoImport(t.Context(), ledgertest.Actor(), rep.ID)
	if err != nil {
		t.Fatal(err)
	}
	if undo.Fields != 3 || undo.Removed != 2 || len(undo.Kept) != 3 {
		t.Errorf("undo %+v", undo)
	}
	if a, err = reg.Asset(t.Context(), old); err != nil || a.Place != "10階" || a.Maker != "架空電機" || a.Model != "" || a.VendorID != "" {
		t.Errorf("%+v %v", a, err)
	}
	vendors, err := reg.Vendors(t.Context())
	if err != nil || len(vendors) != 1 || vendors[0].Name != "想定ソフト株式会社" {
		t.Errorf("vendors %+v %v", vendors, err)
	}
	_, err = reg.UndoImport(t.Context(), ledgertest.Actor(), rep.ID)
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("second undo: %v", err)
	}
	again := importText(t, reg, "x.csv", "管理番号,機器名,種別\nA-2,新端末,PC\n", asset.ImportOptions{})
	wantCounts(t, again, map[asset.RowState]int{asset.RowNew: 1})
}

func TestApply_RegisterMoved(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	id, err := reg.Stage(t.Context(), ledgertest.Actor(), "../../x.csv", []byte("管理番号,機器名,種別\nA-1,端末,PC\n"), asset.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if im, err := reg.Import(t.Context(), id); err != nil || im.Name != "x.csv" {
		t.Errorf("%q %v", im.Name, err)
	}
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "端末", Number: "A-1", Kind: asset.Server})
	if _, err := reg.Apply(t.Context(), ledgertest.Actor(), id); fault.Of(err).Msg.Key != "asset.import.moved" {
		t.Fatalf("apply: %v", err)
	}
	if err := reg.Recompare(t.Context(), ledgertest.Actor(), id); err != nil {
		t.Fatal(err)
	}
	rep, err := reg.Apply(t.Context(), ledgertest.Actor(), id)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, rep, map[asset.RowState]int{asset.RowChanged: 1})
	if _, err := reg.Apply(t.Context(), ledgertest.Actor(), id); fault.KindOf(err) != fault.Conflict {
		t.Errorf("second apply: %v", err)
	}
}

func TestRemap_Remembered(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	file := "X1,機器名,X2\nA-1,端末,1階\n"
	id, err := reg.Stage(t.Context(), ledgertest.Actor(), "x.csv", []byte(file), asset.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	bad := asset.SheetMap{Table: "asset", Fields: []string{"number", "name", "name"}}
	if err := reg.Remap(t.Context(), ledgertest.Actor(), id, []asset.SheetMap{bad}); fault.Of(err).Msg.Key != "asset.import.field_twice" {
		t.Errorf("twice: %v", err)
	}
	for _, fields := range [][]string{{"number"}, {"number", "name", "removed_at"}} {
		if err := reg.Remap(t.Context(), ledgertest.Actor(), id, []asset.SheetMap{{Table: "asset", Fields: fields}}); fault.Of(err).Msg.Key != "asset.import.bad_map" {
			t.Errorf("%v: %v", fields, err)
		}
	}
	good := asset.SheetMap{Table: "asset", Fields: []string{"number", "name", "place"}, Default: "pc"}
	if err := reg.Remap(t.Context(), ledgertest.Actor(), id, []asset.SheetMap{good}); err != nil {
		t.Fatal(err)
	}
	if _, err := reg.Apply(t.Context(), ledgertest.Actor(), id); err != nil {
		t.Fatal(err)
	}
	rep := importText(t, reg, "y.csv", strings.ReplaceAll(file, "1階", "2階"), asset.ImportOptions{DryRun: true})
	if !rep.Sheets[0].Remembered || rep.Counts[asset.RowChanged] != 1 || rep.Rows[0].Changes[0].New != "2階" {
		t.Errorf("report %+v", rep)
	}
}

func BenchmarkImport3000(b *testing.B) {
	data := workbook(b, 3000, 40)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		reg, _, _ := open(b)
		b.StartTimer()
		if _, err := reg.ImportFile(b.Context(), ledgertest.Actor(), "x.xlsx", bytes.NewReader(data), asset.ImportOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUndoImport3000(b *testing.B) {
	data := workbook(b, 3000, 40)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		reg, _, _ := open(b)
		rep, err := reg.ImportFile(b.Context(), ledgertest.Actor(), "x.xlsx", bytes.NewReader(data), asset.ImportOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, err := reg.UndoImport(b.Context(), ledgertest.Actor(), rep.ID); err != nil {
			b.Fatal(err)
		}
	}
}

// TestImportFile_Readings: one cell, one field, what it becomes.
func TestImportFile_Readings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ heading, cell, field, want string }{
		{"ファームウェア", "FortiOS v5.4.8", "version", "5.4.8"},
		{"ファームウェア", "FortiOS v5.4.8", "os", "FortiOS"},
		{"ファームウェア", "Ver.７．２．１", "version", "7.2.1"},
		{"ファームウェア", "１０．１", "version", "10.1"},
		{"所有者", "架空システム㈱", "owner_party", "vendor"},
		{"所有者", "当院", "owner_party", "hospital"},
		{"脆弱性対応", "未定", "patch_party", ""},
		{"常時接続", "○", "hours", "always"},
		{"常時接続", "×", "hours", ""},
		{"接続時間", "24時間365日", "hours", "always"},
		{"接続時間", "申請時のみ", "hours", "ondemand"},
		{"接続時間", "平日9時〜17時", "hours", "schedule"},
		{"RDP", "有", "rdp", "yes"},
		{"RDP", "使用しない", "rdp", "no"},
		{"RDP", "不明", "rdp", ""},
		{"多要素認証", "有(SMS)", "mfa", "yes"},
		{"接続元制限", "制限なし", "source_limit", "no"},
	} {
		t.Run(c.heading+" "+c.cell+" "+c.field, func(t *testing.T) {
			t.Parallel()
			reg, _, _ := open(t)
			rep := importText(t, reg, "x.csv", "回線名,種別,設置場所,"+c.heading+"\n給食,VPN,1階,"+c.cell+"\n", asset.ImportOptions{DryRun: true})
			got := ""
			for _, d := range rep.Rows[0].Changes {
				if d.Field == c.field {
					got = d.New
				}
			}
			if rep.Rows[0].Table != "line" || rep.Rows[0].State != asset.RowNew || got != c.want {
				t.Errorf("%s %s: %q, want %q; %+v", rep.Rows[0].Table, rep.Rows[0].State, got, c.want, rep.Rows[0])
			}
		})
	}
}

func TestImportFile_Vendors(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	rep := importText(t, reg, "業者.csv", "会社名,元請,夜間連絡先\n下請一号㈱,元請商事株式会社,090-0000-0001\n元請商事（株）,元請商事㈱,090-0000-0002\n", asset.ImportOptions{})
	wantCounts(t, rep, map[asset.RowState]int{asset.RowNew: 2})
	vendors, err := reg.Vendors(t.Context())
	if err != nil || len(vendors) != 2 {
		t.Fatalf("%+v %v", vendors, err)
	}
	by := map[string]asset.Vendor{}
	for _, v := range vendors {
		by[v.Name] = v
	}
	head := by["元請商事株式会社"]
	if head.ParentID != "" || head.NightContact != "090-0000-0002" || by["下請一号㈱"].ParentID != head.ID {
		t.Errorf("%+v", vendors)
	}
}
