// Package station is the viewer of the emergency chart on a PC of its own,
// apart from directory, hypervisor and records system of the hospital. A
// Station is one open data folder (accounts, ledger, index, certificate) with
// the copies (roots) that it reads, and the site that shows them.
//
// It serves at once: accounts and pages are there before the roots are opened,
// and a patient opens by number before there is an index. Nothing is ever
// written below a root; a data folder inside one is refused.
//
// A sealed copy is unlocked by persons: two or more type their parts, or one
// types the code of the envelope. The key stays in memory until the process
// ends; what was typed is not kept.
package station
