// Package draft turns one dataset of an incident into the drafts of all
// reports: to the commission, the ministry, prefecture and police, the unified
// ransomware form, words for staff, website and press. A Field is one fact,
// entered once or taken from the incident's own records; a Form says which
// fields it asks for and in which order.
//
// Nothing is invented: a field that nobody filled says so, and each filled one
// says who wrote it and when. A draft is not a report: a person reads, corrects
// and sends it. The cell layout of the official workbooks was not seen, so the
// table is to be copied into them by hand.
package draft
