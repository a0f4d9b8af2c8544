package document

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"
)

// page prints a Doc as the chart's pages do: through html/template alone.
const page = `{{define "spans"}}{{range .}}{{if .Bold}}<b>{{end}}{{.Text}}{{if .Target}} ({{.Target}}){{end}}{{if .Bold}}</b>{{end}}{{if .Break}}<br>{{end}}{{end}}{{end}}
{{- define "blocks"}}{{range .}}
{{- if eq .Kind "heading"}}<h{{.Level}}>{{template "spans" .Spans}}</h{{.Level}}>
{{else if eq .Kind "paragraph"}}<p>{{template "spans" .Spans}}</p>
{{else if eq .Kind "pre"}}<pre>{{.Text}}</pre>
{{else if eq .Kind "rule"}}<hr>
{{else if eq .Kind "image"}}[image file={{.Image.File}} part={{.Image.Part}} alt={{.Image.Alt}} target={{.Image.Target}}]
{{else if eq .Kind "table"}}<table>{{with .Table.Caption}}<caption>{{.}}</caption>{{end}}{{range .Table.Rows}}<tr>{{range .Cells}}<td cols={{.Cols}} head={{.Head}}>{{template "blocks" .Blocks}}</td>{{end}}</tr>{{end}}</table>
{{else if eq .Kind "list"}}<ul ordered={{.List.Ordered}}>{{range .List.Items}}<li>{{template "blocks" .}}</li>{{end}}</ul>
{{end}}{{end}}{{end -}}
title: {{.Title}}
format: {{.Format}} {{.Charset}}
{{range .Facts}}fact {{.Key}}: {{.Value}}
{{end}}{{template "blocks" .Blocks}}{{range .Parts}}part {{.Name}} {{.Look.MIME}} {{len .Data}}
{{end}}{{range .Notes}}note {{.Code}} {{.Args}}
{{end}}`

