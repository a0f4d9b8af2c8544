package chart_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	words "github.com/torideproject/toride/internal/text"
)

// plain is a file that can only be read from its beginning.
type plain struct{ io.Reader }

func (plain) Close() error { return nil }

func file(name, media string, data []byte) source.File {
	return source.File{Name: name, Media: media, Size: int64(len(data)), Open: func() (io.ReadCloser, error) { return plain{bytes.NewReader(data)}, nil }}
}

// add gives a patient a document; the chart that others read stays as it is.
func (r *records) add(t testing.TB, id string, item model.Item, files ...source.File) model.Ref {
	t.Helper()
	old := r.chart(t, id)
	c := *old
	kind := "^経過記録^^11506-3^経過記録^LN"
	item.Ref, item.Kind, item.Day, item.Sent = model.Ref{Source: "s1", Item: "added/" + item.Title}, kind, "20261101", "20261101120000"
	c.Items = append([]model.Item{item}, old.Items...)
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	r.store.charts[id] = &c
	r.store.docs[item.Ref] = &source.Document{Ref: item.Ref, Kind: kind, Files: files}
	return item.Ref
}

func cda(patient, body string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?><?xml-stylesheet type="text/xsl" href="x.xsl"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><title>退院時サマリー</title><recordTarget><patientRole><id extension="` + patient + `"/></patientRole></recordTarget>
<component><structuredBody><component><section><title>経過</title><text>` + body + `</text></section></component></structuredBody></component></ClinicalDocument>`)
}

// What an original holds of markup and scripts is never markup of the page.
func TestDocument_HostileOriginals(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	id := hospital().ID(0)
	hostile := `<paragraph>はじめ</paragraph><script>alert(1)</script><paragraph>&lt;img src=x onerror=alert(2)&gt;</paragraph><table border="1" onclick="alert(3)"><tbody><tr><td>値<linkHtml href="javascript:alert(4)">押す</linkHtml></td></tr></tbody></table>`
	docs := map[string]model.Ref{
		"cda":  r.add(t, id, model.Item{Title: "<b>題</b>", Media: "cda"}, file(`a"><script>.xml`, "cda", cda(id, hostile))),
		"html": r.add(t, id, model.Item{Title: "html", Media: "html"}, file("a.html", "html", []byte(`<html><body onload="alert(1)"><h4>題</h4><script src="//x.invalid/a.js"></script><iframe src="https://x.invalid/"></iframe><p>本文</p><img src="https://x.invalid/p.png"></body></html>`))),
		"text": r.add(t, id, model.Item{Title: "text", Media: "text"}, file("a.txt", "text", []byte("</pre><script>alert(1)</script> 本文"))),
		"svg":  r.add(t, id, model.Item{Title: "svg", Media: "xml"}, file("a.svg", "image", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><text>図の字</text></svg>`))),
	}
	c, at := r.person(t, id)
	for name, ref := range docs {
		for _, lang := range words.Langs() {
			page := c.In(lang).Get(at+"/document/"+ref.String()).Want(t, 200)
			_, body, _ := strings.Cut(page.Body, "<main")
			page.Lacks(t, "<script>alert", "onload=\"alert", "onclick=", "<iframe", "href=\"javascript", "src=\"https://x.invalid", "x.invalid/a.js\"")
			if strings.Contains(body, "<script") || strings.Contains(body, "<b>題</b>") {
				t.Errorf("%s: markup of the original reached the page", name)
			}
			c.In(lang).Get(at+"/original/"+ref.String()).Want(t, 200).Lacks(t, "<script>alert")
		}
		got := c.Get(at+"/document/"+ref.String()+"/file/0").Want(t, 200)
		if got.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: offered as %s, %s, %s", name, got.Header.Get("Content-Type"), got.Header.Get("Content-Disposition"), got.Header.Get("Content-Security-Policy"))
		}
	}
	c.Get(at+"/document/"+docs["cda"].String()).Want(t, 200, "はじめ", "経過", "&lt;img src=x")
	c.Get(at+"/document/"+docs["html"].String()).Want(t, 200, "<p>本文</p>")
}

// A document that names another patient says so above its text.
func TestDocument_OfAnotherPatient(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	id := hospital().ID(0)
	other := r.add(t, id, model.Item{Title: "other", Media: "cda"}, file("a.xml", "cda", cda("0009999999", "<paragraph>x</paragraph>")))
	own := r.add(t, id, model.Item{Title: "own", Media: "cda"}, file("a.xml", "cda", cda(id, "<paragraph>x</paragraph>")))
	c, at := r.person(t, id)
	c.Get(at+"/document/"+other.String()).Want(t, 200, "別の患者の文書の可能性", "0009999999")
	c.Get(at+"/document/"+own.String()).Want(t, 200).Lacks(t, "別の患者の文書の可能性")
}

// PDF and images come as what they are, in parts where asked for; everything
// else only as a file. Nothing is kept by the browser.
func TestDocument_Files(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	id := hospital().ID(0)
	pdf := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("0123456789"), 30_000)...)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	ref := r.add(t, id, model.Item{Title: "多", Media: "mixed"}, file("報告 \"1\".pdf", "pdf", pdf), file("図.png", "image", picture.Bytes()), file("x.exe", "other", []byte("MZ\x90\x00\x03binary")), file("half.png", "image", picture.Bytes()[:20]))
	c, at := r.person(t, id)
	doc := at + "/document/" + ref.String()
	c.Get(doc).Want(t, 200, "PDFを別のタブで開く", `target="_blank"`, "図.png", "x.exe")
	c.Get(doc+"?file=1").Want(t, 200, `<img src="`)
	c.Get(doc+"?file=2").Want(t, 200, "実行プログラム").Lacks(t, "<img src")
	f := func(n, kind, disposition string) {
		t.Helper()
		got := c.Get(doc+"/file/"+n).Want(t, 200)
		h := got.Header
		if h.Get("Content-Type") != kind || !strings.HasPrefix(h.Get("Content-Disposition"), disposition) || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("file %s: %v", n, h)
		}
	}
	f("0", "application/pdf", "inline")
	f("1", "image/png", "inline")
	f("2", "application/octet-stream", "attachment")
	f("3", "application/octet-stream", "attachment") // a damaged image
	c.Get(doc+"?file=3").Want(t, 200, "画像の先頭を読み取れません").Lacks(t, "<img src")
	if got := c.Get(doc + "/file/0?save=1"); !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
		t.Error("saving shows it instead")
	}
	req := httptest.NewRequest("GET", doc+"/file/0", nil)
	req.Header.Set("Range", "bytes=200005-200009")
	if got := c.Do(req); got.Status != 206 || got.Body != string(pdf[200005:200010]) {
		t.Errorf("a part of the file: %d %q", got.Status, got.Body)
	}
	c.Get(doc+"/file/4").Want(t, 404)
	c.Get(doc+"/file/-1").Want(t, 404)
}

