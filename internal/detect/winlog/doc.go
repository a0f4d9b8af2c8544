// Package winlog is the glue between Windows event logs and Sigma rules, which
// know nothing of each other.
//
// A Matcher takes records of package evtx and finds the rules that match. What
// can be known of a record's shape is worked out once and kept: its log sources
// (Windows logs of one event belong to several), the names under which rules ask
// for its fields, the second names of some (NewProcessName of event 4688 is also
// Image), and which fields no rule reads at all: those are never converted from
// the binary form. The package promises the answers that the rules would give
// on the flattened event, without steady allocations.
package winlog
