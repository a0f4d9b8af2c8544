package query

import "embed"

// Texts holds the sentences of this package's faults.
//
//go:embed text_ja.json text_en.json
var Texts embed.FS
