package paper

import "io/fs"

// Texts gives this package's sentences, for programs that print without pages.
func Texts() fs.FS { return files }
