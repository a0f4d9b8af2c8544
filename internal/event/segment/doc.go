// Package segment keeps events in files that are never changed.
//
// A segment is one Parquet file of events, sorted by dataset and then by time,
// so that neighbours look alike and a time range is a few pages. Its rows lie in
// row groups; each group has a summary, which answers "which values, how
// often", and a skip index, the set of all four-byte pieces of its folded text,
// which answers "surely not here" for a substring. Facts about the whole file
// (schema version, facility, bounds) are in its key/value footer, so that any
// reader of Parquet can open it and ours knows what it may skip.
//
// A bound is what was sealed together: the range of positions that one file had
// when it was first written. Merging files keeps the bounds of all of them. The
// package computes no hashes and knows no folders; package store does.
package segment
