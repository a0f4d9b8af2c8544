// Package source is the contract of what a chart can be read from: a store of
// SS-MIX2, an archive of documents, a folder of FHIR. A Source finds a patient
// by number without an index, reads him into a model.Chart, opens an original,
// and lists all patients for the index. Members stand in folders of their own;
// package all lists them, and every one must pass sourcetest.
//
// A source only opens, lists and reads: nothing of it can write, and it keeps
// no copy of what it read. It is given an fs.FS (a folder, a ZIP, a TAR, a
// sealed generation) and may be used by several goroutines.
package source
