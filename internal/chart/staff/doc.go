// Package staff lets people into a viewer that stands apart from the hospital's
// directory. An account is a line of the hospital's staff list: number, name,
// role, department. Its PIN has six digits or more and is kept as an argon2id
// hash; who has none yet chooses one with a one-time code from a slip of paper.
// A role is a fixed set of rights; an extra right is given to single people.
//
// A session lives in memory and in the database, so that a restart signs nobody
// out: it only locks. A locked session shows nothing until its PIN is typed
// again; the server locks after some minutes without a request, whatever the
// browser does.
//
// Break-glass is for who is not on the list, or whose rights do not reach: with
// name, employer and reason, for some hours, loudly, and for somebody to review
// afterwards. The line of the ledger is written before the first chart opens.
//
// Sign-in and break-glass go on when neither ledger nor database can be
// written: accounts are held in memory. What changes accounts does not.
//
// A six-digit PIN is one of a million. Waits keep it from being guessed at the
// screen; who has a copy of the database guesses it within hours. That is why
// the data folder is its owner's alone, and why the disk should be encrypted.
package staff
