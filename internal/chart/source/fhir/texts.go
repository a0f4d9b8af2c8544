package fhir

import (
	"embed"
	"io/fs"
)

//go:embed text_ja.json text_en.json
var texts embed.FS

// Texts are the words of what this source says besides the codes of package
// model: "chart.notice.fhir.…", "chart.note.fhir.…" and "chart.rule.fhir.…".
func Texts() fs.FS { return texts }
