package sheet_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/sheet/sheettest"
)

// rows reads a whole sheet.
func rows(t testing.TB, b *sheet.Book, n int) ([][]string, sheet.Stats) {
	t.Helper()
	var all [][]string
	stats, err := b.Each(context.Background(), n, func(r *sheet.Row) error {
		all = append(all, slices.Clone(r.Cells))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, stats
}

func open(t testing.TB, name string, data []byte) *sheet.Book {
	t.Helper()
	b, err := sheet.Open(name, data, sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantFault checks kind and key.
func wantFault(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Msg.Key != key {
		t.Fatalf("got %v, want a fault %s of kind %d", err, key, kind)
	}
}

func TestOpen_Encodings(t *testing.T) {
	t.Parallel()
	const words = "管理番号,機器名,備考\r\nA-1,ﾅｰｽｺｰﾙ親機①,髙橋 ～ 株式会社\r\n"
	wide := utf16.Encode([]rune(words))
	le, be := []byte{0xFF, 0xFE}, []byte{0xFE, 0xFF}
	for _, u := range wide {
		le = append(le, byte(u), byte(u>>8))
		be = append(be, byte(u>>8), byte(u))
	}
	plain := strings.NewReplacer("①", "1", "髙", "高").Replace(words)
	for name, c := range map[string]struct {
		data []byte
		enc  string
		want string
	}{
		"utf8":        {[]byte(words), "UTF-8", words},
		"bom":         {[]byte("\xEF\xBB\xBF" + words), "UTF-8", words},
		"utf16le":     {le, "UTF-16LE", words},
		"utf16be":     {be, "UTF-16BE", words},
		"utf16le raw": {[]byte("a\x00,\x00b\x00\n\x00c\x00,\x00d\x00"), "UTF-16LE", "a,b\nc,d"},
		"cp932":       {sheettest.ShiftJIS(t, words), "Shift_JIS", words},
		"euc":         {sheettest.EUCJP(t, plain), "EUC-JP", plain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, "x.csv", c.data)
			if b.Encoding != c.enc {
				t.Errorf("encoding %s, want %s", b.Encoding, c.enc)
			}
			want, err := csv.NewReader(strings.NewReader(c.want)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			got, _ := rows(t, b, 0)
			if !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("got %q\nwant %q", got, want)
			}
		})
	}
}

func TestOpen_BadText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data string
		key  string
		line int
	}{
		"nul":            {"a,b\nc,\x00d\nlonger line without any more of them\n", "sheet.text.nul", 2},
		"broken bom":     {"\xEF\xBB\xBFa,b\n\xff\n", "sheet.text.encoding", 2},
		"no encoding":    {"機器,場所\n\xff\xfe\xfd\x80,b\n", "sheet.text.encoding", 0},
		"control":        {"a,b\nc\x07,d\n", "sheet.text.control", 2},
		"open quote":     {"a,b\nc,\"d\n\n", "sheet.text.quote", 2},
		"html as xls":    {"<html><table><tr><td>a</td></tr></table>", "sheet.open.other", 0},
		"pdf":            {"%PDF-1.7 ", "sheet.open.other", 0},
		"only blanks":    {" \n\n ", "sheet.open.empty", 0},
		"lone surrogate": {"\xFF\xFE\x00\xD8a\x00", "sheet.text.encoding", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := sheet.Open("x.csv", []byte(c.data), sheet.Limits{})
			if err == nil {
				_, err = b.Each(t.Context(), 0, func(*sheet.Row) error { return nil })
			}
			wantFault(t, err, fault.Invalid, c.key)
			if c.line > 0 {
				if args := fault.Of(err).Msg.Args; !slices.Contains(args, any(c.line)) {
					t.Errorf("arguments %v do not name line %d", args, c.line)
				}
			}
		})
	}
}

