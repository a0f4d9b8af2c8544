package witness

// ReadLate reads a late file.
func ReadLate(path string) []*note { return read([]string{path}) }
