// Package turn lets only a few things be done at the same time. A turn is the
// right to do one of them; a share is how many of the turns one sender or one
// person may have, so that the others need not wait for whoever asks for most.
package turn
