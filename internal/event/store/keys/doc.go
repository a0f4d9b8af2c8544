// Package keys knows which natural keys the store has.
//
// An identity is what makes two entries the same event: source, peer and key,
// or the key alone for Windows events, which come in more than one way. Its
// hash, 64 bits of SHA-256, is kept with the leaf, the number under which the
// segment with the event was sealed. Hashes are kept by part: the day of the
// entry's own time, so that live entries meet only a few megabytes, however many
// years are kept. Part files are runs, sorted and never changed, with a Bloom
// filter in front.
//
// The index only ever says "perhaps": whoever asks must look into the named
// segment before an entry counts as a resend. It is a cache of what the segments
// say; a damaged one is thrown away and made again.
package keys
