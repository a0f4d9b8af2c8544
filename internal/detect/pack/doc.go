// Package pack holds the rules that come with Toride.
//
// They are written for the attack chain A1 to A13 of the hospitals that were
// hit, in the form of package rulepack: Sigma rules and correlations, each with
// a block that says in Japanese and English what it means, what to do, and
// which log setting it needs. Names of groups and services differ with the
// language of Windows, so the rules go by event ids, SIDs and RIDs wherever
// Windows gives them. A file feeds.yml holds rules that give no alert by
// themselves; correlations count them.
//
// cases/ holds for each rule that alerts a folder (rules/windows/spray.yml:
// cases/windows_spray) with entries as real senders write them: match.log, which
// it must match, and other.log, near misses that it must not. A line is a case
// of its own; of a correlation the lines up to a blank one are a case.
package pack
