package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	bizudpgothic "github.com/torideproject/toride/third_party/biz-udpgothic"
)

var face = sync.OnceValues(func() (*Font, error) { return ParseFont(bizudpgothic.TTF()) })

func font(t testing.TB) *Font {
	t.Helper()
	f, err := face()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func info() Info {
	return Info{Title: "薬剤一覧 (写し)", Maker: "Toride", Made: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), Lang: "ja"}
}

func draw(t testing.TB, pages int) []byte {
	t.Helper()
	var b bytes.Buffer
	f := New(&b, font(t), info())
	for i := range pages {
		if i%10 == 0 {
			f.Mark(0, fmt.Sprintf("病棟%d", i/10))
		}
		f.Mark(1, fmt.Sprintf("患者%d", i))
		c := NewCanvas(font(t), 595.28, 841.89)
		c.Text(50, 60, 16, true, fmt.Sprintf("%d頁 山田 髙橋 𠀋 (Ⅲ) ﾊﾝｶｸ", i))
		c.Text(50, 90, 10, false, "アムロジピンOD錠2.5mg\\()<>")
		c.Box(10, 10, 100, 20, 1)
		c.Fill(10, 40, 100, 20, 0.9)
		c.Line(0, 0, 100, 100, 0.5)
		c.Dashes(0, 0, 100, 100, 0.5)
		c.Bars(10, 700, 1, 30, []bool{true, true, false, true})
		if err := f.Page(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFile_ReadsBack(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, fan - 1, fan, fan + 1, 3*fan + 2} {
		r := readBack(t, draw(t, n))
		pages := r.pages()
		if len(pages) != n {
			t.Fatalf("%d pages, want %d", len(pages), n)
		}
		for i, p := range pages {
			if want := fmt.Sprintf("%d頁 山田 髙橋 𠀋 (Ⅲ) ﾊﾝｶｸ\nアムロジピンOD錠2.5mg\\()<>\n", i); p != want {
				t.Errorf("page %d reads %q, want %q", i, p, want)
			}
		}
		if got := bytes.Count(r.data, []byte("/Dest[")); got != n+(n+9)/10 {
			t.Errorf("%d bookmarks", got)
		}
	}
}

func TestFile_IsTheSameEachTime(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(draw(t, 3), draw(t, 3)) {
		t.Error("the same pages gave different files")
	}
}

func TestFile_SubsetIsAFontOfTheUsedGlyphs(t *testing.T) {
	t.Parallel()
	f := font(t)
	data := f.subset(used{f.glyph('薬'): '薬', f.glyph('ば'): 'ば'})
	if len(data) > 300_000 {
		t.Errorf("two glyphs take %d bytes", len(data))
	}
	data = append(data, 0)[:len(data)]
	tables := map[string]bool{}
	for i := range int(data[5]) {
		tables[string(data[12+16*i:16+16*i])] = true
	}
	for _, name := range []string{"glyf", "head", "hhea", "hmtx", "loca", "maxp"} {
		if !tables[name] {
			t.Errorf("the subset has no %s", name)
		}
	}
	kept := &Font{tables: map[string][]byte{}, glyphs: f.glyphs, long: true}
	for i := range int(data[5]) {
		e := data[12+16*i:]
		at, n := int(e[8])<<24|int(e[9])<<16|int(e[10])<<8|int(e[11]), int(e[12])<<24|int(e[13])<<16|int(e[14])<<8|int(e[15])
		kept.tables[string(e[:4])] = data[at : at+n]
	}
	if got := kept.outline(int(f.glyph('薬'))); !bytes.HasPrefix(got, f.outline(int(f.glyph('薬')))) {
		t.Error("a glyph's outline changed")
	}
	if got := kept.outline(int(f.glyph('空'))); len(got) != 0 {
		t.Error("a glyph that was not drawn has an outline")
	}
}

func TestFile_Empty(t *testing.T) {
	t.Parallel()
	if err := New(io.Discard, font(t), info()).Close(); !errors.Is(err, ErrEmpty) {
		t.Errorf("got %v", err)
	}
}

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestFile_WriterFails(t *testing.T) {
	t.Parallel()
	for _, room := range []int{3, 200, 2000} {
		f := New(&full{room}, font(t), info())
		c := NewCanvas(font(t), 100, 100)
		c.Text(1, 1, 9, false, "あ")
		_ = f.Page(c)
		if err := f.Close(); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("room %d: %v", room, err)
		}
	}
}

func TestFont_Metrics(t *testing.T) {
	t.Parallel()
	f := font(t)
	if w := f.Width("漢", 10); w != 10 {
		t.Errorf("a kanji of 10 pt is %v pt wide", w)
	}
	if a, b := f.Width("mg", 10), f.Width("m", 10)+f.Width("g", 10); a != b || a >= 20 {
		t.Errorf("mg is %v, its letters %v", a, b)
	}
	for r, want := range map[rune]bool{'髙': true, '﨑': true, '𠮷': false, '𠀋': true, '\ue000': false, '𪚥': false, 'A': true, '①': true, -1: false} {
		if f.Has(r) != want {
			t.Errorf("%U: has %v", r, !want)
		}
	}
}

func TestFont_Refuses(t *testing.T) {
	t.Parallel()
	whole := bizudpgothic.TTF()
	for name, data := range map[string][]byte{"nothing": nil, "text": []byte(strings.Repeat("no font ", 20)), "head only": whole[:12], "cut": whole[:200_000]} {
		if _, err := ParseFont(data); !errors.Is(err, ErrFont) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseFont(f *testing.F) {
	f.Add(bizudpgothic.TTF()[:4096])
	f.Add([]byte("\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00cmap\x00\x00\x00\x00\x00\x00\x00\x1c\x00\x00\x00\x10aaaaaaaaaaaaaaaa"))
	f.Fuzz(func(t *testing.T, data []byte) {
		face, err := ParseFont(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		file := New(&b, face, info())
		c := NewCanvas(face, 100, 100)
		c.Text(1, 1, 9, false, "aあ𠮷")
		if file.Page(c) == nil {
			_ = file.Close()
		}
	})
}

func BenchmarkPage(b *testing.B) {
	b.ReportAllocs()
	f := New(io.Discard, font(b), info())
	for b.Loop() {
		c := NewCanvas(font(b), 595.28, 841.89)
		for i := range 120 {
			c.Text(50, float64(6*i), 10, i%3 == 0, "アムロジピンOD錠2.5mg 1日1回朝食後")
		}
		if err := f.Page(c); err != nil {
			b.Fatal(err)
		}
	}
}
