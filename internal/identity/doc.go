// Package identity knows the people of Toride and lets them in. A Person has a
// login, a password (kept as argon2id), a second factor (TOTP, its seed sealed)
// and roles; a Role is an editable set of rights; a Session is one signed-in
// browser, known by the SHA-256 of its token alone. An invitation, a set-up, a
// reset and a demo sign-in are Links: one-time tokens with an end.
//
// Break-glass (緊急アクセス) is for the night on which nobody with the rights is
// there: a code from a sealed envelope opens a Session of four hours with a
// defined role, and the first page stays red until an administrator has
// acknowledged it in words.
//
// The package promises: no password, code, token or seed is stored readable,
// written to the ledger or to a log; an unknown login takes the same way and
// costs the same as a wrong password; a code is accepted once; the last active
// administrator cannot be removed. It keeps counters of failures in memory and
// lockouts in the database, so a restart forgives failures and no lockout.
package identity
