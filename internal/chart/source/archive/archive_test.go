package archive_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/archive"
	"github.com/torideproject/toride/internal/chart/source/sourcetest"
)

const pdf = "%PDF-1.4\n% made up\n"

// files makes a file system; a name that ends in a slash is a folder.
func files(names map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, data := range names {
		out[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return out
}

func open(t testing.TB, fsys fs.FS) (source.Source, []model.Notice) {
	t.Helper()
	list, notes, err := archive.Member().Open(context.Background(), fsys, source.Options{Name: "s1", Label: "test"})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d archives, %+v, %v", len(list), notes, err)
	}
	t.Cleanup(func() { _ = list[0].Close() })
	return list[0], notes
}

func codes(list []model.Notice) (out []string) {
	for _, n := range list {
		out = append(out, n.Code)
	}
	return out
}

func chart(t testing.TB, s source.Source, id string) *model.Chart {
	t.Helper()
	today, _ := model.ParseDay("20260405")
	c, err := s.Read(context.Background(), id, source.Want{Today: today})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shown lists the items of a chart in one text.
func shown(c *model.Chart) string {
	var out []string
	for _, i := range c.Items {
		out = append(out, strings.TrimRight(strings.Join([]string{i.Day, i.Kind, i.Title, i.Dept, i.Media, i.Standing}, "|"), "|"))
	}
	return strings.Join(out, "\n")
}

const index = `患者ID,患者氏名,カナ氏名,生年月日,性別,文書種別,文書名,作成日,診療科,ファイルパス
0001234567,架空 花子,カクウ ハナコ,1952/3/14,女,退院時サマリー,退院時サマリー（内科）,2026/4/5,内科,0001234567\20260405_summary.pdf
0001234567,架空 花子,カクウ ハナコ,昭和27年3月14日,女,同意書,"手術,説明同意書",令和8年4月1日,外科,0001234567/20260401_consent.pdf
0007654321,見本 太郎,ミホン タロウ,S30.1.2,男,紹介状,紹介状,20251224,,0007654321/letter.html
0007654321,見本 太郎,ミホン タロウ,S30.1.2,男,,覚書,不明,,./0007654321/memo.txt
`

func small() map[string]string {
	return map[string]string{
		"dacs/index.csv":                        index,
		"dacs/0001234567/20260405_summary.pdf":  pdf,
		"dacs/0001234567/20260401_consent.pdf":  pdf,
		"dacs/0007654321/letter.html":           "<p>紹介状<script>x</script>",
		"dacs/0007654321/memo.txt":              "覚書",
		"readme.txt":                            "この媒体について",
		"toride-kit/other.csv":                  "a,b\n1,2\n",
		"dacs/0007654321/.DS_Store":             "x",
		"dacs/0007654321/unlisted_20251201.pdf": pdf,
	}
}

func TestMember_PassesWhatEverySourceMust(t *testing.T) {
	t.Parallel()
	t.Run("index", func(t *testing.T) {
		t.Parallel()
		fsys := small()
		delete(fsys, "dacs/0007654321/unlisted_20251201.pdf")
		fsys["dacs/index.csv"] = strings.Replace(index, "不明", "", 1)
		sourcetest.Member(t, archive.Member(), files(fsys), []string{"0001234567", "0007654321"})
	})
	t.Run("pattern", func(t *testing.T) {
		t.Parallel()
		sourcetest.Member(t, archive.Member(), files(map[string]string{
			"00012345/20260405_サマリー_退院時サマリー.pdf": pdf, "00012345/20260401_同意書_手術同意書.pdf": pdf, "00099999/20260301_紹介状_紹介状.pdf": pdf,
		}), []string{"00012345", "00099999"})
	})
}

func TestRead_OfAnIndex(t *testing.T) {
	t.Parallel()
	jis, err := japanese.ShiftJIS.NewEncoder().String(index)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(strings.ReplaceAll(index, `"手術,説明同意書"`, "手術,説明同意書!"), ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	wide = strings.ReplaceAll(wide, "手\x00", "手\x00")
	for name, text := range map[string]string{"utf-8": index, "bom": "\ufeff" + index, "cp932": jis, "crlf": strings.ReplaceAll(index, "\n", "\r\n")} {
		fsys := small()
		fsys["dacs/index.csv"] = text
		s, notes := open(t, files(fsys))
		if len(notes) > 0 {
			t.Errorf("%s: %+v", name, notes)
		}
		c := chart(t, s, "0001234567")
		want := "20260405|退院時サマリー|退院時サマリー（内科）|内科|pdf\n20260401|同意書|手術,説明同意書|外科|pdf"
		if got := shown(c); got != want {
			t.Errorf("%s:\n%s", name, got)
		}
		p := c.Person
		if p.Kanji.Show != "架空 花子" || p.Kana.Show != "カクウ ハナコ" || p.Birth.Stamp != "19520314" || p.Sex.Code != "F" || !p.Age.OK || p.Age.Value != 74 || p.Age.Rule == "" {
			t.Errorf("%s: %+v", name, p)
		}
		if c.Drugs.State != model.NotStored || c.Allergies.State != model.NotStored {
			t.Errorf("%s: %q %q", name, c.Drugs.State, c.Allergies.State)
		}
		c = chart(t, s, "0007654321")
		if got := shown(c); got != "20251224|紹介状|紹介状||html\n|document|覚書||text" || c.Person.Birth.Stamp != "19550102" {
			t.Errorf("%s:\n%s %+v", name, got, c.Person)
		}
	}
	fsys := small()
	fsys["dacs/index.csv"] = wide
	s, _ := open(t, files(fsys))
	if got := chart(t, s, "0001234567"); len(got.Items) != 2 || got.Person.Kanji.Show != "架空 花子" {
		t.Errorf("utf-16: %s", shown(got))
	}
}

// The same questions before and after the table is whole.
func TestFind_BeforeAndAfterTheTable(t *testing.T) {
	t.Parallel()
	s, _ := open(t, files(small()))
	for round := range 2 {
		for _, c := range []struct{ ask, want, code string }{
			{"0001234567", "0001234567", ""}, {"1234567", "0001234567", "archive.id_zeros"}, {"１２３４５６７", "0001234567", "archive.id_zeros"}, {"1234568", "", ""}, {"34567", "", ""},
		} {
			found, err := s.Find(context.Background(), c.ask)
			got, code := "", ""
			if len(found) == 1 {
				got, code = found[0].ID, strings.Join(codes(found[0].Notices), " ")
			}
			if err != nil || got != c.want || code != c.code || got != "" && found[0].Person.Kana != "カクウ ハナコ" {
				t.Errorf("round %d: %q: %+v, %v", round, c.ask, found, err)
			}
		}
		if err := s.Walk(context.Background(), source.Walk{}, func(source.Entry) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	c := chart(t, s, "1234567")
	if c.ID != "0001234567" || !slices.Contains(codes(c.Notices), "archive.unlisted") {
		t.Errorf("%s %+v", c.ID, c.Notices)
	}
}

func TestRead_WhatIsNotAsItShouldBe(t *testing.T) {
	t.Parallel()
	s, _ := open(t, files(map[string]string{
		"index.tsv": "患者番号\t氏名\t生年月日\t種別\tファイル名\t日付\n" +
			"=\"000123\"\t架空 花子\t19520314\t記録\tA/1.pdf\t2026.4.5\n" +
			"123\t架空 花子\t19520314\t記録\tA/2.pdf\t20260404\n" +
			"000123\t別 人\t19990101\t記録\tA/3.pdf\t20260403\n" +
			"000777\t見本 太郎\t19550102\t記録\tA/1.pdf\t20260402\n" +
			"000777\t見本 太郎\t19550102\t記録\tA/gone.pdf\t20260401\n" +
			"000777\t見本 太郎\t19550102\t記録\t..\\..\\etc\\passwd\t20260401\n" +
			"000777\t見本 太郎\t19550102\t記録\tC:\\dacs\\4.pdf\t20260401\n" +
			"000777\t見本 太郎\t19550102\t記録\t\\\\server\\share\\4.pdf\t20260401\n" +
			"000777\t見本 太郎\t19550102\t記録\t/etc/passwd\t20260401\n" +
			"000777\t\"閉じない\t19550102\t記録\tA/4.pdf\t20260331\n" +
			"000777\t見本 太郎\t19550102\t記録\tA/5.pdf\t2026/2/30\n" +
			"\t氏名だけ\t\t\t\t\n",
		"A/1.pdf": pdf, "A/2.pdf": pdf, "A/3.pdf": pdf, "A/4.pdf": pdf, "A/5.pdf": pdf,
	}))
	if err := s.Walk(context.Background(), source.Walk{}, func(source.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	c := chart(t, s, "000123")
	for _, want := range []string{"archive.file_two_patients", "archive.two_people", "archive.other_spelling", "archive.rows_bad", "archive.paths_refused", "archive.rows_undated", "archive.files_shared"} {
		if !slices.Contains(codes(c.Notices), want) {
			t.Errorf("no %s in %+v", want, c.Notices)
		}
	}
	for _, n := range c.Notices {
		if n.Code == "archive.paths_refused" && n.Args[0] != "4" {
			t.Errorf("%+v", n)
		}
	}
	c = chart(t, s, "000777")
	if got := shown(c); got != "20260402|記録|1||pdf\n20260401|記録|gone||pdf|uncertain\n|記録|5||pdf" || !slices.Contains(codes(c.Notices), "archive.file_missing") {
		t.Errorf("%s\n%+v", got, c.Notices)
	}
	d, err := s.Document(context.Background(), c.Items[1].Ref)
	if err != nil || d.Main != -1 || len(d.Files) != 0 || len(d.Notices) != 1 {
		t.Errorf("%+v %v", d, err)
	}
	for _, item := range []string{"000777\x00A/2.pdf", "000777\x00index.tsv", "000777\x00../x", "777\x00A/1.pdf"} {
		if d, err := s.Document(context.Background(), model.Ref{Source: "s1", Item: item}); !errors.Is(err, source.ErrNoItem) {
			t.Errorf("%q: %+v %v", item, d, err)
		}
	}
}

func TestOpen_BySettings(t *testing.T) {
	t.Parallel()
	s, notes := open(t, files(map[string]string{
		"toride-archive.toml": "label = \"文書庫\"\nfolder = \"store\"\nindex = \"list_*.csv\"\nencoding = \"utf-8\"\nstrip = 'D:\\dacs\\'\npattern = \"{id}/{date}*.{ext}\"\nnew = 1\n[columns]\nid = \"番号\"\npath = \"所在\"\nkind = \"帳票\"\n",
		"list_2024.csv":       "番号,所在,帳票\n0012,D:\\dacs\\0012\\20240101a.pdf,記録\n",
		"list_2025.csv":       "番号,所在,帳票\n0012,D:\\dacs\\0012\\20250101a.pdf,記録\n", "list_none.csv": "x,y\n",
		"store/0012/20240101a.pdf": pdf, "store/0012/20250101a.pdf": pdf, "store/0012/20260101b.pdf": pdf,
	}))
	if got := codes(notes); len(got) != 1 || got[0] != "archive.settings_unknown" {
		t.Error(got)
	}
	c := chart(t, s, "0012")
	if got := shown(c); got != "20260101|document|20260101b||pdf\n|記録|20240101a||pdf\n|記録|20250101a||pdf" || !slices.Contains(codes(c.Notices), "archive.unlisted_here") {
		t.Errorf("%s %+v", got, c.Notices)
	}
	if len(c.Stores) != 1 || c.Stores[0].Label != "文書庫" {
		t.Errorf("the store is called otherwise than its settings say: %+v", c.Stores)
	}
	if _, err := s.Document(context.Background(), c.Items[0].Ref); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{"no toml": "a = ", "encoding": "encoding = \"x\"", "column": "[columns]\nx = \"y\"", "pattern": "pattern = \"{x}\"", "no id": "pattern = \"{date}.pdf\"",
		"folder": "folder = \"../x\"", "no index": "index = \"none.csv\"", "large": strings.Repeat("#\n", 40_000)} {
		list, notes, err := archive.Member().Open(context.Background(), files(map[string]string{"toride-archive.toml": text, "00012/20240101_a_b.pdf": pdf}), source.Options{Name: "s1"})
		if err != nil || len(list) != 0 || len(notes) != 1 || notes[0].Level != model.Danger {
			t.Errorf("%s: %d %+v %v", name, len(list), notes, err)
		}
	}
}

func TestOpen_GuessesAPattern(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		names []string
		want  string
	}{
		"folder of a patient": {[]string{"00012345/20260405_記録_経過.pdf", "00012345/20260406_記録_経過.pdf", "00099999/20260301_紹介状_A病院.jpg"}, "{id}/{date}_{kind}_{title}.{ext}"},
		"folder of a kind":    {[]string{"同意書/00012345_20260405.pdf", "同意書/00012345_20260406_2.pdf", "紹介状/00099999_20260301.pdf"}, "{kind}/{id}_{date}*.{ext}"},
		"flat":                {[]string{"00012345_20260405_記録.pdf", "00012345_20260406_記録.pdf", "00099999_20260301_紹介状.pdf"}, "{id}_{date}_{kind}.{ext}"},
		"below a folder":      {[]string{"DACS/00012345/2026-04-05.pdf", "DACS/00012345/2026-04-06.pdf", "DACS/00099999/2026-03-01_x.pdf"}, "{id}/{date}*.{ext}"},
		"no order":            {[]string{"a.pdf", "b/c.pdf", "d/e/f.pdf", "00012345/20260405_記録_経過.pdf"}, ""},
		"one in ten is none":  {[]string{"00012345/20260405_a.pdf", "00012345/20260406_a.pdf", "00012345/20260407_a.pdf", "memo.pdf"}, ""},
		"days, not numbers":   {[]string{"20260405/20260405_a.pdf", "20260406/20260406_a.pdf", "20260407/20260407_a.pdf"}, ""},
	} {
		fsys := map[string]string{}
		for _, n := range c.names {
			fsys[n] = pdf
		}
		list, notes, err := archive.Member().Open(context.Background(), files(fsys), source.Options{Name: "s1"})
		got := ""
		if len(notes) == 1 && notes[0].Code == "archive.guessed" {
			got = notes[0].Args[1]
		}
		if err != nil || got != c.want || (len(list) == 1) != (c.want != "") {
			t.Errorf("%s: %q, %d, %v", name, got, len(list), err)
		}
		for _, s := range list {
			if c := chart(t, s, "12345"); len(c.Items) != 2 || c.Items[0].Day != "20260406" {
				t.Errorf("%s: %s", name, shown(c))
			}
			_ = s.Close()
		}
	}
}

// Links lead nowhere, in circles, and out of the archive.
func TestRead_FollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, d := range []string{"a/00012", "out"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, data string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("out/secret.pdf", pdf)
	write("a/00012/1.pdf", pdf)
	write("a/index.csv", "id,file\n00012,00012/1.pdf\n00012,00012/link.pdf\n00012,loop/00012/1.pdf\n00012,out/secret.pdf\n")
	for name, to := range map[string]string{"a/00012/link.pdf": "../../out/secret.pdf", "a/loop": ".", "a/out": "../out"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, _ := open(t, os.DirFS(filepath.Join(dir, "a")))
	if err := s.Walk(context.Background(), source.Walk{}, func(source.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	c := chart(t, s, "00012")
	good := 0
	for _, i := range c.Items {
		d, err := s.Document(context.Background(), i.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if i.Standing == model.Holds && len(d.Files) == 1 {
			good++
		} else if len(d.Files) > 0 {
			t.Errorf("%+v was opened", i)
		}
	}
	if good != 1 || len(c.Items) != 4 {
		t.Errorf("%d of %d could be opened", good, len(c.Items))
	}
}

func TestDocument_SaysWhatAFileIs(t *testing.T) {
	t.Parallel()
	s, _ := open(t, files(map[string]string{"index.csv": "id,file\n0001,a.pdf\n0001,b.jpg\n0001,c.xml\n", "a.pdf": "<html><script>x</script>", "b.jpg": pdf, "c.xml": "<ClinicalDocument xmlns='urn:hl7-org:v3'/>"}))
	want := map[string]string{"a.pdf": "html text/html", "b.jpg": "pdf application/pdf", "c.xml": "cda text/xml"}
	for _, i := range chart(t, s, "0001").Items {
		d, err := s.Document(context.Background(), i.Ref)
		if err != nil || len(d.Files) != 1 {
			t.Fatal(d, err)
		}
		f := d.Files[0]
		if got := f.Media + " " + f.MIME; got != want[f.Name] {
			t.Errorf("%s is %s", f.Name, got)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(in)
		if in.Close() != nil || int64(len(data)) != f.Size {
			t.Error(f.Name, len(data), f.Size)
		}
	}
}

func TestKind_NamesWhatTheArchiveSays(t *testing.T) {
	t.Parallel()
	s, _ := open(t, files(small()))
	if a, b := s.Kind("退院時サマリー"), s.Kind("その他"); a.Japanese != "退院時サマリー" || !a.Document || a.Order >= b.Order {
		t.Error(a, b)
	}
	if k := s.Kind(archive.NoKind); k.English == k.Code {
		t.Error(k)
	}
}

// bigIndex is an index of n rows that is made while it is read.
func bigIndex(n int) string {
	var b strings.Builder
	b.Grow(n * 130)
	b.WriteString("患者ID,患者氏名,カナ氏名,生年月日,性別,文書種別,文書名,作成日,診療科,ファイルパス\n")
	kinds := []string{"退院時サマリー", "同意書", "紹介状", "経過記録", "検査報告書"}
	for i := range n {
		p := i / 10
		fmt.Fprintf(&b, "%010d,架空 %d子,カクウ %dコ,19%02d0314,女,%s,%s第%d号,2026/%d/%d,内科,%04d\\%010d\\doc_%012d_0001.pdf\n",
			p, p, p, p%100, kinds[i%5], kinds[i%5], i%300, 1+i%12, 1+i%28, p%1000, p, i)
	}
	return b.String()
}
