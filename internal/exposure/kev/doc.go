// Package kev reads the catalogue of Known Exploited Vulnerabilities which CISA
// publishes as one JSON file and which a hospital carries in by hand. An Entry
// is one hole that is known to be used by attackers. The file is read as a
// stream within bounds; a file that ends early, that says another count than
// it holds, or that is something else gets a fault which says so, and nothing
// of it is used.
package kev
