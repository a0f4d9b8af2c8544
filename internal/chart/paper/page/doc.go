// Package page is the model of a printed sheet and the two ways to draw it. A
// Sheet is a head, blocks (headings, texts, facts, tables, lines and boxes to
// write on, labels) and a foot; a form is a function that makes one. Paper
// draws sheets into a PDF, HTML draws the same sheets for a browser to print,
// Plain writes them as text. No renderer knows a form, and no form knows a
// renderer.
//
// Nothing that stands in a Sheet is cut off: texts wrap, rows that are higher
// than a page go on overleaf, heads of tables are repeated. A character that
// the printing font lacks becomes 〓, and its code point is listed at the end
// (Readable). All words are in the reader's language already.
package page
