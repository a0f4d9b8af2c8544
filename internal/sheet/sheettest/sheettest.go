package sheettest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

// Part is one file of an XLSX package.
type Part struct{ Name, Body string }

// Raw zips parts as they are.
func Raw(t testing.TB, parts ...Part) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, p := range parts {
		w, err := zw.Create(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, p.Body); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// Skeleton gives the parts of a workbook around the XML of one sheet. More
// parts may follow; a part of the same name replaces.
func Skeleton(sheet string, more ...Part) []Part {
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	parts := []Part{
		{"[Content_Types].xml", head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`},
		{"_rels/.rels", head + `<Relationships><Relationship Id="rId1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", head + `<workbook><sheets><sheet name="台帳" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", head + `<Relationships><Relationship Id="rId1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + office + `/sharedStrings" Target="/xl/sharedStrings.xml"/>` +
			`<Relationship Id="rId3" Type="` + office + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", head + sheet},
	}
	for _, m := range more {
		replaced := false
		for i := range parts {
			if parts[i].Name == m.Name {
				parts[i], replaced = m, true
			}
		}
		if !replaced {
			parts = append(parts, m)
		}
	}
	return parts
}

// Sheet wraps rows in the XML of a worksheet; tail follows the rows.
func Sheet(rows, tail string) string {
	return "<worksheet><sheetData>" + rows + "</sheetData>" + tail + "</worksheet>"
}

// Bomb is a workbook of a few hundred kilobytes whose sheet unpacks to the
// given number of MiB of blanks.
func Bomb(t testing.TB, mib int) []byte {
	t.Helper()
	return Raw(t, Skeleton(Sheet("", strings.Repeat(" ", mib<<20)))...)
}

// Big is a text file with a heading and n rows of twelve cells.
func Big(n int) []byte {
	var b bytes.Buffer
	b.WriteString("管理番号,機器名,種別,設置場所,メーカー,型式,製造番号,IPアドレス,MACアドレス,保守業者,導入日,備考\r\n")
	for i := range n {
		fmt.Fprintf(&b, "A%06d,端末%d,PC,%d階 外来%d,架空電機,KX-%d,S%08d,10.%d.%d.%d,02:00:00:%02x:%02x:%02x,架空システム株式会社,R%d.4.1,\r\n",
			i, i, i%9+1, i%40, i%7, i, i>>16, i>>8&255, i&255, i>>16&255, i>>8&255, i&255, i%7+1)
	}
	return b.Bytes()
}

// BigXLSX is Big as a workbook, written by hand because that is fast.
func BigXLSX(t testing.TB, n int) []byte {
	t.Helper()
	var rows strings.Builder
	for r, line := range strings.Split(strings.TrimRight(string(Big(n)), "\r\n"), "\r\n") {
		fmt.Fprintf(&rows, `<row r="%d">`, r+1)
		for c, cell := range strings.Split(line, ",") {
			if cell != "" {
				fmt.Fprintf(&rows, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+c, r+1, cell)
			}
		}
		rows.WriteString("</row>")
	}
	return Raw(t, Skeleton(Sheet(rows.String(), ""))...)
}

// ShiftJIS encodes text and fails the test where it cannot.
func ShiftJIS(t testing.TB, s string) []byte {
	t.Helper()
	out, err := japanese.ShiftJIS.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(out)
}

// EUCJP encodes text and fails the test where it cannot.
func EUCJP(t testing.TB, s string) []byte {
	t.Helper()
	out, err := japanese.EUCJP.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(out)
}
