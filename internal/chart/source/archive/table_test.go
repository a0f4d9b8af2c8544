package archive

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/text"
)

func TestTexts_AreComplete(t *testing.T) {
	t.Parallel()
	c := text.NewCatalog(time.UTC)
	if err := c.Add(Texts()); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`add\(model\.\w+, "(\w+)"|count, "(\w+)"|"archive\.(\w+)"|t\.\w+, "(\w+)"\}`).FindAllStringSubmatch(string(data), -1) {
			if !strings.HasSuffix(f, "_test.go") {
				used["chart.notice.archive."+m[1]+m[2]+m[3]+m[4]] = true
			}
		}
	}
	for _, k := range c.Keys() {
		if !used[k] {
			t.Errorf("%s is said nowhere", k)
		}
	}
	for k := range used {
		if !c.Has(k) {
			t.Errorf("%s has no words", k)
		}
	}
}

func TestParseDay_AsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"20240305": "20240305", "2024/3/5": "20240305", "2024-03-05": "20240305", "2024.3.5": "20240305", "2024年3月5日": "20240305", "2024年3月5日(火)": "20240305",
		"２０２４／３／５": "20240305", "令和6年3月5日": "20240305", "令和元年5月1日": "20190501", "R6.3.5": "20240305", "R06/03/05": "20240305", "平成31年4月30日": "20190430",
		"昭和 27年 3月14日": "19520314", "S27.3.14": "19520314", "大正15年1月2日": "19260102", "明治45年7月1日": "19120701", "5060305": "20240305", "R060305": "20240305", "3270314": "19520314",
		"2024/3/5 10:23:01": "20240305", "2024-03-05T10:23:01+09:00": "20240305", "20240305102301": "20240305", "202403051023": "20240305",
		"": "", "2024/2/30": "", "24/3/5": "", "不明": "", "99999999": "", "0": "", "令和": "", "45356": "", "2024/13/1": "", "00000000": "",
	} {
		if got := parseDay(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestRecognise_ByHeadings(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"患者ID,ファイル":                          "id=0 path=1",
		"ＰＡＴＩＥＮＴ＿ＩＤ,File Name,Document Type": "id=0 path=1 kind=2",
		"文書ID,患者番号,患者氏名（漢字）,ファイル名,フォルダ,スキャン日,登録日": "id=1 path=3 folder=4 date=6",
		"患者ID,氏名,日付":                              "",
		"VolumeLabel,PatientID,DataKind,FileName": "",
		"": "",
	} {
		l, ok := recognise(strings.Split(in, ","), nil)
		var got []string
		for c := range columns {
			if ok && l[c] >= 0 {
				got = append(got, columnNames()[c]+"="+itoa(l[c]))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
}

// rows fills a table with n documents of n/per patients, as a hospital names
// them.
func rows(b *builder, n, per int) {
	kinds := []string{"退院時サマリー", "同意書", "紹介状", "経過記録", "検査報告書"}
	for i := range n {
		p := i / per
		id := strconv.Itoa(1_000_000_000 + p)
		b.add(&row{id: id, name: "架空 花子", kana: "カクウ ハナコ", birth: "19520314", sex: "F", kind: kinds[i%5], dept: "内科", title: kinds[i%5] + itoa(i%300),
			day: "20260405", path: id[7:] + "/" + id + "/document" + strconv.Itoa(1_000_000_000_000+i) + ".pdf"})
	}
}

// The package's comment promises 100 bytes for a row.
func TestTable_BytesPerRow(t *testing.T) {
	const n = 250_000
	for _, per := range []int{2, 10} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		b := newBuilder()
		rows(b, n, per)
		table := b.finish()
		b = nil
		runtime.GC()
		runtime.ReadMemStats(&after)
		if each := float64(after.HeapAlloc-before.HeapAlloc) / n; each > 100 {
			t.Errorf("%d documents a patient: %.0f bytes a row", per, each)
		} else {
			t.Logf("%d documents a patient: %.0f bytes a row", per, each)
		}
		if from, to := table.find("1000000001"); to-from != 1 || len(table.person(from).rows) != per {
			t.Error(from, to)
		}
		runtime.KeepAlive(table)
		runtime.KeepAlive(b)
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range append(common(), "{id}", "*{id}*", "{x", `\{id}\`) {
		f.Add(s, "00012345/20260405_記録_経過.pdf")
	}
	f.Fuzz(func(t *testing.T, text, at string) {
		p, err := compile(text)
		if err != nil {
			return
		}
		if r, ok := p.match(at); ok && r.id == "" {
			t.Errorf("%q of %q has no number", at, text)
		}
	})
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte("患者ID,ファイル,日付\n0001,a.pdf,令和6年3月5日\n\"0002\",\"b \"\"x\"\".pdf\",\n\"open,x\n0003,c\\d.pdf,2024/3/5\n"))
	f.Add([]byte("\xff\xfei\x00d\x00\t\x00f\x00i\x00l\x00e\x00\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec := newRecords(strings.NewReader(string(data)), "")
		heads, err := rec.next()
		if err != nil {
			return
		}
		l, _ := recognise(headingTexts(rec, heads), nil)
		l[colID], l[colPath] = 0, min(1, len(heads)-1)
		p := parser{rec: rec, l: l, s: &store{folder: "."}, days: map[string]string{}, words: map[string]string{}}
		b := newBuilder()
		var c tally
		for {
			fields, err := rec.next()
			if err != nil {
				break
			}
			r, ok := p.row(fields, &c)
			if ok && (strings.Contains(r.path, "..") && strings.HasPrefix(r.path, "../") || strings.HasPrefix(r.path, "/")) {
				t.Errorf("path %q", r.path)
			}
			if ok {
				b.add(&r)
			}
		}
		b.finish()
	})
}

func BenchmarkReadIndex(b *testing.B) {
	line := "0001234567,架空 花子,カクウ ハナコ,1952/3/14,女,退院時サマリー,退院時サマリー第1号,2026/4/5,内科,0001234567\\20260405_summary.pdf\n"
	data := "患者ID,患者氏名,カナ氏名,生年月日,性別,文書種別,文書名,作成日,診療科,ファイルパス\n" + strings.Repeat(line, 10_000)
	s := &store{fsys: fstest.MapFS{"index.csv": {Data: []byte(data)}}, folder: ".", indexes: []string{"index.csv"}}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		n := 0
		if _, err := s.read(b.Context(), "", func(*row) bool { n++; return true }); err != nil || n != 10_000 {
			b.Fatal(n, err)
		}
	}
}
