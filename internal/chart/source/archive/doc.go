// Package archive reads a document archive (a DACS, a folder of scans) as a
// source of the chart: files of PDF, images, text, HTML or CDA, told apart by
// an index file or by their paths.
//
// # Words
//
// An index is a CSV or TSV (UTF-8, UTF-16 with a mark, CP932) whose first line
// has headings; which column is which is found by their Japanese or English
// words, or said by the settings. A pattern says what a path means:
// {id}/{date}_{kind}_{title}.pdf; {id}, {date}, {kind}, {title}, {dept},
// {name}, {kana}, {birth}, {sex}, {ext} and {any} stand for a piece of a name,
// * for anything but a slash. Settings are the file toride-archive.toml at the
// top of the archive or of a folder above it. A row is one document of one
// patient, from either. The table holds all rows.
//
// # Finding an archive
//
// Settings win. Without them every CSV or TSV with a heading for the patient's
// number and one for the file is an index. Without that a sample of names is
// compared with a short list of patterns, and the one that fits at least 95 %
// is taken, which a notice says. Else there is no archive.
//
// Settings need no more than what is not found by itself:
//
//	label    = "文書庫"                  # for people
//	folder   = "documents"               # from the settings' own folder
//	index    = "index_*.csv"             # one or several
//	encoding = "cp932"                   # or utf-8
//	strip    = 'D:\dacs\documents'       # what paths of the index begin with
//	pattern  = "{id}/{date}_{title}.{ext}" # finds files without a row besides
//	id_digits = 10                       # with leading zeros
//	[columns]
//	id = "番号"                          # also name, kana, birth, sex, kind, title, date, dept, folder, path
//
// # Cost
//
// The table takes at most 100 bytes for a row (names of files of 25 bytes, two
// documents for a patient; with ten it is 70; a test measures it) and is made by Walk,
// or in the background after the first question. Until then Find and Read look
// the patient's folder up where the pattern begins with it, else read through
// the index once for each question: about a second for a million rows.
//
// Nothing is written, no link is followed, and a path that leads out of the
// archive is refused with a notice.
package archive
