// Package logon recognises who came in, whatever the log is called.
//
// A Logon is one attempt to come in by the network that an entry tells of, from
// Windows, an SSH server, Samba or a firewall: as which account, from which
// address, how, and whether it came off. It is read from the entry alone. An
// account's key is its name as it can be compared between sources: folded,
// without the domain, empty for the accounts that are no person's and no
// program's of the hospital (SYSTEM, a computer's own).
package logon
