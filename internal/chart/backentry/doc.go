// Package backentry keeps what was written on paper while the records system
// was away, until it stands in the system again. An Entry says who did or
// ordered what for whom and when, typed in or as a scan of the sheet; it is open
// until somebody says that it was entered (or that it need not be), and can be
// taken back to open. Nothing is ever deleted: after the recovery the whole
// queue is exported for those who enter it, and for the file of the incident.
//
// What an entry says is sealed in the database; its number, day and kind stand
// in clear so that lists need no key.
package backentry
