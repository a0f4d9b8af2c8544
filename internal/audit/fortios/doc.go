// Package fortios reads the configuration backup of a FortiGate: a text of
// config, edit, set, unset, append, next and end that one can save from the
// device's own page. A Section is one config block, an Entry one edit inside
// it, a Setting one set line; each keeps the number of its line, because every
// finding must be able to cite it.
//
// What the package promises: secrets (passwords, shared keys, private keys,
// community names) are replaced by Mark while reading and stand neither in the
// Config nor in the redacted copy; a file that ends too early is read as far as
// it goes and says what is missing; a file of another maker, or an encrypted
// backup, is refused by name. What it does not do: it does not know which
// settings a version of FortiOS has, and nothing here decides whether a
// setting is good.
package fortios
