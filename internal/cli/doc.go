// Package cli turns command lines into calls: one file per command, flags in
// an options struct, one run function that takes it. It holds no logic of its
// own. Each command prints for people, in Japanese unless the environment asks
// for English, and for scripts with --json.
package cli
