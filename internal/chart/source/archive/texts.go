package archive

import (
	"embed"
	"io/fs"
)

//go:embed text_ja.json text_en.json
var texts embed.FS

// Texts are the words of this source's notices ("chart.notice.archive.…").
func Texts() fs.FS { return texts }
