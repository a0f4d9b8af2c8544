// Package assettest makes lists as hospitals keep them, for tests and
// measurements. Workbook is one file with all the habits that make such lists
// hard to read: titles and stamps above the heading, headings of two rows with
// merged groups, places merged over rows, section lines, the heading repeated
// on each page, Japanese eras, full-width digits, half-width kana, ditto
// marks, formulas and notes at the end. All names are made up.
package assettest
