// Package paper prints the emergency chart: patient summaries, medication
// lists, records of what was given, results, lists of wards, blank forms and
// labels, as PDF and as pages for a browser to print, for one patient, a ward
// or the whole hospital.
//
// # Words
//
// A Form is one kind of sheet, by its code. A Job is what is to be printed: a
// form, for whom, how; Write prints it as one PDF. A place is a folder near a
// printer into which an Ahead puts the sheets of some wards again and again, so
// that there is paper even when nothing starts any more; a round is one such
// time. A place hangs when its folder, a share whose server died, gives neither
// an answer nor an error: it says so, and holds up no other place. The as-of
// time is until when the copy is true; it stands on every page, loudly where it
// is old or not known.
//
// # Promises
//
// A sheet says of every list why it is empty: not stored in this copy, nothing
// recorded, recorded as none, not known yet, not readable. What Toride computed
// is called computed (計算値). Drugs that are over are small print at the end,
// never left out; what a limit keeps off a sheet is counted on it. Diagnoses
// and documents marked confidential are left out, with their number, unless
// they are asked for. A print is recorded before its first byte is sent.
//
// # Cost
//
// A page of 120 lines takes about 0.2 ms to draw. The medication lists of all
// 785 inpatients of a hospital with 865 beds (3,147 pages, 8.4 MB) took 16
// seconds of processor time, nine tenths of it to read the charts, and the
// process 105 MB at most (measure_paper_test.go): at most six charts, one sheet
// and the font are held at a time, for lists the charts of one ward.
//
// # What leaves the house
//
// Files that are made ahead hold patients' data in clear: that is their use,
// and the page where places are set says so. Nothing is sent to a printer:
// a person prints.
package paper
