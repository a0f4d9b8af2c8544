// Package pdf writes PDF files page by page. A File streams: each finished
// page goes to the writer at once and is forgotten, so that the paper of a
// whole hospital takes the memory of one page, of a number per page and of the
// font. A Canvas is one page that is being drawn: text, lines, boxes, bars. A
// Font is one TrueType file; only the glyphs that were drawn are put into the
// file, with a table back to the characters, so that text can be found and
// copied.
//
// It does what printed sheets need and no more: one font, black and grey, no
// pictures, no links, no encryption. Lengths are points (1/72 inch) from the
// upper left corner.
//
// Sources: ISO 32000-1:2008 (7.5 file structure, 9.7 composite fonts, 12.3.3
// outlines); the OpenType specification 1.9 (cmap, glyf, loca, hmtx).
package pdf
