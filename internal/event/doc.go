// Package event has the types of everything that is logged.
//
// A Record is what a source received: the bytes as they came, in an envelope
// that says when, from whom and in which format. The journal keeps records. A
// Format turns a record into Events: fields under the source's own names, as
// Sigma rules use them, and beside them the core under the names of the
// Elastic Common Schema. A Position says where in the journal a record stands; it
// gives an event its identity, so that reading the journal twice makes no event
// twice. The package holds types only; its subpackages do the work.
package event
