// Package doctor says what is unsafe or missing in this installation of
// Toride: not in the hospital, but on its own box. A Finding has a level, a
// sentence, and what to do. Nothing found is not a proof of anything; the
// doctor says what it looked at.
package doctor
