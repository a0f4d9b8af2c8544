// Package webtls is the door of every site of the product: a Certificate, given
// by the hospital or made by Toride itself, and a Fair listener that lets no
// single address take all connections.
//
// An own certificate names the box and the addresses under which it is opened,
// lasts 820 days and is made anew 30 days before its end; its fingerprint is
// shown so that people can compare it with what their browser says.
package webtls

import (
	"embed"
	"io/fs"
)

//go:embed text_*.json
var texts embed.FS

// Texts gives the package's sentences in both languages, for the catalogue.
func Texts() fs.FS { return texts }
