// Package sigma reads, explains and evaluates Sigma detection rules
// (https://sigmahq.io/sigma-specification, version 2).
//
// A Rule is one document of a rule file. Its conditions are resolved into an
// expression (Expr) whose leaves (Match) each test one field of an event; what
// the modifiers of the specification say has been worked into the leaves, so
// that an evaluator knows no modifier. A LogSource names the kind of log a rule
// is for.
//
// There are two evaluators. Matches is the specification written down as
// plainly as possible, slow, and the oracle of the tests. Engine holds many rules
// and gives the same answers fast. An event is a Shape, the names of its fields,
// and one value for each of them.
//
// The package uses the standard library and golang.org/x/text only; the YAML
// form of rules is read by sigma/sigmayaml.
package sigma
