// Package exposure says which devices of the register have a hole that
// attackers are known to use, and sees each such hole to its end.
//
// The Feed is the catalogue of known exploited vulnerabilities that was carried
// in last. A Target is an outside line or an asset with its maker, model, OS and
// version. A Match joins a target to an entry of the catalogue with a verdict of
// package pack: matches, or may apply and the maker must be asked. A Case is a
// match that was written down; it has three steps, because a hole that was
// patched late may have been used before: patched, logs looked through,
// passwords changed. Each is closed by a named person with a day and evidence,
// the case only when all three are, and it opens again when the version that is
// read falls back into the range.
//
// What it does not promise: a device without a case is not safe. It says which
// catalogue, which ranges and which version were compared, and when.
package exposure
