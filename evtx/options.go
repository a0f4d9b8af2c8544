package evtx

import "golang.org/x/text/encoding"

// Options says how to read. The zero value is ready for use.
type Options struct {
	// Cache holds templates and shapes. Give the same one to several readers
	// and decoders so that their shapes are the same pointers; it may be
	// used by several goroutines. Nil: one of its own.
	Cache *Cache
	// NoLower does not make Value.Lower, for callers that do not search. What
	// stands in it then must not be relied on.
	NoLower bool
	// ANSI is the encoding of the few values that are not Unicode. Nil:
	// UTF-8 where it is valid, else Windows code page 932 (Japanese) where
	// every byte is valid in it, else Windows-1252.
	ANSI encoding.Encoding
}
