// Package sheettest makes spreadsheets for tests and measurements, good ones
// and hostile ones. A Part is one file inside an XLSX package; Raw puts parts
// together as given, so that a test decides what is wrong with them.
package sheettest
