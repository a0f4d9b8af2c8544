// Package sheet reads and writes spreadsheets as offices in Japan make them.
//
// A Book is one file: an XLSX workbook, or a text file of comma- or
// tab-separated values in UTF-8, UTF-16, Shift_JIS (code page 932), EUC-JP or
// ISO-2022-JP. It has sheets; a text file has one. A Row is what stands in one
// row of a sheet, with the row number that the person sees in the program that
// made it. A Table is a sheet that has been understood: title lines, heading
// (one to three rows, merged or not), data rows, and the rows that were left
// out with the reason. A Note is something about the file that its reader
// should know, for example that formulas were taken by their stored value.
//
// Nothing in a file is ever run: macros are not looked at, formulas are not
// calculated, links are not followed. Files are hostile until read: the count
// of entries, the unpacked size, the ratio of packing, rows, columns and the
// length of a cell are limited before and while reading, and what is over a
// limit is a fault with a text for the reader, never a shorter table.
//
// The XLSX reader is our own, because a silent end at broken XML, formulas
// without a stored value and furigana inside a cell must be seen; excelize
// writes the files and is the oracle in tests.
package sheet