func TestEach_TextLimits(t *testing.T) {
	t.Parallel()
	b, err := sheet.Open("x.csv", sheettest.Big(20), sheet.Limits{Rows: 10})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Each(t.Context(), 0, func(*sheet.Row) error { return nil })
	wantFault(t, err, fault.TooLarge, "sheet.read.rows")

	wide := open(t, "x.csv", []byte("a"+strings.Repeat(",", 400)+"b\n"))
	_, err = wide.Each(t.Context(), 0, func(*sheet.Row) error { return nil })
	wantFault(t, err, fault.TooLarge, "sheet.read.columns")

	long := open(t, "x.csv", []byte("a,"+strings.Repeat("あ", 32_768)+"\n"))
	_, err = long.Each(t.Context(), 0, func(*sheet.Row) error { return nil })
	wantFault(t, err, fault.TooLarge, "sheet.read.cell")

	stop := errors.New("enough")
	if _, err := wide.Each(t.Context(), 0, func(*sheet.Row) error { return stop }); err == nil {
		t.Error("no error from a wide sheet")
	}
	if _, err := open(t, "x.csv", []byte("a,b\n")).Each(t.Context(), 0, func(*sheet.Row) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the caller's error became %v", err)
	}
}

func TestEach_TextForms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data   string
		format sheet.Format
		want   [][]string
	}{
		"quotes":    {"a,\"b \"\"x\"\" , y\"\n\"多\r\n行\",z", sheet.CSV, [][]string{{"a", `b "x" , y`}, {"多\n行", "z"}}},
		"tabs":      {"a\tb,c\nd\te", sheet.TSV, [][]string{{"a", "b,c"}, {"d", "e"}}},
		"semicolon": {"a;b\nc;d", sheet.CSV, [][]string{{"a", "b"}, {"c", "d"}}},
		"sep line":  {"sep=;\r\na,1;b\r\n", sheet.CSV, [][]string{{"a,1", "b"}}},
		"old mac":   {"a,b\rc,d\r", sheet.CSV, [][]string{{"a", "b"}, {"c", "d"}}},
		"inner":     {`a "b" c,d`, sheet.CSV, [][]string{{`a "b" c`, "d"}}},
		"after":     {`"a"b,d`, sheet.CSV, [][]string{{"ab", "d"}}},
		"guarded":   {"'=1+1,'+81-3-0000-0000,'plain", sheet.CSV, [][]string{{"=1+1", "+81-3-0000-0000", "'plain"}}},
		"dos end":   {"a,b\r\n\x1a", sheet.CSV, [][]string{{"a", "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, "x.csv", []byte(c.data))
			got, _ := rows(t, b, 0)
			if b.Format != c.format || !slices.EqualFunc(got, c.want, slices.Equal) {
				t.Errorf("%s %q, want %s %q", b.Format, got, c.format, c.want)
			}
		})
	}
}

func TestWriteCSV_RoundTrip(t *testing.T) {
	t.Parallel()
	want := [][]string{{"名前", "値", "備考"}, {"=cmd|' /C calc'!A0", "+81", "-"}, {"@x", "'=a", "''b"}, {"多\n行 \"x\"", ",", "髙～①"}, {"'", "''=", "\tz"}, {"＝cmd|' /C calc'!A0", "＠SUM(1)", "'－1"}}
	for _, enc := range []sheet.Encoding{sheet.UTF8BOM, sheet.ShiftJIS} {
		var buf bytes.Buffer
		if err := sheet.WriteCSV(&buf, want, enc); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(buf.String(), "\r\n") {
			if strings.HasPrefix(line, "=") || strings.Contains(line, ",=") || strings.Contains(line, `"=`) || strings.HasPrefix(line, "＝") || strings.Contains(line, ",＠") {
				t.Errorf("%s: a formula was written: %q", enc, line)
			}
		}
		got, _ := rows(t, open(t, "x.csv", buf.Bytes()), 0)
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: got %q\nwant %q", enc, got, want)
		}
	}
}

