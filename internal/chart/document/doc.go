// Package document makes the originals of a chart harmless: what a hospital's
// programs wrote as CDA, HTML, XML, FHIR narrative or plain text becomes a Doc,
// and of PDF and images it says what they really are and whether a browser may
// show them.
//
// # Words
//
// A Doc is a list of Blocks: headings, paragraphs of Spans, tables, lists,
// images, text as it was laid out. A Block holds text only. Nothing of the
// original's markup is in it: a page prints it with html/template, and whatever
// looks like a tag in it is text. A Part is a file that was inside the original
// (base64 in a CDA, a data: address in HTML). A Fact is a line of a CDA's
// header. A Look is what a file is by its first bytes, whatever its name says.
//
// A Note says what was left out or could not be understood ("chart.note.<code>"
// in this package's texts): a script, an address outside the document, damage.
// What is left out is always said.
//
// # Promises
//
// No style sheet (XSL), script or entity of an original is run or expanded, no
// address is followed, no file is opened: images are named only where the
// caller listed the name among the document's files. Reading takes time and
// memory proportional to the bytes, which are limited (MaxData), as are depth,
// nodes and text. Broken input gives what could be read of it with a Note;
// the only errors are the context's and ErrTooLarge.
package document
