//go:build measure

package paper

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
)

// TestLook writes one PDF of each form for the eye; it needs a folder in
// PAPER_LOOK.
func TestLook(t *testing.T) {
	dir := os.Getenv("PAPER_LOOK")
	if dir == "" {
		t.Skip("PAPER_LOOK names no folder")
	}
	for _, lang := range text.Langs() {
		for _, f := range Forms() {
			var b bytes.Buffer
			job := sampleJob(t, hospital(t), f.Code, "00012345")
			job.Lang = lang
			job.Options.Large = lang == text.EN
			if f.About == OfWard {
				job.Patients, job.Everyone = nil, true
			}
			res, err := Write(t.Context(), &b, job, nil)
			if err != nil {
				t.Fatal(f.Code, err)
			}
			t.Log(f.Code, res, b.Len())
			if err := os.WriteFile(dir+"/"+f.Code+"-"+string(lang)+".pdf", b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestLook_HTML writes the pages as a browser gets them, with their style
// sheets in them.
func TestLook_HTML(t *testing.T) {
	dir := os.Getenv("PAPER_LOOK")
	if dir == "" {
		t.Skip("PAPER_LOOK names no folder")
	}
	_, site, _ := site(t, hospital(t))
	shell, err := os.ReadFile("../../web/static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	own, err := files.ReadFile("paper.css")
	if err != nil {
		t.Fatal(err)
	}
	c := site.As(webtest.Person(right.Print, right.Setup))
	for name, path := range map[string]string{"drugs": "drugs?patient=00012345", "mar": "mar?patient=00012345", "beds": "beds?ward=3E", "labels": "labels?patient=00012345&copies=5", "blank": "blank_tests", "home": "", "ahead": "ahead"} {
		page := c.Get("/paper/" + path)
		if name == "home" {
			page = c.Get("/paper?patient=00012345")
		}
		html := strings.Replace(page.Body, "</head>", "<style>"+string(shell)+string(own)+"</style></head>", 1)
		if err := os.WriteFile(dir+"/"+name+".html", []byte(html), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLook_Ahead leaves a place's folder and the page of places.
func TestLook_Ahead(t *testing.T) {
	dir := os.Getenv("PAPER_LOOK")
	if dir == "" {
		t.Skip("PAPER_LOOK names no folder")
	}
	s := newStation(t)
	s.folder = dir + "/place"
	if err := os.MkdirAll(s.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	id := s.save(t, nil)
	s.make(t, id)
	site := webtest.New(t, s.clock.Now, s.Module())
	page := site.As(webtest.Person(right.Print, right.Setup)).Get("/paper/ahead")
	shell, err := os.ReadFile("../../web/static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/places.html", []byte(strings.Replace(page.Body, "</head>", "<style>"+string(shell)+"</style></head>", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
