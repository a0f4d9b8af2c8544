// Package sigmayaml reads Sigma files: rules, correlations and filters in YAML,
// one or several in a file.
//
// A Document is one of them, read and resolved into the types of package sigma.
// A Set is what a folder or an archive of files holds: what was loaded, what was
// refused and why, and which ids occur twice. A file is read as what it is: text
// from strangers. Every size is bounded (Options), aliases are counted each time
// they are followed, and one broken document never stops the others.
package sigmayaml
