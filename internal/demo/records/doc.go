// Package records writes the log entries of the demo's made-up hospital as its
// devices would send them: FortiGate lines, Winlogbeat documents, lines of
// Samba's full_audit and of sshd.
//
// A Week is any run of ordinary days: work by day, backups by night, a wrong
// password in the morning. The Night is the one of Osaka, told again in this
// hospital, step A1 to A13 one after the other. Entries are text and nothing
// else: no program runs, no file is changed, no address outside the ranges for
// documentation and private use occurs. The same seed gives the same bytes,
// hour by hour, so that a week may be asked for in pieces.
package records
