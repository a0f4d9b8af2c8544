package ssmix2_test

import (
	"context"
	"path"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/ssmix2"
)

func TestContent_ChoosesTheMainDocument(t *testing.T) {
	t.Parallel()
	const cda = `<?xml version="1.0" encoding="Shift_JIS"?><!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd"><ClinicalDocument xmlns="urn:hl7-org:v3"/>`
	for name, c := range map[string]struct {
		files map[string]string
		main  string
		bad   []ssmix2.Code
	}{
		"named":              {map[string]string{"a.pdf": "", "main_document.hl7": "", "b.xml": cda}, "main_document.hl7", nil},
		"named, other case":  {map[string]string{"a.pdf": "", "MAIN_DOCUMENT.PDF": ""}, "MAIN_DOCUMENT.PDF", nil},
		"CDA among others":   {map[string]string{"a.pdf": "", "x.xml": "<other/>", "b.xml": cda, "style.xsl": "", "z.jpg": ""}, "b.xml", nil},
		"two CDA":            {map[string]string{"a.xml": cda, "b.xml": cda}, "a.xml", []ssmix2.Code{ssmix2.DocumentGuess}},
		"HL7 before PDF":     {map[string]string{"a.pdf": "", "b.hl7": ""}, "b.hl7", []ssmix2.Code{ssmix2.DocumentGuess}},
		"PDF alone":          {map[string]string{"報告.pdf": ""}, "報告.pdf", nil},
		"at the top":         {map[string]string{"1/a.pdf": "", "z.pdf": ""}, "z.pdf", []ssmix2.Code{ssmix2.DocumentGuess}},
		"no document":        {map[string]string{"style.css": ""}, "", nil},
		"empty":              {nil, "", []ssmix2.Code{ssmix2.DocumentEmpty}},
		"broken XML":         {map[string]string{"a.xml": "<<<"}, "a.xml", nil},
		"too deep":           {map[string]string{"a.pdf": "", "1/2/3/4/x.pdf": ""}, "a.pdf", []ssmix2.Code{ssmix2.TooDeep}},
		"without extension":  {map[string]string{"data": ""}, "data", nil},
		"what systems leave": {map[string]string{"Thumbs.db": "", ".DS_Store": "", "a.txt": ""}, "a.txt", nil},
	} {
		const dir = "000/000/0000000001/20250401/^経過記録^^11506-3^経過記録^LN/0000000001_20250401_11506-3_1_20250401170000000_01_1"
		fsys := fstest.MapFS{dir: {Mode: 0o755 | 1<<31}}
		for f, text := range c.files {
			fsys[dir+"/"+f] = &fstest.MapFile{Data: []byte(text)}
		}
		s := open(t, fsys)
		p, _, err := s.Find(context.Background(), "1")
		if err != nil {
			t.Fatal(err)
		}
		l, err := s.List(context.Background(), p[0])
		if err != nil || len(l.Records) != 1 || len(l.Lints) > 0 {
			t.Fatalf("%s: %+v %v", name, l, err)
		}
		got, err := s.Content(context.Background(), &l.Records[0])
		if err != nil {
			t.Fatal(err)
		}
		main := ""
		if got.Main >= 0 {
			main = path.Base(got.Files[got.Main].Path)
		}
		if main != c.main || !slices.Equal(codes(got.Lints), c.bad) {
			t.Errorf("%s: %q %v", name, main, got.Lints)
		}
	}
}
