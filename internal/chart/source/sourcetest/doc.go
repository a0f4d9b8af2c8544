// Package sourcetest is what every member of the family source has to pass: Run
// for a source that was opened somehow, Member for a member and a file system
// it can open. Watch is a file system that counts what is done to it and can be
// pulled out like a disk.
package sourcetest
