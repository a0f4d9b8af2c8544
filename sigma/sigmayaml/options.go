package sigmayaml

// Options say what a caller adds to the rules, and how much is read. Zero
// values are the defaults.
type Options struct {
	// Placeholders are the values of %name% for the modifier expand. A rule that
	// needs one without values is refused.
	Placeholders map[string][]string
	// MaxFile is how many bytes of a file are read: 16 MiB. A larger file is
	// refused whole.
	MaxFile int
	// MaxDocument is how many bytes one document of a file may have: 1 MiB, for
	// which the YAML package takes 140 MB at the worst.
	MaxDocument int
	// MaxDocuments is how many documents a file may hold: 20,000.
	MaxDocuments int
	// MaxValues is how many values the detections of one document may have,
	// after every modifier: 50,000.
	MaxValues int
	// MaxFiles is how many files Load opens: 100,000.
	MaxFiles int
}

// Limits that no caller needs to change.
const (
	maxDepth     = 40        // of nesting in a document
	maxNodes     = 300_000   // of a document, an alias counted as what it stands for
	maxFileNodes = 6_000_000 // of a file; only collections that repeat large parts come near it
	maxProblems  = 20        // of a document; the rest is not told
	maxText      = 65_535    // bytes of a description (specification, "Description")
)

func (o Options) withDefaults() Options {
	for _, x := range []struct {
		value    *int
		standard int
	}{{&o.MaxFile, 16 << 20}, {&o.MaxDocument, 1 << 20}, {&o.MaxDocuments, 20_000}, {&o.MaxValues, 50_000}, {&o.MaxFiles, 100_000}} {
		if *x.value <= 0 {
			*x.value = x.standard
		}
	}
	return o
}