// Blanks of all widths, quotes, and what has no width at all, hide no formula from
// a program that takes them away.
func TestWriteCSV_BlanksHideNoFormula(t *testing.T) {
	t.Parallel()
	var want [][]string
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦"} {
		for _, lead := range []string{"", " ", "  ", "\u3000", "\u00a0", "\u200b", "\ufeff", "\u202e", "\n", "\t", " \r\n "} {
			want = append(want, []string{lead + sign + "cmd|' /C calc'!A0", "'" + lead + sign + "1", "x"})
		}
	}
	want = append(want, []string{"-", " -", "　－"}, []string{"' -", "'- ", "' a"}, []string{" plain", "' plain", "'' =x"})
	var buf bytes.Buffer
	if err := sheet.WriteCSV(&buf, want, sheet.UTF8BOM); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(buf.Bytes(), []byte("\ufeff"))))
	raw, err := r.ReadAll()
	if err != nil || len(raw) != len(want) {
		t.Fatal(len(raw), err)
	}
	for _, row := range raw {
		for _, cell := range row {
			bare := strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '"' })
			if len([]rune(bare)) > 1 && strings.ContainsRune("=+-@＝＋－＠﹦", []rune(bare)[0]) {
				t.Errorf("a formula was written: %q", cell)
			}
		}
	}
	got, _ := rows(t, open(t, "x.csv", buf.Bytes()), 0)
	for i := range want {
		for j := range want[i] {
			if line := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(want[i][j]); got[i][j] != line {
				t.Errorf("%q came back as %q", line, got[i][j])
			}
		}
	}
}

func TestWriteCSV_Unmappable(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	err := sheet.WriteCSV(&buf, [][]string{{"名前"}, {"波〜 −5 —"}, {"𠮷野 😀"}}, sheet.ShiftJIS)
	wantFault(t, err, fault.Invalid, "sheet.write.unmappable")
	if args := fault.Of(err).Msg.Args; !slices.Equal(args, []any{2, "𠮷 😀", 3}) {
		t.Errorf("arguments %v", args)
	}
	if buf.Len() != 0 {
		t.Error("a part of the file was written")
	}
}

func FuzzOpenText(f *testing.F) {
	f.Add([]byte("a,b\n\"c\"\"d\",e\r\n"))
	f.Add([]byte("\xEF\xBB\xBFsep=;\na;b"))
	f.Add([]byte{0xFF, 0xFE, 'a', 0, ',', 0})
	f.Add([]byte("\x8a\xc7\x97\x9d,\x94\xd4\x8d\x86\n"))
	f.Add([]byte("\x1b$B4IM}\x1b(B,x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("PK")) {
			return
		}
		b, err := sheet.Open("x.csv", data, sheet.Limits{})
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		var all [][]string
		last := 0
		_, err = b.Each(t.Context(), 0, func(r *sheet.Row) error {
			if r.Number <= last || len(r.Cells) == 0 {
				t.Fatalf("row %d after %d with %d cells", r.Number, last, len(r.Cells))
			}
			last = r.Number
			for _, c := range r.Cells {
				if !utf8.ValidString(c) {
					t.Fatalf("row %d holds %q", r.Number, c)
				}
			}
			all = append(all, slices.Clone(r.Cells))
			return nil
		})
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		if _, err := b.Table(t.Context(), 0, nil); err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("table: %v", err)
		}
		roundTrip(t, all)
	})
}

// roundTrip writes cells and reads them again; line ends in cells are made
// plain by the reader, so cells with a lone CR are left out.
func roundTrip(t *testing.T, all [][]string) {
	var keep [][]string
	for _, r := range all {
		blank := true
		for _, c := range r {
			blank = blank && strings.TrimSpace(c) == ""
			if strings.ContainsAny(c, "\r\f") {
				return
			}
		}
		if !blank {
			keep = append(keep, r)
		}
	}
	if len(keep) == 0 || keep[0][0] == "" && len(keep[0]) == 1 {
		return
	}
	keep = append([][]string{{"見出し", "見出し"}}, keep...)
	var buf bytes.Buffer
	if err := sheet.WriteCSV(&buf, keep, sheet.UTF8BOM); err != nil {
		t.Fatal(err)
	}
	b, err := sheet.Open("x.csv", buf.Bytes(), sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if b.Format != sheet.CSV || bytes.Count(buf.Bytes(), []byte(";")) > 0 {
		return // many tabs or semicolons in the cells look like another separator
	}
	got, _ := rows(t, b, 0)
	if !slices.EqualFunc(got, keep, slices.Equal) {
		t.Fatalf("wrote %q\nread  %q", keep, got)
	}
}
