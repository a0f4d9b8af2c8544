package paper

import (
	"bytes"
	"os"
	"testing"

	"github.com/torideproject/toride/internal/text"
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
