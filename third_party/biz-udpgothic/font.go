// Package bizudpgothic holds the font that Toride's PDF files carry. The file
// is unchanged; SOURCE.md says where it comes from and OFL.txt under which
// licence it stands.
package bizudpgothic

import _ "embed"

//go:embed BIZUDPGothic-Regular.ttf
var file []byte

// TTF is the font's file, TrueType. It must not be changed.
func TTF() []byte { return file }
