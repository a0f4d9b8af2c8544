// Package query finds events.
//
// A query is a text in a subset of KQL, the language of Kibana; Parse makes an
// expression of it, code may build one as well. A view is what is searched: parts,
// each one sealed segment, and a tail, the events that are not sealed yet. An
// Executor answers with rows newest first, counts, a histogram and top values.
// What is exact is said to be exact, what was stopped says how far it came.
package query
