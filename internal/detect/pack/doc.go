// Package pack holds the rules that come with Toride.
//
// They are written for the attack chain A1 to A13 of the hospitals that were
// hit, in the form of package rulepack: Sigma rules and correlations, each with
// a block that says in Japanese and English what it means, what to do, and
// which log setting it needs. cases/ holds for each rule entries as real
// senders write them: those that it must match and near misses that it must not.
package pack
