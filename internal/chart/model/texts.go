package model

import (
	"embed"
	"io/fs"
)

// files are the words of notices, notes and rules.
//
//go:embed text_ja.json text_en.json
var files embed.FS

// Texts are the words of every code that a chart out of SS-MIX2 can hold:
// "chart.notice.<Notice.Code>", "chart.note.<Note.Code>" and
// "chart.rule.<Computed.Rule>". In a notice that is a lint of package ssmix2
// {0} is the path. What other sources say besides is in their own folders.
func Texts() fs.FS { return files }
