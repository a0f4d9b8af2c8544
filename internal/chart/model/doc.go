// Package model is one patient as a reader of the emergency chart sees him,
// whatever store he was read from: SS-MIX2, a document archive, FHIR.
//
// # Words
//
// A Chart is what one or several sources hold about one patient. It is made of
// Lists; a List says with its State whether nothing is there because this copy
// does not store that kind, because nothing was recorded, or because somebody
// recorded that there is none. These three are never the same.
//
// A Text is what to show, with Raw, what the sender wrote, and an Origin: the
// place in the stored item, and the Ref of the item where that is not the row's
// own (a row's Origin always has it). What Toride worked out itself is
// a Computed and cannot be mistaken for what was sent: every page and print
// labels it (計算値) and gives the original beside it.
//
// An Item is one stored thing by its name: a message, a document, a resource.
// Items make the matrix of time and type.
//
// # Promises
//
// Nothing that held is dropped: what is deleted, cancelled, older or over stays
// in its list with a Life or Use that says so. A Chart is plain data without a
// clock; the day it was read for stands in it (Today).
package model
