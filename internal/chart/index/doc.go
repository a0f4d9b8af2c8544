// Package index finds patients: by number, kana, kanji, day of birth and bar
// code, by ward and bed. An Index is made in the background from the walks of
// all sources, answers from what it has so far and says how far it is, goes on
// where it was cut off, and takes up what changed. It is kept beside the copy,
// never in it, and sealed where the copy is sealed, because it holds names.
//
// A Hit is a patient as a list shows him. A Ward is a place where patients lie
// now, as the newest movements say; that is computed and may be wrong.
package index
