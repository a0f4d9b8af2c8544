// Package pack holds what Toride knows about versions: for each known hole of a
// product the Ranges of versions that its maker named, and for each branch the
// day on which the maker's support ended. It is data with an edition, a source
// and a confidence for each entry, never a constant in the program.
//
// A version is judged against a hole in three ways. Matches: it lies in a range
// that the maker named. May: the entry is too coarse, the version incomplete,
// or the branch older than everything the maker looked at; somebody has to ask
// the maker. Beyond: the maker named ranges of this or newer branches and the
// version lies in none of them. None of the three means that a device is safe.
package pack