// A file inside a CDA can be opened; another place in it is nothing.
func TestDocument_Parts(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	id := hospital().ID(0)
	pdf := "%PDF-1.4\nhello"
	data := []byte(`<ClinicalDocument xmlns="urn:hl7-org:v3"><component><nonXMLBody><text mediaType="application/pdf" representation="B64">` + base64.StdEncoding.EncodeToString([]byte(pdf)) + `</text></nonXMLBody></component></ClinicalDocument>`)
	ref := r.add(t, id, model.Item{Title: "part", Media: "cda"}, file("a.xml", "cda", data))
	c, at := r.person(t, id)
	doc := at + "/document/" + ref.String()
	c.Get(doc).Want(t, 200, "文書に埋め込まれたファイル", "/part/0?file=0")
	if got := c.Get(doc + "/part/0?file=0"); got.Status != 200 || got.Body != pdf || got.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("part: %d %q %s", got.Status, got.Body, got.Header.Get("Content-Type"))
	}
	c.Get(doc+"/part/1?file=0").Want(t, 404)
	c.Get(doc+"/part/0?file=7").Want(t, 404)
}

// A confidential document is asked for once more, on every way to it, and that
// it was opened is written down.
func TestDocument_Confidential(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	id := hospital().ID(0)
	ref := r.add(t, id, model.Item{Title: "心理検査 内緒", Media: "text", Confidential: true}, file("a.txt", "text", []byte("ひみつの本文")))
	c, at := r.person(t, id)
	c.Get(at+"/documents").Want(t, 200, "閲覧注意").Lacks(t, "内緒")
	for _, way := range []string{"/document/" + ref.String(), "/document/" + ref.String() + "/file/0", "/original/" + ref.String(), "/original/" + ref.String() + "/raw/0"} {
		c.Get(at+way).Want(t, 200, "閲覧の確認").Lacks(t, "ひみつ", "内緒")
	}
	if r.store.read != 0 {
		t.Errorf("%d originals were opened before the question", r.store.read)
	}
	next := c.Post(at+"/document/"+ref.String(), url.Values{}).Want(t, 303).Location()
	c.Get(next).Want(t, 200, "ひみつの本文")
	if !r.witness.has("chart.open.confidential chart/p/"+id) || !r.witness.has("chart.open.document chart/p/"+id) {
		t.Error("opening it left no line")
	}
}

// Whatever is named in an address must belong to the patient who was confirmed.
func TestOriginal_OfAnotherPatientIsRefused(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	mine, other := hospital().ID(0), hospital().ID(1)
	foreign := r.chart(t, other).Items[0].Ref
	c, at := r.person(t, mine)
	for _, way := range []string{"/original/" + foreign.String(), "/original/" + foreign.String() + "/raw/0", "/document/" + foreign.String(), "/document/" + foreign.String() + "/file/0", "/original/%2e%2e", "/original/AAAA"} {
		c.Get(at+way).Want(t, 404).Lacks(t, other)
	}
	c.Post(at+"/document/"+foreign.String(), url.Values{}).Want(t, 404)
	if r.store.read != 0 {
		t.Errorf("%d originals of somebody else were opened", r.store.read)
	}
	own := r.chart(t, mine).Items[0].Ref
	c.Get(at+"/original/"+own.String()+"?with="+foreign.String()).Want(t, 404)
	c.Get(at+"/original/"+own.String()).Want(t, 200)
}
