// Package help shows the manual at /help. A Chapter is one page of it in one
// language. The pages are our own files, rendered once when Toride starts; raw
// HTML inside them is not passed through.
package help
