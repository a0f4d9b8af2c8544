// Package ssmix2 reads SS-MIX2 storage: the tree of small HL7 files and
// documents that Japanese hospitals export for exchange and for the day their
// records system is down. It finds the storages on a disk, finds a patient by
// number without an index, says which version of what holds, and lists what
// is not as it should be. It only ever opens, lists and reads.
//
// # Words
//
// A Store is one or several roots in a file system (fs.FS: a folder, a ZIP, a
// TAR). A Root is a standard storage (HL7 messages), an extended storage
// (documents), a transaction storage (the log of both) or an export of the
// index database; several roots of one kind are volumes and are read as one.
// Below a root stand two prefix folders, the patient's folder, a date (診療日)
// or "-", a data type, and in it files whose name says all that matters.
//
// A Name is what such a name says. A Record is a name found in its place: a
// file of standard storage, or a content folder of extended storage. Records
// with the same patient, date, type and order are versions of one Item; its
// Standing says whether it holds (Resolve). A DataType is a row of the table
// of data types; types that are not in it are read like any other.
//
// A Lint is one thing that is not as it should be: a stable code, a path and
// arguments; texts for people belong to the caller. A lint never ends
// reading.
//
// # Reading
//
//	roots, found, err := ssmix2.Detect(ctx, fsys)
//	store, err := ssmix2.Open(ctx, fsys, roots, ssmix2.Options{})
//
//	patients, found, err := store.Find(ctx, "0000000001") // no folder is listed
//	listing, err := store.List(ctx, patients[0])          // names only
//	items, found := ssmix2.Resolve(listing.Records)       // what holds
//	data, found, ok := store.Read(decoder, &message, &listing.Records[items[0].Shown], buf)
//
//	for visit, err := range store.Walk(ctx, ssmix2.WalkOptions{After: position, Workers: 8}) { … }
//
// # Links and names
//
// Symbolic links and special files are refused with a lint, wherever they
// stand below a root: they may lead out of the store or in circles. For a
// folder use os.Root's FS, which also refuses what a name alone could do. A
// name that is no valid UTF-8 (CP932 bytes on Linux) cannot be opened through
// os.DirFS at all, and a lint gives what it should read; RawNames, over
// os.Root, and Archive, the file system for ZIP and TAR, open it by that.
//
// # Limits
//
// Detect reads at most 3,000 folders, a folder's first 500,000 entries and a
// patient's first 1,000,000 records are read, a list of lints ends at 2,000. A walk of millions of patients holds
// the names of three folders and a few listings at a time.
//
// # Sources
//
// The specification of SS-MIX2 standardised storage 1.2 as quoted in the
// public documents of the National Hospital Organization; ISO/TS 24289; the
// official sample files; and what real stores hold. What was not stated by a
// source (how roots are found, the main document, mixed flags) is said where
// it is decided.
package ssmix2
