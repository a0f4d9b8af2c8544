// Package witness writes down who searched, opened and printed what. A note is
// one such act; it becomes one line of the ledger, and Note returns when the
// line is on the disk, so that no page is sent before it. Notes that wait at
// the same time share one transaction.
//
// The sick come before the book: when the ledger cannot be written (disk full,
// file gone, locked, chain refused) Note lets the reader go on. Such notes are
// late: they wait in memory and, where it can be written, in a file elsewhere,
// with the time at which they happened, and go into the ledger when it works
// again. In between every page says so (Banners) and paper takes the book's
// place. What could not be kept anywhere is counted, and the count goes into
// the ledger too.
//
// The ledger of a station holds personal data: numbers of patients, and what
// was searched for. It lies in the data folder (mode 0700) as the late file
// does in its own; neither a name nor a word that somebody looked for is ever
// written into a log.
package witness
