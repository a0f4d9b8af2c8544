package document

import (
	"embed"
	"io/fs"
)

//go:embed text_ja.json text_en.json
var texts embed.FS

// Texts are the words of Notes ("chart.note.document.…") and Facts
// ("chart.document.fact.…").
func Texts() fs.FS { return texts }
