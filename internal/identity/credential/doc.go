// Package credential makes and checks what people prove themselves with: a
// password (kept as an argon2id hash in the PHC string format), a second factor
// (TOTP, whose seed is shown as a QR code), codes on paper, and tokens of links
// and sessions, of which only a hash is kept.
//
// All of it is pure: no database, no clock, no log. It promises that a check
// costs the same for somebody who does not exist, that stored costs cannot take
// the machine's memory, and that a code's step is given back so that the caller
// can take each code once.
package credential
