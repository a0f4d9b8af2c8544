// Package seal keeps small secrets at rest: second-factor seeds, passwords of
// devices, tokens. A Box seals with age (age-encryption.org/v1, X25519) to two
// recipients: the box's own key, which lives in a key file outside the data
// folder, and a recovery key, whose secret half is shown once at set-up,
// printed and locked away.
//
// Whoever has the data folder or a backup alone can read nothing that is
// sealed; whoever has the backup and the printed recovery key can read all of
// it. A Box protects against a stolen disk or backup, not against somebody who
// is root on the running machine.
package seal
