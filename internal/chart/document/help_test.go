package document

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"
)

func be(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }

func crc(w, h uint32) string {
	return be(crc32.ChecksumIEEE([]byte("IHDR" + be(w) + be(h) + "\x08\x02\x00\x00\x00")))
}

// An image that a browser could not hold is offered, not shown.
func TestRead_LooksIntoImages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		w, h   uint32
		inline bool
	}{{640, 480, true}, {60_000, 60_000, false}} {
		in := "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + be(c.w) + be(c.h) + "\x08\x02\x00\x00\x00" + crc(c.w, c.h)
		d, look, ok, err := Read(t.Context(), "a.png", strings.NewReader(in), nil)
		if d != nil || ok || err != nil || look.Inline != c.inline || look.Media != "image" {
			t.Errorf("%+v: %+v %v %v", c, look, ok, err)
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	page := []byte("<h1>経過記録</h1>" + strings.Repeat("<table><tr><td>8:00<td>36.4</table><p>食事は<b>全量</b>摂取。夜間せん妄なし。", 1000))
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if _, err := HTML(b.Context(), page, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{"<p>x", "<table><tr><td>a<td>b</table>", "<ul><li>a<li>b</ul>", "<b><i>x</b></i>", "<pre>a\nb</pre>", "<![CDATA[x]]>", "<!--x", "<a b='", "</", "<textarea>x", "<input type=checkbox checked>", "<script>x</script>", "<img src='data:image/png;base64,AAAA'>", "<h1>x<p>y", "<caption>x</caption>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := HTML(t.Context(), []byte(s), []string{"a.png"})
		if err != nil {
			t.Fatal(err)
		}
		harmless(t, s, d)
	})
}

func FuzzCDA(f *testing.F) {
	for _, s := range []string{"<component><structuredBody><component><section><title>x</title><text><paragraph>x</paragraph></text></section></component></structuredBody></component>",
		"<component><nonXMLBody><text mediaType='application/pdf' representation='B64'>JVBERi0=</text></nonXMLBody></component>", "<title>x", "<!DOCTYPE x [<!ENTITY y 'z'>]>&y;", "<recordTarget><patientRole><id extension='1'/></patientRole></recordTarget>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := CDA(t.Context(), []byte("<ClinicalDocument xmlns='urn:hl7-org:v3'>"+s), []string{"a.png"})
		if err != nil {
			t.Fatal(err)
		}
		harmless(t, s, d)
		if strings.Contains(d.Title, "\x00") {
			t.Error("a control character was kept")
		}
	})
}
