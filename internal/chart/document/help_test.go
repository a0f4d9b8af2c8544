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
