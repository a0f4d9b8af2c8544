package chart

import "io/fs"

// Texts are the package's sentences, for programs that print without pages. A
// site that has the Module has them already.
func Texts() fs.FS { return files }
