package sigma

// Field is one named value of an event, as a test or a slow caller writes it.
type Field struct{ Name, Value string }

// Value is one value of an event for Engine. Low is Raw folded by Fold (for
// ASCII: lower case); its backing array must have at least 8 readable bytes
// behind it (cap(Low) ≥ len(Low)+8), because values are scanned four bytes at
// a time. A nil Raw means that the field is absent.
type Value struct{ Raw, Low []byte }
