// Package fhir reads FHIR R4 as a source of the chart: Bundles of any type,
// single resources and NDJSON, plain or gzip, in a tree of files; with what JP
// Core and JP-CLINS (電子カルテ情報共有サービス) write differently. The XML form of
// FHIR is not read.
//
// # Words
//
// A resource is one item of the chart; its kind is its type, its original the
// JSON as it stands. The table knows of every resource where it stands (file,
// offset, length), its type, day and patient. A patient is one or several
// Patient resources joined by an identifier or by their reference, or only the
// identifier that resources name as their subject (JP-CLINS: the insurance
// number); his number is that of the hospital where one is given. A scope is
// one Bundle: references are looked for in it first.
//
// # Reading
//
// The first question, or Walk, reads every file once, and makes the table: about
// 80 bytes for a resource and some hundred for a patient (a test measures it).
// A patient is then read from where his resources stand. A broken line, or the
// rest of a broken file, is a notice; what was read of it counts.
//
// Two Patient resources with one identifier are one patient only if name, birth
// date and sex agree as far as both say them: an insurance number may be a
// family's. Else they stay apart, with a notice.
//
// # Limits
//
// A resource of at most 64 MiB and 100 levels, a line of at most 64 MiB, 50
// million resources, 8 GiB and 300 times its size out of one gzip file.
// Nothing is fetched: a reference that leads out of the files stays a text.
package fhir
