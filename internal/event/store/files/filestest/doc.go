// Package filestest is a disk in memory whose power can be cut.
//
// A Disk keeps two states: what programs see, and what would still be there
// after a power cut. Sync moves the content of a file from the first to the
// second, SyncDir the names of a folder. Cut stops it before any chosen
// operation; Reboot gives the disk that the next start finds, in several ways in
// which real disks forget.
package filestest
