// Package chart is the emergency chart: the pages on which a ward reads, from a
// copy, who a patient is and what is recorded of him, while the hospital's own
// system stands still. Everything in it reads; nothing decides.
//
// # Words
//
// A Shelf is where charts are read from, an Index finds patients; both are
// interfaces of this package, owned here because it uses them. A Witness writes
// down who searched and who looked, before the answer is sent.
//
// A patient is opened in two steps: two identifiers are shown, and somebody
// confirms them. The confirmation belongs to one session and one patient and
// ends after some minutes without a view; no page of a patient is shown without
// it. A Patient is what a page of an opened chart gets: the chart, the Head that
// stands above every page of it, and a Printer.
//
// A Printer puts what was read into words of one language. A Val is a value
// ready to print: what to show, what was sent, where the original is, and
// whether Toride computed it (計算値).
//
// A Switch is a decision of the hospital's responsible person, with name and
// day: whether trends and derived lists (drugs in use, active diagnoses,
// differences) may be shown at all. They are off until then, and the pages say
// so and show what was sent.
//
// A Matrix counts what is stored of a patient by kind and time, and leads to
// it. A Trend is the line of one item in one unit, made of the numbers that its
// results read as; the table of the results stands behind it. An original is an
// item as it was sent; a name in an address means something only among the items
// of the patient who was confirmed, so that nobody else's can be asked for. A
// document of somebody else's program is shown as text and tables, never as its
// own markup; files of it are given in a form in which nothing of them runs.
//
// # Promises
//
// "Not stored in this copy", "no record", "recorded as none", "not yet known"
// and "cannot be read" are five states with words and marks of their own. What
// is over is folded, never hidden. Names and words of a search stand in no URL
// and in no title.
package chart
