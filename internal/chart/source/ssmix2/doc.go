// Package ssmix2 reads charts from SS-MIX2 storage: it is the member of the
// family source that turns the files of package ssmix2, as package view reads
// them, into a model.Chart.
//
// # Words
//
// A store is all standard and extended storage of one hospital that stands in
// one file system; its volumes are read as one. The shown version of an item is
// the one that the rule of versions finds. A suspect message names another
// patient (PID-3) than its folder; it is told as a danger, stays among the
// items, and stands in no list. Where every message of a folder names the same
// other number the hospital writes its numbers in two ways: then nothing is
// held back, and the danger is told all the same.
//
// A Ref names a file or content folder by its path in the file system. Only a
// path of six parts below a root is opened, and none of them may be a link.
//
// # Cost
//
// Find opens one folder for each root and the few files of ADT-00. Read lists
// the patient's folders (one listing for each date and type) and opens at most
// Want.Limit messages, several at a time. Walk lists every folder and opens
// ADT-00 of each patient and the movements of those in the hospital: see Walk.
package ssmix2