func printed(t testing.TB, d *Doc) string {
	t.Helper()
	var out bytes.Buffer
	if err := template.Must(template.New("doc").Parse(page)).Execute(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Each folder of testdata/golden has an original (in.*) and what it reads as.
// UPDATE=1 writes the latter, to be looked at.
func TestRead_Golden(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/golden/*/in.*")
	if err != nil || len(cases) < 5 {
		t.Fatal(cases, err)
	}
	for _, in := range cases {
		t.Run(filepath.Base(filepath.Dir(in)), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(in)
			if err != nil {
				t.Fatal(err)
			}
			d, look, ok, err := Read(t.Context(), filepath.Base(in), bytes.NewReader(data), []string{"schema.png"})
			if err != nil || !ok {
				t.Fatal(look, ok, err)
			}
			got := printed(t, d)
			want := filepath.Join(filepath.Dir(in), "want.txt")
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			expected, err := os.ReadFile(want)
			if err != nil || string(expected) != got {
				t.Errorf("%v; reads as\n%s", err, got)
			}
		})
	}
}

func TestDecode_FindsTheCharset(t *testing.T) {
	t.Parallel()
	const text = "患者氏名：髙橋　花子　①退院時サマリー\n"
	jis := func(s string) []byte { return encode(t, s, "jis") }
	for name, c := range map[string]struct {
		data []byte
		want string
		cs   string
	}{
		"utf-8":         {[]byte(text), text, "UTF-8"},
		"bom":           {append([]byte("\xef\xbb\xbf"), text...), text, "UTF-8"},
		"cp932":         {encode(t, text, "sjis"), text, "Shift_JIS"},
		"euc-jp":        {encode(t, "<?xml version=\"1.0\" encoding=\"EUC-JP\"?>退院時サマリー", "euc"), "<?xml version=\"1.0\" encoding=\"EUC-JP\"?>退院時サマリー", "EUC-JP"},
		"euc unsaid":    {encode(t, "退院時のサマリーです。", "euc"), "退院時のサマリーです。", "EUC-JP"},
		"iso-2022-jp":   {jis("退院時サマリー\n"), "退院時サマリー\n", "ISO-2022-JP"},
		"utf-16le bom":  {[]byte("\xff\xfe\x42\x30\x44\x30"), "あい", "UTF-16"},
		"utf-16be":      {[]byte("\x00<\x00p\x00>\x30\x42"), "<p>あ", "UTF-16"},
		"wrongly utf-8": {append([]byte("<meta charset=utf-8>"), encode(t, "退院時のサマリーです", "sjis")...), "<meta charset=utf-8>退院時のサマリーです", "Shift_JIS"},
		"wrongly latin": {append([]byte("<meta charset=iso-8859-1>"), encode(t, "退院時のサマリーです", "sjis")...), "<meta charset=iso-8859-1>退院時のサマリーです", "Shift_JIS"},
		"turned":        {[]byte("あ\u202eい\x00"), "あ\ufffdい\ufffd", "UTF-8"},
	} {
		got, cs, _ := Decode(c.data)
		if got != c.want || cs != c.cs {
			t.Errorf("%s: %q in %s, want %q in %s", name, got, cs, c.want, c.cs)
		}
	}
}

func encode(t testing.TB, s, charset string) []byte {
	t.Helper()
	e := japanese.ShiftJIS.NewEncoder()
	switch charset {
	case "euc":
		e = japanese.EUCJP.NewEncoder()
	case "jis":
		e = japanese.ISO2022JP.NewEncoder()
	}
	out, err := e.Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What an attacker would want a reader's browser to run or fetch comes out as
// text, or not at all.
func TestHTML_NothingPassesAsMarkup(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`<script>alert(1)</script>`, `<SCRIPT/x>alert(1)</SCRIPT >`, `<scr<script>ipt>alert(1)</script>`,
		`<img src=x onerror=alert(1)>`, `<img src="javascript:alert(1)">`, `<img src=//198.51.100.7/x.png>`,
		`<svg onload=alert(1)><animate onbegin=alert(1)>`, `<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
		`<a href="javascript:alert(1)">x</a>`, `<a href=" java&#10;script:alert(1)">x</a>`, `<base href=//198.51.100.7/>`,
		`<meta http-equiv=refresh content="0;url=http://198.51.100.7/">`, `<link rel=stylesheet href=http://198.51.100.7/x.css>`,
		`<style>@import url(http://198.51.100.7/x.css)</style>`, `<div style="background:url(http://198.51.100.7/x)">x</div>`,
		`<form action=http://198.51.100.7/><input type=password value=x><button formaction=javascript:alert(1)>`,
		`&lt;script&gt;alert(1)&lt;/script&gt;`, `<![CDATA[<script>alert(1)</script>]]>`, `<!--><script>alert(1)</script>-->`,
		`<object data="http://198.51.100.7/x.swf"></object>`, `<embed src=http://198.51.100.7/x>`, `<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
		`<textarea></textarea><script>alert(1)</script>`, `<title><img src=x onerror=alert(1)></title>`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
		"<plaintext><script>alert(1)</script>", "\xff\xfe<\x00s\x00c\x00r\x00i\x00p\x00t\x00>\x00", `<xmp><script>alert(1)</script></xmp>`,
	} {
		d, err := HTML(t.Context(), []byte(in), nil)
		if err != nil {
			t.Fatal(err)
		}
		harmless(t, in, d)
	}
}

// harmless checks that the printed page has the template's own elements only.
func harmless(t testing.TB, in string, d *Doc) {
	t.Helper()
	out := printed(t, d)
	for _, bad := range []string{"<script", "<img", "<iframe", "<object", "<embed", "<svg", "<style", "<link", "<meta", "<a ", "<form", "<input", "<base", "<title"} {
		if strings.Contains(strings.ToLower(out), bad) {
			t.Errorf("%q is printed as %q", in, out)
		}
	}
	for _, b := range d.Blocks {
		for _, s := range b.Spans {
			if l := strings.ToLower(s.Target); l != "" && !strings.HasPrefix(l, "http") && !strings.HasPrefix(l, "mailto") && !strings.HasPrefix(l, "tel") && !strings.HasPrefix(l, "ftp") && !strings.HasPrefix(l, "file") {
				t.Errorf("%q keeps the address %q", in, s.Target)
			}
		}
	}
}

// Hostile sizes end in time and memory.
func TestRead_HostileSizes(t *testing.T) {
	t.Parallel()
	laughs := `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;"><!ENTITY x SYSTEM "file:///etc/passwd">]><ClinicalDocument><title>&lol1;&x;</title></ClinicalDocument>`
	for name, in := range map[string]string{
		"tables":       strings.Repeat("<table><tr><td>", 100_000),
		"lists":        strings.Repeat("<ul><li>", 200_000),
		"opens":        strings.Repeat("<", 2_000_000),
		"comments":     strings.Repeat("<!--", 1_000_000),
		"quotes":       strings.Repeat(`<a b="`, 1_000_000),
		"cdata":        strings.Repeat("<![CDATA[", 500_000),
		"titles":       strings.Repeat("<title>", 500_000),
		"attributes":   "<a " + strings.Repeat("b=c ", 1_000_000) + ">",
		"bold":         strings.Repeat("<b>x", 500_000),
		"ends":         strings.Repeat("</td>", 1_000_000),
		"ampersands":   strings.Repeat("&amp", 1_000_000),
		"deep xml":     "<?xml version='1.0'?>" + strings.Repeat("<x>", 300_000),
		"deep cda":     "<ClinicalDocument>" + strings.Repeat("<component><structuredBody><component><section>", 50_000),
		"laughs":       laughs,
		"deep json":    `{"resourceType":"X","a":` + strings.Repeat("[", 1_000_000),
		"wide json":    `{"resourceType":"X","a":` + strings.Repeat("[", 400) + strings.Repeat("1,", 1_000_000) + "1" + strings.Repeat("]", 400) + "}",
		"line ends":    strings.Repeat("あ\n", 1_000_000),
		"lines, pre":   "<pre>" + strings.Repeat("x<br>", 300_000),
		"small spans":  strings.Repeat("a<!---->", 400_000),
		"spans, bold":  strings.Repeat("a<b>a</b>", 200_000),
		"rows of rows": "<table>" + strings.Repeat("<tr><td>x", 200_000),
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			d, look, ok, err := Read(t.Context(), "in.html", strings.NewReader(in), nil)
			if err != nil || !ok {
				t.Fatal(look, ok, err)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("%d bytes took %v", len(in), took)
			}
			if name == "laughs" && (strings.Contains(printed(t, d), "lollol") || strings.Contains(printed(t, d), "root:")) {
				t.Error("an entity was expanded")
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := HTML(gone, []byte("<p>x"), nil); err != context.Canceled {
		t.Error(err)
	}
}

func TestSniff_ByTheBytesNotTheName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, head, want string }{
		{"x.jpg", "%PDF-1.4", "pdf application/pdf inline"},
		{"x.pdf", "<html><script>", "html text/html readable"},
		{"x.png", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>`, "xml text/xml readable"},
		{"x.pdf", "MZ\x90\x00", "other application/octet-stream document.format_program"},
		{"x", "\x89PNG\r\n\x1a\n", "image image/png inline"},
		{"x", "\xff\xd8\xff\xe0", "image image/jpeg inline"},
		{"x", "II*\x00", "image image/tiff document.format_tiff"},
		{"x", "BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", "image image/bmp document.format_bmp"},
		{"x", "\x00\x00\x00\x0cjP  \r\n\x87\n", "image image/jp2 document.format_jpeg2000"},
		{"x", strings.Repeat("\x00", 128) + "DICM", "image application/dicom document.format_dicom"},
		{"x.xml", "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><?xml-stylesheet href='x.xsl'?><ClinicalDocument xmlns='urn:hl7-org:v3'>", "cda text/xml readable"},
		{"x", "MSH|^~\\&|", "hl7 text/plain readable"},
		{"x", `{"resourceType":"Patient"}`, "fhir application/fhir+json readable"},
		{"x.docx", "PK\x03\x04", "other application/octet-stream document.format_office"},
		{"x", "", "other application/octet-stream document.empty"},
		{"x", "\x01\x02\x03\x04\x05\x06\x07\x08\x00\x00\x00\x01\x02", "other application/octet-stream document.format_unknown"},
		{"x", "<12 mg/dL", "text text/plain readable"},
		{"memo.txt", string(encode(t, "患者の様子：良好。食事は全量。", "sjis")), "text text/plain readable"},
	} {
		l := Sniff(c.name, []byte(c.head))
		got := l.Media + " " + l.MIME + " " + l.Why
		if l.Inline {
			got += "inline"
		}
		if l.Readable {
			got += "readable"
		}
		if got != c.want {
			t.Errorf("%s %q is %q, want %q", c.name, c.head, got, c.want)
		}
	}
}

func TestMeasure_ReadsTheHeadAlone(t *testing.T) {
	t.Parallel()
	png := func(w, h uint32) string {
		return "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + be(w) + be(h) + "\x08\x02\x00\x00\x00" + crc(w, h)
	}
	for name, c := range map[string]struct {
		in   string
		want string
	}{
		"png":        {png(640, 480), "640x480 "},
		"huge png":   {png(60_000, 60_000), "60000x60000 document.image_large"},
		"broken png": {"\x89PNG\r\n\x1a\nxxxx", "0x0 document.image_damaged"},
		"webp":       {"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x7f\x02\x00\xdf\x01\x00", "640x480 "},
		"tiff":       {"II*\x00xxxx", "0x0 document.format_tiff"},
		"text":       {"hello", "0x0 "},
	} {
		l, w, h, err := Measure(strings.NewReader(c.in))
		if got := fmt.Sprintf("%dx%d %s", w, h, l.Why); got != c.want || err != nil {
			t.Errorf("%s: %q, want %q, %v", name, got, c.want, err)
		}
	}
}
