// Package comply holds the checklist that an inspection looks at.
//
// A Catalogue is one edition of such a list as data: its items, where they
// come from, for which fiscal year it is, and how sure we are of each. An Item
// has a number, which editions change, and a topic, which they do not: answers
// belong to a topic, so that a corrected number never moves an answer to
// another question. A sheet is one form of the list: for hospitals (H), for
// pharmacies (Ph), for vendors (V). An Answer is what a person said for one
// item, with the day on which it was confirmed; it is never computed. Evidence
// is what Toride read about the same matter, shown beside the answer, with a
// contradiction named where they differ. A vendor sheet is the vendors' form
// for one vendor and system, sent and answered. The radar shows Toride's own
// readings along ten axes; it is nobody's official score.
//
// The texts of the embedded catalogues are our own restatements of published
// material. A hospital imports the official workbook to have its wording and
// numbers; what was not seen in an original stays marked until then.
package comply
