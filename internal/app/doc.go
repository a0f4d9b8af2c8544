// Package app joins all parts: it builds every domain from one Config, serves
// the pages and the admin socket, and stops in order. It is the only package
// that knows them all; what a part needs of another is handed over here, as a
// plain function.
//
// One data folder is opened by one process: the lock file says by which.
// Commands talk to that process through the admin socket, or, when none runs,
// become it for as long as they need.
package app
